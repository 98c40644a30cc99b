/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-learn-figures.h"
#include "lw-paths.h"
#include "lw-plot-group.h"
#include "lw-setting-slider.h"
#include "lw-words.h"

#define ALGORITHM "lampo"
#define MARKS_MS 100

struct _LwLearnPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession     *session;
  LwPlotGroup   *group;
  LwLearnFigures figures;
  GPtrArray     *sliders;  /* of LwSettingSlider, borrowed from the boxes */
  guint          marks_source;
  guint          live_iteration, live_episode; /* the newest dot */
  gboolean       ending;   /* End was pressed */
  gboolean       quiet;

  /* template */
  AdwPreferencesGroup *run_group;
  AdwComboRow     *task_row, *where_row;
  GtkSpinButton   *episodes, *iterations;
  GtkButton       *start_button, *end_button;
  GtkToggleButton *pause_button;
  GtkProgressBar  *progress;
  GtkBox          *sliders_box, *more, *upper, *lower;
  GtkLabel        *summary;
};

G_DEFINE_FINAL_TYPE (LwLearnPage, lw_learn_page, ADW_TYPE_BIN)

static guint
n_wanted (LwLearnPage *self)
{
  const LwLearnSettings *told = lw_session_get_run_settings (self->session);

  return told != NULL ? (guint) told->iterations : 0;
}

static void
draw (LwLearnPage *self)
{
  const LwLearnSettings *told = lw_session_get_run_settings (self->session);
  guint done = MAX (lw_session_get_iterations (self->session)->len, 1) - 1;
  guint coming = told != NULL && lw_session_is_running (self->session) && told->iterations > done ? (guint) told->iterations - done : 0;

  lw_learn_figures_draw (&self->figures, lw_session_get_iterations (self->session), lw_session_get_setting_changes (self->session),
                         told != NULL ? (guint) told->evaluate : 0, coming);
}

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
  self->live_iteration = self->live_episode = 0;
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
  self->ending = TRUE;
  lw_session_end_run (self->session);
}

static gboolean
draw_marks (gpointer data)
{
  LwLearnPage *self = data;

  self->marks_source = 0;
  draw (self);
  return G_SOURCE_REMOVE;
}

static void
slider_moved (LwSettingSlider *slider, double value, LwLearnPage *self)
{
  lw_session_set_run_setting (self->session, lw_setting_slider_get_name (slider), value);
  if (lw_session_is_running (self->session) && self->marks_source == 0) /* a slider travels: drawn once it rests */
    self->marks_source = g_timeout_add (MARKS_MS, draw_marks, self);
}

static void
task_selected (LwLearnPage *self)
{
  if (!self->quiet)
    lw_session_set_task (self->session, lw_task_ids ()[adw_combo_row_get_selected (self->task_row)]);
}

/* ---- what the page shows ---- */

static double
run_fraction (const LwLearnProgress *p, guint wanted)
{
  double part = p->n_episodes > 0 ? (double) p->episode / (double) p->n_episodes : 0.0;
  double within = p->phase == LW_LEARN_SAMPLING ? 0.3 * part : p->phase == LW_LEARN_IMPROVING ? 0.3 + 0.4 * p->improve_fraction : 0.7 + 0.3 * part;

  return p->iteration == 0 || wanted == 0 ? 0.0 : CLAMP (((double) p->iteration - 1.0 + within) / (double) wanted, 0.0, 1.0);
}

/* Time left from what finished iterations took; pauses are not in it. NaN: none has finished. */
static double
seconds_left (LwLearnPage *self, double fraction)
{
  GPtrArray *iterations = lw_session_get_iterations (self->session);
  double sum = 0.0;

  for (guint i = 1; i < iterations->len; i++)
    sum += ((LwIteration *) g_ptr_array_index (iterations, i))->seconds;
  return iterations->len < 2 ? (double) NAN : sum / (iterations->len - 1) * (1.0 - fraction) * n_wanted (self);
}

