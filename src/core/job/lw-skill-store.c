/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A skill in the project file: settings as one JSON object, the rest as named arrays. */
#include <json-glib/json-glib.h>
#include <math.h>

#include "lw-skill-private.h"

char *
lw_skill_to_store (const LwSkill *self, LwArrays *arrays)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const LwFitSettings *s = &self->settings;
  LwMat ids = { 0 };
  LwStatus status;

  json_builder_begin_object (b);
#define INTEGER(name, v) (json_builder_set_member_name (b, name), json_builder_add_int_value (b, (gint64) (v)))
#define REAL(name, v) (json_builder_set_member_name (b, name), isfinite (v) ? json_builder_add_double_value (b, v) : json_builder_add_null_value (b))
  INTEGER ("basis", s->n_basis);
  REAL ("ridge", s->ridge);
  REAL ("shrinkage", s->shrinkage);
  INTEGER ("components_wanted", s->K);
  INTEGER ("latent_wanted", s->d);
  INTEGER ("components", self->K);
  INTEGER ("latent", self->d);
  REAL ("context_noise", s->context_noise);
  REAL ("context_scale", s->context_scale);
  INTEGER ("restarts", s->restarts);
  INTEGER ("seed", s->seed);
  INTEGER ("joints", self->n_joints);
  REAL ("largest_rms", self->largest_rms);
  REAL ("log_likelihood", self->report.log_likelihood);
  INTEGER ("em_iterations", self->report.iterations);
  INTEGER ("on_floor", self->report.n_on_floor);
  json_builder_set_member_name (b, "contexts");
  json_builder_begin_array (b);
  for (size_t j = 0; j < self->n_context; j++)
    {
      json_builder_begin_array (b);
      json_builder_add_string_value (b, self->context_names[j]);
      json_builder_add_string_value (b, self->context_units[j]);
      json_builder_end_array (b);
    }
  json_builder_end_array (b);
  json_builder_end_object (b);
#undef INTEGER
#undef REAL

  status = lw_mppca_to_arrays (&self->mppca, arrays);
  if (status == LW_OK)
    status = lw_arrays_put (arrays, "params", &self->params);
  if (status == LW_OK && self->n_context > 0)
    status = lw_arrays_put (arrays, "contexts", &self->contexts);
  if (status == LW_OK && self->ids != NULL)
    {
      status = lw_mat_alloc (&ids, 1, self->params.rows);
      for (size_t i = 0; status == LW_OK && i < ids.cols; i++)
        ids.data[i] = (double) self->ids[i];
      if (status == LW_OK)
        status = lw_arrays_put (arrays, "ids", &ids);
      lw_mat_clear (&ids);
    }
  if (status != LW_OK)
    return NULL;
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

static gint64
integer (JsonObject *o, const char *name, gint64 otherwise)
{
  return json_object_get_int_member_with_default (o, name, otherwise);
}

static double
real (JsonObject *o, const char *name, double otherwise)
{
  JsonNode *node = json_object_get_member (o, name);

  return node == NULL || JSON_NODE_HOLDS_NULL (node) ? otherwise : json_node_get_double (node);
}

static LwSkill *
build (JsonObject *o, const LwArrays *arrays, GError **error)
{
  const LwMat *params = lw_arrays_get (arrays, "params"), *contexts = lw_arrays_get (arrays, "contexts");
  const LwMat *ids = lw_arrays_get (arrays, "ids");
  g_autoptr (LwSkill) self = NULL;
  LwFitSettings settings;
  JsonArray *names = json_object_has_member (o, "contexts") ? json_object_get_array_member (o, "contexts") : NULL;
  size_t n_context = names == NULL ? 0 : json_array_get_length (names);
  size_t n_joints = (size_t) integer (o, "joints", 0);

  lw_fit_settings_init (&settings);
  settings.n_basis = (size_t) integer (o, "basis", 0);
  settings.ridge = real (o, "ridge", settings.ridge);
  settings.shrinkage = real (o, "shrinkage", settings.shrinkage);
  settings.K = (size_t) integer (o, "components_wanted", 1);
  settings.d = (size_t) integer (o, "latent_wanted", 1);
  settings.context_noise = real (o, "context_noise", settings.context_noise);
  settings.context_scale = real (o, "context_scale", settings.context_scale);
  settings.restarts = (size_t) integer (o, "restarts", (gint64) settings.restarts);
  settings.seed = (uint64_t) integer (o, "seed", 1);

  if (params == NULL || params->rows == 0 || params->cols != 1 + n_joints * settings.n_basis ||
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
      JsonArray *pair = json_array_get_array_element (names, (guint) j);

      self->context_names[j] = g_strdup (json_array_get_string_element (pair, 0));
      self->context_units[j] = g_strdup (json_array_get_string_element (pair, 1));
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
