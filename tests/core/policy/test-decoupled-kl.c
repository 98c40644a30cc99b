/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-kl.h"

#include <glib.h>
#include <math.h>

#include "decoupled-random.h"
#include "lw-assert-close.h"

static const struct {
  size_t K, d, dc;
} shapes[] = { { 3, 2, 2 }, { 2, 3, 5 }, { 3, 4, 1 }, { 1, 2, 2 }, { 2, 2, 0 } };

typedef struct {
  DecoupledRandom random;
  LwDecoupledTable table;
  LwDecoupledTrust trust;
  LwLampoKlDirection direction;
  LwLampoContextKlDirection context_direction;
  double scratch[3];
} Fixture;

static void
fixture_init (Fixture *f, size_t c, bool slopes)
{
  decoupled_random_init (&f->random, shapes[c].K, shapes[c].d, shapes[c].dc, 70, slopes, 400 + (uint32_t) c);
  g_assert_cmpint (lw_decoupled_table_init (&f->table, &f->random.form, f->random.lampo.samples.stride), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_trust_init (&f->trust, f->random.x_old, &f->random.features, &f->random.lampo.samples), ==,
                   LW_OK);
}

static void
fixture_clear (Fixture *f)
{
  lw_decoupled_trust_clear (&f->trust);
  lw_decoupled_table_clear (&f->table);
  decoupled_random_clear (&f->random);
}

static double
trust_kl (const double *x, double *grad, void *data)
{
  Fixture *f = data;

  lw_decoupled_table_evaluate (&f->table, x, &f->random.features, &f->random.lampo.samples, 0);
  return lw_decoupled_trust_kl (&f->trust, x, &f->table, f->direction, grad);
}

/* In both directions against a sum over samples and components, and nothing at the old policy; the value does not depend on the
 * gradient's being asked for. */
static void
test_trust_region (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (shapes); c++)
    for (int slopes = 0; slopes < 2; slopes++) {
      Fixture f;
      fixture_init (&f, c, slopes);
      g_autofree double *grad = g_new (double, f.random.form.n_x);
      double new_old = decoupled_random_kl (&f.random, f.random.x_new, f.random.x_old);
      double old_new = decoupled_random_kl (&f.random, f.random.x_old, f.random.x_new);
      g_assert_cmpfloat (fabs (new_old - old_new), >, 1e-3);
      f.direction = LW_LAMPO_KL_OLD_NEW;
      lw_assert_close (trust_kl (f.random.x_new, NULL, &f), old_new, 1e-9, 0);
      lw_assert_close (trust_kl (f.random.x_new, grad, &f), old_new, 1e-9, 0);
      lw_assert_close (trust_kl (f.random.x_old, grad, &f), 0, 0, 1e-14);
      lw_assert_close_array (grad, f.random.x_first, f.random.form.n_x, 0, 1e-14); /* zeros */
      f.direction = LW_LAMPO_KL_NEW_OLD;
      lw_assert_close (trust_kl (f.random.x_new, NULL, &f), new_old, 1e-9, 0);
      lw_assert_close (trust_kl (f.random.x_new, grad, &f), new_old, 1e-9, 0);
      lw_assert_close (trust_kl (f.random.x_old, grad, &f), 0, 0, 1e-14);
      lw_assert_close_array (grad, f.random.x_first, f.random.form.n_x, 0, 1e-14);
      fixture_clear (&f);
    }
}

static void
test_gradients (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (shapes); c++)
    for (int kind = 0; kind < 4; kind++) {
      Fixture f;
      fixture_init (&f, c, kind % 2 == 1);
      f.direction = (LwLampoKlDirection) (kind / 2);
      lampo_check_gradient (trust_kl, &f, f.random.x_new, f.random.form.n_x, 1e-8);
      fixture_clear (&f);
    }
}

/* The curvature is that of both directions, by differences of their gradients. */
static void
test_curvature (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (shapes); c++)
    for (int direction = 0; direction < 2; direction++) {
      Fixture f;
      fixture_init (&f, c, true);
      size_t n_x = f.random.form.n_x;
      g_autofree double *curvature = g_new (double, n_x), *grad = g_new (double, n_x),
                        *x = g_memdup2 (f.random.x_old, n_x * sizeof *x);
      f.direction = (LwLampoKlDirection) direction;
      lw_fill_nan (curvature, n_x);
      lw_decoupled_trust_curvature (&f.trust, curvature);
      for (size_t i = 0; i < n_x; i++) {
        double slope[2];
        for (int side = 0; side < 2; side++) {
          x[i] = f.random.x_old[i] + (side == 0 ? -1e-4 : 1e-4);
          trust_kl (x, grad, &f);
          slope[side] = grad[i];
        }
        x[i] = f.random.x_old[i];
        lw_assert_close (curvature[i], (slope[1] - slope[0]) / 2e-4, 1e-6, 1e-9);
      }
      fixture_clear (&f);
    }
}

