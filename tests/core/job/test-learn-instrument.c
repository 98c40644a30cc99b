/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-watch.h"

/* A learning run whose contexts and scores come from outside. */

/* An instrument that answers from a rule, and counts what it is asked. */
typedef struct {
  LwInstrument base;
  guint        n_contexts, n_prepared, n_observed;
  guint        without; /* every so manyth episode has no score; 0 = none */
  guint        gone_at; /* fails at this observation; 0 = never */
  LwLearnRun  *stop_at_first; /* raised from within */
} Rule;

static LwInstrumentResult
rule_context (LwInstrument *instrument, const LwTrial *trial, double *context, const atomic_bool *stop, GError **error)
{
  Rule *self = (Rule *) instrument;

  g_assert_null (trial->rollout);
  self->n_contexts++;
  context[0] = 50 + trial->iteration + 0.25 * trial->episode;
  return LW_INSTRUMENT_OK;
}

static LwInstrumentResult
rule_prepare (LwInstrument *instrument, const LwTrial *trial, const atomic_bool *stop, GError **error)
{
  Rule *self = (Rule *) instrument;

  self->n_prepared++;
  g_assert_cmpfloat (trial->context[0], ==, 50 + trial->iteration + 0.25 * trial->episode);
  return LW_INSTRUMENT_OK;
}

static LwInstrumentResult
rule_observe (LwInstrument *instrument, const LwTrial *trial, LwObservation *out, const atomic_bool *stop, GError **error)
{
  Rule *self = (Rule *) instrument;

  self->n_observed++;
  g_assert_nonnull (trial->rollout->measured);
  if (self->gone_at != 0 && self->n_observed == self->gone_at)
    {
      g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "it burned down");
      return LW_INSTRUMENT_FAILED;
    }
  if (self->without != 0 && trial->episode % self->without == self->without - 1)
    {
      g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "the cup fell");
      return LW_INSTRUMENT_NONE;
    }
  if (self->stop_at_first != NULL)
    {
      lw_learn_run_stop (self->stop_at_first);
      return LW_INSTRUMENT_STOPPED;
    }
  out->measures[0] = trial->context[0] + trial->episode; /* so that the reward is - episode */
  return LW_INSTRUMENT_OK;
}

static void
rule_free (LwInstrument *instrument)
{
}

static const LwInstrumentClass rule_class = { "rule", rule_context, rule_prepare, rule_observe, rule_free };

static Rule
rule (void)
{
  return (Rule){ .base = { &rule_class, "a rule" } };
}

static guint n_notes;
static char *last_note;

static void
on_note (LwLearnRun *run, const char *words, gpointer data)
{
  n_notes++;
  g_free (last_note);
  last_note = g_strdup (words);
}

static gint64
save_model (TestRun *run, TestProject *place)
{
  GError *error = NULL;
  gint64 model = lw_skill_save (run->skill, place->project, &error);

  g_assert_no_error (error);
  return model;
}

static LwLearnRun *
learn_with (TestRun *run, TestProject *place, gint64 model, LwInstrument *contexts, LwInstrument *scores, TestWatch *watch)
{
  LwLearnObserver observer = test_watcher;
  GError *error = NULL;
  LwLearnRun *learning;

  observer.note = on_note;
  learning = lw_learn_run_new (run->task, run->skill, run->runner, run->arms, &run->settings, place->project, model, &observer, watch, &error);
  g_assert_no_error (error);
  lw_learn_run_set_instruments (learning, contexts, scores);
  return learning;
}

