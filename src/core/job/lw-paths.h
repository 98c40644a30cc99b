/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Where the installed data are: $LW_DATA_DIR, else share/lampwork beside the running program's bin, else the prefix it was built for.
 * Folders arms/ and samples/ lie in it. Static storage after the first call; any thread. */
const char *lw_path_data    (void);
const char *lw_path_arms    (void);
const char *lw_path_samples (void);
/* The program that looks foreign models through: $LW_CHECK_MODEL, else beside the running program, else in libexec. Static storage; any thread. */
const char *lw_path_check_model (void);
