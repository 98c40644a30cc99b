/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-setup.h"
#include "lw-dynamixel-table.h"
#include "lw-feetech-codec.h"
#include "lw-servo-scan.h"
#include "lw-test-bus.h"

#define US G_GINT64_CONSTANT (1000)

/* A simulated arm with somebody looking for it on its line. Time is the injected clock's. */
typedef struct {
  LwTestBus    bus;
  LwTransport *line;
  GArray      *found;
  atomic_bool  cancel;
  size_t       cancel_after, n_reports, n_told;
  double       fraction;
  int64_t      cancelled_ns;
} Search;

static size_t n_writes;

/* Everything that is neither a ping nor a read. */
static void
watch_writes (const LwSimPacket *packet, void *data)
{
  bool feetech = *(const LwProtocol *) data == LW_PROTOCOL_FEETECH;
  uint8_t ping = feetech ? LW_FEETECH_PING : LW_DYNAMIXEL_PING, read = feetech ? LW_FEETECH_READ : LW_DYNAMIXEL_READ;

  if (packet->instruction != ping && packet->instruction != read)
    n_writes++;
}

static void
search_open (Search *self, LwSimBusConfig *config)
{
  static LwProtocol protocol;

  memset (self, 0, sizeof *self);
  n_writes = 0;
  protocol = config->protocol;
  test_bus_init (&self->bus, "desk-6", config);
  lw_sim_bus_set_tap (self->bus.sim, watch_writes, &protocol);
  self->line = lw_sim_bus_direct (self->bus.sim, &self->bus.clock);
  self->found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo));
}

static void
search_close (Search *self)
{
  g_array_unref (self->found);
  lw_transport_free (self->line);
  lw_sim_bus_free (self->bus.sim);
  lw_arm_model_unref (self->bus.model);
}

static void
note_report (const LwScanProgress *progress, const LwFoundServo *found, void *data)
{
  Search *self = data;

  g_assert_cmpfloat (progress->fraction, >=, self->fraction);
  g_assert_cmpfloat (progress->fraction, <=, 1.0);
  self->fraction = progress->fraction;
  self->n_reports++;
  if (found != NULL)
    self->n_told++;
  g_assert_cmpuint (self->n_told, ==, progress->n_found);
  if (self->cancel_after > 0 && self->n_reports == self->cancel_after)
    {
      atomic_store (&self->cancel, true);
      self->cancelled_ns = self->bus.clock.now_ns;
    }
}

static LwBusStatus
search (Search *self, const LwScanPlan *plan)
{
  g_array_set_size (self->found, 0);
  self->fraction = 0;
  self->n_reports = self->n_told = 0;
  atomic_store (&self->cancel, false);
  return lw_servo_scan (self->line, plan, note_report, self, &self->cancel, self->found);
}

static const LwFoundServo *
found_at (const Search *self, guint i)
{
  return &g_array_index (self->found, LwFoundServo, i);
}

static const unsigned megabaud[] = { 1000000 };

static void
assert_found_all (const Search *self, LwProtocol protocol, unsigned baud)
{
  g_assert_cmpuint (self->found->len, ==, 6);
  for (guint i = 0; i < 6; i++)
    {
      const LwFoundServo *servo = found_at (self, i);

      g_assert_cmpint (servo->protocol, ==, protocol);
      g_assert_cmpuint (servo->baud, ==, baud);
      g_assert_false (servo->doubled);
      g_assert_cmpuint (servo->identity.id, ==, i + 1);
      g_assert_cmpuint (servo->identity.model, ==, protocol == LW_PROTOCOL_DYNAMIXEL ? 1020 : 777);
      g_assert_cmpfloat (servo->identity.voltage, >, 4);
      g_assert_cmpfloat (servo->identity.temperature, >, 15);
      g_assert_cmpuint (servo->identity.hardware_error, ==, 0);
    }
}

/* Twenty ids at one speed in 0.3 s; nothing is written. */
static void
test_one_speed (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      LwScanPlan plan = { .protocols = 1u << protocol, .bauds = megabaud, .n_bauds = 1, .first_id = 1, .last_id = 20 };
      LwSimBusConfig config;
      int64_t start_ns;
      Search self;

      lw_sim_bus_config_init (&config);
      config.protocol = protocol;
      config.return_delay_us = 500;
      search_open (&self, &config);
      start_ns = self.bus.clock.now_ns;
      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
      g_test_message ("%s: 20 ids in %.3f s", lw_protocol_name (protocol), (double) (self.bus.clock.now_ns - start_ns) * 1e-9);
      g_assert_cmpint (self.bus.clock.now_ns - start_ns, <=, 300 * MS);
      assert_found_all (&self, protocol, 1000000);
      for (guint i = 0; i < 6; i++)
        g_assert_cmpuint (found_at (&self, i)->return_delay_us, ==, 500);
      g_assert_cmpuint (self.n_told, ==, 6);
      g_assert_cmpfloat (self.fraction, ==, 1.0);
      search_close (&self);
    }
}

