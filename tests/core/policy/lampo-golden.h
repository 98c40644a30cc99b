/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-objective.h"
#include "lw-npy-golden.h"

/* One published model or synthetic problem of golden/lampo, as the arrays of LwLampoArrays. */
typedef struct {
  LwGolden W, means, sigma_sq, x_new, x_old, x_first, z, k, c, r, log_den;
  int64_t *k_index;
  LwLampoArrays arrays;
  size_t K, d, dc, D, N, n_x;
} LampoGolden;

/* @prefix "m0_", @log_den "log_den_batch". FALSE when skipped. */
gboolean lampo_golden_load  (LampoGolden *self, const char *prefix, const char *log_den);
void     lampo_golden_clear (LampoGolden *self);
/* The array golden/lampo/<prefix><name>.npy. */
void     lampo_golden_array (LwGolden *array, const char *prefix, const char *name);
