/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-settings.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "lw-decoupled-mean.h"
#include "lw-json-writer.h"
#include "lw-published.h"

static gboolean
is_lampo (const char *algorithm)
{
  return strcmp (algorithm, "lampo") == 0 || strcmp (algorithm, "lampo-paper") == 0;
}

/* The task's numbers are in LAMPO's terms; another algorithm's kl_bound bounds another divergence. */
static void
set_task_defaults (LwLearnSettings *settings, const LwTask *task)
{
  lw_learn_settings_set (settings, "kl_bound", task->info.kl_bound);
  lw_learn_settings_set (settings, "kl_direction", task->info.kl_new_old ? 1.0 : 0.0);
  lw_learn_settings_set (settings, "regularisation", task->info.regularisation);
  if (strcmp (settings->algorithm, "lampo") == 0)
    lw_learn_settings_set (settings, "mean", task->info.averages ? LW_DECOUPLED_BETTER : LW_DECOUPLED_MIXTURE);
}

void
lw_learn_settings_init (LwLearnSettings *settings, const LwTask *task)
{
  *settings = (LwLearnSettings){
    .episodes = task->info.episodes, .evaluate = task->info.evaluate, .iterations = 10, .seed = 1,
    .settings = g_array_new (FALSE, FALSE, sizeof (LwSettingValue)),
  };
  g_strlcpy (settings->task, task->info.id, sizeof settings->task);
  g_strlcpy (settings->algorithm, "lampo", sizeof settings->algorithm);
  set_task_defaults (settings, task);
}

void
lw_learn_settings_clear (LwLearnSettings *settings)
{
  g_clear_pointer (&settings->settings, g_array_unref);
}

void
lw_learn_settings_copy (const LwLearnSettings *settings, LwLearnSettings *out)
{
  *out = *settings;
  out->settings = settings->settings != NULL ? g_array_copy (settings->settings) : NULL;
}

void
lw_learn_settings_set (LwLearnSettings *settings, const char *name, double value)
{
  LwSettingValue added = { "", value };

  if (settings->settings == NULL)
    settings->settings = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  for (guint i = 0; i < settings->settings->len; i++)
    {
      LwSettingValue *s = &g_array_index (settings->settings, LwSettingValue, i);

      if (strcmp (s->name, name) == 0)
        {
          s->value = value;
          return;
        }
    }
  g_strlcpy (added.name, name, sizeof added.name);
  g_array_append_val (settings->settings, added);
}

gboolean
lw_learn_settings_set_text (LwLearnSettings *settings, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals != NULL ? g_strndup (text, (gsize) (equals - text)) : NULL;
  char *end = NULL;
  double value = equals != NULL ? g_ascii_strtod (equals + 1, &end) : NAN;

  if (equals == NULL || equals == text || end == equals + 1 || *end != '\0' || !isfinite (value))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "a setting is NAME=NUMBER, not “%s”", text);
      return FALSE;
    }
  lw_learn_settings_set (settings, name, value);
  return TRUE;
}

/* ---- algorithms ---- */

char *
lw_learn_settings_list_algorithms (void)
{
  return g_strjoinv (", ", (char **) lw_learner_names ());
}

static gboolean
check_algorithm (const char *name, GError **error)
{
  g_autofree char *all = NULL;

  if (g_strv_contains (lw_learner_names (), name))
    return TRUE;
  all = lw_learn_settings_list_algorithms ();
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "there is no algorithm “%s”; there are %s", name, all);
  return FALSE;
}

gboolean
lw_learn_settings_set_algorithm (LwLearnSettings *settings, const LwTask *task, const char *name, GError **error)
{
  if (!check_algorithm (name, error))
    return FALSE;
  g_strlcpy (settings->algorithm, name, sizeof settings->algorithm);
  settings->published = FALSE;
  if (settings->settings != NULL)
    g_array_set_size (settings->settings, 0);
  if (is_lampo (name))
    set_task_defaults (settings, task);
  return TRUE;
}

gboolean
lw_learn_settings_set_published (LwLearnSettings *settings, GError **error)
{
  const LwPublished *published = lw_published_find (settings->task);

  if (!is_lampo (settings->algorithm))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "the published settings are those of lampo, not of %s", settings->algorithm);
  else if (published == NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "nothing was published of the task “%s”", settings->task);
  else
    {
      settings->published = TRUE;
      g_strlcpy (settings->algorithm, "lampo-paper", sizeof settings->algorithm);
      g_array_set_size (settings->settings, 0);
      settings->episodes = published->episodes;
      settings->evaluate = published->evaluate;
      lw_learn_settings_set (settings, "kl_bound", published->kl_bound);
      lw_learn_settings_set (settings, "kl_direction", 1.0);
      lw_learn_settings_set (settings, "regularisation", published->regularisation);
      lw_learn_settings_set (settings, "context_kl_bound", published->context_kl_bound);
      lw_learn_settings_set (settings, "max_iterations", 100.0);
      lw_learn_settings_set (settings, "denominator", 0.0);
      lw_learn_settings_set (settings, "normalised", 1.0);
      lw_learn_settings_set (settings, "min_ess", 0.0);
      lw_learn_settings_set (settings, "reward_unit", 1.0);
      lw_learn_settings_set (settings, "guard", 0.0);
      lw_learn_settings_set (settings, "strata", 0.0);
      lw_learn_settings_set (settings, "gate_bound", 0.0);
      return TRUE;
    }
  return FALSE;
}

/* ---- the learner they describe ---- */

