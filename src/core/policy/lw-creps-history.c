/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-creps-history.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

LwStatus
lw_creps_history_init (LwCrepsHistory *self, size_t dc, size_t f, size_t d)
{
  *self = (LwCrepsHistory){ .f = f, .d = d };
  self->contexts = lw_mat_view (NULL, 0, dc);
  self->phi = lw_mat_view (NULL, 0, f);
  self->z = lw_mat_view (NULL, 0, d);
  return dc > 0 && f > 0 && d > 0 ? LW_OK : LW_ERR_SHAPE;
}

void
lw_creps_history_clear (LwCrepsHistory *self)
{
  for (size_t t = 0; t < self->T; t++)
    lw_linear_gaussian_clear (&self->policies[t]);
  free (self->policies);
  free (self->counts);
  free (self->rewards);
  free (self->log_mix);
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->phi);
  lw_mat_clear (&self->z);
  *self = (LwCrepsHistory){ 0 };
}

static bool
grow (double **data, size_t rows, size_t cols)
{
  double *more;

  if (cols != 0 && rows > PTRDIFF_MAX / sizeof (double) / cols)
    return false;
  more = realloc (*data, rows * cols * sizeof (double));
  if (more != NULL)
    *data = more;
  return more != NULL;
}

/* Room for @n more episodes and one more policy. The views keep showing the episodes there are. */
static LwStatus
reserve (LwCrepsHistory *self, size_t n)
{
  LwLinearGaussian *policies = realloc (self->policies, (self->T + 1) * sizeof *policies);
  size_t *counts, capacity = self->capacity;

  if (policies == NULL)
    return LW_ERR_MEMORY;
  self->policies = policies;
  counts = realloc (self->counts, (self->T + 1) * sizeof *counts);
  if (counts == NULL)
    return LW_ERR_MEMORY;
  self->counts = counts;
  if (n > PTRDIFF_MAX / 2 - self->n)
    return LW_ERR_MEMORY;
  if (self->n + n <= capacity)
    return LW_OK;
  capacity = self->n + n > 2 * capacity ? self->n + n : 2 * capacity;
  if (!grow (&self->contexts.data, capacity, self->contexts.cols) || !grow (&self->phi.data, capacity, self->f)
      || !grow (&self->z.data, capacity, self->d) || !grow (&self->rewards, capacity, 1) || !grow (&self->log_mix, capacity, 1))
    return LW_ERR_MEMORY;
  self->capacity = capacity;
  return LW_OK;
}

static void
append (const LwMat *rows, size_t at, LwMat *to)
{
  LwMat end;

  to->rows = at + rows->rows;
  end = lw_mat_block (to, at, 0, rows->rows, rows->cols);
  lw_mat_copy (rows, &end);
}

static double
log_add (double a, double b)
{
  double most = fmax (a, b);

  return most == -INFINITY ? most : most + log1p (exp (fmin (a, b) - most));
}

/* @log_mix (n) of rows under policies [from, T). */
static LwStatus
add_policies (const LwCrepsHistory *self, size_t from, const LwMat *phi, const LwMat *z, double *log_mix)
{
  double *log_p = lw_doubles_new (z->rows);
  LwMat scratch = { 0 };
  LwStatus status = log_p != NULL ? lw_mat_alloc (&scratch, self->d, z->rows) : LW_ERR_MEMORY;

  for (size_t t = from; t < self->T && status == LW_OK; t++) {
    lw_linear_gaussian_log_density (&self->policies[t], phi, z, &scratch, log_p);
    for (size_t i = 0; i < z->rows; i++)
      log_mix[i] = log_add (log_mix[i], log ((double) self->counts[t]) + log_p[i]);
  }
  lw_mat_clear (&scratch);
  free (log_p);
  return status;
}

/* Every batch is a policy of its own, also when two come from one policy: then their N_t add up in the mixture. */
LwStatus
lw_creps_history_add (LwCrepsHistory *self, const LwLinearGaussian *policy, const LwMat *contexts, const LwMat *phi,
                      const LwMat *z, const double *rewards)
{
  size_t n = z->rows;
  LwLinearGaussian copy;
  double *log_mix;
  LwStatus status;

  if (n == 0)
    return LW_OK;
  if (!lw_all_finite (rewards, n) || !lw_mat_is_finite (contexts) || !lw_mat_is_finite (phi) || !lw_mat_is_finite (z))
    return LW_ERR_NOT_FINITE;
  status = reserve (self, n);
  if (status == LW_OK)
    status = lw_linear_gaussian_alloc (&copy, policy->f, policy->d);
  if (status != LW_OK)
    return status;
  lw_linear_gaussian_copy (policy, &copy);
  log_mix = lw_doubles_new (self->n + n);
  if (log_mix == NULL) {
    lw_linear_gaussian_clear (&copy);
    return LW_ERR_MEMORY;
  }
  self->policies[self->T] = copy;
  self->counts[self->T++] = n;
  if (self->n > 0)
    memcpy (log_mix, self->log_mix, self->n * sizeof *log_mix);
  for (size_t i = 0; i < n; i++)
    log_mix[self->n + i] = -INFINITY;
  status = self->n > 0 ? add_policies (self, self->T - 1, &self->phi, &self->z, log_mix) : LW_OK;
  if (status == LW_OK)
    status = add_policies (self, 0, phi, z, log_mix + self->n);
  for (size_t i = 0; i < n && status == LW_OK; i++)
    if (!isfinite (log_mix[self->n + i]))
      status = LW_ERR_RANGE; /* so far out that no policy here can have drawn it */
  if (status != LW_OK)
    lw_linear_gaussian_clear (&self->policies[--self->T]);
  else {
    memcpy (self->log_mix, log_mix, (self->n + n) * sizeof *log_mix);
    memcpy (self->rewards + self->n, rewards, n * sizeof *rewards);
    append (contexts, self->n, &self->contexts);
    append (phi, self->n, &self->phi);
    append (z, self->n, &self->z);
    self->n += n;
  }
  free (log_mix);
  return status;
}

