/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-context-form.h"
#include "lw-model-figures.h"

struct _LwModelPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession   *session;
  LwJointPlots joints;
  GPtrArray   *conditioned;   /* of LwLayer, borrowed from the figures */
  LwFigure    *plane, *weights;
  LwSkill     *shown;

  /* template */
  GtkSpinButton  *basis, *ridge, *components, *latent, *noise;
  GtkButton      *fit_button;
  GtkProgressBar *progress;
  GtkLabel       *result;
  GtkBox         *context_box, *lower;
  GtkFlowBox     *plots;

  /* borrowed */
  GtkWidget *form;
};

G_DEFINE_FINAL_TYPE (LwModelPage, lw_model_page, ADW_TYPE_BIN)

/* ---- fitting ---- */

static void
fit_clicked (GtkButton *button, LwModelPage *self)
{
  LwFitSettings settings;

  if (lw_session_is_fitting (self->session))
    {
      lw_session_cancel_fit (self->session);
      return;
    }
  lw_fit_settings_init (&settings);
  settings.n_basis = (size_t) gtk_spin_button_get_value_as_int (self->basis);
  settings.ridge = pow (10.0, gtk_spin_button_get_value (self->ridge));
  settings.K = (size_t) gtk_spin_button_get_value_as_int (self->components);
  settings.d = (size_t) gtk_spin_button_get_value_as_int (self->latent);
  settings.context_noise = gtk_spin_button_get_value (self->noise);
  lw_session_fit (self->session, &settings);
}

static void
fit_progressed (LwSession *session, double fraction, const char *what, LwModelPage *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->progress), TRUE);
  gtk_progress_bar_set_fraction (self->progress, fraction);
  gtk_progress_bar_set_text (self->progress, what);
  gtk_button_set_label (self->fit_button, _("Cancel"));
}

static void
say_result (LwModelPage *self)
{
  const LwSkill *skill = self->shown;
  g_autoptr (GString) text = g_string_new (NULL);

  if (skill == NULL)
    g_string_append (text, _("No model yet. Fit turns the demonstrations in use into movement primitives and a latent mixture."));
  else
    {
      g_string_append_printf (text, ngettext ("%zu demonstration, mean duration %.2f s. ", "%zu demonstrations, mean duration %.2f s. ", skill->params.rows),
                              skill->params.rows, skill->mean_duration);
      if (isfinite (skill->largest_rms))
        g_string_append_printf (text, _("Worst fit %.2f° RMS. "), skill->largest_rms * 180.0 / G_PI);
      if (skill->lowered)
        g_string_append_printf (text, _("%zu demonstrations allow K = %zu and d = %zu; %zu and %zu were asked for. Record more to use more. "),
                                skill->params.rows, skill->K, skill->d, skill->settings.K, skill->settings.d);
      else
        g_string_append_printf (text, _("K = %zu, d = %zu. "), skill->K, skill->d);
      g_string_append_printf (text, _("Log-likelihood %.1f a demonstration after %zu EM iterations."), skill->report.log_likelihood, skill->report.iterations);
      if (skill->report.n_on_floor > 0)
        g_string_append_printf (text, ngettext (" %zu component rests on the noise floor.", " %zu components rest on the noise floor.", skill->report.n_on_floor),
                                skill->report.n_on_floor);
    }
  gtk_label_set_text (self->result, text->str);
}

/* ---- drawing ---- */

static void
draw_conditioned (LwModelPage *self)
{
  double context[LW_MAX_CONTEXT];
  g_autoptr (GError) error = NULL;

  if (self->shown == NULL || self->conditioned == NULL || lw_context_form_get_size (LW_CONTEXT_FORM (self->form)) != self->shown->n_context ||
      self->shown->n_context == 0)
    return;
  lw_context_form_get_values (LW_CONTEXT_FORM (self->form), context);
  if (!lw_model_draw_conditioned (&self->joints, self->conditioned, self->shown, context, &error))
    gtk_label_set_text (self->result, error->message);
}

