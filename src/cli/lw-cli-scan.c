/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is on a bus: pings and reads, nothing else. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli-arm.h"
#include "lw-cli.h"
#include "lw-json-writer.h"
#include "lw-servo-scan.h"
#include "lw-trouble.h"

#define DEFAULT_IDS  "0-30"
#define DEFAULT_BAUD 1000000
#define LAST_ID      252

static const char description[] =
  "Asks who is on a bus, of both protocols and at any speed, and changes nothing there. With --arm it says\n"
  "what is not as that kind of arm should be: missing or doubled ids, speed, model, heat, voltage.\n"
  "Ctrl+C ends it; what was found stands. Exit code 1 when nobody answered.\n"
  "  lampwork-cli scan --port /dev/ttyUSB0\n"
  "  lampwork-cli scan --port /dev/ttyUSB0 --baud all --ids 0-252\n"
  "  lampwork-cli scan --port /dev/ttyUSB0 --arm koch-v1.1\n"
  "  lampwork-cli scan --arm so-101            # the simulated one";

typedef struct {
  LwCliArm      arm;
  char         *protocol, *speeds, *ids;
  gboolean      json;
  LwScanPlan    plan;
  unsigned      baud; /* the one asked for; 0 = all */
  GArray       *found;
  LwCliProgress progress;
} Scan;

static void
scan_clear (Scan *self)
{
  lw_cli_arm_close (&self->arm);
  g_free (self->protocol);
  g_free (self->speeds);
  g_free (self->ids);
  g_clear_pointer (&self->found, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scan, scan_clear)

static gboolean
parse_ids (const char *text, LwScanPlan *plan)
{
  g_auto (GStrv) parts = g_strsplit (text, "-", 2);
  guint64 first, last;

  if (parts[0] == NULL || !g_ascii_string_to_unsigned (parts[0], 10, 0, LAST_ID, &first, NULL))
    return FALSE;
  last = first;
  if (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, first, LAST_ID, &last, NULL))
    return FALSE;
  plan->first_id = (uint8_t) first;
  plan->last_id = (uint8_t) last;
  return TRUE;
}

/* 0 = everything was understood. */
static int
understand (Scan *self)
{
  LwProtocol protocol;
  guint64 baud;

  self->plan.protocols = 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH;
  if (self->protocol != NULL)
    {
      if (!lw_protocol_from_name (self->protocol, &protocol) || protocol == LW_PROTOCOL_LINES)
        return lw_cli_fail (LW_CLI_USAGE, _("scan: --protocol %s: it takes “dynamixel” or “feetech”"), self->protocol);
      self->plan.protocols = 1u << protocol;
    }
  if (!parse_ids (self->ids != NULL ? self->ids : DEFAULT_IDS, &self->plan))
    return lw_cli_fail (LW_CLI_USAGE, _("scan: --ids %s: it takes one id or two, as in 1-20, from 0 to 252"), self->ids);
  if (self->speeds != NULL && strcmp (self->speeds, "all") != 0)
    {
      if (!g_ascii_string_to_unsigned (self->speeds, 10, 1, G_MAXINT, &baud, NULL))
        return lw_cli_fail (LW_CLI_USAGE, _("scan: --baud %s: it takes a speed or “all”"), self->speeds);
      self->baud = (unsigned) baud;
    }
  if (self->arm.port == NULL && self->arm.arm == NULL)
    return lw_cli_fail (LW_CLI_USAGE, _("scan: say where with --port; “lampwork-cli ports” lists what there is"));
  return 0;
}

