/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-kmeans.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

/* Four blobs at the corners of a square, far apart. */
static LwMat
blobs (size_t per_blob, double spread)
{
  static const double corner[4][2] = { { 0, 0 }, { 10, 0 }, { 0, 10 }, { 10, 10 } };
  LwMat x;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, 4 * per_blob, 3), ==, LW_OK);
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < x.rows; i++) {
    lw_mat_set (&x, i, 0, corner[i % 4][0] + spread * lw_rng_normal (&rng));
    lw_mat_set (&x, i, 1, corner[i % 4][1] + spread * lw_rng_normal (&rng));
    lw_mat_set (&x, i, 2, 100); /* a constant column, far from the origin */
  }
  return x;
}

/* The best partition, and the means of its members; a cluster without any gets NaN. */
static LwStatus
best_of (const LwMat *x, size_t k, size_t restarts, uint64_t seed, const LwMat *centres, size_t *labels, double *inertia)
{
  size_t n_found = 0;

  LwStatus status = lw_kmeans_best (x, k, restarts, 100, seed, NULL, 1, labels, inertia, &n_found);
  if (status != LW_OK)
    return status;
  g_assert_cmpuint (n_found, ==, 1);
  for (size_t c = 0; c < k; c++)
    for (size_t j = 0; j < x->cols; j++) {
      double sum = 0, count = 0;
      for (size_t i = 0; i < x->rows; i++) {
        sum += labels[i] == c ? lw_mat_get (x, i, j) : 0;
        count += labels[i] == c;
      }
      lw_mat_set (centres, c, j, sum / count);
    }
  return LW_OK;
}

static double
naive_inertia (const LwMat *x, const LwMat *centres, const size_t *labels)
{
  double sum = 0;
  for (size_t i = 0; i < x->rows; i++)
    for (size_t j = 0; j < x->cols; j++)
      sum += pow (lw_mat_get (x, i, j) - lw_mat_get (centres, labels[i], j), 2);
  return sum;
}

static void
test_planted (void)
{
  LwMat x = blobs (25, 0.5);
  double centre_data[12], inertia = (double) NAN;
  size_t labels[100];
  LwMat centres = lw_mat_view (centre_data, 4, 3);

  lw_fill_nan (centre_data, 12);
  g_assert_cmpint (best_of (&x, 4, 10, 7, &centres, labels, &inertia), ==, LW_OK);
  for (size_t i = 0; i < 100; i++)
    g_assert_cmpuint (labels[i], ==, labels[i % 4]);
  for (size_t a = 0; a < 4; a++)
    for (size_t b = 0; b < a; b++)
      g_assert_cmpuint (labels[a], !=, labels[b]);
  lw_assert_close (inertia, naive_inertia (&x, &centres, labels), 1e-10, 0);
  /* Every sample is with the centre nearest to it, and the centre is its members' mean. */
  for (size_t i = 0; i < 100; i++)
    for (size_t c = 0; c < 4; c++) {
      size_t other = c;
      double own = 0, distance = 0;
      for (size_t j = 0; j < 3; j++) {
        own += pow (lw_mat_get (&x, i, j) - lw_mat_get (&centres, labels[i], j), 2);
        distance += pow (lw_mat_get (&x, i, j) - lw_mat_get (&centres, other, j), 2);
      }
      g_assert_true (own <= distance);
    }
  lw_mat_clear (&x);
}

/* Restarts that end in one partition count once, whatever order its inertia was summed in. */
static void
test_same_partition (void)
{
  LwMat x = blobs (25, 0.5);
  size_t labels[5 * 100], n_found = 0;
  double inertias[5];

  g_assert_cmpint (lw_kmeans_best (&x, 2, 200, 100, 7, NULL, 5, labels, inertias, &n_found), ==, LW_OK);
  g_assert_cmpuint (n_found, >, 0);
  for (size_t i = 1; i < n_found; i++)
    g_assert_true (inertias[i] > inertias[i - 1] * (1 + 4.9e-4));
  lw_mat_clear (&x);
}

static void
test_one_cluster (void)
{
  LwMat x = blobs (5, 1);
  double centre[3], mean[3] = { 0 }, inertia;
  size_t labels[20];
  LwMat centres = lw_mat_view (centre, 1, 3);

  g_assert_cmpint (best_of (&x, 1, 1, 0, &centres, labels, &inertia), ==, LW_OK);
  for (size_t i = 0; i < 20; i++)
    for (size_t j = 0; j < 3; j++)
      mean[j] += lw_mat_get (&x, i, j) / 20;
  lw_assert_close_array (centre, mean, 3, 1e-12, 1e-12);
  lw_mat_clear (&x);
}