static void
draw_skill (LwModelPage *self)
{
  LwArmModel *model = lw_session_get_arm_model (self->session);
  const char *names[LW_MAX_JOINTS];
  g_autoptr (GError) error = NULL;
  LwSkillPlane plane;
  size_t n = lw_arm_model_n_joints (model);

  for (size_t i = 0; i < n; i++)
    names[i] = lw_arm_model_joints (model)[i].name;
  g_clear_pointer (&self->conditioned, g_ptr_array_unref);
  lw_joint_plots_set_joints (&self->joints, names, n, _("Phase"), LW_UNIT_NONE, _("No model yet"));
  if (self->shown == NULL)
    {
      for (guint j = 0; j < self->joints.figures->len; j++)
        lw_figure_clear (g_ptr_array_index (self->joints.figures, j));
      lw_figure_clear (self->plane);
      lw_figure_clear (self->weights);
      return;
    }
  self->conditioned = lw_model_draw_bands (&self->joints, self->shown, &error);
  if (error != NULL)
    gtk_label_set_text (self->result, error->message);
  if (lw_skill_plane_init (self->shown, &plane) == LW_OK)
    {
      lw_model_draw_plane (self->plane, self->shown, &plane);
      lw_skill_plane_clear (&plane);
    }
  else
    lw_figure_clear (self->plane); /* one demonstration has no plane; the figure says so */
  lw_model_draw_weights (self->weights, self->shown);
  draw_conditioned (self);
}

static void
skill_changed (LwModelPage *self)
{
  LwSkill *skill = lw_session_get_skill (self->session);

  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
  gtk_button_set_label (self->fit_button, _("Fit"));
  if (skill == self->shown && skill != NULL)
    return;
  g_clear_pointer (&self->shown, lw_skill_unref);
  self->shown = skill != NULL ? lw_skill_ref (skill) : NULL;
  say_result (self);
  draw_skill (self);
}

static void
task_changed (LwModelPage *self)
{
  const LwTaskInfo *task = &lw_session_get_task (self->session)->info;

  lw_context_form_set_task (LW_CONTEXT_FORM (self->form), lw_session_get_task (self->session));
  gtk_spin_button_set_value (self->basis, (double) task->n_basis);
  gtk_spin_button_set_value (self->components, (double) task->K);
  gtk_spin_button_set_value (self->latent, (double) task->d);
  gtk_spin_button_set_value (self->noise, task->context_noise);
  draw_conditioned (self);
}

static void
demonstrations_changed (LwModelPage *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->fit_button), lw_session_get_demonstrations (self->session)->len > 0);
}

/* ---- class ---- */

static void
lw_model_page_dispose (GObject *object)
{
  LwModelPage *self = LW_MODEL_PAGE (object);

  g_clear_pointer (&self->conditioned, g_ptr_array_unref);
  lw_joint_plots_clear (&self->joints);
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
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-model-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwModelPage, name)
  CHILD (basis);
  CHILD (ridge);
  CHILD (components);
  CHILD (latent);
  CHILD (noise);
  CHILD (fit_button);
  CHILD (progress);
  CHILD (result);
  CHILD (context_box);
  CHILD (lower);
  CHILD (plots);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, fit_clicked);
}

static void
add_plot (GtkBox *box, LwFigure *figure)
{
  GtkWidget *plot = lw_plot_new (figure);

  gtk_widget_add_css_class (plot, "plot-card");
  gtk_widget_set_overflow (plot, GTK_OVERFLOW_HIDDEN);
  gtk_box_append (box, plot);
}

static void
lw_model_page_init (LwModelPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lw_joint_plots_init (&self->joints, self->plots);
  self->plane = lw_figure_new (_("Latent mixture"));
  lw_figure_set_x_axis (self->plane, _("First principal axis"), LW_UNIT_NONE);
  lw_figure_set_y_axis (self->plane, _("Second principal axis"), LW_UNIT_NONE);
  lw_figure_set_equal_aspect (self->plane, TRUE);
  lw_figure_set_empty_text (self->plane, _("Two demonstrations or more span a plane"));
  add_plot (self->lower, self->plane);
  self->weights = lw_figure_new (_("Component weights"));
  lw_figure_set_x_axis (self->weights, _("Component"), LW_UNIT_NONE);
  lw_figure_set_y_axis (self->weights, _("Weight π"), LW_UNIT_NONE);
  lw_figure_set_y_range (self->weights, (LwRange){ 0.0, 1.0 });
  lw_figure_set_empty_text (self->weights, _("No model yet"));
  add_plot (self->lower, self->weights);
  self->form = lw_context_form_new ();
  gtk_box_append (self->context_box, self->form);
  g_signal_connect_swapped (self->form, "changed", G_CALLBACK (draw_conditioned), self);
}

GtkWidget *
lw_model_page_new (LwSession *session)
{
  LwModelPage *self = g_object_new (LW_TYPE_MODEL_PAGE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "fit-progress", G_CALLBACK (fit_progressed), self, 0);
  g_signal_connect_object (session, "skill-changed", G_CALLBACK (skill_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (task_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (draw_skill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (demonstrations_changed), self, G_CONNECT_SWAPPED);
  task_changed (self);
  skill_changed (self);
  say_result (self);
  draw_skill (self);
  demonstrations_changed (self);
  return GTK_WIDGET (self);
}
