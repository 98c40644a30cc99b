/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-sim-motor.h"

/* A motor on a flywheel of 0.1 kg m^2. */
#define INERTIA 0.1
#define DT      0.00025

typedef struct {
  LwSimMotor motor;
  LwSimDrive drive;
  double     angle, velocity, t;
  double     fastest, most_torque, most_acceleration; /* of the reference, but for the torque */
} Rig;

static void
rig_init (Rig *rig, LwSimMotorControl control)
{
  const LwSimMotorSetup setup = { .tau_max = 10, .v_max = 4, .stiffness = 200, .damping = 8, .loss = 0 };

  *rig = (Rig){ .drive = { .control = control, .stiffness = 1, .limit = 1000 } };
  lw_sim_motor_init (&rig->motor, &setup, 0, 0);
}

static void
rig_run (Rig *rig, double seconds)
{
  for (double end = rig->t + seconds; rig->t < end - DT / 2; rig->t += DT)
    {
      double rate = rig->motor.reference_rate;
      double torque = lw_sim_motor_step (&rig->motor, &rig->drive, rig->angle, rig->velocity, 0, DT, (int64_t) (rig->t * 1e9));

      rig->velocity += DT / INERTIA * torque;
      rig->angle += DT * rig->velocity;
      rig->fastest = fmax (rig->fastest, fabs (rig->motor.reference_rate));
      rig->most_torque = fmax (rig->most_torque, fabs (torque));
      rig->most_acceleration = fmax (rig->most_acceleration, fabs (rig->motor.reference_rate - rate) / DT);
    }
}

