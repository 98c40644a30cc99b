/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lw-cli-arm.h"
#include "lw-cli.h"
#include "lw-device-record.h"
#include "lw-json-writer.h"
#include "lw-skill.h"

static const char description[] =
  "The arm goes limp (Guide) and each demonstration is recorded with measured time stamps. At a terminal,\n"
  "Enter starts and ends one; with --seconds each lasts that long. The place where the tip comes to rest\n"
  "is kept as the context x, y, z. A file that ends in .lampwork is a project and is added to; .csv is\n"
  "written anew.\n\n"
  "Without --port the arm is simulated. A simulated arm needs a simulated hand: --hand X,Y,Z draws the tip\n"
  "to that place (m) within --seconds; give it once a demonstration.\n\n"
  "Example: lampwork-cli record --arm arm-7 --hand 0.4,0.1,0.9 --hand 0.3,-0.2,1.0 --seconds 3 --output two.csv";

#define HAND_PERIOD_US 10000

typedef struct {
  LwCliArm   *arm;
  LwRecorder *recorder;
  LwProject  *project;
  double      seconds;
  gboolean    json;
} Recording;

/* The hand's path: minimum jerk from where the tip is to @target, the last fifth at rest. */
static void
guide_with_hand (Recording *self, const double target[3])
{
  LwKinematics *kinematics = lw_kinematics_new (self->arm->model);
  LwArmState state;
  double start[3], local[3];
  int body = lw_arm_model_tip (self->arm->model, local);
  gint64 began = g_get_monotonic_time ();

  lw_arm_get_state (self->arm->handle, &state);
  lw_kinematics_set (kinematics, state.q);
  lw_kinematics_tip (kinematics, start, NULL);
  for (;;)
    {
      double t = 1e-6 * (double) (g_get_monotonic_time () - began), s = fmin (1.0, t / (0.8 * self->seconds));
      double blend = s * s * s * (10.0 + s * (-15.0 + 6.0 * s)), at[3];

      for (int i = 0; i < 3; i++)
        at[i] = start[i] + blend * (target[i] - start[i]);
      lw_sim_bus_hand (self->arm->simulator, body, local, at);
      if (t >= self->seconds || atomic_load (&lw_cli_stop))
        break;
      g_usleep (HAND_PERIOD_US);
    }
  lw_sim_bus_let_go (self->arm->simulator);
  lw_kinematics_free (kinematics);
}

static void
wait_for_enter (const char *prompt)
{
  g_printerr ("%s", prompt);
  for (int c = getchar (); c != '\n' && c != EOF; c = getchar ())
    continue;
}

static gboolean
keep_context (Recording *self, gint64 id, GError **error)
{
  static const char *const names[] = { "x", "y", "z" };
  LwKinematics *kinematics = lw_kinematics_new (self->arm->model);
  LwArmState state;
  double tip[3];
  gboolean ok = TRUE;

  lw_arm_get_state (self->arm->handle, &state);
  lw_kinematics_set (kinematics, state.q);
  lw_kinematics_tip (kinematics, tip, NULL);
  lw_kinematics_free (kinematics);
  for (int i = 0; ok && i < 3; i++)
    ok = lw_project_fill_context (self->project, id, names[i], "m", tip[i], error);
  return ok;
}

static void
report_json (size_t number, gint64 id, const LwRecorderState *counted)
{
  LwJsonWriter json;
  g_autofree char *line = NULL;

  lw_json_begin (&json);
  lw_json_integer (&json, "demonstration", (int64_t) number);
  lw_json_integer (&json, "id", id);
  lw_json_integer (&json, "samples", (int64_t) counted->n_samples);
  lw_json_real (&json, "seconds", counted->seconds);
  lw_json_integer (&json, "missed", (int64_t) counted->n_missed);
  lw_json_integer (&json, "dropped", (int64_t) counted->n_dropped);
  line = lw_json_end (&json);
  puts (line);
}

