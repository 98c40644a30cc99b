/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "feetech-servos.h"
#include "lw-servo-bus.h"

#define TICK LW_FEETECH_RAD_PER_TICK

static void
test_identify (void)
{
  LwServoIdentity identity = { 0 };
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  servos.tables[1][LW_FEETECH_STATUS] = LW_FEETECH_STATUS_OVERLOAD;
  servos.status = LW_FEETECH_STATUS_HEAT;
  g_assert_cmpint (bus->klass->identify (bus, 1, &identity, test_servos_in (&servos, 500 * MS)), ==, LW_BUS_OK);
  g_assert_cmpuint (identity.id, ==, 12);
  g_assert_cmpuint (identity.model, ==, LW_FEETECH_MODEL_STS3215);
  g_assert_cmpuint (identity.firmware, ==, 3);
  g_assert_cmpuint (identity.firmware_minor, ==, 10);
  g_assert_cmpstr (identity.name, ==, "STS3215");
  g_assert_cmpfloat_with_epsilon (identity.voltage, 11.9, 1e-9);
  g_assert_cmpfloat (identity.temperature, ==, 31);
  g_assert_cmphex (identity.hardware_error, ==, LW_FEETECH_STATUS_OVERLOAD | LW_FEETECH_STATUS_HEAT);
  for (size_t i = 0; i < servos.n_requests; i++)
    g_assert_cmpuint (servos.requests[i].code, ==, LW_FEETECH_READ);
  lw_servo_bus_free (bus);
}

/* Big endian servos are refused with a word, whichever way their model number is read; what is merely unknown is not. */
static void
test_models (void)
{
  static const struct { uint8_t order, low, high; LwBusStatus status; uint16_t model; const char *name; } cases[] = {
    { 0, 0x09, 0x0B, LW_BUS_OK, 2825, "STS3250" },
    { 0, 0x08, 0x2C, LW_BUS_OK, 11272, "SM8512BL" },
    { 0, 0x39, 0x30, LW_BUS_OK, 12345, "Feetech model 12345" },
    { 0, 0x04, 0x05, LW_BUS_DEVICE, 1284, "SCS0009" },
    { 0, 0x05, 0x04, LW_BUS_DEVICE, 1284, "SCS0009" },
    { 1, 0x05, 0x04, LW_BUS_DEVICE, 1284, "SCS0009" },
    { 1, 0x39, 0x30, LW_BUS_DEVICE, 12345, "Feetech model 12345" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwServoIdentity identity = { 0 };
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.tables[0][LW_FEETECH_BYTE_ORDER] = cases[i].order;
      servos.tables[0][LW_FEETECH_MODEL] = cases[i].low;
      servos.tables[0][LW_FEETECH_MODEL + 1] = cases[i].high;
      g_assert_cmpint (bus->klass->identify (bus, 0, &identity, test_servos_in (&servos, 500 * MS)), ==, cases[i].status);
      g_assert_cmpuint (identity.model, ==, cases[i].model);
      g_assert_cmpstr (identity.name, ==, cases[i].name);
      if (cases[i].status == LW_BUS_DEVICE)
        g_assert_nonnull (strstr (lw_feetech_error_text (bus->device_error), "not supported"));
      lw_servo_bus_free (bus);
    }
}

/* present = encoder - offset word; what the header calls the offset is added. */
static void
test_read_stored (void)
{
  LwServoStored stored;
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  lw_feetech_put_u16 (servos.tables[2] + LW_FEETECH_OFFSET, lw_feetech_sign_magnitude (-85, LW_FEETECH_OFFSET_SIGN));
  lw_feetech_put_u16 (servos.tables[2] + LW_FEETECH_MIN_POSITION, 1024);
  lw_feetech_put_u16 (servos.tables[2] + LW_FEETECH_MAX_POSITION, 3072);
  servos.tables[2][LW_FEETECH_PHASE] |= LW_FEETECH_PHASE_FEEDBACK;
  servos.tables[2][LW_FEETECH_BAUD] = 4;
  servos.tables[2][LW_FEETECH_MODE] = LW_FEETECH_MODE_SPEED;
  g_assert_cmpint (bus->klass->read_stored (bus, 2, &stored, test_servos_in (&servos, 500 * MS)), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (stored.offset, 85 * TICK, 1e-12);
  g_assert_cmpfloat_with_epsilon (stored.min, -1024 * TICK, 1e-12);
  g_assert_cmpfloat_with_epsilon (stored.max, 1024 * TICK, 1e-12);
  g_assert_true (stored.reversed);
  g_assert_cmpuint (stored.mode, ==, LW_FEETECH_MODE_SPEED);
  g_assert_cmpfloat_with_epsilon (stored.return_delay, 500e-6, 1e-12);
  g_assert_cmpuint (stored.baud, ==, 115200);
  servos.tables[2][LW_FEETECH_BAUD] = 99;
  g_assert_cmpint (bus->klass->read_stored (bus, 2, &stored, test_servos_in (&servos, 500 * MS)), ==, LW_BUS_OK);
  g_assert_cmpuint (stored.baud, ==, 0);
  lw_servo_bus_free (bus);
}

static uint16_t
kept_word (const FeetechServos *servos, size_t servo, uint8_t address)
{
  return lw_feetech_get_u16 (servos->kept[servo] + address);
}

/* What is kept was written with the lock open, and it is closed again. */
static void
test_write_stored (void)
{
  LwServoStored stored = { .offset = 85 * TICK, .min = -1024 * TICK, .max = 1000 * TICK, .mode = 3 }, again;
  double goal[3] = { 3, 3, 3 };
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  g_assert_cmpint (bus->klass->write_stored (bus, 0, &stored, test_servos_in (&servos, 1000 * MS)), ==, LW_BUS_OK);
  g_assert_cmphex (kept_word (&servos, 0, LW_FEETECH_OFFSET), ==, 0x800 | 85);
  g_assert_cmpuint (kept_word (&servos, 0, LW_FEETECH_MIN_POSITION), ==, 1024);
  g_assert_cmpuint (kept_word (&servos, 0, LW_FEETECH_MAX_POSITION), ==, 3048);
  g_assert_cmpuint (servos.kept[0][LW_FEETECH_MODE], ==, 0);
  g_assert_cmpuint (servos.tables[0][LW_FEETECH_LOCK], ==, 1);
  for (size_t i = 1; i < 3; i++)
    g_assert_cmpuint (kept_word (&servos, i, LW_FEETECH_OFFSET), ==, 0);
  g_assert_cmpint (bus->klass->read_stored (bus, 0, &again, test_servos_in (&servos, 500 * MS)), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (again.offset, stored.offset, 1e-12);
  g_assert_cmpfloat_with_epsilon (again.max, stored.max, 1e-12);
  /* The new limits hold at once. */
  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_OK);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[0] + LW_FEETECH_GOAL_POSITION), ==, 3048);
  assert_books (bus);
  lw_servo_bus_free (bus);
}

