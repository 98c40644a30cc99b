/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-lampo-kl.h"
#include "lw-linalg.h"

/* Both covariances of c are sigma^2 I + C Sigma C' with the same C: outside the range of C they agree and cancel, inside it they
 * are S = sigma^2 I + R Sigma R'. So KL (N_a || N_b) = 1/2 (log|S_b|/|S_a| + |L_b^-1 L_a|_F^2 - r + |L_b^-1 R (mu_a - mu_b)|^2).
 */
typedef struct {
  double *shift;  /* (r)     L_b^-1 R (mu_a - mu_b)  */
  double *back;   /* (r)     L_b'^-1 of something     */
  double *ratio;  /* (r x r) L_b^-1 L_a               */
  double *cross;  /* (r x d) L_b^-1 R                 */
} Scratch;

static double
component_kl (const LwLampoPolicy *a, const LwLampoPolicy *b, size_t k, const Scratch *scratch)
{
  size_t r = a->model->r;
  LwMat l_a = lw_mat_view (a->chol_s + k * r * r, r, r), l_b = lw_mat_view (b->chol_s + k * r * r, r, r);
  LwMat ratio = lw_mat_view (scratch->ratio, r, r);
  double sum = b->log_det_s[k] - a->log_det_s[k] - (double) r;

  for (size_t i = 0; i < r; i++)
    scratch->shift[i] = a->offset[k * r + i] - b->offset[k * r + i];
  lw_tri_solve (&l_b, false, scratch->shift);
  lw_mat_copy (&l_a, &ratio);
  lw_tri_solve_mat (&l_b, false, &ratio);
  for (size_t i = 0; i < r; i++)
    sum += scratch->shift[i] * scratch->shift[i];
  for (size_t i = 0; i < r * r; i++)
    sum += scratch->ratio[i] * scratch->ratio[i];
  return 0.5 * sum;
}

/* KL (first || policy): @policy is b. */
static void
add_first_new_gradient (const LwLampoPolicy *policy, const LwLampoPolicy *first, size_t k, const Scratch *scratch, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t r = model->r, d = model->d;
  LwMat ratio = lw_mat_view (scratch->ratio, r, r);
  const double *s = lw_lampo_policy_s (policy, k), *g = policy->g + k * r * d;
  double *grad_mu = grad + lw_lampo_model_mu (model, k), *grad_s = grad + lw_lampo_model_s (model, k);
  double weight = exp (first->log_pi[k]);

  grad[k] += exp (policy->log_pi[k]) - weight;
  for (size_t j = 0; j < d; j++) {
    double norm = 0, along = 0, through = 0;
    for (size_t a = 0; a < r; a++) {
      norm += g[a * d + j] * g[a * d + j];
      along += g[a * d + j] * scratch->shift[a];
      scratch->back[a] = 0;
    }
    for (size_t a = 0; a < r; a++) /* L_a' S_b^-1 R_j = (L_b^-1 L_a)' G_j */
      for (size_t c = 0; c < r; c++)
        scratch->back[c] += lw_mat_get (&ratio, a, c) * g[a * d + j];
    for (size_t a = 0; a < r; a++)
      through += scratch->back[a] * scratch->back[a];
    grad_mu[j] -= weight * along;
    grad_s[j] += weight * s[j] * (norm - through - along * along);
  }
}

/* KL (policy || first): @policy is a. The part in base is the caller's. */
static void
add_new_first_gradient (const LwLampoPolicy *policy, const LwLampoPolicy *first, size_t k, const Scratch *scratch, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t r = model->r, d = model->d;
  LwMat R = lw_mat_block (&model->R, k * r, 0, r, d), cross = lw_mat_view (scratch->cross, r, d);
  LwMat l_b = lw_mat_view (first->chol_s + k * r * r, r, r);
  const double *s = lw_lampo_policy_s (policy, k), *g = policy->g + k * r * d;
  double *grad_mu = grad + lw_lampo_model_mu (model, k), *grad_s = grad + lw_lampo_model_s (model, k);
  double weight = exp (policy->log_pi[k]);

  lw_mat_copy (&R, &cross);
  lw_tri_solve_mat (&l_b, false, &cross);
  for (size_t j = 0; j < d; j++) {
    double norm = 0, norm_first = 0, along = 0;
    for (size_t a = 0; a < r; a++) {
      norm += g[a * d + j] * g[a * d + j];
      norm_first += lw_mat_get (&cross, a, j) * lw_mat_get (&cross, a, j);
      along += lw_mat_get (&cross, a, j) * scratch->shift[a];
    }
    grad_mu[j] += weight * along;
    grad_s[j] += weight * s[j] * (norm_first - norm);
  }
}

double
lw_lampo_context_kl (const LwLampoPolicy *policy, const LwLampoPolicy *first, LwLampoContextKlDirection direction,
                     double *scratch, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t K = model->K, r = model->r;
  Scratch parts = { scratch, scratch + r, scratch + 2 * r, scratch + 2 * r + r * r };
  bool first_new = direction == LW_LAMPO_CONTEXT_KL_FIRST_NEW;
  const LwLampoPolicy *a = first_new ? first : policy, *b = first_new ? policy : first;
  double sum = 0;

  if (grad != NULL)
    memset (grad, 0, model->n_x * sizeof *grad);
  for (size_t k = 0; k < K; k++) {
    double divergence = a->log_pi[k] - b->log_pi[k] + component_kl (a, b, k, &parts), weight = exp (a->log_pi[k]);
    sum += weight * divergence;
    if (grad == NULL)
      continue;
    if (first_new) {
      add_first_new_gradient (policy, first, k, &parts, grad);
    } else {
      add_new_first_gradient (policy, first, k, &parts, grad);
      grad[k] += weight * divergence; /* less weight times the mean, below */
    }
  }
  for (size_t k = 0; k < K && grad != NULL && !first_new; k++)
    grad[k] -= exp (policy->log_pi[k]) * sum;
  return sum;
}
