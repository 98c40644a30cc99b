/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-calibrate.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-calibration-sweep.h"
#include "lw-words.h"

#define DEGREE (G_PI / 180.0)

typedef enum { STEP_IDLE, STEP_SWEEP, STEP_CHECK } Step;

typedef struct {
  GtkLevelBar    *bar;
  GtkLabel       *seen;
  GtkCheckButton *flip;
} Row;

struct _LwArmCalibrate
{
  AdwBin parent_instance;

  LwSession     *session; /* owned */
  LwSceneWidget *scene;   /* borrowed */

  /* template */
  GtkLabel       *sentence;
  GtkButton      *begin_button, *next_button, *cancel_button, *import_button;
  GtkCheckButton *in_servos;
  GtkGrid        *grid;

  Step               step;
  LwArmProfile      *profile; /* owned while a calibration is under way */
  LwCalibrationSweep sweep;
  double             pose[LW_MAX_JOINTS];  /* servo angles when the arm was put into its zero pose */
  Row                rows[LW_MAX_JOINTS];
};

G_DEFINE_FINAL_TYPE (LwArmCalibrate, lw_arm_calibrate, ADW_TYPE_BIN)

gboolean
lw_arm_calibrate_shows (LwArmCalibrate *self)
{
  return self->step == STEP_CHECK;
}

static gboolean
has_full_turn (const LwArmCalibrate *self)
{
  for (size_t j = 0; j < self->profile->n_joints; j++)
    if (self->profile->joints[j].full_turn)
      return TRUE;
  return FALSE;
}

/* ---- what is said ---- */

static void
update (LwArmCalibrate *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  gboolean connected = lw_session_is_connected (self->session) && !lw_session_is_connecting (self->session);
  gboolean limp = connected && state->limp && (state->mode == LW_MODE_CONNECTED || state->mode == LW_MODE_GUIDE);
  gboolean may_store = self->profile != NULL && self->profile->protocol != LW_PROTOCOL_LINES && lw_session_get_device (self->session)->port != NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->begin_button), self->step == STEP_IDLE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->begin_button), limp);
  gtk_widget_set_visible (GTK_WIDGET (self->import_button), self->step == STEP_IDLE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->import_button), limp);
  gtk_widget_set_visible (GTK_WIDGET (self->next_button), self->step != STEP_IDLE);
  gtk_widget_set_visible (GTK_WIDGET (self->cancel_button), self->step != STEP_IDLE);
  gtk_widget_set_visible (GTK_WIDGET (self->in_servos), self->step == STEP_CHECK && may_store);
  gtk_widget_set_visible (GTK_WIDGET (self->grid), self->step != STEP_IDLE);
  switch (self->step)
    {
    case STEP_SWEEP:
      gtk_button_set_label (self->next_button, _("Next"));
      gtk_widget_set_sensitive (GTK_WIDGET (self->next_button), lw_calibration_sweep_done (&self->sweep));
      gtk_label_set_text (self->sentence, has_full_turn (self)
                          ? _("1 of 2: move every joint by hand from stop to stop, in any order. Then put the arm into its zero pose: joints that turn freely take their zero there.")
                          : _("1 of 2: move every joint by hand from stop to stop, in any order, until its bar is full."));
      break;
    case STEP_CHECK:
      gtk_button_set_label (self->next_button, _("Finish"));
      gtk_widget_set_sensitive (GTK_WIDGET (self->next_button), TRUE);
      gtk_label_set_text (self->sentence, _("2 of 2: move the joints one by one and watch the picture. Tick those that turn the other way there. Finish keeps the calibration."));
      break;
    case STEP_IDLE:
    default:
      gtk_label_set_text (self->sentence, !connected ? _("Connect the arm to calibrate it.")
                          : !limp ? _("Release the arm to calibrate it: it must be limp.")
                          : _("Calibrating tells Lampwork where each joint's zero is and which way it turns. Nothing is written before you press Finish."));
    }
}

