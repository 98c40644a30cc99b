/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When, in which portions and in which order a faulty line hands over what came, and when it ends. */
#include <errno.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-test-bus.h"
#include "lw-transport-fault.h"
#include "written-line.h"

static void
test_delay (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .delay = 0.016 });

  say (script, 1 * MS, "one");
  say (script, 5 * MS, "two");
  expect_silence (transport, 10 * MS);
  expect (transport, "one", 17 * MS);
  expect (transport, "two", 21 * MS);
  lw_transport_free (transport);
}

/* The mean of the exponential delay, and that nothing overtakes. */
static void
test_jitter (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .delay = 0.001, .delay_jitter = 0.0002, .seed = 8 });
  double sum = 0.0;

  say_numbers (script, 4000);
  for (uint32_t i = 0; i < 4000; i++)
    {
      uint8_t bytes[64];
      uint32_t number;
      double delay;
      size_t n = 0;

      g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, G_MAXINT64), ==, LW_IO_OK);
      g_assert_cmpuint (n, ==, 8);
      memcpy (&number, bytes, 4);
      g_assert_cmpuint (number, ==, i);
      delay = 1e-9 * (double) (lw_clock_now (transport->clock) - i * MS);
      g_assert_cmpfloat (delay, >=, 0.001);
      sum += delay - 0.001;
    }
  g_assert_cmpfloat (fabs (sum / 4000 - 0.0002), <, 5.0 * 0.0002 / sqrt (4000.0) + 0.00001);
  lw_transport_free (transport);
}

/* A single-wire adapter hears itself, before the answer. */
static void
test_echo (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .echo = true });
  LwTransportHarm harm;

  say (script, 2 * MS, "answer");
  write_text (transport, "ask");
  expect (transport, "ask", 0);
  expect (transport, "answer", 2 * MS);
  lw_transport_fault_harm (transport, &harm);
  g_assert_cmpuint (harm.chunks_in, ==, 1); /* the echo came from no servo */
  lw_transport_free (transport);
}

static void
test_split (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .split = true });

  say (script, 2 * MS, "abc");
  expect (transport, "a", 2 * MS);
  expect (transport, "b", 2 * MS);
  expect (transport, "c", 2 * MS);
  expect_silence (transport, 3 * MS);
  lw_transport_free (transport);
}

/* Two by two, and what nothing follows after two milliseconds. */
static void
test_merge (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .merge = true });

  say (script, 1 * MS, "one");
  say (script, 2 * MS, "two");
  say (script, 2 * MS, "three");
  say (script, 10 * MS, "four");
  expect (transport, "onetwo", 2 * MS);
  expect_silence (transport, 3 * MS);
  expect (transport, "three", 4 * MS);
  expect (transport, "four", 12 * MS);
  lw_transport_free (transport);
}

/* A reader with little room gets the rest next time, and nothing is lost or moved between. */
static void
test_small_reads (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .merge = true });
  uint8_t bytes[4];
  size_t n = 0;

  say (script, 0, "abcdef");
  say (script, 9 * MS, "gh");
  g_assert_cmpint (read_until (transport, bytes, 4, &n, 100 * MS), ==, LW_IO_OK);
  g_assert_cmpmem (bytes, n, "abcd", 4);
  expect (transport, "ef", 2 * MS);
  expect (transport, "gh", 11 * MS);
  lw_transport_free (transport);
}

/* What has come is thrown away; what is under way comes later, as a slow adapter's bytes do. */
static void
test_flush (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ 0 });

  say (script, 1 * MS, "old");
  say (script, 4 * MS, "new");
  script->clock.now_ns = 2 * MS;
  g_assert_cmpint (transport->klass->flush (transport), ==, LW_IO_OK);
  expect (transport, "new", 4 * MS);
  lw_transport_free (transport);

  script = script_new ();
  transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .delay = 0.005 });
  say (script, 1 * MS, "late");
  script->clock.now_ns = 2 * MS;
  g_assert_cmpint (transport->klass->flush (transport), ==, LW_IO_OK);
  expect (transport, "late", 7 * MS);
  lw_transport_free (transport);
}

/* After so many chunks: those are still read, then everything says so. */
static void
test_hang_up (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .hang_up_after = 2 });
  uint8_t bytes[16];
  size_t n = 99;

  say (script, 1 * MS, "one");
  say (script, 2 * MS, "two");
  say (script, 3 * MS, "three");
  expect (transport, "one", 1 * MS);
  write_text (transport, "ask");
  expect (transport, "two", 2 * MS);
  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, 100 * MS), ==, LW_IO_GONE);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpint (transport->klass->write (transport, bytes, 1, 100 * MS), ==, LW_IO_GONE);
  g_assert_cmpint (transport->klass->flush (transport), ==, LW_IO_GONE);
  g_assert_cmpint (lw_transport_set_baud (transport, 9600), ==, LW_IO_GONE);
  g_assert_cmpint (transport->last_errno, ==, EIO);
  g_assert_cmpint (lw_clock_now (transport->clock), ==, 2 * MS);
  g_assert_cmpuint (script->heard->len, ==, 3);
  lw_transport_free (transport);
}

