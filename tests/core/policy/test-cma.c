/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cma.h"

#include <math.h>
#include <string.h>

#include "lw-assert-close.h"

/* ---- functions with known minima ---- */

typedef double (*Function) (const double *x, size_t n);

static double
sphere (const double *x, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sum;
}

/* Condition number 1e6. */
static double
ellipsoid (const double *x, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += pow (1e6, (double) i / (double) (n - 1)) * x[i] * x[i];
  return sum;
}

static double
rosenbrock (const double *x, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i + 1 < n; i++)
    sum += 100.0 * (x[i] * x[i] - x[i + 1]) * (x[i] * x[i] - x[i + 1]) + (x[i] - 1.0) * (x[i] - 1.0);
  return sum;
}

typedef struct {
  Function function;
  size_t   n, lambda;
  double   start, sigma;
  double   shift;              /* of the whole problem */
  double   (*reward) (double); /* order-preserving, of the value (nullable) */
} Problem;

/* Evaluations until the best value is below @target, or SIZE_MAX beyond @most. */
static size_t
solve (const Problem *p, double target, size_t most, uint32_t seed, double *trace, size_t n_trace)
{
  g_autofree double *mean = g_new (double, p->n);
  g_autofree double *points = g_new (double, p->lambda * p->n);
  g_autofree double *values = g_new (double, p->lambda);
  g_autofree double *scratch = g_new (double, p->n);
  LwMat x = lw_mat_view (points, p->lambda, p->n);
  double best = INFINITY;
  LwCma cma;
  LwRng rng;

  for (size_t j = 0; j < p->n; j++)
    mean[j] = p->start + p->shift;
  lw_rng_init (&rng, 41, LW_RNG_TEST, seed, 0);
  g_assert_cmpint (lw_cma_init (&cma, p->n, mean, p->sigma), ==, LW_OK);
  while (best > target && cma.evaluations < most) {
    for (size_t i = 0; i < p->lambda; i++) {
      double *row = lw_mat_row (&x, i);

      lw_cma_sample (&cma, &rng, scratch, row);
      for (size_t j = 0; j < p->n; j++)
        scratch[j] = row[j] - p->shift;
      values[i] = p->function (scratch, p->n);
      best = fmin (best, values[i]);
      values[i] = p->reward != NULL ? p->reward (values[i]) : values[i];
    }
    g_assert_cmpint (lw_cma_update (&cma, &x, values, NULL), ==, LW_OK);
    if (cma.generation <= n_trace)
      trace[cma.generation - 1] = best;
  }
  most = best <= target ? cma.evaluations : SIZE_MAX;
  lw_cma_clear (&cma);
  return most;
}

static size_t
median_evaluations (const Problem *p, double target, size_t most)
{
  size_t counts[5];

  for (uint32_t seed = 0; seed < 5; seed++)
    counts[seed] = solve (p, target, most, seed + 1, NULL, 0);
  for (size_t i = 0; i < 5; i++)
    for (size_t j = i + 1; j < 5; j++)
      if (counts[j] < counts[i]) {
        size_t other = counts[i];

        counts[i] = counts[j];
        counts[j] = other;
      }
  g_assert_cmpuint (counts[4], <, SIZE_MAX);
  return counts[2];
}

/* The tutorial's constants need about 1700 evaluations on the sphere, 4000 on the others. */
static void
test_convergence (void)
{
  const Problem on_sphere = { .function = sphere, .n = 10, .lambda = 10, .start = 1.0, .sigma = 0.5 };
  const Problem on_ellipsoid = { .function = ellipsoid, .n = 10, .lambda = 10, .start = 1.0, .sigma = 0.5 };
  const Problem on_rosenbrock = { .function = rosenbrock, .n = 8, .lambda = 10, .start = 0.0, .sigma = 0.3 };
  size_t a = median_evaluations (&on_sphere, 1e-10, 4000), b = median_evaluations (&on_ellipsoid, 1e-10, 12000);
  size_t c = median_evaluations (&on_rosenbrock, 1e-10, 16000);

  g_test_message ("evaluations to 1e-10: sphere %zu, ellipsoid %zu, Rosenbrock %zu", a, b, c);
  g_assert_cmpuint (a, <, 2000);
  g_assert_cmpuint (b, <, 5500);
  g_assert_cmpuint (c, <, 6500);
}

