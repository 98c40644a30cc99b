/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 22. The failures users report, each brought about for real: what the layers below then say is recognised, and has its text, action and details. The clock is injected. */
#include <math.h>
#include <pty.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arm-fixture.h"
#include "lw-dynamixel-setup.h"
#include "lw-dynamixel-table.h"
#include "lw-test-paths.h"
#include "lw-trouble.h"
#include "on-both.h"

#define PORT "/dev/ttyUSB3"
#define N    6
#define TICK (2 * G_PI / 4096)
#define SECOND G_GINT64_CONSTANT (1000000000)

typedef struct {
  ArmFixture    arm;
  LwArmProfile *profile;
} Desk;

static void
desk_init (Desk *self, LwProtocol protocol)
{
  g_autofree char *path = lw_test_data_path ("arms/desk-6.json");

  fixture_init_on (&self->arm, "desk-6", protocol);
  self->profile = lw_arm_profile_load (path, NULL);
  g_assert_nonnull (self->profile);
  self->profile->protocol = protocol;
}

static void
desk_clear (Desk *self)
{
  fixture_clear (&self->arm);
  lw_arm_profile_free (self->profile);
}

static LwTransport *
open_line (Desk *self)
{
  if (self->arm.sim == NULL)
    {
      lw_fake_clock_init (&self->arm.clock);
      self->arm.setup.clock = &self->arm.clock.base;
      self->arm.sim = lw_sim_bus_new (&self->arm.config);
      bus_tap_attach (&self->arm.tap, self->arm.sim, self->arm.config.protocol);
      self->arm.arm = lw_arm_new (&self->arm.setup);
    }
  return lw_sim_bus_direct (self->arm.sim, &self->arm.clock);
}

static LwServoBus *
open_bus (Desk *self)
{
  static const uint8_t ids[N] = { 1, 2, 3, 4, 5, 6 };

  return lw_servo_bus_new (self->arm.config.protocol, open_line (self), ids, N);
}

/* ---- what is said ---- */

/* The words of @facts are whole sentences, name @names, and keep the technical text; nobody is asked to guess. */
static void check (const LwTroubleFacts *facts, LwTroubleKind kind, ...) G_GNUC_NULL_TERMINATED;

static void
check (const LwTroubleFacts *facts, LwTroubleKind kind, ...)
{
  g_autoptr (LwTrouble) trouble = lw_trouble_new (facts);
  const char *const sentences[] = { trouble->what, trouble->works, trouble->action };
  g_autofree char *text = lw_trouble_to_text (trouble);
  const char *name;
  va_list names;

  g_test_message ("%s", text);
  g_assert_cmpstr (lw_trouble_kind_name (trouble->kind), ==, lw_trouble_kind_name (kind));
  for (size_t i = 0; i < G_N_ELEMENTS (sentences); i++)
    {
      g_assert_cmpuint (strlen (sentences[i]), >, 15);
      g_assert_true (g_str_has_suffix (sentences[i], "."));
      g_assert_null (strstr (sentences[i], "sudo")); /* a command to copy is apart */
      g_assert_null (strstr (sentences[i], " nan"));
    }
  va_start (names, kind);
  while ((name = va_arg (names, const char *)) != NULL)
    if (strstr (trouble->what, name) == NULL)
      g_error ("“%s” does not name %s", trouble->what, name);
  va_end (names);
  g_assert_true (g_str_has_prefix (trouble->details, lw_trouble_kind_name (kind)));
}

static GArray *
troubles_of_scan (Desk *self, unsigned baud, bool every_speed)
{
  LwScanPlan plan = { .protocols = 1u << self->arm.config.protocol, .bauds = every_speed ? NULL : &baud, .n_bauds = every_speed ? 0 : 1, .last_id = 10 };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo));
  GArray      *troubles = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
  LwTransport *line = open_line (self);
  atomic_bool  cancel = false;

  g_assert_cmpint (lw_transport_set_baud (line, baud), ==, LW_IO_OK);
  g_assert_cmpint (lw_servo_scan (line, &plan, NULL, NULL, &cancel, found), ==, LW_BUS_OK);
  lw_trouble_from_scan (found, PORT, baud, self->profile, troubles);
  lw_transport_free (line);
  return troubles;
}

