/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-perform-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-context-form.h"
#include "lw-joint-plots.h"
#include "lw-run-record.h"
#include "lw-scene-widget.h"

#define FAR 0.5 /* rad from where the arm stands to where the movement begins: the person is asked */
#define DEGREE (G_PI / 180.0)
#define GHOST_MS 33

struct _LwPerformPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession    *session;
  LwJointPlots  joints;
  LwTrajectory *movement;  /* (nullable) what the policy says for the context */
  LwPlan       *plan;      /* (nullable) as previewed: what Run would emit */
  LwRunRecord   record;
  LwKinematics *kinematics;
  guint         ghost_source;
  gint64        ghost_began;
  gboolean      running;   /* a run of this page */
  uint32_t      run;

  /* template */
  AdwComboRow    *policy_row;
  GtkBox         *context_box, *scene_box;
  GtkButton      *preview_button, *run_button;
  GtkLabel       *verdict, *outcome;
  GtkProgressBar *progress;
  GtkFlowBox     *plots;

  /* borrowed */
  GtkWidget  *form, *scene;
  LwArmModel *shown;
};

G_DEFINE_FINAL_TYPE (LwPerformPage, lw_perform_page, ADW_TYPE_BIN)

/* ---- plots ---- */

static void
draw_plots (LwPerformPage *self)
{
  static const LwStyle planned_style = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_LONG, .width = 1.3 };
  static const LwStyle measured_style = { .ink = LW_INK_CATEGORY, .category = 1, .dash = LW_DASH_SOLID, .width = 1.3 };
  const LwTrajectory *planned = self->plan != NULL ? self->plan->goals : self->movement;
  guint n = self->running || self->plan == self->record.plan ? self->record.samples->len : 0;
  g_autofree double *x = g_new (double, MAX (n, planned != NULL ? planned->n_samples : 0) + 1), *y = g_new (double, MAX (n, planned != NULL ? planned->n_samples : 0) + 1);

  for (guint j = 0; j < self->joints.figures->len; j++)
    {
      LwFigure *figure = g_ptr_array_index (self->joints.figures, j);

      lw_figure_freeze (figure);
      lw_figure_clear (figure);
      if (planned != NULL && j < planned->n_joints)
        {
          for (size_t i = 0; i < planned->n_samples; i++)
            y[i] = lw_mat_get (&planned->q, i, j);
          lw_figure_add_line_xy (figure, planned->t, y, planned->n_samples, &planned_style, _("Planned"));
        }
      for (guint i = 0; i < n; i++)
        {
          const LwSample *s = &g_array_index (self->record.samples, LwSample, i);

          x[i] = 1e-9 * (double) (s->t_ns - g_array_index (self->record.samples, LwSample, 0).t_ns);
          y[i] = s->q[j];
        }
      if (n > 0)
        lw_figure_add_line_xy (figure, x, y, n, &measured_style, _("Measured"));
      lw_figure_thaw (figure);
    }
}

/* ---- ghost ---- */

static void
stop_ghost (LwPerformPage *self)
{
  g_clear_handle_id (&self->ghost_source, g_source_remove);
  lw_scene_widget_set_ghost (LW_SCENE_WIDGET (self->scene), NULL);
}

static gboolean
move_ghost (gpointer data)
{
  LwPerformPage *self = data;
  const LwTrajectory *path = self->plan != NULL ? self->plan->goals : self->movement;
  double t = 1e-6 * (double) (g_get_monotonic_time () - self->ghost_began), length, q[LW_MAX_JOINTS];

  if (path == NULL || path->n_joints > LW_MAX_JOINTS || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      self->ghost_source = 0;
      lw_scene_widget_set_ghost (LW_SCENE_WIDGET (self->scene), NULL);
      return G_SOURCE_REMOVE;
    }
  length = lw_trajectory_duration (path) + 1.0; /* a second's rest at the end, then again */
  lw_trajectory_at (path, fmod (t, length), q);
  lw_scene_widget_set_ghost (LW_SCENE_WIDGET (self->scene), q);
  return G_SOURCE_CONTINUE;
}

