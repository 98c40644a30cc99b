/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-advantage.h"

#include <float.h>
#include <math.h>

#include "lw-assert-close.h"

enum { N = 30 };

static void
draw (double *contexts, double *luck, LwContextFeatures *range)
{
  LwMat view = lw_mat_view (contexts, N, 2);

  for (size_t i = 0; i < N; i++) {
    contexts[2 * i] = sin (7.0 * (double) i);
    contexts[2 * i + 1] = cos (3.0 * (double) i) + 4.0;
    luck[i] = i % 2 == 0 ? 0.5 : -0.5;
  }
  g_assert_cmpint (lw_context_features_init (range, &view, 1), ==, LW_OK);
}

/* What contexts give is gone, what the episode brought stays; rewards at the ends of the doubles too. */
static void
test_explained (void)
{
  static const double units[] = { 1e-300, 1.0, 1e300 };
  double contexts[2 * N], luck[N], rewards[N], advantage[N];
  LwMat view = lw_mat_view (contexts, N, 2);
  LwContextFeatures range;

  draw (contexts, luck, &range);
  for (size_t k = 0; k < G_N_ELEMENTS (units); k++) {
    for (size_t i = 0; i < N; i++)
      rewards[i] = units[k] * (10.0 * contexts[2 * i] - 20.0 * contexts[2 * i + 1] + luck[i]);
    lw_fill_nan (advantage, N);
    g_assert_cmpint (lw_advantage (rewards, &view, &range, 1, advantage), ==, LW_OK);
    for (size_t i = 0; i < N; i++)
      lw_assert_close (advantage[i] / units[k], luck[i], 0, 0.3);
  }
  lw_context_features_clear (&range);
}

/* Too few episodes for a baseline, or none wanted: the rewards themselves; in place as well. */
static void
test_plain (void)
{
  double contexts[2 * N], rewards[N], advantage[N];
  LwMat view = lw_mat_view (contexts, N, 2), few = lw_mat_view (contexts, 8, 2), none = lw_mat_view (contexts, 0, 2);
  LwContextFeatures range;

  draw (contexts, rewards, &range);
  g_assert_cmpint (lw_advantage (rewards, &view, &range, 0, advantage), ==, LW_OK);
  lw_assert_close_array (advantage, rewards, N, 0, 0);
  lw_fill_nan (advantage, N);
  g_assert_cmpint (lw_advantage (rewards, &few, &range, 2, advantage), ==, LW_OK);
  lw_assert_close_array (advantage, rewards, 8, 0, 0);
  g_assert_cmpint (lw_advantage (rewards, &none, &range, 2, advantage), ==, LW_OK);
  lw_context_features_clear (&range);
}

static void
test_refused (void)
{
  double contexts[2 * N], rewards[N], advantage[N];
  LwMat view = lw_mat_view (contexts, N, 2), narrow = lw_mat_view (contexts, N, 1);
  LwContextFeatures range;

  draw (contexts, rewards, &range);
  lw_fill_nan (advantage, N);
  g_assert_cmpint (lw_advantage (rewards, &narrow, &range, 1, advantage), ==, LW_ERR_SHAPE);
  contexts[3] = NAN;
  g_assert_cmpint (lw_advantage (rewards, &view, &range, 1, advantage), ==, LW_ERR_NOT_FINITE);
  contexts[3] = 0.0;
  rewards[7] = INFINITY;
  g_assert_cmpint (lw_advantage (rewards, &view, &range, 1, advantage), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (advantage, N);
  lw_context_features_clear (&range);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/advantage/explained", test_explained);
  g_test_add_func ("/advantage/plain", test_plain);
  g_test_add_func ("/advantage/refused", test_refused);
  return g_test_run ();
}