/* Product, item 4: connect, scan, disconnect write nothing, whatever is found. */
static void
test_item_4_scan_writes_nothing (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH, .last_id = 20 };
      LwSimBusConfig config;
      Search self;

      lw_sim_bus_config_init (&config);
      config.protocol = protocol;
      search_open (&self, &config);
      lw_sim_bus_set_doubled (self.bus.sim, 2, true);
      lw_sim_bus_fail_servo (self.bus.sim, 1, LW_DXL_HARDWARE_OVERLOAD);
      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
      g_assert_cmpuint (self.found->len, ==, 6);
      g_assert_cmpuint (n_writes, ==, 0);
      search_close (&self);
    }
}

/* Product, item 21: at whatever speed the servos are, a scan of all finds them there, and leaves the line as it was. */
static void
test_item_21_any_speed (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      size_t n;
      const unsigned *bauds = lw_servo_scan_bauds (protocol, &n);

      for (size_t i = 0; i < n; i++)
        {
          LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH, .last_id = 8 };
          LwSimBusConfig config;
          Search self;

          lw_sim_bus_config_init (&config);
          config.protocol = protocol;
          config.baud = bauds[i];
          search_open (&self, &config);
          g_assert_cmpint (lw_transport_set_baud (self.line, 1000000), ==, LW_IO_OK);
          g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
          g_test_message ("%s at %u", lw_protocol_name (protocol), bauds[i]);
          assert_found_all (&self, protocol, bauds[i]);
          g_assert_cmpuint (self.line->baud, ==, 1000000);
          search_close (&self);
        }
    }
}

/* How long a scan of everything takes, and the usual speed first: that one alone is done when it has found somebody. */
static void
test_all_speeds_time (void)
{
  static const uint8_t last_ids[] = { 20, 252 };
  LwSimBusConfig config;
  Search self;

  lw_sim_bus_config_init (&config);
  search_open (&self, &config);
  for (size_t i = 0; i < G_N_ELEMENTS (last_ids); i++)
    {
      LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH, .last_id = last_ids[i] };
      int64_t start_ns = self.bus.clock.now_ns;

      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
      assert_found_all (&self, LW_PROTOCOL_DYNAMIXEL, 1000000);
      g_test_message ("ids 0 to %u at all 16 speeds: %.2f s", last_ids[i], (double) (self.bus.clock.now_ns - start_ns) * 1e-9);
      g_assert_cmpint (self.bus.clock.now_ns - start_ns, <, last_ids[i] == 20 ? 5000 * MS : 45000 * MS);

      plan.stop_at_first_speed = true;
      start_ns = self.bus.clock.now_ns;
      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
      assert_found_all (&self, LW_PROTOCOL_DYNAMIXEL, 1000000);
      g_assert_cmpint (self.bus.clock.now_ns - start_ns, <, last_ids[i] == 20 ? 300 * MS : 2000 * MS);
    }
  search_close (&self);
}

/* An adapter that hands over every 16 ms, one that hears itself, and both. */
static void
test_adapters (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    for (int kind = 1; kind < 4; kind++)
      {
        LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH, .bauds = megabaud, .n_bauds = 1, .last_id = 20 };
        LwSimBusConfig config;
        Search self;

        lw_sim_bus_config_init (&config);
        config.protocol = protocol;
        config.latency_us = (kind & 1) != 0 ? 16000 : 0;
        search_open (&self, &config);
        lw_sim_bus_set_faults (self.bus.sim, (kind & 2) != 0 ? LW_SIM_FAULT_ECHO : 0);
        g_test_message ("%s, latency %g us, %s", lw_protocol_name (protocol), config.latency_us, (kind & 2) != 0 ? "echo" : "no echo");
        g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
        assert_found_all (&self, protocol, 1000000);
        search_close (&self);
      }
}

