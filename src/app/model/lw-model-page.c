/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-context-form.h"
#include "lw-fit-report.h"
#include "lw-make-offer.h"
#include "lw-model-choice.h"
#include "lw-model-figures.h"
#include "lw-plot.h"
#include "lw-scroll-through.h"

struct _LwModelPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
  GPtrArray *conditioned; /* (nullable) of LwLayer, borrowed from the figures */
  LwFigure  *plane, *weights;
  LwSkill   *shown;       /* (nullable) */
  gboolean   edited;      /* the person chose settings for this task: they stay */
  gboolean   quiet;       /* settings are being shown */

  /* template */
  GtkSpinButton  *basis, *ridge, *components, *latent, *noise, *scale;
  GtkSwitch      *standardise;
  GtkButton      *fit_button, *suggest_button;
  GtkProgressBar *progress;
  GtkLabel       *result, *notice;
  GtkWidget      *notice_box;
  AdwExpanderRow *more_row;
  GtkStack       *right;
  GtkWidget      *pictures;
  LwModelChoice  *choice;
  GtkBox         *lower;
  LwMakeOffer    *offer;
  LwJointPlots   *plots;
  LwContextForm  *form;
};

G_DEFINE_FINAL_TYPE (LwModelPage, lw_model_page, ADW_TYPE_BIN)

/* ---- settings ---- */

static void
setting_edited (LwModelPage *self)
{
  if (!self->quiet)
    self->edited = TRUE;
}

static void
show_settings (LwModelPage *self, const LwFitSettings *settings)
{
  self->quiet = TRUE;
  gtk_spin_button_set_value (self->basis, (double) settings->n_basis);
  gtk_spin_button_set_value (self->ridge, round (log10 (settings->ridge)));
  gtk_spin_button_set_value (self->components, (double) settings->K);
  gtk_spin_button_set_value (self->latent, (double) settings->d);
  gtk_spin_button_set_value (self->noise, settings->context_noise);
  gtk_spin_button_set_value (self->scale, settings->context_scale);
  gtk_switch_set_active (self->standardise, settings->standardise);
  self->quiet = FALSE;
}

/* ---- fitting ---- */

static void
fit (LwModelPage *self)
{
  LwFitSettings settings;

  lw_fit_settings_init (&settings);
  settings.n_basis = (size_t) gtk_spin_button_get_value_as_int (self->basis);
  settings.ridge = pow (10.0, gtk_spin_button_get_value (self->ridge));
  settings.K = (size_t) gtk_spin_button_get_value_as_int (self->components);
  settings.d = (size_t) gtk_spin_button_get_value_as_int (self->latent);
  settings.context_noise = gtk_spin_button_get_value (self->noise);
  settings.context_scale = gtk_spin_button_get_value (self->scale);
  settings.standardise = gtk_switch_get_active (self->standardise);
  lw_session_fit (self->session, &settings);
}

static void
fit_clicked (GtkButton *button, LwModelPage *self)
{
  if (lw_session_is_fitting (self->session))
    lw_session_cancel_fit (self->session);
  else
    fit (self);
}

static void
update_fit (LwModelPage *self)
{
  gboolean fitting = lw_session_is_fitting (self->session), selecting = lw_session_is_selecting (self->session);
  gboolean possible = fitting || lw_session_count_for_task (self->session) > 0, fitted = lw_session_get_skill (self->session) != NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->progress), fitting);
  gtk_button_set_label (self->fit_button, fitting ? _("Cancel") : _("Fit"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->fit_button), possible && !selecting);
  gtk_widget_set_sensitive (GTK_WIDGET (self->suggest_button), fitted && !fitting && !selecting);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->suggest_button), fitted ? _("Judges other K and d by demonstrations left out")
                                                                         : _("Fit once: what is judged are the movements of a fit"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->fit_button), possible ? NULL : _("This task's arm has no demonstrations in use"));
}

static void
fit_progressed (LwSession *session, double fraction, const char *what, LwModelPage *self)
{
  update_fit (self);
  gtk_progress_bar_set_fraction (self->progress, fraction);
  gtk_progress_bar_set_text (self->progress, what);
}

/* ---- choice of K and d ---- */

