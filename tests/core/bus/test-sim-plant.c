/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-kinematics.h"
#include "lw-scene-view.h"
#include "lw-test-bus.h"

static void
default_config (LwSimBusConfig *config)
{
  lw_sim_bus_config_init (config);
  config->seed = 7;
}

static int64_t
soon (const LwTestBus *bus)
{
  return test_bus_now (bus) + 1000 * MS;
}

/* Every arm follows a slow sine around home on all joints and then stands: within 0.3 degrees, without a tremor. */
static void
test_tracking (gconstpointer name)
{
  LwServoReading reading[LW_MAX_JOINTS];
  double start[LW_MAX_JOINTS], goal[LW_MAX_JOINTS], q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS];
  double worst_moving = 0, worst_standing = 0, tremor = 0, load = 0;
  const LwJointInfo *joints;
  LwServoIdentity identity;
  LwSimBusConfig config;
  LwTestBus bus;
  int64_t t_ns;

  default_config (&config);
  test_bus_open (&bus, name, &config);
  joints = lw_arm_model_joints (bus.model);
  for (size_t i = 0; i < bus.n; i++)
    g_assert_cmpint (bus.servos->klass->identify (bus.servos, i, &identity, soon (&bus)), ==, LW_BUS_OK);
  test_bus_power (&bus, start);
  memcpy (goal, start, sizeof goal);
  t_ns = bus.clock.now_ns;
  for (int k = 0; k < 800; k++, t_ns += 10 * MS)
    {
      double t = MIN (k, 600) * 0.01;

      test_bus_wait_until (&bus, t_ns);
      g_assert_cmpint (test_bus_read (&bus, reading, 9 * MS), ==, LW_BUS_OK);
      lw_sim_bus_truth (bus.sim, q, dq);
      for (size_t i = 0; i < bus.n; i++)
        {
          double error = fabs (q[i] - bus.middle[i] - goal[i]);
          double room = MIN (joints[i].upper - bus.middle[i] - start[i], start[i] + bus.middle[i] - joints[i].lower);

          if (k > 700)
            {
              worst_standing = fmax (worst_standing, error);
              tremor = fmax (tremor, fabs (dq[i]));
            }
          worst_moving = fmax (worst_moving, error);
          load = fmax (load, fabs (reading[i].load) / joints[i].tau_max);
          goal[i] = start[i] + MIN (0.2, 0.25 * room) * sin (2 * t + (double) i) - MIN (0.2, 0.25 * room) * sin ((double) i) * exp (-3 * t);
        }
      g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, t_ns + 10 * MS), ==, LW_BUS_OK);
    }
  g_test_message ("%s: %.2f degrees moving, %.3f standing, tremor %.4f rad/s, load %.2f", (const char *) name, worst_moving * 180 / G_PI,
                  worst_standing * 180 / G_PI, tremor, load);
  g_assert_cmpfloat (worst_standing * 180 / G_PI, <, 0.3);
  g_assert_cmpfloat (worst_moving * 180 / G_PI, <, 2.0);
  g_assert_cmpfloat (tremor, <, 0.01);
  g_assert_cmpfloat (load, >, 0.001);
  g_assert_cmpfloat (load, <=, 1.001);
  test_bus_close (&bus);
}

/* A limp balanced arm stays at any pose; unbalanced, it falls. */
static void
test_limp (void)
{
  double q0[LW_MAX_JOINTS], q1[LW_MAX_JOINTS];

  for (int balanced = 0; balanced < 2; balanced++)
    {
      LwSimBusConfig config;
      LwTestBus bus;
      double moved = 0;

      default_config (&config);
      config.balanced = balanced == 1;
      test_bus_open (&bus, "arm-7", &config);
      lw_sim_bus_truth (bus.sim, q0, NULL);
      lw_sim_bus_advance (bus.sim, bus.clock.now_ns + 3000 * MS);
      lw_sim_bus_truth (bus.sim, q1, NULL);
      for (size_t i = 0; i < bus.n; i++)
        moved = fmax (moved, fabs (q1[i] - q0[i]));
      if (balanced)
        g_assert_cmpfloat (moved, <, 1e-6);
      else
        g_assert_cmpfloat (moved, >, 0.1);
      test_bus_close (&bus);
    }
}

