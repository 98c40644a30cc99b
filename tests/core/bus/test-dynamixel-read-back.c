/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a Stop is confirmed by: goals, torque and watchdog read back from servos whose tables the test writes, and what the
 * driver makes of a servo that is silent or refuses. */
#include "lw-test-line.h"

static uint8_t tables[3][LW_DXL_TABLE_SIZE];
static bool    dead[3];
static uint8_t error[3]; /* that servo's answer to a read, instead of data */

static void
respond_from_tables (Line *self, const LwDynamixelPacket *request)
{
  static const uint8_t xm430[] = { 0xFC, 0x03, 45 };

  for (size_t i = 0; i < 3; i++)
    {
      uint16_t address;

      if (!dead[i] && request->instruction == LW_DYNAMIXEL_PING && request->id == three_ids[i])
        reply (self, 300 * US, three_ids[i], 0, xm430, sizeof xm430);
      if (dead[i] || request->n_params < 4 || !asks_for (request, three_ids[i]))
        continue;
      address = lw_dynamixel_get_u16 (request->params);
      if (error[i] != 0)
        reply (self, (int64_t) (i + 1) * 300 * US, three_ids[i], error[i], NULL, 0);
      else
        reply (self, (int64_t) (i + 1) * 300 * US, three_ids[i], 0, tables[i] + address, length_of (request));
    }
}

static LwServoBus *
open_tables (Line *line)
{
  LwServoBus *bus = line_open (line, respond_from_tables);

  memset (tables, 0, sizeof tables);
  memset (dead, 0, sizeof dead);
  memset (error, 0, sizeof error);
  return bus;
}

static void
put (size_t servo, uint16_t address, uint16_t size, int32_t value)
{
  lw_dynamixel_put (tables[servo] + address, size, (uint32_t) value);
}

static void
test_goals (void)
{
  double angle[3] = { 9, 9, 9 };
  Line line;
  LwServoBus *bus = open_tables (&line);

  put (0, LW_DXL_GOAL_POSITION, 4, 2048);
  put (1, LW_DXL_GOAL_POSITION, 4, -2048);
  put (2, LW_DXL_GOAL_POSITION, 4, 4096);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, line.clock.now_ns + 50 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (angle[0], ==, 0);
  g_assert_cmpfloat_with_epsilon (angle[1], -2 * G_PI, 1e-12);
  g_assert_cmpfloat_with_epsilon (angle[2], G_PI, 1e-12);
  dead[2] = true;
  g_assert_cmpint (bus->klass->read_goals (bus, angle, line.clock.now_ns + 100 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpfloat (angle[0], ==, 0);
  g_assert_true (isnan (angle[2]));
  line.clock.now_ns += 200 * MS;
  dead[2] = false;
  error[1] = LW_DYNAMIXEL_ERROR_ACCESS;
  g_assert_cmpint (bus->klass->read_goals (bus, angle, line.clock.now_ns + 100 * MS), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus->device_error, ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_true (isnan (angle[1]));
  lw_servo_bus_free (bus);
}

/* 0 is off; written only with an answer from all. */
static void
test_torque (void)
{
  bool on[3] = { false, true, false };
  Line line;
  LwServoBus *bus = open_tables (&line);

  put (0, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (2, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (bus->klass->get_torque (bus, on, line.clock.now_ns + 50 * MS), ==, LW_BUS_OK);
  g_assert_true (on[0] && !on[1] && on[2]);
  on[1] = true;
  dead[2] = true;
  g_assert_cmpint (bus->klass->get_torque (bus, on, line.clock.now_ns + 100 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_true (on[0] && on[1] && on[2]);
  lw_servo_bus_free (bus);
}

/* -1 alone is triggered; what is armed, whatever its time, is not. */
static void
test_watchdog (void)
{
  static const struct {
    uint8_t value;
    bool    triggered;
  } cases[] = { { 0, false }, { 1, false }, { 127, false }, { 255, true } };
  bool triggered[3];
  Line line;
  LwServoBus *bus = open_tables (&line);

  for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      put (1, LW_DXL_BUS_WATCHDOG, 1, cases[k].value);
      triggered[1] = !cases[k].triggered;
      g_assert_cmpint (bus->klass->get_watchdog (bus, triggered, line.clock.now_ns + 50 * MS), ==, LW_BUS_OK);
      g_assert_true (triggered[1] == cases[k].triggered);
      g_assert_false (triggered[0] || triggered[2]);
    }
  triggered[1] = false;
  dead[0] = true;
  g_assert_cmpint (bus->klass->get_watchdog (bus, triggered, line.clock.now_ns + 100 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_false (triggered[0] || triggered[1] || triggered[2]);
  lw_servo_bus_free (bus);
}

/* What pulls the other way has the other sign; the words beside it are not part of it. */
static void
test_signs (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = open_tables (&line);

  put (0, LW_DXL_PRESENT_CURRENT, 2, -100);
  put (0, LW_DXL_PRESENT_VELOCITY, 4, -200);
  put (0, LW_DXL_PRESENT_POSITION, 4, -1);
  put (1, LW_DXL_PRESENT_CURRENT, 2, 100);
  g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (reading[0].load, -0.1, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading[0].velocity, -200 * LW_DXL_RAD_S_PER_LSB, 1e-9);
  g_assert_cmpfloat_with_epsilon (reading[0].angle, -2049 * LW_DXL_RAD_PER_TICK, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading[1].load, 0.1, 1e-12);
  lw_servo_bus_free (bus);
}

/* Of many turns a goal is held within what the servo understands, either way. */
static void
test_extended_limits (void)
{
  const double goal[3] = { 1e9, -1e9, 30 };
  const LwDynamixelPacket *packet;
  LwServoIdentity identity;
  Line line;
  LwServoBus *bus = open_tables (&line);

  for (size_t i = 0; i < 3; i++)
    {
      put (i, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_EXTENDED);
      put (i, LW_DXL_MAX_POSITION, 4, 3000);
      g_assert_cmpint (bus->klass->identify (bus, i, &identity, line.clock.now_ns + 100 * MS), ==, LW_BUS_OK);
    }
  g_assert_cmpint (bus->klass->write_goals (bus, goal, line.clock.now_ns + MS), ==, LW_BUS_OK);
  packet = &line.requests[(line.n_requests - 1) % G_N_ELEMENTS (line.requests)];
  g_assert_cmpuint (packet->instruction, ==, LW_DYNAMIXEL_SYNC_WRITE);
  g_assert_cmpint (lw_dynamixel_get_i32 (packet->params + 5), ==, 1048575);
  g_assert_cmpint (lw_dynamixel_get_i32 (packet->params + 10), ==, -1048575);
  g_assert_cmpint (lw_dynamixel_get_i32 (packet->params + 15), ==, lrint (2048 + 30 / LW_DXL_RAD_PER_TICK));
  lw_servo_bus_free (bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel-read-back/goals", test_goals);
  g_test_add_func ("/dynamixel-read-back/torque", test_torque);
  g_test_add_func ("/dynamixel-read-back/watchdog", test_watchdog);
  g_test_add_func ("/dynamixel-read-back/signs", test_signs);
  g_test_add_func ("/dynamixel-read-back/extended-limits", test_extended_limits);
  return g_test_run ();
}