static const LwTroubleFacts *
first_of (const GArray *troubles, LwTroubleKind kind)
{
  for (guint i = 0; i < troubles->len; i++)
    if (g_array_index (troubles, LwTroubleFacts, i).kind == kind)
      return &g_array_index (troubles, LwTroubleFacts, i);
  g_error ("%s is not among the %u troubles", lw_trouble_kind_name (kind), troubles->len);
}

/* What connecting says. */
static LwTroubleFacts
connect_in_vain (Desk *self)
{
  g_autoptr (GError) error = NULL;
  static char    message[256];
  LwTroubleFacts facts;

  g_assert_false (lw_arm_connect_stepped (self->arm.arm, open_bus (self), &error));
  g_strlcpy (message, error->message, sizeof message);
  lw_trouble_from_error (error, PORT, self->profile->baud, self->profile, &facts);
  return facts;
}

/* ---- the port ---- */

static void
test_no_permission (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LwTroubleFacts facts;
  LwTransport *line;
  char path[64];
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, path, NULL, NULL), ==, 0);
  g_assert_cmpint (chmod (path, 0), ==, 0);
  if (geteuid () == 0)
    g_assert_cmpint (seteuid (65534), ==, 0); /* nobody */
  line = lw_transport_open (path, 1000000, &error);
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_null (line);
  lw_trouble_from_error (error, path, 1000000, NULL, &facts);
  check (&facts, LW_TROUBLE_NO_PERMISSION, path, NULL);
  close (slave);
  close (master);
}

static void
test_port_busy (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LwTroubleFacts facts;
  LwTransport *first;
  char path[64];
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, path, NULL, NULL), ==, 0);
  first = lw_transport_open (path, 1000000, &error);
  g_assert_no_error (error);
  g_assert_null (lw_transport_open (path, 1000000, &error));
  lw_trouble_from_error (error, path, 1000000, NULL, &facts);
  check (&facts, LW_TROUBLE_PORT_BUSY, path, NULL);
  lw_transport_free (first);
  close (slave);
  close (master);
}

/* ---- who is there ---- */

static void
test_nothing_answers (gconstpointer data)
{
  g_autoptr (GArray) troubles = NULL;
  LwTroubleFacts facts;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  lw_transport_free (open_line (&desk));
  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_SILENT);
  facts = connect_in_vain (&desk);
  check (&facts, LW_TROUBLE_NOTHING_ANSWERS, PORT, "1000000", NULL);
  troubles = troubles_of_scan (&desk, 1000000, FALSE);
  check (first_of (troubles, LW_TROUBLE_NOTHING_ANSWERS), LW_TROUBLE_NOTHING_ANSWERS, PORT, NULL);
  desk_clear (&desk);
}

