/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-skill.h"
#include "lw-task.h"

/* What the published experiments used, a row a task (maths.md 3 and 4). Kept apart from the defaults of tasks, models and
 * learners, which may get better:
 * what is compared with published figures stays as it was. Data only; any thread. */
typedef struct {
  const char *task;
  size_t      n_basis;
  size_t      K, d;
  double      context_noise;    /* standard deviation, in the context's units */
  size_t      restarts;         /* of k-means; of its partitions only the best starts EM */
  size_t      episodes;         /* an iteration */
  size_t      evaluate;         /* test episodes an iteration */
  double      kl_bound;         /* chi */
  double      regularisation;   /* gamma */
  double      context_kl_bound; /* on eta; 0 = none */
} LwPublished;

/* NULL: nothing was published of @task. */
const LwPublished *lw_published_find (const char *task);

/* The model that @task's runs start from by default; basis, K, d and context noise are the task's. */
void     lw_fit_settings_set_task      (LwFitSettings *settings, const LwTask *task);
/* The model of the published experiments. FALSE, with @error and @settings as they were, when nothing was published of @task. */
gboolean lw_fit_settings_set_published (LwFitSettings *settings, const char *task, GError **error);
