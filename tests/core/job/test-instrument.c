/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdlib.h>

#include "lw-sim-scale.h"
#include "lw-test-watch.h"

#define SECOND G_USEC_PER_SEC

typedef struct {
  TestRun       run;
  LwTrajectory *path;
  LwRollout     rollout;
  double        context[LW_MAX_CONTEXT];
  double        measures[LW_MAX_CONTEXT];
  LwTrial       trial;
  LwObservation seen;
  atomic_bool   stop;
} Bench;

static void
bench_init (Bench *b, const char *task)
{
  memset (b, 0, sizeof *b);
  test_run_init (&b->run, task);
  b->context[0] = 80;
  b->path = lw_trajectory_new (150, b->run.task->info.n_joints);
  for (size_t i = 0; i < 150; i++)
    {
      static const double above_pan[6] = { 0.35, -0.2, 0.35, -0.15, 0, 0.3 };

      b->path->t[i] = 0.01 * (double) i;
      for (size_t j = 0; j < MIN (6, b->path->n_joints); j++)
        lw_mat_set (&b->path->q, i, j, above_pan[j] + (j == 4 && i < 140 ? 1.2 : 0));
    }
  b->rollout.measured = b->path;
  b->trial = (LwTrial){ .task = b->run.task, .iteration = 1, .episode = 2, .context = b->context, .rollout = &b->rollout };
  b->measures[0] = NAN;
  b->seen = (LwObservation){ .reward = NAN, .success = -1, .measures = b->measures };
  atomic_init (&b->stop, false);
}

static void
bench_clear (Bench *b)
{
  lw_rollout_clear (&b->rollout);
  test_run_clear (&b->run);
}

/* ---- a scale ---- */

/* Through the bytes of every format the scale says what the simulated world poured. */
static void
test_simulated_scale (void)
{
  Bench b;
  LwTrajectory *poured = NULL;
  double mass;

  bench_init (&b, "pour");
  g_assert_true (b.run.task->klass->simulate (b.run.task, b.context, &b.rollout, &poured, NULL));
  mass = lw_mat_get (&poured->q, poured->n_samples - 1, 0);
  g_assert_cmpfloat (mass, >, 50);
  lw_trajectory_unref (poured);
  for (int format = 0; format < LW_SCALE_N_FORMATS; format++)
    {
      g_autofree char *name = g_strconcat ("scale:sim=", lw_scale_format_name ((LwScaleFormat) format), NULL);
      g_autoptr (GError) error = NULL;
      LwInstrument *scale = lw_instrument_open (name, b.run.task, LW_INSTRUMENT_SCORES | LW_INSTRUMENT_CONTEXTS, NULL, &error);
      double context = 40;

      g_assert_no_error (error);
      g_assert_cmpint (scale->klass->context (scale, &b.trial, &context, &b.stop, &error), ==, LW_INSTRUMENT_OK);
      g_assert_cmpfloat_with_epsilon (context, 40, 0.03); /* as it was drawn, and put down */
      for (int again = 0; again < 3; again++) /* the beaker is emptied in between */
        {
          b.measures[0] = NAN;
          g_assert_cmpint (scale->klass->prepare (scale, &b.trial, &b.stop, &error), ==, LW_INSTRUMENT_OK);
          g_assert_cmpint (scale->klass->observe (scale, &b.trial, &b.seen, &b.stop, &error), ==, LW_INSTRUMENT_OK);
          g_assert_cmpfloat_with_epsilon (b.measures[0], mass, 0.05);
          g_assert_true (isnan (b.seen.reward));
        }
      lw_instrument_free (scale);
    }
  bench_clear (&b);
}

