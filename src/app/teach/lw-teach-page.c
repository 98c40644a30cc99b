/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-teach-page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-live-traces.h"
#include "lw-scene-widget.h"
#include "lw-teach-keys.h"
#include "lw-teach-list.h"
#include "lw-words.h"

struct _LwTeachPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
  GSettings *settings;
  guint      countdown_source;
  int        countdown_left;
  gboolean   was_recording;

  /* template */
  GtkBox    *scene_box, *traces_box, *list_box;
  GtkLabel  *hint, *countdown, *timer, *counts, *context_title, *pause_note;
  GtkToggleButton *position, *velocity, *load, *pause;
  GtkButton *record_button;
  GtkWidget *guide_button, *hold_button;
  GtkCheckButton *count_in, *gravity_help;
  GtkToggleButton *pedal;
  GtkGrid   *context_grid;

  /* borrowed */
  GtkWidget  *scene, *traces, *list;
  LwArmModel *shown;
  GPtrArray  *entries; /* owned array of borrowed GtkEntry */
};

G_DEFINE_FINAL_TYPE (LwTeachPage, lw_teach_page, ADW_TYPE_BIN)

/* ---- recording ---- */

static void
stop_countdown (LwTeachPage *self)
{
  g_clear_handle_id (&self->countdown_source, g_source_remove);
  gtk_widget_set_visible (GTK_WIDGET (self->countdown), FALSE);
}

static void
show_count (LwTeachPage *self)
{
  g_autofree char *text = g_strdup_printf ("%d", self->countdown_left);

  gtk_label_set_text (self->countdown, text);
  gtk_widget_set_visible (GTK_WIDGET (self->countdown), TRUE);
  gdk_display_beep (gtk_widget_get_display (GTK_WIDGET (self)));
}

static gboolean
count (gpointer data)
{
  LwTeachPage *self = data;

  if (--self->countdown_left > 0)
    {
      show_count (self);
      return G_SOURCE_CONTINUE;
    }
  self->countdown_source = 0;
  stop_countdown (self);
  lw_session_start_recording (self->session);
  return G_SOURCE_REMOVE;
}

static void
toggle_recording (LwTeachPage *self)
{
  if (lw_session_is_recording (self->session))
    lw_session_stop_recording (self->session, TRUE);
  else if (self->countdown_source != 0)
    stop_countdown (self);
  else if (gtk_check_button_get_active (self->count_in) && lw_session_is_connected (self->session))
    {
      self->countdown_left = 3;
      show_count (self);
      self->countdown_source = g_timeout_add (700, count, self);
    }
  else
    lw_session_start_recording (self->session);
}

static void
record_clicked (GtkButton *button, LwTeachPage *self)
{
  toggle_recording (self);
}

static void
guide_clicked (GtkButton *button, LwTeachPage *self)
{
  lw_session_request (self->session, LW_REQUEST_GUIDE);
}

static void
hold_clicked (GtkButton *button, LwTeachPage *self)
{
  lw_session_request (self->session, LW_REQUEST_HOLD);
}

static void
command (LwTeachCommand what, gpointer data)
{
  LwTeachPage *self = data;

  switch (what)
    {
    case LW_TEACH_RECORD:
      toggle_recording (self);
      break;
    case LW_TEACH_AGAIN: /* the one in hand was spoilt: away with it, next try */
      lw_session_stop_recording (self->session, FALSE);
      if (self->countdown_source == 0 && !lw_session_is_recording (self->session))
        toggle_recording (self);
      break;
    case LW_TEACH_DISCARD:
      if (lw_session_is_recording (self->session))
        lw_session_stop_recording (self->session, FALSE);
      else if (lw_teach_list_get_selected (LW_TEACH_LIST (self->list)) != 0)
        lw_session_delete_demonstration (self->session, lw_teach_list_get_selected (LW_TEACH_LIST (self->list)));
      break;
    case LW_TEACH_GUIDE:
      lw_session_request (self->session, LW_REQUEST_GUIDE);
      break;
    case LW_TEACH_HOLD:
      lw_session_request (self->session, LW_REQUEST_HOLD);
      break;
    default:
      break;
    }
}

/* ---- a foot pedal: a keyboard with one key ---- */

static void
show_pedal (LwTeachPage *self)
{
  g_autofree char *key = g_settings_get_string (self->settings, "pedal-key");
  guint keyval = *key != '\0' ? gdk_keyval_from_name (key) : 0;
  g_autofree char *text = keyval != 0 && keyval != GDK_KEY_VoidSymbol ? g_strdup_printf (_("Foot pedal: %s"), key) : g_strdup (_("Foot pedal: none"));

  lw_teach_keys_set_pedal (GTK_WIDGET (self), keyval != GDK_KEY_VoidSymbol ? keyval : 0);
  gtk_button_set_label (GTK_BUTTON (self->pedal), text);
}

