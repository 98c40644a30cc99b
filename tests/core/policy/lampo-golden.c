/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lampo-golden.h"

static gboolean
load (LwGolden *array, const char *prefix, const char *name)
{
  g_autofree char *path = g_strdup_printf ("golden/lampo/%s%s.npy", prefix, name);
  return lw_golden_load (array, path);
}

void
lampo_golden_array (LwGolden *array, const char *prefix, const char *name)
{
  g_assert_true (load (array, prefix, name));
}

gboolean
lampo_golden_load (LampoGolden *self, const char *prefix, const char *log_den)
{
  *self = (LampoGolden){ 0 };
  if (!load (&self->W, prefix, "W"))
    return FALSE;
  struct {
    LwGolden   *array;
    const char *name;
  } rest[] = { { &self->means, "means" }, { &self->sigma_sq, "sigma_sq" }, { &self->x_new, "x_new" }, { &self->x_old, "x_old" },
               { &self->x_first, "x_first" }, { &self->z, "z" }, { &self->k, "k" }, { &self->c, "c" }, { &self->r, "r" },
               { &self->log_den, log_den } };
  for (size_t i = 0; i < G_N_ELEMENTS (rest); i++)
    lampo_golden_array (rest[i].array, prefix, rest[i].name);

  self->K = self->W.dims[0];
  self->D = self->W.dims[1];
  self->d = self->W.dims[2];
  self->N = self->z.dims[0];
  self->dc = self->c.dims[1];
  self->n_x = self->K + 2 * self->K * self->d;
  g_assert_cmpuint (self->x_new.n, ==, self->n_x);
  self->k_index = g_new (int64_t, self->N);
  for (size_t i = 0; i < self->N; i++)
    self->k_index[i] = (int64_t) self->k.data[i];
  self->arrays = (LwLampoArrays){
    .W = lw_mat_view (self->W.data, self->K * self->D, self->d),
    .means = lw_golden_mat (&self->means),
    .sigma_sq = self->sigma_sq.data,
    .x_new = self->x_new.data,
    .x_old = self->x_old.data,
    .x_first = self->x_first.data,
    .z = lw_golden_mat (&self->z),
    .k = self->k_index,
    .c = lw_golden_mat (&self->c),
    .r = self->r.data,
    .log_den = self->log_den.data,
  };
  return TRUE;
}

void
lampo_golden_clear (LampoGolden *self)
{
  LwGolden *all[] = { &self->W, &self->means, &self->sigma_sq, &self->x_new, &self->x_old, &self->x_first,
                      &self->z, &self->k,     &self->c,        &self->r,     &self->log_den };
  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    lw_golden_clear (all[i]);
  g_free (self->k_index);
}