/* Where the middle of the picture shows the arm, the hand takes hold and leads it 6 cm up within a second; released, it stays. */
static void
test_hand (gconstpointer name)
{
  double world[3], local[3], target[3], q[LW_MAX_JOINTS], stays[LW_MAX_JOINTS], before[3], after[3];
  LwKinematics *kinematics;
  LwSceneView *view;
  LwSimBusConfig config;
  LwTestBus bus;
  double x, y, drift = 0, way;
  int body, rest;
  bool planar = strcmp (name, "planar-2") == 0;

  default_config (&config);
  test_bus_open (&bus, name, &config);
  kinematics = lw_kinematics_new (bus.model);
  view = lw_scene_view_new (bus.model);
  lw_sim_bus_truth (bus.sim, q, NULL);
  lw_kinematics_set (kinematics, q);
  lw_kinematics_tip (kinematics, before, NULL);
  lw_scene_view_pose (view, q);
  lw_scene_view_camera (view, 1.6, (float[16]){ 0 }, (float[16]){ 0 }, NULL);
  g_assert_true (lw_scene_view_project (view, 1.6, before, &x, &y));
  body = -1;
  for (int ring = 0; ring < 400 && body < 0; ring++) /* the nearest spot of the arm round the tip's picture */
    body = lw_scene_view_pick (view, 1.6, x + 0.0005 * ring * cos (ring), y + 0.0005 * ring * sin (ring), world, local);
  g_assert_cmpint (body, >, 0);
  memcpy (target, world, sizeof target);
  target[planar ? 1 : 2] += 0.06;
  lw_sim_bus_hand (bus.sim, body, local, target);
  lw_sim_bus_advance (bus.sim, bus.clock.now_ns += 1000 * MS);
  lw_sim_bus_truth (bus.sim, q, NULL);
  lw_kinematics_set (kinematics, q);
  lw_kinematics_tip (kinematics, after, NULL);
  way = after[planar ? 1 : 2] - before[planar ? 1 : 2];
  lw_sim_bus_let_go (bus.sim);
  rest = 0;
  for (int ms = 0; ms < 3000; ms += 10) /* until it has come to rest */
    {
      double dq[LW_MAX_JOINTS], speed = 0;

      lw_sim_bus_advance (bus.sim, bus.clock.now_ns += 10 * MS);
      lw_sim_bus_truth (bus.sim, q, dq);
      for (size_t i = 0; i < bus.n; i++)
        speed = fmax (speed, fabs (dq[i]));
      if (speed > 1e-3)
        rest = ms;
    }
  lw_sim_bus_advance (bus.sim, bus.clock.now_ns += 10000 * MS);
  lw_sim_bus_truth (bus.sim, stays, NULL);
  for (size_t i = 0; i < bus.n; i++)
    drift = fmax (drift, fabs (stays[i] - q[i]));
  g_test_message ("%s: followed %.1f of 60 mm, at rest %d ms after letting go, drift %.2g rad in 10 s", (const char *) name, way * 1000, rest, drift);
  g_assert_cmpfloat_with_epsilon (way, 0.06, 0.02);
  g_assert_cmpint (rest, <, 1500);
  g_assert_cmpfloat (drift, <, 1e-3);
  lw_scene_view_free (view);
  lw_kinematics_free (kinematics);
  test_bus_close (&bus);
}

int
main (int argc, char **argv)
{
  static const char *const arms[] = { "planar-2", "planar-7", "desk-6", "arm-7" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-plant/limp", test_limp);
  for (size_t i = 0; i < G_N_ELEMENTS (arms); i++)
    {
      g_autofree char *tracking = g_strdup_printf ("/sim-plant/tracking/%s", arms[i]);
      g_autofree char *hand = g_strdup_printf ("/sim-plant/hand/%s", arms[i]);

      g_test_add_data_func (tracking, arms[i], test_tracking);
      g_test_add_data_func (hand, arms[i], test_hand);
    }
  return g_test_run ();
}
