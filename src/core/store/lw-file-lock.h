/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Keeps a second Lampwork, or a second window of this one, from writing the same project: an advisory lock on "<project>-lock",
 * which the kernel gives back when the program dies. The project itself cannot carry it: closing any descriptor of that file
 * would drop SQLite's own locks. */
typedef struct LwFileLock LwFileLock;

/* LW_PROJECT_ERROR_BUSY names the process that has @path open. Symbolic links to the same project share one lock. */
LwFileLock *lw_file_lock_new  (const char *path, GError **error);
void        lw_file_lock_free (LwFileLock *self); /* (nullable) */
