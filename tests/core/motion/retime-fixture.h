/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-retime.h"

/* Paths for the tests of retiming, and what must hold of every result. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)

/* @n samples of @n_joints joints, q_j (z) = shape (j, z), on a clock that runs as @warp of z and does not start at 0. */
static inline LwTrajectory *
path (size_t n, size_t n_joints, double duration, double (*shape) (size_t, double), double (*warp) (double))
{
  LwTrajectory *self = lw_trajectory_new (n, n_joints);
  for (size_t i = 0; i < n; i++) {
    double z = (double) i / (double) (n - 1);
    self->t[i] = 2 + duration * z;
    for (size_t j = 0; j < n_joints; j++)
      lw_mat_set (&self->q, i, j, shape (j, warp (z)));
  }
  return self;
}

static inline double
steady (double z)
{
  return z;
}

static inline double
minimum_jerk (double z)
{
  return z * z * z * (10 + z * (-15 + 6 * z));
}

static inline double
with_pause (double z)
{
  return 0.5 * (minimum_jerk (fmin (1, 3 * z)) + minimum_jerk (fmax (0, 3 * z - 2)));
}

static inline double
line (size_t j, double z)
{
  return (j == 0 ? 1.5 : -0.4) * z;
}

static inline double
there_and_back (size_t j, double z)
{
  return 0.8 * sin (M_PI * z);
}

static inline double
wave (size_t j, double z)
{
  return sin (2.2 * z + (double) j) + 0.3 * cos (5 * z - 2 * (double) j);
}

/* Within the limits anywhere, the standstill before and after included; and every point on the input's curve, in order. */
static inline void
check_result (const LwTrajectory *in, const LwTrajectory *out, const double *v_max, const double *a_max, double rate_hz,
              bool from_rest, const LwRetimeReport *report)
{
  size_t n = out->n_samples, n_joints = in->n_joints;
  double v[16], a[16];

  g_assert_cmpuint (out->n_joints, ==, n_joints);
  for (size_t i = 0; i < n; i++)
    lw_assert_close (out->t[i], (double) i / rate_hz, 1e-12, 0);
  lw_assert_close (lw_trajectory_duration (out), report->duration, 1e-12, 0);
  lw_assert_close (report->factor, report->duration / lw_trajectory_duration (in), 1e-12, 0);
  lw_assert_close_array (lw_mat_row (&out->q, 0), lw_mat_row (&in->q, 0), n_joints, 1e-14, 1e-14);
  lw_assert_close_array (lw_mat_row (&out->q, n - 1), lw_mat_row (&in->q, in->n_samples - 1), n_joints, 1e-14, 1e-14);

  g_autoptr (LwTrajectory) padded = lw_trajectory_new (n + (from_rest ? 2 : 0), n_joints);
  for (size_t i = 0; i < padded->n_samples; i++) {
    size_t from = from_rest ? CLAMP (i, 1, n) - 1 : i;
    padded->t[i] = (double) i / rate_hz;
    memcpy (lw_mat_row (&padded->q, i), lw_mat_row (&out->q, from), n_joints * sizeof (double));
  }
  lw_trajectory_peaks (padded, v, a);
  for (size_t j = 0; j < n_joints; j++) {
    g_assert_cmpfloat (v[j], <=, v_max[j] * (1 + 1e-9));
    /* rounding of a second difference: 4 eps |q| rate^2 */
    g_assert_cmpfloat (a[j], <=, a_max[j] * (1 + 1e-9) + 4 * 2.3e-16 * 4 * rate_hz * rate_hz);
  }
}