static void
pedal_pressed (guint keyval, gpointer data)
{
  LwTeachPage *self = data;

  g_settings_set_string (self->settings, "pedal-key", keyval != 0 ? gdk_keyval_name (keyval) : "");
  gtk_toggle_button_set_active (self->pedal, FALSE);
}

static void
pedal_toggled (GtkToggleButton *button, LwTeachPage *self)
{
  if (gtk_toggle_button_get_active (button))
    {
      gtk_button_set_label (GTK_BUTTON (button), _("Press the pedal; Esc: none"));
      lw_teach_keys_learn_pedal (GTK_WIDGET (self), pedal_pressed, self);
      return;
    }
  lw_teach_keys_forget_pedal (GTK_WIDGET (self));
  show_pedal (self);
}

/* ---- context ---- */

static const LwDemonstrationInfo *
find (LwTeachPage *self, gint64 id)
{
  GPtrArray *all = lw_session_get_demonstrations (self->session);

  for (guint i = 0; i < all->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);

      if (info->id == id)
        return info;
    }
  return NULL;
}

static double
context_value (const LwDemonstrationInfo *info, const char *name)
{
  for (guint i = 0; info != NULL && i < info->contexts->len; i++)
    {
      const LwContextValue *c = &g_array_index (info->contexts, LwContextValue, i);

      if (strcmp (c->name, name) == 0)
        return c->value;
    }
  return (double) NAN;
}

static void
entry_done (GtkEntry *entry, LwTeachPage *self)
{
  gint64 id = lw_teach_list_get_selected (LW_TEACH_LIST (self->list));
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (entry), "index"));
  const LwContextInfo *info = &lw_session_get_task (self->session)->info.contexts[index];
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));
  double value, before = context_value (find (self, id), info->name);
  char *end = NULL;

  if (id == 0)
    return;
  value = g_strtod (text, &end);
  if (*text == '\0' || end == text || *end != '\0' || !isfinite (value))
    {
      gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
      return;
    }
  gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  if (!(fabs (value - before) < 5e-5)) /* what is shown is rounded; NaN before counts as a change */
    lw_session_set_context (self->session, id, info->name, info->unit, value);
}

static void
entry_left (GtkEventControllerFocus *focus, LwTeachPage *self)
{
  entry_done (GTK_ENTRY (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (focus))), self);
}

static void
show_context (LwTeachPage *self)
{
  gint64 id = lw_teach_list_get_selected (LW_TEACH_LIST (self->list));
  const LwDemonstrationInfo *info = find (self, id);
  const LwTaskInfo *task = &lw_session_get_task (self->session)->info;
  g_autofree char *title = info != NULL ? g_strdup_printf (_("Context of %s"), info->label) : g_strdup (_("Context"));

  gtk_label_set_text (self->context_title, title);
  for (guint i = 0; i < self->entries->len && i < task->n_context; i++)
    {
      GtkWidget *entry = g_ptr_array_index (self->entries, i);
      double value = context_value (info, task->contexts[i].name);
      g_autofree char *text = isfinite (value) ? g_strdup_printf ("%.4f", value) : g_strdup ("");

      gtk_widget_set_sensitive (entry, info != NULL);
      gtk_entry_set_placeholder_text (GTK_ENTRY (entry), info != NULL && !info->complete ? _("where the tip comes to rest") : NULL);
      gtk_widget_remove_css_class (entry, "error");
      if (!gtk_widget_has_focus (entry) && gtk_widget_get_focus_child (entry) == NULL)
        gtk_editable_set_text (GTK_EDITABLE (entry), text);
    }
}

static void
build_context (LwTeachPage *self)
{
  const LwTaskInfo *task = &lw_session_get_task (self->session)->info;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->context_grid))) != NULL)
    gtk_grid_remove (self->context_grid, child);
  g_ptr_array_set_size (self->entries, 0);
  for (size_t i = 0; i < task->n_context; i++)
    {
      GtkWidget *label = gtk_label_new (task->contexts[i].name), *entry = gtk_entry_new (), *unit = gtk_label_new (task->contexts[i].unit);
      GtkEventController *focus = gtk_event_controller_focus_new ();
      g_autofree char *name = g_strdup_printf (_("Context %s, %s"), task->contexts[i].name, task->contexts[i].unit);

      gtk_widget_set_hexpand (entry, TRUE);
      gtk_editable_set_width_chars (GTK_EDITABLE (entry), 8);
      gtk_widget_add_css_class (unit, "dim-label");
      gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      g_object_set_data (G_OBJECT (entry), "index", GUINT_TO_POINTER ((guint) i));
      g_signal_connect (entry, "activate", G_CALLBACK (entry_done), self);
      g_signal_connect (focus, "leave", G_CALLBACK (entry_left), self);
      gtk_widget_add_controller (entry, focus);
      gtk_grid_attach (self->context_grid, label, 0, (int) i, 1, 1);
      gtk_grid_attach (self->context_grid, entry, 1, (int) i, 1, 1);
      gtk_grid_attach (self->context_grid, unit, 2, (int) i, 1, 1);
      g_ptr_array_add (self->entries, entry);
    }
  show_context (self);
}

