/* SPDX-License-Identifier: GPL-3.0-or-later */
/* product.md 22: every failure that users report is recognised from what the lower layers really say, and has its text, action and details. */
#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "lw-arm-failure.h"
#include "lw-device.h"
#include "lw-transport-fault.h"
#include "lw-trouble.h"

#define PORT "/dev/ttyUSB3"
#define TICK (2.0 * G_PI / 4096.0)

/* A profile of four joints with the ids 11 to 14. */
static const LwArmProfile profile = {
  .id = (char *) "bench", .title = (char *) "Bench", .baud = 1000000, .n_joints = 4,
  .joints = {
    { .name = "pan", .id = 11, .n_models = 1, .models = { 1060 } }, { .name = "lift", .id = 12, .n_models = 2, .models = { 1060, 1020 } },
    { .name = "elbow", .id = 13 }, { .name = "wrist", .id = 14, .n_models = 1, .models = { 1200 } },
  },
};

/* The words of @facts: complete sentences that name @names (NULL at the end). */
static void
check_words (const LwTroubleFacts *facts, LwTroubleKind kind, const char *command, ...) G_GNUC_NULL_TERMINATED;

static void
check_words (const LwTroubleFacts *facts, LwTroubleKind kind, const char *command, ...)
{
  g_autoptr (LwTrouble) trouble = lw_trouble_new (facts);
  g_autofree char *text = lw_trouble_to_text (trouble);
  const char *const sentences[] = { trouble->what, trouble->works, trouble->action };
  const char *name;
  va_list names;

  g_test_message ("%s", text);
  g_assert_cmpint (facts->kind, ==, kind);
  g_assert_cmpint (trouble->kind, ==, kind);
  for (size_t i = 0; i < G_N_ELEMENTS (sentences); i++)
    {
      g_assert_true (g_str_has_suffix (sentences[i], "."));
      g_assert_cmpuint (strlen (sentences[i]), >=, 10);
      g_assert_null (strstr (sentences[i], " nan"));
      g_assert_null (strstr (sentences[i], " inf "));
    }
  va_start (names, command);
  while ((name = va_arg (names, const char *)) != NULL)
    if (strstr (trouble->what, name) == NULL)
      g_error ("“%s” does not name %s", trouble->what, name);
  va_end (names);
  if (command == NULL)
    g_assert_null (trouble->command);
  else
    {
      g_assert_nonnull (trouble->command);
      g_assert_nonnull (strstr (trouble->command, command));
      g_assert_nonnull (strstr (text, command));
    }
  g_assert_true (g_str_has_prefix (trouble->details, lw_trouble_kind_name (kind)));
}

static void
check_bus_error (LwBusError code, LwTroubleKind kind, const char *command)
{
  g_autoptr (GError) error = g_error_new (LW_BUS_ERROR, (gint) code, "the words of the bus");
  g_autoptr (LwTrouble) trouble = NULL;
  LwTroubleFacts facts;

  lw_trouble_from_error (error, PORT, 57600, &profile, &facts);
  check_words (&facts, kind, command, PORT, NULL);
  trouble = lw_trouble_new (&facts);
  g_assert_nonnull (strstr (trouble->details, "the words of the bus"));
  g_assert_nonnull (strstr (trouble->details, "57600 baud"));
}

static GArray *
facts_array (void)
{
  return g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
}

static const LwTroubleFacts *
only (const GArray *troubles, size_t n)
{
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (troubles->len, ==, 1);
  return &g_array_index (troubles, LwTroubleFacts, 0);
}

/* ---- the port ---- */

static void
test_no_permission (void)
{
  check_bus_error (LW_BUS_ERROR_PERMISSION, LW_TROUBLE_NO_PERMISSION, "sudo usermod -aG dialout $USER");
}

