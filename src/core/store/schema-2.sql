-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Version 2 of the project file: what instruments (a scale, a program, a person) measured in an episode; how much a demonstration shakes.
CREATE TABLE measure (
  run       INTEGER NOT NULL,
  iteration INTEGER NOT NULL,
  episode   INTEGER NOT NULL,
  position  INTEGER NOT NULL,                                                    -- 0, 1 … as the task counts them
  name      TEXT    NOT NULL,                                                    -- "poured mass"
  unit      TEXT    NOT NULL,
  value     REAL,                                                                -- NULL: it could not be measured
  PRIMARY KEY (run, iteration, episode, position),
  FOREIGN KEY (run, iteration, episode) REFERENCES episode (run, iteration, episode)
) STRICT;

ALTER TABLE verdict ADD COLUMN shake REAL;                                         -- NULL: from before it was computed
