/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-skill.h"

#include <math.h>
#include <string.h>


G_DEFINE_QUARK (lw-job-error-quark, lw_job_error)

void
lw_job_set_error (GError **error, LwStatus status, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LW_JOB_ERROR, status == LW_ERR_STOPPED ? LW_JOB_ERROR_STOPPED : LW_JOB_ERROR_NUMERICS,
               "%s: %s", what, lw_status_text (status));
}

LwSkill *
lw_skill_ref (LwSkill *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
lw_skill_unref (LwSkill *self)
{
  if (self == NULL || atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  g_strfreev (self->context_names);
  g_strfreev (self->context_units);
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->params);
  lw_mat_clear (&self->log_resp);
  lw_weight_gaussian_clear (&self->gaussian);
  lw_mppca_clear (&self->mppca);
  g_free (self->ids);
  g_free (self);
}

gboolean
lw_skill_band (const LwSkill *self, const double *z, size_t n_z, const LwMat *mean, const LwMat *std, GError **error)
{
  LwStatus status = lw_promp_band (&self->basis, &self->gaussian, self->n_joints, z, n_z, mean, std);

  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Band of the movement");
      return FALSE;
    }
  return TRUE;
}

LwImitation
lw_skill_imitation (const LwSkill *self)
{
  return (LwImitation){
    .mppca = &self->mppca, .n_context = self->n_context, .contexts = self->contexts, .movements = self->params,
    .context_noise = self->settings.context_noise, .seed = self->settings.seed,
  };
}

gboolean
lw_skill_conditioned (const LwSkill *self, const double *context, double *movement, GError **error)
{
  LwImitation imitation = lw_skill_imitation (self);
  /* What the mixture says, and no search begins: the published family has nothing to prepare, and a slider asks for this as it moves. */
  LwLearner *policy = lw_learner_new ("lampo-paper", &imitation);
  LwStatus status = policy == NULL ? LW_ERR_MEMORY : lw_learner_mean (policy, context, movement);

  lw_learner_free (policy);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Movement for this context");
      return FALSE;
    }
  return TRUE;
}

void
lw_skill_positions (const LwSkill *self, const double *movement, const double *z, size_t n_z, const LwMat *q)
{
  const double *w = movement + 1;
  double psi[LW_BASIS_MAX];

  for (size_t i = 0; i < n_z; i++)
    {
      lw_basis_eval (&self->basis, z[i], psi, NULL, NULL);
      for (size_t j = 0; j < self->n_joints; j++)
        {
          double sum = 0.0;

          for (size_t k = 0; k < self->basis.n; k++)
            sum += psi[k] * w[j * self->basis.n + k];
          lw_mat_set (q, i, j, sum);
        }
    }
}
