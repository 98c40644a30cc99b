/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-pages.h"

#include "lw-choice-figure.h"
#include "lw-context-form.h"
#include "lw-model-choice.h"
#include "lw-model-figures.h"
#include "lw-model-page.h"

static GtkSpinButton *
spin (GtkWidget *page, const char *name)
{
  return GTK_SPIN_BUTTON (pages_child (page, LW_TYPE_MODEL_PAGE, name));
}

static void
fit (Pages *pages, GtkWidget *page)
{
  pages_press (page, "Fit");
  g_assert_true (lw_session_is_fitting (pages->session));
  pages_button (page, "Cancel");
  pages_wait (!lw_session_is_fitting (pages->session));
  pages_button (page, "Fit");
}

/* The band that is drawn is the model's mean ± 2 sigma, and its legend says over how many. */
static void
assert_bands (GtkWidget *page, const LwSkill *skill)
{
  double z[LW_MODEL_PHASES];
  LwMat mean = { 0 }, std = { 0 };
  g_autofree char *legend = g_strdup_printf ("±2 σ over %zu demonstrations", skill->params.rows);

  for (size_t t = 0; t < LW_MODEL_PHASES; t++)
    z[t] = (double) t / (LW_MODEL_PHASES - 1);
  g_assert_cmpint (lw_mat_alloc (&mean, LW_MODEL_PHASES, skill->n_joints), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&std, LW_MODEL_PHASES, skill->n_joints), ==, LW_OK);
  g_assert_true (lw_skill_band (skill, z, LW_MODEL_PHASES, &mean, &std, NULL));
  for (size_t j = 0; j < skill->n_joints; j++)
    {
      g_autofree char *title = g_strdup_printf ("Joint %zu", j + 1);
      LwFigure *figure = pages_figure (page, title);
      LwLayer *band = pages_layer (figure, legend);
      const LwSeries *line = pages_series (figure, "Mean");

      g_assert_nonnull (band);
      g_assert_cmpuint (lw_series_n (band->series), ==, LW_MODEL_PHASES);
      g_assert_cmpuint (lw_series_n (line), ==, LW_MODEL_PHASES);
      for (size_t t = 0; t < LW_MODEL_PHASES; t++)
        {
          double m = lw_mat_get (&mean, t, j), s = lw_mat_get (&std, t, j);

          g_assert_cmpfloat_with_epsilon (lw_series_x (band->series)[t], z[t], 1e-12);
          g_assert_cmpfloat_with_epsilon (lw_series_y (line)[t], m, 1e-9);
          g_assert_cmpfloat_with_epsilon (lw_series_y (band->series)[t], m - 2.0 * s, 1e-9);
          g_assert_cmpfloat_with_epsilon (lw_series_y (band->upper)[t], m + 2.0 * s, 1e-9);
        }
    }
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
}

static void
test_fit (void)
{
  Pages pages;
  GtkWidget *page;
  LwFigure *plane;
  LwSkill *skill;
  size_t points = 0;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  pages_show (&pages, page);
  g_assert_null (pages_layer (pages_figure (page, "Joint 1"), "Mean"));
  fit (&pages, page);
  skill = lw_session_get_skill (pages.session);
  g_assert_nonnull (skill);
  assert_bands (page, skill);

  /* Each demonstration is a point of its component in the plane, each component a bar. */
  plane = pages_figure (page, "Latent mixture");
  for (size_t k = 0; k < skill->K; k++)
    {
      g_autofree char *name = g_strdup_printf ("Component %zu", k + 1);

      if (pages_layer (plane, name) != NULL)
        points += lw_series_n (pages_series (plane, name));
    }
  g_assert_cmpuint (points, ==, skill->params.rows);

  /* Six components are too many for two dozen demonstrations, and the page says so. */
  g_assert_true (skill->lowered);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (pages_child (page, LW_TYPE_MODEL_PAGE, "notice_box"))));
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (pages_child (page, LW_TYPE_MODEL_PAGE, "notice"))), "allow no more"));
  pages_end (&pages, page);
}