static gboolean
record_one (Recording *self, size_t number, const double *hand, GError **error)
{
  const LwLimits *limits = lw_arm_get_limits (self->arm->handle);
  LwRecorderState counted;
  g_autofree char *profile = NULL, *calibration = NULL;
  char code[5];
  gint64 id;

  lw_limits_code (limits, code);
  lw_device_describe (&self->arm->device, self->arm->handle, &profile, &calibration);
  if (self->seconds == LW_CLI_NO_AMOUNT)
    wait_for_enter (_("Enter starts the recording … "));
  id = lw_project_begin_demonstration (self->project, lw_arm_model_id (self->arm->model), limits->n_joints, code, NULL, error);
  if (id == 0 || !lw_project_set_arm (self->project, id, profile, calibration, error))
    return FALSE;
  lw_recorder_start (self->recorder, id);
  if (hand != NULL)
    guide_with_hand (self, hand);
  else if (self->seconds != LW_CLI_NO_AMOUNT)
    for (gint64 end = g_get_monotonic_time () + (gint64) (1e6 * self->seconds); g_get_monotonic_time () < end && !atomic_load (&lw_cli_stop);)
      g_usleep (HAND_PERIOD_US);
  else
    wait_for_enter (_("recording; Enter ends it … "));
  lw_recorder_get_state (self->recorder, &counted);
  lw_recorder_stop (self->recorder);
  if (!lw_project_end_demonstration (self->project, id, limits->q_min, limits->q_max, error) || !keep_context (self, id, error))
    return FALSE;
  if (self->json)
    report_json (number, id, &counted);
  else
    printf (_("demonstration %zu: %" G_GUINT64_FORMAT " samples in %.2f s, %" G_GUINT64_FORMAT " missed\n"), number, counted.n_samples,
            counted.seconds, counted.n_missed);
  fflush (stdout);
  return TRUE;
}

static gboolean
record_all (Recording *self, size_t count, const GArray *hands, GError **error)
{
  if (!lw_cli_arm_open (self->arm, lw_recorder_sink, self->recorder, error) ||
      !lw_cli_arm_enter (self->arm, LW_REQUEST_GUIDE, LW_MODE_GUIDE, error))
    return FALSE;
  for (size_t i = 0; i < count && !atomic_load (&lw_cli_stop); i++)
    if (!record_one (self, i + 1, hands->len > 0 ? &g_array_index (hands, double, 3 * (i % (hands->len / 3))) : NULL, error))
      return FALSE;
  return TRUE;
}

