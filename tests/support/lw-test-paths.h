/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Where tests find their inputs. The shared data are not part of the project: a test that needs them skips without them. */

/* Path of @name under $LW_SHARED_DIR ("data/reach_target.npy"), or NULL after g_test_skip() with a reason when that folder is
 * absent. A file missing from a folder that is there fails the test. (transfer full) */
char *lw_test_shared_path (const char *name);

/* Path of @name under $LW_DATA_DIR, the project's own data; it must exist. (transfer full) */
char *lw_test_data_path (const char *name);

/* Full counts of the slow tests (LW_LONG=1)? */
gboolean lw_test_is_long (void);
