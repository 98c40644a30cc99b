/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kinds of arm there are, and how to add one. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-device.h"
#include "lw-json-writer.h"
#include "lw-model-import.h"

static const char description[] =
  "Lists the kinds of arm that are known: those installed, and your own in lampwork/arms of your data folder.\n"
  "A URDF or MJCF file becomes one, with its meshes; what the file does not say is supplied, and said:\n"
  "  lampwork-cli arms\n"
  "  lampwork-cli arms --import my_arm.urdf --protocol feetech --first-id 1\n"
  "The profile made so is a text file: ids, signs and limits can be changed in it.";

typedef struct {
  char    *file, *name, *protocol;
  int      first_id;
  gboolean json, replace;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->file);
  g_free (self->name);
  g_free (self->protocol);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* "1-6", "1, 2/3, 4/5": a shadow behind its servo. */
static char *
ids_of (const LwArmProfile *profile)
{
  GString *text = g_string_new (NULL);

  for (size_t j = 0; j < profile->n_joints; j++)
    {
      size_t last = j;

      while (profile->joints[last].shadow == 0 && last + 1 < profile->n_joints && profile->joints[last + 1].shadow == 0
             && profile->joints[last + 1].id == profile->joints[last].id + 1)
        last++;
      g_string_append_printf (text, "%s%u", text->len > 0 ? ", " : "", profile->joints[j].id);
      if (profile->joints[j].shadow != 0)
        g_string_append_printf (text, "/%u", profile->joints[j].shadow);
      if (last > j)
        g_string_append_printf (text, "%s%u", last > j + 1 ? "-" : ", ", profile->joints[last].id);
      j = last;
    }
  return g_string_free (text, FALSE);
}

static void
print_profile (const LwArmProfile *profile)
{
  g_autofree char *ids = ids_of (profile);

  printf ("%-18s %2zu  %-10s %8u  %-18s %s%s\n", profile->id, profile->n_joints, lw_protocol_name (profile->protocol), profile->baud, ids, profile->title,
          profile->simulated_only ? _(" (simulated only)") : "");
}

static void
print_json (const LwArmProfile *profile)
{
  double           lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS], ids[LW_MAX_JOINTS];
  char            *names[LW_MAX_JOINTS + 1] = { NULL };
  g_autofree char *line = NULL, *joined = NULL;
  LwJsonWriter     json;

  for (size_t j = 0; j < profile->n_joints; j++)
    {
      lower[j] = profile->joints[j].lower;
      upper[j] = profile->joints[j].upper;
      ids[j] = profile->joints[j].id;
      names[j] = (char *) profile->joints[j].name;
    }
  joined = g_strjoinv (" ", names);
  lw_json_begin (&json);
  lw_json_string (&json, "id", profile->id);
  lw_json_string (&json, "title", profile->title);
  lw_json_string (&json, "protocol", lw_protocol_name (profile->protocol));
  lw_json_integer (&json, "baud", profile->baud);
  lw_json_string (&json, "model", profile->model);
  lw_json_boolean (&json, "simulated_only", profile->simulated_only);
  lw_json_integer (&json, "n_joints", (int64_t) profile->n_joints);
  lw_json_string (&json, "joints", joined);
  lw_json_reals (&json, "ids", ids, profile->n_joints);
  lw_json_reals (&json, "lower", lower, profile->n_joints);
  lw_json_reals (&json, "upper", upper, profile->n_joints);
  line = lw_json_end (&json);
  puts (line);
}

static int
list (const Options *options)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) profiles = lw_device_profiles (problems);

  if (!options->json)
    printf ("%-18s %2s  %-10s %8s  %-18s %s\n", _("id"), _("n"), _("protocol"), _("baud"), _("servos"), _("arm"));
  for (guint i = 0; i < profiles->len; i++)
    if (options->json)
      print_json (profiles->pdata[i]);
    else
      print_profile (profiles->pdata[i]);
  for (guint i = 0; i < problems->len; i++)
    fprintf (stderr, _("lampwork-cli: left out: %s\n"), (const char *) problems->pdata[i]);
  return LW_CLI_OK;
}

static int
import (const Options *options)
{
  LwModelImportSettings     settings = { .name = options->name, .replace = options->replace, .first_id = (uint8_t) options->first_id };
  g_autoptr (GError)        error = NULL;
  g_autoptr (LwModelImport) made = NULL;

  if (options->protocol != NULL && !lw_protocol_from_name (options->protocol, &settings.protocol))
    return lw_cli_fail (LW_CLI_USAGE, _("arms: --protocol is dynamixel, feetech or lines"));
  made = lw_model_import (options->file, &settings, &error);
  if (made == NULL)
    return lw_cli_fail_error (error);
  for (guint i = 0; i < made->notes->len; i++)
    fprintf (stderr, _("lampwork-cli: note: %s\n"), (const char *) made->notes->pdata[i]);
  if (options->json)
    print_json (made->profile);
  else
    printf (_("“%s”: an arm of %zu joints; its profile is %s\n"), made->profile->id, made->profile->n_joints, made->profile_path);
  return LW_CLI_OK;
}

int
lw_cli_arms (int argc, char **argv)
{
  g_auto (Options) options = { .first_id = 1 };
  int              code = 0;
  const GOptionEntry entries[] = {
    { "import", 0, 0, G_OPTION_ARG_FILENAME, &options.file, N_("A URDF or MJCF file to make an arm of"), "FILE" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, N_("What the new arm is called (as the file)"), "NAME" },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &options.protocol, N_("Of its servos: dynamixel, feetech or lines (dynamixel)"), "NAME" },
    { "first-id", 0, 0, G_OPTION_ARG_INT, &options.first_id, N_("Servo id of its first joint; the others count on (1)"), "N" },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &options.replace, N_("Replace an arm of that name"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_("One JSON object a line"), NULL },
    { NULL },
  };

  if (!lw_cli_parse ("arms", "", description, entries, &argc, &argv, &code))
    return code;
  if (argc != 1)
    return lw_cli_fail (LW_CLI_USAGE, _("arms: “%s” is not an option; see lampwork-cli arms --help"), argv[1]);
  if (options.file == NULL && (options.name != NULL || options.protocol != NULL || options.replace))
    return lw_cli_fail (LW_CLI_USAGE, _("arms: --name, --protocol and --replace belong to --import"));
  if (options.first_id < 0 || options.first_id > 252)
    return lw_cli_fail (LW_CLI_USAGE, _("arms: --first-id is 0 to 252"));
  return options.file != NULL ? import (&options) : list (&options);
}
