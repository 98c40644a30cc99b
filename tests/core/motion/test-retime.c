/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-retime.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-promp.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)

/* Two joints over @duration s, sampled finely: q_0 = (1 - cos (pi z)) / 2 and q_1 = z / 10. */
static LwTrajectory *
swing (double duration)
{
  enum { N = 401 };
  LwTrajectory *self = lw_trajectory_new (N, 2);
  for (size_t i = 0; i < N; i++) {
    double z = (double) i / (N - 1);
    self->t[i] = 3 + duration * z; /* its clock need not start at 0 */
    lw_mat_set (&self->q, i, 0, 0.5 * (1 - cos (M_PI * z)));
    lw_mat_set (&self->q, i, 1, 0.1 * z);
  }
  return self;
}

/* Evenly spaced at the rate, from 0 on, both ends as they were, and no difference above a limit. */
static void
check_result (const LwTrajectory *in, const LwTrajectory *out, const double *v_max, const double *a_max, double rate_hz,
              const LwRetimeReport *report)
{
  size_t n = out->n_samples, n_joints = in->n_joints;
  double v[16], a[16];

  g_assert_cmpuint (out->n_joints, ==, n_joints);
  for (size_t i = 0; i < n; i++)
    lw_assert_close (out->t[i], (double) i / rate_hz, 1e-12, 0);
  lw_assert_close (lw_trajectory_duration (out), report->duration, 1e-12, 0);
  g_assert_cmpfloat (report->factor, >=, 1);
  for (size_t j = 0; j < n_joints; j++) {
    lw_assert_close (lw_mat_get (&out->q, 0, j), lw_mat_get (&in->q, 0, j), 1e-14, 1e-14);
    lw_assert_close (lw_mat_get (&out->q, n - 1, j), lw_mat_get (&in->q, in->n_samples - 1, j), 1e-14, 1e-14);
  }
  lw_trajectory_peaks (out, v, a);
  for (size_t j = 0; j < n_joints; j++) {
    /* rounding of a second difference: 4 eps |q| rate^2 */
    g_assert_cmpfloat (v[j], <=, v_max[j] * (1 + 1e-9));
    g_assert_cmpfloat (a[j], <=, a_max[j] * (1 + 1e-9) + 4 * 2.3e-16 * 4 * rate_hz * rate_hz);
  }
}

/* The peaks of q_0 are pi / 2T and pi^2 / 2T^2. */
static void
test_closed_form (void)
{
  const struct {
    double v_max, a_max, factor;
    char by;
  } cases[] = {
    { 100, 100, 1, 0 },
    { 0.1 * M_PI / 2, 100, 10, 'v' },
    { 100, M_PI * M_PI / 2 / 25, 5, 'a' },
    { M_PI / 2 / 4, M_PI * M_PI / 2 / 9, 4, 'v' },
    { M_PI / 2 / 3, M_PI * M_PI / 2 / 16, 4, 'a' },
  };
  g_autoptr (LwTrajectory) in = swing (1);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    for (double speed = 1; speed > 0.2; speed /= 2) {
      const double v_max[2] = { cases[i].v_max, 10 }, a_max[2] = { cases[i].a_max, 10 };
      g_autoptr (LwTrajectory) out = NULL;
      LwRetimeReport report;
      g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, speed, 1000, &out, &report), ==, LW_OK);
      check_result (in, out, v_max, a_max, 1000, &report);
      /* one period of 1 ms is what rounding up may add; the spline's own peaks are 1e-4 off */
      lw_assert_close (report.duration, cases[i].factor / speed, 1e-4, 0.001);
      lw_assert_close (report.factor, report.duration, 1e-12, 0);
      g_assert_cmpint (report.by, ==, cases[i].by);
      g_assert_cmpuint (report.joint, ==, cases[i].by != 0 ? 0 : 2);
    }
}

/* The same path: what comes out at time t is the curve at t / factor. */
static void
test_same_path (void)
{
  const double v_max[2] = { 0.3, 1 }, a_max[2] = { 0.7, 1 }, rates[] = { 20, 100, 333, 1000 };
  g_autoptr (LwTrajectory) in = swing (0.5);

  for (size_t r = 0; r < G_N_ELEMENTS (rates); r++) {
    g_autoptr (LwTrajectory) out = NULL;
    LwRetimeReport report;
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, rates[r], &out, &report), ==, LW_OK);
    check_result (in, out, v_max, a_max, rates[r], &report);
    for (size_t i = 0; i < out->n_samples; i++) {
      double z = out->t[i] / report.duration;
      /* h^4 / 384 times the fourth derivative, pi^4 / 2, with h = 1 / 400: 5e-12; somewhat more where the acceleration is held
       * constant */
      lw_assert_close (lw_mat_get (&out->q, i, 0), 0.5 * (1 - cos (M_PI * z)), 0, 1e-10);
      lw_assert_close (lw_mat_get (&out->q, i, 1), 0.1 * z, 0, 1e-13);
    }
  }
}

/* At the input's own rate, within its limits, whole in periods: nothing changes. */
static void
test_untouched_when_allowed (void)
{
  const double v_max[2] = { 10, 10 }, a_max[2] = { 10, 10 };
  g_autoptr (LwTrajectory) in = swing (4), out = NULL;
  LwRetimeReport report;
  g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &out, &report), ==, LW_OK);
  g_assert_cmpfloat (report.factor, ==, 1);
  g_assert_cmpfloat (report.duration, ==, 4);
  g_assert_cmpuint (out->n_samples, ==, in->n_samples);
  lw_assert_close_array (out->q.data, in->q.data, in->n_samples * 2, 1e-12, 1e-14);
}

