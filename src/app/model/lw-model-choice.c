/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-choice.h"

#include <glib/gi18n.h>
#include <stdint.h>

#include "lw-choice-figure.h"
#include "lw-plot.h"
#include "lw-skill-select.h"

struct _LwModelChoice
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
  LwFigure  *figure;
  guint      K, d; /* what Use takes */

  /* template */
  GtkLabel       *question, *suggestion;
  GtkBox         *plot_box;
  GtkProgressBar *progress;
  GtkButton      *use_button, *close_button;
};

G_DEFINE_FINAL_TYPE (LwModelChoice, lw_model_choice, ADW_TYPE_BIN)

static guint use_signal, closed_signal;

/* ---- commands ---- */

static void
use_clicked (GtkButton *button, LwModelChoice *self)
{
  g_signal_emit (self, use_signal, 0, self->K, self->d);
}

static void
close_clicked (GtkButton *button, LwModelChoice *self)
{
  if (lw_session_is_selecting (self->session))
    lw_session_cancel_select (self->session);
  else
    g_signal_emit (self, closed_signal, 0);
}

/* ---- what it shows ---- */

static const char *
question (LwMppcaCriterion criterion)
{
  return criterion == LW_MPPCA_IMITATION
             ? _("How far imitation is from demonstrations that it has not seen, for each number of components: lower is better.")
             : _("How likely demonstrations are that the mixture has not seen, for each number of components: higher is better.");
}

/* What a fit takes of it: one to all demonstrations allows what the limit says. */
static void
take_suggestion (LwModelChoice *self, const LwSkill *skill, const LwMppcaCell *cell)
{
  size_t K = cell->K, d = cell->d;
  g_autofree char *label = NULL;

  lw_mppca_limit (skill->params.rows, skill->n_context + skill->params.cols, &K, &d);
  self->K = (guint) K;
  self->d = (guint) d;
  label = g_strdup_printf (_("Use K = %u, d = %u"), self->K, self->d);
  gtk_button_set_label (self->use_button, label);
}

static void
show_selection (LwModelChoice *self)
{
  const LwMppcaSelection *table = lw_session_get_selection (self->session);
  const LwSkill *skill = lw_session_get_skill (self->session);
  gboolean selecting = lw_session_is_selecting (self->session);
  LwMppcaCriterion criterion = skill != NULL ? lw_skill_select_criterion (skill) : LW_MPPCA_HELD_OUT;
  g_autofree char *words = table != NULL ? lw_choice_words (table, criterion) : g_strdup ("");

  gtk_label_set_text (self->question, question (criterion));
  gtk_label_set_text (self->suggestion, words);
  gtk_widget_set_visible (GTK_WIDGET (self->suggestion), !selecting);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), selecting);
  gtk_button_set_label (self->close_button, selecting ? _("Cancel") : _("Back to the model"));
  gtk_widget_set_visible (GTK_WIDGET (self->use_button), table != NULL && table->suggested[criterion] != SIZE_MAX);
  lw_figure_set_empty_text (self->figure, selecting ? _("Every K and d is fitted to part of the demonstrations and judged by the rest") : _("Nothing was judged"));
  if (table == NULL)
    {
      lw_figure_clear (self->figure);
      return;
    }
  lw_choice_draw (self->figure, table, criterion);
  if (table->suggested[criterion] != SIZE_MAX)
    take_suggestion (self, skill, &table->cells[table->suggested[criterion]]);
}

/* One that was stopped, or of a skill that is gone, has nothing to show. */
static void
selection_changed (LwModelChoice *self)
{
  show_selection (self);
  if (lw_session_is_selecting (self->session))
    gtk_progress_bar_set_fraction (self->progress, 0.0);
  else if (lw_session_get_selection (self->session) == NULL)
    g_signal_emit (self, closed_signal, 0);
}

static void
select_progressed (LwSession *session, double fraction, LwModelChoice *self)
{
  g_autofree char *text = g_strdup_printf (_("Fitting and judging · %.0f %%"), 100.0 * fraction);

  gtk_progress_bar_set_fraction (self->progress, fraction);
  gtk_progress_bar_set_text (self->progress, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1); /* what is drawn is not told */
}

/* ---- class ---- */

static void
lw_model_choice_dispose (GObject *object)
{
  LwModelChoice *self = LW_MODEL_CHOICE (object);

  g_clear_object (&self->figure);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_model_choice_parent_class)->dispose (object);
}

static void
lw_model_choice_class_init (LwModelChoiceClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_model_choice_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-model-choice.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwModelChoice, name)
  CHILD (question);
  CHILD (suggestion);
  CHILD (plot_box);
  CHILD (progress);
  CHILD (use_button);
  CHILD (close_button);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, use_clicked);
  gtk_widget_class_bind_template_callback (widget, close_clicked);
  use_signal = g_signal_new ("use", LW_TYPE_MODEL_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
  closed_signal = g_signal_new ("closed", LW_TYPE_MODEL_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lw_model_choice_init (LwModelChoice *self)
{
  GtkWidget *plot;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->figure = lw_figure_new (_("Choice of K and d"));
  plot = lw_plot_new (self->figure);
  gtk_widget_add_css_class (plot, "plot-card");
  gtk_widget_set_hexpand (plot, TRUE);
  gtk_widget_set_vexpand (plot, TRUE);
  gtk_box_append (self->plot_box, plot);
}

void
lw_model_choice_set_session (LwModelChoice *self, LwSession *session)
{
  g_return_if_fail (LW_IS_MODEL_CHOICE (self) && self->session == NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "selection-changed", G_CALLBACK (selection_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "select-progress", G_CALLBACK (select_progressed), self, 0);
  show_selection (self);
}