/* ---- live ---- */

static void
guide_arm (GtkWidget *scene, int body, const double *local, const double *target, LwTeachPage *self)
{
  LwSimBus *simulator = lw_session_get_simulator (self->session);

  if (simulator != NULL)
    lw_sim_bus_hand (simulator, body, local, target);
}

static void
let_go (GtkWidget *scene, LwTeachPage *self)
{
  LwSimBus *simulator = lw_session_get_simulator (self->session);

  if (simulator != NULL)
    lw_sim_bus_let_go (simulator);
}

static void
samples_came (LwSession *session, const LwSample *samples, guint n, LwTeachPage *self)
{
  lw_live_traces_add (LW_LIVE_TRACES (self->traces), samples, n);
}

static void
show_counts (LwTeachPage *self)
{
  LwRecorderState state;
  g_autofree char *time = NULL, *counts = NULL;

  lw_session_get_recorder_state (self->session, &state);
  time = g_strdup_printf (_("%.1f s"), state.seconds);
  counts = g_strdup_printf (_("%" G_GUINT64_FORMAT " samples · %" G_GUINT64_FORMAT " lost"), state.n_samples, state.n_missed + state.n_dropped);
  gtk_label_set_text (self->timer, time);
  gtk_label_set_text (self->counts, counts);
}

static void
tick (LwTeachPage *self)
{
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  lw_scene_widget_set_pose (LW_SCENE_WIDGET (self->scene), lw_session_get_arm_state (self->session)->q);
  if (lw_session_is_recording (self->session))
    show_counts (self);
}

static const char *
hint (LwTeachPage *self)
{
  switch (lw_session_get_arm_state (self->session)->mode)
    {
    case LW_MODE_DISCONNECTED: return _("No arm connected. Connect one on the Arm page (Ctrl+1).");
    case LW_MODE_GUIDE: return _("Drag the arm to guide it · drag the background to turn the view");
    case LW_MODE_RUNNING: return _("The arm is moving by itself. Esc stops it.");
    case LW_MODE_STOPPED:
    case LW_MODE_FAULT: return _("Press Reset above, then Guide (G)");
    default: return _("Press Guide (G) to move the arm by hand");
    }
}

static void
update_arm (LwTeachPage *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  LwArmModel *model = lw_session_get_arm_model (self->session);
  gboolean guide = state->mode == LW_MODE_GUIDE;

  if (model != self->shown)
    {
      g_auto (GStrv) names = g_new0 (char *, lw_arm_model_n_joints (model) + 1);

      for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
        names[i] = lw_words_joint (lw_arm_model_joints (model)[i].name);
      lw_scene_widget_set_model (LW_SCENE_WIDGET (self->scene), model);
      lw_live_traces_set_joints (LW_LIVE_TRACES (self->traces), (const char *const *) names, lw_arm_model_n_joints (model));
      self->shown = model;
    }
  lw_scene_widget_set_guiding (LW_SCENE_WIDGET (self->scene), guide);
  gtk_label_set_text (self->hint, hint (self));
  gtk_widget_set_sensitive (self->guide_button, state->mode == LW_MODE_CONNECTED || state->mode == LW_MODE_HOLD || state->mode == LW_MODE_ARMED);
  gtk_widget_set_sensitive (self->hold_button, state->mode == LW_MODE_CONNECTED || guide || state->mode == LW_MODE_ARMED);
  gtk_widget_set_sensitive (GTK_WIDGET (self->record_button), lw_session_is_connected (self->session));
}

static void
help_toggled (GtkCheckButton *button, LwTeachPage *self)
{
  lw_session_set_gravity_help (self->session, gtk_check_button_get_active (button));
}

static void
update_help (LwTeachPage *self)
{
  gboolean connected = lw_session_is_connected (self->session), can = lw_session_can_help (self->session);

  gtk_widget_set_sensitive (GTK_WIDGET (self->gravity_help), can || !connected);
  gtk_check_button_set_label (self->gravity_help, can || !connected ? _("Gravity help") : _("Gravity help: not with these servos"));
}

