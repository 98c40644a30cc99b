/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session without a window: what the pages ask of it, in the main loop, with the simulated arm and a project file of its own. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-session.h"

#define STOP_MS 100.0   /* from Stop to the end of a run */
#define N_STOPS 5

/* ---- fixture ---- */

typedef struct {
  const char *signal;
  guint       n;
} Count;

typedef struct {
  LwSession *session;
  char      *dir;
  GPtrArray *said;  /* messages and headlines, in order */
  Count      counts[8];
} Fixture;

static void
count (LwSession *session, gpointer data)
{
  ((Count *) data)->n++;
}

static void
on_message (LwSession *session, const char *text, const char *more, GPtrArray *said)
{
  g_ptr_array_add (said, g_strdup (text));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const char *const signals[] = {
    "project-changed", "demonstrations-changed", "connection-changed", "recording-changed", "skill-changed", "run-changed", "run-iteration", "tick",
  };

  f->dir = g_dir_make_tmp ("lampwork-session-XXXXXX", NULL);
  g_assert_nonnull (f->dir);
  f->said = g_ptr_array_new_with_free_func (g_free);
  f->session = lw_session_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      f->counts[i].signal = signals[i];
      g_signal_connect (f->session, signals[i], G_CALLBACK (count), &f->counts[i]);
    }
  g_signal_connect (f->session, "message", G_CALLBACK (on_message), f->said);
  g_signal_connect (f->session, "details", G_CALLBACK (on_message), f->said);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  const char *name;
  GDir *dir;

  lw_session_shut_down (f->session);
  /* A worker lets go of its GTask, and so of the session, a moment after the task has ended here. */
  for (int i = 0; i < 200 && g_atomic_int_get (&G_OBJECT (f->session)->ref_count) > 1; i++)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_usleep (10000);
    }
  g_assert_finalize_object (f->session);
  g_ptr_array_unref (f->said);
  dir = g_dir_open (f->dir, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->dir, name, NULL);

      g_unlink (path);
    }
  g_dir_close (dir);
  g_rmdir (f->dir);
  g_free (f->dir);
}