/* The error as it comes from a port that somebody has. */
static void
test_port_busy (void)
{
  g_autoptr (GError) error = NULL;
  LwTroubleFacts facts;
  LwTransport *first;
  char path[64];
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, path, NULL, NULL), ==, 0);
  first = lw_transport_open (path, 1000000, NULL);
  g_assert_null (lw_transport_open (path, 1000000, &error));
  lw_trouble_from_error (error, path, 1000000, NULL, &facts);
  check_words (&facts, LW_TROUBLE_PORT_BUSY, "fuser -v /dev/pts/", path, NULL);
  lw_transport_free (first);
  close (slave);
  close (master);
}

static void
test_no_port (void)
{
  g_autoptr (GError) serial = NULL, network = NULL;
  LwTroubleFacts facts;

  g_assert_null (lw_transport_open ("/dev/lampwork-no-such-port", 1000000, &serial));
  lw_trouble_from_error (serial, "/dev/lampwork-no-such-port", 1000000, NULL, &facts);
  check_words (&facts, LW_TROUBLE_NO_PORT, "lampwork-cli ports", "/dev/lampwork-no-such-port", NULL);
  g_assert_null (lw_transport_open ("tcp:no-such-host.invalid:4000", 1000000, &network));
  lw_trouble_from_error (network, "tcp:no-such-host.invalid:4000", 0, NULL, &facts);
  check_words (&facts, LW_TROUBLE_NO_PORT, NULL, "tcp:no-such-host.invalid:4000", NULL);
}

static void
test_port_speed (void)
{
  check_bus_error (LW_BUS_ERROR_SPEED, LW_TROUBLE_PORT_SPEED, NULL);
}

/* ---- connecting, on a simulated arm with something wrong ---- */

static LwTransport *
break_line (LwTransport *transport, void *data)
{
  return lw_transport_fault_new (transport, data);
}

/* The error of connecting to planar-2 on a line with @faults, whose second servo is missing when @missing. */
static void
connect_broken (const LwTransportFaults *faults, gboolean missing, LwTroubleFacts *facts)
{
  const LwDeviceHooks hooks = { .wrap = break_line, .wrap_data = (void *) faults };
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) error = NULL;
  LwSimBus *simulator = NULL;
  LwArmModel *model;
  LwArmSetup setup;
  LwServoBus *bus;
  LwArm *arm;

  lw_device_init (&device);
  device.profile = lw_device_find_profile ("planar-2", &error);
  g_assert_no_error (error);
  model = lw_device_load_model (&device, NULL);
  bus = lw_device_open_bus (&device, model, &hooks, &simulator, &error);
  g_assert_no_error (error);
  lw_sim_bus_set_missing (simulator, 1, missing);
  lw_device_setup (&device, model, &setup);
  arm = lw_arm_new (&setup);
  g_assert_false (lw_arm_connect (arm, bus, &error));
  lw_trouble_from_error (error, NULL, 1000000, NULL, facts);
  lw_arm_free (arm);
  lw_sim_bus_free (simulator);
  lw_arm_model_unref (model);
}

static void
test_nothing_answers (void)
{
  static const LwTransportFaults silent = { .lost = 1.0 };
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (LwFoundServo)), troubles = facts_array ();
  LwTroubleFacts facts;

  connect_broken (&silent, FALSE, &facts);
  check_words (&facts, LW_TROUBLE_NOTHING_ANSWERS, NULL, "simulated arm", "1000000", NULL); /* nothing to scan there */
  check_words (only (troubles, lw_trouble_from_scan (none, PORT, 115200, &profile, troubles)), LW_TROUBLE_NOTHING_ANSWERS,
               "lampwork-cli scan --port " PORT " --baud all", PORT, "115200", NULL);
  g_assert_true (lw_trouble_from_reason (LW_REASON_NO_ANSWER, PORT, &profile, &facts));
  check_words (&facts, LW_TROUBLE_NOTHING_ANSWERS, "scan", PORT, NULL);
}

static void
test_cable_pulled (void)
{
  static const LwTransportFaults pulled = { .hang_up_after = 3 };
  LwTroubleFacts facts;

  connect_broken (&pulled, FALSE, &facts);
  check_words (&facts, LW_TROUBLE_CABLE_PULLED, NULL, "simulated arm", NULL);
  g_assert_true (lw_trouble_from_reason (LW_REASON_LINK_LOST, PORT, NULL, &facts));
  check_words (&facts, LW_TROUBLE_CABLE_PULLED, NULL, PORT, NULL);
}