static void
assert_conditioned (GtkWidget *page, const LwSkill *skill, LwContextForm *form)
{
  g_autofree double *movement = g_new (double, skill->params.cols);
  double context[LW_MAX_CONTEXT], z[LW_MODEL_PHASES];
  LwMat q = { 0 };

  for (size_t t = 0; t < LW_MODEL_PHASES; t++)
    z[t] = (double) t / (LW_MODEL_PHASES - 1);
  lw_context_form_get_values (form, context);
  g_assert_true (lw_skill_conditioned (skill, context, movement, NULL));
  g_assert_cmpint (lw_mat_alloc (&q, LW_MODEL_PHASES, skill->n_joints), ==, LW_OK);
  lw_skill_positions (skill, movement, z, LW_MODEL_PHASES, &q);
  for (size_t j = 0; j < skill->n_joints; j++)
    {
      g_autofree char *title = g_strdup_printf ("Joint %zu", j + 1);
      const LwSeries *line = pages_series (pages_figure (page, title), "For this context");

      for (size_t t = 0; t < LW_MODEL_PHASES; t++)
        g_assert_cmpfloat (lw_series_y (line)[t], ==, lw_mat_get (&q, t, j));
    }
  lw_mat_clear (&q);
}

/* The movement follows the context as it is dragged. What it costs the main thread is printed. */
static void
test_context (void)
{
  enum { MOVES = 40 };
  Pages pages;
  GtkWidget *page, *scale;
  LwContextForm *form;
  LwSkill *skill;
  double worst = 0.0;
  Frames frames;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  pages_show (&pages, page);
  fit (&pages, page);
  skill = lw_session_get_skill (pages.session);
  form = LW_CONTEXT_FORM (pages_child (page, LW_TYPE_MODEL_PAGE, "form"));
  scale = pages_find (GTK_WIDGET (form), GTK_TYPE_SCALE, NULL, NULL);
  assert_conditioned (page, skill, form);
  frames_begin (&frames, page);
  for (int i = 0; i < MOVES; i++)
    {
      gint64 began = g_get_monotonic_time ();

      gtk_range_set_value (GTK_RANGE (scale), 0.05 + 0.4 * i / MOVES);
      worst = MAX (worst, 1e-3 * (double) (g_get_monotonic_time () - began));
      assert_conditioned (page, skill, form);
      for (gint64 until = began + 20000; g_get_monotonic_time () < until;)
        g_main_context_iteration (NULL, FALSE);
    }
  g_test_message ("%d moves: at most %.2f ms to compute one", MOVES, worst);
  g_assert_cmpuint (frames_end (&frames, "dragging the context"), >, MOVES / 4);
  pages_end (&pages, page);
}

/* Settings a person chose stay when a model comes; until then they are the task's, or the stored model's. */
static void
test_settings (void)
{
  Pages pages;
  GtkWidget *page;
  g_autofree char *other = NULL;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  pages_show (&pages, page);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin (page, "components")), ==, 6);
  gtk_spin_button_set_value (spin (page, "components"), 2);
  gtk_spin_button_set_value (spin (page, "basis"), 15);
  fit (&pages, page);
  g_assert_cmpuint (lw_session_get_skill (pages.session)->K, ==, 2);
  g_assert_cmpuint (lw_session_get_skill (pages.session)->basis.n, ==, 15);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin (page, "components")), ==, 2);

  /* Another project has no model, this one has its own again. */
  other = g_build_filename (pages.folder, "empty.lampwork", NULL);
  pages_open (&pages, other);
  g_assert_null (lw_session_get_skill (pages.session));
  g_assert_null (pages_layer (pages_figure (page, "Joint 1"), "Mean"));
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Fit")));
  pages_open (&pages, pages.path);
  pages_wait (lw_session_get_skill (pages.session) != NULL);
  assert_bands (page, lw_session_get_skill (pages.session));
  g_assert_cmpuint (lw_session_get_skill (pages.session)->K, ==, 2);
  pages_end (&pages, page);
}

/* A second page, as after a restart, starts from the stored model's settings. */
static void
test_restart (void)
{
  Pages pages;
  GtkWidget *page;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  gtk_spin_button_set_value (spin (page, "components"), 3);
  fit (&pages, page);
  g_assert_finalize_object (page);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin (page, "components")), ==, 3);
  assert_bands (page, lw_session_get_skill (pages.session));
  pages_end (&pages, page);
}

