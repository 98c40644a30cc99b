/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A script of faults done to a simulated bus, both protocols seen through their drivers. */
#include <math.h>

#include "lw-sim-play.h"
#include "lw-test-bus.h"

typedef struct {
  LwTestBus    bus;
  LwSimScript *script;
  LwSimPlay    play;
  int64_t      t_start_ns;
} Rig;

static const LwProtocol protocols[] = { LW_PROTOCOL_DYNAMIXEL, LW_PROTOCOL_FEETECH };

static void
rig_open (Rig *rig, LwProtocol protocol, const char *text)
{
  g_autoptr (GError) error = NULL;
  LwSimBusConfig config;
  uint8_t ids[LW_MAX_JOINTS];

  lw_sim_bus_config_init (&config);
  config.protocol = protocol;
  config.jitter_us = 0;
  config.first_id = 11;
  test_bus_init (&rig->bus, "desk-6", &config);
  for (size_t i = 0; i < rig->bus.n; i++)
    ids[i] = (uint8_t) (config.first_id + i);
  rig->bus.servos = lw_servo_bus_new (protocol, lw_sim_bus_direct (rig->bus.sim, &rig->bus.clock), ids, rig->bus.n);
  rig->script = lw_sim_script_parse (text, "test", &error);
  g_assert_no_error (error);
  lw_sim_play_init (&rig->play, rig->bus.sim, rig->script);
  rig->t_start_ns = rig->bus.clock.now_ns;
}

static void
rig_close (Rig *rig)
{
  test_bus_close (&rig->bus);
  lw_sim_script_free (rig->script);
}

/* The script's word at @t (s), and what a read of all says then. */
static LwBusStatus
read_at (Rig *rig, double t, LwServoReading *out)
{
  (void) lw_sim_play_at (&rig->play, (int64_t) llround (t * 1e9));
  test_bus_wait_until (&rig->bus, rig->t_start_ns + (int64_t) llround (t * 1e9));
  return test_bus_read (&rig->bus, out, 40 * MS);
}

static LwServoIdentity
health (Rig *rig, size_t servo)
{
  LwServoIdentity out = { .voltage = NAN };

  g_assert_cmpint (rig->bus.servos->klass->read_health (rig->bus.servos, servo, &out, test_bus_now (&rig->bus) + 100 * MS), ==, LW_BUS_OK);
  return out;
}

static void
identify (Rig *rig)
{
  for (size_t i = 0; i < rig->bus.n; i++)
    {
      LwServoIdentity out;

      g_assert_cmpint (rig->bus.servos->klass->identify (rig->bus.servos, i, &out, test_bus_now (&rig->bus) + 100 * MS), ==, LW_BUS_OK);
    }
}

static void
test_missing_and_silent (void)
{
  for (size_t p = 0; p < G_N_ELEMENTS (protocols); p++)
    {
      LwServoReading out[LW_MAX_JOINTS];
      Rig rig;

      rig_open (&rig, protocols[p], "from 1 to 2 s missing 13\nfrom 3 to 4 s silent\n");
      identify (&rig);
      g_assert_cmpint (lw_sim_play_at (&rig.play, 0), ==, 1000 * MS);
      g_assert_cmpint (read_at (&rig, 0.5, out), ==, LW_BUS_OK);
      g_assert_cmpint (read_at (&rig, 1.5, out), ==, LW_BUS_TIMEOUT);
      g_assert_false (out[2].valid);
      g_assert_true (out[0].valid && out[1].valid);
      g_assert_cmpint (read_at (&rig, 2.5, out), ==, LW_BUS_OK);
      g_assert_cmpint (read_at (&rig, 3.5, out), ==, LW_BUS_TIMEOUT);
      g_assert_false (out[0].valid);
      g_assert_cmpint (read_at (&rig, 4.5, out), ==, LW_BUS_OK);
      rig_close (&rig);
    }
}

