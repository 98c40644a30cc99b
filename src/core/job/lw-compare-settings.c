/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-compare-settings.h"

#include <math.h>
#include <string.h>

#include "lw-config.h"
#include "lw-json-writer.h"
#include "lw-published.h"

#define MADE 100 /* demonstrations a task makes unless told otherwise */

static void
task_free (gpointer data)
{
  LwCompareTask *self = data;

  g_free (self->id);
  g_free (self->source);
  lw_demonstrations_free (self->set);
  g_free (self);
}

static void
algorithm_free (gpointer data)
{
  LwCompareAlgorithm *self = data;

  g_array_unref (self->settings);
  g_free (self);
}

void
lw_compare_settings_init (LwCompareSettings *self)
{
  *self = (LwCompareSettings){
    .tasks = g_ptr_array_new_with_free_func (task_free), .algorithms = g_ptr_array_new_with_free_func (algorithm_free),
    .first_seed = 1, .last_seed = 10, .iterations = 10, .context_noise = NAN,
  };
}

void
lw_compare_settings_clear (LwCompareSettings *self)
{
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  g_clear_pointer (&self->algorithms, g_ptr_array_unref);
}

void
lw_compare_settings_add_task (LwCompareSettings *self, const char *id, LwDemonstrations *set, const char *source)
{
  LwCompareTask *task = g_new0 (LwCompareTask, 1);

  task->id = g_strdup (id);
  task->set = set;
  task->source = g_strdup (source);
  g_ptr_array_add (self->tasks, task);
}

/* ---- algorithms ---- */

static LwCompareAlgorithm *
find (const LwCompareSettings *self, const char *label, gsize length)
{
  for (guint i = 0; i < self->algorithms->len; i++)
    {
      LwCompareAlgorithm *algorithm = g_ptr_array_index (self->algorithms, i);

      if (strlen (algorithm->label) == length && strncmp (algorithm->label, label, length) == 0)
        return algorithm;
    }
  return NULL;
}

