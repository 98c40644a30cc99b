/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "lw-iteration.h"

/* Awkward on purpose: 17 digits are needed. */
static LwIteration
improved (void)
{
  LwIteration it = {
    .iteration = 3, .episodes = 300, .success = 1.0 / 3.0, .mean_return = -0.1, .return_ci95 = 2.0 / 7.0, .training_return = 1e-300, .improved = TRUE,
    .seconds = 0.1 + 0.2,
    .report = { .J = -1.0 / 49.0, .kl = 0.2, .kl_bound = 0.3, .context_kl = 1e22, .ess = 123.45678901234567, .entropy = 1.7, .evaluations = 401, .n_components = 2,
                .weights = { 0.25, 0.75 } },
  };

  g_strlcpy (it.report.solver, "a \"quoted\" end", sizeof it.report.solver);
  return it;
}

static JsonObject *
parse (const char *json, JsonParser **parser)
{
  GError *error = NULL;

  g_assert_null (strchr (json, '\n'));
  *parser = json_parser_new ();
  json_parser_load_from_data (*parser, json, -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (*parser));
}

static void
test_improved (void)
{
  LwIteration it = improved ();
  g_autofree char *json = lw_iteration_to_json (&it, TRUE);
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *o = parse (json, &parser);
  const struct { const char *name; double value; } reals[] = {
    { "success", it.success }, { "return", it.mean_return }, { "return_ci95", it.return_ci95 }, { "training_return", it.training_return },
    { "J", it.report.J }, { "kl", it.report.kl }, { "kl_bound", it.report.kl_bound }, { "context_kl", it.report.context_kl }, { "ess", it.report.ess },
    { "entropy", it.report.entropy }, { "seconds", it.seconds },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (reals); i++)
    g_assert_true (json_object_get_double_member (o, reals[i].name) == reals[i].value); /* to the bit */
  g_assert_cmpint (json_object_get_int_member (o, "iteration"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (o, "episodes"), ==, 300);
  g_assert_cmpint (json_object_get_int_member (o, "evaluations"), ==, 401);
  g_assert_cmpstr (json_object_get_string_member (o, "solver"), ==, "a \"quoted\" end");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (o, "weights")), ==, 2);
  g_assert_true (json_array_get_double_element (json_object_get_array_member (o, "weights"), 1) == 0.75);
  g_assert_cmpuint (json_object_get_size (o), ==, 16);
}

/* Iteration 0 has the same members; what does not exist yet is null. */
static void
test_imitation (void)
{
  static const char *const missing[] = { "success", "training_return", "J", "kl", "kl_bound", "context_kl", "ess", "entropy", "weights", "evaluations", "solver" };
  LwIteration it = { .success = NAN, .mean_return = -0.5, .return_ci95 = 0.1, .training_return = NAN, .seconds = 1.0 };
  g_autofree char *json = lw_iteration_to_json (&it, TRUE);
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *o = parse (json, &parser);

  for (gsize i = 0; i < G_N_ELEMENTS (missing); i++)
    {
      g_assert_true (json_object_has_member (o, missing[i]));
      g_assert_true (json_object_get_null_member (o, missing[i]));
    }
  g_assert_true (json_object_get_double_member (o, "return") == -0.5);
  g_assert_cmpuint (json_object_get_size (o), ==, 16);
}

static void
test_without_timing (void)
{
  LwIteration it = improved (), later = improved ();
  g_autofree char *a = NULL, *b = NULL;

  later.seconds = 99.0;
  a = lw_iteration_to_json (&it, FALSE);
  b = lw_iteration_to_json (&later, FALSE);
  g_assert_cmpstr (a, ==, b);
  g_assert_null (strstr (a, "seconds"));
}

/* A stored run is drawn from its lines: what comes back prints the same line, and nothing else is taken for one. */
static void
test_and_back (void)
{
  static const char *const wrong[] = { "", "[]", "{}", "{\"iteration\": 3}", "{\"iteration\": null, \"return\": 1}", "{\"iteration\": 1, \"return\": 2" };
  LwIteration imitation = { .success = 0.25, .mean_return = -0.1, .return_ci95 = 1.0 / 3.0, .training_return = NAN, .seconds = 1e-3 };
  LwIteration all[] = { improved (), imitation }, back;

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autofree char *json = lw_iteration_to_json (&all[i], TRUE), *again = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (lw_iteration_from_json (json, &back, &error));
      g_assert_no_error (error);
      g_assert_null (back.returns);
      again = lw_iteration_to_json (&back, TRUE);
      g_assert_cmpstr (json, ==, again);
    }
  back.iteration = 77;
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_iteration_from_json (wrong[i], &back, &error));
      g_assert_nonnull (error);
      g_assert_cmpuint (back.iteration, ==, 77);
    }
}

/* A locale with a decimal comma changes nothing. */
static void
test_locale (void)
{
  LwIteration it = improved ();
  g_autofree char *here = lw_iteration_to_json (&it, TRUE), *there = NULL;

  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL)
    {
      g_test_skip ("the locale de_DE.UTF-8 is not installed");
      return;
    }
  there = lw_iteration_to_json (&it, TRUE);
  setlocale (LC_NUMERIC, "C");
  g_assert_cmpstr (here, ==, there);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/iteration/improved", test_improved);
  g_test_add_func ("/iteration/imitation", test_imitation);
  g_test_add_func ("/iteration/without-timing", test_without_timing);
  g_test_add_func ("/iteration/and-back", test_and_back);
  g_test_add_func ("/iteration/locale", test_locale);
  return g_test_run ();
}
