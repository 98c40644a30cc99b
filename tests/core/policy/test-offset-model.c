/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-offset-model.h"

#include <math.h>

#include "lw-assert-close.h"

enum { N = 60, DC = 2, M = 9 };

typedef struct {
  double      contexts[N * DC], movements[N * M];
  LwImitation imitation;
} Data;

/* Movements quadratic in the context, in three directions, with @noise that is not in the first of them. */
static void
data_init (Data *data, double noise, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 51, LW_RNG_TEST, stream, 0);
  for (size_t i = 0; i < N; i++) {
    double *c = data->contexts + i * DC, *w = data->movements + i * M, a, b;

    c[0] = 3.0 + 2.0 * lw_rng_uniform (&rng);
    c[1] = -lw_rng_uniform (&rng);
    a = noise * lw_rng_normal (&rng);
    b = noise * lw_rng_normal (&rng);
    for (size_t j = 0; j < M; j++)
      w[j] = (1.0 + (double) j) * (c[0] - 0.7 * c[1] * c[0]) + cos ((double) j) * (c[1] * c[1] + a)
             + sin (2.0 * (double) j) * (0.3 * c[0] + b);
    w[4] = -2.0;
  }
  data->imitation = (LwImitation){ .n_context = DC,
                                   .contexts = lw_mat_view (data->contexts, N, DC),
                                   .movements = lw_mat_view (data->movements, N, M) };
}

static void
movement_at (const LwOffsetModel *model, const double *context, const double *z, double *movement)
{
  double phi[64];

  g_assert_cmpuint (model->features.f, <=, 64);
  lw_offset_model_movement (model, context, z, phi, movement);
}

/* What is a polynomial of the context is found, with the degree given or not; a number that never varies stays exactly that. */
static void
test_polynomial (void)
{
  Data data;
  double zero[M] = { 0 }, movement[M];

  data_init (&data, 0.0, 1);
  for (size_t degree = 0; degree <= 2; degree += 2) {
    LwOffsetModel model;

    g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, degree, 20, 0.02), ==, LW_OK);
    g_assert_cmpuint (lw_offset_model_dimensions (&model), ==, 3);
    g_assert_cmpfloat (model.left_out, <, 1e-4);
    for (size_t i = 0; i < N; i++) {
      movement_at (&model, data.contexts + i * DC, zero, movement);
      lw_assert_close_to_largest (movement, data.movements + i * M, M, 1e-4);
      lw_assert_close (movement[4], -2.0, 1e-12, 0);
    }
    lw_offset_model_clear (&model);
  }
}

/* z ~ N(0, I) strays as far as the demonstrations do: the covariance of V'z is that of the residuals. */
static void
test_spread (void)
{
  Data data;
  LwOffsetModel model;
  double residual[M * M] = { 0 }, drawn[M * M], movement[M], zero[M] = { 0 };
  LwMat covariance = lw_mat_view (drawn, M, M);

  data_init (&data, 0.5, 2);
  g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, 2, 3, 0.0), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    movement_at (&model, data.contexts + i * DC, zero, movement);
    for (size_t a = 0; a < M; a++)
      for (size_t b = 0; b < M; b++)
        residual[a * M + b] += (data.movements[i * M + a] - movement[a]) * (data.movements[i * M + b] - movement[b]) / (N - 6);
  }
  lw_syrk (1.0, &model.basis, true, 0.0, &covariance);
  lw_assert_close_to_largest (drawn, residual, M * M, 1e-6);
  lw_offset_model_clear (&model);
}

/* The error that is reported is that of fits which really leave one out. */
static void
test_leave_one_out (void)
{
  Data data;
  LwOffsetModel whole, without;
  double error = 0.0, about_mean = 0.0, mean[M] = { 0 }, zero[M] = { 0 };

  data_init (&data, 0.5, 3);
  g_assert_cmpint (lw_offset_model_init (&whole, &data.imitation, 1, 3, 0.02), ==, LW_OK);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < M; j++)
      mean[j] += data.movements[i * M + j] / N;
  for (size_t i = 0; i < N; i++) {
    double contexts[(N - 1) * DC], movements[(N - 1) * M], predicted[M];
    LwImitation rest = { .n_context = DC,
                         .contexts = lw_mat_view (contexts, N - 1, DC),
                         .movements = lw_mat_view (movements, N - 1, M) };

    for (size_t k = 0, row = 0; k < N; k++) {
      if (k == i)
        continue;
      for (size_t j = 0; j < DC; j++)
        contexts[row * DC + j] = data.contexts[k * DC + j];
      for (size_t j = 0; j < M; j++)
        movements[row * M + j] = data.movements[k * M + j];
      row++;
    }
    g_assert_cmpint (lw_offset_model_init (&without, &rest, 1, 3, 0.02), ==, LW_OK);
    movement_at (&without, data.contexts + i * DC, zero, predicted);
    for (size_t j = 0; j < M; j++) {
      error += (predicted[j] - data.movements[i * M + j]) * (predicted[j] - data.movements[i * M + j]);
      about_mean += (mean[j] - data.movements[i * M + j]) * (mean[j] - data.movements[i * M + j]);
    }
    lw_offset_model_clear (&without);
  }
  /* The ridge is relative and the centre is of all demonstrations: equal but for these. */
  lw_assert_close (whole.left_out, sqrt (error / about_mean), 2e-3, 0);
  lw_offset_model_clear (&whole);
}

