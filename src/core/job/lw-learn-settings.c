/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-learn-run-private.h"

void
lw_learn_settings_init (LwLearnSettings *settings, const LwTask *task)
{
  LwSettingValue kl_bound = { "kl_bound", task->info.kl_bound };

  memset (settings, 0, sizeof *settings);
  g_strlcpy (settings->task, task->info.id, sizeof settings->task);
  g_strlcpy (settings->algorithm, "lampo", sizeof settings->algorithm);
  settings->episodes = task->info.episodes;
  settings->evaluate = task->info.evaluate;
  settings->iterations = 10;
  settings->seed = 1;
  settings->settings = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  g_array_append_val (settings->settings, kl_bound);
}

void
lw_learn_settings_clear (LwLearnSettings *settings)
{
  g_clear_pointer (&settings->settings, g_array_unref);
}

void
lw_learn_settings_set (LwLearnSettings *settings, const char *name, double value)
{
  LwSettingValue added = { "", value };

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

/* The settings of a run as one JSON object: everything that is needed to repeat it from the same model. */
char *
lw_learn_settings_to_json (const LwLearnSettings *s, const LwLearner *learner, const char *runner)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const LwLearnerSetting *table;
  size_t n;

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "task");
  json_builder_add_string_value (b, s->task);
  json_builder_set_member_name (b, "algorithm");
  json_builder_add_string_value (b, s->algorithm);
  json_builder_set_member_name (b, "runner");
  json_builder_add_string_value (b, runner);
  json_builder_set_member_name (b, "episodes");
  json_builder_add_int_value (b, (gint64) s->episodes);
  json_builder_set_member_name (b, "evaluate");
  json_builder_add_int_value (b, (gint64) s->evaluate);
  json_builder_set_member_name (b, "iterations");
  json_builder_add_int_value (b, (gint64) s->iterations);
  json_builder_set_member_name (b, "seed");
  json_builder_add_int_value (b, (gint64) s->seed);
  json_builder_set_member_name (b, "published");
  json_builder_add_boolean_value (b, s->published);
  table = lw_learner_settings (learner, &n);
  for (size_t i = 0; i < n; i++)
    {
      json_builder_set_member_name (b, table[i].name);
      json_builder_add_double_value (b, lw_learner_get (learner, table[i].name));
    }
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}
