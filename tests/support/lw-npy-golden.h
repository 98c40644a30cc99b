/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-mat.h"

/* Reference arrays in NumPy's .npy format, read without the program's own importer: a fault there must not hide here. */

#define LW_GOLDEN_MAX_DIMS 4

typedef struct {
  size_t  n_dims;
  size_t  dims[LW_GOLDEN_MAX_DIMS];
  size_t  n;    /* elements: product of dims */
  double *data; /* (n), C order; integers are converted. Owned */
} LwGolden;

/* Reads $LW_SHARED_DIR/<name>, e.g. "golden/lampo/m0_W.npy" (float64 or int64, little endian). FALSE after g_test_skip() when
 * there are no shared data; anything wrong with a file that should be there fails the test. */
gboolean lw_golden_load  (LwGolden *self, const char *name);
void     lw_golden_clear (LwGolden *self);
/* View with the first dimension as rows and all others as columns; a vector is one column. */
LwMat    lw_golden_mat   (const LwGolden *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwGolden, lw_golden_clear)
