/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-learner.h"
#include "lw-words.h"

static void
assert_sentence (const char *what, const char *sentence)
{
  if (*sentence == '\0' || !g_str_has_suffix (sentence, "."))
    g_error ("%s has no sentence: “%s”", what, sentence);
}

/* Every algorithm and each of its settings is told to people; words, not identifiers. */
static void
test_settings (void)
{
  const char *const *names = lw_learner_names ();

  for (guint a = 0; names[a] != NULL; a++)
    {
      size_t n;
      const LwLearnerSetting *table = lw_learner_settings_of (names[a], &n);

      if (strcmp (lw_words_algorithm (names[a]), names[a]) == 0)
        g_error ("the algorithm “%s” has no name", names[a]);
      assert_sentence (names[a], lw_words_algorithm_sentence (names[a]));
      g_assert_cmpuint (n, >, 0);
      for (size_t i = 0; i < n; i++)
        {
          if (strcmp (lw_words_setting (table[i].name), table[i].name) == 0)
            g_error ("“%s” of %s has no name", table[i].name, names[a]);
          assert_sentence (table[i].name, lw_words_setting_sentence (table[i].name));
        }
    }
}

/* A choice has a word for each of its values, and no two the same; what has none is a number. */
static void
test_choices (void)
{
  const char *const *names = lw_learner_names ();

  for (guint a = 0; names[a] != NULL; a++)
    {
      size_t n;
      const LwLearnerSetting *table = lw_learner_settings_of (names[a], &n);

      for (size_t i = 0; i < n; i++)
        {
          const char *name = table[i].name;
          g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

          if (table[i].integer && table[i].lower == 0.0 && table[i].upper == 1.0 && !lw_words_setting_has_choices (name))
            g_error ("“%s” of %s is on or off, and has no words for it", name, names[a]);
          if (!lw_words_setting_has_choices (name))
            continue;
          for (double value = table[i].lower; value <= table[i].upper; value += 1.0)
            {
              char *word = lw_words_setting_value (name, value);

              if (g_ascii_isdigit (*word) || !g_hash_table_add (seen, word))
                g_error ("“%s” of %s says “%s” for %g", name, names[a], word, value);
            }
        }
    }
}

/* No words for what nobody can set. */
static void
test_no_more (void)
{
  const char *const *names = lw_learner_names (), *known;

  for (guint w = 0; (known = lw_words_known_setting (w)) != NULL; w++)
    {
      gboolean used = FALSE;

      for (guint a = 0; names[a] != NULL; a++)
        {
          size_t n;
          const LwLearnerSetting *table = lw_learner_settings_of (names[a], &n);

          for (size_t i = 0; i < n; i++)
            used = used || strcmp (table[i].name, known) == 0;
        }
      if (!used)
        g_error ("no algorithm has a setting “%s”", known);
    }
}

static void
assert_says (const char *setting, double value, const char *expected)
{
  g_autofree char *words = lw_words_setting_value (setting, value);

  g_assert_cmpstr (words, ==, expected);
}

static void
test_values (void)
{
  assert_says ("kl_bound", 0.2, "0.2");
  assert_says ("kl_direction", 1.0, "new to old");
  assert_says ("regularisation", 0.0, "off");
  assert_says ("regularisation", 1e-4, "0.0001");
  assert_says ("mean", 2.0, "the better one");
  assert_says ("components", 0.0, "as the model");
  assert_says ("components", 1.0, "1");
  assert_says ("unheard of", 1.5, "1.5");
  g_assert_cmpstr (lw_words_setting ("unheard of"), ==, "unheard of");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/settings", test_settings);
  g_test_add_func ("/words/choices", test_choices);
  g_test_add_func ("/words/no-more", test_no_more);
  g_test_add_func ("/words/values", test_values);
  return g_test_run ();
}
