/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which ports there are, and which arms are remembered. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "lw-cli.h"
#include "lw-device-memory.h"
#include "lw-device.h"
#include "lw-json-writer.h"

static const char description[] =
  "Lists the serial ports and what is plugged in there, likely servo adapters first, and the arms that are\n"
  "remembered. An arm is remembered by the serial number of its adapter, whatever the port is called later:\n"
  "  lampwork-cli ports\n"
  "  lampwork-cli ports --port /dev/ttyUSB0 --arm koch-v1.1 --remember \"left arm\"\n"
  "  lampwork-cli record --port \"left arm\" --output today.lampwork\n"
  "  lampwork-cli ports --forget \"left arm\"";

typedef struct {
  char    *port, *arm, *name, *calibration, *forget;
  int      baud;
  gboolean json;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->port);
  g_free (self->arm);
  g_free (self->name);
  g_free (self->calibration);
  g_free (self->forget);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const LwKnownArm *
arm_of (const char *key, const GPtrArray *arms)
{
  for (guint i = 0; i < arms->len; i++)
    if (g_str_equal (((const LwKnownArm *) g_ptr_array_index (arms, i))->key, key))
      return g_ptr_array_index (arms, i);
  return NULL;
}

static void
put_text (LwJsonWriter *json, const char *name, const char *text)
{
  if (text != NULL)
    lw_json_string (json, name, text);
}

/* A port, or (@port NULL) an arm whose adapter is not plugged in. */
static void
print_json (const LwPort *port, const char *key, const LwKnownArm *arm)
{
  LwJsonWriter json;
  g_autofree char *line = NULL;

  lw_json_begin (&json);
  if (port != NULL)
    {
      g_autofree char *ids = g_strdup_printf ("%04x:%04x", port->vid, port->pid);

      lw_json_string (&json, "port", port->path);
      lw_json_string (&json, "description", port->description);
      put_text (&json, "product", port->product);
      put_text (&json, "manufacturer", port->manufacturer);
      put_text (&json, "serial", port->serial);
      if (port->vid != 0)
        lw_json_string (&json, "usb", ids);
      put_text (&json, "hint", port->hint);
      lw_json_boolean (&json, "accessible", port->accessible);
    }
  lw_json_string (&json, "key", key);
  if (arm != NULL)
    {
      lw_json_string (&json, "name", arm->name);
      lw_json_string (&json, "arm", arm->profile);
      if (arm->baud > 0)
        lw_json_integer (&json, "baud", arm->baud);
      put_text (&json, "calibration", arm->calibration);
    }
  line = lw_json_end (&json);
  puts (line);
}

static void
print_port (const LwPort *port, const LwKnownArm *arm)
{
  printf ("%-14s %-24s %s", port->path, port->product != NULL ? port->product : port->description, port->serial != NULL ? port->serial : "");
  if (port->hint != NULL)
    printf ("  (%s)", port->hint);
  if (arm != NULL)
    printf (_("  = %s, %s"), arm->name, arm->profile);
  if (!port->accessible)
    printf (_("  [no permission: sudo usermod -aG dialout $USER]"));
  putchar ('\n');
}

static void
list (GPtrArray *ports, GPtrArray *arms, gboolean json)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (guint i = 0; i < ports->len; i++)
    {
      const LwPort *port = g_ptr_array_index (ports, i);
      g_autofree char *key = lw_device_key (port->path, ports);
      const LwKnownArm *arm = arm_of (key, arms);

      if (arm != NULL)
        g_hash_table_add (seen, (gpointer) arm);
      if (json)
        print_json (port, key, arm);
      else
        print_port (port, arm);
    }
  if (ports->len == 0 && !json)
    printf ("%s\n", _("There is no serial port: plug the arm's adapter in. The simulated arm needs none."));
  for (guint i = 0; i < arms->len; i++)
    {
      const LwKnownArm *arm = g_ptr_array_index (arms, i);

      if (g_hash_table_contains (seen, arm))
        continue;
      if (json)
        print_json (NULL, arm->key, arm);
      else if (g_str_has_prefix (arm->key, "tcp:"))
        printf (_("%s  = %s, %s\n"), arm->key, arm->name, arm->profile);
      else
        printf (_("not plugged in: %s, %s (%s)\n"), arm->name, arm->profile, arm->key);
    }
}

static gboolean
remember (const Options *options, GPtrArray *ports, GError **error)
{
  g_autofree char *key = lw_device_key (options->port, ports), *calibration = NULL;
  g_auto (LwDevice) device = { .profile = lw_device_find_profile (options->arm, error) };
  LwKnownArm arm = { .key = key, .name = options->name, .profile = options->arm, .baud = options->baud == LW_CLI_NO_NUMBER ? 0 : (unsigned) options->baud };

  if (device.profile == NULL || (options->calibration != NULL && !lw_device_use_calibration (&device, options->calibration, error)))
    return FALSE;
  if (options->calibration != NULL)
    arm.calibration = calibration = g_canonicalize_filename (options->calibration, NULL);
  return lw_device_memory_remember (&arm, error);
}

static gboolean
forget (const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (LwKnownArm) arm = lw_device_memory_find (name, &local);

  if (arm != NULL)
    return lw_device_memory_forget (arm->key, error);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("no arm “%s” is remembered"), name);
  return FALSE;
}

int
lw_cli_ports (int argc, char **argv)
{
  g_auto (Options) self = { .baud = LW_CLI_NO_NUMBER };
  g_autoptr (GPtrArray) ports = NULL, arms = NULL;
  g_autoptr (GError) error = NULL;
  int code = 0;
  const GOptionEntry options[] = {
    { "remember", 0, 0, G_OPTION_ARG_STRING, &self.name, N_("Remember the arm on --port as --arm, by this name"), "NAME" },
    { "port", 0, 0, G_OPTION_ARG_FILENAME, &self.port, N_("Where it is plugged in"), "PORT" },
    { "arm", 0, 0, G_OPTION_ARG_STRING, &self.arm, N_("Its kind, by id (koch-v1.1)"), "ARM" },
    { "baud", 0, 0, G_OPTION_ARG_INT, &self.baud, N_("Its speed (as its kind says)"), "N" },
    { "calibration", 0, 0, G_OPTION_ARG_FILENAME, &self.calibration, N_("Its calibration"), "FILE" },
    { "forget", 0, 0, G_OPTION_ARG_STRING, &self.forget, N_("Forget the arm of that name"), "NAME" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, N_("One JSON object a line"), NULL },
    { NULL },
  };

  if (!lw_cli_parse ("ports", "", description, options, &argc, &argv, &code))
    return code;
  if (argc != 1)
    return lw_cli_fail (LW_CLI_USAGE, _("ports: it takes options only; see lampwork-cli ports --help"));
  if ((self.name != NULL) != (self.port != NULL) || (self.name != NULL) != (self.arm != NULL) || (self.forget != NULL && self.name != NULL))
    return lw_cli_fail (LW_CLI_USAGE, _("ports: --remember needs --port and --arm, and they need it; --forget stands alone"));
  if (!lw_cli_is_number (self.baud, 1))
    return lw_cli_fail (LW_CLI_USAGE, _("ports: --baud is above 0"));
  ports = lw_port_list (&error);
  if (ports == NULL || (self.name != NULL && !remember (&self, ports, &error)) || (self.forget != NULL && !forget (self.forget, &error)))
    return lw_cli_fail_error (error);
  arms = lw_device_memory_list (&error);
  if (arms == NULL)
    return lw_cli_fail_error (error);
  list (ports, arms, self.json);
  return LW_CLI_OK;
}
