-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The project file (*.lampwork): SQLite 3 in WAL mode, application_id 0x4c616d70 ("Lamp"), user_version 1.
-- This script makes version 1 out of an empty file. A later version adds a script that changes this one's result; it never edits this one.
--
-- What was measured is written once and never changed: recording and block. What a person may change stands in tables of its own
-- (demonstration, context) and every such change is a row of edit. Times of day are seconds since the epoch, UTC. NaN is NULL.
-- Numbers inside BLOBs are little endian, whatever the machine.

-- One stretch of samples: a demonstration, or a movement the arm executed ('rollout'). state: 'open' while samples may come,
-- 'complete' after its end, 'recovered' when the program died first and the next start closed it with what had reached the disk.
CREATE TABLE recording (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,                                   -- never used twice
  kind      TEXT    NOT NULL CHECK (kind IN ('demonstration', 'rollout')),
  source    TEXT    NOT NULL CHECK (source IN ('measured', 'given')),            -- given: imported or generated
  state     TEXT    NOT NULL CHECK (state IN ('open', 'complete', 'recovered')),
  created   INTEGER NOT NULL,
  arm       TEXT    NOT NULL,                                                    -- "arm-7"
  limits    TEXT,                                                                -- code of the limits in force, "A3F9"
  n_joints  INTEGER NOT NULL CHECK (n_joints > 0),
  n_samples INTEGER NOT NULL DEFAULT 0,                                          -- these four: totals over its blocks
  n_dropped INTEGER NOT NULL DEFAULT 0,                                          -- samples lost because the writer was too slow
  first_ns  INTEGER,                                                             -- monotonic stamps of the first and last sample
  last_ns   INTEGER
) STRICT;

-- At most 100 ms of samples, in the format of lw-sample-block.h.
CREATE TABLE block (
  recording INTEGER NOT NULL REFERENCES recording (id),
  sequence  INTEGER NOT NULL,                                                    -- 0, 1, 2 … without a hole
  data      BLOB    NOT NULL,
  PRIMARY KEY (recording, sequence)
) STRICT;

CREATE TRIGGER block_is_never_changed BEFORE UPDATE ON block BEGIN SELECT RAISE (ABORT, 'recorded samples are never changed'); END;
CREATE TRIGGER block_is_never_deleted BEFORE DELETE ON block BEGIN SELECT RAISE (ABORT, 'recorded samples are never deleted'); END;

-- What lw_verdict_compute() said of a finished recording; column names as in LwVerdict.
CREATE TABLE verdict (
  recording      INTEGER PRIMARY KEY REFERENCES recording (id),
  n_samples      INTEGER NOT NULL,
  seconds        REAL    NOT NULL,
  n_gaps         INTEGER NOT NULL,
  longest_gap    REAL,
  jitter_p99     REAL,
  n_limit_hits   INTEGER NOT NULL,
  still_start    REAL,
  still_end      REAL,
  jerk           REAL,
  start_distance REAL
) STRICT;

CREATE TABLE demonstration (
  recording INTEGER PRIMARY KEY REFERENCES recording (id),
  label     TEXT    NOT NULL,
  used      INTEGER NOT NULL DEFAULT 1 CHECK (used IN (0, 1)),                   -- 0: excluded by the person
  deleted   INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1))                 -- 1: hidden; the samples stay
) STRICT;

CREATE TABLE context (
  demonstration INTEGER NOT NULL REFERENCES demonstration (recording),
  name          TEXT    NOT NULL,
  position      INTEGER NOT NULL,                                                -- order in which the contexts are shown and fitted
  unit          TEXT,
  value         REAL,                                                            -- NULL: not given yet
  PRIMARY KEY (demonstration, name)
) STRICT;

-- Every edit, oldest first. operation and inverse are JSON arrays of steps, applied in order:
--   {"set": "label" | "used" | "deleted", "demonstration": id, "value": v}
--   {"set": "context", "demonstration": id, "name": s, "position": i, "unit": s | null, "value": number | null}
--   {"set": "no context", "demonstration": id, "name": s}
-- Undo applies the inverse of the last 'done' row, redo the operation of the first 'undone' one. An edit made after an undo sets what was
-- undone aside ('abandoned'): it stays readable and is never redone.
CREATE TABLE edit (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  time      INTEGER NOT NULL,
  label     TEXT    NOT NULL,                                                    -- for people: what undo and redo name
  operation TEXT    NOT NULL,
  inverse   TEXT    NOT NULL,
  state     TEXT    NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'undone', 'abandoned'))
) STRICT;
CREATE INDEX edit_by_state ON edit (state, id);

-- Named matrices (LwArrays) of models and learner states: row-major float64.
CREATE TABLE array_set (
  id INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE array (
  array_set INTEGER NOT NULL REFERENCES array_set (id),
  position  INTEGER NOT NULL,
  name      TEXT    NOT NULL,
  n_rows    INTEGER NOT NULL,
  n_columns INTEGER NOT NULL,
  data      BLOB    NOT NULL,
  PRIMARY KEY (array_set, position)
) STRICT;

CREATE TABLE model (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  created   INTEGER NOT NULL,
  settings  TEXT    NOT NULL,                                                    -- one JSON object
  array_set INTEGER NOT NULL REFERENCES array_set (id)
) STRICT;
-- What it was fitted to.
CREATE TABLE model_demonstration (
  model         INTEGER NOT NULL REFERENCES model (id),
  position      INTEGER NOT NULL,
  demonstration INTEGER NOT NULL REFERENCES demonstration (recording),
  PRIMARY KEY (model, position)
) STRICT;

CREATE TABLE run (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  created  INTEGER NOT NULL,
  model    INTEGER REFERENCES model (id),                                        -- NULL: a model that is not in this file
  settings TEXT    NOT NULL,                                                     -- one JSON object: everything needed to repeat the run
  ended    TEXT                                                                  -- how; NULL: running, or cut off
) STRICT;
CREATE TABLE episode (
  run       INTEGER NOT NULL REFERENCES run (id),
  iteration INTEGER NOT NULL,                                                    -- whose policy drew it; 0 = imitation
  episode   INTEGER NOT NULL,
  rollout   INTEGER REFERENCES recording (id),                                   -- the measured samples; NULL: run kinematically
  aborted   INTEGER NOT NULL CHECK (aborted IN (0, 1)),
  reward    REAL,
  success   INTEGER NOT NULL CHECK (success IN (-1, 0, 1)),                      -- -1: the task does not say
  context   BLOB    NOT NULL,                                                    -- these three: float64 each
  latent    BLOB    NOT NULL,
  movement  BLOB    NOT NULL,                                                    -- [duration | weights]
  PRIMARY KEY (run, iteration, episode)
) STRICT;
CREATE TABLE iteration (
  run       INTEGER NOT NULL REFERENCES run (id),
  iteration INTEGER NOT NULL,
  report    TEXT    NOT NULL,                                                    -- the object `lampwork-cli learn --json` prints
  array_set INTEGER REFERENCES array_set (id),                                   -- the learner's state after it, for going on
  PRIMARY KEY (run, iteration)
) STRICT;
CREATE TABLE setting_change (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  run       INTEGER NOT NULL REFERENCES run (id),
  iteration INTEGER NOT NULL,                                                    -- the first one it acts on
  name      TEXT    NOT NULL,
  value     REAL,
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX setting_change_by_run ON setting_change (run, id);
