/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An iteration back from its line. */
#include <json-glib/json-glib.h>
#include <math.h>

#include "lw-iteration.h"
#include "lw-skill.h"

static double
real (JsonObject *o, const char *name)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : (double) NAN;
}

static size_t
count (JsonObject *o, const char *name)
{
  double v = real (o, name);

  return v >= 0.0 ? (size_t) v : 0;
}

static void
read_report (JsonObject *o, JsonArray *weights, LwLearnerReport *r)
{
  JsonNode *solver = json_object_get_member (o, "solver");

  r->J = real (o, "J");
  r->kl = real (o, "kl");
  r->kl_bound = real (o, "kl_bound");
  r->context_kl = real (o, "context_kl");
  r->ess = real (o, "ess");
  r->entropy = real (o, "entropy");
  r->evaluations = count (o, "evaluations");
  r->n_components = MIN (json_array_get_length (weights), LW_MAX_COMPONENTS);
  for (size_t k = 0; k < r->n_components; k++)
    r->weights[k] = json_array_get_double_element (weights, (guint) k);
  if (solver != NULL && JSON_NODE_HOLDS_VALUE (solver) && json_node_get_value_type (solver) == G_TYPE_STRING)
    g_strlcpy (r->solver, json_node_get_string (solver), sizeof r->solver);
}

gboolean
lw_iteration_from_json (const char *json, LwIteration *out, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root, *weights;
  JsonObject *o;
  LwIteration it = { 0 };

  if (!json_parser_load_from_data (parser, json, -1, error))
    return FALSE;
  root = json_parser_get_root (parser);
  o = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (o == NULL || !isfinite (real (o, "iteration")) || !isfinite (real (o, "return")))
    {
      g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "this is no report of an iteration");
      return FALSE;
    }
  it.iteration = (guint) count (o, "iteration");
  it.episodes = (guint) count (o, "episodes");
  it.success = real (o, "success");
  it.mean_return = real (o, "return");
  it.return_ci95 = real (o, "return_ci95");
  it.training_return = real (o, "training_return");
  it.seconds = real (o, "seconds");
  weights = json_object_get_member (o, "weights");
  it.improved = weights != NULL && JSON_NODE_HOLDS_ARRAY (weights);
  if (it.improved)
    read_report (o, json_node_get_array (weights), &it.report);
  *out = it;
  return TRUE;
}