static void
update_rows (LwArmCalibrate *self)
{
  for (size_t j = 0; j < self->sweep.n_joints; j++)
    {
      const LwSweepJoint *joint = &self->sweep.joints[j];
      g_autofree char *seen = self->profile->joints[j].full_turn ? g_strdup (_("turns freely"))
                              : g_strdup_printf (joint->done ? _("%.0f° of %.0f° ✓") : _("%.0f° of %.0f°"),
                                                 joint->any ? (joint->upper - joint->lower) / DEGREE : 0.0, joint->expected / DEGREE);

      gtk_level_bar_set_value (self->rows[j].bar, self->profile->joints[j].full_turn ? 1.0 : joint->fraction);
      if (strcmp (gtk_label_get_text (self->rows[j].seen), seen) != 0)
        gtk_label_set_text (self->rows[j].seen, seen);
      gtk_widget_set_visible (GTK_WIDGET (self->rows[j].flip), self->step == STEP_CHECK);
    }
}

static void
build_rows (LwArmCalibrate *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  for (size_t j = 0; j < self->profile->n_joints; j++)
    {
      Row *row = &self->rows[j];
      g_autofree char *name = lw_words_joint (self->profile->joints[j].name);
      g_autofree char *spoken = g_strdup_printf (_("%s, swept"), name), *spoken_flip = g_strdup_printf (_("%s turns the other way"), name);
      GtkWidget *label = gtk_label_new (name);

      gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
      row->bar = GTK_LEVEL_BAR (gtk_level_bar_new_for_interval (0.0, 1.0));
      gtk_level_bar_add_offset_value (row->bar, GTK_LEVEL_BAR_OFFSET_LOW, 0.5);
      gtk_level_bar_add_offset_value (row->bar, GTK_LEVEL_BAR_OFFSET_HIGH, 0.979);
      gtk_level_bar_add_offset_value (row->bar, GTK_LEVEL_BAR_OFFSET_FULL, 1.0);
      gtk_widget_set_hexpand (GTK_WIDGET (row->bar), TRUE);
      gtk_widget_set_valign (GTK_WIDGET (row->bar), GTK_ALIGN_CENTER);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
      row->seen = GTK_LABEL (gtk_label_new (""));
      gtk_label_set_width_chars (row->seen, 16);
      gtk_label_set_xalign (row->seen, 1.0f);
      gtk_widget_add_css_class (GTK_WIDGET (row->seen), "numeric");
      row->flip = GTK_CHECK_BUTTON (gtk_check_button_new_with_label (_("other way")));
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->flip), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken_flip, -1);
      gtk_grid_attach (self->grid, label, 0, (int) j, 1, 1);
      gtk_grid_attach (self->grid, GTK_WIDGET (row->bar), 1, (int) j, 1, 1);
      gtk_grid_attach (self->grid, GTK_WIDGET (row->seen), 2, (int) j, 1, 1);
      gtk_grid_attach (self->grid, GTK_WIDGET (row->flip), 3, (int) j, 1, 1);
    }
}

/* ---- what happens ---- */

static gboolean
finish (LwArmCalibrate *self, LwCalibration *calibration, double *lower, double *upper, size_t *which)
{
  bool flip[LW_MAX_JOINTS];

  for (size_t j = 0; j < self->profile->n_joints; j++)
    flip[j] = gtk_check_button_get_active (self->rows[j].flip);
  return lw_calibration_sweep_finish (&self->sweep, self->profile, flip, self->pose, calibration, lower, upper, which) == LW_OK;
}

static void
show_picture (LwArmCalibrate *self, const LwArmState *state)
{
  LwCalibration calibration;
  double lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS], q[LW_MAX_JOINTS];

  if (!finish (self, &calibration, lower, upper, NULL))
    return;
  for (size_t j = 0; j < state->n_joints; j++)
    q[j] = lw_calibration_joint (&calibration, j, state->angle[j]);
  lw_scene_widget_set_pose (self->scene, q);
}

static void
leave (LwArmCalibrate *self)
{
  self->step = STEP_IDLE;
  g_clear_pointer (&self->profile, lw_arm_profile_free);
  update (self);
}

