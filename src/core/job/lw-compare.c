/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-compare.h"

#include <math.h>

#include "lw-compare-private.h"
#include "lw-learn-run.h"
#include "lw-task-set.h"

/* A model is a job that leaves as many jobs as there are runs to start from it. Jobs share nothing that is written but the queue
 * and the progress. */

typedef struct {
  const LwCompareSettings *settings;
  const char              *arms_dir;
  const atomic_bool       *stop;    /* (nullable) */
  GPtrArray               *tasks;   /* of LwTask */
  GThreadPool             *pool;

  GMutex                   lock;    /* of all below */
  GCond                    idle;
  guint                    n_jobs;  /* queued or in work */
  guint                    n_runs, n_done;
  double                   work, worked; /* in episodes */
  void                   (*progress) (const LwCompareProgress *progress, gpointer data);
  gpointer                 data;
} Comparison;

typedef struct Job Job;
struct Job {
  Comparison *all;
  void      (*act) (Job *self);
  uint64_t    rank; /* lower ones first */
};

typedef struct {
  Job                       job;
  const LwTask             *task;
  const LwCompareAlgorithm *algorithm;
  uint64_t                  seed;
  LwSkill                  *skill;  /* until it has run */
  GArray                   *rows;   /* of LwCompareRow */
  double                    work, worked; /* in episodes */
} Run;

typedef struct {
  Job           job;
  const LwTask *task;
  guint         task_index;
  uint64_t      seed;
  gboolean      published;
  GPtrArray    *runs; /* of Run, borrowed */
} Model;

static gboolean
is_stopped (const Comparison *all)
{
  return all->stop != NULL && atomic_load (all->stop);
}

/* ---- a run ---- */

static void
add_row (Run *self, const LwIteration *it, const char *error)
{
  LwCompareRow row = {
    .task = self->task->info.id,
    .algorithm = self->algorithm->label,
    .seed = self->seed,
    .iteration = it->iteration,
    .episodes = it->episodes,
    .mean_return = it->mean_return,
    .return_ci95 = it->return_ci95,
    .success = it->success,
    .J = NAN,
    .kl = NAN,
    .ess = NAN,
    .entropy = NAN,
    .seconds = it->seconds,
    .error = g_strdup (error),
  };

  if (it->improved)
    {
      row.J = it->report.J;
      row.kl = it->report.kl;
      row.ess = it->report.ess;
      row.entropy = it->report.entropy;
    }
  g_array_append_val (self->rows, row);
}

/* The iteration that did not come. */
static void
add_error (Run *self, const GError *error)
{
  guint n = self->rows->len;
  LwIteration it = { .iteration = n, .episodes = n > 0 ? g_array_index (self->rows, LwCompareRow, n - 1).episodes : 0,
                     .success = NAN, .mean_return = NAN, .return_ci95 = NAN, .seconds = NAN };

  add_row (self, &it, g_error_matches (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED) ? LW_COMPARE_STOPPED : error->message);
}

static void
advance (Run *self, double worked, gboolean done)
{
  Comparison *all = self->job.all;
  LwCompareProgress progress;

  g_mutex_lock (&all->lock);
  all->worked += worked - self->worked;
  self->worked = worked;
  all->n_done += done ? 1 : 0;
  progress = (LwCompareProgress){ all->worked / all->work, all->n_done, all->n_runs };
  if (all->progress != NULL)
    all->progress (&progress, all->data);
  g_mutex_unlock (&all->lock);
}

static void
on_iteration (LwLearnRun *run, const LwIteration *it, gpointer data)
{
  add_row (data, it, NULL);
}

static void
on_progress (LwLearnRun *run, const LwLearnProgress *p, gpointer data)
{
  Run *self = data;

  if (is_stopped (self->job.all))
    lw_learn_run_stop (run);
  if (p->phase == LW_LEARN_EVALUATING && p->episode == 0)
    advance (self, self->work * (double) self->rows->len / (double) (self->job.all->settings->iterations + 1), FALSE);
}