/* The inner line's own end comes through, behind what was still under way. */
static void
test_inner_hang_up (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .delay = 0.001 });
  uint8_t bytes[16];
  size_t n = 99;

  script->hangs_up = true;
  say (script, 1 * MS, "bye");
  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, 100 * MS), ==, LW_IO_OK);
  g_assert_cmpmem (bytes, n, "bye", 3);
  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, 100 * MS), ==, LW_IO_GONE);
  g_assert_cmpint (transport->last_errno, ==, EIO);
  lw_transport_free (transport);
}

/* Other faults from the next chunk on, and a hang-up counts from there. */
static void
test_set (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ 0 });
  LwTransportHarm harm;
  uint8_t bytes[16];
  size_t n;

  for (int i = 1; i <= 4; i++)
    say (script, i * MS, "word");
  expect (transport, "word", 1 * MS);
  lw_transport_fault_set (transport, &(LwTransportFaults){ .lost = 1.0 });
  expect_silence (transport, 2 * MS);
  lw_transport_fault_set (transport, &(LwTransportFaults){ .hang_up_after = 1 });
  expect (transport, "word", 3 * MS);
  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, 100 * MS), ==, LW_IO_GONE);
  lw_transport_fault_harm (transport, &harm);
  g_assert_cmpuint (harm.chunks_in, ==, 3);
  g_assert_cmpuint (harm.lost, ==, 1);
  lw_transport_free (transport);
}

/* A line that babbles and loses everything still ends a read that is past its deadline. */
static void
test_babble (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .lost = 1.0 });
  uint8_t bytes[16];
  size_t n = 99;

  for (int i = 0; i < 100000; i++)
    say (script, 0, "babble");
  script->clock.now_ns = 5 * MS;
  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, 1 * MS), ==, LW_IO_TIMEOUT);
  g_assert_cmpuint (script->next, <, 1000);
  lw_transport_free (transport);
}

/* More comes in than anybody reads: it waits where it is, nothing is lost. */
static void
test_slow_reader (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .delay = 5.0 });
  uint64_t total = 0;
  uint8_t bytes[64];
  size_t n;

  script->hangs_up = true;
  say_numbers (script, 3000);
  while (read_until (transport, bytes, sizeof bytes, &n, G_MAXINT64) == LW_IO_OK)
    total += n;
  g_assert_cmpuint (total, ==, 3000 * 8);
  lw_transport_free (transport);
}

/* Round the simulated arm, on its own clock: a read takes as much longer as the line is slower. */
static void
test_simulated_arm (void)
{
  int64_t took[2];

  for (int slow = 0; slow <= 1; slow++)
    {
      LwServoReading readings[LW_MAX_JOINTS];
      LwServoIdentity identity;
      LwSimBusConfig config;
      LwTestBus bus;
      int64_t t_request, t_reply;

      lw_sim_bus_config_init (&config);
      config.jitter_us = 0.0;
      test_bus_init (&bus, "desk-6", &config);
      test_bus_attach (&bus, lw_transport_fault_new (lw_sim_bus_direct (bus.sim, &bus.clock), &(LwTransportFaults){ .delay = slow * 0.002 }), 1);
      for (size_t i = 0; i < bus.n; i++)
        g_assert_cmpint (bus.servos->klass->identify (bus.servos, i, &identity, bus.clock.now_ns + 100 * MS), ==, LW_BUS_OK);
      g_assert_cmpint (bus.servos->klass->read (bus.servos, readings, &t_request, &t_reply, bus.clock.now_ns + 100 * MS), ==, LW_BUS_OK);
      took[slow] = t_reply - t_request;
      test_bus_close (&bus);
    }
  g_assert_cmpint (took[1] - took[0], >=, 2 * MS - MS / 10);
  g_assert_cmpint (took[1] - took[0], <=, 2 * MS + MS / 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport-fault-time/delay", test_delay);
  g_test_add_func ("/transport-fault-time/jitter", test_jitter);
  g_test_add_func ("/transport-fault-time/echo", test_echo);
  g_test_add_func ("/transport-fault-time/split", test_split);
  g_test_add_func ("/transport-fault-time/merge", test_merge);
  g_test_add_func ("/transport-fault-time/small-reads", test_small_reads);
  g_test_add_func ("/transport-fault-time/flush", test_flush);
  g_test_add_func ("/transport-fault-time/hang-up", test_hang_up);
  g_test_add_func ("/transport-fault-time/inner-hang-up", test_inner_hang_up);
  g_test_add_func ("/transport-fault-time/set", test_set);
  g_test_add_func ("/transport-fault-time/babble", test_babble);
  g_test_add_func ("/transport-fault-time/slow-reader", test_slow_reader);
  g_test_add_func ("/transport-fault-time/simulated-arm", test_simulated_arm);
  return g_test_run ();
}
