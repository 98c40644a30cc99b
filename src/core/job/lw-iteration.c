/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <math.h>

#include "lw-learn-run.h"

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
add_count (JsonBuilder *b, const char *name, gint64 v)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, v);
}

char *
lw_iteration_to_json (const LwIteration *self, gboolean timing)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const LwLearnerReport *r = self->improved ? &self->report : NULL;

  json_builder_begin_object (b);
  add_count (b, "iteration", self->iteration);
  add_count (b, "episodes", self->episodes);
  add_real (b, "success", self->success);
  add_real (b, "return", self->mean_return);
  add_real (b, "return_ci95", self->return_ci95);
  add_real (b, "training_return", self->training_return);
  add_real (b, "J", r != NULL ? r->J : NAN);
  add_real (b, "kl", r != NULL ? r->kl : NAN);
  add_real (b, "kl_bound", r != NULL ? r->kl_bound : NAN);
  add_real (b, "context_kl", r != NULL ? r->context_kl : NAN);
  add_real (b, "ess", r != NULL ? r->ess : NAN);
  add_real (b, "entropy", r != NULL ? r->entropy : NAN);
  json_builder_set_member_name (b, "weights");
  json_builder_begin_array (b);
  for (size_t k = 0; r != NULL && k < r->n_components; k++)
    json_builder_add_double_value (b, r->weights[k]);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "evaluations");
  if (r != NULL)
    json_builder_add_int_value (b, (gint64) r->evaluations);
  else
    json_builder_add_null_value (b);
  json_builder_set_member_name (b, "solver");
  if (r != NULL)
    json_builder_add_string_value (b, r->solver);
  else
    json_builder_add_null_value (b);
  if (timing)
    add_real (b, "seconds", self->seconds);
  json_builder_end_object (b);

  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}
