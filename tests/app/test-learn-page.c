/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-pages.h"

#include "lw-learn-page.h"
#include "lw-setting-list.h"
#include "lw-setting-slider.h"
#include "lw-words.h"

static void
fit (Pages *pages)
{
  LwFitSettings settings;

  lw_fit_settings_init (&settings);
  settings.K = 3;
  lw_session_fit (pages->session, &settings);
  pages_wait (lw_session_get_skill (pages->session) != NULL && !lw_session_is_fitting (pages->session));
}

static void
set_spin (GtkWidget *page, const char *name, double value)
{
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (pages_child (page, LW_TYPE_LEARN_PAGE, name)), value);
}

static gboolean
slider_fits (GtkWidget *widget, const char *name)
{
  return strcmp (lw_setting_slider_get_name (LW_SETTING_SLIDER (widget)), name) == 0;
}

static LwSettingSlider *
slider (GtkWidget *page, const char *name)
{
  return LW_SETTING_SLIDER (pages_find (page, LW_TYPE_SETTING_SLIDER, slider_fits, name));
}

/* As a person does it. */
static void
move (GtkWidget *page, const char *name, double value)
{
  gtk_range_set_value (GTK_RANGE (pages_find (GTK_WIDGET (slider (page, name)), GTK_TYPE_SCALE, NULL, NULL)), log10 (value));
}

static gboolean
can_press (GtkWidget *page, const char *label)
{
  return gtk_widget_is_sensitive (pages_button (page, label));
}

/* ---- what is drawn against what is stored ---- */

static LwRunInfo *
last_run (Pages *pages, GPtrArray **runs)
{
  *runs = lw_project_list_runs (lw_session_get_project (pages->session), NULL);
  g_assert_cmpuint ((*runs)->len, >, 0);
  return g_ptr_array_index (*runs, (*runs)->len - 1);
}

static GPtrArray *
stored_iterations (LwProject *project, gint64 run)
{
  g_autoptr (GPtrArray) reports = lw_project_load_reports (project, run, NULL);
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < reports->len; i++)
    {
      LwIteration *it = g_new0 (LwIteration, 1);

      g_assert_true (lw_iteration_from_json (g_ptr_array_index (reports, i), it, NULL));
      g_ptr_array_add (out, it);
    }
  return out;
}

static void
assert_returns (GtkWidget *page, GPtrArray *stored)
{
  LwFigure *figure = pages_figure (page, "Learning curve");
  const LwSeries *mean = pages_series (figure, "Mean of test episodes");
  LwLayer *band = pages_layer (figure, "95 % CI over 500 test episodes");

  g_assert_nonnull (band);
  g_assert_cmpuint (lw_series_n (mean), ==, stored->len);
  for (guint i = 0; i < stored->len; i++)
    {
      const LwIteration *it = g_ptr_array_index (stored, i);

      g_assert_cmpfloat (lw_series_x (mean)[i], ==, it->iteration);
      g_assert_cmpfloat (lw_series_y (mean)[i], ==, it->mean_return);
      g_assert_cmpfloat (lw_series_y (band->series)[i], ==, it->mean_return - it->return_ci95);
      g_assert_cmpfloat (lw_series_y (band->upper)[i], ==, it->mean_return + it->return_ci95);
    }
}

static void
assert_episodes (GtkWidget *page, LwProject *project, gint64 run, guint n_iterations)
{
  const LwSeries *dots = pages_series (pages_figure (page, "Learning curve"), "Training episodes");
  g_autoptr (GPtrArray) episodes = lw_project_load_episodes (project, run, NULL);

  /* Those of an iteration that End cut short are stored too, last. */
  while (episodes->len > 0 && ((LwEpisode *) g_ptr_array_index (episodes, episodes->len - 1))->iteration >= n_iterations)
    g_ptr_array_remove_index (episodes, episodes->len - 1);
  g_assert_cmpuint (lw_series_n (dots), ==, episodes->len);
  for (guint i = 0; i < episodes->len; i++)
    {
      const LwEpisode *e = g_ptr_array_index (episodes, i);

      g_assert_cmpfloat (lw_series_y (dots)[i], ==, e->reward);
      g_assert_cmpfloat (lw_series_x (dots)[i], >, e->iteration - 1.0);
      g_assert_cmpfloat (lw_series_x (dots)[i], <, e->iteration);
    }
}

