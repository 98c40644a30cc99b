/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-learn-figures.h"
#include "lw-learn-words.h"
#include "lw-paths.h"
#include "lw-plot-group.h"
#include "lw-scroll-through.h"
#include "lw-setting-list.h"
#include "lw-words.h"

#define MARKS_MS 100

struct _LwLearnPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession     *session;
  LwPlotGroup   *group;
  LwLearnFigures figures;
  guint          marks_source;
  guint          live_iteration, live_episode; /* the newest dot */
  gboolean       ending;   /* End was pressed */
  gboolean       quiet;

  /* template */
  AdwPreferencesGroup *run_group, *search_group;
  AdwComboRow     *task_row, *where_row, *reward_row, *algorithm_row;
  AdwEntryRow     *source_row;
  GtkWidget       *question_box;
  GtkLabel        *question;
  GtkSpinButton   *answer;
  GtkSpinButton   *episodes, *iterations;
  GtkButton       *start_button, *end_button;
  GtkToggleButton *pause_button;
  GtkProgressBar  *progress;
  LwSettingList   *list;
  GtkBox          *upper, *lower;
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
  g_autofree char *title = told != NULL ? g_strdup_printf (_("Learning curve · %s"), lw_words_algorithm (told->algorithm)) : g_strdup (_("Learning curve"));
  guint coming = told != NULL && lw_session_is_running (self->session) && told->iterations > done ? (guint) told->iterations - done : 0;

  lw_figure_set_title (self->figures.returns, title);
  lw_learn_figures_draw (&self->figures, lw_session_get_iterations (self->session), lw_session_get_setting_changes (self->session),
                         told != NULL ? (guint) told->evaluate : 0, coming);
}

/* ---- commands ---- */

static const char *
algorithm (LwLearnPage *self)
{
  return lw_learner_names ()[adw_combo_row_get_selected (self->algorithm_row)];
}

/* What a run of the chosen task and algorithm is told when nothing is moved. */
static void
init_settings (LwLearnPage *self, LwLearnSettings *settings)
{
  LwTask *task = lw_session_get_task (self->session);
  gboolean known;

  lw_learn_settings_init (settings, task);
  known = lw_learn_settings_set_algorithm (settings, task, algorithm (self), NULL);
  g_assert (known); /* it is one of their list */
}

/* ---- where rewards come from ---- */

enum { REWARD_TASK, REWARD_SCALE, REWARD_PROGRAM, REWARD_PERSON };

/* As lw_instrument_open() and the session name it. FALSE: it is not said yet which one. */
static gboolean
name_rewards (LwLearnPage *self, char *out, gsize size)
{
  guint which = adw_combo_row_get_selected (self->reward_row);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->source_row));

  if (which == REWARD_TASK || which == REWARD_PERSON)
    g_strlcpy (out, which == REWARD_PERSON ? "ask" : "", size);
  else if (*text != '\0')
    g_snprintf (out, size, "%s:%s", which == REWARD_SCALE ? "scale" : "command", text);
  return which == REWARD_TASK || which == REWARD_PERSON || *text != '\0';
}

static void
reward_selected (LwLearnPage *self)
{
  guint which = adw_combo_row_get_selected (self->reward_row);

  gtk_widget_set_visible (GTK_WIDGET (self->source_row), which == REWARD_SCALE || which == REWARD_PROGRAM);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->source_row), which == REWARD_SCALE ? _("Port of the scale") : _("Program and arguments"));
}

