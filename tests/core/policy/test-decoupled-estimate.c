/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-estimate.h"

#include <glib.h>
#include <math.h>

#include "lampo-random.h"
#include "lw-assert-close.h"

enum { N = 40 };

typedef struct {
  LampoRandom random;
  LwDecoupledEstimate estimate;
  double log_p[N];
} Fixture;

static void
fixture_init (Fixture *f, uint32_t stream)
{
  LwRng rng;

  lampo_random_init (&f->random, 2, 2, 2, 3, N, stream);
  lw_rng_init (&rng, 8, LW_RNG_TEST, stream, 0);
  for (size_t i = 0; i < N; i++)
    f->log_p[i] = -1 + lw_rng_normal (&rng);
  g_assert_cmpint (lw_decoupled_estimate_init (&f->estimate, &f->random.samples, f->random.log_den), ==, LW_OK);
}

static void
fixture_clear (Fixture *f)
{
  lw_decoupled_estimate_clear (&f->estimate);
  lampo_random_clear (&f->random);
}

/* Mean 0, deviation 1, whatever their unit; equal rewards are, though their mean is off by rounding. */
static void
test_standardised (void)
{
  static const double units[] = { 1, 1e-200, 1e200, 1e-310 };
  Fixture f;
  double mean = 0, square = 0;

  fixture_init (&f, 500);
  g_autofree double *reward = g_memdup2 (f.random.samples.reward, N * sizeof *reward);
  for (size_t i = 0; i < N; i++)
    mean += reward[i] / N;
  for (size_t i = 0; i < N; i++)
    square += pow (reward[i] - mean, 2) / N;
  for (size_t c = 0; c < G_N_ELEMENTS (units); c++) {
    LwDecoupledEstimate other;
    for (size_t i = 0; i < N; i++)
      f.random.samples.reward[i] = reward[i] * units[c];
    g_assert_cmpint (lw_decoupled_estimate_init (&other, &f.random.samples, f.random.log_den), ==, LW_OK);
    lw_assert_close (other.mean, mean * units[c], 1e-10, 0);
    lw_assert_close (other.spread, sqrt (square) * units[c], 1e-10, 0);
    for (size_t i = 0; i < N; i++)
      lw_assert_close (other.reward[i], (reward[i] - mean) / sqrt (square), 1e-9, 1e-9);
    lw_decoupled_estimate_clear (&other);
  }
  for (size_t i = 0; i < N; i++)
    f.random.samples.reward[i] = 0.1; /* whose mean is not 0.1 */
  LwDecoupledEstimate equal;
  g_assert_cmpint (lw_decoupled_estimate_init (&equal, &f.random.samples, f.random.log_den), ==, LW_OK);
  g_assert_cmpfloat (equal.spread, ==, 0);
  lw_assert_close (equal.mean, 0.1, 1e-14, 0);
  lw_decoupled_estimate_clear (&equal);
  fixture_clear (&f);
}

/* J, se and ESS by their definitions. */
static void
test_definition (void)
{
  for (int normalised = 0; normalised < 2; normalised++) {
    Fixture f;
    double w[N], total = 0, square = 0, J = 0, variance = 0, at = (double) NAN, ess = (double) NAN;
    fixture_init (&f, 501);
    for (size_t i = 0; i < N; i++)
      total += exp (f.log_p[i] - f.random.log_den[i]);
    for (size_t i = 0; i < N; i++) {
      w[i] = exp (f.log_p[i] - f.random.log_den[i]) / (normalised ? total : N);
      square += pow (exp (f.log_p[i] - f.random.log_den[i]) / total, 2);
      J += w[i] * f.estimate.reward[i];
    }
    for (size_t i = 0; i < N; i++)
      variance += pow (w[i] * (f.estimate.reward[i] - (normalised ? J : 0)), 2);
    double value = lw_decoupled_estimate_value (&f.estimate, f.log_p, normalised, 1.7, &at, &ess);
    lw_assert_close (at, J, 1e-11, 0);
    lw_assert_close (ess, 1 / square, 1e-11, 0);
    lw_assert_close (value, J - 1.7 * sqrt (variance), 1e-11, 0);
    lw_assert_close (lw_decoupled_estimate_value (&f.estimate, f.log_p, normalised, 0, NULL, NULL), J, 1e-11, 0);
    lw_assert_close (lw_decoupled_estimate_unevenness (&f.estimate, f.log_p), log (N * square), 1e-11, 0);
    fixture_clear (&f);
  }
}

/* The factors are the derivatives by each log density. */
static void
test_factors (void)
{
  for (int kind = 0; kind < 5; kind++) {
    Fixture f;
    double factor[N];
    fixture_init (&f, 502);
    for (size_t i = 0; i <= N; i++) {
      double side[2], keep = i < N ? f.log_p[i] : 0;
      for (int s = 0; s < (i < N ? 2 : 1); s++) {
        if (i < N)
          f.log_p[i] = keep + (s == 0 ? -1e-5 : 1e-5);
        side[s] = kind == 4 ? lw_decoupled_estimate_unevenness (&f.estimate, f.log_p)
                            : lw_decoupled_estimate_value (&f.estimate, f.log_p, kind % 2, kind / 2 * 1.3, NULL, NULL);
      }
      if (i < N) {
        f.log_p[i] = keep;
        factor[i] = (side[1] - side[0]) / 2e-5;
      }
    }
    lw_assert_close_to_largest (f.estimate.factor, factor, N, 1e-7); /* of the last call, at log_p itself */
    fixture_clear (&f);
  }
}

/* Weights that underflow, all but one; a density that is none; the one sample there is. */
static void
test_extremes (void)
{
  Fixture f;
  double J, ess;

  fixture_init (&f, 503);
  for (size_t i = 1; i < N; i++)
    f.log_p[i] = -1e6;
  lw_assert_close (lw_decoupled_estimate_value (&f.estimate, f.log_p, true, 2, &J, &ess), f.estimate.reward[0], 1e-12, 0);
  lw_assert_close (J, f.estimate.reward[0], 1e-12, 0);
  lw_assert_close (ess, 1, 1e-12, 0);
  for (size_t i = 0; i < N; i++)
    g_assert_true (isfinite (f.estimate.factor[i]));
  f.log_p[3] = (double) NAN;
  g_assert_true (isnan (lw_decoupled_estimate_value (&f.estimate, f.log_p, true, 2, &J, &ess)) && isnan (J) && isnan (ess));
  g_assert_true (isnan (lw_decoupled_estimate_unevenness (&f.estimate, f.log_p)));
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-estimate/standardised", test_standardised);
  g_test_add_func ("/decoupled-estimate/definition", test_definition);
  g_test_add_func ("/decoupled-estimate/factors", test_factors);
  g_test_add_func ("/decoupled-estimate/extremes", test_extremes);
  return g_test_run ();
}
