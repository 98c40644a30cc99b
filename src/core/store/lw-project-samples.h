/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-database.h"
#include "lw-sample.h"
#include "lw-trajectory.h"

/* Reading recordings back, on any connection. For the files lw-project-*.c only. */

/* (n x LwSample) of a recording of either kind; an error names the block that is damaged. */
GArray       *lw_samples_read       (LwDatabase *db, gint64 recording, GError **error);
/* The same as time from the first stamp and positions. A sample whose stamp is not later than the one before is left out. */
LwTrajectory *lw_trajectory_read    (LwDatabase *db, gint64 recording, GError **error);
/* Only the first; *found says whether there is one. */
gboolean      lw_samples_read_first (LwDatabase *db, gint64 recording, LwSample *out, gboolean *found, GError **error);
