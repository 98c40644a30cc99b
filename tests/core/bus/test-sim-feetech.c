/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated STS3215 servos: what they are told, what they keep, and how they count. */
#include "lw-test-feetech.h"

/* --- instructions --------------------------------------------------------------------------------------------------------------- */

/* The maker's own examples. */
static void
test_examples (void)
{
  static const uint8_t ping[] = { 0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB }, pong[] = { 0xFF, 0xFF, 0x01, 0x02, 0x00, 0xFC };
  static const uint8_t calibrate[] = { 0xFF, 0xFF, 0x01, 0x04, 0x0B, 0x00, 0x04, 0xEB };
  static const uint8_t read_position[] = { 0xFF, 0xFF, 0x01, 0x04, 0x02, 0x38, 0x02, 0xBE };
  static const uint8_t at_1024[] = { 0xFF, 0xFF, 0x01, 0x04, 0x00, 0x00, 0x04, 0xF6 };
  static const uint8_t goal[] = { 0xFF, 0xFF, 0x01, 0x09, 0x04, 0x2A, 0x00, 0x08, 0x00, 0x00, 0xE8, 0x03, 0xD4 };
  static const uint8_t action[] = { 0xFF, 0xFF, 0xFE, 0x02, 0x05, 0xFA };
  Rig rig;

  rig_open (&rig);
  say_bytes (&rig, ping, sizeof ping);
  expect_bytes (&rig, pong, sizeof pong);
  say_bytes (&rig, calibrate, sizeof calibrate);
  expect_bytes (&rig, pong, sizeof pong);
  say_bytes (&rig, read_position, sizeof read_position);
  expect_bytes (&rig, at_1024, sizeof at_1024);
  say_bytes (&rig, goal, sizeof goal);
  expect_bytes (&rig, pong, sizeof pong);
  g_assert_cmpuint (get (&rig, 1, 64, 1), ==, 1);
  g_assert_cmpuint (get (&rig, 1, 46, 2), ==, 0);
  say_bytes (&rig, action, sizeof action);
  expect_silence (&rig);
  g_assert_cmpuint (get (&rig, 1, 64, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 42, 2), ==, 2048);
  g_assert_cmpuint (get (&rig, 1, 46, 2), ==, 1000);
  rig_close (&rig);
}

static void
test_identity (void)
{
  Rig rig;

  rig_open (&rig);
  for (uint8_t id = 1; id <= 6; id++)
    {
      g_assert_cmpuint (get (&rig, id, 3, 2), ==, 777);
      g_assert_cmpuint (get (&rig, id, 5, 1), ==, id);
      g_assert_cmpuint (get (&rig, id, 0, 1), ==, 3);
      g_assert_cmpuint (get (&rig, id, 1, 1), ==, 10);
      g_assert_cmpuint (get (&rig, id, 55, 1), ==, 1);
    }
  rig_close (&rig);
}

/* Damage of any kind, another's id, and what is no instruction: silence, and the next request is answered. */
static void
test_silence (void)
{
  static const uint8_t ping[] = { 0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB };
  Rig rig;

  rig_open (&rig);
  for (size_t bit = 8 * 2; bit < 8 * sizeof ping; bit++)
    {
      uint8_t bytes[sizeof ping];

      memcpy (bytes, ping, sizeof ping);
      bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
      say_bytes (&rig, bytes, sizeof bytes);
      expect_silence (&rig);
      say_bytes (&rig, (const uint8_t[256]){ 0 }, 256); /* whatever it waited for has come */
      expect_silence (&rig);
      g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
    }
  say (&rig, 77, 0x01, 0, NULL);
  expect_silence (&rig);
  say (&rig, 1, 0x42, 0, NULL);
  expect_silence (&rig);
  say (&rig, 0xFE, 0x02, 2, (const uint8_t[]){ 56, 2 });
  expect_silence (&rig);
  lw_sim_bus_set_missing (rig.bus.sim, 0, true);
  say (&rig, 1, 0x01, 0, NULL);
  expect_silence (&rig);
  rig_close (&rig);
}