/* The mean of log p_a/p_b over draws from a. */
static void
test_monte_carlo (void)
{
  enum { DRAWS = 20000 };
  Fixture f;
  LwLampoSamples samples;
  LwDecoupledFeatures features;
  LwDecoupledTable old, new;
  LwRng rng;
  double sum = 0, square = 0;

  fixture_init (&f, 0, true);
  const LwLampoModel *model = f.random.form.model;
  LwMat contexts, e;
  g_autofree size_t *k = g_new (size_t, DRAWS);
  g_autofree double *rewards = g_new0 (double, DRAWS);
  double workspace[3 + 3 * 2];
  lw_lampo_samples_init (&samples, model);
  lw_decoupled_features_init (&features, &f.random.form);
  g_assert_cmpint (lw_mat_alloc (&contexts, DRAWS, 2), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&e, DRAWS, 2), ==, LW_OK);
  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < DRAWS; i++) {
    const double *context = lw_mat_row (&f.random.lampo.samples.contexts, i % 70);
    lw_mat_set (&contexts, i, 0, context[0]);
    lw_mat_set (&contexts, i, 1, context[1]);
    lw_decoupled_sample (&f.random.form, f.random.x_old, context, &rng, workspace, &k[i], lw_mat_row (&e, i));
  }
  g_assert_cmpint (lw_lampo_samples_add (&samples, &contexts, k, &e, rewards), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_features_update (&features, &samples), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_table_init (&old, &f.random.form, samples.stride), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_table_init (&new, &f.random.form, samples.stride), ==, LW_OK);
  lw_decoupled_table_evaluate (&old, f.random.x_old, &features, &samples, 0);
  lw_decoupled_table_evaluate (&new, f.random.x_new, &features, &samples, 0);
  for (size_t i = 0; i < DRAWS; i++) {
    sum += (old.log_p[i] - new.log_p[i]) / DRAWS;
    square += pow (old.log_p[i] - new.log_p[i], 2) / DRAWS;
  }
  f.direction = LW_LAMPO_KL_OLD_NEW;
  double kl = trust_kl (f.random.x_new, NULL, &f), se = sqrt ((square - sum * sum) / DRAWS);
  g_test_message ("KL %.4f, by %d draws %.4f +- %.4f", kl, DRAWS, sum, se);
  g_assert_cmpfloat (se, <, 0.2 * kl);
  lw_assert_close (sum, kl, 0, 4 * se);
  lw_decoupled_table_clear (&old);
  lw_decoupled_table_clear (&new);
  lw_decoupled_features_clear (&features);
  lw_lampo_samples_clear (&samples);
  lw_mat_clear (&contexts);
  lw_mat_clear (&e);
  fixture_clear (&f);
}

static double
context_kl (const double *x, double *grad, void *data)
{
  Fixture *f = data;

  for (size_t i = 0; i < f->random.form.n_x && grad != NULL; i++)
    grad[i] = 0;
  return lw_decoupled_context_kl (&f->random.form, x, f->context_direction, f->scratch, grad);
}

static void
test_context_kl (void)
{
  Fixture f;
  fixture_init (&f, 0, true);
  double new[3], first_new = 0, new_first = 0;
  const double *first = f.random.lampo.model.log_pi;

  lw_decoupled_log_weights (&f.random.form, f.random.x_new, new);
  for (size_t k = 0; k < 3; k++) {
    first_new += exp (first[k]) * (first[k] - new[k]);
    new_first += exp (new[k]) * (new[k] - first[k]);
  }
  f.context_direction = LW_LAMPO_CONTEXT_KL_FIRST_NEW;
  lw_assert_close (context_kl (f.random.x_new, NULL, &f), first_new, 1e-10, 0);
  lw_assert_close (context_kl (f.random.x_first, NULL, &f), 0, 0, 1e-15);
  lampo_check_gradient (context_kl, &f, f.random.x_new, f.random.form.n_x, 1e-8);
  f.context_direction = LW_LAMPO_CONTEXT_KL_NEW_FIRST;
  lw_assert_close (context_kl (f.random.x_new, NULL, &f), new_first, 1e-10, 0);
  lw_assert_close (context_kl (f.random.x_first, NULL, &f), 0, 0, 1e-15);
  lampo_check_gradient (context_kl, &f, f.random.x_new, f.random.form.n_x, 1e-8);
  g_assert_cmpfloat (fabs (first_new - new_first), >, 1e-6);
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-kl/trust-region", test_trust_region);
  g_test_add_func ("/decoupled-kl/gradients", test_gradients);
  g_test_add_func ("/decoupled-kl/curvature", test_curvature);
  g_test_add_func ("/decoupled-kl/monte-carlo", test_monte_carlo);
  g_test_add_func ("/decoupled-kl/context", test_context_kl);
  return g_test_run ();
}
