/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-retime-optimal.h"

#include "lw-npy-golden.h"
#include "lw-promp.h"
#include "lw-spline.h"
#include "retime-fixture.h"

/* Distance of @q from the curve, looked for onwards from @s. */
static double
distance_from (const LwSpline *spline, const double *q, double *s)
{
  const LwTrajectory *in = spline->path;
  double at[16], best = HUGE_VAL, s_best = *s, span = lw_trajectory_duration (in), first = *s;
  for (double width = span / 50, centre = *s + width; width > 1e-12 * span; width *= 0.4) {
    for (int k = -5; k <= 5; k++) {
      double where = CLAMP (centre + width * k / 5, first, in->t[in->n_samples - 1]), sum = 0;
      lw_spline_at (spline, where, at, NULL, NULL);
      for (size_t j = 0; j < in->n_joints; j++)
        sum += (at[j] - q[j]) * (at[j] - q[j]);
      if (sqrt (sum) < best) {
        best = sqrt (sum);
        s_best = where;
      }
    }
    centre = s_best;
  }
  *s = s_best;
  return best;
}

/* The largest share of any limit that is used between samples @i - 1 and @i + 1. */
static double
used (const LwTrajectory *out, size_t i, const double *v_max, const double *a_max)
{
  double h = out->t[1] - out->t[0], share = 0;
  for (size_t j = 0; j < out->n_joints; j++) {
    double before = lw_mat_get (&out->q, i - 1, j), q = lw_mat_get (&out->q, i, j), after = lw_mat_get (&out->q, i + 1, j);
    share = fmax (share, fmax (fabs (after - before) / (2 * h * v_max[j]), fabs (after - 2 * q + before) / (h * h * a_max[j])));
  }
  return share;
}

/* At each moment a limit is reached, but for the few samples about a switch. */
static void
check_bang_bang (const LwTrajectory *out, const double *v_max, const double *a_max, size_t n_switches)
{
  size_t idle = 0;
  for (size_t i = 1; i + 1 < out->n_samples; i++)
    idle += used (out, i, v_max, a_max) < 0.98;
  g_test_message ("%zu of %zu samples below 98 %%", idle, out->n_samples);
  g_assert_cmpuint (idle, <=, 4 * n_switches);
}

/* ---- closed forms ---- */

/* One joint over a distance L: 2 sqrt (L / a), or with a stretch at full speed L / v + v / a. The clock of the input does not
 * matter, nor a pause in it. */
static void
test_trapezoid (void)
{
  const double cases[][2] = { { 100, 2 }, { 0.5, 2 }, { 1, 50 }, { 1.7, 2 }, { (double) INFINITY, 3 } };
  double (*const warps[]) (double) = { steady, minimum_jerk };

  for (size_t w = 0; w < G_N_ELEMENTS (warps); w++)
    for (size_t n = w == 0 ? 3 : 300; n <= 300; n *= 10)
      for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
        double v = cases[c][0], a = cases[c][1], length = 1.5;
        double expected = sqrt (a * length) <= v ? 2 * sqrt (length / a) : length / v + v / a;
        g_autoptr (LwTrajectory) in = path (n, 1, 5, line, warps[w]), out = NULL;
        LwRetimeReport report;
        g_assert_cmpint (lw_retime_optimal (in, &v, &a, 1, 1000, NULL, &out, &report), ==, LW_OK);
        check_result (in, out, &v, &a, 1000, true, &report);
        g_test_message ("n %zu warp %zu v %g a %g: %.4f s, %.4f expected", n, w, v, a, report.duration, expected);
        lw_assert_close (report.duration, expected, w == 0 ? 1e-3 : 3e-3, 0.001); /* the grid is coarse where the input is slow */
        g_assert_cmpint (report.by, ==, length / v > v / a + 2 * v / a ? 'v' : 'a');
        if (n == 300)
          check_bang_bang (out, &v, &a, w == 0 ? 3 : 8);
      }
}

