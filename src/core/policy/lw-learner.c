/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learner.h"

#include <string.h>

#include "lw-lampo.h"

static const struct {
  const char *name;
  LwLearner *(*create) (const LwMppca *model, size_t n_context);
} algorithms[] = {
  { "lampo", lw_lampo_new },
};

LwLearner *
lw_learner_new (const char *name, const LwMppca *model, size_t n_context)
{
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
    if (strcmp (algorithms[i].name, name) == 0)
      return algorithms[i].create (model, n_context);
  return NULL;
}

void
lw_learner_free (LwLearner *self)
{
  if (self != NULL)
    self->klass->free (self);
}
