/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-phase.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

static LwPhase
constant (LwBasisKind kind, double start, double duration)
{
  LwPhase phase;
  g_assert_cmpint (lw_phase_init (&phase, kind, start, duration), ==, LW_OK);
  return phase;
}

static void
assert_point (LwPhasePoint at, double z, double zdot, double zddot)
{
  lw_assert_close (at.z, z, 1e-13, 1e-13);
  lw_assert_close (at.zdot, zdot, 1e-13, 1e-13);
  lw_assert_close (at.zddot, zddot, 1e-12, 1e-12);
}

static void
test_constant (void)
{
  LwPhase phase = constant (LW_BASIS_STROKE, 0.4, 2.5);
  assert_point (lw_phase_at (&phase, -3), 0, 0, 0);
  assert_point (lw_phase_at (&phase, 0.399), 0, 0, 0); /* the delay */
  assert_point (lw_phase_at (&phase, 0.4), 0, 0.4, 0);
  assert_point (lw_phase_at (&phase, 1.65), 0.5, 0.4, 0);
  assert_point (lw_phase_at (&phase, 2.9), 1, 0.4, 0); /* the last moment is still the movement's */
  assert_point (lw_phase_at (&phase, 2.901), 1, 0, 0);
  lw_assert_close (lw_phase_time (&phase, 1), 2.9, 1e-15, 0);
  lw_assert_close (lw_phase_time (&phase, 0.25), 1.025, 1e-15, 0);
  g_assert_true (isnan (lw_phase_time (&phase, -0.1)) && isnan (lw_phase_time (&phase, (double) NAN)));
}

/* A rhythm goes round, and a basis over it does not see the seam. */
static void
test_round (void)
{
  LwPhase phase = constant (LW_BASIS_RHYTHMIC, 1, 0.8);
  LwBasis basis;
  double w[12], q[2], v[2], a[2], q_later[2], v_later[2], a_later[2];
  LwRng rng;

  g_assert_cmpint (lw_basis_init_rhythmic (&basis, 6, 0.4), ==, LW_OK);
  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, w, 12);
  for (double t = 1; t < 1.8; t += 0.0371) {
    LwPhasePoint at = lw_phase_at (&phase, t), later = lw_phase_at (&phase, t + 5 * 0.8);
    assert_point (later, at.z, 1.25, 0);
    g_assert_true (later.z >= 0 && later.z < 1);
    lw_basis_movement (&basis, w, 2, &at, q, v, a);
    lw_basis_movement (&basis, w, 2, &later, q_later, v_later, a_later);
    lw_assert_close_array (q_later, q, 2, 0, 1e-12);
    lw_assert_close_array (v_later, v, 2, 0, 1e-11);
    lw_assert_close_array (a_later, a, 2, 0, 1e-10);
  }
  lw_assert_close (lw_phase_time (&phase, 7.5), 1 + 7.5 * 0.8, 1e-14, 0);
}

static LwPhase
with_changes (LwBasisKind kind)
{
  LwPhase phase = constant (kind, 0.2, 4);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 0.7, 0.6, 1.5), ==, LW_OK);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 1.3, 0.4, 6), ==, LW_OK); /* right after the first */
  return phase;
}

/* z is continuous with the tempo as its derivative and that with zddot, never runs back, and reaches the tempi asked for. */
static void
test_tempo (void)
{
  LwPhase phase = with_changes (LW_BASIS_RHYTHMIC);
  const double h = 1e-5;
  double last = 0;

  for (double t = 0.2 + 2 * h; t < 5; t += 0.0123) {
    LwPhasePoint before = lw_phase_at (&phase, t - h), at = lw_phase_at (&phase, t), after = lw_phase_at (&phase, t + h);
    double forward = at.z - last;
    g_assert_cmpfloat (forward < -0.5 ? forward + 1 : forward, >, 0); /* once round */
    if (before.z <= at.z && at.z <= after.z)                          /* not across the seam */
      lw_assert_close (at.zdot, (after.z - before.z) / (2 * h), 0, 1e-9);
    lw_assert_close (at.zddot, (after.zdot - before.zdot) / (2 * h), 0, 1e-4);
    g_assert_cmpfloat (at.zdot, >=, 1.0 / 6 - 1e-15);
    g_assert_cmpfloat (at.zdot, <=, 1 / 1.5 + 1e-15);
    last = at.z;
  }
  assert_point (lw_phase_at (&phase, 0.7), 0.125, 0.25, 0);
  assert_point (lw_phase_at (&phase, 1.3), 0.125 + 0.6 * (0.25 + 1 / 1.5) / 2, 1 / 1.5, 0);
  lw_assert_close (lw_phase_at (&phase, 1.0).zddot, 1.5 * (1 / 1.5 - 0.25) / 0.6, 1e-13, 0); /* steepest in the middle */
  assert_point (lw_phase_at (&phase, 2), 0.4 + (1 / 1.5 + 1.0 / 6) / 2 * 0.4 + 0.3 / 6, 1.0 / 6, 0);
}

