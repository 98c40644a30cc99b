/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-page.h"

#include <glib/gi18n.h>

#include "lw-alarm-log.h"
#include "lw-arm-calibrate.h"
#include "lw-arm-device.h"
#include "lw-arm-joints.h"
#include "lw-arm-limits.h"
#include "lw-arm-packets.h"
#include "lw-arm-servos.h"
#include "lw-scene-widget.h"
#include "lw-words.h"

struct _LwArmPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;

  /* template */
  AdwBin        *device_bin;
  GtkLabel      *mode_sentence;
  GtkWidget     *guide_button, *hold_button, *arm_button, *release_button, *speed;
  GtkAdjustment *speed_adjustment;
  GtkBox        *scene_box;
  GtkStack      *views;

  /* borrowed */
  GtkWidget  *scene, *calibrate;
  LwArmModel *shown; /* whose picture it is */
  gboolean    quiet;
};

G_DEFINE_FINAL_TYPE (LwArmPage, lw_arm_page, ADW_TYPE_BIN)

/* ---- commands ---- */

static void
guide_clicked (GtkButton *button, LwArmPage *self)
{
  lw_session_request (self->session, LW_REQUEST_GUIDE);
}

static void
hold_clicked (GtkButton *button, LwArmPage *self)
{
  lw_session_request (self->session, LW_REQUEST_HOLD);
}

static void
arm_clicked (GtkButton *button, LwArmPage *self)
{
  lw_session_request (self->session, LW_REQUEST_ARM);
}

static void
release_clicked (GtkButton *button, LwArmPage *self)
{
  lw_session_request (self->session, LW_REQUEST_RELEASE);
}

static void
speed_changed (GtkAdjustment *adjustment, LwArmPage *self)
{
  if (!self->quiet)
    lw_session_set_speed (self->session, 0.01 * gtk_adjustment_get_value (adjustment));
}

static void
update_picture (LwArmPage *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && state->n_joints != 0 && !lw_arm_calibrate_shows (LW_ARM_CALIBRATE (self->calibrate)))
    lw_scene_widget_set_pose (LW_SCENE_WIDGET (self->scene), state->q);
}

/* ---- what the page says ---- */

static const char *
sentence (LwSession *session)
{
  const LwArmState *state = lw_session_get_arm_state (session);

  if (lw_session_is_connecting (session))
    return lw_session_is_connected (session) ? _("Lowering to rest, then disconnecting. Esc stops it.") : _("Connecting …");
  switch (state->mode)
    {
    case LW_MODE_CONNECTED: return _("Connected: reading only. Guide lets you move the arm by hand, Hold switches the torque on where it stands.");
    case LW_MODE_GUIDE:
      if (state->gravity_help)
        return _("Guide: the servos carry the arm's weight and hold nothing. Move the arm by hand.");
      return _("Guide: torque is off. Move the arm by hand; in simulation drag it in the 3D view of the Teach page.");
    case LW_MODE_HOLD: return _("Hold: torque is on, the arm keeps its place. Arm makes it ready to move.");
    case LW_MODE_ARMED: return _("Armed: drag a joint's bar to move the arm, at reduced speed.");
    case LW_MODE_RUNNING: return _("Running a movement. Esc stops it.");
    case LW_MODE_STOPPED:
    case LW_MODE_FAULT: return lw_words_reason (state);
    case LW_MODE_DISCONNECTED:
    default: return _("Choose an arm and connect. The simulated one needs nothing but this program.");
    }
}

static void
update_state (LwArmPage *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  gboolean connected = lw_session_is_connected (self->session);
  LwMode mode = state->mode;
  LwArmModel *model = lw_session_get_arm_model (self->session);

  if (model != self->shown)
    {
      self->shown = model;
      lw_scene_widget_set_model (LW_SCENE_WIDGET (self->scene), model);
    }
  gtk_label_set_text (self->mode_sentence, sentence (self->session));
  gtk_widget_set_sensitive (self->guide_button, mode == LW_MODE_CONNECTED || mode == LW_MODE_HOLD || mode == LW_MODE_ARMED);
  gtk_widget_set_sensitive (self->hold_button, mode == LW_MODE_CONNECTED || mode == LW_MODE_GUIDE || mode == LW_MODE_ARMED);
  gtk_widget_set_sensitive (self->arm_button, mode == LW_MODE_HOLD);
  gtk_widget_set_sensitive (self->release_button, mode == LW_MODE_GUIDE || mode == LW_MODE_HOLD || mode == LW_MODE_ARMED);
  gtk_widget_set_sensitive (self->speed, connected);
  self->quiet = TRUE;
  if (connected)
    gtk_adjustment_set_value (self->speed_adjustment, 100.0 * state->speed);
  self->quiet = FALSE;
}

/* ---- class ---- */

static void
lw_arm_page_dispose (GObject *object)
{
  LwArmPage *self = LW_ARM_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_page_parent_class)->dispose (object);
}

static void
lw_arm_page_class_init (LwArmPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-page.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwArmPage, name)
  CHILD (device_bin);
  CHILD (mode_sentence);
  CHILD (guide_button);
  CHILD (hold_button);
  CHILD (arm_button);
  CHILD (release_button);
  CHILD (speed);
  CHILD (speed_adjustment);
  CHILD (scene_box);
  CHILD (views);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, guide_clicked);
  gtk_widget_class_bind_template_callback (widget, hold_clicked);
  gtk_widget_class_bind_template_callback (widget, arm_clicked);
  gtk_widget_class_bind_template_callback (widget, release_clicked);
  gtk_widget_class_bind_template_callback (widget, speed_changed);
}

static void
lw_arm_page_init (LwArmPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->scene = lw_scene_widget_new ();
  gtk_widget_set_hexpand (self->scene, TRUE);
  gtk_widget_set_vexpand (self->scene, TRUE);
  gtk_widget_set_size_request (self->scene, -1, 160);
  gtk_box_append (self->scene_box, self->scene);
}

GtkWidget *
lw_arm_page_new (LwSession *session)
{
  LwArmPage *self = g_object_new (LW_TYPE_ARM_PAGE, NULL);

  self->session = g_object_ref (session);
  adw_bin_set_child (self->device_bin, lw_arm_device_new (session));
  gtk_stack_add_titled (self->views, lw_arm_joints_new (session), "joints", _("Joints"));
  gtk_stack_add_titled (self->views, lw_arm_servos_new (session), "servos", _("Servos"));
  self->calibrate = lw_arm_calibrate_new (session, LW_SCENE_WIDGET (self->scene));
  gtk_stack_add_titled (self->views, self->calibrate, "calibrate", _("Calibrate"));
  gtk_stack_add_titled (self->views, lw_arm_limits_new (session), "limits", _("Limits"));
  gtk_stack_add_titled (self->views, lw_alarm_log_new (session), "alarms", _("Alarms"));
  gtk_stack_add_titled (self->views, lw_arm_packets_new (session), "packets", _("Packets"));
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "tick", G_CALLBACK (update_picture), self, G_CONNECT_SWAPPED);
  update_state (self);
  return GTK_WIDGET (self);
}
