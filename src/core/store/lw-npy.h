/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-mat.h"

/* NumPy .npy files (format 1.0-3.0, little endian float64, float32, int64, int32): read as double. */
typedef struct {
  size_t  n_dims;
  size_t  dims[4];
  size_t  size;   /* product */
  double *data;   /* C order, owned; free() */
} LwNpy;

/* One clear line on error: file, what was found, what was expected; NaN and infinity refused when @finite. */
gboolean lw_npy_read  (const char *path, gboolean finite, LwNpy *out, GError **error);
void     lw_npy_clear (LwNpy *self);
gboolean lw_npy_write (const char *path, const LwMat *mat, GError **error);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwNpy, lw_npy_clear)
