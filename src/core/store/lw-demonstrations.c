/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-demonstrations.h"

#include "lw-npy.h"
#include "lw-sample.h"

G_DEFINE_QUARK (lw-import-error-quark, lw_import_error)

LwDemonstrations *
lw_demonstrations_new (size_t n, size_t n_joints, size_t n_context)
{
  g_autoptr (LwDemonstrations) self = g_new0 (LwDemonstrations, 1);

  self->n = n;
  self->n_joints = n_joints;
  self->n_context = n_context;
  self->context_names = g_new0 (char *, n_context);
  self->context_units = g_new0 (char *, n_context);
  return lw_mat_alloc (&self->contexts, n, n_context) == LW_OK ? g_steal_pointer (&self) : NULL;
}

void
lw_demonstrations_free (LwDemonstrations *self)
{
  if (self == NULL)
    return;
  for (size_t i = 0; i < self->n_context; i++) {
    g_free (self->context_names[i]);
    g_free (self->context_units[i]);
  }
  for (size_t i = 0; self->trajectories != NULL && i < self->n; i++)
    lw_trajectory_unref (self->trajectories[i]);
  g_free (self->context_names);
  g_free (self->context_units);
  g_free (self->trajectories);
  g_free (self->ids);
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->params);
  g_free (self);
}

/* How the columns divide, or one line that shows the arithmetic. */
static gboolean
divide_columns (const char *name, size_t n_columns, size_t n_context, size_t n_basis, size_t *n_joints, GError **error)
{
  if (n_basis < 1 || n_columns <= n_context || n_columns - n_context - 1 < n_basis) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                 "%s has %" G_GSIZE_FORMAT " columns; %" G_GSIZE_FORMAT
                 " context + 1 duration + at least one joint of %" G_GSIZE_FORMAT " weights were expected",
                 name, n_columns, n_context, n_basis);
    return FALSE;
  }
  size_t n_weights = n_columns - n_context - 1;
  *n_joints = n_weights / n_basis;
  if (n_weights % n_basis != 0 || *n_joints > LW_MAX_JOINTS) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                 "%s has %" G_GSIZE_FORMAT " columns = %" G_GSIZE_FORMAT " context + 1 duration + %" G_GSIZE_FORMAT
                 " weights; %" G_GSIZE_FORMAT " weights a joint (basis functions) for 1 to %d joints were expected",
                 name, n_columns, n_context, n_weights, n_basis, LW_MAX_JOINTS);
    return FALSE;
  }
  return TRUE;
}

LwDemonstrations *
lw_npy_read_demonstrations (const char *path, size_t n_context, size_t n_basis, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_auto (LwNpy) npy = { 0 };
  size_t n_joints;

  if (!lw_npy_read (path, TRUE, &npy, error))
    return NULL;
  if (npy.n_dims != 2) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                 "%s has %" G_GSIZE_FORMAT " dimensions; a matrix with one row a demonstration was expected", name, npy.n_dims);
    return NULL;
  }
  if (npy.dims[0] == 0) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE, "%s has no rows; at least one demonstration was expected", name);
    return NULL;
  }
  if (!divide_columns (name, npy.dims[1], n_context, n_basis, &n_joints, error))
    return NULL;

  LwMat rows = lw_mat_view (npy.data, npy.dims[0], npy.dims[1]);
  LwMat contexts = lw_mat_block (&rows, 0, 0, rows.rows, n_context);
  LwMat params = lw_mat_block (&rows, 0, n_context, rows.rows, rows.cols - n_context);
  for (size_t i = 0; i < rows.rows; i++) {
    double duration = lw_mat_get (&params, i, 0);
    if (!(duration > 0)) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                   "%s, row %" G_GSIZE_FORMAT ", column %" G_GSIZE_FORMAT
                   ": duration %.6g s; more than 0 was expected (are there %" G_GSIZE_FORMAT " context columns?)",
                   name, i + 1, n_context + 1, duration, n_context);
      return NULL;
    }
  }

  g_autoptr (LwDemonstrations) set = lw_demonstrations_new (rows.rows, n_joints, n_context);
  if (set == NULL || lw_mat_alloc (&set->params, params.rows, params.cols) != LW_OK) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s does not fit into memory", name);
    return NULL;
  }
  set->n_basis = n_basis;
  for (size_t j = 0; j < n_context; j++)
    set->context_names[j] = g_strdup_printf ("c%" G_GSIZE_FORMAT, j + 1);
  lw_mat_copy (&contexts, &set->contexts);
  lw_mat_copy (&params, &set->params);
  return g_steal_pointer (&set);
}