static guint
counted (Fixture *f, const char *signal)
{
  for (gsize i = 0; i < G_N_ELEMENTS (f->counts); i++)
    if (g_str_equal (f->counts[i].signal, signal))
      return f->counts[i].n;
  g_assert_not_reached ();
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the main loop until @done; fails after @seconds with the last thing said. */
static void
run_until (Fixture *f, gboolean (*done) (Fixture *f), double seconds, const char *what)
{
  gint64 end = g_get_monotonic_time () + (gint64) (seconds * 1e6);
  guint source = g_timeout_add (10, wake, NULL);

  while (!done (f) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
  if (!done (f))
    g_error ("waited %g s in vain for %s; last said: %s", seconds, what,
             f->said->len > 0 ? (const char *) g_ptr_array_index (f->said, f->said->len - 1) : "nothing");
}


static void
run_for (double seconds)
{
  gint64 end = g_get_monotonic_time () + (gint64) (seconds * 1e6);
  guint source = g_timeout_add (5, wake, NULL);

  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

static char *
path_of (Fixture *f, const char *name)
{
  return g_build_filename (f->dir, name, NULL);
}

static gboolean
project_is (Fixture *f, const char *name)
{
  g_autofree char *path = path_of (f, name);
  LwProject *project = lw_session_get_project (f->session);

  return project != NULL && g_str_equal (lw_project_get_path (project), path);
}

static gboolean
is_open (Fixture *f)
{
  return lw_session_get_project (f->session) != NULL;
}

static void
open_project (Fixture *f, const char *name)
{
  g_autofree char *path = path_of (f, name);

  lw_session_open_project (f->session, path);
}

/* ---- project ---- */

static gboolean
three_opened (Fixture *f)
{
  return counted (f, "project-changed") == 3;
}

static void
test_open (Fixture *f, gconstpointer data)
{
  open_project (f, "a.lampwork");
  g_assert_null (lw_session_get_project (f->session)); /* not in the main loop */
  run_until (f, is_open, 10.0, "the first project");
  g_assert_true (project_is (f, "a.lampwork"));
  g_assert_cmpuint (counted (f, "project-changed"), ==, 1);

  open_project (f, "a.lampwork");
  run_for (0.1);
  g_assert_cmpuint (counted (f, "project-changed"), ==, 1);

  /* Back to a file that is still being closed when it is asked for. */
  open_project (f, "b.lampwork");
  open_project (f, "a.lampwork");
  run_until (f, three_opened, 10.0, "b and a in order");
  g_assert_true (project_is (f, "a.lampwork"));
  g_assert_cmpuint (f->said->len, ==, 0);
}

static gboolean
something_said (Fixture *f)
{
  return f->said->len > 0;
}

static void
test_open_failure (Fixture *f, gconstpointer data)
{
  g_autofree char *path = path_of (f, "text.lampwork");

  open_project (f, "a.lampwork");
  run_until (f, is_open, 10.0, "the project");
  g_assert_true (g_file_set_contents (path, "This is not a project, however long it is.\n", -1, NULL));
  lw_session_open_project (f->session, path);
  run_until (f, something_said, 10.0, "an error");
  g_assert_true (project_is (f, "a.lampwork"));
  g_assert_cmpuint (counted (f, "project-changed"), ==, 1);
}

/* What was being opened when the program ends is closed again: its lock is gone. */
static void
test_shut_down_while_opening (Fixture *f, gconstpointer data)
{
  g_autofree char *path = path_of (f, "a.lampwork");
  g_autoptr (GError) error = NULL;
  LwProject *project;

  lw_session_open_project (f->session, path);
  lw_session_shut_down (f->session);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (lw_session_get_project (f->session));
  project = lw_project_open (path, &error);
  g_assert_no_error (error);
  lw_project_close (project);
  g_assert_finalize_object (project);
  lw_session_open_project (f->session, path); /* after the end: nothing */
  g_assert_cmpuint (counted (f, "project-changed"), ==, 0);
}

/* ---- arm ---- */

static gboolean
is_connected (Fixture *f)
{
  return lw_session_is_connected (f->session) && !lw_session_is_connecting (f->session);
}

static gboolean
is_disconnected (Fixture *f)
{
  return !lw_session_is_connected (f->session) && !lw_session_is_connecting (f->session);
}

static LwMode
mode (Fixture *f)
{
  return lw_session_get_arm_state (f->session)->mode;
}

static gboolean is_guided (Fixture *f) { return mode (f) == LW_MODE_GUIDE; }
static gboolean is_held (Fixture *f) { return mode (f) == LW_MODE_HOLD; }
static gboolean is_armed (Fixture *f) { return mode (f) == LW_MODE_ARMED; }
static gboolean is_lowering (Fixture *f) { return mode (f) == LW_MODE_RUNNING; }

static void
request (Fixture *f, LwArmRequest what, gboolean (*done) (Fixture *f), const char *name)
{
  g_assert_true (lw_session_request (f->session, what));
  run_until (f, done, 5.0, name);
}

static void
connect_arm (Fixture *f)
{
  lw_session_connect_simulated (f->session, "arm-7", 100.0);
  g_assert_true (lw_session_is_connecting (f->session));
  run_until (f, is_connected, 20.0, "the simulated arm");
  g_assert_cmpint (mode (f), ==, LW_MODE_CONNECTED);
}

static void
test_connect (Fixture *f, gconstpointer data)
{
  guint ticks;

  g_assert_false (lw_session_request (f->session, LW_REQUEST_HOLD));
  g_assert_cmpuint (f->said->len, ==, 1); /* it says why */
  connect_arm (f);
  g_assert_true (lw_session_is_simulated (f->session));
  g_assert_cmpuint (counted (f, "connection-changed"), ==, 2);
  ticks = counted (f, "tick");
  run_for (0.5);
  g_assert_cmpuint (counted (f, "tick") - ticks, >=, 5);
  g_assert_false (lw_session_can_stop (f->session));

  lw_session_disconnect (f->session);
  run_until (f, is_disconnected, 10.0, "the arm to go");
  g_assert_cmpint (mode (f), ==, LW_MODE_DISCONNECTED);
  g_assert_cmpuint (f->said->len, ==, 1); /* it is limp: nothing to say */
  ticks = counted (f, "tick");
  run_for (0.1);
  g_assert_cmpuint (counted (f, "tick"), ==, ticks);
}

/* Away from rest, so that lowering takes a while. */
static void
raise_arm (Fixture *f)
{
  double q[LW_MAX_JOINTS];
  const LwArmState *state = lw_session_get_arm_state (f->session);

  request (f, LW_REQUEST_HOLD, is_held, "Hold");
  request (f, LW_REQUEST_ARM, is_armed, "Armed");
  lw_session_set_speed (f->session, 1.0);
  for (size_t i = 0; i < state->n_joints; i++)
    q[i] = state->q[i];
  q[0] += 0.6;
  g_assert_true (lw_session_move_to (f->session, q));
  run_for (1.5);
  g_assert_cmpfloat (fabs (state->q[0] - q[0]), <, 0.05);
}

static void
test_stop_while_lowering (Fixture *f, gconstpointer data)
{
  connect_arm (f);
  raise_arm (f);
  lw_session_disconnect (f->session);
  run_until (f, is_lowering, 5.0, "the arm to be lowered");
  g_assert_true (lw_session_can_stop (f->session));
  g_assert_cmpuint (f->said->len, ==, 0);
  lw_session_stop (f->session);
  run_until (f, is_disconnected, 1.0, "Stop to end the lowering");
  g_assert_cmpuint (f->said->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (f->said, 0), "still powered"));
}

static gboolean
is_down (Fixture *f)
{
  return lw_session_is_down (f->session);
}

static void
test_wind_down (Fixture *f, gconstpointer data)
{
  double q[LW_MAX_JOINTS];
  const LwJointInfo *joints;

  open_project (f, "a.lampwork");
  run_until (f, is_open, 10.0, "the project");
  connect_arm (f);
  raise_arm (f);
  joints = lw_arm_model_joints (lw_session_get_arm_model (f->session));
  lw_session_wind_down (f->session);
  run_until (f, is_lowering, 5.0, "the arm to be lowered");
  while (!is_down (f))
    {
      g_main_context_iteration (NULL, TRUE);
      if (lw_session_get_simulator (f->session) != NULL)
        lw_sim_bus_truth (lw_session_get_simulator (f->session), q, NULL);
    }
  for (size_t i = 0; i < 7; i++)
    g_assert_cmpfloat (fabs (q[i] - joints[i].home), <, 0.05);
}

/* ---- record, fit, learn ---- */

static gboolean
records (Fixture *f)
{
  LwRecorderState state;

  lw_session_get_recorder_state (f->session, &state);
  return state.recording != 0 && state.n_samples > 0;
}

static guint
n_complete (Fixture *f)
{
  GPtrArray *all = lw_session_get_demonstrations (f->session);
  guint n = 0;

  for (guint i = 0; i < all->len; i++)
    n += ((LwDemonstrationInfo *) g_ptr_array_index (all, i))->complete ? 1 : 0;
  return n;
}

/* Began, is over, its end is stored: three times each. */
static gboolean
all_listed (Fixture *f)
{
  return counted (f, "recording-changed") == 3 * n_complete (f);
}

/* The hand takes the tip by @by (m) and waits there. */
static void
record (Fixture *f, const double by[3])
{
  LwSimBus *simulator = lw_session_get_simulator (f->session);
  double local[3], tip[3], target[3];
  int body = lw_arm_model_tip (lw_session_get_arm_model (f->session), local);

  g_assert_true (lw_session_start_recording (f->session));
  run_until (f, records, 5.0, "the recording to begin");
  g_assert_true (lw_session_get_tip (f->session, tip));
  for (int step = 1; step <= 25; step++)
    {
      for (int i = 0; i < 3; i++)
        target[i] = tip[i] + by[i] * step / 25.0;
      lw_sim_bus_hand (simulator, body, local, target);
      run_for (0.03);
    }
  run_for (0.3);
  lw_sim_bus_let_go (simulator);
  lw_session_stop_recording (f->session, TRUE);
  run_until (f, all_listed, 5.0, "the demonstration to be listed");
}

static gboolean
has_skill (Fixture *f)
{
  return lw_session_get_skill (f->session) != NULL && !lw_session_is_fitting (f->session);
}

static gboolean
has_two_iterations (Fixture *f)
{
  return lw_session_get_iterations (f->session)->len > 2;
}

static gboolean
run_ended (Fixture *f)
{
  return !lw_session_is_running (f->session);
}

static void
teach_and_fit (Fixture *f)
{
  static const double ways[3][3] = { { 0.10, 0.15, -0.20 }, { 0.0, -0.35, 0.0 }, { 0.10, 0.15, -0.05 } };
  LwFitSettings settings;

  open_project (f, "a.lampwork");
  run_until (f, is_open, 10.0, "the project");
  connect_arm (f);
  request (f, LW_REQUEST_GUIDE, is_guided, "Guide");
  for (int i = 0; i < 3; i++)
    record (f, ways[i]);
  g_assert_cmpuint (n_complete (f), ==, 3);

  lw_fit_settings_init (&settings);
  settings.K = 6;
  settings.d = 3;
  lw_session_fit (f->session, &settings);
  g_assert_true (lw_session_is_fitting (f->session));
  run_until (f, has_skill, 30.0, "the fit");
}

static void
test_teach_fit_learn (Fixture *f, gconstpointer data)
{
  GPtrArray *all;
  LwLearnSettings settings;
  LwSkill *skill;
  const LwSettingChange *change;

  teach_and_fit (f);
  all = lw_session_get_demonstrations (f->session);
  for (guint i = 0; i < all->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);

      g_assert_true (info->measured);
      g_assert_cmpuint (info->n_samples, >, 50);
      g_assert_cmpuint (info->contexts->len, ==, 3);
    }
  skill = lw_session_get_skill (f->session);
  g_assert_true (skill->lowered);
  g_assert_cmpuint (skill->K, ==, 1);
  g_assert_cmpuint (skill->params.rows, ==, 3);

  lw_learn_settings_init (&settings, lw_session_get_task (f->session));
  settings.episodes = 20;
  settings.evaluate = 50;
  settings.iterations = 1000;
  g_assert_true (lw_session_start_run (f->session, &settings, FALSE));
  lw_learn_settings_clear (&settings);
  g_assert_true (lw_session_is_running (f->session));
  run_until (f, has_two_iterations, 60.0, "two iterations");
  lw_session_set_run_setting (f->session, "kl_bound", 0.5);
  g_assert_cmpuint (lw_session_get_setting_changes (f->session)->len, ==, 1);
  change = &g_array_index (lw_session_get_setting_changes (f->session), LwSettingChange, 0);
  g_assert_cmpstr (change->name, ==, "kl_bound");
  g_assert_cmpuint (change->iteration, >=, 3);
  lw_session_stop (f->session);
  run_until (f, run_ended, 5.0, "the run to end");
  g_assert_cmpuint (counted (f, "run-iteration"), ==, lw_session_get_iterations (f->session)->len);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Wherever it is: trying, improving or testing. */
static void
test_stop_ends_run (Fixture *f, gconstpointer data)
{
  double ms[N_STOPS];

  teach_and_fit (f);
  for (int i = 0; i < N_STOPS; i++)
    {
      LwLearnSettings settings;
      gint64 at;

      lw_learn_settings_init (&settings, lw_session_get_task (f->session));
      settings.iterations = 1000;
      settings.seed = (uint64_t) i + 1;
      g_assert_true (lw_session_start_run (f->session, &settings, FALSE));
      lw_learn_settings_clear (&settings);
      run_for (0.4 + 0.17 * i);
      g_assert_true (lw_session_is_running (f->session));
      at = g_get_monotonic_time ();
      lw_session_stop (f->session);
      run_until (f, run_ended, 5.0, "the run to end");
      ms[i] = 1e-3 * (double) (g_get_monotonic_time () - at);
      g_test_message ("Stop ended the run after %.1f ms", ms[i]);
      if (mode (f) == LW_MODE_STOPPED)
        {
          g_assert_true (lw_session_request (f->session, LW_REQUEST_RESET));
          run_for (0.1);
        }
    }
  qsort (ms, N_STOPS, sizeof *ms, compare);
  g_assert_cmpfloat (ms[N_STOPS / 2], <=, STOP_MS); /* the median: one may be hit by a busy machine */
}

static gboolean
is_asked (Fixture *f)
{
  return lw_session_get_question (f->session) != NULL;
}

static gboolean
has_started (Fixture *f)
{
  return !lw_session_is_starting (f->session);
}

/* The person says how good each episode was; one that gets no reward is said and left out; a program that is not there is said before anything runs. */
static void
test_rewards (Fixture *f, gconstpointer data)
{
  LwLearnSettings settings;
  guint before;

  teach_and_fit (f);
  lw_learn_settings_init (&settings, lw_session_get_task (f->session));
  settings.iterations = 1;
  settings.episodes = 3;

  g_strlcpy (settings.rewards_from, "command:/there/is/no/such/program", sizeof settings.rewards_from);
  before = f->said->len;
  g_assert_true (lw_session_start_run (f->session, &settings, FALSE));
  g_assert_false (lw_session_is_running (f->session));
  run_until (f, has_started, 10.0, "the program to be looked for");
  g_assert_false (lw_session_is_running (f->session));
  g_assert_cmpuint (f->said->len, ==, before + 1);

  g_strlcpy (settings.rewards_from, "ask", sizeof settings.rewards_from);
  g_assert_true (lw_session_start_run (f->session, &settings, FALSE));
  lw_session_answer (f->session, 1.0); /* nobody has asked yet */
  for (int i = 0; i < 3; i++)
    {
      run_until (f, is_asked, 20.0, "a question");
      g_assert_nonnull (strstr (lw_session_get_question (f->session), "how good"));
      lw_session_answer (f->session, i == 1 ? (double) NAN : -1.5);
      g_assert_false (is_asked (f));
    }
  run_until (f, run_ended, 60.0, "the run to end");
  g_assert_cmpuint (f->said->len, ==, before + 2); /* the one that was skipped */

  /* Stop while a person is being waited for. */
  g_assert_true (lw_session_start_run (f->session, &settings, FALSE));
  run_until (f, is_asked, 20.0, "a question");
  lw_session_stop (f->session);
  run_until (f, run_ended, 2.0, "Stop to end the run");
  g_assert_false (is_asked (f));
  lw_learn_settings_clear (&settings);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/session/project/open", test_open);
  ADD ("/session/project/failure", test_open_failure);
  ADD ("/session/project/shut-down-while-opening", test_shut_down_while_opening);
  ADD ("/session/arm/connect", test_connect);
  ADD ("/session/arm/stop-while-lowering", test_stop_while_lowering);
  ADD ("/session/arm/wind-down", test_wind_down);
  ADD ("/session/teach-fit-learn", test_teach_fit_learn);
  ADD ("/session/rewards", test_rewards);
  ADD ("/session/stop-ends-run", test_stop_ends_run);
#undef ADD
  return g_test_run ();
}