static gboolean
parse_hands (char **given, GArray *hands, int *code)
{
  for (gsize i = 0; given != NULL && given[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (given[i], ",", 0);

      for (gsize j = 0; j < 3; j++)
        {
          char *end = NULL;
          double v = g_strv_length (parts) == 3 ? g_ascii_strtod (parts[j], &end) : 0.0;

          if (end == NULL || end == parts[j] || *end != '\0' || !isfinite (v))
            {
              *code = lw_cli_fail (LW_CLI_USAGE, _("record: --hand takes X,Y,Z in m, not “%s”"), given[i]);
              return FALSE;
            }
          g_array_append_val (hands, v);
        }
    }
  return TRUE;
}

static gboolean
write_csv (LwProject *project, const char *path, GError **error)
{
  g_autoptr (LwDemonstrations) set = lw_project_load_set (project, error);

  return set != NULL && lw_csv_write (set, path, error);
}

int
lw_cli_record (int argc, char **argv)
{
  g_auto (LwCliArm) arm = { 0 };
  Recording self = { .arm = &arm, .seconds = LW_CLI_NO_AMOUNT };
  g_autoptr (GArray) hands = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *output = NULL, *folder = NULL, *scratch = NULL, *scratch_dir = NULL;
  g_auto (GStrv) given = NULL;
  g_autoptr (GError) error = NULL;
  gboolean csv, ok;
  int count = LW_CLI_NO_NUMBER, code = 0;
  const GOptionEntry options[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("Project (.lampwork) or .csv to record into"), "FILE" },
    LW_CLI_ARM_OPTIONS (&arm),
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &arm.rate, N_("Samples a second, 50 to 400 (100)"), "HZ" },
    { "count", 'n', 0, G_OPTION_ARG_INT, &count, N_("How many demonstrations (1, or one a --hand)"), "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &self.seconds, N_("Length of each; without it Enter starts and ends"), "S" },
    { "hand", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given, N_("Where a simulated hand draws the tip"), "X,Y,Z" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, N_("One JSON object a demonstration"), NULL },
    { NULL },
  };

  lw_cli_arm_init (&arm);
  if (!lw_cli_parse ("record", "", description, options, &argc, &argv, &code) || !parse_hands (given, hands, &code))
    return code;
  if (output == NULL || (!g_str_has_suffix (output, ".csv") && !g_str_has_suffix (output, ".lampwork")))
    return lw_cli_fail (LW_CLI_USAGE, _("record: say where to with --output FILE.lampwork or --output FILE.csv"));
  if (!(arm.rate >= 50.0 && arm.rate <= 400.0) || !lw_cli_is_number (arm.baud, 1) || arm.seed < 0)
    return lw_cli_fail (LW_CLI_USAGE, _("record: --rate is 50 to 400 Hz, --baud above 0, --seed not negative"));
  if (!lw_cli_is_number (count, 1) || !lw_cli_is_amount (self.seconds) || self.seconds == 0.0)
    return lw_cli_fail (LW_CLI_USAGE, _("record: --count is at least 1, --seconds above 0"));
  folder = g_path_get_dirname (output);
  if (g_access (folder, W_OK) != 0)
    return lw_cli_fail (LW_CLI_USAGE, _("%s: the folder %s is not there or may not be written to"), output, folder);
  if (hands->len > 0 && arm.port != NULL)
    return lw_cli_fail (LW_CLI_USAGE, _("record: --hand guides the simulated arm only; a real one is guided by you"));
  if (hands->len > 0 && self.seconds == LW_CLI_NO_AMOUNT)
    return lw_cli_fail (LW_CLI_USAGE, _("record: --hand needs --seconds"));
  if (self.seconds == LW_CLI_NO_AMOUNT && !isatty (STDIN_FILENO))
    return lw_cli_fail (LW_CLI_USAGE, _("record: without a terminal give --seconds"));
  if (!lw_cli_arm_load (&arm, &error))
    return lw_cli_fail_error (error);
  if (count == LW_CLI_NO_NUMBER)
    count = hands->len > 0 ? (int) (hands->len / 3) : 1;

  csv = g_str_has_suffix (output, ".csv");
  if (csv)
    {
      scratch_dir = g_dir_make_tmp ("lampwork-XXXXXX", &error);
      if (scratch_dir == NULL)
        return lw_cli_fail_error (error);
      scratch = g_build_filename (scratch_dir, "record.lampwork", NULL);
    }
  lw_cli_catch_interrupt ();
  self.project = lw_project_open (csv ? scratch : output, &error);
  self.recorder = lw_recorder_new (8192);
  ok = self.project != NULL;
  if (ok)
    {
      lw_project_set_recorder (self.project, self.recorder);
      ok = record_all (&self, (size_t) count, hands, &error);
      lw_cli_arm_close (&arm);
      lw_project_set_recorder (self.project, NULL);
      if (ok && csv)
        ok = write_csv (self.project, output, &error);
      lw_project_close (self.project);
      g_clear_object (&self.project);
    }
  lw_recorder_free (self.recorder);
  if (csv)
    {
      g_unlink (scratch);
      g_rmdir (scratch_dir);
    }
  return ok ? LW_CLI_OK : lw_cli_fail_error (error);
}