/* One line, servos of one speed here and another there: each is found where it is. */
static void
test_mixed_speeds (void)
{
  LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL, .last_id = 8 };
  LwSimBusConfig config;
  Search self;

  lw_sim_bus_config_init (&config);
  search_open (&self, &config);
  g_assert_cmpint (lw_dynamixel_write_setting (self.line, 3, LW_DXL_BAUD_RATE, 1, 1, self.bus.clock.now_ns + 1000 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (self.line->baud, ==, 57600);
  g_assert_cmpint (lw_transport_set_baud (self.line, 1000000), ==, LW_IO_OK);
  g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
  g_assert_cmpuint (self.found->len, ==, 6);
  g_assert_cmpuint (found_at (&self, 5)->identity.id, ==, 3);
  g_assert_cmpuint (found_at (&self, 5)->baud, ==, 57600);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (found_at (&self, i)->baud, ==, 1000000);
  search_close (&self);
}

static void
test_doubled (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      static const uint8_t ids[] = { 1, 2, 2, 4, 5, 6 };
      LwScanPlan plan = { .protocols = 1u << protocol, .bauds = megabaud, .n_bauds = 1, .last_id = 20 };
      LwSimBusConfig config;
      Search self;

      lw_sim_bus_config_init (&config);
      config.protocol = protocol;
      config.ids = ids;
      search_open (&self, &config);
      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
      g_assert_cmpuint (self.found->len, ==, 5);
      for (guint i = 0; i < 5; i++)
        {
          const LwFoundServo *servo = found_at (&self, i);

          g_test_message ("%s %u %s", lw_protocol_name (protocol), servo->identity.id, servo->doubled ? "doubled" : "alone");
          g_assert_true (servo->doubled == (servo->identity.id == 2));
        }
      search_close (&self);
    }
}

/* At any moment: within one ping, or one closer look, and what was found until then stands. */
static void
test_cancel (void)
{
  LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL, .bauds = megabaud, .n_bauds = 1, .last_id = 20 };
  LwSimBusConfig config;
  Search self;

  lw_sim_bus_config_init (&config);
  search_open (&self, &config);
  for (size_t after = 1; after <= 26; after++) /* 21 pings, 6 found */
    {
      self.cancel_after = after;
      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_TIMEOUT);
      g_assert_cmpint (self.bus.clock.now_ns - self.cancelled_ns, <, 6 * MS);
      g_assert_cmpuint (self.n_reports, ==, after);
      g_assert_cmpuint (self.found->len, ==, after <= 21 ? 0 : after - 21);
    }
  search_close (&self);
}

static void
test_silent_and_gone (void)
{
  LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL, .bauds = megabaud, .n_bauds = 1, .last_id = 20 };
  LwSimBusConfig config;
  Search self;

  lw_sim_bus_config_init (&config);
  search_open (&self, &config);
  lw_sim_bus_set_faults (self.bus.sim, LW_SIM_FAULT_SILENT);
  g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
  g_assert_cmpuint (self.found->len, ==, 0);
  lw_sim_bus_set_faults (self.bus.sim, LW_SIM_FAULT_HANG_UP);
  g_assert_cmpint (search (&self, &plan), ==, LW_BUS_GONE);
  search_close (&self);
}

/* A port that cannot do 4.5 and 4 Mbit/s: those are passed over, the rest is tried. */
static LwIo (*full_set_baud) (LwTransport *self, unsigned baud);

static LwIo
slow_set_baud (LwTransport *self, unsigned baud)
{
  return baud > 3000000 ? LW_IO_FAILED : full_set_baud (self, baud);
}

static void
test_passed_over (void)
{
  LwScanPlan plan = { .protocols = 1u << LW_PROTOCOL_DYNAMIXEL, .last_id = 8 };
  LwTransportClass slow;
  LwSimBusConfig config;
  Search self;

  lw_sim_bus_config_init (&config);
  config.baud = 9600; /* the last one tried */
  search_open (&self, &config);
  slow = *self.line->klass;
  full_set_baud = slow.set_baud;
  slow.set_baud = slow_set_baud;
  self.line->klass = &slow;
  g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
  assert_found_all (&self, LW_PROTOCOL_DYNAMIXEL, 9600);
  g_assert_cmpfloat (self.fraction, ==, 1.0);
  /* A line without speed of its own is scanned as it is. */
  slow.set_baud = NULL;
  g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
  assert_found_all (&self, LW_PROTOCOL_DYNAMIXEL, 9600);
  search_close (&self);
}

static void
leave_only (Search *self, size_t servo)
{
  for (size_t i = 0; i < self->bus.n; i++)
    lw_sim_bus_set_missing (self->bus.sim, i, i != servo);
}

