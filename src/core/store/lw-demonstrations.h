/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-trajectory.h"

/* A set of demonstrations on their way into a fit, out of a file or into one. Owned storage; owner thread. */
typedef struct {
  size_t         n;
  size_t         n_joints;
  size_t         n_context;      /* dc */
  char         **context_names;  /* (n_context) */
  char         **context_units;  /* (n_context), each nullable */
  LwMat          contexts;       /* (n x n_context); rows 0 columns allowed */
  LwTrajectory **trajectories;   /* (n), NULL as a whole when the set came as parameters */
  LwMat          params;         /* (n x (1 + W)) [duration | weights]; empty when the set came as trajectories */
  size_t         n_basis;        /* of params */
  int64_t       *ids;            /* (n) in the project file, nullable */
} LwDemonstrations;

/* Names and units NULL, contexts zero; trajectories, params and ids are for the caller to add (g_new0(), lw_mat_alloc()). NULL
 * when memory is short. */
LwDemonstrations *lw_demonstrations_new  (size_t n, size_t n_joints, size_t n_context);
void              lw_demonstrations_free (LwDemonstrations *self); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwDemonstrations, lw_demonstrations_free)

#define LW_IMPORT_ERROR (lw_import_error_quark ())
typedef enum {
  LW_IMPORT_ERROR_OPEN,
  LW_IMPORT_ERROR_FORMAT,
  LW_IMPORT_ERROR_SHAPE,
  LW_IMPORT_ERROR_VALUE,
  LW_IMPORT_ERROR_WRITE
} LwImportError;
GQuark            lw_import_error_quark  (void);

/* CSV: a header; columns "demo", "t" (s), joints q<number> in file order (rad); every other column is a context, constant within
 * a demonstration. Without "t" @rate_hz must be > 0. Every error is one line naming file, row, column and what was expected
 * ("strikes.csv, row 12, column t: 0.31 is not later than 0.31 in row 11; times must increase within a demonstration"). C locale.
 * Slow: not on the main thread. */
LwDemonstrations *lw_csv_read   (const char *path, double rate_hz, GError **error);
/* Written beside and renamed; nothing half-written. */
gboolean          lw_csv_write  (const LwDemonstrations *set, const char *path, GError **error);
/* NumPy matrix (N x p) float64/float32, C or Fortran order, of rows [context (n_context) | duration | weights]; (p - n_context -
 * 1) must be a multiple of @n_basis. */
LwDemonstrations *lw_npy_read_demonstrations (const char *path, size_t n_context, size_t n_basis, GError **error);