static void
assert_reports (GtkWidget *page, GPtrArray *stored)
{
  const LwSeries *kl = pages_series (pages_figure (page, "Distance moved"), "KL");
  const LwSeries *bound = pages_series (pages_figure (page, "Distance moved"), "Bound");
  const LwSeries *ess = pages_series (pages_figure (page, "Effective sample size"), "Effective");
  const LwSeries *all = pages_series (pages_figure (page, "Effective sample size"), "All episodes");
  LwFigure *weights = pages_figure (page, "Component weights");
  LwLayer *stack = NULL;

  for (guint i = 0; i < weights->layers->len && stack == NULL; i++)
    if (((LwLayer *) g_ptr_array_index (weights->layers, i))->kind == LW_LAYER_STACK)
      stack = g_ptr_array_index (weights->layers, i);
  g_assert_nonnull (stack);
  g_assert_cmpuint (lw_series_n (kl), ==, stored->len - 1); /* imitation has no report */
  for (guint i = 1; i < stored->len; i++)
    {
      const LwIteration *it = g_ptr_array_index (stored, i);

      g_assert_cmpfloat (lw_series_x (kl)[i - 1], ==, it->iteration);
      g_assert_cmpfloat (lw_series_y (kl)[i - 1], ==, it->report.kl);
      g_assert_cmpfloat (lw_series_y (bound)[i - 1], ==, it->report.kl_bound);
      g_assert_cmpfloat (lw_series_y (ess)[i - 1], ==, it->report.ess);
      g_assert_cmpfloat (lw_series_y (all)[i - 1], ==, it->episodes);
      g_assert_cmpuint (stack->n_parts, ==, it->report.n_components);
      for (size_t k = 0; k < stack->n_parts; k++)
        g_assert_cmpfloat (lw_series_y (stack->parts[k])[i - 1], ==, it->report.weights[k]);
    }
}

/* Marks of the figure at the iterations of the stored changes, and no others. */
static void
assert_marks (GtkWidget *page, GArray *changes)
{
  LwFigure *figure = pages_figure (page, "Learning curve");
  guint n = 0;

  for (guint i = 0; i < figure->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (figure->layers, i);

      if (layer->kind != LW_LAYER_MARK)
        continue;
      g_assert_cmpuint (n, <, changes->len);
      g_assert_cmpfloat (layer->value, ==, g_array_index (changes, LwSettingChange, n).iteration);
      n++;
    }
  g_assert_cmpuint (n, ==, changes->len);
}

static void
assert_shows_stored_run (Pages *pages, GtkWidget *page)
{
  LwProject *project = lw_session_get_project (pages->session);
  g_autoptr (GPtrArray) runs = NULL;
  gint64 run = last_run (pages, &runs)->id;
  g_autoptr (GPtrArray) stored = stored_iterations (project, run);
  g_autoptr (GArray) changes = lw_project_load_setting_changes (project, run, NULL);

  assert_returns (page, stored);
  assert_episodes (page, project, run, stored->len);
  assert_reports (page, stored);
  assert_marks (page, changes);
}

/* ---- tests ---- */

