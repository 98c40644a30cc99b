/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-iteration.h"

static LwIteration
improved (void)
{
  LwIteration it = { .iteration = 3, .episodes = 300, .success = 1.0 / 3.0, .mean_return = -0.1234567890123456, .return_ci95 = 0.01, .training_return = -0.2,
                     .improved = TRUE, .seconds = 12.5 };

  it.report = (LwLearnerReport){ .J = -0.25, .kl = 0.19, .kl_bound = 0.2, .context_kl = 0.03, .ess = 87.5, .entropy = 1.1, .evaluations = 412,
                                 .n_components = 3, .weights = { 0.5, 0.3, 0.2 }, .solver = "tolerance “f” reached" };
  return it;
}

/* A stored run is drawn from its lines: what comes back prints the same line. */
static void
test_and_back (void)
{
  LwIteration imitation = { .success = NAN, .mean_return = -0.1, .return_ci95 = 1.0 / 3.0, .training_return = NAN, .seconds = 1e-3 };
  LwIteration all[] = { improved (), imitation };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autofree char *json = lw_iteration_to_json (&all[i], TRUE), *again = NULL;
      g_autoptr (GError) error = NULL;
      LwIteration back;

      g_assert_true (lw_iteration_from_json (json, &back, &error));
      g_assert_no_error (error);
      g_assert_null (back.returns);
      g_assert_true (back.improved == all[i].improved);
      g_assert_cmpfloat (back.mean_return, ==, all[i].mean_return);
      again = lw_iteration_to_json (&back, TRUE);
      g_assert_cmpstr (json, ==, again);
    }
}

/* Nothing else is taken for one. */
static void
test_wrong (void)
{
  static const char *const wrong[] = { "", "[]", "{}", "{\"iteration\": 3}", "{\"iteration\": null, \"return\": 1}", "{\"iteration\": 1, \"return\": 2" };
  LwIteration back = { .iteration = 77 };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_iteration_from_json (wrong[i], &back, &error));
      g_assert_nonnull (error);
      g_assert_cmpuint (back.iteration, ==, 77);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/iteration-read/and-back", test_and_back);
  g_test_add_func ("/iteration-read/wrong", test_wrong);
  return g_test_run ();
}