/* Rough, unevenly sampled paths: the limits hold all the same, at rates below and above the input's. */
static void
test_rough_paths (void)
{
  enum { N = 60, J = 3 };
  const double v_max[J] = { 1, 2, 0.5 }, a_max[J] = { 5, 2, 8 }, rates[] = { 10, 50, 100, 400 };

  for (uint32_t k = 0; k < 20; k++) {
    g_autoptr (LwTrajectory) in = lw_trajectory_new (N, J);
    LwRng rng;
    lw_rng_init (&rng, 1, LW_RNG_TEST, k, 0);
    for (size_t i = 0; i < N; i++)
      in->t[i] = (i > 0 ? in->t[i - 1] : 0) + 0.001 + 0.02 * lw_rng_uniform (&rng);
    lw_rng_normals (&rng, in->q.data, N * J);
    for (size_t r = 0; r < G_N_ELEMENTS (rates); r++) {
      g_autoptr (LwTrajectory) out = NULL;
      LwRetimeReport report;
      g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, rates[r], &out, &report), ==, LW_OK);
      g_assert_cmpint (report.by, !=, 0);
      check_result (in, out, v_max, a_max, rates[r], &report);
    }
  }
}

/* The published reach movements on the Panda's limits. They break the acceleration limit 26 times over (median), so need about
 * sqrt (26). */
static void
test_published_movements (void)
{
  const double v_max[8] = { 2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61, 1e3 };
  const double a_max[8] = { 15, 7.5, 10, 12.5, 15, 20, 20, 1e6 };
  g_auto (LwGolden) data = { 0 };
  LwBasis basis;
  double factors[600];

  if (!lw_golden_load (&data, "data/reach_target.npy"))
    return;
  g_assert_cmpuint (data.dims[0], ==, 600);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t n = 0; n < 600; n++) {
    const double *row = data.data + n * 164;
    g_autoptr (LwTrajectory) in = NULL, out = NULL;
    LwRetimeReport report;
    g_assert_cmpint (lw_promp_rollout (&basis, row + 4, 8, row[3] > 0 ? row[3] : 1, 200, &in), ==, LW_OK);
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &out, &report), ==, LW_OK);
    check_result (in, out, v_max, a_max, 100, &report);
    factors[n] = report.factor;

    /* Off the chord between two samples of the path by no more than the bend allows: a h^2 / 8, and a is limited. */
    for (size_t i = 0; i < out->n_samples; i++) {
      double chord[8];
      double h = report.factor * (in->t[1] - in->t[0]);
      lw_trajectory_at (in, in->t[0] + out->t[i] / report.factor, chord);
      for (size_t j = 0; j < 8; j++)
        lw_assert_close (lw_mat_get (&out->q, i, j), chord[j], 0, a_max[j] * h * h / 8 * (1 + 1e-9) + 1e-12);
    }
  }
  double sum = 0;
  for (size_t n = 0; n < 600; n++)
    sum += factors[n] / 600;
  g_test_message ("mean factor %.2f", sum);
  g_assert_cmpfloat (sum, >, 4);
  g_assert_cmpfloat (sum, <, 8);
}

static void
test_bad_input (void)
{
  double v_max[2] = { 1, 1 }, a_max[2] = { 1, 1 };
  g_autoptr (LwTrajectory) in = swing (1), one = lw_trajectory_new (1, 2);
  LwTrajectory *out = NULL;
  LwRetimeReport report = { .factor = -7 };
  const double bad[] = { 0, -1, (double) NAN };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, bad[i], 100, &out, &report), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, bad[i], &out, &report), ==, LW_ERR_RANGE);
    v_max[1] = bad[i];
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &out, &report), ==, LW_ERR_RANGE);
    v_max[1] = 1;
    a_max[0] = bad[i];
    g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &out, &report), ==, LW_ERR_RANGE);
    a_max[0] = 1;
  }
  g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1.01, 100, &out, &report), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1e-12, 1000, &out, &report), ==, LW_ERR_RANGE); /* 50 000 years */
  g_assert_cmpint (lw_retime_uniform (one, v_max, a_max, 1, 100, &out, &report), ==, LW_ERR_TOO_FEW);
  in->q.data[11] = (double) NAN;
  g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &out, &report), ==, LW_ERR_NOT_FINITE);
  in->q.data[11] = 0;
  in->t[5] = in->t[4];
  g_assert_cmpint (lw_retime_uniform (in, v_max, a_max, 1, 100, &out, &report), ==, LW_ERR_RANGE);
  g_assert_null (out);
  g_assert_cmpfloat (report.factor, ==, -7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retime/closed-form", test_closed_form);
  g_test_add_func ("/retime/same-path", test_same_path);
  g_test_add_func ("/retime/untouched-when-allowed", test_untouched_when_allowed);
  g_test_add_func ("/retime/rough-paths", test_rough_paths);
  g_test_add_func ("/retime/published-movements", test_published_movements);
  g_test_add_func ("/retime/bad-input", test_bad_input);
  return g_test_run ();
}