/* ---- preview ---- */

static void
show_markers (LwPerformPage *self)
{
  const LwTask *task = lw_session_get_task (self->session);
  LwMarker markers[LW_TASK_MAX_MARKERS];
  double context[LW_MAX_CONTEXT];

  lw_context_form_get_values (LW_CONTEXT_FORM (self->form), context);
  lw_scene_widget_set_markers (LW_SCENE_WIDGET (self->scene), markers, task->klass->markers (task, context, markers, G_N_ELEMENTS (markers)));
}

static void
show_path (LwPerformPage *self, const LwTrajectory *path)
{
  LwRollout rollout = { .measured = (LwTrajectory *) path };

  if (path == NULL || lw_rollout_fill_tip (&rollout, self->kinematics) != LW_OK)
    {
      lw_scene_widget_set_path (LW_SCENE_WIDGET (self->scene), NULL);
      return;
    }
  lw_scene_widget_set_path (LW_SCENE_WIDGET (self->scene), &rollout.tip);
  rollout.measured = NULL; /* borrowed */
  lw_rollout_clear (&rollout);
}

static void
forget_plan (LwPerformPage *self)
{
  stop_ghost (self);
  g_clear_pointer (&self->plan, lw_plan_unref);
  g_clear_pointer (&self->movement, lw_trajectory_unref);
  gtk_label_set_text (self->verdict, "");
  show_path (self, NULL);
  show_markers (self);
  draw_plots (self);
}

static void
say_verdict (LwPerformPage *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const LwPlan *p = self->plan;

  if (p == NULL)
    g_string_append_printf (text, _("%.2f s as learned. Connect and arm the arm to see what it would be told."), lw_trajectory_duration (self->movement));
  else
    {
      g_string_append_printf (text, _("%.1f s (%.1f times slower than learned) · peak %.0f°/s, %.0f %% of the limit · closest limit: %s, %.0f° away"),
                              p->duration, p->retimed_by, p->peak_speed / DEGREE, 100.0 * p->peak_fraction,
                              lw_arm_model_joints (self->shown)[p->closest_joint].name, p->closest_limit / DEGREE);
      if (p->limited != 0)
        g_string_append_printf (text, _("\nThe limits cut the path, by up to %.1f°."), p->deviation / DEGREE);
      if (p->far > FAR)
        g_string_append_printf (text, _("\nThe start is %.0f° away; the arm goes there first."), p->far / DEGREE);
    }
  gtk_label_set_text (self->verdict, text->str);
}

static gboolean
make_preview (LwPerformPage *self)
{
  LwSkill *skill = lw_session_get_skill (self->session);
  const LwTask *task = lw_session_get_task (self->session);
  guint selected = adw_combo_row_get_selected (self->policy_row);
  double context[LW_MAX_CONTEXT];
  g_autofree double *movement = NULL;

  forget_plan (self);
  if (skill == NULL || skill->n_context != task->info.n_context)
    {
      g_signal_emit_by_name (self->session, "message", _("There is no model for this task. Fit one on the Model page."), "");
      return FALSE;
    }
  movement = g_new (double, skill->params.cols);
  lw_context_form_get_values (LW_CONTEXT_FORM (self->form), context);
  if (!lw_session_policy_movement (self->session, selected, context, movement))
    return FALSE;
  if (lw_task_movement (task, &skill->basis, movement, skill->params.cols - 1, &self->movement) != LW_OK)
    {
      g_signal_emit_by_name (self->session, "message", _("This movement cannot be shown: the model and the task disagree"), "");
      return FALSE;
    }
  if (lw_session_is_connected (self->session))
    self->plan = lw_session_plan (self->session, self->movement);
  say_verdict (self);
  show_path (self, self->plan != NULL ? self->plan->goals : self->movement);
  draw_plots (self);
  self->ghost_began = g_get_monotonic_time ();
  self->ghost_source = g_timeout_add (GHOST_MS, move_ghost, self);
  return TRUE;
}