/* ---- the scan ---- */

static void
find (GArray *found, uint8_t id, uint16_t model, unsigned baud, unsigned return_delay_us)
{
  LwFoundServo servo = {
    .protocol = LW_PROTOCOL_DYNAMIXEL, .baud = baud, .return_delay_us = (uint16_t) return_delay_us,
    .identity = { .id = id, .model = model, .voltage = 11.1, .temperature = 30.0, .supply_min = 6.5, .supply_max = 12.0 },
  };

  g_array_append_val (found, servo);
}

/* The bench arm as it should be. */
static GArray *
healthy (void)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo));

  find (found, 11, 1060, 1000000, 0);
  find (found, 12, 1020, 1000000, 0);
  find (found, 13, 1190, 1000000, 0);
  find (found, 14, 1200, 1000000, 0);
  return found;
}

static LwFoundServo *
servo (GArray *found, guint i)
{
  return &g_array_index (found, LwFoundServo, i);
}

static void
test_nothing_wrong (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();

  g_assert_cmpuint (lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles), ==, 0);
  g_assert_cmpuint (lw_trouble_from_scan (found, PORT, 0, NULL, troubles), ==, 0);
  g_assert_cmpuint (troubles->len, ==, 0);
}

static void
test_wrong_speed (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();
  const LwTroubleFacts *facts;

  servo (found, 1)->baud = servo (found, 2)->baud = 57600;
  facts = only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles));
  check_words (facts, LW_TROUBLE_WRONG_SPEED, NULL, "12 (lift), 13 (elbow)", "57600", "1000000", NULL);
  g_assert_cmpuint (facts->other_baud, ==, 57600);
}

static void
test_missing_id (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();
  LwTroubleFacts facts;

  g_array_remove_index (found, 2);
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_MISSING_ID, "scan", "Servo 13 (elbow)", PORT, NULL);
  connect_broken (&(LwTransportFaults){ 0 }, TRUE, &facts);
  check_words (&facts, LW_TROUBLE_MISSING_ID, NULL, "Servo 2", NULL);
}

static void
test_doubled_id (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();

  servo (found, 3)->doubled = true;
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_DOUBLED_ID, NULL, "14", NULL);
}

static void
test_wrong_model (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();

  servo (found, 0)->identity.model = 1200; /* 12 may be of two models, 13 of any */
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_WRONG_MODEL, NULL, "11 (pan)", "1200", "1060", NULL);
}

/* The shadow of a joint is looked for as well. */
static void
test_missing_shadow (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();
  LwArmProfile with_shadow = profile;

  with_shadow.joints[1].shadow = 22;
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &with_shadow, troubles)), LW_TROUBLE_MISSING_ID, "scan", "22", NULL);
}

/* Several at once, the worst first. */
static void
test_order (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();

  servo (found, 0)->doubled = true;
  servo (found, 1)->return_delay_us = 500;
  servo (found, 2)->identity.temperature = 75.0;
  g_array_remove_index (found, 3);
  g_assert_cmpuint (lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles), ==, 4);
  g_assert_cmpint (g_array_index (troubles, LwTroubleFacts, 0).kind, ==, LW_TROUBLE_DOUBLED_ID);
  g_assert_cmpint (g_array_index (troubles, LwTroubleFacts, 1).kind, ==, LW_TROUBLE_MISSING_ID);
  g_assert_cmpint (g_array_index (troubles, LwTroubleFacts, 2).kind, ==, LW_TROUBLE_OVERHEATING);
  g_assert_cmpint (g_array_index (troubles, LwTroubleFacts, 3).kind, ==, LW_TROUBLE_RETURN_DELAY);
}

/* ---- the line ---- */

