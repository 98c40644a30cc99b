/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-sim.h"

/* A damaged request has no effect; one whose check alone is wrong is complained about. The next is understood. */
static void
test_damaged_request (void)
{
  static const uint8_t bad[] = { 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x03, 0x00, 0x01, 0x19, 0x4F };
  Rig rig;

  rig_open (&rig, 0);
  say_bytes (&rig, bad, sizeof bad);
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_CRC, 0);
  say_bytes (&rig, bad, 6);
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  rig_close (&rig);
}

/* Ping: 10 bytes out and 14 back at 10 us each, 50 us for the servo, and its return delay. */
static void
test_timing (void)
{
  static const unsigned delays_us[] = { 0, 20, 500 };

  for (size_t i = 0; i < G_N_ELEMENTS (delays_us); i++)
    {
      uint8_t bytes[64];
      size_t n;
      int64_t start_ns;
      Rig rig;

      rig_open (&rig, delays_us[i]);
      start_ns = rig.bus.clock.now_ns;
      say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
      g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 100000);
      g_assert_cmpint (rig.transport->klass->read (rig.transport, bytes, sizeof bytes, &n, G_MAXINT64), ==, LW_IO_OK);
      g_assert_cmpuint (n, ==, 14);
      g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 100000 + 50000 + delays_us[i] * 1000 + 140000);
      /* The servo's own clock in ms. */
      say (&rig, 1, LW_DYNAMIXEL_READ, "\x78\x00\x02\x00", 4);
      g_assert_cmpint (rig.transport->klass->read (rig.transport, bytes, sizeof bytes, &n, G_MAXINT64), ==, LW_IO_OK);
      g_assert_cmpint (ABS (lw_dynamixel_get_u16 (bytes + 9) - rig.bus.clock.now_ns / MS), <=, 1);
      rig_close (&rig);
    }
}

typedef struct {
  size_t      n;
  LwSimPacket last;
} Tapped;

static void
tap (const LwSimPacket *packet, void *data)
{
  Tapped *tapped = data;

  tapped->n++;
  tapped->last = *packet;
}

/* The tap sees what arrives, also behind a cut cable, with the time of its last byte. */
static void
test_tap (void)
{
  Tapped tapped = { 0 };
  int64_t start_ns;
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_tap (rig.bus.sim, tap, &tapped);
  start_ns = rig.bus.clock.now_ns;
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x41\x00\x01", 3);
  expect_status (&rig, 1, 0, 0);
  g_assert_cmpuint (tapped.n, ==, 1);
  g_assert_cmpint (tapped.last.t_ns - start_ns, ==, 130000);
  g_assert_cmpuint (tapped.last.instruction, ==, LW_DYNAMIXEL_WRITE);
  g_assert_cmpuint (tapped.last.id, ==, 1);
  g_assert_cmpuint (tapped.last.address, ==, LW_DXL_LED);
  g_assert_cmpmem (tapped.last.params, tapped.last.n_params, "\x41\x00\x01", 3);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_SILENT);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  g_assert_cmpuint (tapped.n, ==, 2);
  g_assert_cmpuint (tapped.last.address, ==, 0);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_HANG_UP);
  g_assert_cmpint (rig.transport->klass->write (rig.transport, (const uint8_t *) "x", 1, 0), ==, LW_IO_GONE);
  g_assert_cmpint (rig.transport->klass->flush (rig.transport), ==, LW_IO_GONE);
  rig_close (&rig);
}