static gboolean
check_algorithm (const LwCompareSettings *self, const char *text, const LwCompareAlgorithm *algorithm, gsize label_length, GError **error)
{
  g_autofree char *all = lw_learn_settings_list_algorithms ();

  if (!g_strv_contains (lw_learner_names (), algorithm->name))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s” is no algorithm; there are %s, and lampo:published", text, all);
  else if (algorithm->published && strcmp (algorithm->name, "lampo") != 0)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s”: the published settings are those of lampo", text);
  else if (label_length == 0 || label_length >= sizeof algorithm->label || strpbrk (algorithm->label, ",\"/\n") != NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s”: a label has 1 to %zu bytes, without comma, quote or slash", text, sizeof algorithm->label - 1);
  else if (find (self, algorithm->label, strlen (algorithm->label)) != NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s” is there twice; LABEL=ALGORITHM gives one of them another name", algorithm->label);
  else
    return TRUE;
  return FALSE;
}

gboolean
lw_compare_settings_add_algorithm (LwCompareSettings *self, const char *text, GError **error)
{
  const char *equals = strchr (text, '='), *what = equals != NULL ? equals + 1 : text;
  gsize label_length = equals != NULL ? (gsize) (equals - text) : strlen (text);
  g_autofree char *label = g_strndup (text, label_length);
  g_auto (GStrv) parts = g_strsplit (what, ":", 2);
  LwCompareAlgorithm algorithm = { .published = FALSE };

  g_strlcpy (algorithm.label, label, sizeof algorithm.label);
  /* A name that is too long is none; cut short it could become one. */
  if (parts[0] != NULL && strlen (parts[0]) < sizeof algorithm.name)
    g_strlcpy (algorithm.name, parts[0], sizeof algorithm.name);
  if (parts[0] != NULL && parts[1] != NULL)
    {
      algorithm.published = strcmp (parts[1], "published") == 0;
      if (!algorithm.published)
        algorithm.name[0] = '\0';
    }
  if (!check_algorithm (self, text, &algorithm, label_length, error))
    return FALSE;
  algorithm.settings = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  g_ptr_array_add (self->algorithms, g_memdup2 (&algorithm, sizeof algorithm));
  return TRUE;
}

gboolean
lw_compare_settings_set (LwCompareSettings *self, const char *text, GError **error)
{
  const char *equals = strchr (text, '='), *colon = equals != NULL ? g_strrstr_len (text, equals - text, ":") : NULL;
  LwCompareAlgorithm *algorithm = colon != NULL ? find (self, text, (gsize) (colon - text)) : NULL;
  LwLearnSettings given = { .settings = NULL };
  gboolean ok;

  if (colon == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "a setting is ALGORITHM:NAME=NUMBER, not “%s”", text);
      return FALSE;
    }
  if (algorithm == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s”: “%.*s” is not among the algorithms", text, (int) (colon - text), text);
      return FALSE;
    }
  given.settings = g_array_ref (algorithm->settings);
  ok = lw_learn_settings_set_text (&given, colon + 1, error);
  lw_learn_settings_clear (&given);
  return ok;
}

/* ---- what they come to ---- */

size_t
lw_compare_settings_count (const LwCompareSettings *self, guint index)
{
  const LwCompareTask *task = g_ptr_array_index (self->tasks, index);

  return self->demonstrations > 0 ? self->demonstrations : task->set != NULL ? task->set->n : MADE;
}

gboolean
lw_compare_settings_fit (const LwCompareSettings *self, const LwTask *task, guint index, gboolean published, uint64_t seed, LwFitSettings *out,
                         GError **error)
{
  const LwCompareTask *told = g_ptr_array_index (self->tasks, index);
  LwFitSettings fit;

  lw_fit_settings_init (&fit);
  lw_fit_settings_set_task (&fit, task);
  fit.seed = seed;
  if (published && !lw_fit_settings_set_published (&fit, task->info.id, error))
    return FALSE;
  if (self->n_basis > 0)
    fit.n_basis = self->n_basis;
  if (told->set != NULL && told->set->trajectories == NULL)
    fit.n_basis = told->set->n_basis;
  if (!published)
    {
      fit.K = self->K > 0 ? self->K : fit.K;
      fit.d = self->d > 0 ? self->d : fit.d;
      fit.context_noise = isfinite (self->context_noise) ? self->context_noise : fit.context_noise;
    }
  *out = fit;
  return TRUE;
}

gboolean
lw_compare_settings_learn (const LwCompareSettings *self, const LwTask *task, const LwCompareAlgorithm *algorithm, uint64_t seed, LwLearnSettings *out,
                           GError **error)
{
  LwLearnSettings learn;
  gboolean ok;

  lw_learn_settings_init (&learn, task);
  ok = lw_learn_settings_set_algorithm (&learn, task, algorithm->name, error);
  if (ok && algorithm->published)
    ok = lw_learn_settings_set_published (&learn, error);
  for (guint i = 0; i < algorithm->settings->len; i++)
    {
      const LwSettingValue *s = &g_array_index (algorithm->settings, LwSettingValue, i);

      lw_learn_settings_set (&learn, s->name, s->value);
    }
  learn.episodes = self->episodes > 0 ? self->episodes : task->info.episodes;
  learn.evaluate = self->evaluate > 0 ? self->evaluate : task->info.evaluate;
  learn.iterations = self->iterations;
  learn.seed = seed;
  ok = ok && lw_learn_settings_check (&learn, error);
  if (!ok)
    {
      g_prefix_error (error, "%s: ", algorithm->label);
      lw_learn_settings_clear (&learn);
      return FALSE;
    }
  *out = learn;
  return TRUE;
}

/* ---- in words ---- */

static void
add_numbers (GChecksum *sum, const LwMat *x)
{
  for (size_t i = 0; i < x->rows; i++)
    g_checksum_update (sum, (const guchar *) lw_mat_row (x, i), (gssize) (x->cols * sizeof (double)));
}

/* Of the numbers, so that it is the same from .csv, .npy and project. */
static char *
checksum_of (const LwDemonstrations *set)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  add_numbers (sum, &set->contexts);
  add_numbers (sum, &set->params);
  for (size_t i = 0; set->trajectories != NULL && i < set->n; i++)
    {
      const LwTrajectory *path = set->trajectories[i];

      g_checksum_update (sum, (const guchar *) path->t, (gssize) (path->n_samples * sizeof (double)));
      add_numbers (sum, &path->q);
    }
  return g_strdup (g_checksum_get_string (sum));
}

static char *
key (GString *prefix, gsize length, const char *name)
{
  g_string_truncate (prefix, length);
  g_string_append (prefix, name);
  return prefix->str;
}

