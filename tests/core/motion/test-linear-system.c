/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-linear-system.h"

#include <math.h>

#include "promp-fixture.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwLinearSystem, lw_linear_system_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwDiscreteSystem, lw_discrete_system_clear)

/* Turning, decaying, nilpotent: exponentials that have a closed form. */
static void
test_exponential (void)
{
  for (double angle = 1e-3; angle < 200; angle *= 7) {
    double turn[4] = { 0, -angle, angle, 0 }, decay[4] = { -angle, 0, 0, angle / 100 },
           shift[9] = { 0, angle, 0, 0, 0, angle, 0, 0, 0 };
    LwMat a = lw_mat_view (turn, 2, 2), b = lw_mat_view (decay, 2, 2), c = lw_mat_view (shift, 3, 3);
    g_assert_cmpint (lw_mat_exp (&a), ==, LW_OK);
    g_assert_cmpint (lw_mat_exp (&b), ==, LW_OK);
    g_assert_cmpint (lw_mat_exp (&c), ==, LW_OK);
    lw_assert_close_array (turn, ((double[]){ cos (angle), -sin (angle), sin (angle), cos (angle) }), 4, 0, 1e-14 * (1 + angle));
    lw_assert_close_array (decay, ((double[]){ exp (-angle), 0, 0, exp (angle / 100) }), 4, 1e-13 * (1 + angle), 1e-15);
    lw_assert_close_array (shift, ((double[]){ 1, angle, angle * angle / 2, 0, 1, angle, 0, 0, 1 }), 9, 1e-13, 1e-13);
  }
}

static void
test_double_integrator (void)
{
  g_auto (LwLinearSystem) system = { 0 };
  g_auto (LwDiscreteSystem) exact = { 0 }, euler = { 0 };
  const double dt = 0.04;

  g_assert_cmpint (lw_linear_system_init_double_integrator (&system, 2), ==, LW_OK);
  system.c[1] = 0.3;
  system.c[3] = -9.81;
  g_assert_cmpint (lw_discrete_system_init_exact (&exact, &system, dt), ==, LW_OK);
  g_assert_cmpint (lw_discrete_system_init_euler (&euler, &system, dt), ==, LW_OK);
  for (size_t i = 0; i < 4; i++)
    for (size_t j = 0; j < 4; j++)
      lw_assert_close (lw_mat_get (&exact.a, i, j), i == j ? 1 : j == i + 2 ? dt : 0, 1e-15, 1e-17);
  for (size_t i = 0; i < 4; i++)
    for (size_t j = 0; j < 2; j++) {
      lw_assert_close (lw_mat_get (&exact.b, i, j), i == j ? dt * dt / 2 : i == j + 2 ? dt : 0, 1e-15, 1e-17);
      lw_assert_close (lw_mat_get (&euler.b, i, j), i == j + 2 ? dt : 0, 1e-15, 1e-17);
    }
  lw_assert_close_array (exact.c, ((double[]){ 0, 0.3 * dt - 9.81 * dt * dt / 2, 0, -9.81 * dt }), 4, 1e-14, 1e-16);
  lw_assert_close_array (euler.c, ((double[]){ 0, 0.3 * dt, 0, -9.81 * dt }), 4, 1e-14, 1e-16);

  /* B^+ B = I */
  double product[4];
  LwMat p = lw_mat_view (product, 2, 2);
  lw_gemm (1, &exact.b_left, false, &exact.b, false, 0, &p);
  lw_assert_close_array (product, ((double[]){ 1, 0, 0, 1 }), 4, 1e-13, 1e-14);
}

/* A coupled system: a step of dt is a thousand short ones, by Runge-Kutta's fourth order. */
static void
test_against_integration (void)
{
  LwRng rng;
  g_auto (LwLinearSystem) system = { 0 };
  g_auto (LwDiscreteSystem) exact = { 0 };
  const double dt = 0.3, u[2] = { 0.7, -1.1 };
  double y[4] = { 0.2, -0.4, 1, 0.1 }, expected[4];
  enum { STEPS = 1000 };

  lw_rng_init (&rng, 51, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_linear_system_init (&system, 4, 2), ==, LW_OK);
  lw_rng_normals (&rng, system.a.data, 16);
  lw_rng_normals (&rng, system.b.data, 8);
  lw_rng_normals (&rng, system.c, 4);
  g_assert_cmpint (lw_discrete_system_init_exact (&exact, &system, dt), ==, LW_OK);
  for (size_t i = 0; i < 4; i++)
    expected[i] = exact.c[i];
  lw_gemv (1, &exact.a, false, y, 1, expected);
  lw_gemv (1, &exact.b, false, u, 1, expected);
  for (int step = 0; step < STEPS; step++) {
    double k[4][4], at[4];
    for (int stage = 0; stage < 4; stage++) {
      double reach = stage == 0 ? 0 : stage < 3 ? 0.5 : 1;
      for (size_t i = 0; i < 4; i++) {
        at[i] = y[i] + (stage > 0 ? reach * dt / STEPS * k[stage - 1][i] : 0);
        k[stage][i] = system.c[i];
      }
      lw_gemv (1, &system.a, false, at, 1, k[stage]);
      lw_gemv (1, &system.b, false, u, 1, k[stage]);
    }
    for (size_t i = 0; i < 4; i++)
      y[i] += dt / STEPS / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
  }
  lw_assert_close_array (y, expected, 4, 1e-11, 1e-11);
}

static void
test_bad_input (void)
{
  g_auto (LwLinearSystem) system = { 0 };
  LwDiscreteSystem out = { .n_state = 9 };
  double huge[1] = { 1e4 }, wide[2] = { 0 };
  LwMat a = lw_mat_view (huge, 1, 1), not_square = lw_mat_view (wide, 1, 2);

  g_assert_cmpint (lw_linear_system_init (&system, 2, 0), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_linear_system_init (&system, 2, 3), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_linear_system_init_double_integrator (&system, 2), ==, LW_OK);
  g_assert_cmpint (lw_discrete_system_init_exact (&out, &system, 0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_discrete_system_init_euler (&out, &system, -1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_discrete_system_init_exact (&out, &system, (double) NAN), ==, LW_ERR_NOT_FINITE);
  lw_mat_fill (&system.b, 1);
  g_assert_cmpint (lw_discrete_system_init_exact (&out, &system, 0.1), ==, LW_ERR_NOT_SPD); /* both inputs do the same */
  system.c[0] = (double) INFINITY;
  g_assert_cmpint (lw_discrete_system_init_euler (&out, &system, 0.1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (out.n_state, ==, 9);
  g_assert_cmpint (lw_mat_exp (&a), ==, LW_ERR_NOT_FINITE); /* e^10000 */
  g_assert_cmpfloat (huge[0], ==, 1e4);
  g_assert_cmpint (lw_mat_exp (&not_square), ==, LW_ERR_SHAPE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/linear-system/exponential", test_exponential);
  g_test_add_func ("/linear-system/double-integrator", test_double_integrator);
  g_test_add_func ("/linear-system/against-integration", test_against_integration);
  g_test_add_func ("/linear-system/bad-input", test_bad_input);
  return g_test_run ();
}