static void
suggest_clicked (GtkButton *button, LwModelPage *self)
{
  lw_session_select (self->session, (guint) gtk_spin_button_get_value_as_int (self->components), (guint) gtk_spin_button_get_value_as_int (self->latent));
  gtk_stack_set_visible_child (self->right, GTK_WIDGET (self->choice));
}

static void
choice_used (LwModelChoice *choice, guint K, guint d, LwModelPage *self)
{
  gtk_spin_button_set_value (self->components, K);
  gtk_spin_button_set_value (self->latent, d);
  gtk_stack_set_visible_child (self->right, self->pictures);
  fit (self);
}

static void
choice_closed (LwModelPage *self)
{
  gtk_stack_set_visible_child (self->right, self->pictures);
}

static void
say_result (LwModelPage *self)
{
  g_autofree char *words = self->shown != NULL ? lw_fit_report_words (self->shown) : NULL;
  g_autofree char *notice = self->shown != NULL ? lw_fit_report_notice (self->shown) : NULL;

  gtk_label_set_text (self->result, words != NULL ? words : _("Fit turns the demonstrations in use into movement primitives and a latent mixture."));
  gtk_widget_set_visible (self->notice_box, notice != NULL);
  gtk_label_set_text (self->notice, notice != NULL ? notice : "");
}

/* ---- drawing ---- */

static void
draw_conditioned (LwModelPage *self)
{
  double context[LW_MAX_CONTEXT];
  g_autoptr (GError) error = NULL;

  if (self->shown == NULL || self->conditioned == NULL || self->shown->n_context == 0 ||
      lw_context_form_get_size (self->form) != self->shown->n_context)
    return;
  lw_context_form_get_values (self->form, context);
  if (!lw_model_draw_conditioned (self->conditioned, self->shown, context, &error))
    gtk_label_set_text (self->result, error->message);
}

static void
draw_latent (LwModelPage *self)
{
  LwSkillPlane plane;

  if (lw_skill_plane_init (self->shown, &plane) == LW_OK)
    {
      lw_model_draw_plane (self->plane, self->shown, &plane);
      lw_skill_plane_clear (&plane);
    }
  else
    lw_figure_clear (self->plane); /* one demonstration has no plane; the figure says so */
  lw_model_draw_weights (self->weights, self->shown);
}

static void
draw_skill (LwModelPage *self)
{
  LwArmModel *model = lw_session_get_task_model (self->session);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->conditioned, g_ptr_array_unref);
  lw_joint_plots_set_arm (self->plots, model, _("Phase"), LW_UNIT_NONE, _("No model yet"));
  if (self->shown == NULL)
    {
      lw_joint_plots_begin (self->plots);
      lw_joint_plots_end (self->plots);
      lw_figure_clear (self->plane);
      lw_figure_set_title (self->plane, _("Latent mixture"));
      lw_figure_clear (self->weights);
      return;
    }
  self->conditioned = lw_model_draw_bands (self->plots, self->shown, &error);
  if (error != NULL)
    gtk_label_set_text (self->result, error->message);
  draw_latent (self);
  draw_conditioned (self);
}

static void
skill_changed (LwModelPage *self)
{
  LwSkill *skill = lw_session_get_skill (self->session);

  update_fit (self);
  if (skill == self->shown && skill != NULL)
    return;
  choice_closed (self); /* it was about the model before */
  g_clear_pointer (&self->shown, lw_skill_unref);
  self->shown = skill != NULL ? lw_skill_ref (skill) : NULL;
  if (skill != NULL && !self->edited)
    show_settings (self, &skill->settings);
  say_result (self);
  draw_skill (self);
}

static void
task_changed (LwModelPage *self)
{
  const LwTaskInfo *task = &lw_session_get_task (self->session)->info;
  LwFitSettings settings;

  lw_context_form_set_task (self->form, lw_session_get_task (self->session));
  lw_fit_settings_init (&settings);
  settings.n_basis = task->n_basis;
  settings.K = task->K;
  settings.d = task->d;
  settings.context_noise = task->context_noise;
  self->edited = FALSE;
  show_settings (self, &settings);
  update_fit (self);
  skill_changed (self);
}

/* ---- class ---- */

static void
lw_model_page_dispose (GObject *object)
{
  LwModelPage *self = LW_MODEL_PAGE (object);

  g_clear_pointer (&self->conditioned, g_ptr_array_unref);
  g_clear_object (&self->plane);
  g_clear_object (&self->weights);
  g_clear_pointer (&self->shown, lw_skill_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_model_page_parent_class)->dispose (object);
}