static void
test_repeatable (void)
{
  LwMat x = blobs (25, 4); /* overlapping: restarts differ */
  size_t a[3 * 100], b[3 * 100], n_a = 0, n_b = 0;
  double inertia_a[3], inertia_b[3];

  memset (a, 0xff, sizeof a);
  memset (b, 0xff, sizeof b);
  g_assert_cmpint (lw_kmeans_best (&x, 5, 30, 100, 3, NULL, 3, a, inertia_a, &n_a), ==, LW_OK);
  g_assert_cmpint (lw_kmeans_best (&x, 5, 30, 100, 3, NULL, 3, b, inertia_b, &n_b), ==, LW_OK);
  g_assert_cmpuint (n_a, ==, 3);
  g_assert_cmpuint (n_a, ==, n_b);
  g_assert_cmpmem (a, sizeof a, b, sizeof b);
  g_assert_cmpmem (inertia_a, sizeof inertia_a, inertia_b, sizeof inertia_b);
  for (size_t i = 1; i < n_a; i++)
    g_assert_true (inertia_a[i] > inertia_a[i - 1] * (1 + 4.9e-4)); /* sorted, and different */
  /* One restart more can only help. */
  double best_of_31;
  g_assert_cmpint (lw_kmeans_best (&x, 5, 31, 100, 3, NULL, 1, b, &best_of_31, &n_b), ==, LW_OK);
  g_assert_true (best_of_31 <= inertia_a[0] * (1 + 1e-12));
  lw_mat_clear (&x);
}

static void
test_duplicates (void)
{
  double data[6] = { 1, 1, 1, 2, 2, 2 }, centre[3], inertia = (double) NAN;
  size_t labels[6];
  LwMat x = lw_mat_view (data, 6, 1), centres = lw_mat_view (centre, 3, 1);

  g_assert_cmpint (best_of (&x, 3, 5, 1, &centres, labels, &inertia), ==, LW_OK);
  lw_assert_close (inertia, 0, 0, 1e-20);
  for (size_t i = 0; i < 6; i++)
    lw_assert_close (centre[labels[i]], data[i], 0, 1e-12);
}

/* One restart of k-means++ and Lloyd's iterations, every distance of every iteration from differences. */
static double
plain_restart (const LwMat *x, size_t k, size_t max_iterations, uint64_t seed, size_t restart, size_t *labels)
{
  size_t n = x->rows, p = x->cols;
  g_autofree double *nearest = g_new (double, n), *centres = g_new0 (double, k * p), *count = g_new (double, k);
  gboolean changed = TRUE;
  LwRng rng;

  lw_rng_init (&rng, seed, LW_RNG_INIT, (uint32_t) restart, 0);
  for (size_t c = 0; c < k; c++) {
    double total = 0;
    size_t chosen = 0;
    for (size_t i = 0; c > 0 && i < n; i++)
      total += nearest[i];
    if (total > 0) {
      double left = lw_rng_uniform (&rng) * total;
      while (chosen + 1 < n && (left -= nearest[chosen]) > 0)
        chosen++;
    } else {
      chosen = lw_rng_below (&rng, n);
    }
    memcpy (centres + c * p, lw_mat_row (x, chosen), p * sizeof (double));
    for (size_t i = 0; i < n; i++) {
      double square = 0;
      for (size_t j = 0; j < p; j++)
        square += pow (lw_mat_get (x, i, j) - centres[c * p + j], 2);
      nearest[i] = c == 0 ? square : fmin (nearest[i], square);
    }
  }
  for (size_t iteration = 0; iteration <= max_iterations && changed; iteration++) {
    changed = iteration == 0;
    for (size_t i = 0; i < n; i++) {
      size_t best = 0;
      double least = INFINITY;
      for (size_t c = 0; c < k; c++) {
        double square = 0;
        for (size_t j = 0; j < p; j++)
          square += pow (lw_mat_get (x, i, j) - centres[c * p + j], 2);
        if (square < least) {
          least = square;
          best = c;
        }
      }
      changed = changed || labels[i] != best;
      labels[i] = best;
      nearest[i] = least;
    }
    if (!changed || iteration == max_iterations)
      break;
    for (size_t c = 0; c < k; c++) {
      count[c] = 0;
      for (size_t i = 0; i < n; i++)
        count[c] += labels[i] == c;
      g_assert_cmpfloat (count[c], >, 0);
      for (size_t j = 0; j < p; j++)
        centres[c * p + j] = 0;
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; labels[i] == c && j < p; j++)
          centres[c * p + j] += lw_mat_get (x, i, j) / count[c];
    }
  }
  double inertia = 0;
  for (size_t i = 0; i < n; i++)
    inertia += nearest[i];
  return inertia;
}

