/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"
#include "lw-database.h"

/* LwArrays in the project file (tables array_set and array). For the files lw-project-*.c only. */

/* In a transaction of the caller; *id names the set. */
gboolean lw_stored_arrays_put (LwDatabase *db, const LwArrays *arrays, gint64 *id, GError **error);
/* @out is initialised by the call, and empty on error. */
gboolean lw_stored_arrays_get (LwDatabase *db, gint64 id, LwArrays *out, GError **error);