static void
print_found (const Scan *self, const LwFoundServo *servo)
{
  const LwServoIdentity *identity = &servo->identity;

  if (self->json)
    {
      LwJsonWriter json;
      g_autofree char *line = NULL;

      lw_json_begin (&json);
      lw_json_integer (&json, "id", identity->id);
      lw_json_string (&json, "protocol", lw_protocol_name (servo->protocol));
      lw_json_integer (&json, "model", identity->model);
      lw_json_string (&json, "name", identity->name);
      lw_json_integer (&json, "firmware", identity->firmware);
      lw_json_integer (&json, "firmware_minor", identity->firmware_minor);
      lw_json_real (&json, "volt", identity->voltage);
      lw_json_real (&json, "celsius", identity->temperature);
      lw_json_integer (&json, "error", identity->hardware_error);
      lw_json_integer (&json, "baud", servo->baud);
      lw_json_integer (&json, "return_delay_us", servo->return_delay_us);
      lw_json_boolean (&json, "doubled", servo->doubled);
      line = lw_json_end (&json);
      puts (line);
    }
  else
    {
      g_autofree char *firmware = identity->firmware_minor > 0 ? g_strdup_printf ("%u.%u", identity->firmware, identity->firmware_minor)
                                                               : g_strdup_printf ("%u", identity->firmware);
      g_autofree char *baud = servo->baud > 0 ? g_strdup_printf ("%u", servo->baud) : g_strdup ("-");

      printf ("%4u  %-10s %-14s %6u  %8s  %5.1f V  %3.0f °C  %8s%s\n", identity->id, lw_protocol_name (servo->protocol), identity->name, identity->model, firmware,
              identity->voltage, identity->temperature, baud, servo->doubled ? _("  two servos with this id") : "");
    }
  fflush (stdout);
}

static void
report (const LwScanProgress *progress, const LwFoundServo *found, void *data)
{
  Scan *self = data;
  g_autofree char *what = g_strdup_printf (_("%s, %u baud, id %u"), lw_protocol_name (progress->protocol), progress->baud, progress->id);

  if (found != NULL)
    {
      lw_cli_progress_end (&self->progress);
      print_found (self, found);
    }
  lw_cli_progress_show (&self->progress, progress->fraction, what);
}

static LwBusStatus
search (Scan *self, LwTransport *transport)
{
  LwBusStatus status;

  self->plan.bauds = self->baud != 0 ? &self->baud : NULL;
  self->plan.n_bauds = self->baud != 0;
  self->plan.stop_at_first_speed = self->speeds == NULL;
  if (!self->json)
    printf ("%4s  %-10s %-14s %6s  %8s  %7s  %6s  %8s\n", _("id"), _("protocol"), _("name"), _("model"), _("firmware"), _("supply"), _("heat"), _("baud"));
  lw_cli_progress_begin (&self->progress, !self->json);
  status = lw_servo_scan (transport, &self->plan, report, self, &lw_cli_stop, self->found);
  lw_cli_progress_end (&self->progress);
  return status;
}

/* At the speed asked for; else at any the port can do, for the scan changes it as it goes. */
static LwTransport *
open_port (const Scan *self, GError **error)
{
  static const unsigned usual[] = { DEFAULT_BAUD, 115200, 57600, 9600 };
  LwTransport *transport = NULL;

  if (self->baud != 0)
    return lw_transport_open (self->arm.device.port, self->baud, error);
  for (gsize i = 0; i < G_N_ELEMENTS (usual); i++)
    {
      g_clear_error (error);
      transport = lw_transport_open (self->arm.device.port, usual[i], error);
      if (transport != NULL || !g_error_matches (*error, LW_BUS_ERROR, LW_BUS_ERROR_SPEED))
        break;
    }
  return transport;
}

/* On the line of a simulated arm, or of the port. */
static gboolean
search_arm (Scan *self, LwBusStatus *status, GError **error)
{
  LwSimBus *simulator = NULL;
  LwServoBus *bus;

  if (self->arm.device.port != NULL)
    {
      LwTransport *transport = open_port (self, error);

      if (transport == NULL)
        return FALSE;
      *status = search (self, transport);
      lw_transport_free (transport);
      return TRUE;
    }
  if (!lw_cli_arm_load (&self->arm, error) || (bus = lw_device_open_bus (&self->arm.device, self->arm.model, NULL, &simulator, error)) == NULL)
    return FALSE;
  *status = search (self, bus->transport);
  lw_servo_bus_free (bus);
  lw_sim_bus_free (simulator);
  return TRUE;
}

