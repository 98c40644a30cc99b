/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-options.h"

#include <glib/gi18n.h>

#include "lw-config.h"

#define MIN_BAUD     9600
#define MAX_BAUD     12000000
#define MAX_PORT     65535
#define MAX_FIRMWARE 255

static const char description[] =
  "Prints the name of the port and answers there until it is interrupted. The bytes, their pace and their\n"
  "delays are those of real servos at the given speed.\n\n"
  "Example: lampwork-sim --arm so-101 --pty /tmp/arm &";

static gboolean
refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
  return FALSE;
}

static gboolean
is_between (double value, double min, double max)
{
  return value >= min && value <= max; /* false of what is no number */
}

static gboolean
check_port (const LwSimOptions *self, GError **error)
{
  LwProtocol protocol;

  if (self->protocol != NULL && !lw_protocol_from_name (self->protocol, &protocol))
    return refuse (error, _("“%s” is no protocol; there are dynamixel, feetech and lines"), self->protocol);
  if (self->baud != 0 && !is_between (self->baud, MIN_BAUD, MAX_BAUD))
    return refuse (error, _("--baud is between %d and %d"), MIN_BAUD, MAX_BAUD);
  if (!is_between (self->tcp, -1, MAX_PORT) || !is_between (self->scale_tcp, -1, MAX_PORT))
    return refuse (error, _("--tcp and --scale-tcp are between 0 (any that is free) and %d"), MAX_PORT);
  if (self->tcp >= 0 && self->pty != NULL)
    return refuse (error, _("the arm answers at --pty or at --tcp, not at both"));
  if (self->scale_tcp >= 0 && self->scale_pty != NULL)
    return refuse (error, _("the scale answers at --scale-pty or at --scale-tcp, not at both"));
  if (self->scale == NULL && (self->scale_tcp >= 0 || self->scale_pty != NULL || self->scale_load != 0 || self->scale_stream))
    return refuse (error, _("without --scale and a format there is no scale to set"));
  return TRUE;
}

static gboolean
check_numbers (const LwSimOptions *self, GError **error)
{
  if (!is_between (self->firmware, 0, MAX_FIRMWARE))
    return refuse (error, _("--firmware is between 0 and %d"), MAX_FIRMWARE);
  if (!is_between (self->return_delay, 0, 508) || !is_between (self->jitter, 0, 1e6) || !is_between (self->usb_latency, 0, 1000))
    return refuse (error, _("--return-delay is between 0 and 508 µs, --jitter between 0 and 1000000 µs, --usb-latency between 0 and 1000 ms"));
  if (!is_between (self->scale_load, -1e6, 1e6))
    return refuse (error, _("--scale-load is between -1000000 and 1000000 g"));
  if (!is_between (self->rate, 1, 2000))
    return refuse (error, _("--rate is between 1 and 2000 Hz"));
  if (!(self->lost >= 0.0 && self->corrupt >= 0.0 && self->lost + self->corrupt <= 1.0))
    return refuse (error, _("--lost and --corrupt are fractions, together at most 1"));
  return TRUE;
}

static gboolean
note_seed (const char *name, const char *value, gpointer data, GError **error)
{
  LwSimOptions *self = data;

  (void) name;
  self->seed_given = TRUE;
  return g_ascii_string_to_signed (value, 10, 0, G_MAXINT64, &self->seed, NULL) || refuse (error, _("--seed is a whole number that is not negative"));
}

