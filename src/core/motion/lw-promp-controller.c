/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-controller.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-promp-marginal.h"

LwStatus
lw_feedback_init (LwFeedback *self, size_t n_state, size_t n_input)
{
  LwFeedback made = { .n_state = n_state, .n_input = n_input };

  if (n_input == 0 || n_input > LW_PROMP_MAX_JOINTS || n_state < n_input)
    return LW_ERR_SHAPE;
  LwStatus status = lw_mat_alloc (&made.K, n_input, n_state);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.su, n_input, n_input);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.noise, n_input, n_input);
  if (status == LW_OK && (made.k = lw_doubles_new (n_input)) == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_feedback_clear (&made);
    return status;
  }
  *self = made;
  return LW_OK;
}

void
lw_feedback_clear (LwFeedback *self)
{
  lw_mat_clear (&self->K);
  lw_mat_clear (&self->su);
  lw_mat_clear (&self->noise);
  free (self->k);
  *self = (LwFeedback){ 0 };
}

void
lw_feedback_apply (const LwFeedback *self, const double *y, LwRng *rng, double *u)
{
  double e[LW_PROMP_MAX_JOINTS];

  memcpy (u, self->k, self->n_input * sizeof *u);
  lw_gemv (1, &self->K, false, y, 1, u);
  if (rng == NULL)
    return;
  lw_rng_normals (rng, e, self->n_input);
  lw_gemv (1, &self->noise, false, e, 1, u);
}

/* The state's Gaussian at one phase, and Psi Sigma there, which the step before already needed. */
typedef struct {
  bool known;
  LwPhasePoint at;
  double storage[LW_N_ORDERS * LW_BASIS_MAX];
  LwMat rows; /* psi, psidot, psiddot */
  LwMat t;    /* (n_state x W) */
  double *m;  /* (n_state) */
  LwMat s;    /* (n_state x n_state), jitter included */
} Moment;

struct LwPrompController {
  const LwBasis *basis;
  const LwWeightGaussian *g;
  size_t n_joints, n_state;
  double jitter;
  Moment moment[2];
  LwMat factor;           /* of S_t */
  LwMat half;             /* L^-1 C, then Ss dt */
  LwMat f, c;             /* F' = S_t^-1 C; C, then Ss dt */
  LwMat wide;             /* (n_joints x n_state) */
  LwMat gain, su;         /* (n_joints x n_state), (n_joints x n_joints) */
  double *offset, *shift; /* (n_state) */
};

void
lw_promp_controller_free (LwPrompController *self)
{
  if (self == NULL)
    return;
  for (size_t i = 0; i < 2; i++) {
    lw_mat_clear (&self->moment[i].t);
    lw_mat_clear (&self->moment[i].s);
    free (self->moment[i].m);
  }
  LwMat *mats[] = { &self->factor, &self->half, &self->f, &self->c, &self->wide, &self->gain, &self->su };
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++)
    lw_mat_clear (mats[i]);
  free (self->offset);
  free (self->shift);
  free (self);
}

LwStatus
lw_promp_controller_new (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, double jitter, LwPrompController **out)
{
  LwStatus status = lw_promp_check (basis, g, n_joints);

  if (status != LW_OK)
    return status;
  if (n_joints > LW_PROMP_MAX_JOINTS)
    return LW_ERR_SHAPE;
  if (!isfinite (jitter))
    return LW_ERR_NOT_FINITE;
  if (jitter < 0)
    return LW_ERR_RANGE;
  LwPrompController *self = calloc (1, sizeof *self);
  if (self == NULL)
    return LW_ERR_MEMORY;

  size_t n = 2 * n_joints;
  self->basis = basis;
  self->g = g;
  self->n_joints = n_joints;
  self->n_state = n;
  self->jitter = jitter;
  struct {
    LwMat *mat;
    size_t rows, cols;
  } mats[] = {
    { &self->moment[0].t, n, g->n_weights },
    { &self->moment[1].t, n, g->n_weights },
    { &self->moment[0].s, n, n },
    { &self->moment[1].s, n, n },
    { &self->factor, n, n },
    { &self->half, n, n },
    { &self->f, n, n },
    { &self->c, n, n },
    { &self->wide, n_joints, n },
    { &self->gain, n_joints, n },
    { &self->su, n_joints, n_joints },
  };
  for (size_t i = 0; status == LW_OK && i < sizeof mats / sizeof *mats; i++)
    status = lw_mat_alloc (mats[i].mat, mats[i].rows, mats[i].cols);
  for (size_t i = 0; i < 2; i++) {
    self->moment[i].rows = lw_mat_view (self->moment[i].storage, LW_N_ORDERS, basis->n);
    self->moment[i].m = lw_doubles_new (n);
  }
  self->offset = lw_doubles_new (n);
  self->shift = lw_doubles_new (n);
  if (status == LW_OK && (self->moment[0].m == NULL || self->moment[1].m == NULL || self->offset == NULL || self->shift == NULL))
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_promp_controller_free (self);
    return status;
  }
  *out = self;
  return LW_OK;
}