/* Offsets count modulo a turn; half a turn has no word, nor have limits outside the turn. */
static void
test_what_can_be_stored (void)
{
  static const struct { double offset, min, max; int32_t ticks; bool possible; } cases[] = {
    { 0, -2048, 2047, 0, true },
    { 2047, -2048, 2047, -2047, true },
    { -2047, -2048, 2047, 2047, true },
    { 2049, -2048, 2047, 2047, true },
    { -2049, -2048, 2047, -2047, true },
    { 4096 + 5, -2048, 2047, -5, true },
    { 2048, -2048, 2047, 0, false },
    { -2048, -2048, 2047, 0, false },
    { NAN, -2048, 2047, 0, false },
    { INFINITY, -2048, 2047, 0, false },
    { 0, -2049, 2047, 0, false },
    { 0, -2048, 2048, 0, false },
    { 0, 100, 100, 0, false },
    { 0, 100, -100, 0, false },
    { 0, NAN, 2047, 0, false },
    { 0, -2048, NAN, 0, false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwServoStored stored = { .offset = cases[i].offset * TICK, .min = cases[i].min * TICK, .max = cases[i].max * TICK };
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);
      LwBusStatus status = bus->klass->write_stored (bus, 0, &stored, test_servos_in (&servos, 1000 * MS));

      g_assert_cmpint (status, ==, cases[i].possible ? LW_BUS_OK : LW_BUS_DEVICE);
      if (cases[i].possible)
        g_assert_cmpint (lw_feetech_offset (kept_word (&servos, 0, LW_FEETECH_OFFSET)), ==, cases[i].ticks);
      else
        {
          g_assert_cmpuint (bus->device_error, ==, LW_FEETECH_REFUSED_RANGE);
          g_assert_cmpuint (servos.n_requests, ==, 0);
        }
      lw_servo_bus_free (bus);
    }
}

/* With torque on nothing is written, damping included. */
static void
test_torque_on (void)
{
  LwServoStored stored = { .offset = 85 * TICK, .min = -1024 * TICK, .max = 1000 * TICK };

  for (uint8_t torque = 1; torque <= 2; torque++)
    {
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.tables[0][LW_FEETECH_TORQUE_ENABLE] = torque;
      g_assert_cmpint (bus->klass->write_stored (bus, 0, &stored, test_servos_in (&servos, 1000 * MS)), ==, LW_BUS_DEVICE);
      g_assert_cmpuint (bus->device_error, ==, LW_FEETECH_REFUSED_TORQUE);
      g_assert_cmpuint (servos.n_heard, ==, 0);
      lw_servo_bus_free (bus);
    }
}