static void
preview_clicked (GtkButton *button, LwPerformPage *self)
{
  make_preview (self);
}

/* ---- run ---- */

static void
run_plan (LwPerformPage *self)
{
  if (self->plan == NULL)
    return;
  stop_ghost (self);
  lw_run_record_begin (&self->record, self->plan);
  gtk_label_set_text (self->outcome, "");
  if (!lw_session_run_plan (self->session, self->plan))
    return;
  self->run = lw_session_get_arm_state (self->session)->run;
  self->running = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self->progress), TRUE);
}

static void
far_answered (AdwMessageDialog *dialog, const char *response, LwPerformPage *self)
{
  if (g_str_equal (response, "run"))
    run_plan (self);
}

/* A far start is a decision: which joints, how far. */
static void
ask_far (LwPerformPage *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  const LwTrajectory *goals = self->plan->goals;
  size_t begin = MIN (self->plan->n_ramp, goals->n_samples - 1);
  g_autoptr (GString) text = g_string_new (_("Before the movement the arm goes to its start:\n"));
  GtkWidget *dialog;

  for (size_t j = 0; j < goals->n_joints; j++)
    {
      double by = lw_mat_get (&goals->q, begin, j) - state->q[j];

      if (fabs (by) > 5.0 * DEGREE)
        g_string_append_printf (text, _("\n%s by %+.0f°"), lw_arm_model_joints (self->shown)[j].name, by / DEGREE);
    }
  dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Move to the start?"), text->str);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "run", _("_Run"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "run", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (far_answered), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
run_clicked (GtkButton *button, LwPerformPage *self)
{
  /* Planned anew: the arm may have been moved since the preview. */
  if (!make_preview (self) || self->plan == NULL)
    return;
  if (self->plan->far > FAR)
    ask_far (self);
  else
    run_plan (self);
}

static void
say_outcome (LwPerformPage *self, gboolean aborted)
{
  const LwTask *task = lw_session_get_task (self->session);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  double context[LW_MAX_CONTEXT], reward;
  gboolean success = FALSE;
  LwRollout rollout;

  if (aborted)
    g_string_append (text, _("Stopped before the end. "));
  g_string_append_printf (text, _("Measured against planned: %.2f° RMS. "), lw_run_record_rms (&self->record) / DEGREE);
  if (!aborted && lw_run_record_rollout (&self->record, self->kinematics, &rollout))
    {
      lw_context_form_get_values (LW_CONTEXT_FORM (self->form), context);
      if (task->klass->score (task, context, &rollout, &reward, &success, &error))
        {
          g_string_append_printf (text, _("Reward %.4f"), reward);
          if (task->info.scores_success)
            g_string_append (text, success ? _(" · success") : _(" · no success"));
        }
      else
        g_string_append (text, error->message);
      lw_rollout_clear (&rollout);
    }
  gtk_label_set_text (self->outcome, text->str);
}

/* ---- live ---- */

static void
samples_came (LwSession *session, const LwSample *samples, guint n, LwPerformPage *self)
{
  if (self->running)
    lw_run_record_add (&self->record, samples, n);
}

static void
tick (LwPerformPage *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);

  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    lw_scene_widget_set_pose (LW_SCENE_WIDGET (self->scene), state->q);
  if (!self->running)
    return;
  gtk_progress_bar_set_fraction (self->progress, state->run_progress);
  gtk_progress_bar_set_text (self->progress, _("Running · Esc stops"));
  if (state->mode != LW_MODE_RUNNING && state->run_done)
    {
      self->running = FALSE;
      gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
      say_outcome (self, state->run_aborted);
    }
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    draw_plots (self);
}