static void
test_heat_and_voltage (void)
{
  for (size_t p = 0; p < G_N_ELEMENTS (protocols); p++)
    {
      LwServoReading out[LW_MAX_JOINTS];
      Rig rig;

      rig_open (&rig, protocols[p], "at 1 s heat 12 60\nat 1 s voltage 11.0\nat 3 s overload 14\nat 4 s encoder 15\n");
      identify (&rig);
      g_assert_cmpint (read_at (&rig, 0.5, out), ==, LW_BUS_OK);
      g_assert_cmpfloat (health (&rig, 1).temperature, <, 40);
      g_assert_cmpfloat (health (&rig, 0).voltage, >, 11.8);
      g_assert_cmpint (read_at (&rig, 1.5, out), ==, LW_BUS_OK);
      g_assert_cmpfloat_with_epsilon (health (&rig, 1).temperature, 60, 1);
      g_assert_cmpfloat_with_epsilon (health (&rig, 0).voltage, 11, 0.11);
      g_assert_cmpint (read_at (&rig, 3.5, out), ==, LW_BUS_OK);
      g_assert_cmpuint (health (&rig, 3).hardware_error, ==, 0x20);
      g_assert_true (out[3].alert);
      g_assert_false (out[4].alert);
      g_assert_cmpint (read_at (&rig, 4.5, out), ==, LW_BUS_OK);
      g_assert_cmpuint (health (&rig, 4).hardware_error, ==, protocols[p] == LW_PROTOCOL_FEETECH ? 0x02 : 0x08);
      rig_close (&rig);
    }
}

/* An event that lasts happens once: heat goes on from there, and a servo that was started again stays well. */
static void
test_once (void)
{
  LwServoReading out[LW_MAX_JOINTS];
  Rig rig;

  rig_open (&rig, LW_PROTOCOL_FEETECH, "at 1 s heat 11 65\n");
  identify (&rig);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (read_at (&rig, 1 + 0.5 * i, out), ==, LW_BUS_OK);
  g_assert_cmpfloat (health (&rig, 0).temperature, <, 63);
  rig_close (&rig);
}

static void
test_hand_and_hang_up (void)
{
  double before[LW_MAX_JOINTS], after[LW_MAX_JOINTS], later[LW_MAX_JOINTS];
  double pulled = 0, crept = 0;
  LwServoReading out[LW_MAX_JOINTS];
  Rig rig;

  rig_open (&rig, LW_PROTOCOL_FEETECH, "from 1 to 2 s hand 0.25 0.15 0.25\nload 17\nfrom 3 to 4 s hang-up\n");
  identify (&rig);
  g_assert_cmpint (read_at (&rig, 0.9, out), ==, LW_BUS_OK);
  lw_sim_bus_truth (rig.bus.sim, before, NULL);
  for (int i = 0; i <= 10; i++)
    g_assert_cmpint (read_at (&rig, 1 + 0.099 * i, out), ==, LW_BUS_OK);
  lw_sim_bus_truth (rig.bus.sim, after, NULL);
  g_assert_cmpint (read_at (&rig, 2.0, out), ==, LW_BUS_OK);
  g_assert_cmpint (read_at (&rig, 2.9, out), ==, LW_BUS_OK);
  lw_sim_bus_truth (rig.bus.sim, later, NULL);
  for (size_t i = 0; i < rig.bus.n; i++)
    {
      pulled = fmax (pulled, fabs (after[i] - before[i]));
      crept = fmax (crept, fabs (later[i] - after[i]));
    }
  g_assert_cmpfloat (pulled, >, 0.2);
  g_assert_cmpfloat (crept, <, 0.1);
  g_assert_cmpfloat (rig.play.load, ==, 17);
  g_assert_false (rig.play.hung_up);
  g_assert_cmpint (read_at (&rig, 3.5, out), ==, LW_BUS_GONE);
  g_assert_true (rig.play.hung_up);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-play/missing-and-silent", test_missing_and_silent);
  g_test_add_func ("/sim-play/heat-and-voltage", test_heat_and_voltage);
  g_test_add_func ("/sim-play/once", test_once);
  g_test_add_func ("/sim-play/hand-and-hang-up", test_hand_and_hang_up);
  return g_test_run ();
}
