/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-published.h"

#include <string.h>

/* The planar reachers were run with chi 0.5 and 0.05; 0.5 is the paper's. */
#define REACHER(k) \
  { "reacher-" #k, .n_basis = 20, .K = (k), .d = 2, .context_noise = 0.3, .restarts = 500, .episodes = 20, .evaluate = 200, \
    .kl_bound = 0.5, .regularisation = 1e-4 }

static const LwPublished experiments[] = {
  REACHER (1),
  REACHER (2),
  REACHER (3),
  REACHER (4),
  { "reacher-obstacle", .n_basis = 20, .K = 40, .d = 5, .context_noise = 0.0, .restarts = 500, .episodes = 300, .evaluate = 500,
    .kl_bound = 0.1, .regularisation = 1e-4, .context_kl_bound = 10.0 },
  { "reach-target", .n_basis = 20, .K = 6, .d = 3, .context_noise = 0.03, .restarts = 500, .episodes = 100, .evaluate = 500,
    .kl_bound = 0.2, .regularisation = 1e-4 },
};

const LwPublished *
lw_published_find (const char *task)
{
  for (gsize i = 0; i < G_N_ELEMENTS (experiments); i++)
    if (strcmp (experiments[i].task, task) == 0)
      return &experiments[i];
  return NULL;
}

void
lw_fit_settings_set_task (LwFitSettings *settings, const LwTask *task)
{
  settings->n_basis = task->info.n_basis;
  settings->K = task->info.K;
  settings->d = task->info.d;
  settings->context_noise = task->info.context_noise;
}

gboolean
lw_fit_settings_set_published (LwFitSettings *settings, const char *task, GError **error)
{
  const LwPublished *published = lw_published_find (task);

  if (published == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "nothing was published of the task “%s”", task);
      return FALSE;
    }
  settings->n_basis = published->n_basis;
  settings->K = published->K;
  settings->d = published->d;
  settings->context_noise = published->context_noise;
  settings->context_scale = 1.0;
  settings->restarts = published->restarts;
  settings->candidates = 1;
  settings->published_start = TRUE;
  return TRUE;
}
