/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Whole foreign files in and out. Errors are LW_IMPORT_ERROR, one line. */

/* LW_IMPORT_ERROR_OPEN for what is not there, is a folder, or may not be read; LW_IMPORT_ERROR_FORMAT when it is empty. A NUL
 * stands behind the last byte. */
GBytes  *lw_import_file_read  (const char *path, GError **error);
/* Written beside @path and renamed over it: there is the old file or the whole new one. */
gboolean lw_import_file_write (const char *path, const void *data, size_t size, GError **error);
