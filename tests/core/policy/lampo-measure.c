/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lampo-measure.h"

#include <glib.h>
#include <math.h>

LwLampoImproveSettings
lampo_settings (double kl_bound, LwLampoKlDirection direction, size_t max_iterations)
{
  return (LwLampoImproveSettings){ .kl_bound = kl_bound,
                                   .kl_direction = direction,
                                   .regularisation = 1e-4,
                                   .max_iterations = max_iterations,
                                   .normalised = true,
                                   .guard = true };
}

LampoMeasure
lampo_measure (const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old, const double *x,
               LwLampoKlDirection direction)
{
  LampoMeasure out;
  const LwLampoModel *model = samples->model;
  LwLampoPolicy first, old, new;
  LwLampoTable table;
  LwLampoTrust trust;
  double scratch[100], total = 0, square = 0, value = 0, highest = -INFINITY;

  g_assert_cmpint (lw_lampo_policy_init (&first, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_policy_init (&old, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_policy_init (&new, model), ==, LW_OK);
  g_assert_true (lw_lampo_policy_set (&first, x_first));
  g_assert_cmpint (lw_lampo_table_init (&table, model, samples->stride), ==, LW_OK);
  g_assert_true (lw_lampo_policy_set (&old, x_old) && lw_lampo_policy_set (&new, x));
  g_assert_cmpint (lw_lampo_trust_init (&trust, &old, samples), ==, LW_OK);
  lw_lampo_table_evaluate (&table, &new, samples, 0);
  for (size_t i = 0; i < samples->n; i++)
    highest = fmax (highest, table.log_p[i] - log_den[i]);
  for (size_t i = 0; i < samples->n; i++) {
    double w = exp (table.log_p[i] - log_den[i] - highest);
    total += w;
    square += w * w;
    value += w * samples->reward[i];
  }
  out.value = value / total - 1e-4 * lw_lampo_context_kl (&new, &first, LW_LAMPO_CONTEXT_KL_FIRST_NEW, scratch, NULL);
  out.ess = total * total / square;
  out.kl = lw_lampo_trust_kl (&trust, &new, &table, direction, NULL);
  lw_lampo_trust_clear (&trust);
  lw_lampo_table_clear (&table);
  lw_lampo_policy_clear (&first);
  lw_lampo_policy_clear (&old);
  lw_lampo_policy_clear (&new);
  return out;
}
