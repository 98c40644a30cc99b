/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-skill-select.h"

typedef struct {
  LwFitProgress progress;
  gpointer      data;
} Progress;

static void
pass_on (double fraction, void *data)
{
  const Progress *self = data;

  if (self->progress != NULL)
    self->progress (fraction, "Choice of components and latent dimensions", self->data);
}

gboolean
lw_skill_select (const LwSkill *skill, const LwMppcaSelectSettings *grid, LwFitProgress progress, gpointer data,
                 const atomic_bool *stop, LwMppcaSelection *out, GError **error)
{
  size_t n = skill->params.rows, dc = skill->n_context, m = skill->params.cols;
  const LwFitSettings *settings = &skill->settings;
  LwMppcaSelectSettings wanted = *grid;
  Progress forward = { progress, data };
  LwMat x = { 0 };
  LwStatus status = lw_mat_alloc (&x, n, dc + m);

  if (status == LW_OK)
    {
      LwMat left = lw_mat_block (&x, 0, 0, n, dc), right = lw_mat_block (&x, 0, dc, n, m);

      lw_mat_copy (&skill->contexts, &left);
      lw_mat_copy (&skill->params, &right);
      wanted.fit.n_context = dc;
      wanted.fit.standardise = settings->standardise;
      wanted.fit.seed = settings->seed;
      if (wanted.n_scale == 0)
        {
          wanted.scale = &settings->context_scale;
          wanted.n_scale = 1;
        }
      if (wanted.n_noise == 0)
        {
          wanted.noise = &settings->context_noise;
          wanted.n_noise = 1;
        }
      status = lw_mppca_select (&x, &wanted, stop, pass_on, &forward, out);
    }
  lw_mat_clear (&x);
  if (status != LW_OK)
    lw_job_set_error (error, status, "Choice among %zu x %zu mixtures over %zu demonstrations", wanted.n_K, wanted.n_d, n);
  return status == LW_OK;
}

LwMppcaCriterion
lw_skill_select_criterion (const LwSkill *skill)
{
  return skill->n_context > 0 ? LW_MPPCA_IMITATION : LW_MPPCA_HELD_OUT;
}