/* Any bytes at all, with faults changing meanwhile: nothing falls over, and the servos answer afterwards. */
static void
test_babble (void)
{
  GRand *rand = g_rand_new_with_seed (5);
  LwDynamixelPacket packets[8];
  Rig rig;

  rig_open (&rig, 0);
  for (int k = 0; k < 3000; k++)
    {
      uint8_t params[64], bytes[128], heard[512];
      size_t n_params = (size_t) g_rand_int_range (rand, 0, 24), n, got;

      for (size_t i = 0; i < n_params; i++)
        params[i] = g_rand_boolean (rand) ? (uint8_t) g_rand_int_range (rand, 0, 4) : (uint8_t) g_rand_int (rand);
      n = lw_dynamixel_build (bytes, sizeof bytes, g_rand_boolean (rand) ? LW_DYNAMIXEL_BROADCAST : (uint8_t) g_rand_int_range (rand, 0, 4),
                              g_rand_boolean (rand) ? (uint8_t) g_rand_int_range (rand, 1, 6) : (uint8_t) g_rand_int (rand), params, n_params);
      if (g_rand_int_range (rand, 0, 4) == 0)
        bytes[g_rand_int_range (rand, 0, (gint32) n)] = (uint8_t) g_rand_int (rand);
      say_bytes (&rig, bytes, (size_t) g_rand_int_range (rand, 0, (gint32) n + 1));
      if (g_rand_int_range (rand, 0, 3) == 0)
        (void) rig.transport->klass->read (rig.transport, heard, sizeof heard, &got, rig.bus.clock.now_ns + MS);
    }
  lw_sim_bus_set_missing (rig.bus.sim, 0, false);
  memset (packets, 0, sizeof packets);
  for (int i = 0; i < 200; i++) /* whatever length was promised, it runs out */
    say_bytes (&rig, (const uint8_t *) "\0\0\0\0\0\0\0\0", 8);
  rig.bus.clock.now_ns += 1000 * MS;
  g_assert_cmpint (rig.transport->klass->flush (rig.transport), ==, LW_IO_OK);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear (&rig, packets, 8), ==, 2);
  rig_close (&rig);
  g_rand_free (rand);
}

/* A pause of more than 1.5 ms inside a packet ends it; a shorter one does not. */
static void
test_gap (void)
{
  uint8_t bytes[16];
  size_t n = lw_dynamixel_build (bytes, sizeof bytes, 1, LW_DYNAMIXEL_PING, NULL, 0);
  Rig rig;

  rig_open (&rig, 0);
  say_bytes (&rig, bytes, 4);
  rig_wait (&rig, MS);
  say_bytes (&rig, bytes + 4, n - 4);
  expect_status (&rig, 1, 0, 3);
  say_bytes (&rig, bytes, 4);
  rig_wait (&rig, 2 * MS);
  say_bytes (&rig, bytes + 4, n - 4);
  expect_silence (&rig);
  rig_close (&rig);
}

/* Out of the adapter's ear comes first what went into its mouth. */
static void
test_echo (void)
{
  uint8_t sent[16], heard[64];
  size_t n = lw_dynamixel_build (sent, sizeof sent, 1, LW_DYNAMIXEL_PING, NULL, 0), n_heard;
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_ECHO);
  say_bytes (&rig, sent, n);
  n_heard = hear_bytes (&rig, heard, sizeof heard, 20 * MS);
  g_assert_cmpuint (n_heard, ==, n + 14);
  g_assert_cmpmem (heard, n, sent, n);
  g_assert_cmpuint (heard[n + 7], ==, LW_DYNAMIXEL_STATUS);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_ECHO | LW_SIM_FAULT_SILENT); /* the adapter hears itself without any servo */
  say_bytes (&rig, sent, n);
  g_assert_cmpuint (hear_bytes (&rig, heard, sizeof heard, 20 * MS), ==, n);
  rig_close (&rig);
}

