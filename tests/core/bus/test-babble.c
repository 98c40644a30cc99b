/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-feetech-setup.h"
#include "lw-scale.h"
#include "lw-servo-bus.h"
#include "lw-sim-bus.h"

/* A line that never falls silent (a scale on the wrong port, a bridge that repeats itself): every call comes back by its
 * deadline, and says that nobody answered. */
#define MS    G_GINT64_CONSTANT (1000000)
#define SLACK (8 * MS) /* a bounded number of reads, each of them CHUNK_NS */
#define CHUNK_NS (100 * G_GINT64_CONSTANT (1000))

typedef struct {
  LwTransport base;
  LwFakeClock clock;
  const char *words; /* over and over */
  size_t      at;
} Babble;

static LwIo
babble_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  (void) transport, (void) bytes, (void) n, (void) deadline_ns;
  return LW_IO_OK;
}

static LwIo
babble_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  Babble *self = (Babble *) transport;

  (void) deadline_ns; /* something is there always */
  self->clock.now_ns += CHUNK_NS;
  for (*n = 0; *n < MIN (max, 10); ++*n)
    {
      bytes[*n] = (uint8_t) self->words[self->at];
      self->at = (self->at + 1) % strlen (self->words);
    }
  g_assert_cmpuint (*n, >, 0); /* nobody asks for nothing */
  return LW_IO_OK;
}

static LwIo
babble_flush (LwTransport *transport)
{
  (void) transport;
  return LW_IO_OK;
}

static void
babble_free (LwTransport *transport)
{
  (void) transport; /* lives on the test's stack */
}

static void
babble_open (Babble *self, const char *words)
{
  static const LwTransportClass klass = { .kind = "test", .write = babble_write, .read = babble_read, .flush = babble_flush, .free = babble_free };

  *self = (Babble){ .words = words };
  lw_fake_clock_init (&self->clock);
  self->base.klass = &klass;
  self->base.clock = &self->clock.base;
  self->base.baud = 1000000;
}

typedef LwBusStatus (*Call) (LwServoBus *bus, int64_t deadline_ns);

static LwBusStatus
call_read (LwServoBus *bus, int64_t deadline_ns)
{
  LwServoReading reading[LW_MAX_JOINTS];
  int64_t t_request_ns, t_reply_ns;

  return bus->klass->read (bus, reading, &t_request_ns, &t_reply_ns, deadline_ns);
}

static LwBusStatus
call_read_goals (LwServoBus *bus, int64_t deadline_ns)
{
  double goal[LW_MAX_JOINTS];

  return bus->klass->read_goals (bus, goal, deadline_ns);
}

static LwBusStatus
call_get_torque (LwServoBus *bus, int64_t deadline_ns)
{
  bool on[LW_MAX_JOINTS];

  return bus->klass->get_torque (bus, on, deadline_ns);
}

static LwBusStatus
call_identify (LwServoBus *bus, int64_t deadline_ns)
{
  LwServoIdentity identity;

  return bus->klass->identify (bus, 1, &identity, deadline_ns);
}

static LwBusStatus
call_get_watchdog (LwServoBus *bus, int64_t deadline_ns)
{
  bool triggered[LW_MAX_JOINTS];

  return bus->klass->get_watchdog != NULL ? bus->klass->get_watchdog (bus, triggered, deadline_ns) : LW_BUS_TIMEOUT;
}

static LwBusStatus
call_read_stored (LwServoBus *bus, int64_t deadline_ns)
{
  LwServoStored stored;

  return bus->klass->read_stored != NULL ? bus->klass->read_stored (bus, 0, &stored, deadline_ns) : LW_BUS_TIMEOUT;
}

static void
assert_in_time (LwServoBus *bus, const char *name, Call call)
{
  static const int64_t within_ms[] = { 8, 200 };

  for (size_t i = 0; i < G_N_ELEMENTS (within_ms); i++)
    {
      int64_t deadline_ns = lw_clock_now (bus->transport->clock) + within_ms[i] * MS;
      LwBusStatus status = call (bus, deadline_ns);

      g_test_message ("%s, %s: %" G_GINT64_FORMAT " us after a deadline in %" G_GINT64_FORMAT " ms", bus->klass->protocol, name,
                      (lw_clock_now (bus->transport->clock) - deadline_ns) / 1000, within_ms[i]);
      g_assert_true (status == LW_BUS_TIMEOUT || status == LW_BUS_CORRUPT);
      g_assert_cmpint (lw_clock_now (bus->transport->clock), <, deadline_ns + SLACK);
    }
}