static void
say_trouble (const LwTroubleFacts *facts)
{
  g_autoptr (LwTrouble) trouble = lw_trouble_new (facts);
  g_autofree char *text = lw_trouble_to_text (trouble);

  g_printerr ("lampwork-cli: %s\n", text);
}

static int
fail_to_open (const Scan *self, const GError *error)
{
  LwTroubleFacts facts;

  lw_trouble_from_error (error, self->arm.device.port, self->baud, self->arm.device.profile, &facts);
  say_trouble (&facts);
  return LW_CLI_FAILED;
}

/* The joints that were asked for: of the others nothing is known. */
static LwArmProfile *
asked_for (const Scan *self)
{
  LwArmProfile *profile = self->arm.device.profile != NULL ? lw_arm_profile_copy (self->arm.device.profile) : NULL;
  size_t n = 0;

  for (size_t j = 0; profile != NULL && j < profile->n_joints; j++)
    if ((self->plan.protocols & 1u << profile->protocol) != 0 && profile->joints[j].id >= self->plan.first_id && profile->joints[j].id <= self->plan.last_id)
      profile->joints[n++] = profile->joints[j];
  if (profile != NULL)
    profile->n_joints = n;
  return profile;
}

static int
conclude (Scan *self, LwBusStatus status)
{
  g_autoptr (GArray) troubles = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
  LwArmProfile *profile;
  LwTroubleFacts gone;

  if (status == LW_BUS_GONE)
    {
      lw_trouble_facts_init (&gone, LW_TROUBLE_CABLE_PULLED);
      gone.port = self->arm.device.port;
      say_trouble (&gone);
      return LW_CLI_FAILED;
    }
  if (atomic_load (&lw_cli_stop))
    return lw_cli_fail (LW_CLI_FAILED, _("scan: interrupted; what was found until then stands above"));
  profile = asked_for (self);
  if (self->baud == 0 && profile != NULL)
    self->baud = lw_device_get_baud (&self->arm.device); /* where they are expected */
  lw_trouble_from_scan (self->found, self->arm.device.port, self->baud, profile, troubles);
  for (guint i = 0; i < troubles->len; i++)
    say_trouble (&g_array_index (troubles, LwTroubleFacts, i));
  lw_arm_profile_free (profile);
  return self->found->len > 0 ? LW_CLI_OK : LW_CLI_FAILED;
}

int
lw_cli_scan (int argc, char **argv)
{
  g_auto (Scan) self = { .found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo)) };
  g_autoptr (GError) error = NULL;
  LwBusStatus status;
  int code = 0;
  const GOptionEntry options[] = {
    { "port", 0, 0, G_OPTION_ARG_FILENAME, &self.arm.port, N_("Port, tcp:HOST:PORT, or a remembered name"), "PORT" },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &self.protocol, N_("dynamixel or feetech (both)"), "NAME" },
    { "baud", 0, 0, G_OPTION_ARG_STRING, &self.speeds, N_("One speed, or all (usual ones until somebody answers)"), "all|N" },
    { "ids", 0, 0, G_OPTION_ARG_STRING, &self.ids, N_("Which ids, 0 to 252 (0-30)"), "A-B" },
    { "arm", 0, 0, G_OPTION_ARG_STRING, &self.arm.arm, N_("Compare with this kind of arm"), "ARM" },
    { "profile", 0, 0, G_OPTION_ARG_STRING, &self.arm.arm, N_("The same as --arm"), "ID" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, N_("One JSON object a servo"), NULL },
    { NULL },
  };

  lw_cli_arm_init (&self.arm);
  if (!lw_cli_parse ("scan", "", description, options, &argc, &argv, &code))
    return code;
  if (argc != 1)
    return lw_cli_fail (LW_CLI_USAGE, _("scan: it takes options only; see lampwork-cli scan --help"));
  code = understand (&self);
  if (code != 0)
    return code;
  if (!lw_cli_arm_find (&self.arm, self.arm.port != NULL, &error))
    return lw_cli_fail_error (error);
  lw_cli_catch_interrupt ();
  if (search_arm (&self, &status, &error))
    return conclude (&self, status);
  return fail_to_open (&self, error);
}