/* In real time, at a pseudo-terminal: what goes wrong is said, and what is gone ends the run. */
static void
test_scale_troubles (void)
{
  g_autoptr (GError) error = NULL;
  LwSimScaleConfig config;
  LwInstrument *scale;
  LwSimScale *sim;
  g_autofree char *name = NULL;
  char path[64];
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  double context = 80;
  Bench b;

  bench_init (&b, "pour");
  g_assert_true (grantpt (master) == 0 && unlockpt (master) == 0 && ptsname_r (master, path, sizeof path) == 0);
  lw_sim_scale_config_init (&config);
  config.stream = true;
  config.settle = 0.2;
  sim = lw_sim_scale_new (&config);
  g_assert_true (lw_sim_scale_serve (sim, master, &error));
  name = g_strconcat ("scale:", path, NULL);
  scale = lw_instrument_open (name, b.run.task, LW_INSTRUMENT_SCORES, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (scale->title, "A&D on /dev/pts/"));

  lw_sim_scale_set_load (sim, 100);
  g_assert_cmpint (scale->klass->context (scale, &b.trial, &context, &b.stop, &error), ==, LW_INSTRUMENT_OK);
  g_assert_cmpfloat_with_epsilon (context, 100, 0.05);
  lw_sim_scale_set_faults (sim, LW_SIM_SCALE_RESTLESS);
  g_assert_cmpint (scale->klass->prepare (scale, &b.trial, &b.stop, &error), ==, LW_INSTRUMENT_NONE);
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT);
  g_assert_nonnull (strstr (error->message, "could not be tared"));
  g_clear_error (&error);
  lw_sim_scale_set_faults (sim, LW_SIM_SCALE_HANG_UP);
  g_assert_cmpint (scale->klass->observe (scale, &b.trial, &b.seen, &b.stop, &error), ==, LW_INSTRUMENT_FAILED);
  g_assert_nonnull (strstr (error->message, "is gone"));
  lw_instrument_free (scale);
  lw_sim_scale_free (sim);
  bench_clear (&b);
}

