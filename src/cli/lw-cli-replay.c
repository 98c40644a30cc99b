/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli-arm.h"
#include "lw-cli.h"
#include "lw-json-writer.h"
#include "lw-prodmp-fit.h"
#include "lw-promp.h"
#include "lw-retime-optimal.h"
#include "lw-runner-feed.h"
#include "lw-skill.h"

static const char description[] =
  "Runs one demonstration of FILE (what \"fit\" takes) on the simulated arm, or on a real one with --port:\n"
  "smoothed, retimed to the arm's limits, ramped to from where the arm stands, every goal through the limiter.\n"
  "With --from it starts elsewhere and joins the demonstration on the way: \"here\" is where the arm stands.\n"
  "Afterwards the arm is lowered to rest. Ctrl+C is Stop.\n\n"
  "Example: lampwork-cli replay two.csv --number 2 --speed 0.5\n"
  "         lampwork-cli replay two.csv --from here --retime optimal";

#define RATE_HZ 200.0          /* of the movement handed to the planner */
#define BASIS_PER_SECOND 8.0   /* resolves what a hand can do: some 4 Hz */
#define RIDGE 1e-12           /* of a ProDMP: its basis functions are some 1e-3 high */

static LwTrajectory *
roll_out (const LwBasis *basis, const double *w, size_t n_joints, double duration, size_t number, GError **error)
{
  LwTrajectory *out = NULL;
  LwStatus status = lw_promp_rollout (basis, w, n_joints, duration, RATE_HZ, &out);

  if (status != LW_OK)
    lw_job_set_error (error, status, "Demonstration %zu", number + 1);
  return out;
}

/* As asked for on the command line. */
typedef struct {
  double   speed;
  gboolean optimal;   /* retimed in the shortest time, before the planner stretches it */
  gboolean from_here;
  GArray  *from;      /* joint positions, rad; borrowed (nullable) */
} Wishes;

static size_t
n_basis_for (double duration)
{
  return (size_t) CLAMP (ceil (BASIS_PER_SECOND * duration), 8.0, (double) LW_BASIS_MAX);
}

/* Encoder steps look like accelerations to a planner and would slow a movement tenfold: it is replayed as the primitive that
 * fits it. */
static LwTrajectory *
smoothed (const LwTrajectory *measured, size_t number, GError **error)
{
  double duration = lw_trajectory_duration (measured);
  size_t n = n_basis_for (duration);
  g_autofree double *w = g_new (double, n * measured->n_joints);
  LwBasis basis;
  LwStatus status = lw_basis_init_stroke (&basis, n);

  if (status == LW_OK)
    status = lw_promp_fit_weights (&basis, measured, 1e-6, w, NULL);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Demonstration %zu", number + 1);
      return NULL;
    }
  return roll_out (&basis, w, measured->n_joints, duration, number, error);
}

/* Demonstration @number as a trajectory (transfer full). */
static LwTrajectory *
trajectory_of (const LwDemonstrations *set, size_t number, GError **error)
{
  const double *row;
  LwBasis basis;

  if (set->trajectories != NULL)
    return smoothed (set->trajectories[number], number, error);
  row = lw_mat_row (&set->params, number);
  if (lw_basis_init_stroke (&basis, set->n_basis) != LW_OK)
    {
      lw_job_set_error (error, LW_ERR_RANGE, "Demonstration %zu", number + 1);
      return NULL;
    }
  return roll_out (&basis, row + 1, set->n_joints, row[0] > 0.0 ? row[0] : 1.0, number, error);
}