/* The bounds of the triangle inequality leave no trace: labels are those of the plain algorithm, iteration by iteration. */
static void
test_plain (void)
{
  enum { N = 400, P = 12 };
  static const size_t iterations[] = { 1, 2, 3, 5, 100 }, sizes[] = { 1, 2, 6, 15 };
  size_t labels[N], plain[N], n_found;
  LwMat x;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, N, P), ==, LW_OK);
  lw_rng_init (&rng, 8, LW_RNG_TEST, 1, 0);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < P; j++) /* clusters that overlap, far from the origin */
      lw_mat_set (&x, i, j, 50 + (i % 7 == j % 7 ? 2.5 : 0) + lw_rng_normal (&rng));
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (size_t t = 0; t < G_N_ELEMENTS (iterations); t++)
      for (uint64_t seed = 0; seed < 3; seed++) {
        double inertia = (double) NAN, expected = plain_restart (&x, sizes[s], iterations[t], seed, 0, plain);
        g_assert_cmpint (lw_kmeans_best (&x, sizes[s], 1, iterations[t], seed, NULL, 1, labels, &inertia, &n_found), ==, LW_OK);
        g_assert_cmpmem (labels, sizeof labels, plain, sizeof plain);
        lw_assert_close (inertia, expected, 1e-11, 0);
      }
  lw_mat_clear (&x);
}

/* Squares that overflow end in a status, not in an endless loop. */
static void
test_overflow (void)
{
  double data[12], inertia = (double) NAN;
  size_t labels[6], n_found;
  LwMat x = lw_mat_view (data, 6, 2);

  for (size_t i = 0; i < 12; i++)
    data[i] = (i % 4 < 2 ? 1 : -1) * 1e200 * (double) (i + 1);
  g_assert_cmpint (lw_kmeans_best (&x, 3, 5, 50, 1, NULL, 1, labels, &inertia, &n_found), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (&inertia, 1);
}

static void
test_refused (void)
{
  double data[4] = { 1, 2, 3, 4 }, inertia = (double) NAN;
  size_t labels[4], n_found = 99;
  LwMat x = lw_mat_view (data, 4, 1);
  atomic_bool stop = true;

  g_assert_cmpint (lw_kmeans_best (&x, 5, 5, 50, 1, NULL, 1, labels, &inertia, &n_found), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_kmeans_best (&x, 0, 5, 50, 1, NULL, 1, labels, &inertia, &n_found), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_kmeans_best (&x, 2, 0, 50, 1, NULL, 1, labels, &inertia, &n_found), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_kmeans_best (&x, 2, 5, 50, 1, NULL, 0, labels, &inertia, &n_found), ==, LW_ERR_RANGE);
  data[2] = (double) NAN;
  g_assert_cmpint (lw_kmeans_best (&x, 2, 5, 50, 1, NULL, 1, labels, &inertia, &n_found), ==, LW_ERR_NOT_FINITE);
  data[2] = 3;
  lw_assert_untouched (&inertia, 1);
  g_assert_cmpint (lw_kmeans_best (&x, 2, 5, 50, 1, &stop, 1, labels, &inertia, &n_found), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (n_found, ==, 99);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kmeans/planted", test_planted);
  g_test_add_func ("/kmeans/same-partition", test_same_partition);
  g_test_add_func ("/kmeans/one-cluster", test_one_cluster);
  g_test_add_func ("/kmeans/repeatable", test_repeatable);
  g_test_add_func ("/kmeans/duplicates", test_duplicates);
  g_test_add_func ("/kmeans/plain", test_plain);
  g_test_add_func ("/kmeans/overflow", test_overflow);
  g_test_add_func ("/kmeans/refused", test_refused);
  return g_test_run ();
}
