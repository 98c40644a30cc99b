/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-perform-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-context-form.h"
#include "lw-perform-figures.h"
#include "lw-perform-words.h"
#include "lw-scene-widget.h"

#define DEGREE (G_PI / 180.0)
#define GHOST_MS 33
#define PLOT_TICKS 3 /* a run is drawn at every third tick: seven plots at a time, ten times a second */

struct _LwPerformPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession    *session;
  LwArmModel   *model;     /* of the task's arm: what is shown */
  LwKinematics *kinematics;
  LwTrajectory *movement;  /* (nullable) what the policy says for the context */
  LwPlan       *plan;      /* (nullable) as previewed: what Run would emit */
  LwRunRecord   record;    /* of the last run; record.plan == plan: of the plan that is shown */
  guint         ghost_source;
  gint64        ghost_began;
  gboolean      running;   /* a run of this page */
  uint32_t      run_before; /* number of the arm's run before it */
  guint         ticks;
  double        context[LW_MAX_CONTEXT]; /* it was asked for */
  gboolean      quiet;     /* policies are being listed */

  /* template */
  AdwComboRow    *policy_row;
  GtkBox         *scene_box;
  GtkButton      *preview_button, *run_button;
  GtkLabel       *verdict, *outcome;
  GtkProgressBar *progress;
  LwJointPlots   *plots;
  LwContextForm  *form;

  /* borrowed */
  LwSceneWidget *scene;
};

G_DEFINE_FINAL_TYPE (LwPerformPage, lw_perform_page, ADW_TYPE_BIN)

/* The arm in hand is the one the task is made for. */
static gboolean
has_arm (LwPerformPage *self)
{
  return lw_session_is_connected (self->session) &&
         strcmp (lw_arm_model_id (lw_session_get_arm_model (self->session)), lw_arm_model_id (self->model)) == 0;
}

static void
draw_plots (LwPerformPage *self)
{
  gboolean recorded = self->running || self->plan == self->record.plan;

  if (self->plan != NULL)
    lw_perform_draw (self->plots, self->plan->goals, _("Planned: what the arm is told"), recorded ? &self->record : NULL);
  else
    lw_perform_draw (self->plots, self->movement, _("As learned"), NULL);
}

/* ---- ghost ---- */

static void
stop_ghost (LwPerformPage *self)
{
  g_clear_handle_id (&self->ghost_source, g_source_remove);
  lw_scene_widget_set_ghost (self->scene, NULL);
}

static gboolean
move_ghost (gpointer data)
{
  LwPerformPage *self = data;
  const LwTrajectory *path = self->plan != NULL ? self->plan->goals : self->movement;
  double t = 1e-6 * (double) (g_get_monotonic_time () - self->ghost_began), q[LW_MAX_JOINTS];

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return G_SOURCE_CONTINUE;
  lw_trajectory_at (path, fmod (t, lw_trajectory_duration (path) + 1.0), q); /* a second's rest at the end, then again */
  lw_scene_widget_set_ghost (self->scene, q);
  return G_SOURCE_CONTINUE;
}

static void
start_ghost (LwPerformPage *self)
{
  stop_ghost (self);
  self->ghost_began = g_get_monotonic_time ();
  self->ghost_source = g_timeout_add (GHOST_MS, move_ghost, self);
}

/* ---- preview ---- */

static void
show_markers (LwPerformPage *self)
{
  const LwTask *task = lw_session_get_task (self->session);
  LwMarker markers[LW_TASK_MAX_MARKERS];
  double context[LW_MAX_CONTEXT];

  lw_context_form_get_values (self->form, context);
  lw_scene_widget_set_markers (self->scene, markers, task->klass->markers (task, context, markers, G_N_ELEMENTS (markers)));
}

static void
show_path (LwPerformPage *self, const LwTrajectory *path)
{
  LwRollout rollout = { .measured = (LwTrajectory *) path };

  if (path == NULL || lw_rollout_fill_tip (&rollout, self->kinematics) != LW_OK)
    {
      lw_scene_widget_set_path (self->scene, NULL);
      return;
    }
  lw_scene_widget_set_path (self->scene, &rollout.tip);
  rollout.measured = NULL; /* borrowed */
  lw_rollout_clear (&rollout);
}

static void
forget_plan (LwPerformPage *self)
{
  if (self->running)
    return; /* what runs stays on show */
  stop_ghost (self);
  g_clear_pointer (&self->plan, lw_plan_unref);
  g_clear_pointer (&self->movement, lw_trajectory_unref);
  gtk_label_set_text (self->verdict, "");
  gtk_label_set_text (self->outcome, "");
  show_path (self, NULL);
  show_markers (self);
  draw_plots (self);
}