static void
test_numbers (void)
{
  TestRun run;
  TestProject place;
  TestWatch watch;
  Rule both = rule ();
  LwLearnRun *learning;
  GError *error = NULL;

  test_run_init (&run, "pour");
  test_project_init (&place);
  test_watch_init (&watch);
  run.settings.iterations = 2;
  both.without = 5;
  n_notes = 0;
  learning = learn_with (&run, &place, save_model (&run, &place), &both.base, &both.base, &watch);
  g_assert_true (lw_learn_run_here (learning, &error));
  g_assert_no_error (error);
  lw_learn_run_free (learning);

  g_assert_true (both.n_contexts == 24 && both.n_prepared == 24 && both.n_observed == 24);
  g_assert_cmpuint (n_notes, ==, 4); /* 5 and 10 of 12, twice */
  g_assert_cmpstr (last_note, ==, "Episode 10 of iteration 2 has no score and is left out: the cup fell");
  g_assert_cmpuint (watch.returns->len, ==, 20);
  g_assert_cmpfloat_with_epsilon (g_array_index (watch.returns, double, 1), -1, 1e-9);
  {
    g_autoptr (GPtrArray) episodes = lw_project_load_episodes (place.project, 1, &error);

    g_assert_cmpuint (episodes->len, ==, 24);
    for (guint i = 0; i < 24; i++)
      {
        const LwEpisode *e = g_ptr_array_index (episodes, i);

        g_assert_cmpfloat (e->context[0], ==, 50 + e->iteration + 0.25 * e->episode);
        g_assert_cmpint (e->aborted, ==, e->episode % 5 == 4);
        if (e->aborted)
          {
            g_assert_true (isnan (e->reward) && e->n_measures == 0 && e->success == -1);
            continue;
          }
        g_assert_cmpfloat_with_epsilon (e->reward, -(double) e->episode, 1e-9);
        g_assert_cmpint (e->success, ==, e->episode <= 4);
        g_assert_cmpuint (e->n_measures, ==, 1);
        g_assert_cmpstr (e->measures[0].name, ==, "poured mass");
        g_assert_cmpstr (e->measures[0].unit, ==, "g");
        g_assert_cmpfloat (e->measures[0].value, ==, e->context[0] + e->episode);
      }
  }
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* Simulated measures are kept too; nothing else changes. */
static void
test_simulated (void)
{
  TestRun run;
  TestProject place;
  TestWatch watch;
  LwLearnRun *learning;
  g_autoptr (GPtrArray) episodes = NULL;
  const LwEpisode *e;

  test_run_init (&run, "pour");
  test_project_init (&place);
  test_watch_init (&watch);
  run.settings.iterations = 1;
  learning = learn_with (&run, &place, save_model (&run, &place), NULL, NULL, &watch);
  g_assert_true (lw_learn_run_here (learning, NULL));
  lw_learn_run_free (learning);
  episodes = lw_project_load_episodes (place.project, 1, NULL);
  e = g_ptr_array_index (episodes, 0);
  g_assert_cmpuint (e->n_measures, ==, 1);
  g_assert_cmpfloat_with_epsilon (e->reward, -fabs (e->measures[0].value - e->context[0]), 1e-12);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* An instrument that is gone ends the run with its words; what was measured is kept, and the run goes on from there without asking for it again: the same bits
 * as the run that was not cut off. */
static void
test_goes_on (void)
{
  TestRun run;
  TestProject whole_place, place;
  TestWatch whole, first, second;
  Rule all = rule (), until = rule (), rest = rule ();
  LwLearnRun *learning;
  GError *error = NULL;
  gint64 model;

  test_run_init (&run, "pour");
  run.settings.iterations = 3;
  g_strlcpy (run.settings.contexts_from, "scale:here", sizeof run.settings.contexts_from);
  g_strlcpy (run.settings.rewards_from, "scale:there", sizeof run.settings.rewards_from);
  test_project_init (&whole_place);
  test_watch_init (&whole);
  learning = learn_with (&run, &whole_place, save_model (&run, &whole_place), &all.base, &all.base, &whole);
  g_assert_true (lw_learn_run_here (learning, NULL));
  lw_learn_run_free (learning);

  test_project_init (&place);
  test_watch_init (&first);
  until.gone_at = 12 + 7;
  model = save_model (&run, &place);
  learning = learn_with (&run, &place, model, &until.base, &until.base, &first);
  g_assert_false (lw_learn_run_here (learning, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT);
  g_assert_cmpstr (error->message, ==, "it burned down");
  g_clear_error (&error);
  lw_learn_run_free (learning);

  /* Not without its sources. */
  test_watch_init (&second);
  learning = lw_learn_run_resume (run.task, run.skill, run.runner, run.arms, place.project, 1, 3, &test_watcher, &second, &error);
  g_assert_no_error (error);
  g_assert_false (lw_learn_run_here (learning, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "scale:here"));
  g_clear_error (&error);
  lw_learn_run_free (learning);
  test_watch_clear (&second);

  test_watch_init (&second);
  learning = lw_learn_run_resume (run.task, run.skill, run.runner, run.arms, place.project, 1, 3, &test_watcher, &second, &error);
  g_assert_no_error (error);
  lw_learn_run_set_instruments (learning, &rest.base, &rest.base);
  g_assert_true (lw_learn_run_here (learning, &error));
  g_assert_no_error (error);
  lw_learn_run_free (learning);
  g_assert_cmpuint (rest.n_observed, ==, 36 - 18);
  g_assert_cmpuint (first.lines->len + second.lines->len, ==, whole.lines->len);
  for (guint i = 0; i < second.lines->len; i++)
    g_assert_cmpstr (g_ptr_array_index (second.lines, i), ==, g_ptr_array_index (whole.lines, first.lines->len + i));
  test_watch_clear (&whole);
  test_watch_clear (&first);
  test_watch_clear (&second);
  test_project_clear (&whole_place);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
test_stop_while_waiting (void)
{
  TestRun run;
  TestProject place;
  TestWatch watch;
  Rule waits = rule ();
  LwLearnRun *learning;
  GError *error = NULL;
  g_autoptr (GPtrArray) episodes = NULL;

  test_run_init (&run, "pour");
  test_project_init (&place);
  test_watch_init (&watch);
  learning = learn_with (&run, &place, save_model (&run, &place), &waits.base, &waits.base, &watch);
  waits.stop_at_first = learning;
  g_assert_false (lw_learn_run_here (learning, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED);
  g_clear_error (&error);
  g_assert_true (watch.stopped);
  g_assert_cmpuint (waits.n_observed, ==, 1);
  lw_learn_run_free (learning);
  episodes = lw_project_load_episodes (place.project, 1, NULL);
  g_assert_cmpuint (episodes->len, ==, 0);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* Nothing came of a whole iteration: the run says so. */
static void
test_no_score_at_all (void)
{
  TestRun run;
  TestProject place;
  TestWatch watch;
  Rule never = rule ();
  LwLearnRun *learning;
  GError *error = NULL;

  test_run_init (&run, "pour");
  test_project_init (&place);
  test_watch_init (&watch);
  never.without = 1;
  learning = learn_with (&run, &place, save_model (&run, &place), &never.base, &never.base, &watch);
  g_assert_false (lw_learn_run_here (learning, &error));
  g_assert_nonnull (strstr (error->message, "have no score"));
  g_clear_error (&error);
  lw_learn_run_free (learning);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learn-instrument/numbers", test_numbers);
  g_test_add_func ("/learn-instrument/simulated", test_simulated);
  g_test_add_func ("/learn-instrument/goes-on", test_goes_on);
  g_test_add_func ("/learn-instrument/stop-while-waiting", test_stop_while_waiting);
  g_test_add_func ("/learn-instrument/no-score-at-all", test_no_score_at_all);
  code = g_test_run ();
  g_free (last_note);
  return code;
}
