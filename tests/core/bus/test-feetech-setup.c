/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "feetech-servos.h"
#include "lw-feetech-setup.h"

static LwBusStatus
ping (FeetechServos *servos, uint8_t id, LwServoIdentity *out, unsigned *delay_us, bool *doubled)
{
  return lw_feetech_ping (&servos->line.base, id, out, delay_us, doubled, test_servos_in (servos, 300 * MS));
}

static void
test_ping (void)
{
  for (int echo = 0; echo < 2; echo++)
    {
      LwServoIdentity identity = { 0 };
      unsigned delay_us = 0;
      bool doubled = true;
      FeetechServos servos;

      test_servos_init (&servos);
      servos.echo = echo;
      servos.status = LW_FEETECH_STATUS_VOLTAGE; /* as the echo of a real ping would look */
      g_assert_cmpint (ping (&servos, 12, &identity, &delay_us, &doubled), ==, LW_BUS_OK);
      g_assert_cmpuint (identity.id, ==, 12);
      g_assert_cmpstr (identity.name, ==, "STS3215");
      g_assert_cmpuint (identity.firmware, ==, 3);
      g_assert_cmpfloat_with_epsilon (identity.voltage, 11.9, 1e-9);
      g_assert_cmpuint (identity.hardware_error, ==, LW_FEETECH_STATUS_VOLTAGE);
      g_assert_cmpuint (delay_us, ==, 500);
      g_assert_false (doubled);
      g_assert_cmpint (ping (&servos, 14, &identity, &delay_us, &doubled), ==, LW_BUS_TIMEOUT);
      g_assert_false (doubled);
      for (size_t i = 0; i < servos.n_requests; i++)
        g_assert_cmpuint (servos.requests[i].code, ==, LW_FEETECH_READ);
      servos.line.gone = true;
      g_assert_cmpint (ping (&servos, 12, &identity, &delay_us, &doubled), ==, LW_BUS_GONE);
    }
}

/* Nobody there: one short wait, so that a scan of 253 ids is a matter of seconds. */
static void
test_ping_is_quick (void)
{
  LwServoIdentity identity;
  unsigned delay_us;
  bool doubled;
  int64_t start_ns;
  FeetechServos servos;

  test_servos_init (&servos);
  start_ns = test_servos_in (&servos, 0);
  g_assert_cmpint (ping (&servos, 99, &identity, &delay_us, &doubled), ==, LW_BUS_TIMEOUT);
  g_assert_cmpuint (servos.n_requests, ==, 1);
  g_assert_cmpint (test_servos_in (&servos, 0) - start_ns, <, 35 * MS);
}

/* Two servos with one id: both answer, one after the other, or over each other. */
static void
respond_doubled (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;
  size_t first = line->n_waiting;

  self->tables[1][LW_FEETECH_ID] = 11;
  test_servos_respond (line, bytes, n);
  if (line->n_waiting == first)
    return;
  if (self->stage == 0)
    {
      uint8_t again[64];
      size_t n_again = line->waiting[first].n;

      memcpy (again, line->waiting[first].bytes, n_again);
      scripted_send (line, 900 * US, again, n_again);
    }
  else
    {
      const uint8_t *other = self->tables[1] + self->requests[(self->n_requests - 1) % G_N_ELEMENTS (self->requests)].params[0];

      for (size_t i = 5; i < line->waiting[first].n; i++) /* open drain: zeros win */
        line->waiting[first].bytes[i] &= i + 1 < line->waiting[first].n ? other[i - 5] : 0x5A;
    }
}

static void
test_doubled (void)
{
  for (int stage = 0; stage < 2; stage++)
    {
      LwServoIdentity identity;
      unsigned delay_us;
      bool doubled = false;
      FeetechServos servos;

      test_servos_init (&servos);
      servos.line.respond = respond_doubled;
      servos.stage = stage;
      g_assert_cmpint (ping (&servos, 11, &identity, &delay_us, &doubled), ==, stage == 0 ? LW_BUS_OK : LW_BUS_CORRUPT);
      g_assert_true (doubled);
    }
}

static LwBusStatus
write_setting (FeetechServos *servos, uint8_t id, uint8_t address, uint8_t size, uint16_t value)
{
  return lw_feetech_write_setting (&servos->line.base, id, address, size, value, test_servos_in (servos, 3000 * MS));
}