static void
say_verdict (LwPerformPage *self)
{
  g_autofree char *text = self->plan != NULL
                            ? lw_perform_verdict_words (self->plan, self->model)
                            : g_strdup_printf (_("%.1f s as learned. Connect “%s” to see what it would be told."), lw_trajectory_duration (self->movement),
                                               lw_arm_model_title (self->model));

  gtk_label_set_text (self->verdict, text);
}

/* What the chosen policy does for the context: NULL after a message. */
static LwTrajectory *
make_movement (LwPerformPage *self, guint policy, const double *context)
{
  const LwTask *task = lw_session_get_task (self->session);
  LwSkill *skill = lw_session_get_policy_skill (self->session, policy);
  g_autofree double *movement = NULL;
  LwTrajectory *out = NULL;

  if (skill == NULL || skill->n_context != task->info.n_context)
    {
      g_signal_emit_by_name (self->session, "message", _("There is no model for this task. Fit one on the Model page."), "");
      return NULL;
    }
  movement = g_new (double, skill->params.cols);
  if (!lw_session_policy_movement (self->session, policy, context, movement))
    return NULL;
  if (lw_task_movement (task, &skill->basis, movement, skill->params.cols - 1, &out) != LW_OK)
    g_signal_emit_by_name (self->session, "message", _("This movement cannot be shown: the model and the task disagree"), "");
  return out;
}

static gboolean
make_preview (LwPerformPage *self)
{
  forget_plan (self);
  lw_context_form_get_values (self->form, self->context);
  self->movement = make_movement (self, adw_combo_row_get_selected (self->policy_row), self->context);
  if (self->movement == NULL)
    return FALSE;
  if (has_arm (self))
    {
      self->plan = lw_session_plan (self->session, self->movement);
      if (self->plan == NULL)
        return FALSE; /* the reason is in a message */
    }
  say_verdict (self);
  show_path (self, self->plan != NULL ? self->plan->goals : self->movement);
  draw_plots (self);
  return TRUE;
}

static void
preview_clicked (GtkButton *button, LwPerformPage *self)
{
  if (!self->running && make_preview (self))
    start_ghost (self);
}

/* ---- run ---- */

static void
update_buttons (LwPerformPage *self)
{
  gboolean ready = has_arm (self) && lw_session_get_arm_state (self->session)->mode == LW_MODE_ARMED && !lw_session_is_running (self->session);

  gtk_widget_set_sensitive (GTK_WIDGET (self->preview_button), !self->running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->policy_row), !self->running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->form), !self->running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->run_button), ready && !self->running);
  if (ready || self->running)
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->run_button), NULL);
  else if (lw_session_is_running (self->session))
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->run_button), _("A learning run is going; end it first, on the Learn page"));
  else
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->run_button), _("The arm must be armed: Connect, Hold, Arm on the Arm page"));
  gtk_widget_set_visible (GTK_WIDGET (self->progress), self->running);
}

static void
run_plan (LwPerformPage *self)
{
  if (self->plan == NULL || self->running)
    return;
  stop_ghost (self);
  lw_run_record_begin (&self->record, self->plan);
  gtk_label_set_text (self->outcome, "");
  self->run_before = lw_session_get_arm_state (self->session)->run;
  self->running = lw_session_run_plan (self->session, self->plan);
  self->ticks = 0;
  gtk_progress_bar_set_fraction (self->progress, 0.0);
  gtk_progress_bar_set_text (self->progress, _("Running · Esc stops"));
  update_buttons (self);
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
  g_autofree char *text = lw_perform_far_words (self->plan, self->model, lw_session_get_arm_state (self->session)->q);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Move to the start?"), text);

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
  if (self->running || !make_preview (self) || self->plan == NULL)
    return;
  if (self->plan->far > LW_PERFORM_FAR)
    ask_far (self);
  else
    run_plan (self);
}

static void
append_score (LwPerformPage *self, GString *text)
{
  const LwTask *task = lw_session_get_task (self->session);
  g_autoptr (GError) error = NULL;
  gboolean success = FALSE;
  LwRollout rollout;
  double reward;

  if (!lw_run_record_rollout (&self->record, self->kinematics, &rollout))
    return;
  if (task->klass->score (task, self->context, &rollout, &reward, &success, &error))
    {
      g_string_append_printf (text, _("\nReward %.4f"), reward);
      if (task->info.scores_success)
        g_string_append (text, success ? _(" · success") : _(" · no success"));
    }
  else
    g_string_append_printf (text, "\n%s", error->message);
  lw_rollout_clear (&rollout);
}

