/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-setup.h"
#include "lw-dynamixel-table.h"
#include "lw-test-bus.h"

/* What is told to servos one at a time, on the simulated bus: control by torque, reboot, what they keep. */
#define SLOW (1000 * MS)

static GArray *writes; /* (element-type LwSimPacket) all that was neither ping nor read */

static void
note_write (const LwSimPacket *packet, void *data)
{
  switch (packet->instruction)
    {
    case LW_DYNAMIXEL_PING:
    case LW_DYNAMIXEL_READ:
    case LW_DYNAMIXEL_SYNC_READ:
    case LW_DYNAMIXEL_FAST_SYNC_READ:
      break;
    default:
      g_array_append_vals (writes, packet, 1);
    }
}

static void
open_config (LwTestBus *bus, LwSimBusConfig *config)
{
  writes = g_array_new (FALSE, FALSE, sizeof (LwSimPacket));
  test_bus_init (bus, "desk-6", config);
  lw_sim_bus_set_tap (bus->sim, note_write, NULL);
  test_bus_attach (bus, lw_sim_bus_direct (bus->sim, &bus->clock), config->first_id);
}

static void
identify_all (LwTestBus *bus, LwServoIdentity *identities)
{
  for (size_t i = 0; i < bus->n; i++)
    g_assert_cmpint (bus->servos->klass->identify (bus->servos, i, &identities[i], test_bus_now (bus) + SLOW), ==, LW_BUS_OK);
}

static void
open_identified (LwTestBus *bus)
{
  LwServoIdentity identities[LW_MAX_JOINTS];
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  open_config (bus, &config);
  identify_all (bus, identities);
}

static void
close_bus (LwTestBus *bus)
{
  test_bus_close (bus);
  g_array_unref (writes);
}

/* What is on the wire has arrived; what was written before is forgotten. */
static void
forget_writes (LwTestBus *bus)
{
  test_bus_wait_until (bus, test_bus_now (bus) + 5 * MS);
  g_array_set_size (writes, 0);
}

static const LwSimPacket *
last_write (LwTestBus *bus)
{
  test_bus_wait_until (bus, test_bus_now (bus) + 5 * MS);
  g_assert_cmpuint (writes->len, >, 0);
  return &g_array_index (writes, LwSimPacket, writes->len - 1);
}

static void
test_abilities (void)
{
  static const uint16_t koch[] = { 1060, 1060, 1200, 1200, 1200, 1200 }, small[] = { 1190, 1190, 1190, 1200, 1200, 1200 };
  static const struct {
    const char     *what;
    const uint16_t *models;
    uint8_t         firmware;
    unsigned        abilities;
    bool            defect;
  } buses[] = {
    { "XM430", NULL, 45, LW_BUS_HAS_WATCHDOG | LW_BUS_HAS_TORQUE, false },
    { "XM430 of old", NULL, 37, LW_BUS_HAS_TORQUE, false },
    { "Koch", koch, 50, LW_BUS_HAS_WATCHDOG, false },
    { "small", small, 52, LW_BUS_HAS_WATCHDOG | LW_BUS_HAS_TORQUE, false },
    { "small with a deaf watchdog", small, 51, LW_BUS_HAS_TORQUE, true },
  };

  for (size_t k = 0; k < G_N_ELEMENTS (buses); k++)
    {
      unsigned always = LW_BUS_HAS_REBOOT | LW_BUS_HAS_STORE | LW_BUS_READS_BACK;
      LwServoIdentity identities[LW_MAX_JOINTS];
      LwSimBusConfig config;
      LwTestBus bus;

      g_test_message ("%s", buses[k].what);
      lw_sim_bus_config_init (&config);
      config.models = buses[k].models;
      config.firmware = buses[k].firmware;
      open_config (&bus, &config);
      g_assert_cmphex (bus.servos->klass->abilities (bus.servos), ==, always);
      identify_all (&bus, identities);
      g_assert_cmphex (bus.servos->klass->abilities (bus.servos), ==, always | buses[k].abilities);
      for (size_t i = 0; i < bus.n; i++)
        {
          const LwDynamixelModel *model = lw_dynamixel_model (buses[k].models != NULL ? buses[k].models[i] : 1020);

          g_assert_cmpstr (identities[i].name, ==, model->name);
          g_assert_cmpfloat (identities[i].supply_min, ==, model->supply_min);
          g_assert_true (identities[i].measures_torque == (model->load_is_torque != 0));
          g_assert_true (identities[i].watchdog_defect == buses[k].defect);
          g_assert_cmpuint (identities[i].firmware, ==, buses[k].firmware);
        }
      g_assert_cmpuint (writes->len, ==, 0);
      close_bus (&bus);
    }
}