static void
test_setting (void)
{
  FeetechServos servos;

  test_servos_init (&servos);
  g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_RETURN_DELAY, 1, 0), ==, LW_BUS_OK);
  g_assert_cmpuint (servos.kept[1][LW_FEETECH_RETURN_DELAY], ==, 0);
  g_assert_cmpuint (servos.kept[0][LW_FEETECH_RETURN_DELAY], ==, 250);
  g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_MAX_TORQUE, 2, 500), ==, LW_BUS_OK);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.kept[1] + LW_FEETECH_MAX_TORQUE), ==, 500);
  g_assert_cmpuint (servos.tables[1][LW_FEETECH_LOCK], ==, 1);
  servos.tables[1][LW_FEETECH_TORQUE_ENABLE] = 1;
  g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_RETURN_DELAY, 1, 10), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (servos.kept[1][LW_FEETECH_RETURN_DELAY], ==, 0);
  g_assert_cmpint (write_setting (&servos, 99, LW_FEETECH_RETURN_DELAY, 1, 10), ==, LW_BUS_TIMEOUT);
}

/* The reply to a new id comes under the old one, the new one, or not at all; a request gets lost: in the end the servo is known by its new id, and keeps it. */
static bool
spoil_id (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  bool is_word = *n == LW_FEETECH_OVERHEAD;

  if (is_word && self->tables[servo][LW_FEETECH_ID] == 42 && self->stage == 1)
    *n = lw_feetech_build_status (bytes, 64, 12, 0, NULL, 0);
  return !(is_word && self->stage == 2) && (int) k != self->stage - 10;
}

static void
test_id (void)
{
  for (int stage = 0; stage < 20; stage++)
    for (int echo = 0; echo < 2; echo++)
      {
        FeetechServos servos;

        test_servos_init (&servos);
        servos.spoil = spoil_id;
        servos.stage = stage;
        servos.echo = echo;
        g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_ID, 1, 42), ==, LW_BUS_OK);
        g_assert_cmpuint (servos.kept[1][LW_FEETECH_ID], ==, 42);
        g_assert_cmpuint (servos.tables[1][LW_FEETECH_LOCK], ==, 1);
        g_assert_cmpuint (servos.kept[0][LW_FEETECH_ID], ==, 11);
      }
}

static void
respond_but_once (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;

  if ((int) self->line.n_writes != self->stage)
    test_servos_respond (line, bytes, n);
}

static void
test_baud (void)
{
  for (int unheard = 0; unheard < 10; unheard++)
    {
      FeetechServos servos;

      test_servos_init (&servos);
      servos.line.respond = respond_but_once;
      servos.stage = unheard;
      g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_BAUD, 1, 4), ==, LW_BUS_OK);
      g_assert_cmpuint (servos.kept[1][LW_FEETECH_BAUD], ==, 4);
      g_assert_cmpuint (servos.line.base.baud, ==, 115200);
      g_assert_cmpuint (servos.tables[1][LW_FEETECH_LOCK], ==, 1);
    }
}

/* A speed the line cannot do is not written: the servo would be lost. */
static void
test_impossible_baud (void)
{
  FeetechServos servos;

  test_servos_init (&servos);
  g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_BAUD, 1, 5), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (servos.n_heard, ==, 0);
  g_assert_cmpuint (servos.line.base.baud, ==, 1000000);
}

/* A servo that does not take the speed: found where it was, the line as it was. */
static void
respond_at_one_speed (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;

  test_servos_respond (line, bytes, n);
  self->baud[1] = 1000000;
  self->tables[1][LW_FEETECH_BAUD] = 0;
}

static void
test_stubborn_baud (void)
{
  FeetechServos servos;

  test_servos_init (&servos);
  servos.line.respond = respond_at_one_speed;
  g_assert_cmpint (write_setting (&servos, 12, LW_FEETECH_BAUD, 1, 4), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (servos.line.base.baud, ==, 1000000);
  g_assert_cmpuint (servos.tables[1][LW_FEETECH_LOCK], ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feetech-setup/ping", test_ping);
  g_test_add_func ("/feetech-setup/ping-is-quick", test_ping_is_quick);
  g_test_add_func ("/feetech-setup/doubled", test_doubled);
  g_test_add_func ("/feetech-setup/setting", test_setting);
  g_test_add_func ("/feetech-setup/id", test_id);
  g_test_add_func ("/feetech-setup/baud", test_baud);
  g_test_add_func ("/feetech-setup/impossible-baud", test_impossible_baud);
  g_test_add_func ("/feetech-setup/stubborn-baud", test_stubborn_baud);
  return g_test_run ();
}
