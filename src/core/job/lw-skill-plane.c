/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-skill-plane.h"

#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"

void
lw_skill_plane_clear (LwSkillPlane *self)
{
  lw_mat_clear (&self->points);
  lw_mat_clear (&self->means);
  lw_mat_clear (&self->covs);
}

/* Rows [context | params] less their mean, which is returned in @mean (p). */
static void
centred (const LwSkill *skill, const LwMat *x, double *mean)
{
  size_t n = x->rows, dc = skill->n_context, m = skill->params.cols;
  LwMat left = lw_mat_block (x, 0, 0, n, dc), right = lw_mat_block (x, 0, dc, n, m);

  lw_mat_copy (&skill->contexts, &left);
  lw_mat_copy (&skill->params, &right);
  for (size_t j = 0; j < x->cols; j++)
    {
      mean[j] = 0.0;
      for (size_t i = 0; i < n; i++)
        mean[j] += lw_mat_get (x, i, j) / (double) n;
      for (size_t i = 0; i < n; i++)
        lw_mat_row (x, i)[j] -= mean[j];
    }
}

/* @axes (2 x p) from the data; with one direction only the second axis stays zero. */
static LwStatus
principal_axes (const LwMat *x, const LwMat *axes, double *explained)
{
  size_t r = x->rows < x->cols ? x->rows : x->cols, kept = r < 2 ? r : 2;
  LwMat copy = { 0 }, vt = { 0 };
  double *s = lw_doubles_new (r), all = 0.0;
  LwStatus status = s == NULL ? LW_ERR_MEMORY : lw_mat_alloc (&copy, x->rows, x->cols);

  if (status == LW_OK)
    status = lw_mat_alloc (&vt, r, x->cols);
  if (status == LW_OK)
    {
      lw_mat_copy (x, &copy);
      status = lw_svd_thin (&copy, NULL, s, &vt);
    }
  if (status == LW_OK)
    {
      LwMat from = lw_mat_block (&vt, 0, 0, kept, x->cols), to = lw_mat_block (axes, 0, 0, kept, x->cols);

      lw_mat_copy (&from, &to);
      for (size_t i = 0; i < r; i++)
        all += s[i] * s[i];
      *explained = all > 0.0 ? (s[0] * s[0] + (r > 1 ? s[1] * s[1] : 0.0)) / all : 1.0;
    }
  lw_mat_clear (&copy);
  lw_mat_clear (&vt);
  free (s);
  return status;
}

static void
project_components (const LwSkill *skill, const LwMat *axes, const double *mean, const LwMat *loads, LwSkillPlane *out)
{
  for (size_t k = 0; k < skill->mppca.K; k++)
    {
      LwMat w = lw_mppca_loading (&skill->mppca, k);
      double *cov = lw_mat_row (&out->covs, k);

      lw_gemm (1.0, axes, false, &w, false, 0.0, loads); /* (2 x d) */
      for (size_t a = 0; a < 2; a++)
        {
          double at = 0.0;

          for (size_t j = 0; j < axes->cols; j++)
            at += lw_mat_get (axes, a, j) * (lw_mat_get (&skill->mppca.mean, k, j) - mean[j]);
          lw_mat_set (&out->means, k, a, at);
          for (size_t b = 0; b < 2; b++)
            {
              cov[2 * a + b] = 0.0;
              for (size_t j = 0; j < axes->cols; j++)
                cov[2 * a + b] += lw_mat_get (axes, a, j) * lw_mat_get (axes, b, j) * lw_mppca_noise (&skill->mppca, k, j);
              for (size_t c = 0; c < w.cols; c++)
                cov[2 * a + b] += lw_mat_get (loads, a, c) * lw_mat_get (loads, b, c);
            }
        }
    }
}

LwStatus
lw_skill_plane_init (const LwSkill *skill, LwSkillPlane *out)
{
  size_t n = skill->params.rows, p = skill->n_context + skill->params.cols;
  LwSkillPlane plane = { 0 };
  LwMat x = { 0 }, axes = { 0 }, loads = { 0 };
  double *mean = NULL;
  LwStatus status = n < 2 ? LW_ERR_TOO_FEW : lw_mat_alloc (&x, n, p);

  if (status == LW_OK)
    status = lw_mat_alloc (&axes, 2, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&loads, 2, skill->mppca.d);
  if (status == LW_OK)
    status = lw_mat_alloc (&plane.points, n, 2);
  if (status == LW_OK)
    status = lw_mat_alloc (&plane.means, skill->mppca.K, 2);
  if (status == LW_OK)
    status = lw_mat_alloc (&plane.covs, skill->mppca.K, 4);
  if (status == LW_OK && (mean = lw_doubles_new (p)) == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    {
      centred (skill, &x, mean);
      status = principal_axes (&x, &axes, &plane.explained);
    }
  if (status == LW_OK)
    {
      lw_gemm (1.0, &x, false, &axes, true, 0.0, &plane.points);
      project_components (skill, &axes, mean, &loads, &plane);
      *out = plane;
    }
  else
    lw_skill_plane_clear (&plane);
  lw_mat_clear (&x);
  lw_mat_clear (&axes);
  lw_mat_clear (&loads);
  free (mean);
  return status;
}