/* An adapter with 16 ms of latency brings answers 62.5 times a second at most, however short they are; its full packets of 62 bytes do not wait, what is left of them does. */
static void
test_latency (void)
{
  LwSimBusConfig config;
  uint8_t bytes[256];
  int64_t start_ns;
  Rig rig;

  lw_sim_bus_config_init (&config);
  config.jitter_us = 0;
  config.latency_us = 16000;
  rig_open_with (&rig, &config);
  start_ns = rig.bus.clock.now_ns;
  for (int i = 0; i < 100; i++)
    {
      say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
      g_assert_cmpuint (hear_bytes (&rig, bytes, 14, 20 * MS), ==, 14);
    }
  g_assert_cmpfloat_with_epsilon ((rig.bus.clock.now_ns - start_ns) * 1e-9, 1.6, 0.017);
  start_ns = rig.bus.clock.now_ns;
  say (&rig, 1, LW_DYNAMIXEL_READ, "\x00\x00\x93\x00", 4);
  g_assert_cmpuint (hear_bytes (&rig, bytes, 124, 20 * MS), ==, 124);
  g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 140000 + 50000 + 1580000);
  g_assert_cmpuint (hear_bytes (&rig, bytes, 34, 20 * MS), ==, 34);
  g_assert_cmpint (rig.bus.clock.now_ns % (16 * MS), ==, 0);
  g_assert_cmpint (rig.bus.clock.now_ns - start_ns, <=, 16 * MS);
  rig_close (&rig);
}

/* Who speaks at another speed than a servo listens at is not understood. */
static void
test_speed (void)
{
  uint8_t bytes[64];
  int64_t start_ns;
  Rig rig;

  rig_open (&rig, 0);
  g_assert_cmpint (lw_transport_set_baud (rig.transport, 57600), ==, LW_IO_OK);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  g_assert_cmpint (lw_transport_set_baud (rig.transport, 1000000), ==, LW_IO_OK);
  /* The answer to a change of speed comes at the old one. */
  g_assert_cmpuint (tell (&rig, 2, LW_DXL_BAUD_RATE, 1, 1), ==, 0);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  lw_sim_bus_set_speed (rig.bus.sim, 57600);
  start_ns = rig.bus.clock.now_ns;
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear_bytes (&rig, bytes, 14, 20 * MS), ==, 14);
  g_assert_cmpfloat_with_epsilon ((rig.bus.clock.now_ns - start_ns) * 1e-9, 24 * 10 / 57600.0 + 50e-6, 1e-6);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  rig_close (&rig);
}

/* Two servos of one id speak at once: the wire is low where either is. */
static void
test_same_id (void)
{
  static const uint8_t ids[] = { 1, 1 };
  LwSimBusConfig config;
  uint8_t both[64], alone[2][64];
  size_t n;
  Rig rig;

  lw_sim_bus_config_init (&config);
  config.jitter_us = 0; /* without it they begin together to the bit */
  config.ids = ids;
  config.q0 = (const double[]){ 0.3, -0.8 };
  rig_open_with (&rig, &config);
  for (size_t i = 0; i < 2; i++)
    {
      lw_sim_bus_set_missing (rig.bus.sim, 1 - i, true);
      say (&rig, 1, LW_DYNAMIXEL_READ, "\x84\x00\x04\x00", 4);
      g_assert_cmpuint (hear_bytes (&rig, alone[i], 15, 20 * MS), ==, 15);
      lw_sim_bus_set_missing (rig.bus.sim, 1 - i, false);
    }
  g_assert_cmpint (memcmp (alone[0], alone[1], 15), !=, 0);
  say (&rig, 1, LW_DYNAMIXEL_READ, "\x84\x00\x04\x00", 4);
  n = hear_bytes (&rig, both, sizeof both, 20 * MS);
  g_assert_cmpuint (n, ==, 15);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpuint (both[i], ==, alone[0][i] & alone[1][i]);
  rig_close (&rig);
}

/* A twin from nowhere, a byte or more behind: no reply gets through whole. */
static void
test_doubled (void)
{
  uint8_t bytes[64];
  LwDynamixelPacket packet;
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_doubled (rig.bus.sim, 0, true);
  for (int i = 0; i < 20; i++)
    {
      size_t n, used;

      say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
      n = hear_bytes (&rig, bytes, sizeof bytes, 20 * MS);
      g_assert_cmpuint (n, >=, 15);
      g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, &packet, &used), !=, LW_DYNAMIXEL_VALID);
    }
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 2, 0, 3);
  lw_sim_bus_set_doubled (rig.bus.sim, 0, false);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  rig_close (&rig);
}