static bool
same_phase (const LwPhasePoint *a, const LwPhasePoint *b)
{
  return a->z == b->z && a->zdot == b->zdot && a->zddot == b->zddot;
}

/* Into a slot that does not hold @other. */
static Moment *
moment_at (LwPrompController *self, const LwPhasePoint *at, const Moment *other)
{
  for (size_t i = 0; i < 2; i++)
    if (self->moment[i].known && same_phase (&self->moment[i].at, at))
      return &self->moment[i];

  Moment *m = &self->moment[other == &self->moment[0] ? 1 : 0];
  LwMat state_rows = lw_mat_block (&m->rows, 0, 0, 2, self->basis->n);
  lw_basis_eval_time (self->basis, at, LW_N_ORDERS, &m->rows);
  lw_promp_project (&state_rows, &self->g->sigma_w, self->n_joints, &m->t);
  lw_promp_project_left (&state_rows, &m->t, self->n_joints, &m->s);
  lw_promp_project_mean (&state_rows, self->g->mu_w, self->n_joints, m->m);
  for (size_t i = 0; i < self->n_state; i++) {
    for (size_t j = 0; j < i; j++)
      lw_mat_set (&m->s, j, i, lw_mat_get (&m->s, i, j));
    lw_mat_row (&m->s, i)[i] += self->jitter;
  }
  m->at = *at;
  m->known = true;
  return m;
}

/* Lower triangular @l with l l' = @a / @dt: a pivot lost to rounding, and its column, are zero. */
static void
factor_noise (const LwMat *a, double dt, const LwMat *l)
{
  size_t n = a->rows;
  double largest = 0;

  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, lw_mat_get (a, i, i));
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i < n; i++) {
      double sum = lw_mat_get (a, i, j) / dt;
      for (size_t k = 0; k < j; k++)
        sum -= lw_mat_get (l, i, k) * lw_mat_get (l, j, k);
      double pivot = i > j ? lw_mat_get (l, j, j) : 0;
      double root = sum > (double) n * DBL_EPSILON * largest / dt ? sqrt (sum) : 0;
      lw_mat_set (l, i, j, i < j ? 0 : i == j ? root : pivot > 0 ? sum / pivot : 0);
    }
}

static LwStatus
check_step (const LwPrompController *self, const LwPhasePoint *now, const LwPhasePoint *next, size_t n_state, size_t n_input,
            double dt, const LwFeedback *out)
{
  if (n_state != self->n_state || n_input != self->n_joints || out->n_state != n_state || out->n_input != n_input)
    return LW_ERR_SHAPE;
  if (!isfinite (dt))
    return LW_ERR_NOT_FINITE;
  if (!(dt > 0))
    return LW_ERR_RANGE;
  LwStatus status = lw_phase_point_check (now, self->basis->kind);
  return status == LW_OK ? lw_phase_point_check (next, self->basis->kind) : status;
}

/* self->f = S_t^-1 C (the transpose of F), self->factor of S_t, self->c = Ss dt. */
static LwStatus
regression (LwPrompController *self, const LwPhasePoint *now, const LwPhasePoint *next, Moment **at_now, Moment **at_next)
{
  Moment *a = moment_at (self, now, NULL), *b = moment_at (self, next, a);
  LwMat state_rows = lw_mat_block (&a->rows, 0, 0, 2, self->basis->n);

  lw_mat_copy (&a->s, &self->factor);
  LwStatus status = lw_chol_factor (&self->factor);
  if (status != LW_OK)
    return status;
  lw_promp_project_left (&state_rows, &b->t, self->n_joints, &self->c);
  lw_mat_copy (&self->c, &self->half);
  lw_tri_solve_mat (&self->factor, false, &self->half);
  lw_mat_copy (&b->s, &self->c);
  lw_syrk (-1, &self->half, true, 1, &self->c);
  lw_mat_copy (&self->half, &self->f);
  lw_tri_solve_mat (&self->factor, true, &self->f);
  *at_now = a;
  *at_next = b;
  return LW_OK;
}

