/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A skill in the project file: settings as one JSON object, the rest as named arrays. */
#include <json-glib/json-glib.h>
#include <math.h>

#include "lw-json-writer.h"
#include "lw-skill-private.h"

/* ---- out ---- */

static char *
settings_to_json (const LwSkill *self)
{
  LwJsonWriter json;
  const LwFitSettings *s = &self->settings;

  lw_json_begin (&json);
  lw_json_integer (&json, "basis", (int64_t) s->n_basis);
  lw_json_real (&json, "ridge", s->ridge);
  lw_json_real (&json, "shrinkage", s->shrinkage);
  lw_json_integer (&json, "components_wanted", (int64_t) s->K);
  lw_json_integer (&json, "latent_wanted", (int64_t) s->d);
  lw_json_integer (&json, "components", (int64_t) self->K);
  lw_json_integer (&json, "latent", (int64_t) self->d);
  lw_json_real (&json, "context_noise", s->context_noise);
  lw_json_real (&json, "context_scale", s->context_scale);
  lw_json_boolean (&json, "standardise", s->standardise);
  lw_json_integer (&json, "restarts", (int64_t) s->restarts);
  lw_json_integer (&json, "candidates", (int64_t) s->candidates);
  lw_json_boolean (&json, "published_start", s->published_start);
  lw_json_integer (&json, "seed", (int64_t) s->seed);
  lw_json_integer (&json, "joints", (int64_t) self->n_joints);
  lw_json_real (&json, "largest_rms", self->largest_rms);
  lw_json_real (&json, "log_likelihood", self->report.log_likelihood);
  lw_json_integer (&json, "em_iterations", (int64_t) self->report.iterations);
  lw_json_integer (&json, "on_floor", (int64_t) self->report.n_on_floor);
  lw_json_pairs (&json, "contexts", self->context_names, self->context_units, self->n_context);
  return lw_json_end (&json);
}

static LwStatus
put_ids (const LwSkill *self, LwArrays *arrays)
{
  LwMat ids;
  LwStatus status = lw_mat_alloc (&ids, 1, self->params.rows);

  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < ids.cols; i++)
    ids.data[i] = (double) self->ids[i];
  status = lw_arrays_put (arrays, "ids", &ids);
  lw_mat_clear (&ids);
  return status;
}

char *
lw_skill_to_store (const LwSkill *self, LwArrays *arrays)
{
  LwStatus status = lw_mppca_to_arrays (&self->mppca, arrays);

  if (status == LW_OK)
    status = lw_arrays_put (arrays, "params", &self->params);
  if (status == LW_OK && self->n_context > 0)
    status = lw_arrays_put (arrays, "contexts", &self->contexts);
  if (status == LW_OK && self->ids != NULL)
    status = put_ids (self, arrays);
  return status == LW_OK ? settings_to_json (self) : NULL;
}

gint64
lw_skill_save (const LwSkill *self, LwProject *project, GError **error)
{
  g_autofree char *settings = NULL;
  LwArrays arrays;
  gint64 id = 0;

  lw_arrays_init (&arrays);
  settings = lw_skill_to_store (self, &arrays);
  if (settings == NULL)
    lw_job_set_error (error, LW_ERR_MEMORY, "Model");
  else
    id = lw_project_save_model (project, settings, &arrays, self->ids, self->ids != NULL ? self->params.rows : 0, error);
  lw_arrays_clear (&arrays);
  return id;
}

/* ---- back ---- */

/* Values of other types, and absent ones, read as @otherwise: what does not fit is noticed by the sizes. */
static gint64
integer (JsonObject *o, const char *name, gint64 otherwise)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : otherwise;
}

static double
real (JsonObject *o, const char *name, double otherwise)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) != G_TYPE_STRING ? json_node_get_double (node) : otherwise;
}

static gboolean
truth (JsonObject *o, const char *name, gboolean otherwise)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN ? json_node_get_boolean (node) : otherwise;
}