/* A block of a combined reply is good when its check follows from the one before it, as that was sent or as it should have been: 8 bytes of prefix, then
 * 8 a servo. */
static void
count_blocks (const uint8_t *bytes, size_t good[2])
{
  uint16_t first = lw_dynamixel_crc (bytes, 14), sent = lw_dynamixel_get_u16 (bytes + 14);
  const uint16_t states[] = { first, sent };
  bool follows = false;

  for (size_t i = 0; i < 2; i++)
    {
      uint8_t said[2];
      uint16_t crc;

      lw_dynamixel_put (said, 2, states[i]);
      crc = lw_dynamixel_crc_update (lw_dynamixel_crc_update (states[i], said, 2), bytes + 16, 6);
      follows = follows || crc == lw_dynamixel_get_u16 (bytes + 22);
    }
  good[0] += first == sent;
  good[1] += follows;
}

/* What arrives of @n_asked replies of each servo is what the counters of harm leave, servo by servo, in whatever way they are asked. */
static void
test_harm (gconstpointer fast)
{
  const bool combined = fast != NULL;
  size_t good[2] = { 0 }, n_asked = 2000;
  uint64_t lost, corrupt, sum_lost = 0, sum_corrupt = 0;
  LwSimHarm harm[2];
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_loss (rig.bus.sim, 0.05, 0.1);
  for (size_t k = 0; k < n_asked; k++)
    {
      uint8_t bytes[256];
      size_t n;

      say (&rig, LW_DYNAMIXEL_BROADCAST, combined ? LW_DYNAMIXEL_FAST_SYNC_READ : LW_DYNAMIXEL_SYNC_READ, "\x84\x00\x04\x00\x01\x02", 6);
      n = hear_bytes (&rig, bytes, sizeof bytes, 3 * MS);
      if (combined && n == 24)
        count_blocks (bytes, good);
      for (size_t at = 0; !combined && at < n; at += 15) /* statuses of 15 bytes */
        if (lw_dynamixel_crc (bytes + at, 13) == lw_dynamixel_get_u16 (bytes + at + 13))
          good[bytes[at + 4] - 1]++;
    }
  lw_sim_bus_injected (rig.bus.sim, &lost, &corrupt);
  for (size_t i = 0; i < 2; i++)
    {
      lw_sim_bus_harm (rig.bus.sim, i, &harm[i]);
      g_assert_cmpuint (harm[i].replies, ==, n_asked);
      g_assert_cmpuint (harm[i].late, ==, 0);
      g_assert_cmpuint (good[i], ==, n_asked - harm[i].lost - harm[i].corrupt);
      g_assert_cmpfloat_with_epsilon (harm[i].lost / (double) n_asked, 0.05, 0.02);
      sum_lost += harm[i].lost;
      sum_corrupt += harm[i].corrupt;
    }
  g_assert_cmpuint (lost, ==, sum_lost);
  g_assert_cmpuint (corrupt, ==, sum_corrupt);
  g_assert_cmpuint (harm[0].lost == harm[1].lost, ==, combined);
  rig_close (&rig);
}

