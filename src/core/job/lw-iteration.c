/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-iteration.h"

#include <json-glib/json-glib.h>
#include <math.h>

static void
add_real (JsonBuilder *b, const char *name, double v)
{
  json_builder_set_member_name (b, name);
  if (isfinite (v))
    json_builder_add_double_value (b, v);
  else
    json_builder_add_null_value (b);
}

static void
add_count (JsonBuilder *b, const char *name, size_t v)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, (gint64) v);
}

static void
add_report (JsonBuilder *b, const LwLearnerReport *r)
{
  add_real (b, "J", r->J);
  add_real (b, "kl", r->kl);
  add_real (b, "kl_bound", r->kl_bound);
  add_real (b, "context_kl", r->context_kl);
  add_real (b, "ess", r->ess);
  add_real (b, "entropy", r->entropy);
  json_builder_set_member_name (b, "weights");
  json_builder_begin_array (b);
  for (size_t k = 0; k < r->n_components; k++)
    json_builder_add_double_value (b, r->weights[k]);
  json_builder_end_array (b);
  add_count (b, "evaluations", r->evaluations);
  json_builder_set_member_name (b, "solver");
  json_builder_add_string_value (b, r->solver);
}

/* Imitation was not improved: the same members, all null. */
static void
add_no_report (JsonBuilder *b)
{
  static const char *const names[] = { "J", "kl", "kl_bound", "context_kl", "ess", "entropy", "weights", "evaluations", "solver" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      json_builder_set_member_name (b, names[i]);
      json_builder_add_null_value (b);
    }
}

char *
lw_iteration_to_json (const LwIteration *self, gboolean timing)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (b);
  add_count (b, "iteration", self->iteration);
  add_count (b, "episodes", self->episodes);
  add_real (b, "success", self->success);
  add_real (b, "return", self->mean_return);
  add_real (b, "return_ci95", self->return_ci95);
  add_real (b, "training_return", self->training_return);
  if (self->improved)
    add_report (b, &self->report);
  else
    add_no_report (b);
  if (timing)
    add_real (b, "seconds", self->seconds);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}