/* Five iterations with two sliders moved: each acts at the iteration after, is stored and marked there; every series is the stored one, live and after a restart. */
static void
test_run (void)
{
  Pages pages;
  GtkWidget *page;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GPtrArray) stored = NULL;
  g_autoptr (GArray) changes = NULL;
  const LwSettingChange *change;
  LwProject *project;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  pages_show (&pages, page);
  g_assert_false (can_press (page, "Start")); /* there is no model */
  fit (&pages);
  set_spin (page, "episodes", 20);
  set_spin (page, "iterations", 5);
  move (page, "regularisation", 2e-4); /* before the run: a setting of its start, no change */
  pages_press (page, "Start");
  g_assert_true (can_press (page, "Pause") && can_press (page, "End run") && !can_press (page, "Start"));
  pages_wait (lw_session_get_iterations (pages.session)->len == 3);
  move (page, "kl_bound", 0.5);
  pages_wait (!lw_session_is_running (pages.session));
  g_assert_true (can_press (page, "Start") && !can_press (page, "End run"));

  project = lw_session_get_project (pages.session);
  stored = stored_iterations (project, last_run (&pages, &runs)->id);
  changes = lw_project_load_setting_changes (project, last_run (&pages, &runs)->id, NULL);
  g_assert_cmpuint (stored->len, ==, 6);
  g_assert_cmpuint (changes->len, ==, 1);
  change = &g_array_index (changes, LwSettingChange, 0);
  g_assert_cmpstr (change->name, ==, "kl_bound");
  g_assert_cmpfloat (change->value, ==, 0.5);
  g_assert_cmpuint (change->iteration, >=, 3);
  for (guint i = 1; i < stored->len; i++) /* it acts where it is stored */
    g_assert_cmpfloat (((LwIteration *) g_ptr_array_index (stored, i))->report.kl_bound, ==, i < change->iteration ? 0.2 : 0.5);
  assert_shows_stored_run (&pages, page);
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (pages_child (page, LW_TYPE_LEARN_PAGE, "summary"))), "Iteration 5: return"));

  /* As after a restart: nothing but the file. */
  g_ptr_array_unref (runs);
  runs = NULL;
  {
    g_autofree char *other = g_build_filename (pages.folder, "empty.lampwork", NULL);

    pages_open (&pages, other);
    g_assert_cmpuint (lw_session_get_iterations (pages.session)->len, ==, 0);
    pages_open (&pages, pages.path);
  }
  pages_wait (lw_session_get_iterations (pages.session)->len == 6);
  assert_shows_stored_run (&pages, page);
  g_assert_cmpfloat (lw_session_get_run_settings (pages.session)->iterations, ==, 5);
  pages_end (&pages, page);
}

/* A slider moved before the first iteration, and one while the run is paused, act where the run says they do. */
static void
test_when_a_slider_acts (void)
{
  Pages pages;
  GtkWidget *page;
  GArray *shown;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GArray) changes = NULL;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  fit (&pages);
  set_spin (page, "episodes", 20);
  set_spin (page, "iterations", 3);
  pages_press (page, "Start");
  move (page, "kl_bound", 0.3);
  shown = lw_session_get_setting_changes (pages.session);
  g_assert_cmpuint (g_array_index (shown, LwSettingChange, 0).iteration, ==, 1);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (pages_child (page, LW_TYPE_LEARN_PAGE, "pause_button")), TRUE);
  g_assert_true (lw_session_is_paused (pages.session));
  move (page, "kl_bound", 0.4);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (pages_child (page, LW_TYPE_LEARN_PAGE, "pause_button")), FALSE);
  pages_wait (!lw_session_is_running (pages.session));

  changes = lw_project_load_setting_changes (lw_session_get_project (pages.session), last_run (&pages, &runs)->id, NULL);
  shown = lw_session_get_setting_changes (pages.session);
  g_assert_cmpuint (changes->len, ==, shown->len);
  for (guint i = 0; i < shown->len; i++)
    {
      const LwSettingChange *a = &g_array_index (shown, LwSettingChange, i), *b = &g_array_index (changes, LwSettingChange, i);

      g_assert_cmpuint (a->iteration, ==, b->iteration);
      g_assert_cmpstr (a->name, ==, b->name);
      g_assert_cmpfloat (a->value, ==, b->value);
    }
  assert_shows_stored_run (&pages, page);

  /* After the last iteration has begun it is too late: nothing is marked that nobody obeys. */
  move (page, "kl_bound", 0.6);
  g_assert_cmpuint (lw_session_get_setting_changes (pages.session)->len, ==, changes->len);
  pages_end (&pages, page);
}