/* A movement with more joints than the arm keeps its first ones (a published gripper column). */
static LwTrajectory *
first_joints (LwTrajectory *in, size_t n, GError **error)
{
  LwTrajectory *out;

  if (in->n_joints == n)
    return lw_trajectory_ref (in);
  if (in->n_joints < n)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("the demonstration moves %zu joints, the arm has %zu"),
                   in->n_joints, n);
      return NULL;
    }
  out = lw_trajectory_new (in->n_samples, n);
  if (out == NULL)
    lw_job_set_error (error, LW_ERR_MEMORY, "Replay");
  for (size_t i = 0; out != NULL && i < in->n_samples; i++)
    {
      out->t[i] = in->t[i];
      for (size_t j = 0; j < n; j++)
        lw_mat_set (&out->q, i, j, lw_mat_get (&in->q, i, j));
    }
  return out;
}

/* ---- where it starts, and how fast it goes ---- */

/* "here" or joint positions; the arm that is connected later tells how many. */
static gboolean
read_from (const char *text, GArray *positions, Wishes *wishes)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  wishes->from_here = g_strcmp0 (text, "here") == 0;
  wishes->from = positions;
  for (size_t j = 0; !wishes->from_here && parts[j] != NULL; j++)
    {
      char *end;
      double q = g_ascii_strtod (parts[j], &end);

      if (end == parts[j] || *end != '\0' || !isfinite (q))
        return FALSE;
      g_array_append_val (positions, q);
    }
  return wishes->from_here || positions->len > 0;
}

/* The movement from standing still at @q: it joins the demonstration on the way and ends as that does. */
static LwTrajectory *
starting_at (const LwTrajectory *movement, const double *q, GError **error)
{
  double duration = lw_trajectory_duration (movement);
  size_t n = MIN (n_basis_for (duration), LW_FORCING_MAX);
  g_autofree double *params = g_new (double, movement->n_joints * (n + 1));
  const LwProdmpStart start = { 0.0, q, NULL };
  LwProdmpSettings settings;
  LwProdmp prodmp = { 0 };
  LwTrajectory *out = NULL;
  LwStatus status = lw_prodmp_settings_init (&settings, n, duration);

  if (status == LW_OK)
    status = lw_prodmp_init (&prodmp, &settings);
  if (status == LW_OK)
    status = lw_prodmp_start_from (&prodmp, movement, &start, RIDGE, params);
  if (status == LW_OK)
    status = lw_prodmp_rollout (&prodmp, params, movement->n_joints, &start, duration, RATE_HZ, &out, NULL);
  lw_prodmp_clear (&prodmp);
  if (status != LW_OK)
    lw_job_set_error (error, status, "Start of the movement");
  return out;
}

static LwTrajectory *
in_shortest_time (const LwTrajectory *movement, const LwLimits *limits, GError **error)
{
  LwTrajectory *out = NULL;
  LwStatus status = lw_retime_optimal (movement, limits->v_max, limits->a_max, 1.0, RATE_HZ, NULL, &out, NULL);

  if (status != LW_OK)
    lw_job_set_error (error, status, "Retiming");
  return out;
}

/* @path (transfer full) as wished for, on the arm as it stands (transfer full). */
static LwTrajectory *
shaped (LwTrajectory *path, LwArm *arm, const Wishes *wishes, GError **error)
{
  const LwLimits *limits = lw_arm_get_limits (arm);
  double q[LW_MAX_JOINTS];
  LwTrajectory *next;

  if (wishes->from != NULL)
    {
      if (wishes->from_here)
        lw_arm_get_start (arm, q);
      else if (wishes->from->len == path->n_joints)
        memcpy (q, wishes->from->data, path->n_joints * sizeof *q);
      else
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("--from has %u positions, the arm has %zu joints"),
                       wishes->from->len, path->n_joints);
          lw_trajectory_unref (path);
          return NULL;
        }
      next = starting_at (path, q, error);
      lw_trajectory_unref (path);
      path = next;
    }
  if (path != NULL && wishes->optimal)
    {
      next = in_shortest_time (path, limits, error);
      lw_trajectory_unref (path);
      path = next;
    }
  return path;
}

/* ---- execution ---- */

