/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-lampo-kl.h"
#include "lw-lampo-objective.h"

typedef struct {
  LwMppca                   mppca;   /* borrows the caller's arrays */
  LwLampoModel              model;
  LwLampoSamples            samples;
  LwLampoPolicy             new, old, first;
  LwLampoTable              table;
  LwLampoTrust              trust;
  LwLampoObjectiveWorkspace ws;
  double                   *scratch;
} Problem;

static void
problem_clear (Problem *problem)
{
  free (problem->mppca.log_pi);
  lw_lampo_samples_clear (&problem->samples);
  lw_lampo_policy_clear (&problem->new);
  lw_lampo_policy_clear (&problem->old);
  lw_lampo_policy_clear (&problem->first);
  lw_lampo_table_clear (&problem->table);
  lw_lampo_trust_clear (&problem->trust);
  lw_lampo_objective_workspace_clear (&problem->ws);
  lw_lampo_model_clear (&problem->model);
  free (problem->scratch);
}

static LwStatus
check_shapes (const LwLampoArrays *in)
{
  size_t K = in->means.rows, D = in->means.cols, N = in->c.rows, d = in->W.cols, rows;

  if (K == 0 || D == 0 || d == 0 || __builtin_mul_overflow (K, D, &rows) || in->W.rows != rows)
    return LW_ERR_SHAPE;
  if (in->z.rows != N || in->z.cols != d || in->c.cols >= D)
    return LW_ERR_SHAPE;
  return N > 0 ? LW_OK : LW_ERR_TOO_FEW;
}

static LwStatus
add_samples (Problem *problem, const LwLampoArrays *in)
{
  size_t N = in->c.rows, K = in->means.rows;
  size_t *k = calloc (N, sizeof *k);

  if (k == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = LW_OK;
  for (size_t i = 0; i < N && status == LW_OK; i++) {
    if (in->k[i] < 0 || (uint64_t) in->k[i] >= K)
      status = LW_ERR_RANGE;
    else if (!isfinite (in->log_den[i]))
      status = LW_ERR_NOT_FINITE;
    k[i] = (size_t) in->k[i];
  }
  if (status == LW_OK)
    status = lw_lampo_samples_add (&problem->samples, &in->c, k, &in->z, in->r);
  free (k);
  return status;
}

static LwStatus
set_policy (LwLampoPolicy *policy, const LwLampoModel *model, const double *x)
{
  if (x == NULL)
    return LW_OK;
  LwStatus status = lw_lampo_policy_init (policy, model);
  if (status == LW_OK && !lw_lampo_policy_set (policy, x))
    status = LW_ERR_RANGE;
  return status;
}

static LwStatus
problem_init (Problem *problem, const LwLampoArrays *in)
{
  size_t K = in->means.rows, r;

  problem->mppca =
      (LwMppca){ .K = K, .d = in->W.cols, .p = in->means.cols, .mean = in->means, .loading = in->W };
  problem->mppca.noise_var = (double *) in->sigma_sq; /* read only */
  problem->mppca.log_pi = lw_doubles_new (K);         /* not used: the policies bring theirs */
  if (problem->mppca.log_pi == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = lw_lampo_model_init (&problem->model, &problem->mppca, in->c.cols);
  if (status != LW_OK)
    return status;
  r = problem->model.r;
  lw_lampo_samples_init (&problem->samples, &problem->model);
  status = add_samples (problem, in);
  if (status == LW_OK)
    status = set_policy (&problem->new, &problem->model, in->x_new);
  if (status == LW_OK)
    status = set_policy (&problem->old, &problem->model, in->x_old);
  if (status == LW_OK)
    status = set_policy (&problem->first, &problem->model, in->x_first);
  if (status == LW_OK)
    status = lw_lampo_table_init (&problem->table, &problem->model, problem->samples.stride);
  if (status == LW_OK)
    status = lw_lampo_objective_workspace_init (&problem->ws, &problem->model, problem->samples.stride);
  if (status == LW_OK && in->x_old != NULL)
    status = lw_lampo_trust_init (&problem->trust, &problem->old, &problem->samples);
  problem->scratch = lw_doubles_new (2 * r + r * r + r * problem->model.d);
  return problem->scratch != NULL ? status : LW_ERR_MEMORY;
}

static void
evaluate (Problem *problem, bool have_old, bool have_first, LwLampoQuantities *out)
{
  const LwLampoPolicy *new = &problem->new;
  const double nan = (double) NAN;
  struct {
    double *value, *grad;
    bool    known;
  } optional[] = {
    { &out->g_new_old, out->g_new_old_grad, have_old },
    { &out->g_old_new, out->g_old_new_grad, have_old },
    { &out->h, out->h_grad, have_first },
    { &out->h_new_first, out->h_new_first_grad, have_first },
  };

  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
    double *grad = optional[i].grad;
    *optional[i].value = nan;
    for (size_t j = 0; j < problem->model.n_x && grad != NULL && !optional[i].known; j++)
      grad[j] = nan;
  }
  if (have_old) {
    out->g_new_old = lw_lampo_trust_kl (&problem->trust, new, &problem->table, LW_LAMPO_KL_NEW_OLD, out->g_new_old_grad);
    out->g_old_new = lw_lampo_trust_kl (&problem->trust, new, &problem->table, LW_LAMPO_KL_OLD_NEW, out->g_old_new_grad);
  }
  if (have_first) {
    out->h = lw_lampo_context_kl (new, &problem->first, LW_LAMPO_CONTEXT_KL_FIRST_NEW, problem->scratch, out->h_grad);
    out->h_new_first
        = lw_lampo_context_kl (new, &problem->first, LW_LAMPO_CONTEXT_KL_NEW_FIRST, problem->scratch, out->h_new_first_grad);
  }
}

LwStatus
lw_lampo_objective_from_arrays (const LwLampoArrays *in, LwLampoQuantities *out)
{
  Problem problem = { 0 };

  LwStatus status = check_shapes (in);
  if (status == LW_OK)
    status = problem_init (&problem, in);
  if (status == LW_OK) {
    lw_lampo_table_evaluate (&problem.table, &problem.new, &problem.samples, 0);
    out->J = lw_lampo_objective (&problem.new, &problem.samples, &problem.table, in->log_den, NULL, true, &problem.ws,
                                 out->J_grad, &out->ess);
    out->J_plain = lw_lampo_objective (&problem.new, &problem.samples, &problem.table, in->log_den, NULL, false, &problem.ws,
                                       out->J_plain_grad, NULL);
    evaluate (&problem, in->x_old != NULL, in->x_first != NULL, out);
  }
  problem_clear (&problem);
  return status;
}
