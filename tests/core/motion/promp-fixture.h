/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-npy-golden.h"
#include "lw-phase.h"
#include "lw-promp.h"

/* What the tests of operations on primitives share: Gaussians over weights, golden or drawn, and matrices multiplied slowly. */

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwMat, lw_mat_clear)

#define SYN "golden/synthetic/"

/* The basis of the golden operations: 8 centres on [0, 1], h = spacing^2. */
static const LwBasis golden_basis = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, 1.0 / 49 };

static inline LwMat
new_mat (size_t rows, size_t cols)
{
  LwMat m;
  g_assert_cmpint (lw_mat_alloc (&m, rows, cols), ==, LW_OK);
  lw_fill_nan (m.data, rows * cols);
  return m;
}

static inline LwWeightGaussian
new_gaussian (size_t n_weights)
{
  LwWeightGaussian g = { .n_weights = n_weights, .mu_w = lw_doubles_new (n_weights), .sigma_w = new_mat (n_weights, n_weights) };
  lw_mat_fill (&g.sigma_w, 0);
  return g;
}

/* FALSE, with the test skipped, without the shared data. */
static inline gboolean
load_gaussian (LwWeightGaussian *g, const char *mu_name, const char *sigma_name)
{
  g_auto (LwGolden) mu = { 0 }, sigma = { 0 };
  if (!lw_golden_load (&mu, mu_name) || !lw_golden_load (&sigma, sigma_name))
    return FALSE;
  *g = new_gaussian (mu.n);
  for (size_t i = 0; i < mu.n; i++)
    g->mu_w[i] = mu.data[i];
  for (size_t i = 0; i < sigma.n; i++)
    g->sigma_w.data[i] = sigma.data[i];
  return TRUE;
}

/* N(mu, A A' / rank): of full rank when @rank >= @n_weights. */
static inline LwWeightGaussian
drawn_gaussian (size_t n_weights, size_t rank, LwRng *rng)
{
  LwWeightGaussian g = new_gaussian (n_weights);
  g_auto (LwMat) a = new_mat (n_weights, rank);
  lw_rng_normals (rng, g.mu_w, n_weights);
  lw_rng_normals (rng, a.data, n_weights * rank);
  lw_syrk (1.0 / (double) rank, &a, false, 0, &g.sigma_w);
  return g;
}

static inline void
assert_gaussian (const LwWeightGaussian *g, const LwWeightGaussian *expected, double relative)
{
  g_assert_cmpuint (g->n_weights, ==, expected->n_weights);
  lw_assert_close_to_largest (g->mu_w, expected->mu_w, g->n_weights, relative);
  lw_assert_close_to_largest (g->sigma_w.data, expected->sigma_w.data, g->n_weights * g->n_weights, relative);
}

/* Symmetric bit for bit, and no eigenvalue below -@tolerance of the largest of @scale. */
static inline void
assert_covariance (const LwMat *sigma, const LwMat *scale, double tolerance)
{
  size_t n = sigma->rows;
  g_auto (LwMat) copy = new_mat (n, n);
  g_autofree double *values = g_new (double, n);
  double largest = 0;

  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      g_assert_cmpfloat (lw_mat_get (sigma, i, j), ==, lw_mat_get (sigma, j, i));
  for (size_t i = 0; i < scale->rows; i++)
    largest = MAX (largest, lw_mat_get (scale, i, i));
  lw_mat_copy (sigma, &copy);
  g_assert_cmpint (lw_eig_sym (&copy, values), ==, LW_OK);
  g_assert_cmpfloat (values[0], >=, -tolerance * largest);
}

/* Psi of one phase, dense (n_orders n_joints x W), from lw_basis_eval() and the chain rule written out. */
static inline LwMat
dense_psi (const LwBasis *basis, size_t n_joints, LwPhasePoint at, size_t n_orders)
{
  LwMat psi = new_mat (n_orders * n_joints, n_joints * basis->n);
  double values[LW_BASIS_MAX], d[LW_BASIS_MAX], dd[LW_BASIS_MAX];

  lw_mat_fill (&psi, 0);
  lw_basis_eval (basis, at.z, values, d, dd);
  for (size_t order = 0; order < n_orders; order++)
    for (size_t j = 0; j < n_joints; j++)
      for (size_t k = 0; k < basis->n; k++)
        lw_mat_set (&psi, order * n_joints + j, j * basis->n + k,
                    order == 0 ? values[k] : order == 1 ? d[k] * at.zdot : dd[k] * at.zdot * at.zdot + d[k] * at.zddot);
  return psi;
}

/* A B C' by three loops. */
static inline LwMat
slow_product (const LwMat *a, const LwMat *b, const LwMat *c)
{
  LwMat out = new_mat (a->rows, c->rows);
  for (size_t i = 0; i < a->rows; i++)
    for (size_t j = 0; j < c->rows; j++) {
      double sum = 0;
      for (size_t k = 0; k < b->rows; k++)
        for (size_t l = 0; l < b->cols; l++)
          sum += lw_mat_get (a, i, k) * lw_mat_get (b, k, l) * lw_mat_get (c, j, l);
      lw_mat_set (&out, i, j, sum);
    }
  return out;
}