/* Cancel leaves the model that was there. A hundred demonstrations and sixty basis functions take a while, so that there is something to cancel. */
static void
test_cancel (void)
{
  Pages pages;
  GtkWidget *page;
  LwSkill *before;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  lw_session_set_task (pages.session, "reacher-4");
  pages_press (page, "Make demonstrations");
  pages_wait (lw_session_count_for_task (pages.session) == 100);
  fit (&pages, page);
  before = lw_skill_ref (lw_session_get_skill (pages.session));
  gtk_spin_button_set_value (spin (page, "basis"), 60);
  gtk_spin_button_set_value (spin (page, "components"), 25);
  pages_press (page, "Fit");
  pages_press (page, "Cancel");
  pages_wait (!lw_session_is_fitting (pages.session));
  g_assert_nonnull (strstr (pages.said->str, "Fit stopped"));
  g_assert_true (lw_session_get_skill (pages.session) == before);
  lw_skill_unref (before);
  pages_end (&pages, page);
}

static gboolean
first_is_incomplete (Pages *pages)
{
  const LwDemonstrationInfo *first = g_ptr_array_index (lw_session_get_demonstrations (pages->session), 0);

  return isnan (g_array_index (first->contexts, LwContextValue, 0).value);
}

/* A planar task, from nothing to bands, beside the other task's demonstrations; and what is missing is named. */
static void
test_planar (void)
{
  Pages pages;
  GtkWidget *page;
  GtkWidget *offer;
  LwSkill *skill;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  pages_show (&pages, page);
  fit (&pages, page);
  lw_session_set_task (pages.session, "reacher-4");
  g_assert_null (lw_session_get_skill (pages.session));
  g_assert_null (pages_layer (pages_figure (page, "Joint 1"), "Mean"));
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Fit")));
  offer = GTK_WIDGET (pages_child (page, LW_TYPE_MODEL_PAGE, "offer"));
  g_assert_true (gtk_widget_get_visible (offer));
  pages_press (page, "Make demonstrations");
  pages_wait (lw_session_count_for_task (pages.session) == 100);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin (page, "components")), ==, 4);
  fit (&pages, page);
  skill = lw_session_get_skill (pages.session);
  g_assert_cmpuint (skill->params.rows, ==, 100);
  g_assert_cmpuint (skill->n_joints, ==, 2);
  g_assert_cmpuint (skill->n_context, ==, 2);
  assert_bands (page, skill);

  lw_session_set_task (pages.session, "reach-target");
  pages_wait (lw_session_get_skill (pages.session) != NULL); /* the stored one that fits */
  g_assert_cmpuint (lw_session_get_skill (pages.session)->n_joints, ==, 7);
  lw_session_set_context (pages.session, ((LwDemonstrationInfo *) g_ptr_array_index (lw_session_get_demonstrations (pages.session), 0))->id, "x", "m", NAN);
  pages_wait (first_is_incomplete (&pages));
  pages_press (page, "Fit");
  pages_wait (!lw_session_is_fitting (pages.session));
  if (strstr (pages.said->str, "“Demonstration 1” has no value for x") == NULL)
    g_error ("not said: %s", pages.said->str);
  pages_end (&pages, page);
}

/* What is chosen for contexts and columns is what is fitted, and comes back with the model. */
static void
test_scales (void)
{
  Pages pages;
  GtkWidget *page;
  GtkSwitch *standardise;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  standardise = GTK_SWITCH (pages_child (page, LW_TYPE_MODEL_PAGE, "standardise"));
  g_assert_cmpfloat (gtk_spin_button_get_value (spin (page, "scale")), ==, 1.0);
  g_assert_false (gtk_switch_get_active (standardise));
  gtk_spin_button_set_value (spin (page, "scale"), 2.5);
  gtk_spin_button_set_value (spin (page, "noise"), 0.01);
  gtk_switch_set_active (standardise, TRUE);
  fit (&pages, page);
  g_assert_cmpfloat (lw_session_get_skill (pages.session)->settings.context_scale, ==, 2.5);
  g_assert_cmpfloat (lw_session_get_skill (pages.session)->settings.context_noise, ==, 0.01);
  g_assert_true (lw_session_get_skill (pages.session)->settings.standardise);
  g_assert_finalize_object (page);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  g_assert_cmpfloat (gtk_spin_button_get_value (spin (page, "scale")), ==, 2.5);
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (pages_child (page, LW_TYPE_MODEL_PAGE, "standardise"))));
  pages_end (&pages, page);
}