/* 21 as well: found at whatever speed it has; the fix that is offered, setting the speed of one after the other, makes it an arm without trouble. */
static void
test_wrong_speed (gconstpointer data)
{
  g_autoptr (GArray) before = NULL, after = NULL;
  g_autoptr (GError) error = NULL;
  const LwTroubleFacts *facts;
  LwTroubleFacts vain;
  LwTransport *line;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  desk.arm.config.baud = 57600;
  line = open_line (&desk);
  lw_transport_set_baud (line, 1000000);
  lw_transport_free (line);
  vain = connect_in_vain (&desk);
  check (&vain, LW_TROUBLE_NOTHING_ANSWERS, PORT, "1000000", NULL);
  before = troubles_of_scan (&desk, 1000000, TRUE);
  facts = first_of (before, LW_TROUBLE_WRONG_SPEED);
  check (facts, LW_TROUBLE_WRONG_SPEED, "57600", "1000000", "shoulder_pan", "gripper", NULL);
  g_assert_cmpuint (facts->other_baud, ==, 57600);
  g_assert_cmpuint (bus_tap_writes (&desk.arm.tap, 0), ==, 0);

  for (size_t i = 0; i < facts->n_ids; i++)
    {
      for (size_t j = 0; j < N; j++)
        lw_sim_bus_set_missing (desk.arm.sim, j, j + 1 != facts->ids[i]); /* unplugged, but this one */
      line = open_line (&desk);
      lw_transport_set_baud (line, facts->other_baud);
      lw_servo_set_speed (line, protocol_of (data), facts->ids[i], facts->baud, &error);
      g_assert_no_error (error);
      lw_transport_free (line);
    }
  for (size_t j = 0; j < N; j++)
    lw_sim_bus_set_missing (desk.arm.sim, j, false);
  after = troubles_of_scan (&desk, 1000000, FALSE);
  g_assert_cmpuint (after->len, ==, 0);
  desk_clear (&desk);
}

static void
test_missing_id (gconstpointer data)
{
  g_autoptr (GArray) troubles = NULL;
  LwTroubleFacts facts;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  lw_transport_free (open_line (&desk));
  lw_sim_bus_set_missing (desk.arm.sim, 3, true);
  facts = connect_in_vain (&desk);
  check (&facts, LW_TROUBLE_MISSING_ID, "4 (wrist_flex)", PORT, NULL);
  troubles = troubles_of_scan (&desk, 1000000, FALSE);
  g_assert_cmpuint (troubles->len, ==, 1);
  check (first_of (troubles, LW_TROUBLE_MISSING_ID), LW_TROUBLE_MISSING_ID, "4 (wrist_flex)", PORT, NULL);
  desk_clear (&desk);
}

/* 21 as well: the fix is another id for one of the two. */
static void
test_doubled_id (gconstpointer data)
{
  static const uint8_t ids[] = { 1, 2, 2, 4, 5, 6 };
  g_autoptr (GArray) before = NULL, after = NULL;
  g_autoptr (GError) error = NULL;
  LwTroubleFacts facts;
  LwTransport *line;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  desk.arm.config.ids = ids;
  lw_transport_free (open_line (&desk));
  facts = connect_in_vain (&desk);
  check (&facts, LW_TROUBLE_DOUBLED_ID, "2", NULL);
  before = troubles_of_scan (&desk, 1000000, FALSE);
  check (first_of (before, LW_TROUBLE_DOUBLED_ID), LW_TROUBLE_DOUBLED_ID, "2", NULL);
  for (size_t j = 0; j < N; j++)
    lw_sim_bus_set_missing (desk.arm.sim, j, j != 2);
  line = open_line (&desk);
  lw_servo_set_id (line, protocol_of (data), 2, 3, &error);
  g_assert_no_error (error);
  lw_transport_free (line);
  for (size_t j = 0; j < N; j++)
    lw_sim_bus_set_missing (desk.arm.sim, j, false);
  after = troubles_of_scan (&desk, 1000000, FALSE);
  g_assert_cmpuint (after->len, ==, 0);
  desk_clear (&desk);
}

/* ---- the line ---- */

static void
test_time_outs (gconstpointer data)
{
  static const uint8_t ids[N] = { 1, 2, 3, 4, 5, 6 };
  LwTroubleFacts facts;
  LwArmLink link;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 4);
  lw_arm_get_link (desk.arm.arm, &link);
  g_assert_false (lw_trouble_from_counters (link.servos, ids, N, PORT, desk.profile, &facts));
  lw_sim_bus_set_loss (desk.arm.sim, 0.05, 0);
  fixture_run (&desk.arm, 8);
  lw_arm_get_link (desk.arm.arm, &link);
  g_assert_true (lw_trouble_from_counters (link.servos, ids, N, PORT, desk.profile, &facts));
  check (&facts, LW_TROUBLE_TIME_OUTS, "shoulder_lift", NULL);
  desk_clear (&desk);
}