static void
describe_task (LwJsonWriter *json, const LwCompareSettings *self, guint index, const LwLearnSettings *learn)
{
  const LwCompareTask *told = g_ptr_array_index (self->tasks, index);
  g_autoptr (GString) name = g_string_new (told->id);
  gsize length = g_string_append_c (name, '/')->len;

  lw_json_integer (json, key (name, length, "episodes"), (int64_t) learn->episodes);
  lw_json_integer (json, key (name, length, "evaluate"), (int64_t) learn->evaluate);
  lw_json_integer (json, key (name, length, "demonstrations"), (int64_t) lw_compare_settings_count (self, index));
  lw_json_string (json, key (name, length, "demonstrations_file"), told->source);
  if (told->set != NULL)
    {
      g_autofree char *sum = checksum_of (told->set);

      lw_json_string (json, key (name, length, "demonstrations_sha256"), sum);
    }
}

static void
describe_run (LwJsonWriter *json, const char *task, const LwCompareAlgorithm *algorithm, const LwFitSettings *fit, const LwLearnSettings *learn)
{
  g_autoptr (GString) name = g_string_new (NULL);
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (learn->algorithm, &n);
  gsize length;

  g_string_printf (name, "%s/%s/", task, algorithm->label);
  length = name->len;
  lw_json_string (json, key (name, length, "algorithm"), learn->algorithm);
  lw_json_boolean (json, key (name, length, "published"), learn->published);
  lw_json_integer (json, key (name, length, "basis"), (int64_t) fit->n_basis);
  lw_json_integer (json, key (name, length, "components"), (int64_t) fit->K);
  lw_json_integer (json, key (name, length, "latent"), (int64_t) fit->d);
  lw_json_real (json, key (name, length, "context_noise"), fit->context_noise);
  lw_json_real (json, key (name, length, "context_scale"), fit->context_scale);
  lw_json_integer (json, key (name, length, "restarts"), (int64_t) fit->restarts);
  lw_json_integer (json, key (name, length, "candidates"), (int64_t) fit->candidates);
  lw_json_boolean (json, key (name, length, "published_start"), fit->published_start);
  for (size_t i = 0; i < n; i++)
    lw_json_real (json, key (name, length, table[i].name), lw_learn_settings_get (learn, table[i].name));
}

static gboolean
describe_all (LwJsonWriter *json, const LwCompareSettings *self, const LwTask *task, guint index, GError **error)
{
  for (guint a = 0; a < self->algorithms->len; a++)
    {
      const LwCompareAlgorithm *algorithm = g_ptr_array_index (self->algorithms, a);
      LwLearnSettings learn;
      LwFitSettings fit;

      if (!lw_compare_settings_fit (self, task, index, algorithm->published, 0, &fit, error) ||
          !lw_compare_settings_learn (self, task, algorithm, 0, &learn, error))
        return FALSE;
      if (a == 0)
        describe_task (json, self, index, &learn);
      describe_run (json, task->info.id, algorithm, &fit, &learn);
      lw_learn_settings_clear (&learn);
    }
  return TRUE;
}

/* The names of either list, so that a difference in them is seen as such. */
static void
describe_lists (LwJsonWriter *json, const LwCompareSettings *self)
{
  g_autoptr (GString) tasks = g_string_new (NULL), algorithms = g_string_new (NULL);

  for (guint i = 0; i < self->tasks->len; i++)
    g_string_append_printf (tasks, "%s%s", i > 0 ? "," : "", ((const LwCompareTask *) g_ptr_array_index (self->tasks, i))->id);
  for (guint i = 0; i < self->algorithms->len; i++)
    g_string_append_printf (algorithms, "%s%s", i > 0 ? "," : "", ((const LwCompareAlgorithm *) g_ptr_array_index (self->algorithms, i))->label);
  lw_json_string (json, "tasks", tasks->str);
  lw_json_string (json, "algorithms", algorithms->str);
}

char *
lw_compare_settings_describe (const LwCompareSettings *self, const GPtrArray *tasks, GError **error)
{
  LwJsonWriter json;
  g_autofree char *text = NULL;
  gboolean ok = TRUE;

  lw_json_begin (&json);
  lw_json_string (&json, "version", LW_VERSION);
  describe_lists (&json, self);
  lw_json_integer (&json, "iterations", (int64_t) self->iterations);
  for (guint t = 0; ok && t < tasks->len; t++)
    ok = describe_all (&json, self, g_ptr_array_index (tasks, t), t, error);
  text = lw_json_end (&json);
  return ok ? g_steal_pointer (&text) : NULL;
}