static void
test_time_of_phase (void)
{
  LwPhase phase = with_changes (LW_BASIS_STROKE);
  for (double t = 0.2; t < lw_phase_time (&phase, 1); t += 0.01) {
    LwPhasePoint at = lw_phase_at (&phase, t);
    lw_assert_close (lw_phase_time (&phase, at.z), t, 0, 1e-13);
  }
  double end = lw_phase_time (&phase, 1);
  lw_assert_close (lw_phase_at (&phase, end).z, 1, 1e-12, 0);
  g_assert_cmpfloat (lw_phase_at (&phase, end + 0.01).zdot, ==, 0);
}

static void
test_jump (void)
{
  LwPhase phase = constant (LW_BASIS_STROKE, 0, 1);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 0.5, 0, 2), ==, LW_OK);
  assert_point (lw_phase_at (&phase, 0.49), 0.49, 1, 0);
  assert_point (lw_phase_at (&phase, 0.5), 0.5, 0.5, 0);
  assert_point (lw_phase_at (&phase, 1.1), 0.8, 0.5, 0);
}

/* Velocity and acceleration of a movement through a change of tempo: central differences of the positions over time. */
static void
test_movement (void)
{
  enum { N = 10, J = 3 };
  LwBasis basis;
  LwPhase phase = with_changes (LW_BASIS_STROKE);
  LwRng rng;
  double w[N * J], q[3][J], v[3][J], a[J];
  const double h = 1e-5;

  g_assert_cmpint (lw_basis_init_stroke (&basis, N), ==, LW_OK);
  lw_rng_init (&rng, 4, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, w, N * J);
  for (double t = 0.25; t < 3; t += 0.0511) {
    for (int side = 0; side < 3; side++) {
      LwPhasePoint at = lw_phase_at (&phase, t + (side - 1) * h);
      lw_basis_movement (&basis, w, J, &at, q[side], v[side], side == 1 ? a : NULL);
    }
    for (size_t j = 0; j < J; j++) {
      lw_assert_close (v[1][j], (q[2][j] - q[0][j]) / (2 * h), 1e-6, 1e-6);
      lw_assert_close (a[j], (v[2][j] - v[0][j]) / (2 * h), 1e-4, 1e-3);
    }
  }
}

static void
test_bad_input (void)
{
  LwPhase phase = constant (LW_BASIS_STROKE, 1, 2), kept;
  const double nan = (double) NAN;

  kept = phase;
  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, 0, 0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, 0, -1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, 0, 1e-320), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, nan, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 0.5, 0, 1), ==, LW_ERR_RANGE); /* before the start */
  g_assert_cmpint (lw_phase_change_tempo (&phase, 1.5, -1, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 1.5, 1, 0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_phase_change_tempo (&phase, nan, 1, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpmem (&phase, sizeof phase, &kept, sizeof kept);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 1.5, 0.5, 1), ==, LW_OK);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 1.9, 0.5, 1), ==, LW_ERR_RANGE); /* inside the change */
  for (int i = 1; i < LW_PHASE_MAX_CHANGES; i++)
    g_assert_cmpint (lw_phase_change_tempo (&phase, 2 + i, 0.5, 1), ==, LW_OK);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 100, 0.5, 1), ==, LW_ERR_RANGE);

  const LwPhasePoint inside = { 1, 1, 1 }, outside = { 1.001, 1, 0 }, odd = { 0.5, nan, 0 };
  g_assert_cmpint (lw_phase_point_check (&inside, LW_BASIS_STROKE), ==, LW_OK);
  g_assert_cmpint (lw_phase_point_check (&outside, LW_BASIS_STROKE), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_phase_point_check (&outside, LW_BASIS_RHYTHMIC), ==, LW_OK);
  g_assert_cmpint (lw_phase_point_check (&odd, LW_BASIS_RHYTHMIC), ==, LW_ERR_NOT_FINITE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phase/constant", test_constant);
  g_test_add_func ("/phase/round", test_round);
  g_test_add_func ("/phase/tempo", test_tempo);
  g_test_add_func ("/phase/time-of-phase", test_time_of_phase);
  g_test_add_func ("/phase/jump", test_jump);
  g_test_add_func ("/phase/movement", test_movement);
  g_test_add_func ("/phase/bad-input", test_bad_input);
  return g_test_run ();
}
