/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-pages.h"

#include "lw-context-form.h"
#include "lw-perform-page.h"

/* The page is not put on a screen: its 3D view needs OpenGL. Everything else works without. */

typedef struct {
  GArray *samples; /* of LwSample, in mode Running */
} Heard;

static void
hear (LwSession *session, const LwSample *samples, guint n, Heard *heard)
{
  for (guint i = 0; i < n; i++)
    if (samples[i].mode == LW_MODE_RUNNING)
      g_array_append_val (heard->samples, samples[i]);
}

static void
fit (Pages *pages)
{
  LwFitSettings settings;

  lw_fit_settings_init (&settings);
  settings.K = 3;
  lw_session_fit (pages->session, &settings);
  pages_wait (lw_session_get_skill (pages->session) != NULL && !lw_session_is_fitting (pages->session));
}

static LwMode
mode (Pages *pages)
{
  return lw_session_get_arm_state (pages->session)->mode;
}

static void
arm (Pages *pages)
{
  lw_session_connect_simulated (pages->session, "arm-7", 100.0);
  pages_wait (lw_session_is_connected (pages->session) && mode (pages) == LW_MODE_CONNECTED);
  g_assert_true (lw_session_request (pages->session, LW_REQUEST_HOLD));
  pages_wait (mode (pages) == LW_MODE_HOLD);
  g_assert_true (lw_session_request (pages->session, LW_REQUEST_ARM));
  pages_wait (mode (pages) == LW_MODE_ARMED);
}

static const char *
text_of (GtkWidget *page, const char *label)
{
  return gtk_label_get_text (GTK_LABEL (pages_child (page, LW_TYPE_PERFORM_PAGE, label)));
}

static void
set_context (GtkWidget *page, double x, double y, double z)
{
  lw_context_form_set_values (LW_CONTEXT_FORM (pages_child (page, LW_TYPE_PERFORM_PAGE, "form")), (const double[]){ x, y, z });
}

/* Without an arm the movement is shown as it was learned. */
static void
test_preview (void)
{
  Pages pages;
  GtkWidget *page;
  LwTrajectory *movement = NULL;
  LwSkill *skill;
  g_autofree double *weights = NULL;
  const double context[3] = { 0.3, 0.1, 1.0 };

  pages_begin (&pages);
  page = g_object_ref_sink (lw_perform_page_new (pages.session));
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Run on the arm")));
  pages_press (page, "Preview");
  g_assert_nonnull (strstr (pages.said->str, "no model"));
  fit (&pages);
  set_context (page, context[0], context[1], context[2]);
  pages_press (page, "Preview");
  g_assert_nonnull (strstr (text_of (page, "verdict"), "as learned"));

  skill = lw_session_get_skill (pages.session);
  weights = g_new (double, skill->params.cols);
  g_assert_true (lw_session_policy_movement (pages.session, 0, context, weights));
  g_assert_cmpint (lw_task_movement (lw_session_get_task (pages.session), &skill->basis, weights, skill->params.cols - 1, &movement), ==, LW_OK);
  for (guint j = 0; j < 7; j++)
    {
      g_autofree char *title = g_strdup_printf ("Joint %u", j + 1);
      const LwSeries *planned = pages_series (pages_figure (page, title), "As learned");

      g_assert_cmpuint (lw_series_n (planned), ==, movement->n_samples);
      for (size_t i = 0; i < movement->n_samples; i++)
        g_assert_cmpfloat (lw_series_y (planned)[i], ==, lw_mat_get (&movement->q, i, j));
    }
  lw_trajectory_unref (movement);

  /* Another context: the plan is another one, and nothing of the old one stays. */
  gtk_range_set_value (GTK_RANGE (pages_find (page, GTK_TYPE_SCALE, NULL, NULL)), 0.2);
  g_assert_cmpstr (text_of (page, "verdict"), ==, "");
  g_assert_null (pages_layer (pages_figure (page, "Joint 1"), "As learned"));
  pages_end (&pages, page);
}

/* What is plotted as planned is what the bus was told, goal by goal; what is plotted as measured is what came back. */
static void
assert_emitted (GtkWidget *page, const GArray *samples)
{
  const LwSample *s = &g_array_index (samples, LwSample, 0);

  for (guint j = 0; j < 7; j++)
    {
      g_autofree char *title = g_strdup_printf ("Joint %u", j + 1);
      const LwSeries *planned = pages_series (pages_figure (page, title), "Planned");
      const LwSeries *measured = pages_series (pages_figure (page, title), "Measured");
      size_t n = lw_series_n (planned), compared = 0;

      g_assert_nonnull (strstr (lw_figure_get_title (pages_figure (page, title)), "° RMS"));
      for (guint i = 0; i < samples->len; i++)
        {
          size_t goal = s[i].cycle - s[0].cycle + 1; /* the first goal is where the arm stands; the next one goes out in the first cycle */

          if (goal >= n)
            break;
          g_assert_cmpfloat (s[i].goal[j], ==, lw_series_y (planned)[goal]);
          compared++;
        }
      g_assert_cmpuint (compared, >, n * 9 / 10); /* the bus may lose a sample */
      g_assert_cmpuint (lw_series_n (measured), <=, samples->len);
      for (size_t i = 0; i < lw_series_n (measured); i++)
        g_assert_cmpfloat (lw_series_y (measured)[i], ==, s[i].q[j]);
    }
}