static const char *const words[] = {
  "ST,+00123.45  g\r\n",
  "\xFF\xFF\xFD",                                                     /* a header for ever */
  "\xFF\xFF\x63\x02\x01\x99",                                         /* a good status of a Feetech servo nobody asked */
  "\xFF\xFF\xFE",                                                     /* a combined reply that never begins */
};

static void
test_calls (void)
{
  static const struct {
    const char *name;
    Call        call;
  } calls[] = {
    { "read", call_read }, { "read_goals", call_read_goals }, { "get_torque", call_get_torque }, { "identify", call_identify },
    { "get_watchdog", call_get_watchdog }, { "read_stored", call_read_stored },
  };
  const uint8_t ids[] = { 1, 2, 3 };

  for (LwProtocol protocol = 0; protocol < LW_N_PROTOCOLS; protocol++)
    for (size_t w = 0; w < G_N_ELEMENTS (words); w++)
      {
        const double goal[3] = { 0, 0, 0 };
        Babble babble;
        LwServoBus *bus;

        babble_open (&babble, words[w]);
        bus = lw_servo_bus_new (protocol, &babble.base, ids, 3);
        for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
          if (protocol != LW_PROTOCOL_LINES || i == 0 || i == 3)
            assert_in_time (bus, calls[i].name, calls[i].call);
        /* What is told goes out all the same. */
        g_assert_cmpint (bus->klass->write_goals (bus, goal, babble.clock.now_ns + 4 * MS), ==, LW_BUS_OK);
        g_assert_cmpint (bus->klass->set_torque (bus, false, babble.clock.now_ns + 4 * MS), ==, LW_BUS_OK);
        lw_servo_bus_free (bus);
      }
}

static void
test_feetech_ping (void)
{
  LwServoIdentity identity;
  unsigned return_delay_us;
  bool doubled;

  for (size_t w = 0; w < G_N_ELEMENTS (words); w++)
    {
      Babble babble;
      int64_t deadline_ns;

      babble_open (&babble, words[w]);
      deadline_ns = babble.clock.now_ns + 100 * MS;
      g_assert_cmpint (lw_feetech_ping (&babble.base, 5, &identity, &return_delay_us, &doubled, deadline_ns), !=, LW_BUS_OK);
      g_assert_cmpint (babble.clock.now_ns, <, deadline_ns + SLACK);
    }
}

/* A scale whose line is never empty: neither what it says nor what is no reading keeps a call beyond its deadline. */
static void
test_scale (void)
{
  LwScaleReading reading;
  LwScale *scale;
  Babble babble;
  int64_t deadline_ns;

  babble_open (&babble, "US,+00123.45  g\r\n");
  scale = lw_scale_new (&babble.base, LW_SCALE_ANY, NULL, NULL);
  g_assert_nonnull (scale);
  deadline_ns = babble.clock.now_ns + 500 * MS;
  g_assert_cmpint (lw_scale_read_stable (scale, NULL, deadline_ns, &reading, NULL), ==, LW_WEIGH_RESTLESS);
  g_assert_cmpint (babble.clock.now_ns, <, deadline_ns + SLACK);
  deadline_ns = babble.clock.now_ns + 500 * MS;
  g_assert_cmpint (lw_scale_tare (scale, NULL, deadline_ns), ==, LW_WEIGH_RESTLESS);
  g_assert_cmpint (babble.clock.now_ns, <, deadline_ns + SLACK);
  babble.words = "hello\n";
  babble.at = 0;
  deadline_ns = babble.clock.now_ns + 500 * MS;
  g_assert_cmpint (lw_scale_read (scale, NULL, deadline_ns, &reading, NULL), ==, LW_WEIGH_TIMEOUT);
  g_assert_cmpint (babble.clock.now_ns, <, deadline_ns + SLACK);
  lw_scale_free (scale);

  babble_open (&babble, "hello\n");
  deadline_ns = babble.clock.now_ns + 4000 * MS;
  g_assert_null (lw_scale_new (&babble.base, LW_SCALE_ANY, NULL, NULL));
  g_assert_cmpint (babble.clock.now_ns, <, deadline_ns);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/babble/calls", test_calls);
  g_test_add_func ("/babble/feetech-ping", test_feetech_ping);
  g_test_add_func ("/babble/scale", test_scale);
  return g_test_run ();
}
