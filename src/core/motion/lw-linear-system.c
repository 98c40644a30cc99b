/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-linear-system.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-ridge.h"

/* With ||A|| <= 1/2 the term of order 18 of its exponential is below 2^-18 / 18! = 6e-22. */
#define TAYLOR_TERMS 18

LwStatus
lw_linear_system_init (LwLinearSystem *self, size_t n_state, size_t n_input)
{
  LwLinearSystem made = { .n_state = n_state, .n_input = n_input };

  if (n_input == 0 || n_input > n_state)
    return LW_ERR_SHAPE;
  LwStatus status = lw_mat_alloc (&made.a, n_state, n_state);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.b, n_state, n_input);
  if (status == LW_OK && (made.c = lw_doubles_new (n_state)) == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_linear_system_clear (&made);
    return status;
  }
  *self = made;
  return LW_OK;
}

LwStatus
lw_linear_system_init_double_integrator (LwLinearSystem *self, size_t n_joints)
{
  LwStatus status = n_joints <= PTRDIFF_MAX / 2 ? lw_linear_system_init (self, 2 * n_joints, n_joints) : LW_ERR_MEMORY;

  for (size_t j = 0; status == LW_OK && j < n_joints; j++) {
    lw_mat_set (&self->a, j, n_joints + j, 1);
    lw_mat_set (&self->b, n_joints + j, j, 1);
  }
  return status;
}

void
lw_linear_system_clear (LwLinearSystem *self)
{
  lw_mat_clear (&self->a);
  lw_mat_clear (&self->b);
  free (self->c);
  *self = (LwLinearSystem){ 0 };
}

LwStatus
lw_left_inverse (const LwMat *b, const LwMat *left)
{
  size_t n = b->cols;
  LwMat gram;

  if (n == 0 || b->rows < n || left->rows != n || left->cols != b->rows)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (b))
    return LW_ERR_NOT_FINITE;
  LwStatus status = lw_mat_alloc (&gram, n, n);
  if (status != LW_OK)
    return status;

  status = lw_ridge_factor (b, 0, &gram);
  if (status == LW_OK) {
    for (size_t i = 0; i < b->rows; i++)
      for (size_t j = 0; j < n; j++)
        lw_mat_set (left, j, i, lw_mat_get (b, i, j));
    lw_chol_solve_mat (&gram, left);
  }
  lw_mat_clear (&gram);
  return status;
}

/* Largest row sum of magnitudes. */
static double
norm (const LwMat *a)
{
  double largest = 0;
  for (size_t i = 0; i < a->rows; i++) {
    double sum = 0;
    for (size_t j = 0; j < a->cols; j++)
      sum += fabs (lw_mat_get (a, i, j));
    largest = fmax (largest, sum);
  }
  return largest;
}

LwStatus
lw_mat_exp (const LwMat *a)
{
  size_t n = a->rows;
  LwMat scaled = { 0 }, sum = { 0 }, product = { 0 };

  if (a->cols != n)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (a) || isinf (norm (a)))
    return LW_ERR_NOT_FINITE;
  LwStatus status = lw_mat_alloc (&scaled, n, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&sum, n, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&product, n, n);
  if (status == LW_OK) {
    int exponent = 0;
    frexp (norm (a), &exponent); /* norm < 2^exponent */
    int squarings = exponent > -1 ? exponent + 1 : 0;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        lw_mat_set (&scaled, i, j, ldexp (lw_mat_get (a, i, j), -squarings));

    /* Horner: I + A (I + A/2 (I + A/3 (...))) */
    for (size_t i = 0; i < n; i++)
      lw_mat_set (&sum, i, i, 1);
    for (int term = TAYLOR_TERMS; term >= 1; term--) {
      lw_gemm (1.0 / term, &scaled, false, &sum, false, 0, &product);
      for (size_t i = 0; i < n; i++)
        lw_mat_row (&product, i)[i] += 1;
      lw_mat_copy (&product, &sum);
    }
    for (int i = 0; i < squarings; i++) {
      lw_gemm (1, &sum, false, &sum, false, 0, &product);
      lw_mat_copy (&product, &sum);
    }
    if (lw_mat_is_finite (&sum))
      lw_mat_copy (&sum, a);
    else
      status = LW_ERR_NOT_FINITE;
  }
  lw_mat_clear (&scaled);
  lw_mat_clear (&sum);
  lw_mat_clear (&product);
  return status;
}