/* A path that turns round stands still there whatever the tempo: twice there and back from rest to rest. */
static void
test_turning_round (void)
{
  const double v = 100, a = 3, expected = 4 * sqrt (0.8 / a);
  g_autoptr (LwTrajectory) in = path (201, 1, 2, there_and_back, steady), out = NULL;
  LwRetimeReport report;
  g_assert_cmpint (lw_retime_optimal (in, &v, &a, 1, 2000, NULL, &out, &report), ==, LW_OK);
  check_result (in, out, &v, &a, 2000, true, &report);
  lw_assert_close (report.duration, expected, 2e-3, 0.001);
  check_bang_bang (out, &v, &a, 3);
}

/* With no limit on acceleration, only the way counts: it turns round at full speed. */
static void
test_no_acceleration_limit (void)
{
  const double v = 0.5, a = (double) INFINITY;
  for (size_t n = 11; n <= 202; n += 191) {
    g_autoptr (LwTrajectory) in = path (n, 1, 2, there_and_back, steady), out = NULL;
    LwRetimeReport report;
    g_assert_cmpint (lw_retime_optimal (in, &v, &a, 1, 2000, NULL, &out, &report), ==, LW_OK);
    g_test_message ("%zu: %.4f s, %.4f expected", n, report.duration, 1.6 / v);
    lw_assert_close (report.duration, 1.6 / v, 0.02, 0);
    g_assert_cmpint (report.by, ==, 'v');
  }
}

/* On a straight line of several joints the one that has least left decides, in speed and acceleration each. */
static void
test_slowest_joint (void)
{
  const double v[2] = { 1.2, 0.2 }, a[2] = { 1.5, 4 }; /* 0.8 and 0.5, 1 and 10 lengths of the line */
  const double speed = 0.5, acceleration = 1, expected = 1 / speed + speed / acceleration;
  g_autoptr (LwTrajectory) in = path (50, 2, 1, line, steady), out = NULL;
  LwRetimeReport report;
  g_assert_cmpint (lw_retime_optimal (in, v, a, 1, 1000, NULL, &out, &report), ==, LW_OK);
  check_result (in, out, v, a, 1000, true, &report);
  lw_assert_close (report.duration, expected, 1e-3, 0.001);
  g_assert_cmpint (report.by, ==, 'v');
  g_assert_cmpuint (report.joint, ==, 1);
}

/* From v_0 to v_1 over L at acceleration a, when the speed limit is far: the peak speed is sqrt(a L + (v_0^2 + v_1^2) / 2). */
static void
test_end_speeds (void)
{
  const double v = 100, a = 2, length = 1.5;
  const LwRetimeEnds ends[] = { { 0, 0 }, { 2, 0 }, { 1, 3 }, { 0, 8.1 } };
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autoptr (LwTrajectory) in = path (50, 1, 5, line, steady), out = NULL;
    LwRetimeReport report;
    double v0 = ends[i].start * length / 5, v1 = ends[i].end * length / 5;
    double peak = sqrt (a * length + (v0 * v0 + v1 * v1) / 2), expected = (2 * peak - v0 - v1) / a;
    g_assert_cmpint (lw_retime_optimal (in, &v, &a, 1, 2000, &ends[i], &out, &report), ==, LW_OK);
    check_result (in, out, &v, &a, 2000, false, &report);
    lw_assert_close (report.duration, expected, 1e-3, 0.001);
    size_t last = out->n_samples - 1;
    lw_assert_close (2000 * (out->q.data[1] - out->q.data[0]), v0, 0.002, 0.002);
    lw_assert_close (2000 * (out->q.data[last] - out->q.data[last - 1]), v1, 0.002, 0.002);
  }
  /* sqrt (2 a L) = 2.45 is the most that can be had at the end: 8.16 times the movement's own. */
  g_autoptr (LwTrajectory) in = path (50, 1, 5, line, steady);
  LwTrajectory *out = NULL;
  const LwRetimeEnds too_fast[] = { { 0, 8.3 }, { 8.3, 0 }, { 1e3, 1e3 } };
  for (size_t i = 0; i < G_N_ELEMENTS (too_fast); i++)
    g_assert_cmpint (lw_retime_optimal (in, &v, &a, 1, 2000, &too_fast[i], &out, NULL), ==, LW_ERR_RANGE);
  g_assert_null (out);
}