static void
update_arm (LwPerformPage *self)
{
  LwArmModel *model = lw_session_get_arm_model (self->session);
  const char *names[LW_MAX_JOINTS];
  size_t n = lw_arm_model_n_joints (model);

  if (model != self->shown)
    {
      for (size_t i = 0; i < n; i++)
        names[i] = lw_arm_model_joints (model)[i].name;
      lw_joint_plots_set_joints (&self->joints, names, n, _("Time"), LW_UNIT_SECOND, _("Preview a movement to see it here"));
      lw_scene_widget_set_model (LW_SCENE_WIDGET (self->scene), model);
      g_clear_pointer (&self->kinematics, lw_kinematics_free);
      self->kinematics = lw_kinematics_new (model);
      self->shown = model;
      forget_plan (self);
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->run_button), lw_session_get_arm_state (self->session)->mode == LW_MODE_ARMED);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->run_button),
                               lw_session_get_arm_state (self->session)->mode == LW_MODE_ARMED ? NULL : _("The arm must be armed: Hold, then Arm, on the Arm page"));
}

static void
list_policies (LwPerformPage *self)
{
  GPtrArray *iterations = lw_session_get_iterations (self->session);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  gtk_string_list_append (names, _("Imitation"));
  for (guint i = 1; i < iterations->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      gtk_string_list_append (names, name);
    }
  adw_combo_row_set_model (self->policy_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->policy_row, g_list_model_get_n_items (G_LIST_MODEL (names)) - 1);
}

static void
task_changed (LwPerformPage *self)
{
  lw_context_form_set_task (LW_CONTEXT_FORM (self->form), lw_session_get_task (self->session));
  forget_plan (self);
}

/* ---- class ---- */

static void
lw_perform_page_dispose (GObject *object)
{
  LwPerformPage *self = LW_PERFORM_PAGE (object);

  g_clear_handle_id (&self->ghost_source, g_source_remove);
  g_clear_pointer (&self->plan, lw_plan_unref);
  g_clear_pointer (&self->movement, lw_trajectory_unref);
  lw_run_record_clear (&self->record);
  lw_joint_plots_clear (&self->joints);
  g_clear_pointer (&self->kinematics, lw_kinematics_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_perform_page_parent_class)->dispose (object);
}

static void
lw_perform_page_class_init (LwPerformPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_perform_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-perform-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwPerformPage, name)
  CHILD (policy_row);
  CHILD (context_box);
  CHILD (scene_box);
  CHILD (preview_button);
  CHILD (run_button);
  CHILD (verdict);
  CHILD (outcome);
  CHILD (progress);
  CHILD (plots);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, preview_clicked);
  gtk_widget_class_bind_template_callback (widget, run_clicked);
}

static void
lw_perform_page_init (LwPerformPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lw_joint_plots_init (&self->joints, self->plots);
  lw_run_record_init (&self->record);
  self->form = lw_context_form_new ();
  gtk_box_append (self->context_box, self->form);
  self->scene = lw_scene_widget_new ();
  gtk_widget_set_hexpand (self->scene, TRUE);
  gtk_widget_set_vexpand (self->scene, TRUE);
  gtk_widget_set_size_request (self->scene, -1, 200);
  gtk_box_append (self->scene_box, self->scene);
  g_signal_connect_swapped (self->form, "changed", G_CALLBACK (forget_plan), self);
}

GtkWidget *
lw_perform_page_new (LwSession *session)
{
  LwPerformPage *self = g_object_new (LW_TYPE_PERFORM_PAGE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "tick", G_CALLBACK (tick), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "samples", G_CALLBACK (samples_came), self, 0);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_arm), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update_arm), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (task_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-iteration", G_CALLBACK (list_policies), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (list_policies), self, G_CONNECT_SWAPPED);
  update_arm (self);
  task_changed (self);
  list_policies (self);
  return GTK_WIDGET (self);
}