static void
assert_refused (const char *name, const LwTask *task, unsigned use, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_instrument_open (name, task, use, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
}

static void
test_refused (void)
{
  TestRun reach, pour;

  test_run_init (&reach, "reacher-1");
  test_run_init (&pour, "pour");
  assert_refused ("scale:sim", reach.task, LW_INSTRUMENT_SCORES, "not scored by a mass");
  assert_refused ("scale:sim", reach.task, LW_INSTRUMENT_CONTEXTS, "No context of the task");
  assert_refused ("scale:/nowhere/port", pour.task, LW_INSTRUMENT_SCORES, "/nowhere/port");
  assert_refused ("scale:sim=stone", pour.task, LW_INSTRUMENT_SCORES, "mt-sics");
  assert_refused ("scale:", pour.task, LW_INSTRUMENT_SCORES, "scale:PORT");
  assert_refused ("oracle", pour.task, LW_INSTRUMENT_SCORES, "command:PROGRAM");
  assert_refused ("command:", pour.task, LW_INSTRUMENT_SCORES, "no command line");
  assert_refused ("command:'", pour.task, LW_INSTRUMENT_SCORES, "no command line");
  assert_refused ("command:/no/such/program", pour.task, LW_INSTRUMENT_SCORES, "could not be started");
  test_run_clear (&reach);
  test_run_clear (&pour);
}

/* ---- a program ---- */

static LwInstrument *
program (const Bench *b, const char *script)
{
  g_autofree char *quoted = g_shell_quote (script), *name = g_strconcat ("command:sh -c ", quoted, NULL);
  g_autoptr (GError) error = NULL;
  LwInstrument *instrument = lw_instrument_open (name, b->run.task, LW_INSTRUMENT_SCORES | LW_INSTRUMENT_CONTEXTS, NULL, &error);

  g_assert_no_error (error);
  return instrument;
}

/* One reward asked of @script; the error's words, or NULL. */
static char *
ask_program (Bench *b, const char *script, LwInstrumentResult expected)
{
  LwInstrument *instrument = program (b, script);
  g_autoptr (GError) error = NULL;

  b->seen = (LwObservation){ .reward = NAN, .success = -1, .measures = b->measures };
  b->measures[0] = NAN;
  g_assert_cmpint (instrument->klass->observe (instrument, &b->trial, &b->seen, &b->stop, &error), ==, expected);
  lw_instrument_free (instrument);
  return error != NULL ? g_strdup (error->message) : NULL;
}

static void
assert_words (char *words, const char *part)
{
  g_autofree char *owned = words;

  if (owned == NULL || strstr (owned, part) == NULL)
    g_error ("“%s” does not say “%s”", owned, part);
}

static void
test_program_answers (void)
{
  Bench b;
  LwInstrument *instrument;
  double context = 0;

  bench_init (&b, "pour");
  g_assert_null (ask_program (&b, "read q; echo -1.5; cat", LW_INSTRUMENT_OK));
  g_assert_true (b.seen.reward == -1.5 && b.seen.success == -1);
  g_assert_null (ask_program (&b, "read q; echo '{\"reward\": 2, \"success\": true}'; cat", LW_INSTRUMENT_OK));
  g_assert_true (b.seen.reward == 2 && b.seen.success == 1);
  g_assert_null (ask_program (&b, "read q; echo '{\"measures\": [78.5]}'; cat", LW_INSTRUMENT_OK));
  g_assert_true (isnan (b.seen.reward) && b.measures[0] == 78.5);
  /* The question is what the header says it is: the program answers with a part of it. */
  g_assert_null (ask_program (&b, "read q; case \"$q\" in '{\"ask\":\"reward\",\"iteration\":1,\"episode\":2,\"context\":[80],\"duration\":1.49'*) echo 7;; *) echo \"$q\" >&2;; esac; cat",
                              LW_INSTRUMENT_OK));
  g_assert_cmpfloat (b.seen.reward, ==, 7);

  instrument = program (&b, "while read q; do echo '{\"context\": [55.5]}'; done");
  g_assert_cmpint (instrument->klass->context (instrument, &b.trial, &context, &b.stop, NULL), ==, LW_INSTRUMENT_OK);
  g_assert_cmpfloat (context, ==, 55.5);
  lw_instrument_free (instrument);
  bench_clear (&b);
}

static void
test_program_troubles (void)
{
  Bench b;

  bench_init (&b, "pour");
  assert_words (ask_program (&b, "read q; echo '{\"none\": \"the cup fell\"}'; cat", LW_INSTRUMENT_NONE), "the cup fell");
  assert_words (ask_program (&b, "exit 3", LW_INSTRUMENT_FAILED), "exit code 3");
  assert_words (ask_program (&b, "read q; kill -9 $$", LW_INSTRUMENT_FAILED), "signal 9");
  assert_words (ask_program (&b, "read q; echo fine; cat", LW_INSTRUMENT_FAILED), "answered “fine”");
  assert_words (ask_program (&b, "read q; echo nan; cat", LW_INSTRUMENT_FAILED), "a reward was asked for");
  assert_words (ask_program (&b, "read q; echo '{\"measures\": [1, 2]}'; cat", LW_INSTRUMENT_FAILED), "a reward was asked for");
  assert_words (ask_program (&b, "read q; head -c 70000 /dev/zero; cat", LW_INSTRUMENT_FAILED), "without end of line");
  bench_clear (&b);
}

static gpointer
raise_stop (gpointer data)
{
  g_usleep (SECOND / 5);
  atomic_store ((atomic_bool *) data, true);
  return NULL;
}

/* Stop ends the wait at once; the answer that comes all the same is not the next one's; and a program that does not want to go is made to. */
static void
test_program_stopped (void)
{
  Bench b;
  LwInstrument *instrument;
  GThread *thread;
  gint64 began;

  bench_init (&b, "pour");
  instrument = program (&b, "trap '' TERM; read q; sleep 1; echo 1; read q; echo 2; while :; do sleep 1; done");
  thread = g_thread_new ("stop", raise_stop, &b.stop);
  began = g_get_monotonic_time ();
  g_assert_cmpint (instrument->klass->observe (instrument, &b.trial, &b.seen, &b.stop, NULL), ==, LW_INSTRUMENT_STOPPED);
  g_assert_cmpint (g_get_monotonic_time () - began, <, SECOND * 9 / 10);
  g_thread_join (thread);
  atomic_store (&b.stop, false);
  g_assert_cmpint (instrument->klass->observe (instrument, &b.trial, &b.seen, &b.stop, NULL), ==, LW_INSTRUMENT_OK);
  g_assert_cmpfloat (b.seen.reward, ==, 2);
  began = g_get_monotonic_time ();
  lw_instrument_free (instrument);
  g_assert_cmpint (g_get_monotonic_time () - began, <, 5 * SECOND);
  bench_clear (&b);
}

/* ---- a person ---- */

typedef struct {
  guint         n_asked;
  LwInstrument *hand;
  int           answer; /* 0: none */
  GThread      *thread;
} Person;

static gpointer
answer (gpointer data)
{
  Person *p = data;

  g_usleep (20000);
  switch (p->answer)
    {
    case 1:
      lw_instrument_hand_context (p->hand, (double[]){ 99 }, 1); /* not what was asked: nothing happens */
      lw_instrument_hand_reward (p->hand, 0.75, 1);
      lw_instrument_hand_reward (p->hand, -5, 0); /* a second click */
      break;
    case 2: lw_instrument_hand_skip (p->hand); break;
    case 3: lw_instrument_hand_context (p->hand, (double[]){ 66 }, 1); break;
    default: break;
    }
  return NULL;
}

static void
ask_person (LwInstrument *hand, const LwTrial *trial, unsigned use, gpointer data)
{
  Person *p = data;

  p->n_asked++;
  p->thread = g_thread_new ("person", answer, p);
}

static void
test_hand (void)
{
  Bench b;
  Person person = { .answer = 1 };
  g_autoptr (GError) error = NULL;
  GThread *thread;
  double context = 0;
  gint64 began;

  bench_init (&b, "reacher-1");
  person.hand = lw_instrument_hand_new (ask_person, &person);
  lw_instrument_hand_reward (person.hand, 3, 1); /* nobody asked */
  g_assert_cmpint (person.hand->klass->observe (person.hand, &b.trial, &b.seen, &b.stop, &error), ==, LW_INSTRUMENT_OK);
  g_thread_join (person.thread);
  g_assert_true (b.seen.reward == 0.75 && b.seen.success == 1);
  person.answer = 2;
  g_assert_cmpint (person.hand->klass->observe (person.hand, &b.trial, &b.seen, &b.stop, &error), ==, LW_INSTRUMENT_NONE);
  g_thread_join (person.thread);
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT);
  person.answer = 3;
  g_assert_cmpint (person.hand->klass->context (person.hand, &b.trial, &context, &b.stop, NULL), ==, LW_INSTRUMENT_OK);
  g_thread_join (person.thread);
  g_assert_cmpfloat (context, ==, 66);
  person.answer = 0;
  thread = g_thread_new ("stop", raise_stop, &b.stop);
  began = g_get_monotonic_time ();
  g_assert_cmpint (person.hand->klass->observe (person.hand, &b.trial, &b.seen, &b.stop, NULL), ==, LW_INSTRUMENT_STOPPED);
  g_assert_cmpint (g_get_monotonic_time () - began, <, SECOND);
  g_thread_join (thread);
  g_thread_join (person.thread);
  g_assert_cmpuint (person.n_asked, ==, 4);
  lw_instrument_free (person.hand);
  bench_clear (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/instrument/simulated-scale", test_simulated_scale);
  g_test_add_func ("/instrument/scale-troubles", test_scale_troubles);
  g_test_add_func ("/instrument/refused", test_refused);
  g_test_add_func ("/instrument/program-answers", test_program_answers);
  g_test_add_func ("/instrument/program-troubles", test_program_troubles);
  g_test_add_func ("/instrument/program-stopped", test_program_stopped);
  g_test_add_func ("/instrument/hand", test_hand);
  return g_test_run ();
}