static void
test_sync_read (void)
{
  static const uint8_t all[] = { 56, 2, 1, 2, 3, 4, 5, 6 };
  Status status[8];
  int64_t t_ns;
  Rig rig;

  rig_open (&rig);
  say (&rig, 0xFE, 0x82, sizeof all, all);
  t_ns = rig.bus.clock.now_ns;
  g_assert_cmpuint (hear (&rig, status, 8), ==, 6);
  for (uint8_t i = 0; i < 6; i++)
    {
      g_assert_cmpuint (status[i].id, ==, i + 1);
      g_assert_cmpuint (status[i].n, ==, 2);
    }
  g_assert_cmpint (rig.bus.clock.now_ns - t_ns, ==, 20 * MS); /* hear() waited; the bytes were there before */

  /* Behind a servo that is gone the others go on, or, as some say, do not. */
  lw_sim_bus_set_missing (rig.bus.sim, 2, true);
  say (&rig, 0xFE, 0x82, sizeof all, all);
  g_assert_cmpuint (hear (&rig, status, 8), ==, 5);
  g_assert_cmpuint (status[2].id, ==, 4);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_SYNC_STOPS);
  say (&rig, 0xFE, 0x82, sizeof all, all);
  g_assert_cmpuint (hear (&rig, status, 8), ==, 2);
  rig_close (&rig);
}

static void
test_ping_all (void)
{
  Status status[8];
  Rig rig;

  rig_open (&rig);
  say (&rig, 0xFE, 0x01, 0, NULL);
  g_assert_cmpuint (hear (&rig, status, 8), ==, 6);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_PINGS_COLLIDE);
  say (&rig, 0xFE, 0x01, 0, NULL);
  listen_for (&rig);
  g_assert_cmpuint (rig.n_heard, ==, 6);
  g_assert_cmpuint (rig.heard[2], ==, 1 & 2 & 3 & 4 & 5 & 6);
  rig_close (&rig);
}

static void
test_response_level (void)
{
  Rig rig;

  rig_open (&rig);
  put8 (&rig, 1, 55, 0);
  put8 (&rig, 1, 41, 7);
  say (&rig, 1, 0x03, 2, (const uint8_t[]){ 8, 0 });
  expect_silence (&rig);
  say (&rig, 1, 0x03, 2, (const uint8_t[]){ 41, 9 });
  expect_silence (&rig);
  g_assert_cmpuint (get (&rig, 1, 41, 1), ==, 9);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  rig_close (&rig);
}

/* 2 us a unit, before every reply. */
static void
test_return_delay (void)
{
  int64_t waited_ns[2];
  Rig rig;

  rig_open (&rig);
  for (int i = 0; i < 2; i++)
    {
      uint8_t bytes[16];
      size_t got = 0;
      int64_t t_ns;

      put8 (&rig, 1, 7, i == 0 ? 0 : 250);
      say (&rig, 1, 0x01, 0, NULL);
      t_ns = rig.bus.clock.now_ns;
      g_assert_cmpint (rig.transport->klass->read (rig.transport, bytes, sizeof bytes, &got, t_ns + 20 * MS), ==, LW_IO_OK);
      waited_ns[i] = rig.bus.clock.now_ns - t_ns;
    }
  g_assert_cmpint (waited_ns[1] - waited_ns[0], ==, 500000);
  rig_close (&rig);
}

/* --- memory --------------------------------------------------------------------------------------------------------------------- */

