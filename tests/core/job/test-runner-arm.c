/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A runner on an arm thread and a simulated bus in real time. */
#include "lw-runner-feed.h"
#include "lw-sim-bus.h"
#include "lw-test-watch.h"

typedef struct {
  LwArmModel  *model;
  LwSimBus    *simulator;
  LwArm       *arm;
  LwRunner    *runner;
  LwRunnerFeed feed;
  LwRecorder  *recorder; /* (nullable) */
} Live;

static void
sink (const LwSample *sample, void *data)
{
  Live *self = data;

  if (self->recorder != NULL)
    lw_recorder_sink (sample, self->recorder);
  lw_runner_feed_sink (sample, &self->feed);
}

static void
live_init (Live *self, LwRecorder *recorder)
{
  g_autofree char *path = lw_test_data_path ("arms/planar-2.xml");
  LwSimError sim_error = { "" };
  LwSimBusConfig config;
  LwArmSetup setup;
  uint8_t ids[LW_MAX_JOINTS] = { 1, 2 };
  GError *error = NULL;
  int fd;

  *self = (Live){ .recorder = recorder };
  lw_runner_feed_init (&self->feed);
  self->model = lw_arm_model_load (path, NULL, &sim_error);
  g_assert_nonnull (self->model);
  lw_sim_bus_config_init (&config);
  config.model = self->model;
  self->simulator = lw_sim_bus_new (&config);
  fd = lw_sim_bus_connect (self->simulator, &error);
  g_assert_no_error (error);
  lw_arm_setup_init (&setup, self->model);
  lw_calibration_centre (self->model, &setup.calibration);
  setup.sink = sink;
  setup.sink_data = self;
  self->arm = lw_arm_new (&setup);
  lw_arm_connect (self->arm, lw_dynamixel_new (lw_transport_fd_new (fd, "Simulated arm"), ids, 2), &error);
  g_assert_no_error (error);
  self->runner = lw_runner_arm_new (self->arm);
  lw_runner_feed_set (&self->feed, self->runner);
}

static void
live_arm (Live *self)
{
  g_assert_true (lw_arm_request (self->arm, LW_REQUEST_HOLD, NULL));
  g_assert_true (lw_arm_wait_mode (self->arm, LW_MODE_HOLD, 3000));
  g_assert_true (lw_arm_request (self->arm, LW_REQUEST_ARM, NULL));
  g_assert_true (lw_arm_wait_mode (self->arm, LW_MODE_ARMED, 3000));
  lw_arm_set_speed (self->arm, 1.0);
  for (LwArmState state = { .speed = 0.0 }; state.speed != 1.0; g_usleep (1000))
    lw_arm_get_state (self->arm, &state); /* plans are made for the speed the arm shows */
}

static void
live_clear (Live *self)
{
  lw_runner_feed_set (&self->feed, NULL);
  lw_runner_free (self->runner);
  lw_arm_free (self->arm);
  lw_sim_bus_disconnect (self->simulator);
  lw_sim_bus_free (self->simulator);
  lw_arm_model_unref (self->model);
}

/* Joint 0 from 0.2 to 0.6 rad, joint 1 to and fro, over @seconds. */
static LwTrajectory *
swing (double seconds)
{
  LwTrajectory *movement = lw_trajectory_new (101, 2);

  for (size_t i = 0; i <= 100; i++)
    {
      double s = (double) i / 100.0;

      movement->t[i] = seconds * s;
      lw_mat_set (&movement->q, i, 0, 0.2 + 0.4 * s * s * (3.0 - 2.0 * s));
      lw_mat_set (&movement->q, i, 1, 0.3 * sin (G_PI * s) * sin (G_PI * s));
    }
  return movement;
}

