/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-servo-bus.h"
#include "scripted-transport.h"

static void
test_protocol_names (void)
{
  static const char *const wrong[] = { "", "Dynamixel", "dynamixel ", "feetec", "line" };
  LwProtocol protocol = LW_N_PROTOCOLS;

  g_assert_cmpstr (lw_protocol_name (LW_PROTOCOL_DYNAMIXEL), ==, "dynamixel");
  g_assert_cmpstr (lw_protocol_name (LW_PROTOCOL_FEETECH), ==, "feetech");
  g_assert_cmpstr (lw_protocol_name (LW_PROTOCOL_LINES), ==, "lines");
  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (lw_protocol_from_name (wrong[i], &protocol));
      g_assert_cmpint (protocol, ==, LW_N_PROTOCOLS);
    }
  for (unsigned i = 0; i < LW_N_PROTOCOLS; i++)
    {
      g_assert_true (lw_protocol_from_name (lw_protocol_name ((LwProtocol) i), &protocol));
      g_assert_cmpint (protocol, ==, i);
    }
}

/* Bucket i: from 50 us x 2^(i/2) up to, not including, 50 us x 2^((i+1)/2). */
static void
test_buckets (void)
{
  static const struct { int64_t ns; size_t bucket; } cases[] = {
    { -5, 0 }, { 0, 0 }, { 1, 0 }, { 50000, 0 }, { 70710, 0 }, { 70711, 1 }, { 99999, 1 }, { 100000, 2 }, { 800000, 8 }, { 1600000, 10 }, { 16000000, 16 },
    { 144815000, 22 }, { 144816000, 23 }, { 1000000000, 23 }, { INT64_MAX, 23 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwRoundTrips trips = { { 0 } };

      lw_round_trips_add (&trips, cases[i].ns);
      for (size_t k = 0; k < LW_BUS_N_ROUND_TRIPS; k++)
        g_assert_cmpuint (trips.counts[k], ==, k == cases[i].bucket);
    }
}

static void
test_quantile (void)
{
  LwRoundTrips trips = { { 0 } };

  g_assert_true (isnan (lw_round_trips_quantile (&trips, 0.5)));
  for (int i = 0; i < 90; i++)
    lw_round_trips_add (&trips, 1500000);  /* bucket 9: up to 1.6 ms */
  for (int i = 0; i < 9; i++)
    lw_round_trips_add (&trips, 16000000); /* bucket 16: up to 18.1 ms */
  lw_round_trips_add (&trips, 1000000000);
  g_assert_cmpfloat_with_epsilon (lw_round_trips_quantile (&trips, 0.0), 1.6e-3, 1e-12);
  g_assert_cmpfloat_with_epsilon (lw_round_trips_quantile (&trips, 0.5), 1.6e-3, 1e-12);
  g_assert_cmpfloat_with_epsilon (lw_round_trips_quantile (&trips, 0.9), 1.6e-3, 1e-12);
  g_assert_cmpfloat_with_epsilon (lw_round_trips_quantile (&trips, 0.91), 12.8e-3 * sqrt (2.0), 1e-12);
  g_assert_cmpfloat_with_epsilon (lw_round_trips_quantile (&trips, 0.99), 12.8e-3 * sqrt (2.0), 1e-12);
  g_assert_true (isinf (lw_round_trips_quantile (&trips, 1.0)));
}

/* Every quantile is an upper bound that is at most half an octave too high. */
static void
test_quantile_bounds (void)
{
  for (int64_t ns = 50000; ns < 140000000; ns += ns / 7)
    {
      LwRoundTrips trips = { { 0 } };
      double bound;

      lw_round_trips_add (&trips, ns);
      bound = lw_round_trips_quantile (&trips, 0.5);
      g_assert_cmpfloat (bound, >, 1e-9 * (double) ns);
      g_assert_cmpfloat (bound, <=, 1e-9 * (double) ns * sqrt (2.0) * (1.0 + 1e-12));
    }
}

static void
test_status_text (void)
{
  for (int status = LW_BUS_OK; status <= LW_BUS_GONE; status++)
    for (int other = LW_BUS_OK; other < status; other++)
      g_assert_cmpstr (lw_bus_status_text ((LwBusStatus) status), !=, lw_bus_status_text ((LwBusStatus) other));
}

static LwIo write_result;

static LwIo
write_nothing (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  (void) transport, (void) bytes, (void) n, (void) deadline_ns;
  return write_result;
}

/* What did not leave is not taken for told, whatever the servos speak: a Stop that is not heard must be known not to be. */
static void
test_not_sent (void)
{
  static const struct {
    LwIo        io;
    LwBusStatus status;
  } cases[] = { { LW_IO_TIMEOUT, LW_BUS_TIMEOUT }, { LW_IO_GONE, LW_BUS_GONE }, { LW_IO_FAILED, LW_BUS_GONE } };
  const uint8_t ids[] = { 1, 2, 3 };
  const double goal[] = { 0.1, 0.2, 0.3 };

  for (LwProtocol protocol = 0; protocol < LW_N_PROTOCOLS; protocol++)
    for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
      {
        LwTransportClass klass;
        ScriptedLine line;
        LwServoBus *bus;
        int64_t deadline_ns;

        scripted_open (&line, NULL);
        klass = *line.base.klass;
        klass.write = write_nothing;
        line.base.klass = &klass;
        write_result = cases[k].io;
        bus = lw_servo_bus_new (protocol, &line.base, ids, 3);
        deadline_ns = line.clock.now_ns + G_GINT64_CONSTANT (4000000);
        g_assert_cmpint (bus->klass->write_goals (bus, goal, deadline_ns), ==, cases[k].status);
        g_assert_cmpint (bus->klass->set_torque (bus, true, deadline_ns), ==, cases[k].status);
        if (bus->klass->set_watchdog != NULL)
          g_assert_cmpint (bus->klass->set_watchdog (bus, 200, deadline_ns), ==, cases[k].status);
        if (protocol == LW_PROTOCOL_LINES) /* reads back what it told */
          {
            double told[3];
            bool on[3];

            g_assert_cmpint (bus->klass->read_goals (bus, told, deadline_ns), ==, LW_BUS_OK);
            g_assert_true (isnan (told[0]) && isnan (told[1]) && isnan (told[2]));
            g_assert_cmpint (bus->klass->get_torque (bus, on, deadline_ns), ==, LW_BUS_OK);
            g_assert_false (on[0] || on[1] || on[2]);
          }
        g_assert_cmpuint (bus->counters.sent, ==, 0);
        lw_servo_bus_free (bus);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/servo-bus/protocol-names", test_protocol_names);
  g_test_add_func ("/servo-bus/buckets", test_buckets);
  g_test_add_func ("/servo-bus/quantile", test_quantile);
  g_test_add_func ("/servo-bus/quantile-bounds", test_quantile_bounds);
  g_test_add_func ("/servo-bus/status-text", test_status_text);
  g_test_add_func ("/servo-bus/not-sent", test_not_sent);
  return g_test_run ();
}
