/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-alarm-log.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-words.h"

#define UPDATE_TICKS 10 /* three times a second */
#define MOST_ROWS 100

struct _LwAlarmLog
{
  AdwBin parent_instance;

  LwSession *session; /* owned */

  /* template */
  GtkLabel   *note;
  GtkListBox *list;
  GtkBox     *restarts;

  uint32_t seen;    /* alarms of the connected arm that are in the list */
  guint    ticks, n_rows;
  uint32_t offered; /* bit j: a restart of joint j is offered */
};

G_DEFINE_FINAL_TYPE (LwAlarmLog, lw_alarm_log, ADW_TYPE_BIN)

static const char *
level_icon (LwAlarmLevel level)
{
  return level == LW_ALARM_STOP ? "process-stop-symbolic" : level == LW_ALARM_WARNING ? "dialog-warning-symbolic" : "object-select-symbolic";
}

static const char *
level_word (LwAlarmLevel level)
{
  return level == LW_ALARM_STOP ? _("Stopped the arm") : level == LW_ALARM_WARNING ? _("Warning") : _("Over");
}

/* (transfer full) */
static char *
value_text (const LwAlarm *alarm)
{
  if (alarm->kind == LW_ALARM_HARDWARE)
    return g_strdup_printf (_("error bits %02X"), (unsigned) alarm->value);
  if (alarm->kind == LW_ALARM_LOAD)
    return g_strdup_printf ("%.0f %%", 100.0 * alarm->value);
  return g_strdup_printf ("%.1f %s", alarm->value, lw_alarm_unit (alarm->kind));
}

static GtkWidget *
add_text (GtkWidget *row, const char *text, int width, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_width_chars (GTK_LABEL (label), width);
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (row), label);
  return label;
}

static void
add_row (LwAlarmLog *self, const LwAlarm *alarm)
{
  const LwJointInfo *joints = lw_arm_model_joints (lw_session_get_arm_model (self->session));
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *icon = gtk_image_new_from_icon_name (level_icon (alarm->level));
  /* When it was seen, to the second: the arm thread's stamps have no date. */
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *at = g_date_time_format (now, "%H:%M:%S"), *joint = lw_words_joint (joints[alarm->joint].name), *value = value_text (alarm);
  GtkWidget *last;

  gtk_widget_add_css_class (icon, alarm->level == LW_ALARM_STOP ? "error" : alarm->level == LW_ALARM_WARNING ? "warning" : "success");
  gtk_box_append (GTK_BOX (row), icon);
  add_text (row, at, 8, "numeric");
  add_text (row, level_word (alarm->level), 14, "heading-small");
  add_text (row, _(lw_alarm_name (alarm->kind)), 18, "body");
  add_text (row, joint, 14, "body");
  add_text (row, value, 12, "numeric");
  gtk_widget_add_css_class (row, "data-row");
  gtk_list_box_prepend (self->list, row);
  if (++self->n_rows > MOST_ROWS && (last = gtk_widget_get_last_child (GTK_WIDGET (self->list))) != NULL)
    {
      gtk_list_box_remove (self->list, last);
      self->n_rows--;
    }
}

/* ---- restarting ---- */

static void
restart_clicked (GtkButton *button, LwAlarmLog *self)
{
  lw_session_reboot_servo (self->session, GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (button), "joint")));
}

static void
offer_restarts (LwAlarmLog *self, const LwArmAlarms *alarms)
{
  const LwJointInfo *joints = lw_arm_model_joints (lw_session_get_arm_model (self->session));
  size_t n = lw_arm_model_n_joints (lw_session_get_arm_model (self->session));
  uint32_t wanted = 0;
  GtkWidget *child;

  for (size_t j = 0; j < n; j++)
    wanted |= alarms->levels[LW_ALARM_HARDWARE][j] != LW_ALARM_OVER ? 1u << j : 0u;
  if (wanted == self->offered)
    return;
  self->offered = wanted;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->restarts))) != NULL)
    gtk_box_remove (self->restarts, child);
  for (size_t j = 0; j < n; j++)
    if ((wanted & 1u << j) != 0)
      {
        g_autofree char *name = lw_words_joint (joints[j].name), *text = g_strdup_printf (_("Restart the servo of %s"), name);
        GtkWidget *button = gtk_button_new_with_label (text);

        g_object_set_data (G_OBJECT (button), "joint", GSIZE_TO_POINTER (j));
        g_signal_connect_object (button, "clicked", G_CALLBACK (restart_clicked), self, 0);
        gtk_box_append (self->restarts, button);
      }
  gtk_widget_set_visible (GTK_WIDGET (self->restarts), wanted != 0);
}

/* ---- when ---- */

static void
say_note (LwAlarmLog *self)
{
  gtk_label_set_text (self->note, self->n_rows > 0 ? _("Newest first. Warnings are shown; past the second threshold the arm stops under control.")
                                  : _("No alarm yet. Heat, voltage, load and the servos' own errors are watched while an arm is connected."));
}

static void
tick (LwAlarmLog *self)
{
  LwArmAlarms alarms;

  if (self->ticks++ % UPDATE_TICKS != 0)
    return;
  lw_arm_get_alarms (lw_session_get_arm (self->session), &alarms);
  while (self->seen < alarms.n)
    {
      const LwAlarm *alarm = lw_arm_alarms_get (&alarms, alarms.n - ++self->seen);

      if (alarm != NULL)
        add_row (self, alarm);
    }
  offer_restarts (self, &alarms);
  say_note (self);
}

static void
connection_changed (LwAlarmLog *self)
{
  LwArmAlarms none = { 0 };

  if (lw_session_is_connected (self->session))
    return;
  self->seen = 0;
  offer_restarts (self, &none);
}

static void
lw_alarm_log_dispose (GObject *object)
{
  LwAlarmLog *self = LW_ALARM_LOG (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_alarm_log_parent_class)->dispose (object);
}

static void
lw_alarm_log_class_init (LwAlarmLogClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_alarm_log_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-alarm-log.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwAlarmLog, name)
  CHILD (note);
  CHILD (list);
  CHILD (restarts);
#undef CHILD
}

static void
lw_alarm_log_init (LwAlarmLog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_alarm_log_new (LwSession *session)
{
  LwAlarmLog *self = g_object_new (LW_TYPE_ALARM_LOG, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (connection_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "tick", G_CALLBACK (tick), self, G_CONNECT_SWAPPED);
  say_note (self);
  return GTK_WIDGET (self);
}
