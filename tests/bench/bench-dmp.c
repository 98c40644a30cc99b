/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-dmp.h"
#include "lw-prodmp-fit.h"
#include "lw-retime-optimal.h"

/* Seven joints, 20 basis functions, five seconds at 100 Hz. */
enum { J = 7, N = 20, M = N + 1, W = J * M, T = 501 };
static const double tau = 5, rate_hz = 100;

typedef struct {
  LwProdmpSettings settings;
  LwProdmp prodmp, made;
  LwDmp dmp;
  LwTrajectory *demo, *out;
  double start[J], v_start[J], params[W], fitted[W], v_max[J], a_max[J], t[T];
  LwMat q, v;
} Bench;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

static void
set_up (Bench *b)
{
  b->demo = lw_trajectory_new (T, J);
  for (size_t i = 0; i < T; i++) {
    double z = (double) i / (T - 1);
    b->t[i] = tau * z;
    b->demo->t[i] = tau * z;
    for (size_t j = 0; j < J; j++)
      lw_mat_set (&b->demo->q, i, j, sin (2.2 * z + (double) j) + 0.3 * cos (5 * z - 2 * (double) j));
  }
  for (size_t j = 0; j < J; j++) {
    b->start[j] = lw_mat_get (&b->demo->q, 0, j);
    b->v_start[j] = (lw_mat_get (&b->demo->q, 1, j) - b->start[j]) / b->t[1];
    b->v_max[j] = 2;
    b->a_max[j] = 10;
  }
  check (lw_prodmp_settings_init (&b->settings, N, tau));
  check (lw_prodmp_init (&b->prodmp, &b->settings));
  check (lw_dmp_init (&b->dmp, LW_DMP_PLAIN, J, &b->settings.basis, b->settings.a, tau));
  check (lw_mat_alloc (&b->q, T, J));
  check (lw_mat_alloc (&b->v, T, J));
}

static void
clear_made (gpointer data)
{
  Bench *b = data;
  lw_prodmp_clear (&b->made);
}

static void
make_basis (gpointer data)
{
  Bench *b = data;
  check (lw_prodmp_init (&b->made, &b->settings));
}

static void
fit (gpointer data)
{
  Bench *b = data;
  check (lw_prodmp_fit (&b->prodmp, b->demo, b->v_start, 1e-12, b->fitted, NULL));
}

static void
move (gpointer data)
{
  Bench *b = data;
  const LwProdmpStart start = { 0, b->start, b->v_start };
  check (lw_prodmp_move (&b->prodmp, b->fitted, J, &start, b->t, T, &b->q, &b->v));
}

static void
clear_out (gpointer data)
{
  Bench *b = data;
  lw_trajectory_unref (b->out);
  b->out = NULL;
}

static void
roll_out (gpointer data)
{
  Bench *b = data;
  check (lw_dmp_rollout (&b->dmp, tau, rate_hz, &b->out, NULL));
}

static void
retime (gpointer data)
{
  Bench *b = data;
  check (lw_retime_optimal (b->demo, b->v_max, b->a_max, 1, rate_hz, NULL, &b->out, NULL));
}

/* A DMP with the ProDMP's weights, integrated: an independent way to the same movement. */
static void
take_weights (Bench *b)
{
  double goal[J];
  for (size_t j = 0; j < J; j++) {
    memcpy (lw_mat_row (&b->dmp.w, j), b->fitted + j * M, N * sizeof (double));
    goal[j] = b->fitted[j * M + N];
  }
  check (lw_dmp_set_start (&b->dmp, b->start, b->v_start));
  check (lw_dmp_set_goal (&b->dmp, goal, NULL));
}

static void
check_retimed (const Bench *b)
{
  double v[J], a[J], largest = 0;
  lw_trajectory_peaks (b->out, v, a);
  for (size_t j = 0; j < J; j++) {
    g_assert_cmpfloat (v[j], <=, b->v_max[j] * (1 + 1e-9));
    g_assert_cmpfloat (a[j], <=, b->a_max[j] * (1 + 1e-9));
    largest = fmax (largest, fmax (v[j] / b->v_max[j], a[j] / b->a_max[j]));
  }
  g_assert_cmpfloat (largest, >, 0.95);
}

int
main (void)
{
  static Bench b;
  set_up (&b);

  /* 400 intervals of five points, 20 functions: each an exponential, about 40 operations, and 8 more to add them up. */
  make_basis (&b);
  lw_assert_close_array (b.made.table.data, b.prodmp.table.data, b.made.table.rows * 2 * N, 0, 0);
  lw_bench_run_floor ("motion/prodmp-basis", "n=20 intervals=400 points=5", (LwBenchFloor){ LW_BENCH_DGEMM, 400.0 * 5 * N * 48 },
                      clear_made, make_basis, &b);

  fit (&b);
  lw_bench_run_floor ("motion/prodmp-fit", "n=20 joints=7 samples=501",
                      (LwBenchFloor){ LW_BENCH_DGEMM, (double) T * M * (M + 2 * J) }, NULL, fit, &b);

  move (&b);
  lw_assert_close_array (b.q.data, b.demo->q.data, T * J, 0, 5e-3);
  lw_bench_run_floor ("motion/prodmp-move", "n=20 joints=7 samples=501, positions and velocities",
                      (LwBenchFloor){ LW_BENCH_DGEMM, 2 * 2.0 * T * (M + 2) * J }, NULL, move, &b);

  take_weights (&b);
  roll_out (&b);
  lw_assert_close_array (b.out->q.data, b.q.data, T * J, 0, 1e-6);
  /* 1000 steps, two new phases each: 20 exponentials, and for every joint three sums of 20 products. */
  lw_bench_run_floor ("motion/dmp-rollout", "n=20 joints=7 samples=501 steps=1000",
                      (LwBenchFloor){ LW_BENCH_DGEMM, 1000.0 * (2 * N * 40 + 3 * 2 * N * J) }, clear_out, roll_out, &b);

  retime (&b);
  check_retimed (&b);
  /* 1000 segments, some three looks at 15 bands in each direction, 6 operations a band. */
  lw_bench_run_floor ("motion/retime-optimal", "joints=7 points=501 segments=1000",
                      (LwBenchFloor){ LW_BENCH_DGEMM, 1000.0 * 5 * (2 * J + 1) * 6 }, clear_out, retime, &b);

  lw_trajectory_unref (b.out);
  lw_trajectory_unref (b.demo);
  lw_prodmp_clear (&b.made);
  lw_prodmp_clear (&b.prodmp);
  lw_dmp_clear (&b.dmp);
  lw_mat_clear (&b.q);
  lw_mat_clear (&b.v);
  return 0;
}