static JsonArray *
array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static char *
dup_text (JsonArray *pair, guint i)
{
  JsonNode *node = pair != NULL && i < json_array_get_length (pair) ? json_array_get_element (pair, i) : NULL;

  return g_strdup (node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "");
}

static void
read_settings (JsonObject *o, LwFitSettings *settings)
{
  lw_fit_settings_init (settings);
  settings->n_basis = (size_t) integer (o, "basis", 0);
  settings->ridge = real (o, "ridge", settings->ridge);
  settings->shrinkage = real (o, "shrinkage", settings->shrinkage);
  settings->K = (size_t) integer (o, "components_wanted", 1);
  settings->d = (size_t) integer (o, "latent_wanted", 1);
  settings->context_noise = real (o, "context_noise", settings->context_noise);
  settings->context_scale = real (o, "context_scale", settings->context_scale);
  settings->standardise = truth (o, "standardise", settings->standardise);
  settings->restarts = (size_t) integer (o, "restarts", (gint64) settings->restarts);
  settings->candidates = (size_t) integer (o, "candidates", (gint64) settings->candidates);
  settings->published_start = truth (o, "published_start", settings->published_start);
  settings->seed = (uint64_t) integer (o, "seed", 1);
}

static LwSkill *
build (JsonObject *o, const LwArrays *arrays, GError **error)
{
  const LwMat *params = lw_arrays_get (arrays, "params"), *contexts = lw_arrays_get (arrays, "contexts"), *ids = lw_arrays_get (arrays, "ids");
  JsonArray *names = array (json_object_get_member (o, "contexts"));
  size_t n_context = names == NULL ? 0 : json_array_get_length (names), n_joints = (size_t) integer (o, "joints", 0);
  g_autoptr (LwSkill) self = NULL;
  LwFitSettings settings;

  read_settings (o, &settings);
  if (params == NULL || params->rows == 0 || n_joints == 0 || params->cols != 1 + n_joints * settings.n_basis ||
      (n_context > 0 && (contexts == NULL || contexts->rows != params->rows || contexts->cols != n_context)) ||
      (self = lw_skill_alloc (params->rows, n_joints, n_context, &settings)) == NULL ||
      lw_mppca_from_arrays (arrays, &self->mppca) != LW_OK || self->mppca.p != n_context + params->cols)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The stored model does not fit together: its arrays and settings disagree in size");
      return NULL;
    }
  lw_mat_copy (params, &self->params);
  if (n_context > 0)
    lw_mat_copy (contexts, &self->contexts);
  for (size_t j = 0; j < n_context; j++)
    {
      JsonArray *pair = array (json_array_get_element (names, (guint) j));

      self->context_names[j] = dup_text (pair, 0);
      self->context_units[j] = dup_text (pair, 1);
    }
  if (ids != NULL && ids->cols == params->rows)
    {
      self->ids = g_new (gint64, ids->cols);
      for (size_t i = 0; i < ids->cols; i++)
        self->ids[i] = (gint64) ids->data[i];
    }
  self->K = self->mppca.K;
  self->d = self->mppca.d;
  self->lowered = self->K != settings.K || self->d != settings.d;
  self->largest_rms = real (o, "largest_rms", NAN);
  self->report.log_likelihood = real (o, "log_likelihood", NAN);
  self->report.iterations = (size_t) integer (o, "em_iterations", 0);
  self->report.n_on_floor = (size_t) integer (o, "on_floor", 0);
  if (lw_skill_derive (self) != LW_OK)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_NUMERICS, "The stored model cannot be evaluated");
      return NULL;
    }
  return g_steal_pointer (&self);
}

LwSkill *
lw_skill_from_store (const char *settings, const LwArrays *arrays, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_data (parser, settings, -1, error))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The stored model's settings are not a JSON object");
      return NULL;
    }
  return build (json_node_get_object (root), arrays, error);
}