/* Noise that no degree predicts gets a constant, while the direction beside it keeps its curve. */
static void
test_degree_per_direction (void)
{
  Data data;
  LwOffsetModel chosen, sixth;
  LwRng rng;

  data_init (&data, 0.0, 4);
  lw_rng_init (&rng, 52, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < N; i++)
    data.movements[i * M + 4] = 5.0 * lw_rng_normal (&rng);
  g_assert_cmpint (lw_offset_model_init (&chosen, &data.imitation, 0, 3, 0.02), ==, LW_OK);
  g_assert_cmpint (lw_offset_model_init (&sixth, &data.imitation, 4, 3, 0.02), ==, LW_OK);
  g_assert_cmpfloat (chosen.left_out, <, 0.95 * sixth.left_out);
  lw_offset_model_clear (&chosen);
  lw_offset_model_clear (&sixth);
}

static void
test_state (void)
{
  Data data;
  LwOffsetModel model, read;
  LwArrays state;
  double z[] = { 0.3, -1.0, 2.0 }, context[] = { 4.1, -0.2 }, a[M], b[M];

  data_init (&data, 0.5, 5);
  g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, 0, 3, 0.02), ==, LW_OK);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_offset_model_to_arrays (&model, &state), ==, LW_OK);
  g_assert_cmpint (lw_offset_model_from_arrays (&state, DC, M, &read), ==, LW_OK);
  movement_at (&model, context, z, a);
  movement_at (&read, context, z, b);
  g_assert_cmpmem (a, sizeof a, b, sizeof b);
  g_assert_cmpfloat (model.left_out, ==, read.left_out);
  lw_offset_model_clear (&read);
  g_assert_cmpint (lw_offset_model_from_arrays (&state, DC + 1, M, &read), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_offset_model_from_arrays (&state, DC, M - 1, &read), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_arrays_put_scalar (&state, "imitation_degree", 99.0), ==, LW_OK);
  g_assert_cmpint (lw_offset_model_from_arrays (&state, DC, M, &read), ==, LW_ERR_RANGE);
  lw_arrays_clear (&state);
  lw_offset_model_clear (&model);
}

static void
test_refused (void)
{
  Data data;
  LwOffsetModel model = { .left_out = 77.0 };
  LwImitation bad;

  data_init (&data, 0.5, 6);
  g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, 7, 3, 0.02), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, 1, 0, 0.02), ==, LW_ERR_RANGE);
  bad = data.imitation;
  bad.contexts.rows--;
  g_assert_cmpint (lw_offset_model_init (&model, &bad, 0, 3, 0.02), ==, LW_ERR_SHAPE);
  bad = data.imitation;
  bad.contexts.rows = bad.movements.rows = 1;
  g_assert_cmpint (lw_offset_model_init (&model, &bad, 0, 3, 0.02), ==, LW_ERR_TOO_FEW);
  data.contexts[5] = INFINITY;
  g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, 0, 3, 0.02), ==, LW_ERR_NOT_FINITE);
  for (size_t i = 0; i < N * DC; i++)
    data.contexts[i] = (double) i;
  for (size_t i = 0; i < N * M; i++)
    data.movements[i] = 0.1;
  g_assert_cmpint (lw_offset_model_init (&model, &data.imitation, 0, 3, 0.02), ==, LW_ERR_TOO_FEW);
  g_assert_cmpfloat (model.left_out, ==, 77.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/offset-model/polynomial", test_polynomial);
  g_test_add_func ("/offset-model/spread", test_spread);
  g_test_add_func ("/offset-model/leave-one-out", test_leave_one_out);
  g_test_add_func ("/offset-model/degree-per-direction", test_degree_per_direction);
  g_test_add_func ("/offset-model/state", test_state);
  g_test_add_func ("/offset-model/refused", test_refused);
  return g_test_run ();
}