static double
double_exponent (double f)
{
  return 7.0 - 3.0 / (1.0 + log1p (f));
}

/* The search only sees the order of values, and does not know where the origin is. */
static void
test_invariants (void)
{
  Problem p = { .function = ellipsoid, .n = 6, .lambda = 9, .start = 1.0, .sigma = 0.5 };
  double one[60], ordered[60], moved[60];

  solve (&p, 0.0, 540, 3, one, 60);
  p.reward = double_exponent;
  solve (&p, 0.0, 540, 3, ordered, 60);
  lw_assert_close_array (ordered, one, 60, 0, 0);
  p.reward = NULL;
  p.shift = 1024.0;
  solve (&p, 0.0, 540, 3, moved, 60);
  lw_assert_close_array (moved, one, 60, 1e-3, 1e-12);
}

/* A population that gives equal values in another order is the same; all equal: C hardly changes shape, and the mean is
 * theirs. */
static void
test_ties (void)
{
  enum { n = 3, lambda = 6 };
  double points[lambda * n], turned[lambda * n], values[lambda] = { 1.0, 0.0, 0.0, 1.0, 0.0, 2.0 }, same[lambda], mean[n] = { 0 },
                                                 mueff;
  LwMat x = lw_mat_view (points, lambda, n), y = lw_mat_view (turned, lambda, n);
  LwCma a, b, c;
  LwRng rng;

  lw_rng_init (&rng, 42, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, points, lambda * n);
  for (size_t i = 0; i < lambda; i++) {
    size_t other = i == 1 ? 4 : i == 4 ? 2 : i == 2 ? 1 : i;

    memcpy (lw_mat_row (&y, i), lw_mat_row (&x, other), n * sizeof (double));
    same[i] = -5.0;
    for (size_t j = 0; j < n; j++)
      mean[j] += lw_mat_get (&x, i, j) / lambda;
  }
  g_assert_cmpint (lw_cma_init (&a, n, NULL, 1.0), ==, LW_OK);
  g_assert_cmpint (lw_cma_init (&b, n, NULL, 1.0), ==, LW_OK);
  g_assert_cmpint (lw_cma_init (&c, n, NULL, 1.0), ==, LW_OK);
  g_assert_cmpint (lw_cma_update (&a, &x, values, NULL), ==, LW_OK);
  g_assert_cmpint (lw_cma_update (&b, &y, values, NULL), ==, LW_OK);
  lw_assert_close_array (a.mean, b.mean, n, 1e-12, 1e-14);
  lw_assert_close_array (a.C.data, b.C.data, n * n, 1e-12, 1e-14);
  g_assert_cmpint (lw_cma_update (&c, &x, same, &mueff), ==, LW_OK);
  lw_assert_close (mueff, lambda, 1e-12, 0);
  lw_assert_close_array (c.mean, mean, n, 1e-12, 1e-14);
  lw_cma_clear (&a);
  lw_cma_clear (&b);
  lw_cma_clear (&c);
}

/* One generation against the tutorial's equations, term by term, with an explicit inverse root of C. @reach: how far off the
 * points are; so far that the path is too long, p_c waits. */
