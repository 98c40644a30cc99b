/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learner.h"

#include <string.h>

#include "lw-cma-es.h"
#include "lw-creps.h"
#include "lw-ct.h"
#include "lw-decoupled.h"
#include "lw-gmm-reps.h"
#include "lw-lampo.h"

static const struct {
  const char *name;
  LwLearner *(*create) (const LwImitation *imitation);
  const LwLearnerSetting *(*settings) (size_t *n);
} algorithms[] = {
  { "lampo", lw_decoupled_new, lw_decoupled_settings },
  { "lampo-paper", lw_lampo_new, lw_lampo_settings },
  { "ct", lw_ct_new, lw_ct_settings },
  { "gmm-reps", lw_gmm_reps_new, lw_gmm_reps_settings },
  { "creps", lw_creps_new, lw_creps_settings },
  { "cma-es", lw_cma_es_new, lw_cma_es_settings },
};

const char *const *
lw_learner_names (void)
{
  static const char *const names[] = { "lampo", "lampo-paper", "ct", "gmm-reps", "creps", "cma-es", NULL };

  return names;
}

LwLearner *
lw_learner_new (const char *name, const LwImitation *imitation)
{
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
    if (strcmp (algorithms[i].name, name) == 0)
      return algorithms[i].create (imitation);
  return NULL;
}

const LwLearnerSetting *
lw_learner_settings_of (const char *name, size_t *n)
{
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
    if (strcmp (algorithms[i].name, name) == 0)
      return algorithms[i].settings (n);
  *n = 0;
  return NULL;
}

void
lw_learner_free (LwLearner *self)
{
  if (self != NULL)
    self->klass->free (self);
}