static void
test_executes (void)
{
  Live live;
  LwTrajectory *movement = swing (1.5);
  LwRollout rollout;
  GError *error = NULL;
  double worst = 0.0;

  live_init (&live, NULL);
  g_assert_false (lw_runner_run (live.runner, movement, NULL, NULL, &rollout, &error)); /* not armed */
  g_assert_nonnull (error);
  g_clear_error (&error);
  live_arm (&live);
  g_assert_true (lw_runner_run (live.runner, movement, NULL, NULL, &rollout, &error));
  g_assert_no_error (error);
  g_assert_false (rollout.aborted);
  /* What is called planned is the movement, not the ramp towards it. */
  lw_assert_close (lw_mat_get (&rollout.planned->q, 0, 0), 0.2, 0, 1e-3);
  lw_assert_close (lw_mat_get (&rollout.planned->q, rollout.planned->n_samples - 1, 0), 0.6, 0, 1e-3);
  g_assert_cmpfloat (rollout.planned_duration, >=, 1.5);
  for (size_t i = 0; i < rollout.planned->n_samples; i++)
    worst = fmax (worst, lw_mat_get (&rollout.planned->q, i, 1));
  lw_assert_close (worst, 0.3, 0, 2e-3);
  /* It was measured from there on, a little behind, and has come to rest at the end. */
  lw_assert_close (lw_mat_get (&rollout.measured->q, 0, 0), 0.2, 0, 0.02);
  lw_assert_close (lw_mat_get (&rollout.measured->q, rollout.measured->n_samples - 1, 0), 0.6, 0, 0.005);
  g_assert_cmpfloat (lw_trajectory_duration (rollout.measured), >, 1.45);
  g_assert_cmpint (lw_trajectory_check (rollout.measured), ==, LW_OK);
  g_assert_cmpuint (rollout.tip.rows, ==, rollout.measured->n_samples);
  worst = 0.0;
  for (size_t i = 0; i < rollout.measured->n_samples; i++)
    {
      double q[2];

      lw_trajectory_at (rollout.planned, rollout.measured->t[i], q);
      worst = fmax (worst, fabs (q[0] - lw_mat_get (&rollout.measured->q, i, 0)));
    }
  g_test_message ("at most %.4f rad between planned and measured at the same time", worst);
  g_assert_cmpfloat (worst, <, 0.05);
  lw_rollout_clear (&rollout);
  lw_trajectory_unref (movement);
  live_clear (&live);
}