static gboolean
learn (Run *self, GError **error)
{
  static const LwLearnObserver observer = { .iteration = on_iteration, .progress = on_progress };
  Comparison *all = self->job.all;
  LwLearnSettings settings;
  LwRunner *runner;
  LwLearnRun *run = NULL;
  gboolean ok;

  if (is_stopped (all))
    {
      lw_job_set_error (error, LW_ERR_STOPPED, "Comparison");
      return FALSE;
    }
  if (!lw_compare_settings_learn (all->settings, self->task, self->algorithm, self->seed, &settings, error))
    return FALSE;
  runner = lw_runner_kinematic_new (self->task, all->arms_dir, error);
  if (runner != NULL)
    run = lw_learn_run_new (self->task, self->skill, runner, all->arms_dir, &settings, NULL, 0, &observer, self, error);
  ok = run != NULL && lw_learn_run_here (run, error);
  lw_learn_run_free (run);
  lw_runner_free (runner);
  lw_learn_settings_clear (&settings);
  return ok;
}

static void
act_run (Job *job)
{
  Run *self = (Run *) job;
  g_autoptr (GError) error = NULL;

  if (!learn (self, &error))
    add_error (self, error);
  g_clear_pointer (&self->skill, lw_skill_unref);
  advance (self, self->work, TRUE);
}

/* ---- a model ---- */

static LwSkill *
fit (Model *self, GError **error)
{
  const Comparison *all = self->job.all;
  const LwCompareTask *told = g_ptr_array_index (all->settings->tasks, self->task_index);
  g_autoptr (LwDemonstrations) set = NULL;
  size_t n = lw_compare_settings_count (all->settings, self->task_index);
  LwFitSettings settings;

  if (!lw_compare_settings_fit (all->settings, self->task, self->task_index, self->published, self->seed, &settings, error))
    return NULL;
  set = told->set != NULL ? lw_task_set_draw (told->set, n, self->seed, error)
                          : lw_task_set_make (self->task, n, settings.n_basis, self->seed, error);
  return set != NULL ? lw_skill_fit (set, &settings, NULL, NULL, all->stop, error) : NULL;
}

static void
push (Job *job)
{
  g_mutex_lock (&job->all->lock);
  job->all->n_jobs++;
  g_mutex_unlock (&job->all->lock);
  g_thread_pool_push (job->all->pool, job, NULL); /* its threads are there already */
}

static void
act_model (Job *job)
{
  Model *self = (Model *) job;
  g_autoptr (GError) error = NULL;
  g_autoptr (LwSkill) skill = NULL;

  if (is_stopped (job->all))
    lw_job_set_error (&error, LW_ERR_STOPPED, "Comparison");
  else
    skill = fit (self, &error);
  for (guint i = 0; i < self->runs->len; i++)
    {
      Run *run = g_ptr_array_index (self->runs, i);

      if (skill != NULL)
        {
          run->skill = lw_skill_ref (skill);
          push (&run->job);
        }
      else
        {
          add_error (run, error);
          advance (run, run->work, TRUE);
        }
    }
}

/* ---- all of them ---- */

#define MODELS_LAST (UINT64_C (1) << 63) /* rank of the first model, above all runs */

static void
act (gpointer job, gpointer data)
{
  Comparison *all = data;

  ((Job *) job)->act (job);
  g_mutex_lock (&all->lock);
  if (--all->n_jobs == 0)
    g_cond_signal (&all->idle);
  g_mutex_unlock (&all->lock);
}

/* Runs before models, so that few models wait in memory; whole seeds first, so that a stop leaves whole seeds. */
static int
by_rank (gconstpointer x, gconstpointer y, gpointer data)
{
  const Job *a = x, *b = y;

  return (a->rank > b->rank) - (a->rank < b->rank);
}

static void
model_free (gpointer data)
{
  g_ptr_array_unref (((Model *) data)->runs);
  g_free (data);
}

static void
run_free (gpointer data)
{
  g_array_unref (((Run *) data)->rows);
  g_free (data);
}

static void
row_clear (gpointer data)
{
  g_free (((LwCompareRow *) data)->error);
}

static Run *
run_new (Comparison *all, guint t, guint a, uint64_t seed)
{
  const LwCompareSettings *s = all->settings;
  const LwTask *task = g_ptr_array_index (all->tasks, t);
  size_t episodes = (s->episodes > 0 ? s->episodes : task->info.episodes) + (s->evaluate > 0 ? s->evaluate : task->info.evaluate);
  Run *self = g_new0 (Run, 1);

  *self = (Run){ .job = { all, act_run, seed - s->first_seed },
                 .task = task,
                 .algorithm = g_ptr_array_index (s->algorithms, a),
                 .seed = seed,
                 .rows = g_array_new (FALSE, FALSE, sizeof (LwCompareRow)),
                 .work = (double) episodes * (double) (s->iterations + 1) };
  g_array_set_clear_func (self->rows, row_clear);
  all->work += self->work;
  all->n_runs++;
  return self;
}

