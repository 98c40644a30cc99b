/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-learn-figures.h"
#include "lw-plot.h"
#include "lw-setting-slider.h"
#include "lw-words.h"

#define ALGORITHM "lampo"

struct _LwLearnPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession     *session;
  LwLearnFigures figures;
  GPtrArray     *sliders;  /* of LwSettingSlider, borrowed from the boxes */
  guint          n_test;   /* of the run that is shown */
  guint          n_wanted; /* iterations asked for */
  gboolean       quiet;

  /* template */
  AdwComboRow     *task_row, *where_row;
  GtkSpinButton   *episodes, *iterations;
  GtkButton       *start_button, *end_button;
  GtkToggleButton *pause_button;
  GtkProgressBar  *progress;
  GtkBox          *sliders_box, *more, *upper, *lower;
  GtkLabel        *summary;
};

G_DEFINE_FINAL_TYPE (LwLearnPage, lw_learn_page, ADW_TYPE_BIN)

/* ---- commands ---- */

static void
start_clicked (GtkButton *button, LwLearnPage *self)
{
  LwLearnSettings settings;

  lw_learn_settings_init (&settings, lw_session_get_task (self->session));
  settings.episodes = (size_t) gtk_spin_button_get_value_as_int (self->episodes);
  settings.iterations = (size_t) gtk_spin_button_get_value_as_int (self->iterations);
  for (guint i = 0; i < self->sliders->len; i++)
    {
      LwSettingSlider *slider = g_ptr_array_index (self->sliders, i);

      lw_learn_settings_set (&settings, lw_setting_slider_get_name (slider), lw_setting_slider_get_value (slider));
    }
  self->n_test = (guint) settings.evaluate;
  self->n_wanted = (guint) settings.iterations;
  lw_session_start_run (self->session, &settings, adw_combo_row_get_selected (self->where_row) == 1);
  lw_learn_settings_clear (&settings);
}

static void
pause_toggled (GtkToggleButton *button, LwLearnPage *self)
{
  if (!self->quiet)
    lw_session_pause_run (self->session, gtk_toggle_button_get_active (button));
}

static void
end_clicked (GtkButton *button, LwLearnPage *self)
{
  lw_session_end_run (self->session);
}

static void
slider_moved (LwSettingSlider *slider, double value, LwLearnPage *self)
{
  lw_session_set_run_setting (self->session, lw_setting_slider_get_name (slider), value);
}

static void
task_selected (LwLearnPage *self)
{
  if (!self->quiet)
    lw_session_set_task (self->session, lw_task_ids ()[adw_combo_row_get_selected (self->task_row)]);
}

/* ---- what the page shows ---- */

static double
run_fraction (LwLearnPage *self, const LwLearnProgress *p)
{
  double part = p->n_episodes > 0 ? (double) p->episode / (double) p->n_episodes : 0.0;
  double within = p->phase == LW_LEARN_SAMPLING ? 0.3 * part : p->phase == LW_LEARN_IMPROVING ? 0.3 + 0.4 * p->improve_fraction : 0.7 + 0.3 * part;

  return p->iteration == 0 || self->n_wanted == 0 ? 0.0 : CLAMP (((double) p->iteration - 1.0 + within) / (double) self->n_wanted, 0.0, 1.0);
}

/* Time left from what finished iterations took; pauses are not in it. */
static double
seconds_left (LwLearnPage *self, double fraction)
{
  GPtrArray *iterations = lw_session_get_iterations (self->session);
  double sum = 0.0;
  guint n = 0;

  for (guint i = 1; i < iterations->len; i++, n++)
    sum += ((LwIteration *) g_ptr_array_index (iterations, i))->seconds;
  return n == 0 ? (double) NAN : sum / n * (1.0 - fraction) * self->n_wanted;
}

static const char *
phase_words (LwLearnPhase phase)
{
  switch (phase)
    {
    case LW_LEARN_SAMPLING: return _("trying");
    case LW_LEARN_IMPROVING: return _("improving");
    default: return _("testing");
    }
}

static void
show_progress (LwLearnPage *self)
{
  const LwLearnProgress *p = lw_session_get_run_progress (self->session);
  double fraction = run_fraction (self, p), left = seconds_left (self, fraction);
  g_autofree char *text = NULL;

  if (!lw_session_is_running (self->session))
    text = g_strdup (p->phase == LW_LEARN_ENDED ? _("Run ended") : _("Ready"));
  else if (lw_session_is_paused (self->session))
    text = g_strdup_printf (_("Paused in iteration %u"), p->iteration);
  else if (p->phase == LW_LEARN_EVALUATING && p->iteration == 0)
    text = g_strdup (_("Trying out imitation"));
  else if (isfinite (left))
    text = g_strdup_printf (_("Iteration %u of %u · %s · %d s left"), p->iteration, self->n_wanted, phase_words (p->phase), (int) ceil (left));
  else
    text = g_strdup_printf (_("Iteration %u of %u · %s"), p->iteration, self->n_wanted, phase_words (p->phase));
  gtk_progress_bar_set_fraction (self->progress, lw_session_is_running (self->session) ? fraction : 0.0);
  gtk_progress_bar_set_text (self->progress, text);
}