static LwStatus
check (const LwLinearSystem *system, double dt)
{
  LwMat c = lw_mat_view (system->c, 1, system->n_state);

  if (!isfinite (dt) || !lw_mat_is_finite (&system->a) || !lw_mat_is_finite (&system->b) || !lw_mat_is_finite (&c))
    return LW_ERR_NOT_FINITE;
  return dt > 0 ? LW_OK : LW_ERR_RANGE;
}

/* @block (n_state x n_state + n_input + 1) = [A B c] of the step. */
static LwStatus
discrete_from (LwDiscreteSystem *self, size_t n_state, size_t n_input, double dt, const LwMat *block)
{
  LwDiscreteSystem made = { .n_state = n_state, .n_input = n_input, .dt = dt };
  LwMat a = lw_mat_block (block, 0, 0, n_state, n_state), b = lw_mat_block (block, 0, n_state, n_state, n_input);

  LwStatus status = lw_mat_alloc (&made.a, n_state, n_state);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.b, n_state, n_input);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.b_left, n_input, n_state);
  if (status == LW_OK && (made.c = lw_doubles_new (n_state)) == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_mat_copy (&a, &made.a);
    lw_mat_copy (&b, &made.b);
    for (size_t i = 0; i < n_state; i++)
      made.c[i] = lw_mat_get (block, i, n_state + n_input);
    status = lw_left_inverse (&made.b, &made.b_left);
  }
  if (status != LW_OK) {
    lw_discrete_system_clear (&made);
    return status;
  }
  *self = made;
  return LW_OK;
}

/* [A B c; 0 0 0] dt, square. */
static LwStatus
augmented (const LwLinearSystem *system, double dt, LwMat *out)
{
  size_t n = system->n_state, size = n + system->n_input + 1;
  LwStatus status = check (system, dt);

  if (status == LW_OK)
    status = lw_mat_alloc (out, size, size);
  for (size_t i = 0; status == LW_OK && i < n; i++) {
    double *row = lw_mat_row (out, i);
    for (size_t j = 0; j < n; j++)
      row[j] = lw_mat_get (&system->a, i, j) * dt;
    for (size_t j = 0; j < system->n_input; j++)
      row[n + j] = lw_mat_get (&system->b, i, j) * dt;
    row[size - 1] = system->c[i] * dt;
  }
  return status;
}

LwStatus
lw_discrete_system_init_exact (LwDiscreteSystem *self, const LwLinearSystem *system, double dt)
{
  LwMat block = { 0 };
  LwStatus status = augmented (system, dt, &block);

  if (status == LW_OK)
    status = lw_mat_exp (&block);
  if (status == LW_OK)
    status = discrete_from (self, system->n_state, system->n_input, dt, &block);
  lw_mat_clear (&block);
  return status;
}

LwStatus
lw_discrete_system_init_euler (LwDiscreteSystem *self, const LwLinearSystem *system, double dt)
{
  LwMat block = { 0 };
  LwStatus status = augmented (system, dt, &block);

  if (status == LW_OK) {
    for (size_t i = 0; i < system->n_state; i++)
      lw_mat_row (&block, i)[i] += 1;
    status = discrete_from (self, system->n_state, system->n_input, dt, &block);
  }
  lw_mat_clear (&block);
  return status;
}

void
lw_discrete_system_clear (LwDiscreteSystem *self)
{
  lw_mat_clear (&self->a);
  lw_mat_clear (&self->b);
  lw_mat_clear (&self->b_left);
  free (self->c);
  *self = (LwDiscreteSystem){ 0 };
}