static double
rms_difference (const LwTrajectory *planned, const LwTrajectory *measured)
{
  g_autofree double *q = g_new (double, planned->n_joints);
  double sum = 0.0;

  for (size_t i = 0; i < measured->n_samples; i++)
    {
      lw_trajectory_at (planned, measured->t[i], q);
      for (size_t j = 0; j < planned->n_joints; j++)
        sum += (q[j] - lw_mat_get (&measured->q, i, j)) * (q[j] - lw_mat_get (&measured->q, i, j));
    }
  return sqrt (sum / (double) (measured->n_samples * planned->n_joints));
}

/* Waits until the arm thread has it: a plan is made for the speed that is set. */
static void
set_speed (LwArm *arm, double speed)
{
  LwArmState state;

  lw_arm_set_speed (arm, speed);
  for (int i = 0; i < 200; i++)
    {
      lw_arm_get_state (arm, &state);
      if (fabs (state.speed - speed) < 1e-9)
        return;
      g_usleep (5000);
    }
}

/* On the connected arm; @rollout is filled when TRUE. */
static gboolean
execute (LwCliArm *arm, LwRunner *runner, LwTrajectory *movement, const Wishes *wishes, LwRollout *rollout, LwReason *reason,
         GError **error)
{
  LwTrajectory *path = first_joints (movement, lw_arm_model_n_joints (arm->model), error);
  LwArmState state;
  gboolean ok = path != NULL && lw_cli_arm_enter (arm, LW_REQUEST_HOLD, LW_MODE_HOLD, error) &&
                lw_cli_arm_enter (arm, LW_REQUEST_ARM, LW_MODE_ARMED, error);

  if (ok)
    {
      path = shaped (path, arm->handle, wishes, error);
      ok = path != NULL;
    }
  if (ok)
    {
      set_speed (arm->handle, wishes->speed);
      ok = lw_runner_run (runner, path, NULL, &lw_cli_stop, rollout, error);
      lw_arm_get_state (arm->handle, &state);
      *reason = state.reason;
    }
  lw_trajectory_unref (path);
  return ok;
}

static gboolean
run (LwCliArm *arm, LwTrajectory *movement, const Wishes *wishes, LwRollout *rollout, LwReason *reason, GError **error)
{
  LwRunnerFeed feed;
  LwRunner *runner = NULL;
  gboolean ok;

  lw_runner_feed_init (&feed);
  ok = lw_cli_arm_open (arm, lw_runner_feed_sink, &feed, error);
  if (ok)
    {
      runner = lw_runner_arm_new (arm->handle);
      ok = runner != NULL;
      if (!ok)
        lw_job_set_error (error, LW_ERR_MEMORY, "Replay");
    }
  if (ok)
    {
      lw_runner_arm_set_leave (runner, &lw_cli_leave);
      lw_runner_feed_set (&feed, runner);
      ok = execute (arm, runner, movement, wishes, rollout, reason, error);
      lw_runner_feed_set (&feed, NULL);
    }
  lw_cli_arm_close (arm);
  lw_runner_free (runner);
  return ok;
}

static void
report (const LwRollout *rollout, gboolean as_json)
{
  double rms = rms_difference (rollout->planned, rollout->measured);

  if (as_json)
    {
      LwJsonWriter json;
      g_autofree char *line = NULL;

      lw_json_begin (&json);
      lw_json_real (&json, "planned_seconds", rollout->planned_duration);
      lw_json_integer (&json, "samples", (int64_t) rollout->measured->n_samples);
      lw_json_real (&json, "rms", rms);
      lw_json_reals (&json, "first", lw_mat_row (&rollout->planned->q, 0), rollout->planned->n_joints);
      lw_json_reals (&json, "last", lw_mat_row (&rollout->planned->q, rollout->planned->n_samples - 1),
                     rollout->planned->n_joints);
      line = lw_json_end (&json);
      puts (line);
    }
  else
    printf (_("%.2f s planned, %zu samples, measured against planned %.4f rad (root mean square)\n"), rollout->planned_duration,
            rollout->measured->n_samples, rms);
}

