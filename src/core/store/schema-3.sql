-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Version 3 of the project file: with which arm a recording was made. recording.limits has the code of the limits that were in force.
CREATE TABLE arm (
  id          INTEGER PRIMARY KEY,
  profile     TEXT    NOT NULL,                                                  -- the contents of its file, JSON
  calibration TEXT                                                               -- likewise; NULL: as the profile says
) STRICT;
CREATE TABLE recording_arm (
  recording INTEGER PRIMARY KEY REFERENCES recording (id),
  arm       INTEGER NOT NULL REFERENCES arm (id)
) STRICT;
