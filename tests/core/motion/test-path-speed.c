/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-path-speed.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

enum { N = 80, J = 3 };

typedef struct {
  double s[N], dq[N * J], ddq[N * J];
  double v_max[J], a_max[J];
  LwPathSpeedShare share[N - 1];
  LwMat dq_view, ddq_view;
} Problem;

/* A smooth random path, unevenly spaced. */
static void
make (Problem *p, uint32_t stream)
{
  LwRng rng;
  double c[J][3];
  lw_rng_init (&rng, 8, LW_RNG_TEST, stream, 0);
  for (size_t j = 0; j < J; j++) {
    p->v_max[j] = 0.5 + lw_rng_uniform (&rng);
    p->a_max[j] = 1 + 4 * lw_rng_uniform (&rng);
    for (size_t k = 0; k < 3; k++)
      c[j][k] = lw_rng_normal (&rng);
  }
  for (size_t i = 0; i < N; i++) {
    p->s[i] = (i > 0 ? p->s[i - 1] : -1) + 0.01 + 0.04 * lw_rng_uniform (&rng);
    for (size_t j = 0; j < J; j++) {
      double w = 3 * (double) (j + 1), phase = w * p->s[i] + c[j][1];
      p->dq[i * J + j] = c[j][0] + c[j][2] * cos (phase);
      p->ddq[i * J + j] = -w * c[j][2] * sin (phase);
    }
    if (i + 1 < N && i % 3 == 0)
      p->share[i] = (LwPathSpeedShare){ 1, 1 };
    else if (i + 1 < N)
      p->share[i] = (LwPathSpeedShare){ 0.6 + 0.4 * lw_rng_uniform (&rng), 0.6 + 0.4 * lw_rng_uniform (&rng) };
  }
  p->dq_view = lw_mat_view (p->dq, N, J);
  p->ddq_view = lw_mat_view (p->ddq, N, J);
}

/* The interval of u from point @i, at @x, to a next x in [least, most]; empty when lower > upper. */
static void
interval (const Problem *p, size_t i, double x, double least, double most, double *lower, double *upper)
{
  double h = p->s[i + 1] - p->s[i];
  *lower = (least - x) / (2 * h);
  *upper = (most - x) / (2 * h);
  for (size_t j = 0; j < J; j++)
    for (size_t end = 0; end < 2; end++) {
      double dq = p->dq[(i + end) * J + j], ddq = p->ddq[(i + end) * J + j], a = p->share[i].a * p->a_max[j];
      double alpha = dq + (end == 1 ? 2 * h * ddq : 0), one = (-a - ddq * x) / alpha, other = (a - ddq * x) / alpha;
      *lower = fmax (*lower, fmin (one, other));
      *upper = fmin (*upper, fmax (one, other));
    }
}

static double
cap (const Problem *p, size_t i)
{
  double x = HUGE_VAL;
  for (size_t j = 0; j < J; j++)
    for (size_t k = i > 0 ? i - 1 : 0; k <= i && k < N - 1; k++)
      for (size_t end = k; end <= k + 1; end++)
        if (end == i || p->share[k].v < LW_PATH_SPEED_WARY) {
          double v = p->share[k].v * p->v_max[j] / p->dq[end * J + j];
          x = fmin (x, v * v);
        }
  return x;
}

/* The same by bisection: the width of the interval is concave in x, and x = 0 always has room here. */
static void
naive (const Problem *p, double *x)
{
  double most[N] = { 0 };
  for (size_t i = N - 1; i-- > 0;) {
    double good = 0, bad = cap (p, i), lower, upper;
    interval (p, i, bad, 0, most[i + 1], &lower, &upper);
    if (lower <= upper)
      good = bad;
    for (int k = 0; k < 200 && good < bad; k++) {
      double middle = 0.5 * (good + bad);
      interval (p, i, middle, 0, most[i + 1], &lower, &upper);
      if (lower <= upper)
        good = middle;
      else if (middle < bad)
        bad = middle;
    }
    most[i] = good;
  }
  x[0] = 0;
  for (size_t i = 0; i + 1 < N; i++) {
    double lower, upper;
    interval (p, i, x[i], 0, most[i + 1], &lower, &upper);
    x[i + 1] = fmin (most[i + 1], fmax (0, x[i] + 2 * upper * (p->s[i + 1] - p->s[i])));
  }
}