static void
test_time_outs (void)
{
  LwBusCounters counters[4] = { { .answered = 1000 }, { .answered = 900, .lost = 60, .overdue = 40 }, { .answered = 100, .lost = 50 }, { .answered = 995, .lost = 5 } };
  static const uint8_t ids[4] = { 11, 12, 13, 14 };
  g_autoptr (GError) error = NULL;
  LwTroubleFacts facts;

  g_assert_true (lw_trouble_from_counters (counters, ids, 4, PORT, &profile, &facts)); /* 13 was asked too seldom to say */
  check_words (&facts, LW_TROUBLE_TIME_OUTS, NULL, "Servo 12 (lift)", "10.0 %", NULL);
  g_assert_cmpfloat (facts.value, ==, 0.1);
  counters[1].lost = counters[1].overdue = 0;
  g_assert_false (lw_trouble_from_counters (counters, ids, 4, PORT, &profile, &facts));
  lw_arm_failure_set (&error, &(LwArmFailure){ .status = LW_BUS_TIMEOUT }, "The joints cannot be read");
  lw_trouble_from_error (error, PORT, 1000000, &profile, &facts);
  check_words (&facts, LW_TROUBLE_TIME_OUTS, NULL, NULL);
}

/* Product item 23: an adapter that holds answers back for 16 ms is told from a slow line, with the rate it allows and what to do. */
static void
test_adapter_latency (void)
{
  LwRoundTrips slow = { { 0 } }, quick = { { 0 } }, few = { { 0 } };
  LwTroubleFacts facts;

  for (int i = 0; i < 100; i++)
    {
      lw_round_trips_add (&slow, 17400000);
      lw_round_trips_add (&quick, 2400000);
    }
  lw_round_trips_add (&few, 17400000);
  g_assert_true (lw_trouble_from_round_trips (&slow, 6, 1000000, 0.0, PORT, &facts));
  check_words (&facts, LW_TROUBLE_ADAPTER_LATENCY, "echo 1 | sudo tee /sys/bus/usb-serial/devices/ttyUSB3/latency_timer", PORT, "18 ms", "55 readings", NULL);
  g_assert_cmpfloat (facts.rate_hz, <=, 1.0 / 17.4e-3);
  g_assert_cmpfloat (facts.rate_hz, >=, 40.0);
  g_assert_false (lw_trouble_from_round_trips (&quick, 6, 1000000, 0.0, PORT, &facts));
  g_assert_false (lw_trouble_from_round_trips (&few, 6, 1000000, 0.0, PORT, &facts));
  g_assert_false (lw_trouble_from_round_trips (&slow, 6, 57600, 0.0, PORT, &facts)); /* the bytes themselves take that long */
  g_assert_false (lw_trouble_from_round_trips (&(LwRoundTrips){ { 0 } }, 6, 1000000, 0.0, PORT, &facts));

  g_assert_true (lw_trouble_from_latency (16.2e-3, 57.3, "/dev/ttyACM0", &facts));
  check_words (&facts, LW_TROUBLE_ADAPTER_LATENCY, NULL, "/dev/ttyACM0", "16 ms", "57 readings", NULL); /* no timer to set */
  g_assert_false (lw_trouble_from_latency (2e-3, 400.0, PORT, &facts));
  g_assert_false (lw_trouble_from_latency (NAN, NAN, PORT, &facts));
}

static void
test_return_delay (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array (), of_stored = facts_array ();
  const LwServoStored stored[2] = { { .return_delay = 500e-6, .baud = 1000000 }, { .return_delay = 0.0, .baud = 1000000 } };
  static const uint8_t ids[2] = { 11, 12 };

  for (guint i = 0; i < 4; i++)
    servo (found, i)->return_delay_us = 500; /* from the factory */
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_RETURN_DELAY, NULL, "11 (pan), 12 (lift)", "500 µs",
               "readings a second", NULL);
  check_words (only (of_stored, lw_trouble_from_stored (stored, NULL, ids, 2, LW_PROTOCOL_DYNAMIXEL, PORT, &profile, of_stored)), LW_TROUBLE_RETURN_DELAY, NULL,
               "Servo 11 (pan)", "500 µs", NULL);
}

/* ---- the servos ---- */

