/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-iteration.h"

#include "lw-json-writer.h"

static void
add_report (LwJsonWriter *json, const LwLearnerReport *r)
{
  lw_json_real (json, "J", r->J);
  lw_json_real (json, "kl", r->kl);
  lw_json_real (json, "kl_bound", r->kl_bound);
  lw_json_real (json, "context_kl", r->context_kl);
  lw_json_real (json, "ess", r->ess);
  lw_json_real (json, "entropy", r->entropy);
  lw_json_reals (json, "weights", r->weights, r->n_components);
  lw_json_integer (json, "evaluations", (int64_t) r->evaluations);
  lw_json_string (json, "solver", r->solver);
}

/* Imitation was not improved: the same members, all null. */
static void
add_no_report (LwJsonWriter *json)
{
  static const char *const names[] = { "J", "kl", "kl_bound", "context_kl", "ess", "entropy", "weights", "evaluations", "solver" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    lw_json_null (json, names[i]);
}

char *
lw_iteration_to_json (const LwIteration *self, gboolean timing)
{
  LwJsonWriter json;

  lw_json_begin (&json);
  lw_json_integer (&json, "iteration", self->iteration);
  lw_json_integer (&json, "episodes", self->episodes);
  lw_json_real (&json, "success", self->success);
  lw_json_real (&json, "return", self->mean_return);
  lw_json_real (&json, "return_ci95", self->return_ci95);
  lw_json_real (&json, "training_return", self->training_return);
  if (self->improved)
    add_report (&json, &self->report);
  else
    add_no_report (&json);
  if (timing)
    lw_json_real (&json, "seconds", self->seconds);
  return lw_json_end (&json);
}