/* Pause holds, End keeps what there is, Stop comes at once; each leaves the page ready for the next. */
static void
test_states (void)
{
  Pages pages;
  GtkWidget *page;
  GtkToggleButton *pause;
  GtkProgressBar *progress;
  guint held;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  pause = GTK_TOGGLE_BUTTON (pages_child (page, LW_TYPE_LEARN_PAGE, "pause_button"));
  progress = GTK_PROGRESS_BAR (pages_child (page, LW_TYPE_LEARN_PAGE, "progress"));
  fit (&pages);
  set_spin (page, "episodes", 10);
  set_spin (page, "iterations", 200);
  pages_press (page, "Start");
  pages_wait (lw_session_get_iterations (pages.session)->len >= 2);
  gtk_toggle_button_set_active (pause, TRUE);
  g_assert_true (g_str_has_prefix (gtk_progress_bar_get_text (progress), "Paused"));
  for (gint64 until = g_get_monotonic_time () + 2 * G_USEC_PER_SEC; g_get_monotonic_time () < until;) /* the iteration in hand may end */
    g_main_context_iteration (NULL, FALSE);
  held = lw_session_get_iterations (pages.session)->len;
  for (gint64 until = g_get_monotonic_time () + G_USEC_PER_SEC; g_get_monotonic_time () < until;)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (lw_session_get_iterations (pages.session)->len, ==, held);
  gtk_toggle_button_set_active (pause, FALSE);
  pages_wait (lw_session_get_iterations (pages.session)->len > held);
  pages_press (page, "End run");
  g_assert_false (can_press (page, "End run"));
  pages_wait (!lw_session_is_running (pages.session));
  g_assert_cmpstr (gtk_progress_bar_get_text (progress), ==, "Run ended");
  assert_shows_stored_run (&pages, page);

  pages_press (page, "Start");
  pages_wait (lw_session_get_iterations (pages.session)->len >= 2);
  lw_session_stop (pages.session);
  pages_wait (!lw_session_is_running (pages.session));
  g_assert_nonnull (strstr (pages.said->str, "Run stopped"));
  assert_returns (page, lw_session_get_iterations (pages.session));
  g_assert_true (can_press (page, "Start"));
  pages_end (&pages, page);
}

/* Another task brings its own numbers, and its own runs. */
static void
test_task (void)
{
  Pages pages;
  GtkWidget *page;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  gtk_expander_set_expanded (GTK_EXPANDER (pages_find (page, GTK_TYPE_EXPANDER, NULL, NULL)), TRUE);
  g_assert_cmpfloat (lw_setting_slider_get_value (slider (page, "kl_bound")), ==, 0.2);
  lw_session_set_task (pages.session, "reacher-4");
  {
    const LwTaskInfo *info = &lw_session_get_task (pages.session)->info;

    g_assert_cmpfloat (lw_setting_slider_get_value (slider (page, "kl_bound")), ==, info->kl_bound);
    g_assert_cmpfloat (lw_setting_slider_get_value (slider (page, "regularisation")), ==, info->regularisation);
    g_assert_cmpfloat (lw_setting_slider_get_value (slider (page, "kl_direction")), ==, info->kl_new_old ? 1.0 : 0.0);
    g_assert_cmpint (gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (pages_child (page, LW_TYPE_LEARN_PAGE, "episodes"))), ==, (int) info->episodes);
  }
  lw_session_make_demonstrations (pages.session);
  pages_wait (lw_session_count_for_task (pages.session) > 0);
  fit (&pages);
  set_spin (page, "iterations", 2);
  pages_press (page, "Start");
  pages_wait (!lw_session_is_running (pages.session));
  g_assert_cmpuint (lw_session_get_iterations (pages.session)->len, ==, 3);
  lw_session_set_task (pages.session, "reach-target");
  g_assert_cmpuint (lw_session_get_iterations (pages.session)->len, ==, 0);
  lw_session_set_task (pages.session, "reacher-4");
  pages_wait (lw_session_get_iterations (pages.session)->len == 3);
  pages_end (&pages, page);
}

/* ---- algorithms ---- */

/* Whatever is written under @root, figures in their own words: a number that does not exist is not shown. */
static void
assert_no_nan (GtkWidget *root, const char *algorithm)
{
  g_autofree char *text = NULL;

  if (GTK_IS_LABEL (root))
    text = g_strdup (gtk_label_get_text (GTK_LABEL (root)));
  else if (LW_IS_PLOT (root))
    text = lw_figure_dup_summary (lw_plot_get_figure (LW_PLOT (root)));
  if (text != NULL && g_regex_match_simple ("\\b(nan|inf)\\b", text, G_REGEX_CASELESS, 0))
    g_error ("%s shows “%s”", algorithm, text);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    assert_no_nan (child, algorithm);
}