static void
test_lock (void)
{
  Rig rig;

  rig_open (&rig);
  put8 (&rig, 1, 21, 16); /* locked */
  put8 (&rig, 1, 55, 0);
  put16 (&rig, 1, 16, 500);
  put8 (&rig, 1, 85, 254);
  put8 (&rig, 1, 55, 1);
  put8 (&rig, 1, 40, 1);
  put8 (&rig, 1, 41, 99);
  g_assert_cmpuint (get (&rig, 1, 21, 1), ==, 16);
  g_assert_cmpuint (get (&rig, 1, 48, 2), ==, 1000);
  restart (&rig, 1);
  g_assert_cmpuint (get (&rig, 1, 21, 1), ==, 32);
  g_assert_cmpuint (get (&rig, 1, 16, 2), ==, 500);
  g_assert_cmpuint (get (&rig, 1, 48, 2), ==, 500); /* copied at power-up */
  g_assert_cmpuint (get (&rig, 1, 85, 1), ==, 254);
  g_assert_cmpuint (get (&rig, 1, 40, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 41, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 55, 1), ==, 1);
  rig_close (&rig);
}

static void
test_backup_and_recovery (void)
{
  Rig rig;

  rig_open (&rig);
  put8 (&rig, 2, 55, 0);
  put8 (&rig, 2, 21, 20);
  say (&rig, 2, 0x09, 0, NULL);
  hear_one (&rig, 2);
  put8 (&rig, 2, 21, 40);
  put8 (&rig, 2, 22, 41);
  say (&rig, 2, 0x06, 0, NULL);
  hear_one (&rig, 2);
  g_assert_cmpuint (get (&rig, 2, 21, 1), ==, 20);
  g_assert_cmpuint (get (&rig, 2, 22, 1), ==, 32);
  g_assert_cmpuint (get (&rig, 2, 5, 1), ==, 2);
  rig_close (&rig);
}

/* What cannot be written is not, and nobody says so. */
static void
test_access (void)
{
  Rig rig;

  rig_open (&rig);
  put16 (&rig, 1, 3, 1);
  g_assert_cmpuint (get (&rig, 1, 3, 2), ==, 777);
  put8 (&rig, 1, 63, 99);
  g_assert_cmpuint (get (&rig, 1, 63, 1), ==, 31);
  put8 (&rig, 1, 33, 9);
  g_assert_cmpuint (get (&rig, 1, 33, 1), ==, 0);
  put16 (&rig, 1, 48, 1001);
  g_assert_cmpuint (get (&rig, 1, 48, 2), ==, 1000);
  put_bytes (&rig, 1, 56, 4, (const uint8_t[]){ 1, 2, 3, 4 });
  put_bytes (&rig, 1, 250, 6, (const uint8_t[]){ 1, 2, 3, 4, 5, 6 });
  rig_close (&rig);
}

/* The reply to a change of id comes under the old one or the new one. */
static void
test_new_id (void)
{
  unsigned under_new = 0;

  for (uint64_t seed = 1; seed <= 16; seed++)
    {
      LwSimBusConfig config;
      Status status[2];
      Rig rig;

      lw_sim_bus_config_init (&config);
      config.seed = seed;
      rig_open_with (&rig, &config);
      put8 (&rig, 3, 55, 0);
      say (&rig, 3, 0x03, 2, (const uint8_t[]){ 5, 33 });
      g_assert_cmpuint (hear (&rig, status, 2), ==, 1);
      g_assert_true (status[0].id == 3 || status[0].id == 33);
      under_new += status[0].id == 33;
      g_assert_cmpuint (status_bits (&rig, 33), ==, 0);
      say (&rig, 3, 0x01, 0, NULL);
      expect_silence (&rig);
      rig_close (&rig);
    }
  g_assert_cmpuint (under_new, >, 2);
  g_assert_cmpuint (under_new, <, 14);
}

static void
test_speed (void)
{
  Rig rig;

  rig_open (&rig);
  say (&rig, 1, 0x03, 2, (const uint8_t[]){ 6, 4 });
  listen_for (&rig);
  say (&rig, 1, 0x01, 0, NULL);
  expect_silence (&rig);
  lw_sim_bus_set_speed (rig.bus.sim, 115200);
  wait_ms (&rig, 5);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  say (&rig, 2, 0x01, 0, NULL);
  expect_silence (&rig);
  rig_close (&rig);
}