/* 23 as well: what is measured of an adapter that hands over every 16 ms becomes the banner, with the rate it allows and a command to copy. */
static void
test_adapter_latency (gconstpointer data)
{
  g_autoptr (LwTrouble) trouble = NULL;
  LwTroubleFacts facts;
  LwArmLink link;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  desk.arm.config.latency_us = 16000;
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 5);
  lw_arm_get_link (desk.arm.arm, &link);
  g_assert_true (lw_trouble_from_latency (link.latency, link.achievable_hz, PORT, &facts));
  check (&facts, LW_TROUBLE_ADAPTER_LATENCY, PORT, "readings a second", NULL);
  g_assert_cmpfloat (facts.rate_hz, >=, 20);
  g_assert_cmpfloat (facts.rate_hz, <=, 65);
  trouble = lw_trouble_new (&facts);
  g_assert_cmpstr (trouble->command, ==, "echo 1 | sudo tee /sys/bus/usb-serial/devices/ttyUSB3/latency_timer");
  desk_clear (&desk);

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 3);
  lw_arm_get_link (desk.arm.arm, &link);
  g_assert_false (lw_trouble_from_latency (link.latency, link.achievable_hz, PORT, &facts));
  desk_clear (&desk);
}

static void
read_stored (Desk *self, LwServoStored *out)
{
  LwServoBus     *bus = open_bus (self);
  LwServoIdentity identity;

  for (size_t j = 0; j < N; j++)
    {
      g_assert_cmpint (bus->klass->identify (bus, j, &identity, self->arm.clock.now_ns + SECOND), ==, LW_BUS_OK);
      g_assert_cmpint (bus->klass->read_stored (bus, j, &out[j], self->arm.clock.now_ns + SECOND), ==, LW_BUS_OK);
    }
  lw_servo_bus_free (bus);
}

static size_t
troubles_of_stored (const Desk *self, const LwServoStored *held, const LwServoStored *expected, GArray *out)
{
  static const uint8_t ids[N] = { 1, 2, 3, 4, 5, 6 };

  return lw_trouble_from_stored (held, expected, ids, N, self->arm.config.protocol, PORT, self->profile, out);
}

static void
test_return_delay (gconstpointer data)
{
  g_autoptr (GArray) found = NULL, stored = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
  LwServoStored held[N];
  Desk desk;

  desk_init (&desk, protocol_of (data));
  desk.arm.config.return_delay_us = 500; /* from the factory */
  found = troubles_of_scan (&desk, 1000000, FALSE);
  check (first_of (found, LW_TROUBLE_RETURN_DELAY), LW_TROUBLE_RETURN_DELAY, "500 µs", "readings a second", NULL);
  read_stored (&desk, held);
  g_assert_cmpuint (troubles_of_stored (&desk, held, NULL, stored), ==, 1);
  check (first_of (stored, LW_TROUBLE_RETURN_DELAY), LW_TROUBLE_RETURN_DELAY, "500 µs", NULL);
  desk_clear (&desk);
}

static void
test_cable_pulled (gconstpointer data)
{
  LwTroubleFacts facts;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 0.2);
  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_HANG_UP);
  fixture_until (&desk.arm, LW_MODE_FAULT, 0.2);
  g_assert_true (lw_trouble_from_reason (fixture_state (&desk.arm).reason, PORT, desk.profile, &facts));
  check (&facts, LW_TROUBLE_CABLE_PULLED, PORT, NULL);
  lw_arm_disconnect (desk.arm.arm);
  facts = connect_in_vain (&desk);
  check (&facts, LW_TROUBLE_CABLE_PULLED, PORT, NULL);
  desk_clear (&desk);
}