static void
test_naive (void)
{
  for (uint32_t k = 0; k < 100; k++) {
    Problem p;
    double x[N], expected[N];
    make (&p, k);
    naive (&p, expected);
    lw_fill_nan (x, N);
    g_assert_cmpint (lw_path_speed_optimal (p.s, &p.dq_view, &p.ddq_view, p.v_max, p.a_max, p.share, (LwPathSpeedRange){ 0, 0 },
                                            (LwPathSpeedRange){ 0, 0 }, x),
                     ==, LW_OK);
    lw_assert_close_array (x, expected, N, 1e-7, 1e-9);
  }
}

/* Both ends of every segment within the limits, and start and end as asked. */
static void
test_limits (void)
{
  for (uint32_t k = 0; k < 100; k++) {
    Problem p;
    double x[N], largest = 0;
    make (&p, 1000 + k);
    const LwPathSpeedRange start = { 0, 0.01 }, end = { 1e-4, 1e-4 };
    g_assert_cmpint (lw_path_speed_optimal (p.s, &p.dq_view, &p.ddq_view, p.v_max, p.a_max, NULL, start, end, x), ==, LW_OK);
    g_assert_cmpfloat (x[0], <=, 0.01);
    lw_assert_close (x[N - 1], 1e-4, 1e-9, 0);
    for (size_t i = 0; i + 1 < N; i++) {
      double u = (x[i + 1] - x[i]) / (2 * (p.s[i + 1] - p.s[i])), share = 0;
      for (size_t j = 0; j < J; j++) {
        double first = p.dq[i * J + j] * u + p.ddq[i * J + j] * x[i];
        double last = p.dq[(i + 1) * J + j] * u + p.ddq[(i + 1) * J + j] * x[i + 1];
        share = fmax (share, fmax (fabs (first), fabs (last)) / p.a_max[j]);
        share = fmax (share, sqrt (x[i + 1]) * fabs (p.dq[(i + 1) * J + j]) / p.v_max[j]);
      }
      g_assert_cmpfloat (share, <=, 1 + 1e-9);
      largest = fmax (largest, share);
    }
    lw_assert_close (largest, 1, 1e-9, 0);
  }
}

static void
test_bad_input (void)
{
  Problem p;
  double x[N];
  make (&p, 0);
  lw_fill_nan (x, N);
  const LwPathSpeedRange rest = { 0, 0 }, bad[] = { { 1, 0 }, { -1, 0 }, { (double) NAN, 1 }, { 0, (double) NAN }, { 1e6, 1e6 } };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_path_speed_optimal (p.s, &p.dq_view, &p.ddq_view, p.v_max, p.a_max, NULL, bad[i], rest, x), ==,
                     LW_ERR_RANGE);
    g_assert_cmpint (lw_path_speed_optimal (p.s, &p.dq_view, &p.ddq_view, p.v_max, p.a_max, NULL, rest, bad[i], x), ==,
                     LW_ERR_RANGE);
  }
  LwMat two = lw_mat_block (&p.dq_view, 0, 0, 2, J), narrow = lw_mat_block (&p.ddq_view, 0, 0, N, J - 1);
  g_assert_cmpint (lw_path_speed_optimal (p.s, &two, &two, p.v_max, p.a_max, NULL, rest, rest, x), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_path_speed_optimal (p.s, &p.dq_view, &narrow, p.v_max, p.a_max, NULL, rest, rest, x), ==, LW_ERR_SHAPE);
  lw_assert_untouched (x, N);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path-speed/naive", test_naive);
  g_test_add_func ("/path-speed/limits", test_limits);
  g_test_add_func ("/path-speed/bad-input", test_bad_input);
  return g_test_run ();
}
