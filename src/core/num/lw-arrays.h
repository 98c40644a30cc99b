/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-mat.h"

/* A set of named matrices: how models and learner states travel to files and back. Names are short ASCII.
 * Owned storage; owner thread. */
typedef struct {
  char  name[32];
  LwMat mat;
} LwNamedArray;

typedef struct {
  LwNamedArray *items;
  size_t        n_items;
} LwArrays;

void         lw_arrays_init  (LwArrays *self);
void         lw_arrays_clear (LwArrays *self);
/* Adds a copy of @mat under @name, replacing one of that name. */
LwStatus     lw_arrays_put   (LwArrays *self, const char *name, const LwMat *mat) LW_MUST_USE;
LwStatus     lw_arrays_put_vector (LwArrays *self, const char *name, const double *x, size_t n) LW_MUST_USE; /* 1 x n */
LwStatus     lw_arrays_put_scalar (LwArrays *self, const char *name, double v) LW_MUST_USE;
const LwMat *lw_arrays_get   (const LwArrays *self, const char *name); /* (nullable) (transfer none) */
/* The 1 x @n array of that name; NULL when there is none of this shape. (nullable) (transfer none) */
const double *lw_arrays_get_vector (const LwArrays *self, const char *name, size_t n);
double       lw_arrays_get_scalar (const LwArrays *self, const char *name, double otherwise);