static void
question_changed (LwLearnPage *self)
{
  const char *question = lw_session_get_question (self->session);

  gtk_widget_set_visible (self->question_box, question != NULL);
  gtk_label_set_text (self->question, question != NULL ? question : "");
  if (question != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_grab_focus (GTK_WIDGET (self->answer));
}

static void
answer_clicked (GtkButton *button, LwLearnPage *self)
{
  lw_session_answer (self->session, gtk_spin_button_get_value (self->answer));
}

static void
skip_clicked (GtkButton *button, LwLearnPage *self)
{
  lw_session_answer (self->session, (double) NAN);
}

static void
start_clicked (GtkButton *button, LwLearnPage *self)
{
  LwLearnSettings settings;

  init_settings (self, &settings);
  settings.episodes = (size_t) gtk_spin_button_get_value_as_int (self->episodes);
  settings.iterations = (size_t) gtk_spin_button_get_value_as_int (self->iterations);
  lw_setting_list_read (self->list, &settings);
  if (!name_rewards (self, settings.rewards_from, sizeof settings.rewards_from))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->source_row));
      lw_learn_settings_clear (&settings);
      return;
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
setting_moved (LwSettingList *list, const char *setting, double value, LwLearnPage *self)
{
  lw_session_set_run_setting (self->session, setting, value);
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

static void
show_progress (LwLearnPage *self)
{
  const LwLearnProgress *p = lw_session_get_run_progress (self->session);
  gboolean running = lw_session_is_running (self->session);
  double fraction = lw_learn_fraction (p, n_wanted (self));
  g_autofree char *text = lw_learn_progress_words (self->session, fraction, self->ending);

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

static void
show_iterations (LwLearnPage *self)
{
  GPtrArray *iterations = lw_session_get_iterations (self->session);
  const LwIteration *last = iterations->len > 0 ? g_ptr_array_index (iterations, iterations->len - 1) : NULL;
  g_autofree char *text = last != NULL ? lw_learn_summary_words (g_ptr_array_index (iterations, 0), last)
                                       : g_strdup (_("A run starts from imitation and improves it by trying."));

  draw (self);
  gtk_label_set_text (self->summary, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->summary), last != NULL && last->improved ? last->report.solver : NULL);
}

static void
say_search (LwLearnPage *self)
{
  gboolean running = lw_session_is_running (self->session);

  adw_preferences_group_set_description (self->search_group, running ? _("A change acts at the next iteration and is marked on the curve.")
                                                                     : lw_words_algorithm_sentence (algorithm (self)));
  lw_setting_list_set_running (self->list, running);
}

static void
update_run (LwLearnPage *self)
{
  gboolean starting = lw_session_is_starting (self->session), ready = lw_session_get_skill (self->session) != NULL;
  gboolean running = lw_session_is_running (self->session) || starting;

  self->ending = self->ending && running;
  gtk_widget_set_sensitive (GTK_WIDGET (self->start_button), !running && ready);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->start_button), ready ? NULL : _("Fit a model first, on the Model page"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause_button), running && !starting && !self->ending);
  gtk_widget_set_sensitive (GTK_WIDGET (self->end_button), running && !starting && !self->ending);
  gtk_widget_set_sensitive (GTK_WIDGET (self->task_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->where_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->reward_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->source_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->algorithm_row), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->episodes), !running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->iterations), !running);
  self->quiet = TRUE;
  gtk_toggle_button_set_active (self->pause_button, lw_session_is_paused (self->session));
  self->quiet = FALSE;
  say_search (self);
  show_iterations (self);
  show_progress (self);
}

/* Sliders stand where runs of this task and algorithm begin. */
static void
show_settings (LwLearnPage *self)
{
  LwLearnSettings settings;

  init_settings (self, &settings);
  lw_setting_list_show (self->list, &settings);
  lw_learn_settings_clear (&settings);
  say_search (self);
}

static void
algorithm_selected (LwLearnPage *self)
{
  if (!self->quiet)
    show_settings (self);
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
  gtk_spin_button_set_value (self->episodes, (double) info->episodes);
  show_settings (self);
  update_run (self);
}

/* ---- class ---- */

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
add_algorithm_names (LwLearnPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const char *const *ids = lw_learner_names ();

  for (guint i = 0; ids[i] != NULL; i++)
    gtk_string_list_append (names, lw_words_algorithm (ids[i]));
  self->quiet = TRUE;
  adw_combo_row_set_model (self->algorithm_row, G_LIST_MODEL (names));
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
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_learn_page_parent_class)->dispose (object);
}

static void
lw_learn_page_class_init (LwLearnPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_learn_page_dispose;
  g_type_ensure (LW_TYPE_SETTING_LIST);
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-learn-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwLearnPage, name)
  CHILD (run_group);
  CHILD (search_group);
  CHILD (algorithm_row);
  CHILD (list);
  CHILD (task_row);
  CHILD (where_row);
  CHILD (reward_row);
  CHILD (source_row);
  CHILD (question_box);
  CHILD (question);
  CHILD (answer);
  CHILD (episodes);
  CHILD (iterations);
  CHILD (start_button);
  CHILD (end_button);
  CHILD (pause_button);
  CHILD (progress);
  CHILD (upper);
  CHILD (lower);
  CHILD (summary);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, start_clicked);
  gtk_widget_class_bind_template_callback (widget, pause_toggled);
  gtk_widget_class_bind_template_callback (widget, end_clicked);
  gtk_widget_class_bind_template_callback (widget, setting_moved);
  gtk_widget_class_bind_template_callback (widget, answer_clicked);
  gtk_widget_class_bind_template_callback (widget, skip_clicked);
}

static void
lw_learn_page_init (LwLearnPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lw_scroll_through (GTK_WIDGET (self->episodes));
  lw_scroll_through (GTK_WIDGET (self->iterations));
  self->group = lw_plot_group_new ();
  add_algorithm_names (self);
  add_task_names (self);
  lw_learn_figures_init (&self->figures);
  add_plot (self, self->upper, self->figures.returns);
  add_plot (self, self->lower, self->figures.kl);
  add_plot (self, self->lower, self->figures.ess);
  add_plot (self, self->lower, self->figures.weights);
  g_signal_connect_swapped (self->task_row, "notify::selected", G_CALLBACK (task_selected), self);
  g_signal_connect_swapped (self->reward_row, "notify::selected", G_CALLBACK (reward_selected), self);
  g_signal_connect_swapped (self->algorithm_row, "notify::selected", G_CALLBACK (algorithm_selected), self);
}

GtkWidget *
lw_learn_page_new (LwSession *session)
{
  LwLearnPage *self = g_object_new (LW_TYPE_LEARN_PAGE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "question-changed", G_CALLBACK (question_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-progress", G_CALLBACK (show_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-iteration", G_CALLBACK (show_iterations), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "skill-changed", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (task_changed), self, G_CONNECT_SWAPPED);
  task_changed (self);
  return GTK_WIDGET (self);
}