/* Every single reply lost, damaged or late, every single request unheard: the values are there in the end, and kept. */
typedef enum { LOST, DAMAGED, LATE, N_HARMS } Harm;

static bool
spoil_one (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  if (k != (size_t) self->stage / 10)
    return true;
  if (self->stage % 10 == DAMAGED)
    bytes[*n - 1] ^= 0x04;
  if (self->stage % 10 == LATE)
    *after_ns = 40 * MS;
  return self->stage % 10 != LOST;
}

static void
respond_but_once (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;

  if (self->n_requests++ != (size_t) self->stage)
    {
      self->n_requests--;
      test_servos_respond (line, bytes, n);
    }
}

static void
assert_stored (FeetechServos *servos, LwServoBus *bus)
{
  LwServoStored stored = { .offset = -300 * TICK, .min = -1024 * TICK, .max = 1000 * TICK };

  g_assert_cmpint (bus->klass->write_stored (bus, 0, &stored, test_servos_in (servos, 3000 * MS)), ==, LW_BUS_OK);
  g_assert_cmphex (kept_word (servos, 0, LW_FEETECH_OFFSET), ==, 300);
  g_assert_cmpuint (kept_word (servos, 0, LW_FEETECH_MIN_POSITION), ==, 1024);
  g_assert_cmpuint (kept_word (servos, 0, LW_FEETECH_MAX_POSITION), ==, 3048);
  g_assert_cmpuint (servos->tables[0][LW_FEETECH_LOCK], ==, 1);
  assert_books (bus);
}

static void
test_write_stored_in_trouble (void)
{
  for (int k = 0; k < 9; k++)
    for (int harm = 0; harm < N_HARMS; harm++)
      for (int echo = 0; echo < 2; echo++)
        {
          FeetechServos servos;
          LwServoBus *bus = test_servos_open (&servos);

          servos.spoil = spoil_one;
          servos.stage = 10 * k + harm;
          servos.echo = echo;
          assert_stored (&servos, bus);
          g_assert_cmpuint (servos.n_replies, >=, 9);
          lw_servo_bus_free (bus);
        }
  for (int k = 0; k < 9; k++)
    {
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.line.respond = respond_but_once;
      servos.stage = k;
      assert_stored (&servos, bus);
      lw_servo_bus_free (bus);
    }
}

/* A servo that does not keep what it is told. */
static void
respond_stubbornly (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;

  test_servos_respond (line, bytes, n);
  lw_feetech_put_u16 (self->tables[0] + LW_FEETECH_MAX_POSITION, 4095);
}

static void
test_another_value (void)
{
  LwServoStored stored = { .offset = 85 * TICK, .min = -1024 * TICK, .max = 1000 * TICK };
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  servos.line.respond = respond_stubbornly;
  g_assert_cmpint (bus->klass->write_stored (bus, 0, &stored, test_servos_in (&servos, 1000 * MS)), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus->device_error, ==, LW_FEETECH_REFUSED_VALUE);
  g_assert_cmpuint (servos.tables[0][LW_FEETECH_LOCK], ==, 1);
  lw_servo_bus_free (bus);
}

static void
test_texts (void)
{
  for (unsigned code = 1; code < 256; code++)
    g_assert_cmpstr (lw_feetech_error_text ((uint8_t) code), !=, lw_feetech_error_text (0));
  g_assert_cmpstr (lw_feetech_error_text (LW_FEETECH_STATUS_OVERLOAD), ==, "the servo is overloaded");
  g_assert_cmpstr (lw_feetech_error_text (LW_FEETECH_STATUS_VOLTAGE | LW_FEETECH_STATUS_HEAT), ==, "the servo is too hot");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feetech-store/identify", test_identify);
  g_test_add_func ("/feetech-store/models", test_models);
  g_test_add_func ("/feetech-store/read", test_read_stored);
  g_test_add_func ("/feetech-store/write", test_write_stored);
  g_test_add_func ("/feetech-store/what-can-be-stored", test_what_can_be_stored);
  g_test_add_func ("/feetech-store/torque-on", test_torque_on);
  g_test_add_func ("/feetech-store/write-in-trouble", test_write_stored_in_trouble);
  g_test_add_func ("/feetech-store/another-value", test_another_value);
  g_test_add_func ("/feetech-store/texts", test_texts);
  return g_test_run ();
}
