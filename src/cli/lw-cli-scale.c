/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-json-writer.h"
#include "lw-scale.h"

#define S 1e9

static const char description[] =
  "PORT is a serial port's path or tcp:host:port. Format and speed are found out when they are not given, which\n"
  "takes up to 11 s: first it listens, then it asks in every language it knows.\n"
  "Formats: a&d, mt-sics, ohaus, st-gs, kern, kern-ew, sbi, radwag.\n\n"
  "One line a reading: the mass in g, and \"moving\" unless the scale calls it stable. With --json one object\n"
  "a line: seconds, status, grams, stable, net, unit.\n\n"
  "Examples:\n"
  "  lampwork-cli scale --port /dev/ttyUSB0 --tare --stable\n"
  "  lampwork-cli scale --port /dev/ttyUSB0 --format a&d --baud 2400 --framing 7E1 --watch --json";

typedef struct {
  char    *port, *format, *framing;
  int      baud;
  double   timeout;
  gboolean tare, zero, stable, watch, json;
} Options;

static gboolean
parse_framing (const char *text, LwFraming *out)
{
  if (strlen (text) != 3 || (text[0] != '7' && text[0] != '8') || strchr ("NEO", text[1]) == NULL || (text[2] != '1' && text[2] != '2'))
    return FALSE;
  *out = (LwFraming){ (uint8_t) (text[0] - '0'), text[1], (uint8_t) (text[2] - '0') };
  return TRUE;
}

/* FALSE after saying what is wrong. */
static gboolean
make_settings (const Options *o, LwScaleSettings *settings)
{
  *settings = (LwScaleSettings){ .format = LW_SCALE_ANY, .framing = LW_FRAMING_8N1 };
  if (o->port == NULL)
    lw_cli_fail (LW_CLI_USAGE, _("scale: --port says where the scale is"));
  else if (o->format != NULL && !lw_scale_format_from_name (o->format, &settings->format))
    lw_cli_fail (LW_CLI_USAGE, _("scale: there is no format “%s”; there are a&d, mt-sics, ohaus, st-gs, kern, kern-ew, sbi and radwag"), o->format);
  else if (o->baud < 0 || (o->framing != NULL && o->baud == 0))
    lw_cli_fail (LW_CLI_USAGE, _("scale: --baud is a speed, and --framing goes with it"));
  else if (o->framing != NULL && !parse_framing (o->framing, &settings->framing))
    lw_cli_fail (LW_CLI_USAGE, _("scale: --framing is data bits, parity and stop bits, such as 8N1 or 7E1, not “%s”"), o->framing);
  else if (!(o->timeout > 0.0 && o->timeout <= 3600.0))
    lw_cli_fail (LW_CLI_USAGE, _("scale: --timeout is above 0 and at most 3600 seconds"));
  else if ((o->tare && o->zero) || (o->stable && o->watch))
    lw_cli_fail (LW_CLI_USAGE, _("scale: one of --tare and --zero, and one of --stable and --watch"));
  else
    {
      settings->baud = (unsigned) o->baud;
      return TRUE;
    }
  return FALSE;
}

static void
print_json (const LwScaleReading *r, double seconds)
{
  g_autofree char *line = NULL;
  LwJsonWriter json;

  lw_json_begin (&json);
  lw_json_real (&json, "seconds", seconds);
  lw_json_string (&json, "status", r->status == LW_SCALE_VALUE ? "value" : lw_scale_status_text (r->status));
  lw_json_real (&json, "grams", r->grams);
  lw_json_boolean (&json, "stable", r->stable);
  lw_json_string (&json, "net", r->net == LW_SCALE_NET ? "net" : r->net == LW_SCALE_GROSS ? "gross" : NULL);
  lw_json_string (&json, "unit", r->unit);
  line = lw_json_end (&json);
  puts (line);
}

static void
print_reading (const Options *o, const LwScaleReading *r, double seconds)
{
  if (o->json)
    print_json (r, seconds);
  else if (r->status == LW_SCALE_VALUE)
    {
      const int decimals = r->step < 1.0 ? (int) ceil (-log10 (r->step) - 1e-9) : 0;

      printf ("%.*f g%s\n", decimals, r->grams, r->stable ? "" : _("  moving"));
    }
  else
    printf ("%s%s%s\n", lw_scale_status_text (r->status), r->code[0] != '\0' ? ": " : "", r->code);
  fflush (stdout);
}