static const LwLearnerSetting *
find_setting (const char *algorithm, const char *name)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (algorithm, &n);

  for (size_t i = 0; i < n; i++)
    if (strcmp (table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

double
lw_learn_settings_get (const LwLearnSettings *settings, const char *name)
{
  const LwLearnerSetting *known = find_setting (settings->algorithm, name);

  for (guint i = 0; known != NULL && settings->settings != NULL && i < settings->settings->len; i++)
    {
      const LwSettingValue *s = &g_array_index (settings->settings, LwSettingValue, i);

      if (strcmp (s->name, name) == 0)
        return s->value;
    }
  return known != NULL ? known->value : NAN;
}

gboolean
lw_learn_settings_check (const LwLearnSettings *settings, GError **error)
{
  if (!check_algorithm (settings->algorithm, error))
    return FALSE;
  for (guint i = 0; settings->settings != NULL && i < settings->settings->len; i++)
    {
      const LwSettingValue *s = &g_array_index (settings->settings, LwSettingValue, i);
      const LwLearnerSetting *known = find_setting (settings->algorithm, s->name);

      if (known == NULL)
        g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s has no setting “%s”", settings->algorithm, s->name);
      else if (!(s->value >= known->lower && s->value <= known->upper) || (known->integer && s->value != floor (s->value)))
        g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s is %g; it must be %s%g to %g", s->name, s->value, known->integer ? "a whole number, " : "",
                     known->lower, known->upper);
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

static gboolean
set_all (LwLearner *learner, const LwLearnSettings *settings, GError **error)
{
  for (guint i = 0; settings->settings != NULL && i < settings->settings->len; i++)
    {
      const LwSettingValue *s = &g_array_index (settings->settings, LwSettingValue, i);

      if (lw_learner_set (learner, s->name, s->value) != LW_OK)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s does not take %g for “%s”", settings->algorithm, s->value, s->name);
          return FALSE;
        }
    }
  return TRUE;
}

LwLearner *
lw_learn_settings_make_learner (const LwLearnSettings *settings, const LwSkill *skill, GError **error)
{
  LwImitation imitation = lw_skill_imitation (skill);
  LwLearner *learner;

  if (!lw_learn_settings_check (settings, error))
    return NULL;
  learner = lw_learner_new (settings->algorithm, &imitation);
  if (learner == NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_NUMERICS, "%s has no start in this model", settings->algorithm);
  else if (!set_all (learner, settings, error))
    g_clear_pointer (&learner, lw_learner_free);
  return learner;
}

/* ---- as they are stored ---- */

static const char *const counts[] = { "episodes", "evaluate", "iterations", "seed" };

char *
lw_learn_settings_to_json (const LwLearnSettings *s, const LwLearner *learner, const char *runner)
{
  LwJsonWriter json;
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings (learner, &n);

  lw_json_begin (&json);
  lw_json_string (&json, "task", s->task);
  lw_json_string (&json, "algorithm", s->algorithm);
  lw_json_string (&json, "runner", runner);
  lw_json_integer (&json, "episodes", (int64_t) s->episodes);
  lw_json_integer (&json, "evaluate", (int64_t) s->evaluate);
  lw_json_integer (&json, "iterations", (int64_t) s->iterations);
  lw_json_integer (&json, "seed", (int64_t) s->seed);
  lw_json_boolean (&json, "published", s->published);
  if (s->contexts_from[0] != '\0')
    lw_json_string (&json, "contexts_from", s->contexts_from);
  if (s->rewards_from[0] != '\0')
    lw_json_string (&json, "rewards_from", s->rewards_from);
  for (size_t i = 0; i < n; i++)
    lw_json_real (&json, table[i].name, lw_learner_get (learner, table[i].name));
  return lw_json_end (&json);
}

static gboolean
holds (JsonObject *o, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static gboolean
is_complete (JsonObject *o)
{
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    if (!holds (o, counts[i], G_TYPE_INT64))
      return FALSE;
  return holds (o, "task", G_TYPE_STRING) && holds (o, "algorithm", G_TYPE_STRING) && holds (o, "published", G_TYPE_BOOLEAN);
}

/* Numbers that are not counts are the learner's. */
static void
take_setting (JsonObject *o, const char *name, JsonNode *node, gpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    if (strcmp (name, counts[i]) == 0)
      return;
  if (holds (o, name, G_TYPE_DOUBLE) || holds (o, name, G_TYPE_INT64))
    lw_learn_settings_set (data, name, json_node_get_double (node));
}

gboolean
lw_learn_settings_from_json (const char *json, LwLearnSettings *out, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;
  JsonObject *o;

  if (!json_parser_load_from_data (parser, json, -1, error))
    return FALSE;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root) || !is_complete (json_node_get_object (root)))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "the settings of the stored run are damaged");
      return FALSE;
    }
  o = json_node_get_object (root);
  *out = (LwLearnSettings){
    .episodes = (size_t) json_object_get_int_member (o, "episodes"), .evaluate = (size_t) json_object_get_int_member (o, "evaluate"),
    .iterations = (size_t) json_object_get_int_member (o, "iterations"), .seed = (uint64_t) json_object_get_int_member (o, "seed"),
    .published = json_object_get_boolean_member (o, "published"),
  };
  g_strlcpy (out->task, json_object_get_string_member (o, "task"), sizeof out->task);
  g_strlcpy (out->algorithm, json_object_get_string_member (o, "algorithm"), sizeof out->algorithm);
  if (holds (o, "contexts_from", G_TYPE_STRING))
    g_strlcpy (out->contexts_from, json_object_get_string_member (o, "contexts_from"), sizeof out->contexts_from);
  if (holds (o, "rewards_from", G_TYPE_STRING))
    g_strlcpy (out->rewards_from, json_object_get_string_member (o, "rewards_from"), sizeof out->rewards_from);
  json_object_foreach_member (o, take_setting, out);
  return TRUE;
}