/* ---- the servos ---- */

/* The alarm of @kind that stands with @joint, put in words; it comes within @seconds. */
static LwTroubleFacts
alarm_of (Desk *self, LwAlarmKind kind, uint8_t joint, double seconds)
{
  LwTroubleFacts facts;
  LwArmAlarms    alarms;

  for (double left = seconds; left > 0; left -= 0.1)
    {
      fixture_run (&self->arm, 0.1);
      lw_arm_get_alarms (self->arm.arm, &alarms);
      for (uint32_t back = 0; lw_arm_alarms_get (&alarms, back) != NULL; back++)
        {
          const LwAlarm *alarm = lw_arm_alarms_get (&alarms, back);

          if (alarm->kind == kind && alarm->joint == joint && lw_trouble_from_alarm (alarm, self->arm.config.protocol, PORT, self->profile, &facts))
            return facts;
        }
    }
  g_error ("no alarm “%s” of joint %u", lw_alarm_name (kind), joint);
}

/* Far too much a Feetech servo notices by itself, and sooner than we do. */
static void
test_voltage (gconstpointer data)
{
  const bool feetech = protocol_of (data) == LW_PROTOCOL_FEETECH;
  LwTroubleFacts facts;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 0.5);
  lw_sim_bus_set_supply (desk.arm.sim, 7.5); /* a charger that is too weak */
  facts = alarm_of (&desk, LW_ALARM_VOLTAGE_LOW, 2, 6);
  check (&facts, LW_TROUBLE_VOLTAGE, "3 (elbow_flex)", "voltage", NULL);
  desk_clear (&desk);

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  lw_sim_bus_set_supply (desk.arm.sim, 19); /* a notebook's */
  facts = alarm_of (&desk, feetech ? LW_ALARM_HARDWARE : LW_ALARM_VOLTAGE_HIGH, 2, 6);
  check (&facts, LW_TROUBLE_VOLTAGE, "3 (elbow_flex)", "voltage", NULL);
  desk_clear (&desk);
}

static void
test_overload (gconstpointer data)
{
  g_autoptr (GArray) troubles = NULL;
  LwTroubleFacts facts;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 0.2);
  lw_sim_bus_fail_servo (desk.arm.sim, 1, 0x20);
  facts = alarm_of (&desk, LW_ALARM_HARDWARE, 1, 6);
  check (&facts, LW_TROUBLE_OVERLOAD, "2 (shoulder_lift)", NULL);
  lw_arm_disconnect (desk.arm.arm);
  troubles = troubles_of_scan (&desk, 1000000, FALSE);
  check (first_of (troubles, LW_TROUBLE_OVERLOAD), LW_TROUBLE_OVERLOAD, "2 (shoulder_lift)", NULL);
  desk_clear (&desk);
}

static void
test_overheating (gconstpointer data)
{
  g_autoptr (GArray) troubles = NULL;
  LwTroubleFacts facts;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 0.2);
  lw_sim_bus_set_heat (desk.arm.sim, 4, 66);
  facts = alarm_of (&desk, LW_ALARM_HOT, 4, 4);
  check (&facts, LW_TROUBLE_OVERHEATING, "5 (wrist_roll)", "°C", NULL);
  lw_arm_disconnect (desk.arm.arm);
  lw_sim_bus_set_heat (desk.arm.sim, 4, 66);
  troubles = troubles_of_scan (&desk, 1000000, FALSE);
  check (first_of (troubles, LW_TROUBLE_OVERHEATING), LW_TROUBLE_OVERHEATING, "5 (wrist_roll)", "°C", NULL);
  desk_clear (&desk);
}

/* Dynamixel servos in position mode heed a quarter turn of it and drop the rest: one that another program left is found, and we leave none. Feetech's counts on a turn: none is too
 * large. */
