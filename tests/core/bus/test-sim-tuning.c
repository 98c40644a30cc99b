/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-sim-tuning.h"
#include "lw-test-arm.h"

static void
home_of (const LwArmModel *model, double *q)
{
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    q[i] = lw_arm_model_joints (model)[i].home;
}

/* The planar arms' files give every joint the same damping; the tuner finds it by throwing the joints. */
static void
test_loss (void)
{
  static const struct { const char *arm; double damping; } cases[] = { { "planar-2", 2.0 }, { "planar-7", 0.5 }, { "desk-6", 0.6 } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwArmModel *model = load_arm (cases[i].arm, NULL);
      double q[LW_MAX_JOINTS];
      LwSimTuning tuning;

      home_of (model, q);
      g_assert_cmpint (lw_sim_tune (model, q, 0.00025, &tuning), ==, LW_OK);
      for (size_t j = 0; j < lw_arm_model_n_joints (model); j++)
        g_assert_cmpfloat_with_epsilon (tuning.loss[j], cases[i].damping, 0.01 * cases[i].damping);
      lw_arm_model_unref (model);
    }
}

/* Critical damping, Kd = 2 sqrt (Kp M), gives away the inertia it was computed from. Stretched out, the planar-2's second joint carries its link alone:
 * its armature and the link's moment about the joint; the first carries more the straighter the arm is. */
static void
test_inertia (void)
{
  LwArmModel *model = load_arm ("planar-2", NULL);
  const double stretched[2] = { 0, 0 }, folded[2] = { 0, 3.0 };
  LwSimTuning straight, bent;
  double m_straight[2], m_bent[2];

  g_assert_cmpint (lw_sim_tune (model, stretched, 1e-6, &straight), ==, LW_OK); /* so short a step limits nothing */
  g_assert_cmpint (lw_sim_tune (model, folded, 1e-6, &bent), ==, LW_OK);
  for (size_t i = 0; i < 2; i++)
    {
      m_straight[i] = straight.damping[i] * straight.damping[i] / (4 * straight.stiffness[i]);
      m_bent[i] = bent.damping[i] * bent.damping[i] / (4 * bent.stiffness[i]);
    }
  g_assert_cmpfloat_with_epsilon (m_straight[1], m_bent[1], 1e-3 * m_bent[1]);
  g_assert_cmpfloat (m_straight[0], >, 1.5 * m_bent[0]);
  g_assert_cmpfloat (m_straight[1], >, 0.05);
  g_assert_cmpfloat (m_bent[0], >, m_bent[1]);
  lw_arm_model_unref (model);
}

/* A longer step lowers the gains, together: damping linearly, stiffness with its square. */
static void
test_step (void)
{
  LwArmModel *model = load_arm ("planar-7", NULL);
  double q[LW_MAX_JOINTS];
  LwSimTuning fine, coarse;

  home_of (model, q);
  g_assert_cmpint (lw_sim_tune (model, q, 1e-6, &fine), ==, LW_OK);
  g_assert_cmpint (lw_sim_tune (model, q, 2e-3, &coarse), ==, LW_OK);
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    {
      double ratio = coarse.damping[i] / fine.damping[i];

      g_assert_cmpfloat (ratio, <, 0.5);
      g_assert_cmpfloat_with_epsilon (coarse.stiffness[i] / fine.stiffness[i], ratio * ratio, 1e-9);
      g_assert_cmpfloat_with_epsilon (ratio, coarse.damping[0] / fine.damping[0], 1e-9);
    }
  lw_arm_model_unref (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-tuning/loss", test_loss);
  g_test_add_func ("/sim-tuning/inertia", test_inertia);
  g_test_add_func ("/sim-tuning/step", test_step);
  return g_test_run ();
}