static void
test_voltage (void)
{
  g_autoptr (GArray) found = healthy (), low = facts_array (), high = facts_array (), bit = facts_array ();
  const LwAlarm alarm = { .kind = LW_ALARM_VOLTAGE_LOW, .level = LW_ALARM_WARNING, .joint = 2, .value = 6.1 };
  LwTroubleFacts facts;

  servo (found, 0)->identity.voltage = 5.9;
  servo (found, 1)->identity.voltage = 5.0;
  check_words (only (low, lw_trouble_from_scan (found, PORT, 1000000, &profile, low)), LW_TROUBLE_VOLTAGE, NULL, "11 (pan), 12 (lift)", "5.0 V", "at least 6.5 V", NULL);
  servo (found, 0)->identity.voltage = 12.3; /* a 12 V supply gives a little more */
  servo (found, 1)->identity.voltage = 14.9;
  check_words (only (high, lw_trouble_from_scan (found, PORT, 1000000, &profile, high)), LW_TROUBLE_VOLTAGE, NULL, "Servo 12", "14.9 V", "at most 12.0 V", NULL);
  servo (found, 1)->identity.voltage = 12.0;
  servo (found, 1)->identity.hardware_error = 0x01;
  check_words (only (bit, lw_trouble_from_scan (found, PORT, 1000000, &profile, bit)), LW_TROUBLE_VOLTAGE, NULL, "Servo 12", NULL);
  g_assert_true (lw_trouble_from_alarm (&alarm, LW_PROTOCOL_DYNAMIXEL, PORT, &profile, &facts));
  check_words (&facts, LW_TROUBLE_VOLTAGE, NULL, "Servo 13 (elbow)", "6.1 V", NULL);
  g_assert_true (lw_trouble_from_reason (LW_REASON_VOLTAGE_HIGH, PORT, NULL, &facts));
  check_words (&facts, LW_TROUBLE_VOLTAGE, NULL, NULL);
}

static void
test_overload (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();
  const LwAlarm load = { .kind = LW_ALARM_LOAD, .level = LW_ALARM_STOP, .joint = 1, .value = 1.03 };
  const LwAlarm bits = { .kind = LW_ALARM_HARDWARE, .level = LW_ALARM_STOP, .joint = 3, .value = 0x08 };
  LwTroubleFacts facts;

  servo (found, 1)->identity.hardware_error = 0x20;
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_OVERLOAD, NULL, "Servo 12 (lift)", NULL);
  g_assert_true (lw_trouble_from_alarm (&load, LW_PROTOCOL_DYNAMIXEL, PORT, &profile, &facts));
  check_words (&facts, LW_TROUBLE_OVERLOAD, NULL, "Servo 12 (lift)", "103 %", NULL);
  g_assert_true (lw_trouble_from_alarm (&bits, LW_PROTOCOL_FEETECH, PORT, &profile, &facts)); /* too much current */
  check_words (&facts, LW_TROUBLE_OVERLOAD, NULL, "Servo 14 (wrist)", NULL);
  g_assert_true (lw_trouble_from_reason (LW_REASON_LOAD, PORT, NULL, &facts));
  check_words (&facts, LW_TROUBLE_OVERLOAD, NULL, NULL);
}

static void
test_overheating (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();
  const LwAlarm hot = { .kind = LW_ALARM_HOT, .level = LW_ALARM_WARNING, .joint = 0, .value = 66.0 }, over = { .kind = LW_ALARM_HOT, .level = LW_ALARM_OVER, .value = 50.0 };
  LwTroubleFacts facts;

  servo (found, 0)->identity.temperature = 64.0;
  servo (found, 3)->identity.temperature = 71.0;
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_OVERHEATING, NULL, "11 (pan), 14 (wrist)", "71 °C", "60 °C",
               NULL);
  g_assert_true (lw_trouble_from_alarm (&hot, LW_PROTOCOL_DYNAMIXEL, PORT, &profile, &facts));
  check_words (&facts, LW_TROUBLE_OVERHEATING, NULL, "Servo 11 (pan)", "66 °C", NULL);
  g_assert_false (lw_trouble_from_alarm (&over, LW_PROTOCOL_DYNAMIXEL, PORT, &profile, &facts));
  g_assert_true (lw_trouble_from_reason (LW_REASON_HOT, PORT, NULL, &facts));
  check_words (&facts, LW_TROUBLE_OVERHEATING, NULL, NULL);
}