gboolean
lw_sim_options_parse (LwSimOptions *self, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "arm", 0, 0, G_OPTION_ARG_STRING, &self->arm, N_("so-101, koch-v1.1, desk-6 … or the file of a profile (arm-7)"), N_("ARM") },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &self->protocol, N_("dynamixel, feetech or lines (what the arm speaks)"), N_("NAME") },
    { "pty", 0, 0, G_OPTION_ARG_FILENAME, &self->pty, N_("Make this name lead to the port"), N_("PATH") },
    { "link", 0, 0, G_OPTION_ARG_FILENAME, &self->pty, N_("The same as --pty"), N_("PATH") },
    { "tcp", 0, 0, G_OPTION_ARG_INT, &self->tcp, N_("Answer on the network instead, one program at a time"), N_("PORT") },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &self->address, N_("Address of --tcp and --scale-tcp (127.0.0.1)"), N_("ADDRESS") },
    { "baud", 0, 0, G_OPTION_ARG_INT, &self->baud, N_("Speed of the servos, which paces the bytes (what the arm has)"), N_("N") },
    { "firmware", 0, 0, G_OPTION_ARG_INT, &self->firmware, N_("Version of the servos' firmware (each model's usual one)"), N_("N") },
    { "return-delay", 0, 0, G_OPTION_ARG_INT, &self->return_delay, N_("Delay before every reply in µs (0)"), N_("US") },
    { "jitter", 0, 0, G_OPTION_ARG_DOUBLE, &self->jitter, N_("Mean of the random delay of replies in µs (150)"), N_("US") },
    { "usb-latency", 0, 0, G_OPTION_ARG_DOUBLE, &self->usb_latency, N_("Time the adapter holds back what arrives in ms (0)"), N_("MS") },
    { "echo", 0, 0, G_OPTION_ARG_NONE, &self->echo, N_("The adapter hears what it sends"), NULL },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &self->rate, N_("Lines a second of an arm that speaks lines (100)"), N_("HZ") },
    { "lost", 0, 0, G_OPTION_ARG_DOUBLE, &self->lost, N_("Fraction of replies that are lost (0)"), N_("F") },
    { "corrupt", 0, 0, G_OPTION_ARG_DOUBLE, &self->corrupt, N_("Fraction of replies that arrive damaged (0)"), N_("F") },
    { "faults", 0, 0, G_OPTION_ARG_FILENAME, &self->faults, N_("What goes wrong, and when; the manual tells how it is written"), N_("FILE") },
    { "heavy", 0, 0, G_OPTION_ARG_NONE, &self->heavy, N_("A limp arm sinks instead of staying where it is left"), NULL },
    { "seed", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) note_seed, N_("Seed of delays and losses (1)"), N_("N") },
    { "scale", 0, 0, G_OPTION_ARG_STRING, &self->scale, N_("Put a scale on a port of its own as well"), N_("FORMAT") },
    { "scale-pty", 0, 0, G_OPTION_ARG_FILENAME, &self->scale_pty, N_("Make this name lead to the scale's port"), N_("PATH") },
    { "scale-tcp", 0, 0, G_OPTION_ARG_INT, &self->scale_tcp, N_("The scale answers on the network"), N_("PORT") },
    { "scale-load", 0, 0, G_OPTION_ARG_DOUBLE, &self->scale_load, N_("What lies on the scale in grams (0)"), N_("G") },
    { "scale-stream", 0, 0, G_OPTION_ARG_NONE, &self->scale_stream, N_("The scale prints by itself, without being asked"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, self, NULL);

  *self = (LwSimOptions){ .tcp = -1, .scale_tcp = -1, .jitter = 150.0, .rate = 100.0, .seed = 1 };
  g_option_context_set_summary (context, _("Puts a simulated robot arm on a port."));
  g_option_context_set_description (context, description);
  g_option_group_add_entries (group, entries);
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  g_option_context_set_main_group (context, group);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    return refuse (error, _("“%s” is not an option; see lampwork-sim --help"), (*argv)[1]);
  return check_port (self, error) && check_numbers (self, error);
}

void
lw_sim_options_clear (LwSimOptions *self)
{
  g_free (self->arm);
  g_free (self->protocol);
  g_free (self->pty);
  g_free (self->address);
  g_free (self->faults);
  g_free (self->scale);
  g_free (self->scale_pty);
}