static void
test_offset_too_large (gconstpointer data)
{
  g_autoptr (GArray) troubles = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
  const bool    feetech = protocol_of (data) == LW_PROTOCOL_FEETECH;
  LwServoStored held[N];
  LwServoBus   *bus;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  read_stored (&desk, held);
  held[1].offset = 2500 * TICK;
  bus = open_bus (&desk);
  g_assert_cmpint (bus->klass->identify (bus, 1, &(LwServoIdentity){ 0 }, desk.arm.clock.now_ns + SECOND), ==, LW_BUS_OK);
  g_assert_cmpint (bus->klass->write_stored (bus, 1, &held[1], desk.arm.clock.now_ns + SECOND), ==, feetech ? LW_BUS_OK : LW_BUS_DEVICE);
  lw_servo_bus_free (bus);
  read_stored (&desk, held);
  g_assert_cmpuint (troubles_of_stored (&desk, held, NULL, troubles), ==, 0);
  if (feetech)
    g_assert_cmpfloat_with_epsilon (held[1].offset, (2500 - 4096) * TICK, 1e-9);
  else
    {
      LwTransport *line = open_line (&desk);

      g_assert_cmpint (lw_dynamixel_write_setting (line, 2, LW_DXL_HOMING_OFFSET, 4, 1500, desk.arm.clock.now_ns + SECOND), ==, LW_BUS_OK);
      lw_transport_free (line);
      read_stored (&desk, held);
      g_assert_cmpuint (troubles_of_stored (&desk, held, NULL, troubles), ==, 1);
      check (first_of (troubles, LW_TROUBLE_OFFSET_TOO_LARGE), LW_TROUBLE_OFFSET_TOO_LARGE, "2 (shoulder_lift)", "132°", "90°", NULL);
    }
  desk_clear (&desk);
}

static void
test_calibration_differs (gconstpointer data)
{
  g_autoptr (GArray) same = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts)), other = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
  LwServoStored expected[N], held[N];
  LwServoBus *bus;
  Desk desk;

  desk_init (&desk, protocol_of (data));
  read_stored (&desk, expected);
  read_stored (&desk, held);
  g_assert_cmpuint (troubles_of_stored (&desk, held, expected, same), ==, 0);
  /* Another program calibrates the elbow anew. */
  held[2].offset += 100 * TICK;
  bus = open_bus (&desk);
  g_assert_cmpint (bus->klass->identify (bus, 2, &(LwServoIdentity){ 0 }, desk.arm.clock.now_ns + SECOND), ==, LW_BUS_OK);
  g_assert_cmpint (bus->klass->write_stored (bus, 2, &held[2], desk.arm.clock.now_ns + 2 * SECOND), ==, LW_BUS_OK);
  lw_servo_bus_free (bus);
  read_stored (&desk, held);
  g_assert_cmpuint (troubles_of_stored (&desk, held, expected, other), ==, 1);
  check (first_of (other, LW_TROUBLE_CALIBRATION_DIFFERS), LW_TROUBLE_CALIBRATION_DIFFERS, "3 (elbow_flex)", "8.8°", NULL);
  desk_clear (&desk);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/22-no-permission", test_no_permission },
    { "/product/22-port-busy", test_port_busy },
    { "/product/22-nothing-answers", test_nothing_answers },
    { "/product/21-22-wrong-speed", test_wrong_speed },
    { "/product/22-missing-id", test_missing_id },
    { "/product/21-22-doubled-id", test_doubled_id },
    { "/product/22-time-outs", test_time_outs },
    { "/product/22-23-adapter-latency", test_adapter_latency },
    { "/product/22-return-delay", test_return_delay },
    { "/product/22-voltage", test_voltage },
    { "/product/22-overload", test_overload },
    { "/product/22-overheating", test_overheating },
    { "/product/22-offset-too-large", test_offset_too_large },
    { "/product/22-calibration-differs", test_calibration_differs },
    { "/product/22-cable-pulled", test_cable_pulled },
  };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