/* ---- state ---- */

LwStatus
lw_creps_history_to_arrays (const LwCrepsHistory *self, LwArrays *out)
{
  size_t fd = self->f * self->d, dd = self->d * self->d;
  LwMat policies, counts = { 0 };
  LwStatus status;

  if (self->n == 0)
    return LW_OK;
  status = lw_mat_alloc (&policies, self->T, fd + dd);
  if (status == LW_OK)
    status = lw_mat_alloc (&counts, 1, self->T);
  for (size_t t = 0; t < self->T && status == LW_OK; t++) {
    memcpy (lw_mat_row (&policies, t), self->policies[t].mean.data, fd * sizeof (double));
    memcpy (lw_mat_row (&policies, t) + fd, self->policies[t].chol.data, dd * sizeof (double));
    counts.data[t] = (double) self->counts[t];
  }
  if (status == LW_OK)
    status = lw_arrays_put (out, "contexts", &self->contexts);
  if (status == LW_OK)
    status = lw_arrays_put (out, "latents", &self->z);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "rewards", self->rewards, self->n);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "log_mix", self->log_mix, self->n);
  if (status == LW_OK)
    status = lw_arrays_put (out, "policies", &policies);
  if (status == LW_OK)
    status = lw_arrays_put (out, "counts", &counts);
  lw_mat_clear (&policies);
  lw_mat_clear (&counts);
  return status;
}

static LwStatus
read_policies (LwCrepsHistory *self, const LwArrays *in, size_t n)
{
  const LwMat *policies = lw_arrays_get (in, "policies");
  const double *counts = policies != NULL ? lw_arrays_get_vector (in, "counts", policies->rows) : NULL;
  size_t fd = self->f * self->d;
  double total = 0.0;

  if (counts == NULL || policies->rows == 0 || policies->cols != fd + self->d * self->d)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (policies))
    return LW_ERR_NOT_FINITE;
  self->policies = calloc (policies->rows, sizeof *self->policies);
  self->counts = calloc (policies->rows, sizeof *self->counts);
  if (self->policies == NULL || self->counts == NULL)
    return LW_ERR_MEMORY;
  for (size_t t = 0; t < policies->rows; t++) {
    LwMat mean = lw_mat_view (lw_mat_row (policies, t), self->f, self->d);
    LwMat chol = lw_mat_view (lw_mat_row (policies, t) + fd, self->d, self->d);
    double count = counts[t];

    if (!(count >= 1.0 && count <= (double) n && count == floor (count)))
      return LW_ERR_RANGE;
    for (size_t a = 0; a < self->d; a++)
      if (!(lw_mat_get (&chol, a, a) > 0.0))
        return LW_ERR_NOT_SPD;
    if (lw_linear_gaussian_alloc (&self->policies[t], self->f, self->d) != LW_OK)
      return LW_ERR_MEMORY;
    self->T++;
    lw_mat_copy (&mean, &self->policies[t].mean);
    lw_mat_copy (&chol, &self->policies[t].chol);
    self->counts[t] = (size_t) count;
    total += count;
  }
  return total == (double) n ? LW_OK : LW_ERR_RANGE;
}

LwStatus
lw_creps_history_from_arrays (LwCrepsHistory *self, const LwArrays *in, const LwContextFeatures *features)
{
  const LwMat *contexts = lw_arrays_get (in, "contexts"), *z = lw_arrays_get (in, "latents");
  size_t n = z != NULL ? z->rows : 0;
  const double *rewards = lw_arrays_get_vector (in, "rewards", n), *log_mix = lw_arrays_get_vector (in, "log_mix", n);
  LwCrepsHistory read;
  LwStatus status = lw_creps_history_init (&read, features->dc, features->f, self->d);

  if (status != LW_OK || n == 0)
    return status;
  if (contexts == NULL || contexts->rows != n || contexts->cols != features->dc || z->cols != self->d || rewards == NULL
      || log_mix == NULL)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (contexts) || !lw_mat_is_finite (z) || !lw_all_finite (rewards, n) || !lw_all_finite (log_mix, n))
    return LW_ERR_NOT_FINITE;
  status = reserve (&read, n);
  if (status == LW_OK) {
    read.n = n;
    append (contexts, 0, &read.contexts);
    append (z, 0, &read.z);
    read.phi.rows = n;
    lw_context_features_evaluate_all (features, &read.contexts, &read.phi);
    memcpy (read.rewards, rewards, n * sizeof (double));
    memcpy (read.log_mix, log_mix, n * sizeof (double));
    free (read.policies);
    free (read.counts);
    read.policies = NULL;
    read.counts = NULL;
    status = read_policies (&read, in, n);
  }
  if (status != LW_OK) {
    lw_creps_history_clear (&read);
    return status;
  }
  lw_creps_history_clear (self);
  *self = read;
  return LW_OK;
}
