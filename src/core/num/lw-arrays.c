/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arrays.h"

#include <stdlib.h>
#include <string.h>

void
lw_arrays_init (LwArrays *self)
{
  *self = (LwArrays){ 0 };
}

void
lw_arrays_clear (LwArrays *self)
{
  for (size_t i = 0; i < self->n_items; i++)
    lw_mat_clear (&self->items[i].mat);
  free (self->items);
  lw_arrays_init (self);
}

static LwNamedArray *
find (const LwArrays *self, const char *name)
{
  for (size_t i = 0; i < self->n_items; i++)
    if (strcmp (self->items[i].name, name) == 0)
      return &self->items[i];
  return NULL;
}

LwStatus
lw_arrays_put (LwArrays *self, const char *name, const LwMat *mat)
{
  size_t length = strlen (name);
  if (length == 0 || length >= sizeof self->items->name)
    return LW_ERR_RANGE;

  LwMat copy;
  LwStatus status = lw_mat_alloc (&copy, mat->rows, mat->cols);
  if (status != LW_OK)
    return status;
  lw_mat_copy (mat, &copy);

  LwNamedArray *item = find (self, name);
  if (item == NULL) {
    LwNamedArray *items = reallocarray (self->items, self->n_items + 1, sizeof *items);
    if (items == NULL) {
      lw_mat_clear (&copy);
      return LW_ERR_MEMORY;
    }
    self->items = items;
    item = &items[self->n_items++];
    *item = (LwNamedArray){ 0 };
    memcpy (item->name, name, length + 1);
  }
  lw_mat_clear (&item->mat);
  item->mat = copy;
  return LW_OK;
}

LwStatus
lw_arrays_put_vector (LwArrays *self, const char *name, const double *x, size_t n)
{
  LwMat row = lw_mat_view ((double *) x, 1, n); /* copied, not written to */
  return lw_arrays_put (self, name, &row);
}

LwStatus
lw_arrays_put_scalar (LwArrays *self, const char *name, double v)
{
  return lw_arrays_put_vector (self, name, &v, 1);
}

const LwMat *
lw_arrays_get (const LwArrays *self, const char *name)
{
  const LwNamedArray *item = find (self, name);
  return item != NULL ? &item->mat : NULL;
}

const double *
lw_arrays_get_vector (const LwArrays *self, const char *name, size_t n)
{
  const LwMat *mat = lw_arrays_get (self, name);
  return mat != NULL && mat->rows == 1 && mat->cols == n ? mat->data : NULL;
}

double
lw_arrays_get_scalar (const LwArrays *self, const char *name, double otherwise)
{
  const double *v = lw_arrays_get_vector (self, name, 1);
  return v != NULL ? *v : otherwise;
}