/* ---- invariants ---- */

/* A curved path of seven joints: on the path, in order, some limit always reached, and the clock of the input without influence.
 */
static void
test_curve (void)
{
  enum { J = 7 };
  const double v[J] = { 2.1, 2.1, 2.1, 2.1, 2.6, 2.6, 2.6 }, a[J] = { 15, 7.5, 10, 12.5, 15, 20, 20 };
  g_autoptr (LwTrajectory) in = path (500, J, 3, wave, steady), warped = path (500, J, 9, wave, minimum_jerk);
  g_autoptr (LwTrajectory) out = NULL, other = NULL, uniform = NULL;
  LwRetimeReport report, again, slow;
  LwSpline spline;

  g_assert_cmpint (lw_retime_optimal (in, v, a, 1, 1000, NULL, &out, &report), ==, LW_OK);
  check_result (in, out, v, a, 1000, true, &report);
  check_bang_bang (out, v, a, 12);
  g_assert_cmpint (lw_spline_init (&spline, in), ==, LW_OK);
  double s = in->t[0];
  for (size_t i = 0; i < out->n_samples; i++)
    g_assert_cmpfloat (distance_from (&spline, lw_mat_row (&out->q, i), &s), <, 1e-9);
  lw_spline_clear (&spline);

  g_assert_cmpint (lw_retime_optimal (warped, v, a, 1, 1000, NULL, &other, &again), ==, LW_OK);
  check_result (warped, other, v, a, 1000, true, &again);
  lw_assert_close (again.duration, report.duration, 2e-3, 0.002);
  g_assert_cmpint (lw_retime_uniform (warped, v, a, 1, 1000, &uniform, &slow), ==, LW_OK);
  g_test_message ("uniform %.3f s, optimal %.3f s", slow.duration, again.duration);
  g_assert_cmpfloat (again.duration, <, 0.8 * slow.duration);
}

/* Half the speed, twice the time; at any rate. */
static void
test_speed_and_rate (void)
{
  const double v[2] = { 1, 1 }, a[2] = { 5, 5 }, rates[] = { 20, 100, 333 };
  g_autoptr (LwTrajectory) in = path (200, 2, 3, wave, steady);
  for (size_t r = 0; r < G_N_ELEMENTS (rates); r++) {
    g_autoptr (LwTrajectory) full = NULL, half = NULL;
    LwRetimeReport report, slow;
    g_assert_cmpint (lw_retime_optimal (in, v, a, 1, rates[r], NULL, &full, &report), ==, LW_OK);
    check_result (in, full, v, a, rates[r], true, &report);
    g_assert_cmpint (lw_retime_optimal (in, v, a, 0.5, rates[r], NULL, &half, &slow), ==, LW_OK);
    check_result (in, half, (const double[]){ 0.5, 0.5 }, (const double[]){ 1.25, 1.25 }, rates[r], false, &slow);
    lw_assert_close (slow.duration, 2 * report.duration, 0, 2 / rates[r]);
  }
}