static void
tick (LwArmCalibrate *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);

  if (self->step == STEP_IDLE)
    return;
  if (self->step == STEP_SWEEP)
    {
      lw_calibration_sweep_add (&self->sweep, state->angle);
      update (self);
    }
  else
    show_picture (self, state);
  update_rows (self);
}

/* An arm that goes, is powered or stopped takes its calibration with it: nothing was written. */
static void
mode_changed (LwArmCalibrate *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);

  if (self->step != STEP_IDLE && (!state->limp || (state->mode != LW_MODE_CONNECTED && state->mode != LW_MODE_GUIDE)))
    leave (self);
  else
    update (self);
}

static void
begin_clicked (GtkButton *button, LwArmCalibrate *self)
{
  const LwDevice *device = lw_session_get_device (self->session);
  const LwArmProfile *whole;

  if (device->profile == NULL)
    return;
  /* The travel that is expected is that of the kind of arm, not what an earlier calibration left of it. */
  whole = lw_session_find_profile (self->session, device->profile->id);
  self->profile = lw_arm_profile_copy (whole != NULL ? whole : device->profile);
  lw_calibration_sweep_init (&self->sweep, self->profile);
  build_rows (self);
  self->step = STEP_SWEEP;
  update (self);
  update_rows (self);
}

static void
next_clicked (GtkButton *button, LwArmCalibrate *self)
{
  LwCalibration calibration;
  double lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS];
  size_t which = 0;
  gboolean in_servos = gtk_check_button_get_active (self->in_servos) && gtk_widget_get_visible (GTK_WIDGET (self->in_servos));

  if (self->step == STEP_SWEEP)
    {
      memcpy (self->pose, lw_session_get_arm_state (self->session)->angle, sizeof self->pose);
      self->step = STEP_CHECK;
      update (self);
      update_rows (self);
    }
  else if (finish (self, &calibration, lower, upper, &which))
    {
      leave (self);
      lw_session_calibrate (self->session, &calibration, lower, upper, in_servos);
    }
  else
    {
      g_autofree char *name = lw_words_joint (self->profile->joints[which].name);
      g_autofree char *text = g_strdup_printf (_("%s cannot be calibrated from what was swept. Cancel, and begin again."), name);

      gtk_label_set_text (self->sentence, text);
    }
}

static void
cancel_clicked (GtkButton *button, LwArmCalibrate *self)
{
  leave (self);
}

static void
import_response (GtkNativeDialog *dialog, int response, LwArmCalibrate *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path != NULL)
    lw_session_import_calibration (self->session, path);
  g_object_unref (dialog);
}

static void
import_clicked (GtkButton *button, LwArmCalibrate *self)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Calibration made by LeRobot"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                                              GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  g_signal_connect_object (dialog, "response", G_CALLBACK (import_response), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
lw_arm_calibrate_dispose (GObject *object)
{
  LwArmCalibrate *self = LW_ARM_CALIBRATE (object);

  g_clear_pointer (&self->profile, lw_arm_profile_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_calibrate_parent_class)->dispose (object);
}

static void
lw_arm_calibrate_class_init (LwArmCalibrateClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_calibrate_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-calibrate.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwArmCalibrate, name)
  CHILD (sentence);
  CHILD (begin_button);
  CHILD (next_button);
  CHILD (cancel_button);
  CHILD (import_button);
  CHILD (in_servos);
  CHILD (grid);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, begin_clicked);
  gtk_widget_class_bind_template_callback (widget, next_clicked);
  gtk_widget_class_bind_template_callback (widget, cancel_clicked);
  gtk_widget_class_bind_template_callback (widget, import_clicked);
}

static void
lw_arm_calibrate_init (LwArmCalibrate *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_arm_calibrate_new (LwSession *session, LwSceneWidget *scene)
{
  LwArmCalibrate *self = g_object_new (LW_TYPE_ARM_CALIBRATE, NULL);

  self->session = g_object_ref (session);
  self->scene = scene;
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (mode_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (mode_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "tick", G_CALLBACK (tick), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
