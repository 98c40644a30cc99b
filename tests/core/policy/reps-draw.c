/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reps-draw.h"

#include <glib.h>
#include <math.h>

#include "lw-rng.h"

void
reps_golden (LwGolden *golden, const char *kind, const char *epsilon, const char *what)
{
  g_autofree char *name = g_strdup_printf ("golden/ps/%s_eps%s_%s.npy", kind, epsilon, what);

  g_assert_true (lw_golden_load (golden, name));
}

void
reps_draw (double *rewards, double *log_prior, LwMat *features, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  for (size_t i = 0; i < REPS_N; i++) {
    rewards[i] = lw_rng_normal (&rng);
    if (log_prior != NULL)
      log_prior[i] = 2.0 * lw_rng_normal (&rng);
    for (size_t j = 0; features != NULL && j < features->cols; j++)
      lw_mat_set (features, i, j, lw_rng_normal (&rng));
    if (features != NULL && features->cols > 0)
      rewards[i] += 3.0 * lw_mat_get (features, i, 0);
  }
}

double
reps_kl (const double *p, const double *log_prior, size_t n)
{
  double sum = 0.0, z = 0.0;

  for (size_t i = 0; i < n; i++)
    z += log_prior != NULL ? exp (log_prior[i]) : 1.0;
  for (size_t i = 0; i < n; i++)
    if (p[i] > 0.0)
      sum += p[i] * (log (p[i]) - (log_prior != NULL ? log_prior[i] : 0.0) + log (z));
  return sum;
}

double
reps_sum (const double *p, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += p[i];
  return sum;
}