static void
test_run (void)
{
  Pages pages;
  GtkWidget *page;
  Heard heard = { g_array_new (FALSE, FALSE, sizeof (LwSample)) };

  pages_begin (&pages);
  fit (&pages);
  page = g_object_ref_sink (lw_perform_page_new (pages.session));
  g_signal_connect (pages.session, "samples", G_CALLBACK (hear), &heard);
  arm (&pages);
  set_context (page, 0.3, 0.05, 1.05);
  pages_press (page, "Preview");
  g_assert_nonnull (strstr (text_of (page, "verdict"), "Peak"));
  g_assert_nonnull (strstr (text_of (page, "verdict"), "Closest limit: Joint"));
  pages_press (page, "Run on the arm");
  pages_wait (mode (&pages) == LW_MODE_RUNNING);
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Run on the arm")));
  pages_wait (*text_of (page, "outcome") != '\0');
  g_assert_nonnull (strstr (text_of (page, "outcome"), "Measured against planned"));
  g_assert_nonnull (strstr (text_of (page, "outcome"), "Reward"));
  g_assert_true (gtk_widget_is_sensitive (pages_button (page, "Run on the arm")));
  assert_emitted (page, heard.samples);

  /* Stopped in the middle: said so, not scored. The next run plans anew. */
  g_assert_true (g_signal_handlers_disconnect_by_data (pages.session, &heard) == 1);
  set_context (page, 0.2, -0.1, 0.95);
  pages_press (page, "Run on the arm");
  pages_wait (mode (&pages) == LW_MODE_RUNNING && lw_session_get_arm_state (pages.session)->run_progress > 0.2);
  lw_session_stop (pages.session);
  pages_wait (*text_of (page, "outcome") != '\0');
  g_assert_nonnull (strstr (text_of (page, "outcome"), "Stopped before the end"));
  g_assert_null (strstr (text_of (page, "outcome"), "Reward"));
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Run on the arm")));

  lw_session_disconnect (pages.session);
  pages_wait (!lw_session_is_connected (pages.session) && !lw_session_is_connecting (pages.session));
  g_array_unref (heard.samples);
  pages_end (&pages, page);
}

/* Policies of every iteration are listed, the newest chosen; one the person chose stays, and each makes its own movement. */
static void
test_policies (void)
{
  Pages pages;
  GtkWidget *page;
  AdwComboRow *row;
  LwLearnSettings settings;
  double before, after;

  pages_begin (&pages);
  fit (&pages);
  page = g_object_ref_sink (lw_perform_page_new (pages.session));
  row = ADW_COMBO_ROW (pages_child (page, LW_TYPE_PERFORM_PAGE, "policy_row"));
  g_assert_cmpuint (g_list_model_get_n_items (adw_combo_row_get_model (row)), ==, 1);
  lw_learn_settings_init (&settings, lw_session_get_task (pages.session));
  settings.episodes = 30;
  settings.evaluate = 20;
  settings.iterations = 3;
  g_assert_true (lw_session_start_run (pages.session, &settings, FALSE));
  lw_learn_settings_clear (&settings);
  pages_wait (lw_session_get_iterations (pages.session)->len == 2);
  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 1);
  adw_combo_row_set_selected (row, 0);
  pages_wait (!lw_session_is_running (pages.session));
  g_assert_cmpuint (g_list_model_get_n_items (adw_combo_row_get_model (row)), ==, 4);
  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 0);

  set_context (page, 0.3, 0.1, 1.0);
  pages_press (page, "Preview");
  before = lw_series_y (pages_series (pages_figure (page, "Joint 2"), "As learned"))[10];
  adw_combo_row_set_selected (row, 3);
  g_assert_null (pages_layer (pages_figure (page, "Joint 2"), "As learned"));
  pages_press (page, "Preview");
  after = lw_series_y (pages_series (pages_figure (page, "Joint 2"), "As learned"))[10];
  g_assert_cmpfloat (before, !=, after);

  /* A new fit with fewer basis functions: imitation is its own, the run's policies stay the run's. */
  {
    LwFitSettings fewer;

    lw_fit_settings_init (&fewer);
    fewer.n_basis = 8;
    lw_session_fit (pages.session, &fewer);
    pages_wait (!lw_session_is_fitting (pages.session));
  }
  pages_press (page, "Preview");
  g_assert_cmpfloat (lw_series_y (pages_series (pages_figure (page, "Joint 2"), "As learned"))[10], ==, after);
  adw_combo_row_set_selected (row, 0);
  pages_press (page, "Preview");
  g_assert_nonnull (pages_layer (pages_figure (page, "Joint 2"), "As learned"));
  pages_end (&pages, page);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/perform-page/preview", test_preview);
  g_test_add_func ("/perform-page/run", test_run);
  g_test_add_func ("/perform-page/policies", test_policies);
  return g_test_run ();
}