/* Rough, unevenly sampled paths turn at every sample: the limits hold all the same. */
static void
test_rough_paths (void)
{
  enum { N = 60, J = 3 };
  const double v_max[J] = { 1, 2, 0.5 }, a_max[J] = { 5, 2, 8 }, rates[] = { 10, 100, 1000 };
  for (uint32_t k = 0; k < 20; k++) {
    g_autoptr (LwTrajectory) in = lw_trajectory_new (N, J), uniform = NULL;
    LwRetimeReport slow;
    LwRng rng;
    lw_rng_init (&rng, 1, LW_RNG_TEST, k, 0);
    for (size_t i = 0; i < N; i++)
      in->t[i] = (i > 0 ? in->t[i - 1] : 0) + 0.001 + 0.02 * lw_rng_uniform (&rng);
    lw_rng_normals (&rng, in->q.data, N * J);
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &uniform, &slow), ==, LW_OK);
    for (size_t r = 0; r < G_N_ELEMENTS (rates); r++) {
      g_autoptr (LwTrajectory) out = NULL;
      LwRetimeReport report;
      g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, rates[r], NULL, &out, &report), ==, LW_OK);
      check_result (in, out, v_max, a_max, rates[r], true, &report);
      g_assert_cmpfloat (report.duration, <, slow.duration);
      if (r == 2 && k < 3)
        g_test_message ("uniform %.2f s, optimal %.2f s", slow.duration, report.duration);
    }
  }
}

/* The published reach movements on the Panda's limits, made to start and end at rest, so that uniform retiming solves the same
 * problem. */
static void
test_published_movements (void)
{
  const double v_max[8] = { 2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61, 1e3 };
  const double a_max[8] = { 15, 7.5, 10, 12.5, 15, 20, 20, 1e6 };
  g_auto (LwGolden) data = { 0 };
  LwBasis basis;
  double sum[2] = { 0 };

  if (!lw_golden_load (&data, "data/reach_target.npy"))
    return;
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t n = 0; n < 60; n++) {
    const double *row = data.data + 10 * n * 164;
    g_autoptr (LwTrajectory) movement = NULL, in = lw_trajectory_new (201, 8), uniform = NULL, out = NULL;
    LwRetimeReport slow, fast;
    g_assert_cmpint (lw_promp_rollout (&basis, row + 4, 8, row[3] > 0 ? row[3] : 1, 1000, &movement), ==, LW_OK);
    for (size_t i = 0; i < in->n_samples; i++) {
      in->t[i] = 0.01 * (double) i;
      lw_trajectory_at (movement, lw_trajectory_duration (movement) * minimum_jerk ((double) i / 200), lw_mat_row (&in->q, i));
    }
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &uniform, &slow), ==, LW_OK);
    g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, 100, NULL, &out, &fast), ==, LW_OK);
    check_result (in, out, v_max, a_max, 100, true, &fast);
    g_assert_cmpfloat (fast.duration, <=, slow.duration);
    sum[0] += slow.duration / 60;
    sum[1] += fast.duration / 60;
  }
  g_test_message ("uniform %.3f s, optimal %.3f s on average", sum[0], sum[1]);
  g_assert_cmpfloat (sum[1], <, 0.8 * sum[0]);
}

/* ---- odd and bad input ---- */