int
lw_cli_replay (int argc, char **argv)
{
  LwCliInput input = { .context_dim = -1, .basis = LW_CLI_NO_NUMBER };
  g_auto (LwCliArm) arm = { 0 };
  LwReason reason = LW_REASON_NONE;
  LwRollout rollout;
  LwTrajectory *movement;
  int number = 1, code = 0;
  Wishes wishes = { .speed = 0.25 };
  gboolean json = FALSE, ok;
  g_autofree char *from = NULL, *retime = NULL;
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  const GOptionEntry options[] = {
    { "number", 0, 0, G_OPTION_ARG_INT, &number, N_("Which demonstration of the file, from 1"), "N" },
    LW_CLI_ARM_OPTIONS (&arm),
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &arm.rate, N_("Control rate, 50 to 400 Hz (100)"), "HZ" },
    { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &wishes.speed, N_("Fraction of the limits' speed, above 0 to 1 (0.25)"), "F" },
    { "from", 0, 0, G_OPTION_ARG_STRING, &from, N_("Start here, or at these joint positions in rad"), "here|Q1,Q2,…" },
    { "retime", 0, 0, G_OPTION_ARG_STRING, &retime, N_("optimal: in the shortest time; uniform: as it was shown (uniform)"),
      "HOW" },
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &input.basis, N_("Basis functions a joint of a .npy matrix"), "N" },
    { "sample-rate", 0, 0, G_OPTION_ARG_DOUBLE, &input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("One JSON object"), NULL },
    { NULL },
  };

  lw_cli_arm_init (&arm);
  if (!lw_cli_parse ("replay", "FILE", description, options, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return lw_cli_fail (LW_CLI_USAGE, _("replay: name one file of demonstrations; see lampwork-cli replay --help"));
  if (!(wishes.speed > 0.0 && wishes.speed <= 1.0) || !(arm.rate >= 50.0 && arm.rate <= 400.0) || !lw_cli_is_number (arm.baud, 1) || arm.seed < 0)
    return lw_cli_fail (LW_CLI_USAGE,
                        _("replay: --speed is above 0 to 1, --rate 50 to 400 Hz, --baud above 0, --seed not negative"));
  if (from != NULL && !read_from (from, positions, &wishes))
    return lw_cli_fail (LW_CLI_USAGE, _("replay: --from %s: it takes \"here\" or joint positions in rad, as in 0,-0.5,0.3"),
                        from);
  wishes.optimal = g_strcmp0 (retime, "optimal") == 0;
  if (retime != NULL && !wishes.optimal && strcmp (retime, "uniform") != 0)
    return lw_cli_fail (LW_CLI_USAGE, _("replay: --retime %s: it takes \"optimal\" or \"uniform\""), retime);
  input.file = argv[1];
  set = lw_cli_read_demonstrations (&input, &error);
  if (set == NULL)
    return lw_cli_fail_error (error);
  if (number < 1 || (size_t) number > set->n)
    return lw_cli_fail (LW_CLI_USAGE, _("%s: there is no demonstration %d; it has %zu"), input.file, number, set->n);
  movement = trajectory_of (set, (size_t) number - 1, &error);
  if (movement == NULL)
    return lw_cli_fail_error (error);

  lw_cli_catch_interrupt ();
  ok = run (&arm, movement, &wishes, &rollout, &reason, &error);
  lw_trajectory_unref (movement);
  if (!ok)
    return lw_cli_fail_error (error);
  if (rollout.aborted)
    code = lw_cli_fail (LW_CLI_FAILED, _("replay: stopped before the end: %s"),
                        reason == LW_REASON_NONE || reason == LW_REASON_STOP ? _("interrupted") : _(lw_reason_text (reason)));
  else
    report (&rollout, json);
  lw_rollout_clear (&rollout);
  return code;
}