/* Late replies come, in order, within the bounds set, and are counted. */
static void
test_late (void)
{
  LwDynamixelPacket packets[2];
  size_t n_late = 0;
  LwSimHarm harm;
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_late (rig.bus.sim, 0.25, 0.004, 0.009);
  for (int k = 0; k < 400; k++)
    {
      uint8_t bytes[64];
      int64_t start_ns = rig.bus.clock.now_ns, took_ns;

      say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
      g_assert_cmpuint (hear_bytes (&rig, bytes, 14, 20 * MS), ==, 14);
      took_ns = rig.bus.clock.now_ns - start_ns - 290000;
      if (took_ns == 0)
        continue;
      g_assert_cmpint (took_ns, >=, 4 * MS);
      g_assert_cmpint (took_ns, <=, 9 * MS);
      n_late++;
    }
  lw_sim_bus_harm (rig.bus.sim, 0, &harm);
  g_assert_cmpuint (n_late, ==, harm.late);
  g_assert_cmpfloat_with_epsilon (n_late / 400.0, 0.25, 0.08);
  /* Nobody overtakes: the second servo's reply waits behind the late one of the first. */
  lw_sim_bus_set_late (rig.bus.sim, 1, 0.005, 0.005);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  rig_wait (&rig, MS);
  lw_sim_bus_set_late (rig.bus.sim, 0, 0, 0);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear (&rig, packets, 2), ==, 2);
  g_assert_cmpuint (packets[0].id, ==, 1);
  g_assert_cmpuint (packets[1].id, ==, 2);
  rig_close (&rig);
}

/* Heat, supply and a joint that does not move are told from outside. */
static void
test_conditions (void)
{
  double before[2], after[2];
  Rig rig;

  rig_open (&rig, 0);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_PRESENT_VOLTAGE, 2), ==, 120);
  lw_sim_bus_set_supply (rig.bus.sim, 10.3);
  lw_sim_bus_set_heat (rig.bus.sim, 1, 66);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_PRESENT_VOLTAGE, 2), ==, 103);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_PRESENT_TEMPERATURE, 1), ==, 31);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_PRESENT_TEMPERATURE, 1), ==, 66);
  lw_sim_bus_set_supply (rig.bus.sim, 8.5); /* too little: an alert, but no reason to let go */
  rig_wait (&rig, MS);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, LW_DYNAMIXEL_ALERT, 3);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_HARDWARE_ERROR, 1), ==, LW_DXL_HARDWARE_VOLTAGE);

  lw_sim_bus_set_stuck (rig.bus.sim, 0, true);
  lw_sim_bus_truth (rig.bus.sim, before, NULL);
  for (uint8_t id = 1; id <= 2; id++)
    {
      g_assert_cmpuint (tell (&rig, id, LW_DXL_TORQUE_ENABLE, 1, 1) & 0x7F, ==, 0);
      g_assert_cmpuint (tell (&rig, id, LW_DXL_GOAL_POSITION, 4, ask (&rig, id, LW_DXL_PRESENT_POSITION, 4) + 200) & 0x7F, ==, 0);
    }
  rig_wait (&rig, 1000 * MS);
  lw_sim_bus_truth (rig.bus.sim, after, NULL);
  g_assert_cmpfloat_with_epsilon (after[0], before[0], 0.01);
  g_assert_cmpfloat_with_epsilon (after[1], before[1] + 200 * LW_DXL_RAD_PER_TICK, 0.01);
  lw_sim_bus_set_stuck (rig.bus.sim, 0, false);
  rig_wait (&rig, 1000 * MS);
  lw_sim_bus_truth (rig.bus.sim, after, NULL);
  g_assert_cmpfloat_with_epsilon (after[0], before[0] + 200 * LW_DXL_RAD_PER_TICK, 0.01);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-line/damaged-request", test_damaged_request);
  g_test_add_func ("/sim-line/timing", test_timing);
  g_test_add_func ("/sim-line/tap", test_tap);
  g_test_add_func ("/sim-line/gap", test_gap);
  g_test_add_func ("/sim-line/echo", test_echo);
  g_test_add_func ("/sim-line/latency", test_latency);
  g_test_add_func ("/sim-line/speed", test_speed);
  g_test_add_func ("/sim-line/same-id", test_same_id);
  g_test_add_func ("/sim-line/doubled", test_doubled);
  g_test_add_data_func ("/sim-line/harm/one-by-one", NULL, test_harm);
  g_test_add_data_func ("/sim-line/harm/combined", "", test_harm);
  g_test_add_func ("/sim-line/late", test_late);
  g_test_add_func ("/sim-line/conditions", test_conditions);
  g_test_add_func ("/sim-line/babble", test_babble);
  return g_test_run ();
}