/* A trapezoid: way / v + v / a seconds to the goal, never faster nor brisker than told, and no further than the goal. */
static void
test_profile (void)
{
  static const struct {
    double way, speed, acceleration, time;
  } cases[] = {
    { 2, 1, 4, 2 / 1.0 + 1 / 4.0 },
    { -2, 1, 4, 2 / 1.0 + 1 / 4.0 },
    { 0.1, 1, 4, 2 * 0.15811388300841897 /* 2 sqrt (way / a): it never gets that fast */ },
    { 1, 0, 5, 2 * 0.44721359549995793 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Rig rig;

      rig_init (&rig, LW_SIM_MOTOR_POSITION);
      lw_sim_motor_profile (&rig.motor, cases[i].way, cases[i].speed, cases[i].acceleration, 0);
      rig_run (&rig, cases[i].time - 0.02);
      g_assert_cmpfloat (rig.motor.reference_left, >, 0);
      g_assert_cmpfloat (fabs (rig.motor.reference), <, fabs (cases[i].way));
      rig_run (&rig, 0.04);
      g_assert_cmpfloat (rig.motor.reference_left, <=, 0);
      g_assert_cmpfloat (rig.motor.reference, ==, cases[i].way);
      g_assert_cmpfloat (rig.most_acceleration, <=, cases[i].acceleration * 2.001); /* the landing takes two steps in one */
      if (cases[i].speed > 0)
        g_assert_cmpfloat (rig.fastest, <=, cases[i].speed);
      rig_run (&rig, 1);
      g_assert_cmpfloat_with_epsilon (rig.angle, cases[i].way, 1e-3);
    }
}

/* A new goal behind it turns the reference round, at the same acceleration. */
static void
test_turn_round (void)
{
  Rig rig;

  rig_init (&rig, LW_SIM_MOTOR_POSITION);
  lw_sim_motor_profile (&rig.motor, 2, 1, 4, 0);
  rig_run (&rig, 0.5);
  g_assert_cmpfloat_with_epsilon (rig.motor.reference_rate, 1, 1e-3);
  lw_sim_motor_profile (&rig.motor, 0, 1, 4, 500000000);
  rig_run (&rig, 3);
  g_assert_cmpfloat (rig.motor.reference, ==, 0);
  g_assert_cmpfloat (rig.most_acceleration, <=, 4 * 2.001);
}

/* Goals in a stream are joined by straight lines; without one, the way takes what the speed says. */
static void
test_goal (void)
{
  Rig rig;

  rig_init (&rig, LW_SIM_MOTOR_POSITION);
  for (int k = 1; k <= 100; k++)
    {
      lw_sim_motor_goal (&rig.motor, 0.01 * k, 4, (int64_t) (rig.t * 1e9));
      rig_run (&rig, 0.01);
    }
  g_assert_cmpfloat_with_epsilon (rig.fastest, 0.01 / 0.002, 1.001); /* the first, of which it does not know how soon the next comes */
  g_assert_cmpfloat_with_epsilon (rig.motor.reference, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (rig.velocity, 1, 0.02);
  rig.fastest = 0;
  lw_sim_motor_goal (&rig.motor, 3, 2, (int64_t) (rig.t * 1e9));
  rig_run (&rig, 0.9);
  g_assert_cmpfloat_with_epsilon (rig.fastest, 2, 1e-9);
  g_assert_cmpfloat (rig.motor.reference_left, >, 0);
  rig_run (&rig, 0.2);
  g_assert_cmpfloat_with_epsilon (rig.motor.reference, 3, 1e-9);
}

static void
test_speed (void)
{
  Rig rig;

  rig_init (&rig, LW_SIM_MOTOR_SPEED);
  rig.drive.goal = 2;
  rig.drive.acceleration = 4;
  rig_run (&rig, 0.25);
  g_assert_cmpfloat_with_epsilon (rig.motor.reference_rate, 1, 2e-3);
  rig_run (&rig, 0.75);
  g_assert_cmpfloat_with_epsilon (rig.velocity, 2, 1e-3);
  g_assert_cmpfloat (rig.most_acceleration, <=, 4.001);
  rig.drive.goal = 0;
  rig.drive.acceleration = 0;
  rig_run (&rig, 0.2);
  g_assert_cmpfloat_with_epsilon (rig.velocity, 0, 1e-3);
}

/* Torque as told, within both limits; a voltage gives full torque standing, none at the speed it belongs to. */
static void
test_torque_and_voltage (void)
{
  Rig rig;

  rig_init (&rig, LW_SIM_MOTOR_TORQUE);
  rig.drive.goal = 0.5;
  rig_run (&rig, 0.1);
  g_assert_cmpfloat_with_epsilon (rig.velocity, 0.5 / INERTIA * 0.1, 1e-9);
  rig.drive.goal = 50;
  rig_run (&rig, DT);
  g_assert_cmpfloat (rig.motor.torque, ==, 10);
  rig.drive.limit = 3;
  rig_run (&rig, DT);
  g_assert_cmpfloat (rig.motor.torque, ==, 3);

  rig_init (&rig, LW_SIM_MOTOR_VOLTAGE);
  rig.drive.goal = 0.5;
  rig_run (&rig, DT);
  g_assert_cmpfloat (rig.motor.torque, ==, 5);
  rig_run (&rig, 2);
  g_assert_cmpfloat_with_epsilon (rig.motor.torque, 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (rig.velocity, 0.5 * 1.3 * 4, 1e-6);
  rig.drive.control = LW_SIM_MOTOR_OFF;
  rig_run (&rig, DT);
  g_assert_cmpfloat (rig.motor.torque, ==, 0);
}

/* Warms towards what its load asks for, with the time constant of 400 s; the supply sags. */
static void
test_heat_and_voltage (void)
{
  Rig rig;

  rig_init (&rig, LW_SIM_MOTOR_TORQUE);
  g_assert_cmpfloat (rig.motor.heat, ==, 31);
  rig.drive.goal = 5;
  for (int i = 0; i < 4000; i++)
    (void) lw_sim_motor_step (&rig.motor, &rig.drive, 0, 0, 0, 0.1, i * G_GINT64_CONSTANT (100000000));
  g_assert_cmpfloat_with_epsilon (rig.motor.heat, 31 + 60 * 0.25 * (1 - exp (-1)), 0.01);
  g_assert_cmpfloat_with_epsilon (lw_sim_motor_effort (&rig.motor), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (lw_sim_motor_voltage (&rig.motor, 12), 12 * (1 - 0.04 * 0.5), 1e-12);
  rig.motor.supply = 10;
  g_assert_cmpfloat_with_epsilon (lw_sim_motor_voltage (&rig.motor, 12), 10 * (1 - 0.04 * 0.5), 1e-12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-motor/profile", test_profile);
  g_test_add_func ("/sim-motor/turn-round", test_turn_round);
  g_test_add_func ("/sim-motor/goal", test_goal);
  g_test_add_func ("/sim-motor/speed", test_speed);
  g_test_add_func ("/sim-motor/torque-and-voltage", test_torque_and_voltage);
  g_test_add_func ("/sim-motor/heat-and-voltage", test_heat_and_voltage);
  return g_test_run ();
}