static void
show_iterations (LwLearnPage *self)
{
  GPtrArray *iterations = lw_session_get_iterations (self->session);
  g_autoptr (GString) text = g_string_new (NULL);

  lw_learn_figures_draw (&self->figures, iterations, lw_session_get_setting_changes (self->session), self->n_test);
  if (iterations->len > 0)
    {
      const LwIteration *first = g_ptr_array_index (iterations, 0), *last = g_ptr_array_index (iterations, iterations->len - 1);

      g_string_append_printf (text, _("Iteration %u: return %.4f ± %.4f (imitation %.4f)"), last->iteration, last->mean_return, last->return_ci95, first->mean_return);
      if (isfinite (last->success))
        g_string_append_printf (text, _(" · success %.0f %% (imitation %.0f %%)"), 100.0 * last->success, 100.0 * first->success);
      if (last->improved)
        g_string_append_printf (text, _(" · KL %.3g · ESS %.0f · %s"), last->report.kl, last->report.ess, last->report.solver);
    }
  gtk_label_set_text (self->summary, text->str);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->summary), text->str);
}

static void
update_run (LwLearnPage *self)
{
  gboolean running = lw_session_is_running (self->session);

  gtk_widget_set_sensitive (GTK_WIDGET (self->start_button), !running && lw_session_get_skill (self->session) != NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->start_button), lw_session_get_skill (self->session) == NULL ? _("Fit a model first, on the Model page") : NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause_button), running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->end_button), running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->task_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->where_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->episodes), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->iterations), !running);
  self->quiet = TRUE;
  gtk_toggle_button_set_active (self->pause_button, lw_session_is_paused (self->session));
  self->quiet = FALSE;
  show_iterations (self);
  show_progress (self);
}

static void
task_changed (LwLearnPage *self)
{
  const LwTaskInfo *info = &lw_session_get_task (self->session)->info;
  const char *const *ids = lw_task_ids ();

  self->quiet = TRUE;
  for (guint i = 0; ids[i] != NULL; i++)
    if (strcmp (ids[i], info->id) == 0)
      adw_combo_row_set_selected (self->task_row, i);
  self->quiet = FALSE;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->task_row), _("Task"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->task_row), _(info->sentence));
  gtk_spin_button_set_value (self->episodes, (double) info->episodes);
  for (guint i = 0; i < self->sliders->len; i++)
    if (strcmp (lw_setting_slider_get_name (g_ptr_array_index (self->sliders, i)), "kl_bound") == 0)
      lw_setting_slider_set_value (g_ptr_array_index (self->sliders, i), info->kl_bound);
  update_run (self);
}

/* ---- class ---- */

static void
add_sliders (LwLearnPage *self)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (ALGORITHM, &n);

  for (size_t i = 0; i < n; i++)
    {
      gboolean first = strcmp (table[i].name, "kl_bound") == 0 || strcmp (table[i].name, "regularisation") == 0;
      GtkWidget *slider = lw_setting_slider_new (&table[i]);

      g_signal_connect (slider, "moved", G_CALLBACK (slider_moved), self);
      gtk_box_append (first ? self->sliders_box : self->more, slider);
      g_ptr_array_add (self->sliders, slider);
    }
}

static void
add_task_names (LwLearnPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const char *const *ids = lw_task_ids ();

  for (guint i = 0; ids[i] != NULL; i++)
    gtk_string_list_append (names, ids[i]);
  self->quiet = TRUE;
  adw_combo_row_set_model (self->task_row, G_LIST_MODEL (names));
  self->quiet = FALSE;
}

static void
add_plot (GtkBox *box, LwFigure *figure)
{
  GtkWidget *plot = lw_plot_new (figure);

  gtk_widget_add_css_class (plot, "plot-card");
  gtk_widget_set_overflow (plot, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_hexpand (plot, TRUE);
  gtk_widget_set_vexpand (plot, TRUE);
  gtk_box_append (box, plot);
}

static void
lw_learn_page_dispose (GObject *object)
{
  LwLearnPage *self = LW_LEARN_PAGE (object);

  lw_learn_figures_clear (&self->figures);
  g_clear_pointer (&self->sliders, g_ptr_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_learn_page_parent_class)->dispose (object);
}

static void
lw_learn_page_class_init (LwLearnPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_learn_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-learn-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwLearnPage, name)
  CHILD (task_row);
  CHILD (where_row);
  CHILD (episodes);
  CHILD (iterations);
  CHILD (start_button);
  CHILD (end_button);
  CHILD (pause_button);
  CHILD (progress);
  CHILD (more);
  CHILD (upper);
  CHILD (lower);
  CHILD (summary);
#undef CHILD
  gtk_widget_class_bind_template_child_full (widget, "sliders", FALSE, G_STRUCT_OFFSET (LwLearnPage, sliders_box));
  gtk_widget_class_bind_template_callback (widget, start_clicked);
  gtk_widget_class_bind_template_callback (widget, pause_toggled);
  gtk_widget_class_bind_template_callback (widget, end_clicked);
}

static void
lw_learn_page_init (LwLearnPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->sliders = g_ptr_array_new ();
  add_sliders (self);
  add_task_names (self);
  lw_learn_figures_init (&self->figures);
  add_plot (self->upper, self->figures.returns);
  add_plot (self->lower, self->figures.kl);
  add_plot (self->lower, self->figures.ess);
  add_plot (self->lower, self->figures.weights);
  g_signal_connect_swapped (self->task_row, "notify::selected", G_CALLBACK (task_selected), self);
}

GtkWidget *
lw_learn_page_new (LwSession *session)
{
  LwLearnPage *self = g_object_new (LW_TYPE_LEARN_PAGE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-progress", G_CALLBACK (show_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-iteration", G_CALLBACK (show_iterations), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "skill-changed", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (task_changed), self, G_CONNECT_SWAPPED);
  task_changed (self);
  return GTK_WIDGET (self);
}