static void
lw_model_page_class_init (LwModelPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_model_page_dispose;
  g_type_ensure (LW_TYPE_CONTEXT_FORM);
  g_type_ensure (LW_TYPE_JOINT_PLOTS);
  g_type_ensure (LW_TYPE_MAKE_OFFER);
  g_type_ensure (LW_TYPE_MODEL_CHOICE);
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-model-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwModelPage, name)
  CHILD (basis);
  CHILD (ridge);
  CHILD (components);
  CHILD (latent);
  CHILD (noise);
  CHILD (scale);
  CHILD (standardise);
  CHILD (fit_button);
  CHILD (suggest_button);
  CHILD (more_row);
  CHILD (right);
  CHILD (pictures);
  CHILD (choice);
  CHILD (progress);
  CHILD (result);
  CHILD (notice);
  CHILD (notice_box);
  CHILD (lower);
  CHILD (offer);
  CHILD (plots);
  CHILD (form);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, fit_clicked);
  gtk_widget_class_bind_template_callback (widget, suggest_clicked);
  gtk_widget_class_bind_template_callback (widget, choice_used);
  gtk_widget_class_bind_template_callback (widget, choice_closed);
  gtk_widget_class_bind_template_callback (widget, setting_edited);
  gtk_widget_class_bind_template_callback (widget, draw_conditioned);
}

/* libadwaita 1.2 gives an expander row and what it is made of no names. */
static void
name_parts (GtkWidget *part, const char *name)
{
  if (GTK_IS_LIST_BOX (part) || (GTK_IS_LIST_BOX_ROW (part) && gtk_widget_get_focusable (part)))
    gtk_accessible_update_property (GTK_ACCESSIBLE (part), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  for (GtkWidget *child = gtk_widget_get_first_child (part); child != NULL; child = gtk_widget_get_next_sibling (child))
    name_parts (child, name);
}

static void
add_plot (GtkBox *box, LwFigure *figure)
{
  GtkWidget *plot = lw_plot_new (figure);

  gtk_widget_add_css_class (plot, "plot-card");
  gtk_box_append (box, plot);
}

static void
lw_model_page_init (LwModelPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (GtkSpinButton **number = (GtkSpinButton *[]){ self->basis, self->ridge, self->components, self->latent, self->noise, self->scale, NULL };
       *number != NULL; number++)
    lw_scroll_through (GTK_WIDGET (*number));
  name_parts (GTK_WIDGET (self->more_row), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self->more_row)));
  self->plane = lw_figure_new (_("Latent mixture"));
  lw_figure_set_x_axis (self->plane, _("First principal axis"), LW_UNIT_NONE);
  lw_figure_set_y_axis (self->plane, _("Second principal axis"), LW_UNIT_NONE);
  lw_figure_set_equal_aspect (self->plane, TRUE);
  lw_figure_set_empty_text (self->plane, _("Two demonstrations or more span a plane"));
  add_plot (self->lower, self->plane);
  self->weights = lw_figure_new (_("Component weights"));
  lw_figure_set_x_axis (self->weights, _("Component"), LW_UNIT_NONE);
  lw_figure_set_y_axis (self->weights, _("Weight π"), LW_UNIT_NONE);
  lw_figure_set_y_range (self->weights, (LwRange){ 0.0, (double) NAN });
  lw_figure_set_empty_text (self->weights, _("No model yet"));
  add_plot (self->lower, self->weights);
}

GtkWidget *
lw_model_page_new (LwSession *session)
{
  LwModelPage *self = g_object_new (LW_TYPE_MODEL_PAGE, NULL);

  self->session = g_object_ref (session);
  lw_make_offer_set_session (self->offer, session);
  lw_model_choice_set_session (self->choice, session);
  g_signal_connect_object (session, "fit-progress", G_CALLBACK (fit_progressed), self, 0);
  g_signal_connect_object (session, "skill-changed", G_CALLBACK (skill_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "selection-changed", G_CALLBACK (update_fit), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (task_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (update_fit), self, G_CONNECT_SWAPPED);
  task_changed (self);
  return GTK_WIDGET (self);
}