static void
check_generation (double reach, bool moves)
{
  enum { n = 2, lambda = 6 };
  double points[] = { 0.5, 0.1, -0.4, 1.0, 2.0, -1.0, 0.3, 0.3, -1.5, -0.5, 0.0, 0.7 },
         values[] = { 3.0, 1.0, 6.0, 2.0, 5.0, 4.0 };
  const size_t order[] = { 1, 3, 0, 5, 4, 2 };
  LwMat x = lw_mat_view (points, lambda, n);
  double sigma = 0.8, start[] = { 0.1, -0.2 }, yw[n] = { 0 }, ps[n], pc[n], C[n][n] = { { 1.0, 0.0 }, { 0.0, 1.0 } }, length,
         sum = 0.0, keep;
  LwCmaConstants c;
  LwCma cma;
  bool moving;

  for (size_t i = 0; i < n * lambda; i++)
    points[i] *= reach;
  g_assert_cmpint (lw_cma_constants_init (&c, n, lambda), ==, LW_OK);
  for (size_t r = 0; r < lambda; r++) {
    sum += c.weights[r];
    for (size_t j = 0; j < n && r < c.mu; j++)
      yw[j] += c.weights[r] * (points[order[r] * n + j] - start[j]) / sigma;
  }
  for (size_t j = 0; j < n; j++)
    ps[j] = sqrt (c.csigma * (2.0 - c.csigma) * c.mueff) * yw[j];
  length = hypot (ps[0], ps[1]);
  moving = length / sqrt (1.0 - pow (1.0 - c.csigma, 2.0)) < (1.4 + 2.0 / 3.0) * c.chi;
  g_assert_true (moving == moves);
  for (size_t j = 0; j < n; j++)
    pc[j] = moving ? sqrt (c.cc * (2.0 - c.cc) * c.mueff) * yw[j] : 0.0;
  keep = 1.0 + (moving ? 0.0 : c.c1 * c.cc * (2.0 - c.cc)) - c.c1 - c.cmu * sum;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      C[i][j] = keep * C[i][j] + c.c1 * pc[i] * pc[j];
      for (size_t r = 0; r < lambda; r++) {
        double y[] = { (points[order[r] * n] - start[0]) / sigma, (points[order[r] * n + 1] - start[1]) / sigma };
        double w = c.weights[r] >= 0.0 ? c.weights[r] : c.weights[r] * n / (y[0] * y[0] + y[1] * y[1]);

        C[i][j] += c.cmu * w * y[i] * y[j];
      }
    }
  g_assert_cmpint (lw_cma_init (&cma, n, start, sigma), ==, LW_OK);
  g_assert_cmpint (lw_cma_update (&cma, &x, values, NULL), ==, LW_OK);
  lw_assert_close_array (cma.p_sigma, ps, n, 1e-12, 1e-15);
  lw_assert_close_array (cma.p_c, pc, n, 1e-12, 1e-15);
  lw_assert_close_array (cma.C.data, &C[0][0], n * n, 1e-12, 1e-15);
  lw_assert_close (cma.mean[0], start[0] + sigma * yw[0], 1e-12, 0);
  lw_assert_close (cma.sigma, sigma * exp (fmin (1.0, c.csigma / c.dsigma * (length / c.chi - 1.0))), 1e-12, 0);
  lw_cma_clear (&cma);
  lw_cma_constants_clear (&c);
}

static void
test_one_generation (void)
{
  check_generation (1, true);
  check_generation (30, false);
}

/* After some generations: B, D are C's, the density integrates its own draws, and KL is the mean log ratio of densities. */
static void
test_distribution (void)
{
  enum { n = 4, lambda = 8, draws = 100000 };
  double points[lambda * n], values[lambda], scratch[n], x[n], kl, itself, mean = 0.0, squares = 0.0;
  LwMat population = lw_mat_view (points, lambda, n);
  LwCma a, b;
  LwRng rng;

  lw_rng_init (&rng, 43, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_cma_init (&a, n, NULL, 0.7), ==, LW_OK);
  for (size_t g = 0; g < 12; g++) {
    for (size_t i = 0; i < lambda; i++) {
      lw_cma_sample (&a, &rng, scratch, lw_mat_row (&population, i));
      values[i] = ellipsoid (lw_mat_row (&population, i), n);
    }
    if (g == 8)
      g_assert_cmpint (lw_cma_copy (&a, &b), ==, LW_OK);
    g_assert_cmpint (lw_cma_update (&a, &population, values, NULL), ==, LW_OK);
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      double back = 0.0;

      for (size_t k = 0; k < n; k++)
        back += lw_mat_get (&a.B, k, i) * a.D[k] * a.D[k] * lw_mat_get (&a.B, k, j);
      lw_assert_close (back, lw_mat_get (&a.C, i, j), 1e-9, 1e-12);
    }
  g_assert_cmpint (lw_cma_kl (&a, &b, &kl), ==, LW_OK);
  g_assert_cmpint (lw_cma_kl (&a, &a, &itself), ==, LW_OK);
  lw_assert_close (itself, 0.0, 0, 1e-12);
  for (size_t i = 0; i < draws; i++) {
    double ratio;

    lw_cma_sample (&a, &rng, scratch, x);
    ratio = lw_cma_log_density (&a, x, scratch) - lw_cma_log_density (&b, x, scratch);
    mean += ratio / draws;
    squares += ratio * ratio / draws;
  }
  g_assert_cmpfloat (kl, >, 0.01);
  g_assert_cmpfloat (fabs (mean - kl), <, 4.0 * sqrt ((squares - mean * mean) / draws));
  lw_cma_clear (&a);
  lw_cma_clear (&b);
}