/* The plan that is previewed is the one that is executed: the same goals from the same place. */
static void
test_plan (void)
{
  Live live;
  LwTrajectory *movement = swing (1.0);
  LwPlan *plan, *again;
  GError *error = NULL;

  live_init (&live, NULL);
  live_arm (&live);
  plan = lw_runner_arm_plan (live.arm, movement, &error);
  again = lw_runner_arm_plan (live.arm, movement, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (plan->goals->n_samples, ==, again->goals->n_samples);
  g_assert_cmpmem (plan->goals->q.data, plan->goals->n_samples * 2 * sizeof (double), again->goals->q.data, again->goals->n_samples * 2 * sizeof (double));
  g_assert_cmpfloat (plan->speed, ==, 1.0);
  lw_plan_unref (plan);
  lw_plan_unref (again);
  lw_arm_disconnect (live.arm);
  g_assert_null (lw_runner_arm_plan (live.arm, movement, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM);
  g_clear_error (&error);
  lw_trajectory_unref (movement);
  live_clear (&live);
}

typedef struct {
  Live         *live;
  LwTrajectory *movement;
  atomic_bool   stop;
  LwRollout     rollout;
  gboolean      ok;
} Attempt;

static gpointer
attempt (gpointer data)
{
  Attempt *self = data;

  self->ok = lw_runner_run (self->live->runner, self->movement, NULL, &self->stop, &self->rollout, NULL);
  return NULL;
}

static void
test_stop_aborts (void)
{
  Live live;
  Attempt one = { .live = &live, .movement = swing (4.0) };
  GThread *thread;
  LwArmState state;
  gint64 asked;

  live_init (&live, NULL);
  live_arm (&live);
  thread = g_thread_new ("attempt", attempt, &one);
  g_assert_true (lw_arm_wait_mode (live.arm, LW_MODE_RUNNING, 2000));
  g_usleep (1500000);
  asked = g_get_monotonic_time ();
  atomic_store (&one.stop, true);
  g_thread_join (thread);
  g_assert_cmpint (g_get_monotonic_time () - asked, <, 300000);
  g_assert_true (one.ok);
  g_assert_true (one.rollout.aborted);
  lw_arm_get_state (live.arm, &state);
  g_assert_cmpint (state.mode, ==, LW_MODE_STOPPED);
  lw_rollout_clear (&one.rollout);
  lw_trajectory_unref (one.movement);
  live_clear (&live);
}

/* A cut cable ends the attempt: it never waits for an arm that is gone. */
static void
test_lost_arm (void)
{
  Live live;
  Attempt one = { .live = &live, .movement = swing (4.0) };
  GThread *thread;

  live_init (&live, NULL);
  live_arm (&live);
  thread = g_thread_new ("attempt", attempt, &one);
  g_assert_true (lw_arm_wait_mode (live.arm, LW_MODE_RUNNING, 2000));
  g_usleep (200000);
  lw_sim_bus_set_faults (live.simulator, LW_SIM_FAULT_SILENT);
  g_thread_join (thread);
  g_assert_true (one.ok);
  g_assert_true (one.rollout.aborted);
  lw_rollout_clear (&one.rollout);
  lw_trajectory_unref (one.movement);
  live_clear (&live);
}

/* Two episodes of a learning run on the arm: scored by what was measured, every rollout a recording of the project. */
static void
test_learns_on_the_arm (void)
{
  Live live;
  TestRun run;
  TestWatch watch;
  TestProject place;
  LwRecorder *recorder = lw_recorder_new (8192);
  LwRunner *kinematic;
  LwArmState state;
  g_autoptr (GPtrArray) episodes = NULL, demonstrations = NULL;

  test_project_init (&place);
  lw_project_set_recorder (place.project, recorder);
  live_init (&live, recorder);
  live_arm (&live);
  lw_runner_arm_record (live.runner, place.project, recorder);
  test_run_init (&run, "reacher-1");
  test_watch_init (&watch);
  run.settings.episodes = 2;
  run.settings.iterations = 1;
  kinematic = run.runner;
  run.runner = live.runner;
  g_assert_true (test_learn_here (&run, place.project, 0, &watch));
  run.runner = kinematic;
  lw_arm_get_state (live.arm, &state);
  g_test_message ("the arm is in %s %s", lw_mode_name (state.mode), lw_reason_text (state.reason));
  episodes = lw_project_load_episodes (place.project, 1, NULL);
  g_assert_cmpuint (episodes->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const LwEpisode *e = g_ptr_array_index (episodes, i);
      LwTrajectory *planned = NULL, *measured;
      LwRollout rollout;
      double reward;
      gboolean success;
      GError *error = NULL;

      /* Nearly the reward of the same movement without an arm: the arm follows within a few thousandths of a rad. */
      g_assert_cmpint (lw_task_movement (run.task, &run.skill->basis, e->movement, e->n_movement - 1, &planned), ==, LW_OK);
      g_assert_true (lw_runner_run (kinematic, planned, e->context, NULL, &rollout, NULL));
      g_assert_true (run.task->klass->score (run.task, e->context, &rollout, &reward, &success, NULL));
      g_assert_false (e->aborted);
      lw_assert_close (e->reward, reward, 0, 0.01);
      lw_rollout_clear (&rollout);
      lw_trajectory_unref (planned);

      g_assert_cmpint (e->rollout, >, 0);
      measured = lw_project_load_trajectory (place.project, e->rollout, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (measured->n_joints, ==, 2);
      g_assert_cmpfloat (lw_trajectory_duration (measured), >, 2.9);
      lw_trajectory_unref (measured);
    }
  demonstrations = lw_project_list_demonstrations (place.project, NULL);
  g_assert_cmpuint (demonstrations->len, ==, 0); /* rollouts are not demonstrations */
  lw_project_set_recorder (place.project, NULL);
  live_clear (&live);
  lw_recorder_free (recorder);
  test_watch_clear (&watch);
  test_run_clear (&run);
  test_project_clear (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runner-arm/executes", test_executes);
  g_test_add_func ("/runner-arm/plan", test_plan);
  g_test_add_func ("/runner-arm/stop-aborts", test_stop_aborts);
  g_test_add_func ("/runner-arm/lost-arm", test_lost_arm);
  g_test_add_func ("/runner-arm/learns-on-the-arm", test_learns_on_the_arm);
  return g_test_run ();
}