static void
test_odd_input (void)
{
  const double v[2] = { 1, 1 }, a[2] = { 5, 5 }, none[2] = { (double) INFINITY, (double) INFINITY };
  g_autoptr (LwTrajectory) still = lw_trajectory_new (40, 2), two = path (2, 2, 1, line, steady),
                           whole = path (301, 2, 3, line, steady);
  g_autoptr (LwTrajectory) paused = path (301, 2, 3, line, with_pause);
  g_autoptr (LwTrajectory) out = NULL, out_two = NULL, unlimited = NULL, out_paused = NULL, brisk = NULL;
  LwRetimeReport report, without;

  /* A movement that is none takes one period. */
  for (size_t i = 0; i < 40; i++)
    still->t[i] = 0.1 * (double) i;
  g_assert_cmpint (lw_retime_optimal (still, v, a, 1, 100, NULL, &out, &report), ==, LW_OK);
  g_assert_cmpuint (out->n_samples, ==, 2);
  g_assert_cmpint (report.by, ==, 0);
  g_assert_cmpuint (report.joint, ==, 2);

  g_assert_cmpint (lw_retime_optimal (two, v, a, 1, 1000, NULL, &out_two, &report), ==, LW_OK);
  check_result (two, out_two, v, a, 1000, true, &report);
  lw_assert_close (report.duration, 1.5 + 0.2, 0, 0.002);

  /* Nothing bounds it: as fast as paths go here, which is one period. */
  g_assert_cmpint (lw_retime_optimal (two, none, none, 1, 100, NULL, &unlimited, &report), ==, LW_OK);
  g_assert_cmpuint (unlimited->n_samples, ==, 2);

  /* Of a pause of a second, a stop is left: the curve ripples a little where it begins and ends. */
  g_assert_cmpint (lw_retime_optimal (whole, v, a, 1, 100, NULL, &brisk, &without), ==, LW_OK);
  g_assert_cmpint (lw_retime_optimal (paused, v, a, 1, 100, NULL, &out_paused, &report), ==, LW_OK);
  check_result (paused, out_paused, v, a, 100, true, &report);
  g_test_message ("%.2f s with a pause, %.2f s without", report.duration, without.duration);
  g_assert_cmpfloat (report.duration, <, without.duration + 0.6);
}

static void
test_bad_input (void)
{
  double v_max[2] = { 1, 1 }, a_max[2] = { 1, 1 };
  g_autoptr (LwTrajectory) in = path (50, 2, 1, wave, steady), one = lw_trajectory_new (1, 2);
  LwTrajectory *out = NULL;
  LwRetimeReport report = { .factor = -7 };
  const double bad[] = { 0, -1, (double) NAN };
  const LwRetimeEnds bad_ends[] = { { -1, 0 }, { 0, -1 }, { (double) NAN, 0 }, { 0, (double) INFINITY } };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, bad[i], 100, NULL, &out, &report), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, bad[i], NULL, &out, &report), ==, LW_ERR_RANGE);
    v_max[1] = bad[i];
    g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, 100, NULL, &out, &report), ==, LW_ERR_RANGE);
    v_max[1] = 1;
    a_max[0] = bad[i];
    g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, 100, NULL, &out, &report), ==, LW_ERR_RANGE);
    a_max[0] = 1;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (bad_ends); i++)
    g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, 100, &bad_ends[i], &out, &report), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1.01, 100, NULL, &out, &report), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, (double) INFINITY, NULL, &out, &report), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1e-12, 1000, NULL, &out, &report), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_retime_optimal (one, v_max, a_max, 1, 100, NULL, &out, &report), ==, LW_ERR_TOO_FEW);
  in->q.data[11] = (double) NAN;
  g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, 100, NULL, &out, &report), ==, LW_ERR_NOT_FINITE);
  in->q.data[11] = 0;
  in->t[5] = in->t[4];
  g_assert_cmpint (lw_retime_optimal (in, v_max, a_max, 1, 100, NULL, &out, &report), ==, LW_ERR_RANGE);
  g_assert_null (out);
  g_assert_cmpfloat (report.factor, ==, -7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retime-optimal/trapezoid", test_trapezoid);
  g_test_add_func ("/retime-optimal/turning-round", test_turning_round);
  g_test_add_func ("/retime-optimal/no-acceleration-limit", test_no_acceleration_limit);
  g_test_add_func ("/retime-optimal/slowest-joint", test_slowest_joint);
  g_test_add_func ("/retime-optimal/end-speeds", test_end_speeds);
  g_test_add_func ("/retime-optimal/curve", test_curve);
  g_test_add_func ("/retime-optimal/speed-and-rate", test_speed_and_rate);
  g_test_add_func ("/retime-optimal/rough-paths", test_rough_paths);
  g_test_add_func ("/retime-optimal/published-movements", test_published_movements);
  g_test_add_func ("/retime-optimal/odd-input", test_odd_input);
  g_test_add_func ("/retime-optimal/bad-input", test_bad_input);
  return g_test_run ();
}