static int
fail_weighing (const LwScale *scale, const char *doing, LwWeighing result)
{
  return lw_cli_fail (LW_CLI_FAILED, "%s: %s: %s", lw_scale_get_title (scale), doing, lw_weighing_text (result));
}

/* Until it is interrupted. */
static int
watch (LwScale *scale, const Options *o)
{
  const int64_t began_ns = lw_scale_now (scale);

  for (;;)
    {
      LwScaleReading reading;
      int64_t t_ns = began_ns;
      const LwWeighing result = lw_scale_next (scale, &lw_cli_stop, lw_scale_now (scale) + (int64_t) (o->timeout * S), &reading, &t_ns);

      if (result == LW_WEIGH_STOPPED)
        return LW_CLI_OK;
      if (result == LW_WEIGH_OK)
        print_reading (o, &reading, 1e-9 * (double) (t_ns - began_ns));
      else if (result != LW_WEIGH_TIMEOUT)
        return fail_weighing (scale, _("reading"), result);
    }
}

static int
weigh (LwScale *scale, const Options *o)
{
  const int64_t began_ns = lw_scale_now (scale), patience_ns = (int64_t) (o->timeout * S);
  LwScaleReading reading;
  LwWeighing result = LW_WEIGH_OK;
  int64_t t_ns = began_ns;

  if (o->tare || o->zero)
    {
      result = (o->tare ? lw_scale_tare : lw_scale_zero) (scale, &lw_cli_stop, began_ns + patience_ns);
      if (result != LW_WEIGH_OK)
        return fail_weighing (scale, o->tare ? _("tare") : _("zero"), result);
    }
  if (o->watch)
    return watch (scale, o);
  result = (o->stable ? lw_scale_read_stable : lw_scale_read) (scale, &lw_cli_stop, lw_scale_now (scale) + patience_ns, &reading, &t_ns);
  if (result != LW_WEIGH_OK)
    return fail_weighing (scale, _("reading"), result);
  print_reading (o, &reading, 1e-9 * (double) (t_ns - began_ns));
  return LW_CLI_OK;
}

int
lw_cli_scale (int argc, char **argv)
{
  Options o = { .timeout = 10.0 };
  const GOptionEntry options[] = {
    { "port", 0, 0, G_OPTION_ARG_STRING, &o.port, N_("Serial port, or tcp:host:port"), N_("PORT") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o.format, N_("What the scale speaks (found out)"), N_("FORMAT") },
    { "baud", 0, 0, G_OPTION_ARG_INT, &o.baud, N_("Its speed (found out)"), N_("N") },
    { "framing", 0, 0, G_OPTION_ARG_STRING, &o.framing, N_("With --baud: 8N1, 7E1, 7O1 … (8N1)"), N_("BITS") },
    { "tare", 0, 0, G_OPTION_ARG_NONE, &o.tare, N_("Tare, and wait until it shows zero"), NULL },
    { "zero", 0, 0, G_OPTION_ARG_NONE, &o.zero, N_("Set the zero, and wait until it shows zero"), NULL },
    { "stable", 0, 0, G_OPTION_ARG_NONE, &o.stable, N_("Wait until it comes to rest"), NULL },
    { "watch", 0, 0, G_OPTION_ARG_NONE, &o.watch, N_("Every line, until interrupted"), NULL },
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o.timeout, N_("How long to wait for it (10)"), N_("S") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("One JSON object a reading"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  LwScaleSettings settings;
  int code = LW_CLI_USAGE;

  if (lw_cli_parse ("scale", "", description, options, &argc, &argv, &code))
    {
      if (argc != 1)
        code = lw_cli_fail (LW_CLI_USAGE, _("scale: “%s” is not an option; the port is given with --port"), argv[1]);
      else if (!make_settings (&o, &settings))
        code = LW_CLI_USAGE;
      else
        {
          LwScale *scale;

          lw_cli_catch_interrupt ();
          scale = lw_scale_open (o.port, &settings, &lw_cli_stop, &error);
          if (scale == NULL)
            code = lw_cli_fail_error (error);
          else
            {
              g_printerr ("%s\n", lw_scale_get_title (scale));
              code = weigh (scale, &o);
            }
          lw_scale_free (scale);
        }
    }
  g_free (o.port);
  g_free (o.format);
  g_free (o.framing);
  return code;
}