/* The encoder, the electronics: bits that mean neither heat nor load nor voltage. */
static void
test_hardware (void)
{
  g_autoptr (GArray) found = healthy (), troubles = facts_array ();
  g_autoptr (LwTrouble) trouble = NULL;
  LwTroubleFacts facts;

  servo (found, 2)->identity.hardware_error = 0x18;
  check_words (only (troubles, lw_trouble_from_scan (found, PORT, 1000000, &profile, troubles)), LW_TROUBLE_HARDWARE, NULL, "Servo 13 (elbow)", NULL);
  trouble = lw_trouble_new (&g_array_index (troubles, LwTroubleFacts, 0));
  g_assert_nonnull (strstr (trouble->details, "0x18"));
  g_assert_true (lw_trouble_from_reason (LW_REASON_HARDWARE, PORT, NULL, &facts));
  check_words (&facts, LW_TROUBLE_HARDWARE, NULL, NULL);
}

static void
test_offset_too_large (void)
{
  static const uint8_t ids[3] = { 11, 12, 13 };
  LwServoStored stored[3] = { { .offset = 1024 * TICK, .mode = 3 }, { .offset = -1536 * TICK, .mode = 3 }, { .offset = 1536 * TICK, .mode = 4 } };
  g_autoptr (GArray) dynamixel = facts_array (), feetech = facts_array ();

  check_words (only (dynamixel, lw_trouble_from_stored (stored, NULL, ids, 3, LW_PROTOCOL_DYNAMIXEL, PORT, &profile, dynamixel)), LW_TROUBLE_OFFSET_TOO_LARGE, NULL,
               "Servo 12 (lift)", "135°", "90°", NULL); /* in extended mode any offset is applied */
  g_assert_cmpuint (lw_trouble_from_stored (stored, NULL, ids, 3, LW_PROTOCOL_FEETECH, PORT, &profile, feetech), ==, 0);
  stored[0].offset = 2049 * TICK;
  g_assert_cmpuint (lw_trouble_from_stored (stored, NULL, ids, 3, LW_PROTOCOL_FEETECH, PORT, &profile, feetech), ==, 1);
}

static void
test_calibration_differs (void)
{
  static const uint8_t ids[4] = { 11, 12, 13, 14 };
  const LwServoStored expected[4] = {
    { .offset = 0.5, .min = -1.0, .max = 1.0 }, { .offset = 0.5, .min = -1.0, .max = 1.0 }, { .offset = NAN, .min = NAN, .max = NAN }, { .offset = 0.5, .min = -1.0, .max = 1.0 },
  };
  LwServoStored held[4];
  g_autoptr (GArray) same = facts_array (), other = facts_array (), turned = facts_array ();

  memcpy (held, expected, sizeof held);
  held[2] = (LwServoStored){ .offset = 3.0 };   /* nothing is known of it */
  held[0].offset = 0.5 + TICK;                  /* rounding */
  held[3].offset = 0.5 - 2.0 * G_PI;            /* the same place on the turn */
  g_assert_cmpuint (lw_trouble_from_stored (held, expected, ids, 4, LW_PROTOCOL_LINES, PORT, &profile, same), ==, 0);
  held[1].max = 1.0 + 12.0 * G_PI / 180.0;
  held[3].offset = 0.5 + 3.0 * G_PI / 180.0;
  check_words (only (other, lw_trouble_from_stored (held, expected, ids, 4, LW_PROTOCOL_LINES, PORT, &profile, other)), LW_TROUBLE_CALIBRATION_DIFFERS, NULL,
               "12 (lift), 14 (wrist)", "12.0°", NULL);
  memcpy (held, expected, sizeof held);
  held[0].reversed = true;
  check_words (only (turned, lw_trouble_from_stored (held, expected, ids, 4, LW_PROTOCOL_LINES, PORT, &profile, turned)), LW_TROUBLE_CALIBRATION_DIFFERS, NULL,
               "Servo 11 (pan)", NULL);
}