static void
collect_sliders (GtkWidget *root, GPtrArray *out)
{
  if (LW_IS_SETTING_SLIDER (root))
    g_ptr_array_add (out, root);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    collect_sliders (child, out);
}

/* A slider for each row of the table and no other, where the algorithm begins. */
static void
assert_sliders (GtkWidget *page, const char *algorithm)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (algorithm, &n);
  g_autoptr (GPtrArray) sliders = g_ptr_array_new ();

  collect_sliders (page, sliders);
  g_assert_cmpuint (sliders->len, ==, n);
  for (size_t i = 0; i < n; i++)
    {
      g_assert_nonnull (slider (page, table[i].name));
      g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (slider (page, table[i].name))));
    }
}

/* What a run rests on stays as it is until its end. */
static void
assert_settled (GtkWidget *page, const char *algorithm)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (algorithm, &n);

  for (size_t i = 0; i < n; i++)
    {
      GtkWidget *widget = GTK_WIDGET (slider (page, table[i].name));

      g_assert_true (gtk_widget_is_sensitive (widget) == !table[i].structural);
      g_assert_true ((gtk_widget_get_tooltip_text (widget) != NULL) == table[i].structural);
    }
}

static void
assert_shows_run (Pages *pages, GtkWidget *page, const char *algorithm)
{
  const LwIteration *last = g_ptr_array_index (lw_session_get_iterations (pages->session), 2);
  const LwTaskInfo *info = &lw_session_get_task (pages->session)->info;
  LwFigure *distance = pages_figure (page, "Distance moved");
  g_autofree double *movement = NULL;
  double context[LW_MAX_CONTEXT];

  g_assert_cmpstr (lw_session_get_run_settings (pages->session)->algorithm, ==, algorithm);
  g_assert_nonnull (strstr (lw_figure_get_title (pages_figure (page, "Learning curve")), lw_words_algorithm (algorithm)));
  assert_no_nan (page, algorithm);
  g_assert_true ((pages_layer (distance, "KL") != NULL) == isfinite (last->report.kl));
  g_assert_true ((pages_layer (distance, "Bound") != NULL) == (isfinite (last->report.kl) && isfinite (last->report.kl_bound)));
  for (size_t i = 0; i < info->n_context; i++)
    context[i] = 0.5 * (info->contexts[i].lower + info->contexts[i].upper);
  for (guint iteration = 0; iteration <= 2; iteration++)
    {
      size_t m = lw_session_get_policy_skill (pages->session, iteration)->params.cols;

      g_free (movement);
      movement = g_new (double, m);
      for (size_t i = 0; i < m; i++)
        movement[i] = (double) NAN;
      if (!lw_session_policy_movement (pages->session, iteration, context, movement))
        g_error ("%s, iteration %u: %s", algorithm, iteration, pages->said->str);
      for (size_t i = 0; i < m; i++)
        g_assert_true (isfinite (movement[i]));
    }
}

/* Each can be chosen, set, run and looked at again after a restart. */
static void
test_algorithms (void)
{
  const char *const *names = lw_learner_names ();
  Pages pages;
  GtkWidget *page, *row;
  g_autofree char *other = NULL;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  row = GTK_WIDGET (pages_child (page, LW_TYPE_LEARN_PAGE, "algorithm_row"));
  other = g_build_filename (pages.folder, "empty.lampwork", NULL);
  gtk_expander_set_expanded (GTK_EXPANDER (pages_find (page, GTK_TYPE_EXPANDER, NULL, NULL)), TRUE);
  fit (&pages);
  set_spin (page, "episodes", 20);
  set_spin (page, "iterations", 2);
  for (guint a = 0; names[a] != NULL; a++)
    {
      adw_combo_row_set_selected (ADW_COMBO_ROW (row), a);
      assert_sliders (page, names[a]);
      pages_press (page, "Start");
      g_assert_false (gtk_widget_is_sensitive (row));
      assert_settled (page, names[a]);
      pages_wait (!lw_session_is_running (pages.session));
      g_assert_true (gtk_widget_is_sensitive (row));
      if (lw_session_get_iterations (pages.session)->len != 3)
        g_error ("%s: %s", names[a], pages.said->str);
      assert_shows_run (&pages, page, names[a]);

      pages_open (&pages, other);
      pages_open (&pages, pages.path);
      pages_wait (lw_session_get_iterations (pages.session)->len == 3 && lw_session_get_skill (pages.session) != NULL);
      assert_shows_run (&pages, page, names[a]);
    }
  pages_end (&pages, page);
}