/* ---- choice of K and d ---- */

static gboolean
shows_choice (GtkWidget *page)
{
  GtkStack *right = GTK_STACK (pages_child (page, LW_TYPE_MODEL_PAGE, "right"));

  return gtk_stack_get_visible_child (right) == GTK_WIDGET (pages_child (page, LW_TYPE_MODEL_PAGE, "choice"));
}

/* Every cell that could be judged is a point on the line of its d. */
static void
assert_curves (GtkWidget *page, const LwMppcaSelection *table, LwMppcaCriterion criterion)
{
  LwFigure *figure = pages_figure (page, "Choice of K and d");
  const LwMppcaCell *suggested = &table->cells[table->suggested[criterion]];
  const LwSeries *mark = pages_series (figure, "Suggested");
  size_t judged = 0, drawn = 0;

  for (size_t i = 0; i < table->n_cells; i++)
    {
      const LwMppcaCell *cell = &table->cells[i];
      g_autofree char *name = g_strdup_printf ("d = %zu", cell->d);
      double value = lw_choice_value (cell, criterion);

      if (!isfinite (value))
        continue;
      judged++;
      for (size_t j = 0; j < lw_series_n (pages_series (figure, name)); j++)
        drawn += lw_series_x (pages_series (figure, name))[j] == (double) cell->K && lw_series_y (pages_series (figure, name))[j] == value;
    }
  g_assert_cmpuint (judged, >, 4);
  g_assert_cmpuint (drawn, ==, judged);
  g_assert_cmpuint (lw_series_n (mark), ==, 1);
  g_assert_cmpfloat (lw_series_x (mark)[0], ==, (double) suggested->K);
  g_assert_cmpfloat (lw_series_y (mark)[0], ==, lw_choice_value (suggested, criterion));
}

/* What demonstrations left out say is drawn, the person's own K and d among it; one press takes what is suggested. */
static void
test_suggest (void)
{
  Pages pages;
  GtkWidget *page;
  const LwMppcaSelection *table;
  const LwMppcaCell *cell;
  const LwSkill *skill;
  size_t K, d;
  gboolean own = FALSE;
  g_autofree char *use = NULL, *said = NULL;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  pages_show (&pages, page);
  gtk_spin_button_set_value (spin (page, "components"), 5);
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Suggest K and d"))); /* there is nothing to judge */
  fit (&pages, page);
  skill = lw_session_get_skill (pages.session);
  pages_press (page, "Suggest K and d");
  g_assert_true (shows_choice (page));
  g_assert_true (lw_session_is_selecting (pages.session));
  g_assert_true (lw_session_can_stop (pages.session));
  g_assert_false (gtk_widget_is_sensitive (pages_button (page, "Fit")));
  pages_wait (!lw_session_is_selecting (pages.session));
  g_assert_false (lw_session_can_stop (pages.session));
  table = lw_session_get_selection (pages.session);
  g_assert_nonnull (table);
  g_assert_true (lw_session_get_skill (pages.session) == skill); /* nothing was taken for the person */
  for (size_t i = 0; i < table->n_cells; i++)
    own = own || (table->cells[i].K == 5 && table->cells[i].d == 3);
  g_assert_true (own);
  assert_curves (page, table, LW_MPPCA_IMITATION);

  cell = &table->cells[table->suggested[LW_MPPCA_IMITATION]];
  K = cell->K;
  d = cell->d;
  said = g_strdup_printf ("K = %zu with d = %zu", K, d);
  g_assert_true (g_str_has_prefix (gtk_label_get_text (GTK_LABEL (pages_child (GTK_WIDGET (pages_child (page, LW_TYPE_MODEL_PAGE, "choice")), LW_TYPE_MODEL_CHOICE,
                                                                              "suggestion"))), said));
  lw_mppca_limit (skill->params.rows, skill->n_context + skill->params.cols, &K, &d);
  use = g_strdup_printf ("Use K = %zu, d = %zu", K, d);
  pages_press (page, use);
  g_assert_false (shows_choice (page));
  pages_wait (!lw_session_is_fitting (pages.session));
  g_assert_cmpuint (lw_session_get_skill (pages.session)->K, ==, K);
  g_assert_cmpuint (lw_session_get_skill (pages.session)->d, ==, d);
  g_assert_false (lw_session_get_skill (pages.session)->lowered);
  g_assert_cmpint (gtk_spin_button_get_value_as_int (spin (page, "components")), ==, (int) K);
  g_assert_null (lw_session_get_selection (pages.session)); /* it was of the model before */
  pages_end (&pages, page);
}