static void
test_set_id (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      LwScanPlan plan = { .protocols = 1u << protocol, .bauds = megabaud, .n_bauds = 1, .last_id = 30 };
      uint8_t max_id = protocol == LW_PROTOCOL_DYNAMIXEL ? 252 : 253;
      g_autoptr (GError) error = NULL;
      LwSimBusConfig config;
      Search self;

      lw_sim_bus_config_init (&config);
      config.protocol = protocol;
      search_open (&self, &config);
      /* Six answer: refused, with their ids, and nothing is written. */
      g_assert_false (lw_servo_set_id (self.line, protocol, 3, 20, &error));
      g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, "1, 2, 3, 4, 5, 6"));
      g_clear_error (&error);
      leave_only (&self, 2);
      g_assert_false (lw_servo_set_id (self.line, protocol, 4, 20, &error));
      g_assert_nonnull (strstr (error->message, "has id 3, not 4"));
      g_clear_error (&error);
      g_assert_false (lw_servo_set_id (self.line, protocol, 3, 254, &error));
      g_clear_error (&error);
      lw_sim_bus_set_doubled (self.bus.sim, 2, true);
      g_assert_false (lw_servo_set_id (self.line, protocol, 3, 20, &error));
      g_assert_nonnull (strstr (error->message, "Two servos answer to id 3"));
      g_clear_error (&error);
      lw_sim_bus_set_doubled (self.bus.sim, 2, false);
      lw_sim_bus_set_faults (self.bus.sim, LW_SIM_FAULT_SILENT);
      g_assert_false (lw_servo_set_id (self.line, protocol, 3, 20, &error));
      g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SILENT);
      g_clear_error (&error);
      lw_sim_bus_set_faults (self.bus.sim, 0);
      g_assert_cmpuint (n_writes, ==, 0);

      g_assert_true (lw_servo_set_id (self.line, protocol, 3, 20, &error));
      g_assert_no_error (error);
      g_assert_cmpint (search (&self, &plan), ==, LW_BUS_OK);
      g_assert_cmpuint (self.found->len, ==, 1);
      g_assert_cmpuint (found_at (&self, 0)->identity.id, ==, 20);
      g_assert_true (lw_servo_set_id (self.line, protocol, 20, max_id, &error));
      g_assert_true (lw_servo_set_id (self.line, protocol, max_id, max_id, &error));
      g_assert_no_error (error);
      search_close (&self);
    }
}

/* With torque on nothing is changed. */
static void
test_set_id_powered (void)
{
  static const uint8_t only[] = { 3 };
  LwSimBusConfig config;
  g_autoptr (GError) error = NULL;
  LwTransport *held;
  LwServoBus *servo;
  Search self;

  lw_sim_bus_config_init (&config);
  search_open (&self, &config);
  leave_only (&self, 2);
  held = lw_sim_bus_direct (self.bus.sim, &self.bus.clock);
  servo = lw_dynamixel_new (held, only, 1);
  g_assert_cmpint (servo->klass->set_torque (servo, true, self.bus.clock.now_ns + 100 * MS), ==, LW_BUS_OK);
  test_bus_wait_until (&self.bus, self.bus.clock.now_ns + MS);
  n_writes = 0;
  g_assert_false (lw_servo_set_id (self.line, LW_PROTOCOL_DYNAMIXEL, 3, 20, &error));
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "torque off"));
  g_assert_cmpuint (n_writes, ==, 0);
  g_clear_error (&error);
  g_assert_false (lw_servo_set_speed (self.line, LW_PROTOCOL_DYNAMIXEL, 3, 57600, &error));
  g_assert_cmpuint (n_writes, ==, 0);
  g_assert_cmpuint (self.line->baud, ==, 1000000);
  lw_servo_bus_free (servo);
  search_close (&self);
}

static void
test_set_speed (void)
{
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      size_t n;
      const unsigned *bauds = lw_servo_scan_bauds (protocol, &n);
      g_autoptr (GError) error = NULL;
      LwSimBusConfig config;
      Search self;

      lw_sim_bus_config_init (&config);
      config.protocol = protocol;
      search_open (&self, &config);
      leave_only (&self, 4);
      for (size_t i = 0; i < n; i++)
        {
          g_assert_true (lw_servo_set_speed (self.line, protocol, 5, bauds[i], &error));
          g_assert_no_error (error);
          g_assert_cmpuint (self.line->baud, ==, bauds[i]);
        }
      g_assert_false (lw_servo_set_speed (self.line, protocol, 5, 31250, &error));
      g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SPEED);
      search_close (&self);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/servo-scan/one-speed", test_one_speed);
  g_test_add_func ("/product/04-scan-writes-nothing", test_item_4_scan_writes_nothing);
  g_test_add_func ("/product/21-any-speed", test_item_21_any_speed);
  g_test_add_func ("/servo-scan/all-speeds-time", test_all_speeds_time);
  g_test_add_func ("/servo-scan/adapters", test_adapters);
  g_test_add_func ("/servo-scan/mixed-speeds", test_mixed_speeds);
  g_test_add_func ("/servo-scan/doubled", test_doubled);
  g_test_add_func ("/servo-scan/cancel", test_cancel);
  g_test_add_func ("/servo-scan/silent-and-gone", test_silent_and_gone);
  g_test_add_func ("/servo-scan/passed-over", test_passed_over);
  g_test_add_func ("/servo-scan/set-id", test_set_id);
  g_test_add_func ("/servo-scan/set-id-powered", test_set_id_powered);
  g_test_add_func ("/servo-scan/set-speed", test_set_speed);
  return g_test_run ();
}