/* The model of a task and seed, shared or published, with the runs of @all_runs it serves; NULL when it serves none. */
static Model *
model_new (Comparison *all, guint t, uint64_t seed, gboolean published, Run *const *runs)
{
  const LwCompareSettings *s = all->settings;
  Model *self = g_new0 (Model, 1);

  *self = (Model){ .job = { all, act_model, MODELS_LAST + (seed - s->first_seed) * s->tasks->len + t },
                   .task = g_ptr_array_index (all->tasks, t),
                   .task_index = t,
                   .seed = seed,
                   .published = published,
                   .runs = g_ptr_array_new () };
  for (guint a = 0; a < s->algorithms->len; a++)
    if (runs[a]->algorithm->published == published)
      g_ptr_array_add (self->runs, runs[a]);
  if (self->runs->len > 0)
    return self;
  model_free (self);
  return NULL;
}

/* @runs by task, seed, algorithm. */
static void
make_jobs (Comparison *all, GPtrArray *runs, GPtrArray *models)
{
  const LwCompareSettings *s = all->settings;

  for (guint t = 0; t < all->tasks->len; t++)
    for (uint64_t seed = s->first_seed; seed <= s->last_seed; seed++)
      {
        guint first = runs->len;

        for (guint a = 0; a < s->algorithms->len; a++)
          g_ptr_array_add (runs, run_new (all, t, a, seed));
        for (int published = 0; published < 2; published++)
          {
            Model *model = model_new (all, t, seed, published, (Run *const *) runs->pdata + first);

            if (model != NULL)
              g_ptr_array_add (models, model);
          }
      }
}

static void
take_rows (LwCompareTable *table, const LwCompareSettings *s, const GPtrArray *runs)
{
  guint n_seeds = (guint) (s->last_seed - s->first_seed + 1), n_algorithms = s->algorithms->len;

  for (guint t = 0; t < s->tasks->len; t++)
    for (guint a = 0; a < n_algorithms; a++)
      for (guint i = 0; i < n_seeds; i++)
        {
          const Run *run = g_ptr_array_index (runs, (t * n_seeds + i) * n_algorithms + a);

          for (guint r = 0; r < run->rows->len; r++)
            lw_compare_table_add (table, &g_array_index (run->rows, LwCompareRow, r));
        }
}

static gboolean
work (Comparison *all, const GPtrArray *models, GError **error)
{
  guint jobs = all->settings->jobs > 0 ? all->settings->jobs : g_get_num_processors ();

  all->pool = g_thread_pool_new (act, all, (int) jobs, TRUE, error);
  if (all->pool == NULL)
    return FALSE;
  g_thread_pool_set_sort_function (all->pool, by_rank, NULL);
  for (guint i = 0; i < models->len; i++)
    push (&((Model *) g_ptr_array_index (models, i))->job);
  g_mutex_lock (&all->lock);
  while (all->n_jobs > 0)
    g_cond_wait (&all->idle, &all->lock);
  g_mutex_unlock (&all->lock);
  g_thread_pool_free (all->pool, FALSE, TRUE);
  return TRUE;
}

LwCompareTable *
lw_compare_run (const LwCompareSettings *settings, const char *arms_dir,
                void (*progress) (const LwCompareProgress *progress, gpointer data), gpointer data, const atomic_bool *stop,
                GError **error)
{
  g_autofree char *description = NULL;
  g_autoptr (GPtrArray) tasks = lw_compare_open_tasks (settings, arms_dir, &description, error);
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (run_free), models = g_ptr_array_new_with_free_func (model_free);
  Comparison all = {
    .settings = settings, .arms_dir = arms_dir, .stop = stop, .tasks = tasks, .progress = progress, .data = data
  };
  LwCompareTable *table = NULL;

  if (tasks == NULL)
    return NULL;
  g_mutex_init (&all.lock);
  g_cond_init (&all.idle);
  make_jobs (&all, runs, models);
  if (work (&all, models, error))
    {
      table = lw_compare_table_new (g_steal_pointer (&description));
      take_rows (table, settings, runs);
    }
  g_cond_clear (&all.idle);
  g_mutex_clear (&all.lock);
  return table;
}