static void
wait_judging (Pages *pages, GtkWidget *page)
{
  pages_press (page, "Suggest K and d");
  g_assert_true (shows_choice (page) && lw_session_is_selecting (pages->session));
}

/* Cancel and Stop end it at once and leave everything as it was; a result can be left alone. */
static void
test_suggest_cancel (void)
{
  Pages pages;
  GtkWidget *page;
  LwSkill *before;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  lw_session_set_task (pages.session, "reacher-4");
  lw_session_make_demonstrations (pages.session);
  pages_wait (lw_session_count_for_task (pages.session) > 0);
  fit (&pages, page);
  before = lw_session_get_skill (pages.session);

  wait_judging (&pages, page);
  pages_press (page, "Cancel");
  pages_wait (!lw_session_is_selecting (pages.session));
  g_assert_false (shows_choice (page));
  g_assert_null (lw_session_get_selection (pages.session));
  g_assert_nonnull (strstr (pages.said->str, "Choice of K and d stopped"));

  wait_judging (&pages, page);
  lw_session_set_task (pages.session, "reach-target"); /* not while it is going */
  g_assert_cmpstr (lw_session_get_task (pages.session)->info.id, ==, "reacher-4");
  lw_session_stop (pages.session);
  pages_wait (!lw_session_is_selecting (pages.session));
  g_assert_false (shows_choice (page));
  g_assert_true (lw_session_get_skill (pages.session) == before);
  g_assert_true (gtk_widget_is_sensitive (pages_button (page, "Fit")));

  wait_judging (&pages, page);
  pages_wait (!lw_session_is_selecting (pages.session));
  g_assert_nonnull (lw_session_get_selection (pages.session));
  pages_press (page, "Back to the model");
  g_assert_false (shows_choice (page));
  g_assert_true (lw_session_get_skill (pages.session) == before);
  pages_end (&pages, page);
}

/* Another project while it is judged: nothing of the old one is shown. */
static void
test_suggest_elsewhere (void)
{
  Pages pages;
  GtkWidget *page;
  g_autofree char *other = NULL;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_model_page_new (pages.session));
  fit (&pages, page);
  wait_judging (&pages, page);
  other = g_build_filename (pages.folder, "empty.lampwork", NULL);
  pages_open (&pages, other);
  pages_wait (!lw_session_is_selecting (pages.session));
  g_assert_false (shows_choice (page));
  g_assert_null (lw_session_get_selection (pages.session));
  pages_end (&pages, page);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/model-page/fit", test_fit);
  g_test_add_func ("/model-page/context", test_context);
  g_test_add_func ("/model-page/settings", test_settings);
  g_test_add_func ("/model-page/restart", test_restart);
  g_test_add_func ("/model-page/cancel", test_cancel);
  g_test_add_func ("/model-page/planar", test_planar);
  g_test_add_func ("/model-page/scales", test_scales);
  g_test_add_func ("/model-page/suggest", test_suggest);
  g_test_add_func ("/model-page/suggest-cancel", test_suggest_cancel);
  g_test_add_func ("/model-page/suggest-elsewhere", test_suggest_elsewhere);
  return g_test_run ();
}