/* ---- everything else ---- */

static void
test_other (void)
{
  g_autoptr (GError) error = g_error_new (LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "so-101.json: joint “x”: “id” must be from 0 to 252");
  LwTroubleFacts facts;

  lw_trouble_from_error (error, PORT, 0, NULL, &facts);
  check_words (&facts, LW_TROUBLE_OTHER, NULL, "so-101.json", NULL);
  g_assert_false (lw_trouble_from_reason (LW_REASON_STOP, PORT, NULL, &facts));
  g_assert_false (lw_trouble_from_reason (LW_REASON_NONE, PORT, NULL, &facts));
}

/* Any kind with nothing known but its kind is still a sentence; a name for a shell is quoted. */
static void
test_bare (void)
{
  LwTroubleFacts facts;

  for (int kind = 0; kind < LW_N_TROUBLE_KINDS; kind++)
    {
      g_autoptr (LwTrouble) trouble = NULL;

      lw_trouble_facts_init (&facts, (LwTroubleKind) kind);
      trouble = lw_trouble_new (&facts);
      g_assert_nonnull (trouble->works);
      g_assert_nonnull (trouble->action);
      g_assert_cmpuint (strlen (trouble->what), >=, 10);
      if (kind != LW_TROUBLE_WRONG_MODEL && kind != LW_TROUBLE_ADAPTER_LATENCY && kind != LW_TROUBLE_RETURN_DELAY && kind != LW_TROUBLE_OFFSET_TOO_LARGE)
        g_assert_null (strstr (trouble->what, " nan")); /* those four exist with their numbers only */
      for (int other = 0; other < kind; other++)
        g_assert_cmpstr (lw_trouble_kind_name ((LwTroubleKind) kind), !=, lw_trouble_kind_name ((LwTroubleKind) other));
    }
  lw_trouble_facts_init (&facts, LW_TROUBLE_PORT_BUSY);
  facts.port = "/dev/my port; rm -rf $HOME";
  check_words (&facts, LW_TROUBLE_PORT_BUSY, "fuser -v '/dev/my port; rm -rf $HOME'", NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("lampwork-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trouble/no-permission", test_no_permission);
  g_test_add_func ("/trouble/port-busy", test_port_busy);
  g_test_add_func ("/trouble/no-port", test_no_port);
  g_test_add_func ("/trouble/port-speed", test_port_speed);
  g_test_add_func ("/trouble/nothing-answers", test_nothing_answers);
  g_test_add_func ("/trouble/nothing-wrong", test_nothing_wrong);
  g_test_add_func ("/trouble/wrong-speed", test_wrong_speed);
  g_test_add_func ("/trouble/missing-id", test_missing_id);
  g_test_add_func ("/trouble/missing-shadow", test_missing_shadow);
  g_test_add_func ("/trouble/doubled-id", test_doubled_id);
  g_test_add_func ("/trouble/wrong-model", test_wrong_model);
  g_test_add_func ("/trouble/time-outs", test_time_outs);
  g_test_add_func ("/trouble/adapter-latency", test_adapter_latency);
  g_test_add_func ("/trouble/return-delay", test_return_delay);
  g_test_add_func ("/trouble/voltage", test_voltage);
  g_test_add_func ("/trouble/overload", test_overload);
  g_test_add_func ("/trouble/overheating", test_overheating);
  g_test_add_func ("/trouble/hardware", test_hardware);
  g_test_add_func ("/trouble/offset-too-large", test_offset_too_large);
  g_test_add_func ("/trouble/calibration-differs", test_calibration_differs);
  g_test_add_func ("/trouble/cable-pulled", test_cable_pulled);
  g_test_add_func ("/trouble/order", test_order);
  g_test_add_func ("/trouble/other", test_other);
  g_test_add_func ("/trouble/bare", test_bare);
  result = g_test_run ();
  rmdir (folder);
  return result;
}
