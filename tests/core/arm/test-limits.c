/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-limits.h"
#include "lw-test-paths.h"

static LwArmModel *
load (const char *file)
{
  g_autofree char *path = lw_test_data_path (file);
  LwSimError       error = { "" };
  LwArmModel      *model = lw_arm_model_load (path, NULL, &error);

  g_assert_cmpstr (error.text, ==, "");
  g_assert_nonnull (model);
  return model;
}

static void
test_from_model (void)
{
  LwArmModel        *model = load ("arms/arm-7.xml");
  const LwJointInfo *joints = lw_arm_model_joints (model);
  LwLimits           limits;

  lw_limits_from_model (model, &limits);
  g_assert_cmpuint (limits.n_joints, ==, 7);
  for (size_t j = 0; j < 7; j++)
    {
      g_assert_cmpfloat (limits.q_min[j], ==, joints[j].lower);
      g_assert_cmpfloat (limits.q_max[j], ==, joints[j].upper);
      g_assert_cmpfloat (limits.v_max[j], ==, joints[j].v_max);
      g_assert_cmpfloat (limits.a_max[j], ==, joints[j].a_max);
    }
  g_assert_cmpfloat (limits.stop_time, ==, 0.08);
  g_assert_true (lw_limits_are_valid (&limits));
  g_assert_false (lw_limits_has_workspace (&limits));
  limits.floor_z = 0;
  g_assert_true (lw_limits_has_workspace (&limits));
  limits.floor_z = -INFINITY;
  limits.box_max[1] = 0.4;
  g_assert_true (lw_limits_has_workspace (&limits));
  lw_arm_model_unref (model);
}

static LwLimits
example (void)
{
  LwLimits limits = { .n_joints = 2, .q_min = { -1, -2 }, .q_max = { 1, 2 }, .v_max = { 2, 3 }, .a_max = { 10, 20 },
                      .box_min = { -INFINITY, -INFINITY, -INFINITY }, .box_max = { INFINITY, INFINITY, INFINITY }, .floor_z = -INFINITY, .stop_time = 0.08 };

  return limits;
}

static void
test_code (void)
{
  LwLimits a = example (), b = example ();
  char     code_a[5], code_b[5];

  lw_limits_code (&a, code_a);
  for (int i = 0; i < 4; i++)
    g_assert_true (g_ascii_isdigit (code_a[i]) || (code_a[i] >= 'A' && code_a[i] <= 'F'));
  g_assert_cmpint (code_a[4], ==, '\0');

  /* What lies behind the last joint is not part of the limits; nor is the sign of zero. */
  b.q_min[7] = 3;
  lw_limits_code (&b, code_b);
  g_assert_cmpstr (code_a, ==, code_b);
  a.q_min[0] = 0.0;
  b.q_min[0] = -0.0;
  lw_limits_code (&a, code_a);
  lw_limits_code (&b, code_b);
  g_assert_cmpstr (code_a, ==, code_b);

  /* Each single number counts. */
  double *numbers[] = { &b.q_min[1], &b.q_max[0], &b.v_max[1], &b.a_max[0], &b.box_min[2], &b.box_max[0], &b.floor_z, &b.stop_time };
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      double before = *numbers[i];

      *numbers[i] = isinf (before) ? 0.25 : nextafter (before, 1000);
      lw_limits_code (&b, code_b);
      g_assert_cmpstr (code_a, !=, code_b);
      *numbers[i] = before;
    }
}

static void
test_valid (void)
{
  LwLimits good = example (), bad;

  g_assert_true (lw_limits_are_valid (&good));
#define BAD(change) \
  do \
    { \
      bad = good; \
      change; \
      g_assert_false (lw_limits_are_valid (&bad)); \
    } \
  while (0)
  BAD (bad.n_joints = 0);
  BAD (bad.n_joints = LW_MAX_JOINTS + 1);
  BAD (bad.q_min[1] = 2);
  BAD (bad.q_max[0] = NAN);
  BAD (bad.q_max[0] = INFINITY);
  BAD (bad.v_max[0] = 0);
  BAD (bad.v_max[1] = NAN);
  BAD (bad.a_max[1] = -1);
  BAD (bad.a_max[1] = INFINITY);
  BAD (bad.box_min[0] = INFINITY);
  BAD (bad.floor_z = NAN);
  BAD (bad.stop_time = 0);
#undef BAD
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limits/from-model", test_from_model);
  g_test_add_func ("/limits/code", test_code);
  g_test_add_func ("/limits/valid", test_valid);
  return g_test_run ();
}