static char *
time_words (double seconds)
{
  int s = (int) ceil (seconds);

  return s < 90 ? g_strdup_printf (_("%d s left"), s) : g_strdup_printf (_("%d min left"), (s + 30) / 60);
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

static char *
progress_words (LwLearnPage *self, const LwLearnProgress *p, double fraction)
{
  double left = seconds_left (self, fraction);
  g_autofree char *time = isfinite (left) ? time_words (left) : NULL;

  if (!lw_session_is_running (self->session) && lw_session_get_skill (self->session) == NULL)
    return g_strdup (_("Fit a model first, on the Model page"));
  if (!lw_session_is_running (self->session))
    return g_strdup (lw_session_get_iterations (self->session)->len > 0 ? _("Run ended") : _("Ready"));
  if (self->ending)
    return g_strdup (_("Ending after the episode in hand"));
  if (lw_session_is_paused (self->session))
    return g_strdup_printf (_("Paused in iteration %u of %u"), p->iteration, n_wanted (self));
  if (p->iteration == 0)
    return g_strdup (_("Trying out imitation"));
  if (time == NULL)
    return g_strdup_printf (_("Iteration %u of %u · %s"), p->iteration, n_wanted (self), phase_words (p->phase));
  return g_strdup_printf (_("Iteration %u of %u · %s · %s"), p->iteration, n_wanted (self), phase_words (p->phase), time);
}

static void
show_progress (LwLearnPage *self)
{
  const LwLearnProgress *p = lw_session_get_run_progress (self->session);
  gboolean running = lw_session_is_running (self->session);
  double fraction = run_fraction (p, n_wanted (self));
  g_autofree char *text = progress_words (self, p, fraction);

  gtk_progress_bar_set_fraction (self->progress, running ? fraction : 0.0);
  gtk_progress_bar_set_text (self->progress, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1); /* what is drawn is not told */
  /* Where an episode takes seconds, each is a dot at once. */
  if (running && p->phase == LW_LEARN_SAMPLING && p->episode > 0 && (p->iteration != self->live_iteration || p->episode != self->live_episode))
    {
      self->live_iteration = p->iteration;
      self->live_episode = p->episode;
      lw_learn_figures_add_episode (&self->figures, p->iteration, p->episode, p->n_episodes, p->last_reward);
    }
}

/* As many decimals as the interval leaves a meaning. */
static int
decimals (const LwIteration *it)
{
  return it->return_ci95 > 0.0 ? (int) CLAMP (ceil (-log10 (it->return_ci95)) + 1.0, 0.0, 9.0) : 3;
}

static char *
summary_words (const LwIteration *first, const LwIteration *last)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, _("Iteration %u: return %.*f ± %.*f"), last->iteration, decimals (last), last->mean_return, decimals (last), last->return_ci95);
  if (last->improved)
    g_string_append_printf (text, _(" (imitation %.*f)"), decimals (first), first->mean_return);
  if (isfinite (last->success))
    g_string_append_printf (text, _(" · success %.0f %%"), 100.0 * last->success);
  if (isfinite (last->success) && last->improved)
    g_string_append_printf (text, _(" (imitation %.0f %%)"), 100.0 * first->success);
  if (last->improved)
    g_string_append_printf (text, _(" · KL %.3g of %.3g · ESS %.0f of %u"), last->report.kl, last->report.kl_bound, last->report.ess, last->episodes);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
show_iterations (LwLearnPage *self)
{
  GPtrArray *iterations = lw_session_get_iterations (self->session);
  const LwIteration *last = iterations->len > 0 ? g_ptr_array_index (iterations, iterations->len - 1) : NULL;
  g_autofree char *text = last != NULL ? summary_words (g_ptr_array_index (iterations, 0), last)
                                       : g_strdup (_("A run starts from imitation and improves it by trying."));

  draw (self);
  gtk_label_set_text (self->summary, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->summary), last != NULL && last->improved ? last->report.solver : NULL);
}

static void
update_run (LwLearnPage *self)
{
  gboolean running = lw_session_is_running (self->session), ready = lw_session_get_skill (self->session) != NULL;

  self->ending = self->ending && running;
  gtk_widget_set_sensitive (GTK_WIDGET (self->start_button), !running && ready);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->start_button), ready ? NULL : _("Fit a model first, on the Model page"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause_button), running && !self->ending);
  gtk_widget_set_sensitive (GTK_WIDGET (self->end_button), running && !self->ending);
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

/* Sliders stand where this task's runs begin. */
static void
reset_sliders (LwLearnPage *self)
{
  LwLearnSettings defaults;

  lw_learn_settings_init (&defaults, lw_session_get_task (self->session));
  for (guint i = 0; i < self->sliders->len; i++)
    {
      LwSettingSlider *slider = g_ptr_array_index (self->sliders, i);

      lw_setting_slider_reset (slider);
      for (guint j = 0; defaults.settings != NULL && j < defaults.settings->len; j++)
        {
          const LwSettingValue *s = &g_array_index (defaults.settings, LwSettingValue, j);

          if (strcmp (s->name, lw_setting_slider_get_name (slider)) == 0)
            lw_setting_slider_set_value (slider, s->value);
        }
    }
  gtk_spin_button_set_value (self->episodes, (double) defaults.episodes);
  gtk_spin_button_set_value (self->iterations, (double) defaults.iterations);
  lw_learn_settings_clear (&defaults);
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
  adw_preferences_group_set_description (self->run_group, _(info->sentence));
  reset_sliders (self);
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

/* Tasks by their titles, which only a task knows. */
static void
add_task_names (LwLearnPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const char *const *ids = lw_task_ids ();

  for (guint i = 0; ids[i] != NULL; i++)
    {
      LwTask *task = lw_task_new (ids[i], lw_path_arms (), NULL);

      gtk_string_list_append (names, task != NULL ? lw_words_task (task) : ids[i]);
      lw_task_free (task);
    }
  self->quiet = TRUE;
  adw_combo_row_set_model (self->task_row, G_LIST_MODEL (names));
  self->quiet = FALSE;
}

static void
add_plot (LwLearnPage *self, GtkBox *box, LwFigure *figure)
{
  GtkWidget *plot = lw_plot_new (figure);

  gtk_widget_add_css_class (plot, "plot-card");
  gtk_widget_set_hexpand (plot, TRUE);
  gtk_widget_set_vexpand (plot, TRUE);
  gtk_box_append (box, plot);
  lw_plot_group_add (self->group, LW_PLOT (plot));
}

static void
lw_learn_page_dispose (GObject *object)
{
  LwLearnPage *self = LW_LEARN_PAGE (object);

  g_clear_handle_id (&self->marks_source, g_source_remove);
  lw_learn_figures_clear (&self->figures);
  g_clear_object (&self->group);
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
  CHILD (run_group);
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
  self->group = lw_plot_group_new ();
  self->sliders = g_ptr_array_new ();
  add_sliders (self);
  add_task_names (self);
  lw_learn_figures_init (&self->figures);
  add_plot (self, self->upper, self->figures.returns);
  add_plot (self, self->lower, self->figures.kl);
  add_plot (self, self->lower, self->figures.ess);
  add_plot (self, self->lower, self->figures.weights);
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