/* self->su = left c left' scale, halves equal. */
static void
input_noise (LwPrompController *self, const LwMat *left, double scale)
{
  lw_gemm (1, left, false, &self->c, false, 0, &self->wide);
  lw_gemm (scale, &self->wide, false, left, true, 0, &self->su);
  for (size_t i = 0; i < self->n_joints; i++)
    for (size_t j = 0; j < i; j++)
      lw_mat_set (&self->su, j, i, lw_mat_get (&self->su, i, j));
}

/* From self->gain, self->su and the offset in state space, once nothing can fail any more. */
static LwStatus
publish (LwPrompController *self, const LwMat *left, double dt, LwFeedback *out)
{
  if (!lw_mat_is_finite (&self->gain) || !lw_mat_is_finite (&self->su))
    return LW_ERR_NOT_FINITE;
  lw_mat_copy (&self->gain, &out->K);
  lw_mat_copy (&self->su, &out->su);
  lw_gemv (1, left, false, self->offset, 0, out->k);
  factor_noise (&self->su, dt, &out->noise);
  return LW_OK;
}

LwStatus
lw_promp_controller_step (LwPrompController *self, const LwPhasePoint *now, const LwPhasePoint *next,
                          const LwDiscreteSystem *system, LwFeedback *out)
{
  Moment *a, *b;
  LwStatus status = check_step (self, now, next, system->n_state, system->n_input, system->dt, out);

  if (status == LW_OK)
    status = regression (self, now, next, &a, &b);
  if (status != LW_OK)
    return status;
  input_noise (self, &system->b_left, system->dt);
  lw_gemm (1, &system->b_left, false, &self->f, true, 0, &self->gain);
  lw_gemm (-1, &system->b_left, false, &system->a, false, 1, &self->gain);
  for (size_t i = 0; i < self->n_state; i++)
    self->offset[i] = b->m[i] - system->c[i];
  lw_gemv (-1, &self->f, true, a->m, 1, self->offset);
  return publish (self, &system->b_left, system->dt, out);
}

LwStatus
lw_promp_controller_small_dt (LwPrompController *self, const LwPhasePoint *now, const LwPhasePoint *next,
                              const LwLinearSystem *system, double dt, LwFeedback *out)
{
  Moment *a, *b;
  LwMat left = { 0 };
  LwStatus status = check_step (self, now, next, system->n_state, system->n_input, dt, out);

  if (status == LW_OK)
    status = lw_mat_alloc (&left, self->n_joints, self->n_state);
  if (status == LW_OK)
    status = lw_left_inverse (&system->b, &left);
  if (status == LW_OK)
    status = regression (self, now, next, &a, &b);
  if (status != LW_OK) {
    lw_mat_clear (&left);
    return status;
  }
  LwMat derivative_rows = lw_mat_block (&a->rows, 1, 0, 2, self->basis->n);
  input_noise (self, &left, 1 / dt);

  /* self->half = Psidot Sigma Psi' - A S - B Su B'/2, then times S^-1 from the right: its transpose solved. */
  lw_promp_project_left (&derivative_rows, &a->t, self->n_joints, &self->half);
  lw_gemm (-1, &system->a, false, &a->s, false, 1, &self->half);
  lw_gemm (1, &self->su, false, &system->b, true, 0, &self->wide);
  lw_gemm (-0.5, &system->b, false, &self->wide, false, 1, &self->half);
  for (size_t i = 0; i < self->n_state; i++)
    for (size_t j = 0; j < self->n_state; j++)
      lw_mat_set (&self->f, i, j, lw_mat_get (&self->half, j, i));
  lw_chol_solve_mat (&self->factor, &self->f);
  lw_gemm (1, &left, false, &self->f, true, 0, &self->gain);

  lw_promp_project_mean (&derivative_rows, self->g->mu_w, self->n_joints, self->offset);
  lw_gemv (-1, &system->a, false, a->m, 1, self->offset);
  lw_gemv (1, &self->gain, false, a->m, 0, self->shift);
  lw_gemv (-1, &system->b, false, self->shift, 1, self->offset);
  for (size_t i = 0; i < self->n_state; i++)
    self->offset[i] -= system->c[i];
  status = publish (self, &left, dt, out);
  lw_mat_clear (&left);
  return status;
}