/* --- ticks ---------------------------------------------------------------------------------------------------------------------- */

/* Present = actual - offset, modulo a turn. */
static void
test_offset (void)
{
  unsigned actual;
  Rig rig;

  rig_open (&rig);
  actual = get (&rig, 2, 56, 2);
  put16 (&rig, 2, 31, 100);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, (actual + 4096 - 100) % 4096);
  put16 (&rig, 2, 31, 100 | 1 << 11); /* -100 */
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, (actual + 100) % 4096);
  put16 (&rig, 2, 31, 2047);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, (actual + 4096 - 2047) % 4096);
  put8 (&rig, 2, 40, 128);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 2048);
  g_assert_cmpuint (get (&rig, 2, 40, 1), ==, 0);
  g_assert_cmpint (signed_of (get (&rig, 2, 31, 2), 11), ==, (int) actual - 2048);
  restart (&rig, 2); /* locked all the time, and yet it stays */
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 2048);
  say (&rig, 2, 0x0B, 2, (const uint8_t[]){ 0xE8, 0x03 });
  hear_one (&rig, 2);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 1000);
  say (&rig, 2, 0x0B, 0, NULL);
  hear_one (&rig, 2);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 2048);
  rig_close (&rig);
}

static void
test_old_firmware (void)
{
  LwSimBusConfig config;
  unsigned before;
  Rig rig;

  lw_sim_bus_config_init (&config);
  config.firmware = 9;
  rig_open_with (&rig, &config);
  g_assert_cmpuint (get (&rig, 1, 1, 1), ==, 9);
  before = get (&rig, 1, 56, 2);
  say (&rig, 1, 0x0B, 2, (const uint8_t[]){ 0x64, 0x00 });
  hear_one (&rig, 1);
  g_assert_cmpuint (get (&rig, 1, 56, 2), ==, before);
  rig_close (&rig);
}

/* With bit 4 of the phase the position counts on below zero; without, it wraps. */
static void
test_turns (void)
{
  uint8_t id = 1;
  Rig rig;

  rig_open (&rig);
  while (get (&rig, id, 56, 2) + 5 > 2047) /* one whose offset takes it to five ticks below zero */
    id++;
  put16 (&rig, id, 31, (uint16_t) (get (&rig, id, 56, 2) + 5));
  g_assert_cmpuint (get (&rig, id, 56, 2), ==, 4091);
  put8 (&rig, id, 18, 12 | 16);
  g_assert_cmpint (signed_of (get (&rig, id, 56, 2), 15), ==, -5);
  say (&rig, id, 0x0A, 0, NULL);
  hear_one (&rig, id);
  g_assert_cmpint (signed_of (get (&rig, id, 56, 2), 15), ==, 4091);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-feetech/examples", test_examples);
  g_test_add_func ("/sim-feetech/identity", test_identity);
  g_test_add_func ("/sim-feetech/silence", test_silence);
  g_test_add_func ("/sim-feetech/sync-read", test_sync_read);
  g_test_add_func ("/sim-feetech/ping-all", test_ping_all);
  g_test_add_func ("/sim-feetech/response-level", test_response_level);
  g_test_add_func ("/sim-feetech/return-delay", test_return_delay);
  g_test_add_func ("/sim-feetech/lock", test_lock);
  g_test_add_func ("/sim-feetech/backup-and-recovery", test_backup_and_recovery);
  g_test_add_func ("/sim-feetech/access", test_access);
  g_test_add_func ("/sim-feetech/new-id", test_new_id);
  g_test_add_func ("/sim-feetech/speed", test_speed);
  g_test_add_func ("/sim-feetech/offset", test_offset);
  g_test_add_func ("/sim-feetech/old-firmware", test_old_firmware);
  g_test_add_func ("/sim-feetech/turns", test_turns);
  return g_test_run ();
}