/* A state read back goes on with the same bits, in the middle of a lazy decomposition too. */
static void
test_resume (void)
{
  enum { n = 100, lambda = 17 };
  double points[lambda * n], values[lambda], scratch[n];
  LwMat population = lw_mat_view (points, lambda, n);
  LwArrays state;
  LwCma a, b;
  LwRng rng;

  lw_rng_init (&rng, 44, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_cma_init (&a, n, NULL, 1.0), ==, LW_OK);
  b = a;
  for (size_t g = 0; g < 9; g++) {
    if (g == 5) {
      lw_arrays_init (&state);
      g_assert_cmpint (lw_cma_to_arrays (&a, &state), ==, LW_OK);
      g_assert_cmpint (lw_cma_from_arrays (&state, n, &b), ==, LW_OK);
      lw_arrays_clear (&state);
    }
    for (size_t i = 0; i < lambda; i++) {
      lw_cma_sample (&a, &rng, scratch, lw_mat_row (&population, i));
      values[i] = sphere (lw_mat_row (&population, i), n);
    }
    g_assert_cmpint (lw_cma_update (&a, &population, values, NULL), ==, LW_OK);
    if (g >= 5)
      g_assert_cmpint (lw_cma_update (&b, &population, values, NULL), ==, LW_OK);
  }
  g_assert_cmpuint (a.eigen_generation, <, a.generation);
  g_assert_cmpmem (a.storage, (2 * n + 4) * n * sizeof (double), b.storage, (2 * n + 4) * n * sizeof (double));
  g_assert_true (a.sigma == b.sigma && a.generation == b.generation && a.evaluations == b.evaluations
                 && a.eigen_generation == b.eigen_generation);
  lw_cma_clear (&a);
  lw_cma_clear (&b);
}

static void
test_refused (void)
{
  double points[] = { 1.0, 2.0, 3.0, NAN }, values[] = { 1.0, 2.0 }, bad[] = { 1.0, INFINITY };
  LwMat x = lw_mat_view (points, 2, 2), narrow = lw_mat_view (points, 2, 1), one = lw_mat_view (points, 1, 2);
  LwCmaConstants c;
  LwCma cma, before;

  g_assert_cmpint (lw_cma_constants_init (&c, 0, 5), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_cma_constants_init (&c, 5, 1), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_cma_init (&cma, 0, NULL, 1.0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_cma_init (&cma, 2, NULL, 0.0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_cma_init (&cma, 2, NULL, NAN), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_cma_init (&cma, 2, bad, 1.0), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_cma_init (&cma, 2, NULL, 1.0), ==, LW_OK);
  g_assert_cmpint (lw_cma_copy (&cma, &before), ==, LW_OK);
  g_assert_cmpint (lw_cma_update (&cma, &x, values, NULL), ==, LW_ERR_NOT_FINITE);
  points[3] = 0.0;
  g_assert_cmpint (lw_cma_update (&cma, &x, bad, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_cma_update (&cma, &narrow, values, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_cma_update (&cma, &one, values, NULL), ==, LW_ERR_TOO_FEW);
  points[0] = 1e300;
  g_assert_cmpint (lw_cma_update (&cma, &x, values, NULL), ==, LW_ERR_SOLVER);
  g_assert_cmpmem (cma.storage, 16 * sizeof (double), before.storage, 16 * sizeof (double));
  g_assert_cmpuint (cma.generation, ==, 0);
  lw_cma_clear (&cma);
  lw_cma_clear (&before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cma/convergence", test_convergence);
  g_test_add_func ("/cma/invariants", test_invariants);
  g_test_add_func ("/cma/ties", test_ties);
  g_test_add_func ("/cma/one-generation", test_one_generation);
  g_test_add_func ("/cma/distribution", test_distribution);
  g_test_add_func ("/cma/resume", test_resume);
  g_test_add_func ("/cma/refused", test_refused);
  return g_test_run ();
}