static void
update_recording (LwTeachPage *self)
{
  gboolean recording = lw_session_is_recording (self->session);

  gtk_button_set_label (self->record_button, recording ? _("Stop recording (Space)") : _("Record (Space)"));
  if (recording == self->was_recording)
    return;
  self->was_recording = recording;
  if (recording)
    {
      gtk_label_set_text (self->timer, _("0.0 s"));
      gtk_widget_add_css_class (GTK_WIDGET (self->timer), "recording");
      gtk_widget_add_css_class (gtk_widget_get_parent (GTK_WIDGET (self->scene_box)), "recording-frame");
    }
  else
    {
      show_counts (self); /* the last samples came after the last tick */
      gtk_widget_remove_css_class (GTK_WIDGET (self->timer), "recording");
      gtk_widget_remove_css_class (gtk_widget_get_parent (GTK_WIDGET (self->scene_box)), "recording-frame");
    }
  lw_live_traces_mark (LW_LIVE_TRACES (self->traces), recording ? _("recording") : _("end"));
}

static void
kind_toggled (GtkToggleButton *button, LwTeachPage *self)
{
  if (gtk_toggle_button_get_active (button) && self->traces != NULL)
    lw_live_traces_set_kind (LW_LIVE_TRACES (self->traces),
                             button == self->velocity ? LW_TRACE_VELOCITY : button == self->load ? LW_TRACE_LOAD : LW_TRACE_POSITION);
}

static void
pause_toggled (LwTeachPage *self)
{
  gboolean paused = gtk_toggle_button_get_active (self->pause);

  lw_live_traces_set_paused (LW_LIVE_TRACES (self->traces), paused);
  gtk_widget_set_visible (GTK_WIDGET (self->pause_note), paused);
}

/* ---- class ---- */

static void
lw_teach_page_dispose (GObject *object)
{
  LwTeachPage *self = LW_TEACH_PAGE (object);

  g_clear_handle_id (&self->countdown_source, g_source_remove);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_object (&self->settings);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_teach_page_parent_class)->dispose (object);
}

static void
lw_teach_page_class_init (LwTeachPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_teach_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-teach-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwTeachPage, name)
  CHILD (scene_box);
  CHILD (traces_box);
  CHILD (list_box);
  CHILD (hint);
  CHILD (countdown);
  CHILD (timer);
  CHILD (counts);
  CHILD (context_title);
  CHILD (pause_note);
  CHILD (position);
  CHILD (velocity);
  CHILD (load);
  CHILD (pause);
  CHILD (record_button);
  CHILD (guide_button);
  CHILD (hold_button);
  CHILD (count_in);
  CHILD (gravity_help);
  CHILD (pedal);
  CHILD (context_grid);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, record_clicked);
  gtk_widget_class_bind_template_callback (widget, guide_clicked);
  gtk_widget_class_bind_template_callback (widget, hold_clicked);
  gtk_widget_class_bind_template_callback (widget, kind_toggled);
  gtk_widget_class_bind_template_callback (widget, help_toggled);
  gtk_widget_class_bind_template_callback (widget, pedal_toggled);
}

static void
lw_teach_page_init (LwTeachPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->entries = g_ptr_array_new ();
  self->scene = lw_scene_widget_new ();
  gtk_widget_set_hexpand (self->scene, TRUE);
  gtk_widget_set_vexpand (self->scene, TRUE);
  gtk_box_append (self->scene_box, self->scene);
  self->traces = lw_live_traces_new ();
  gtk_widget_set_hexpand (self->traces, TRUE);
  gtk_widget_set_vexpand (self->traces, TRUE);
  gtk_box_append (self->traces_box, self->traces);
  g_signal_connect (self->scene, "guide", G_CALLBACK (guide_arm), self);
  g_signal_connect (self->scene, "let-go", G_CALLBACK (let_go), self);
  g_signal_connect_swapped (self->pause, "toggled", G_CALLBACK (pause_toggled), self);
  lw_teach_keys_install (GTK_WIDGET (self), command, self);
  self->settings = g_settings_new ("org.lampwork.Lampwork");
  show_pedal (self);
}

GtkWidget *
lw_teach_page_new (LwSession *session)
{
  LwTeachPage *self = g_object_new (LW_TYPE_TEACH_PAGE, NULL);

  self->session = g_object_ref (session);
  self->list = lw_teach_list_new (session);
  gtk_widget_set_vexpand (self->list, TRUE);
  gtk_box_append (self->list_box, self->list);
  g_signal_connect_swapped (self->list, "selected", G_CALLBACK (show_context), self);
  g_signal_connect_object (session, "tick", G_CALLBACK (tick), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "samples", G_CALLBACK (samples_came), self, 0);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_arm), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update_arm), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_help), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "recording-changed", G_CALLBACK (update_recording), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (build_context), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (show_context), self, G_CONNECT_SWAPPED);
  build_context (self);
  update_arm (self);
  return GTK_WIDGET (self);
}