/* A number that one algorithm was given is not another's. */
static void
test_algorithm_keeps_its_numbers (void)
{
  Pages pages;
  GtkWidget *page;
  AdwComboRow *row;
  size_t n;
  const char *const *names = lw_learner_names ();
  guint ct = 0;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  row = ADW_COMBO_ROW (pages_child (page, LW_TYPE_LEARN_PAGE, "algorithm_row"));
  while (strcmp (names[ct], "ct") != 0)
    ct++;
  fit (&pages);
  set_spin (page, "episodes", 20);
  set_spin (page, "iterations", 1);
  move (page, "kl_bound", 0.05);
  move (page, "regularisation", 0.01);
  adw_combo_row_set_selected (row, ct);
  g_assert_cmpfloat (lw_setting_slider_get_value (slider (page, "kl_bound")), ==, lw_learner_settings_of ("ct", &n)[1].value);
  g_assert_cmpstr (lw_learner_settings_of ("ct", &n)[1].name, ==, "kl_bound");
  move (page, "kl_bound", 0.3);
  pages_press (page, "Start");
  pages_wait (!lw_session_is_running (pages.session));
  g_assert_cmpuint (lw_session_get_iterations (pages.session)->len, ==, 2);
  g_assert_cmpfloat (lw_learn_settings_get (lw_session_get_run_settings (pages.session), "kl_bound"), ==, 0.3);
  g_assert_true (isnan (lw_learn_settings_get (lw_session_get_run_settings (pages.session), "regularisation")));
  pages_end (&pages, page);
}

/* ---- frames ---- */

static gboolean
nudge (gpointer data)
{
  GtkWidget *page = data;

  gtk_widget_queue_draw (page); /* as a pointer that moves does */
  return G_SOURCE_CONTINUE;
}

/* The window stays alive while the worker is busy: main-thread work a frame, and the longest turn of the main loop, over a minute in the long suite. */
static void
test_frames (void)
{
  gboolean is_long = g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0;
  gint64 until = g_get_monotonic_time () + (is_long ? 60 : 4) * G_USEC_PER_SEC;
  Frames frames;
  Pages pages;
  GtkWidget *page;
  double worst_turn = 0.0;
  guint source;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_learn_page_new (pages.session));
  pages_show (&pages, page);
  fit (&pages);
  set_spin (page, "iterations", 1000);
  pages_press (page, "Start");
  frames_begin (&frames, page);
  source = g_timeout_add (16, nudge, page);
  while (g_get_monotonic_time () < until)
    {
      gint64 began;

      g_main_context_iteration (NULL, TRUE); /* waits */
      began = g_get_monotonic_time ();
      if (g_main_context_iteration (NULL, FALSE))
        worst_turn = MAX (worst_turn, 1e-3 * (double) (g_get_monotonic_time () - began));
    }
  g_source_remove (source);
  g_assert_cmpuint (frames_end (&frames, "learning"), >, 30);
  g_test_message ("%u iterations; longest turn of the main loop %.2f ms", lw_session_get_iterations (pages.session)->len, worst_turn);
  lw_session_stop (pages.session);
  pages_wait (!lw_session_is_running (pages.session));
  pages_end (&pages, page);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/learn-page/run", test_run);
  g_test_add_func ("/learn-page/when-a-slider-acts", test_when_a_slider_acts);
  g_test_add_func ("/learn-page/states", test_states);
  g_test_add_func ("/learn-page/task", test_task);
  g_test_add_func ("/learn-page/algorithms", test_algorithms);
  g_test_add_func ("/learn-page/algorithm-keeps-its-numbers", test_algorithm_keeps_its_numbers);
  g_test_add_func ("/learn-page/frames", test_frames);
  return g_test_run ();
}