static void
end_run (LwPerformPage *self, gboolean aborted)
{
  g_autoptr (GString) text = g_string_new (aborted ? _("Stopped before the end\n") : NULL);

  self->running = FALSE;
  if (self->record.samples->len > 0)
    g_string_append_printf (text, _("Measured against planned: %.2f° RMS"), lw_run_record_rms (&self->record, G_MAXSIZE) / DEGREE);
  if (!aborted)
    append_score (self, text);
  gtk_label_set_text (self->outcome, text->str);
  draw_plots (self);
  update_buttons (self);
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

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && has_arm (self))
    lw_scene_widget_set_pose (self->scene, state->q);
  if (!self->running || state->run == self->run_before)
    return;
  gtk_progress_bar_set_fraction (self->progress, state->run_progress);
  if (state->mode != LW_MODE_RUNNING && state->run_done)
    end_run (self, state->run_aborted);
  else if (++self->ticks % PLOT_TICKS == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    draw_plots (self);
}

static void
show_model (LwPerformPage *self, LwArmModel *model)
{
  g_clear_pointer (&self->model, lw_arm_model_unref);
  self->model = lw_arm_model_ref (model);
  g_clear_pointer (&self->kinematics, lw_kinematics_free);
  self->kinematics = lw_kinematics_new (model);
  lw_joint_plots_set_arm (self->plots, model, _("Time"), LW_UNIT_SECOND, _("Preview a movement to see it here"));
  lw_scene_widget_set_model (self->scene, model);
  forget_plan (self);
}

static void
arm_changed (LwPerformPage *self)
{
  LwArmModel *model = lw_session_get_task_model (self->session);

  if (self->running && !lw_session_is_connected (self->session))
    end_run (self, TRUE);
  if (model != self->model)
    show_model (self, model);
  update_buttons (self);
}

/* ---- policies ---- */

/* The newest is chosen unless the person chose another. */
static void
list_policies (LwPerformPage *self)
{
  guint n = lw_session_get_iterations (self->session)->len, before = g_list_model_get_n_items (adw_combo_row_get_model (self->policy_row));
  guint chosen = adw_combo_row_get_selected (self->policy_row);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  n = MAX (n, 1);
  if (n != before)
    {
      gtk_string_list_append (names, _("Imitation"));
      for (guint i = 1; i < n; i++)
        {
          g_autofree char *name = g_strdup_printf (_("Learned, after iteration %u"), i);

          gtk_string_list_append (names, name);
        }
      self->quiet = TRUE;
      adw_combo_row_set_model (self->policy_row, G_LIST_MODEL (names));
      adw_combo_row_set_selected (self->policy_row, chosen + 1 >= before || chosen >= n ? n - 1 : chosen);
      self->quiet = FALSE;
      if (adw_combo_row_get_selected (self->policy_row) != chosen)
        forget_plan (self);
    }
  update_buttons (self);
}

static void
policy_chosen (LwPerformPage *self)
{
  if (!self->quiet)
    forget_plan (self);
}

static void
task_changed (LwPerformPage *self)
{
  if (self->running)
    end_run (self, TRUE);
  lw_context_form_set_task (self->form, lw_session_get_task (self->session));
  arm_changed (self);
  forget_plan (self);
  list_policies (self);
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
  g_clear_pointer (&self->kinematics, lw_kinematics_free);
  g_clear_pointer (&self->model, lw_arm_model_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_perform_page_parent_class)->dispose (object);
}

static void
lw_perform_page_class_init (LwPerformPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_perform_page_dispose;
  g_type_ensure (LW_TYPE_CONTEXT_FORM);
  g_type_ensure (LW_TYPE_JOINT_PLOTS);
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-perform-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwPerformPage, name)
  CHILD (policy_row);
  CHILD (form);
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
  gtk_widget_class_bind_template_callback (widget, forget_plan);
}

static void
lw_perform_page_init (LwPerformPage *self)
{
  GtkWidget *scene = lw_scene_widget_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  /* The group has no title to name its list by. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_ancestor (GTK_WIDGET (self->policy_row), GTK_TYPE_LIST_BOX)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _("Policy"), -1);
  lw_run_record_init (&self->record);
  gtk_widget_set_hexpand (scene, TRUE);
  gtk_widget_set_vexpand (scene, TRUE);
  gtk_widget_set_size_request (scene, -1, 200);
  gtk_box_append (self->scene_box, scene);
  self->scene = LW_SCENE_WIDGET (scene);
  g_signal_connect_swapped (self->policy_row, "notify::selected", G_CALLBACK (policy_chosen), self);
}

GtkWidget *
lw_perform_page_new (LwSession *session)
{
  LwPerformPage *self = g_object_new (LW_TYPE_PERFORM_PAGE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "tick", G_CALLBACK (tick), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "samples", G_CALLBACK (samples_came), self, 0);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (arm_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update_buttons), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (task_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "skill-changed", G_CALLBACK (forget_plan), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-iteration", G_CALLBACK (list_policies), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (list_policies), self, G_CONNECT_SWAPPED);
  show_model (self, lw_session_get_task_model (session));
  task_changed (self);
  return GTK_WIDGET (self);
}