static void
test_many_turns (void)
{
  LwServoIdentity identities[LW_MAX_JOINTS];
  LwTestBus bus;

  open_identified (&bus);
  g_assert_cmphex (bus.servos->klass->abilities (bus.servos) & LW_BUS_MANY_TURNS, ==, 0);
  for (uint8_t i = 0; i < bus.n; i++)
    g_assert_cmpint (lw_dynamixel_write_setting (bus.servos->transport, (uint8_t) (i + 1), LW_DXL_OPERATING_MODE, 1,
                                                 i % 2 == 0 ? LW_DXL_MODE_EXTENDED : LW_DXL_MODE_CURRENT_POSITION, test_bus_now (&bus) + SLOW),
                     ==, LW_BUS_OK);
  identify_all (&bus, identities);
  g_assert_cmphex (bus.servos->klass->abilities (bus.servos) & LW_BUS_MANY_TURNS, !=, 0);
  close_bus (&bus);
}

static void
power (LwTestBus *bus, bool on)
{
  double goal[LW_MAX_JOINTS];

  if (on)
    test_bus_power (bus, goal);
  else
    g_assert_cmpint (bus->servos->klass->set_torque (bus->servos, false, test_bus_now (bus) + SLOW), ==, LW_BUS_OK);
}

static void
reboot (LwTestBus *bus, size_t servo)
{
  LwServoIdentity identity;
  int64_t start_ns;

  g_assert_cmpint (bus->servos->klass->reboot (bus->servos, servo, test_bus_now (bus) + SLOW), ==, LW_BUS_OK);
  start_ns = test_bus_now (bus);
  while (bus->servos->klass->identify (bus->servos, servo, &identity, test_bus_now (bus) + 100 * MS) != LW_BUS_OK)
    {
      g_assert_cmpint (test_bus_now (bus) - start_ns, <, 3000 * MS);
      test_bus_wait_until (bus, test_bus_now (bus) + 50 * MS);
    }
  g_assert_cmpuint (identity.hardware_error, ==, 0);
}

static void
test_control (void)
{
  double unit = LW_DXL_XM430_W350_NM_PER_LSB;
  double torque[LW_MAX_JOINTS] = { 0, 10.4 * unit, -3 * unit, 1e9, -1e9, 0.1 }, goal[LW_MAX_JOINTS] = { 0 };
  const LwSimPacket *packet;
  LwServoStored stored;
  LwTestBus bus;
  const LwServoBusClass *klass;

  open_identified (&bus);
  klass = bus.servos->klass;
  g_assert_cmpint (klass->write_torques (bus.servos, torque, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE); /* in position mode */
  power (&bus, true);
  forget_writes (&bus);
  g_assert_cmpint (klass->set_control (bus.servos, true, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus.servos->device_error, ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpuint (writes->len, ==, 0);
  /* Nor while one servo is still powered. */
  lw_sim_bus_fail_servo (bus.sim, 0, LW_DXL_HARDWARE_OVERLOAD);
  g_assert_cmpint (klass->set_control (bus.servos, true, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (writes->len, ==, 0);
  reboot (&bus, 0);

  power (&bus, false);
  g_assert_cmpint (klass->set_control (bus.servos, true, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    {
      g_assert_cmpint (klass->read_stored (bus.servos, i, &stored, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
      g_assert_cmpuint (stored.mode, ==, LW_DXL_MODE_CURRENT);
    }
  /* The goal current, which the change of mode had set to its limit, is zero before anybody switches on. */
  packet = last_write (&bus);
  g_assert_cmpuint (packet->instruction, ==, LW_DYNAMIXEL_SYNC_WRITE);
  g_assert_cmpuint (packet->address, ==, LW_DXL_GOAL_CURRENT);
  for (size_t i = 0; i < bus.n; i++)
    g_assert_cmpuint (lw_dynamixel_get_u16 (packet->params + 4 + 3 * i + 1), ==, 0);

  g_assert_cmpint (klass->write_torques (bus.servos, torque, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  packet = last_write (&bus);
  g_assert_cmpint ((int16_t) lw_dynamixel_get_u16 (packet->params + 5), ==, 0);
  g_assert_cmpint ((int16_t) lw_dynamixel_get_u16 (packet->params + 8), ==, 10);
  g_assert_cmpint ((int16_t) lw_dynamixel_get_u16 (packet->params + 11), ==, -3);
  g_assert_cmpint ((int16_t) lw_dynamixel_get_u16 (packet->params + 14), >, 100);
  g_assert_cmpint ((int16_t) lw_dynamixel_get_u16 (packet->params + 17), <, -100);
  g_assert_cmpint ((int16_t) lw_dynamixel_get_u16 (packet->params + 20), ==, lrint (0.1 / unit));
  forget_writes (&bus);
  torque[2] = NAN;
  g_assert_cmpint (klass->write_torques (bus.servos, torque, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
  g_assert_cmpint (klass->write_goals (bus.servos, goal, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE); /* nothing would come of it */
  test_bus_wait_until (&bus, test_bus_now (&bus) + 5 * MS);
  g_assert_cmpuint (writes->len, ==, 0);

  g_assert_cmpint (klass->set_control (bus.servos, false, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  g_assert_cmpint (klass->read_stored (bus.servos, 3, &stored, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  g_assert_cmpuint (stored.mode, ==, LW_DXL_MODE_POSITION);
  power (&bus, true);
  close_bus (&bus);
}

static LwSimBus *deaf_client; /* hears nothing more once servo 3 was told another mode */

static void
cut_after_mode (const LwSimPacket *packet, void *data)
{
  (void) data;
  if (packet->instruction == LW_DYNAMIXEL_WRITE && packet->id == 3 && packet->address == LW_DXL_OPERATING_MODE)
    lw_sim_bus_set_loss (deaf_client, 1, 0);
}

/* A servo that took its new mode when nobody could hear it say so is not thought to be in the old one: powered in current mode it would run away. */
static void
test_control_half_done (void)
{
  const double zero[LW_MAX_JOINTS] = { 0 };
  LwServoStored stored;
  LwTestBus bus;
  const LwServoBusClass *klass;

  open_identified (&bus);
  klass = bus.servos->klass;
  deaf_client = bus.sim;
  lw_sim_bus_set_tap (bus.sim, cut_after_mode, NULL);
  g_assert_cmpint (klass->set_control (bus.servos, true, test_bus_now (&bus) + SLOW), ==, LW_BUS_TIMEOUT);
  lw_sim_bus_set_tap (bus.sim, note_write, NULL);
  lw_sim_bus_set_loss (bus.sim, 0, 0);
  g_assert_cmpint (klass->read_stored (bus.servos, 2, &stored, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  g_assert_cmpuint (stored.mode, ==, LW_DXL_MODE_CURRENT);
  g_assert_cmpint (klass->write_goals (bus.servos, zero, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
  g_assert_cmpint (klass->write_torques (bus.servos, zero, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);

  g_assert_cmpint (klass->set_control (bus.servos, false, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    {
      g_assert_cmpint (klass->read_stored (bus.servos, i, &stored, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
      g_assert_cmpuint (stored.mode, ==, LW_DXL_MODE_POSITION);
    }
  g_assert_cmpint (klass->write_goals (bus.servos, zero, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  close_bus (&bus);
}

static void
test_no_control (void)
{
  static const uint16_t models[] = { 1060, 1060, 1060, 1060, 1060, 1060 };
  LwServoIdentity identities[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;

  lw_sim_bus_config_init (&config);
  config.models = models;
  open_config (&bus, &config);
  identify_all (&bus, identities);
  g_assert_cmpint (bus.servos->klass->set_control (bus.servos, true, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (writes->len, ==, 0);
  close_bus (&bus);
}

static void
test_reboot (void)
{
  LwServoReading reading[LW_MAX_JOINTS];
  LwServoIdentity identity;
  LwTestBus bus;

  open_identified (&bus);
  lw_sim_bus_fail_servo (bus.sim, 2, LW_DXL_HARDWARE_OVERLOAD);
  g_assert_cmpint (test_bus_read (&bus, reading, SLOW), ==, LW_BUS_OK);
  g_assert_true (reading[2].alert && reading[2].valid && !reading[1].alert);
  g_assert_cmpint (bus.servos->klass->read_health (bus.servos, 2, &identity, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  g_assert_cmpuint (identity.hardware_error, ==, LW_DXL_HARDWARE_OVERLOAD);
  reboot (&bus, 2);
  for (int cycle = 0; cycle < 20; cycle++)
    {
      (void) test_bus_read (&bus, reading, 10 * MS);
      test_bus_wait_until (&bus, test_bus_now (&bus) + 10 * MS);
    }
  g_assert_true (reading[2].valid && !reading[2].alert);
  close_bus (&bus);
}

static void
assert_stored (LwTestBus *bus, size_t servo, double offset, double min, double max)
{
  LwServoStored stored;

  g_assert_cmpint (bus->servos->klass->read_stored (bus->servos, servo, &stored, test_bus_now (bus) + SLOW), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (stored.offset, offset, LW_DXL_RAD_PER_TICK / 2 + 1e-12);
  g_assert_cmpfloat_with_epsilon (stored.min, min, LW_DXL_RAD_PER_TICK / 2 + 1e-12);
  g_assert_cmpfloat_with_epsilon (stored.max, max, LW_DXL_RAD_PER_TICK / 2 + 1e-12);
  g_assert_cmpuint (stored.baud, ==, 1000000);
  g_assert_cmpfloat (stored.return_delay, ==, 0);
  g_assert_false (stored.reversed);
  g_assert_cmpuint (stored.mode, ==, LW_DXL_MODE_POSITION);
}

static void
test_stored (void)
{
  LwServoStored wanted = { .offset = 0.5, .min = -1.2, .max = 1.1 };
  double goal[LW_MAX_JOINTS] = { 0, 0, 0, -3, 0, 0 };
  LwServoReading before[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  const LwSimPacket *packet;
  LwTestBus bus;
  const LwServoBusClass *klass;

  open_identified (&bus);
  klass = bus.servos->klass;
  assert_stored (&bus, 3, 0, -G_PI, G_PI - LW_DXL_RAD_PER_TICK);
  g_assert_cmpint (test_bus_read (&bus, before, SLOW), ==, LW_BUS_OK);
  g_assert_cmpint (klass->write_stored (bus.servos, 3, &wanted, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  assert_stored (&bus, 3, 0.5, -1.2, 1.1);
  g_assert_cmpint (test_bus_read (&bus, after, SLOW), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (after[3].angle - before[3].angle, 0.5, 2 * LW_DXL_RAD_PER_TICK); /* present = encoder + offset */
  g_assert_cmpfloat_with_epsilon (after[2].angle, before[2].angle, LW_DXL_RAD_PER_TICK);

  /* Goals are held within the new range from then on. */
  g_assert_cmpint (klass->write_goals (bus.servos, goal, test_bus_now (&bus) + SLOW), ==, LW_BUS_OK);
  packet = last_write (&bus);
  g_assert_cmpint (lw_dynamixel_get_i32 (packet->params + 4 + 3 * 5 + 1), ==, lrint (2048 - 1.2 / LW_DXL_RAD_PER_TICK));
  close_bus (&bus);
}

static void
test_refused (void)
{
  const struct {
    const char   *what;
    LwServoStored stored;
  } bad[] = {
    { "offset beyond a quarter turn", { .offset = 1025 * LW_DXL_RAD_PER_TICK, .min = -1, .max = 1 } },
    { "offset the other way", { .offset = -1.6, .min = -1, .max = 1 } },
    { "range upside down", { .offset = 0, .min = 1, .max = -1 } },
    { "empty range", { .offset = 0, .min = 1, .max = 1 } },
    { "range beyond a turn", { .offset = 0, .min = -1, .max = 3.2 } },
    { "below", { .offset = 0, .min = -3.2, .max = 1 } },
    { "no number", { .offset = NAN, .min = -1, .max = 1 } },
    { "no range", { .offset = 0, .min = NAN, .max = 1 } },
  };
  LwServoStored good = { .offset = 0.1, .min = -1, .max = 1 };
  LwTestBus bus;

  open_identified (&bus);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i].what);
      g_assert_cmpint (bus.servos->klass->write_stored (bus.servos, 1, &bad[i].stored, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
      g_assert_cmpuint (bus.servos->device_error, ==, LW_DYNAMIXEL_ERROR_LIMIT);
    }
  g_assert_cmpuint (writes->len, ==, 0);
  power (&bus, true);
  forget_writes (&bus);
  g_assert_cmpint (bus.servos->klass->write_stored (bus.servos, 1, &good, test_bus_now (&bus) + SLOW), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus.servos->device_error, ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpuint (writes->len, ==, 0);
  assert_stored (&bus, 1, 0, -G_PI, G_PI - LW_DXL_RAD_PER_TICK);
  close_bus (&bus);
}

/* On a line that loses one reply in ten and damages another it still gets there, or says that it did not. */
static void
test_bad_line (void)
{
  LwTestBus bus;

  open_identified (&bus);
  lw_sim_bus_set_loss (bus.sim, 0.1, 0.1);
  for (int k = 0; k < 40; k++)
    {
      LwServoStored wanted = { .offset = (k - 20) * 0.05, .min = -2 + 0.01 * k, .max = 2 - 0.01 * k };
      size_t servo = (size_t) k % bus.n;

      g_assert_cmpint (bus.servos->klass->write_stored (bus.servos, servo, &wanted, test_bus_now (&bus) + 2 * SLOW), ==, LW_BUS_OK);
      assert_stored (&bus, servo, wanted.offset, wanted.min, wanted.max);
    }
  for (size_t i = 0; i < bus.n; i++)
    {
      const LwBusCounters *one = &bus.servos->servo_counters[i];

      g_assert_cmpuint (one->sent, ==, one->answered + one->lost + one->corrupt + one->overdue);
    }
  g_assert_cmpuint (bus.servos->counters.lost, >, 20);
  g_assert_cmpuint (bus.servos->counters.corrupt, >, 20);
  close_bus (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel-store/abilities", test_abilities);
  g_test_add_func ("/dynamixel-store/many-turns", test_many_turns);
  g_test_add_func ("/dynamixel-store/control", test_control);
  g_test_add_func ("/dynamixel-store/control-half-done", test_control_half_done);
  g_test_add_func ("/dynamixel-store/no-control", test_no_control);
  g_test_add_func ("/dynamixel-store/reboot", test_reboot);
  g_test_add_func ("/dynamixel-store/stored", test_stored);
  g_test_add_func ("/dynamixel-store/refused", test_refused);
  g_test_add_func ("/dynamixel-store/bad-line", test_bad_line);
  return g_test_run ();
}
