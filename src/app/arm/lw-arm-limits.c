/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-limits.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-words.h"

#define DEGREE (G_PI / 180.0)
#define REACH 3.0 /* m: what a box may be set to */

enum { LOWER, UPPER, VELOCITY, ACCELERATION, N_NUMBERS };

struct _LwArmLimits
{
  AdwBin parent_instance;

  LwSession *session; /* owned */

  /* template */
  GtkLabel  *note;
  GtkButton *apply_button;
  GtkGrid   *grid;
  GtkCheckButton *box_check, *floor_check;
  GtkSpinButton  *floor_spin;
  GtkBox         *box_numbers;

  LwArmProfile  *profile; /* owned: as it is shown, with what was changed; NULL before the first arm */
  GtkSpinButton *numbers[LW_MAX_JOINTS][N_NUMBERS];
  GtkSpinButton *box[6];  /* least x, y, z, greatest x, y, z */
  gboolean       quiet, changed;
};

G_DEFINE_FINAL_TYPE (LwArmLimits, lw_arm_limits, ADW_TYPE_BIN)

static void
update (LwArmLimits *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  gboolean connected = lw_session_is_connected (self->session), busy = lw_session_is_connecting (self->session);
  gboolean editable = self->profile != NULL && !busy && (!connected || state->limp);

  gtk_widget_set_sensitive (GTK_WIDGET (self->grid), editable);
  gtk_widget_set_sensitive (GTK_WIDGET (self->box_check), editable);
  gtk_widget_set_sensitive (GTK_WIDGET (self->floor_check), editable);
  gtk_widget_set_sensitive (GTK_WIDGET (self->box_numbers), editable && gtk_check_button_get_active (self->box_check));
  gtk_widget_set_sensitive (GTK_WIDGET (self->floor_spin), editable && gtk_check_button_get_active (self->floor_check));
  gtk_widget_set_sensitive (GTK_WIDGET (self->apply_button), editable && self->changed);
  if (self->profile == NULL)
    gtk_label_set_text (self->note, _("Connect an arm to see and change its limits."));
  else if (!editable)
    gtk_label_set_text (self->note, _("Limits are changed while the arm is limp. Release it first."));
  else if (self->changed && connected)
    gtk_label_set_text (self->note, _("Apply keeps these limits for this kind of arm and connects again with them."));
  else
    {
      g_autofree char *text = connected ? g_strdup_printf (_("In force: limits %s. The code is stored with every demonstration."), state->code)
                                        : g_strdup (_("These limits hold from the next connection on."));

      gtk_label_set_text (self->note, text);
    }
}

static void
edited (GtkWidget *widget, LwArmLimits *self)
{
  if (self->quiet)
    return;
  self->changed = TRUE;
  update (self);
}

/* ---- rows ---- */

static GtkSpinButton *
add_number (LwArmLimits *self, double least, double most, double step, unsigned digits, const char *spoken)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (least, most, step);

  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), digits);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 7);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (edited), self, 0);
  return GTK_SPIN_BUTTON (spin);
}

static void
add_head (LwArmLimits *self, int column, const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_widget_add_css_class (label, "heading-small");
  gtk_grid_attach (self->grid, label, column, 0, 1, 1);
}

/* The spin buttons allow no more than the model of the arm does: limits are set, never switched off. */
static void
build_rows (LwArmLimits *self)
{
  static const char *const heads[] = { N_("Joint"), N_("From, °"), N_("To, °"), N_("Speed, °/s"), N_("Acceleration, °/s²") };
  LwArmModel *model = lw_session_get_arm_model (self->session);
  const LwJointInfo *joints = lw_arm_model_joints (model);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  for (int i = 0; i < (int) G_N_ELEMENTS (heads); i++)
    add_head (self, i, _(heads[i]));
  for (size_t j = 0; j < self->profile->n_joints; j++)
    {
      const LwProfileJoint *joint = &self->profile->joints[j];
      double lower = MIN (joints[j].lower, joint->lower) / DEGREE, upper = MAX (joints[j].upper, joint->upper) / DEGREE;
      const double most[N_NUMBERS] = { upper, upper, MAX (joints[j].v_max, joint->v_max) / DEGREE, MAX (joints[j].a_max, joint->a_max) / DEGREE };
      const double values[N_NUMBERS] = { joint->lower / DEGREE, joint->upper / DEGREE, joint->v_max / DEGREE, joint->a_max / DEGREE };
      g_autofree char *name = lw_words_joint (joint->name);
      GtkWidget *label = gtk_label_new (name);

      gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
      gtk_grid_attach (self->grid, label, 0, (int) j + 1, 1, 1);
      for (int i = 0; i < N_NUMBERS; i++)
        {
          g_autofree char *spoken = g_strdup_printf ("%s: %s", name, _(heads[i + 1]));

          self->numbers[j][i] = add_number (self, i < VELOCITY ? lower : 1.0, most[i], i == ACCELERATION ? 10.0 : 1.0, 1, spoken);
          gtk_spin_button_set_value (self->numbers[j][i], values[i]);
          gtk_grid_attach (self->grid, GTK_WIDGET (self->numbers[j][i]), i + 1, (int) j + 1, 1, 1);
        }
    }
}

static void
show_workspace (LwArmLimits *self)
{
  gboolean box = isfinite (self->profile->box_min[0]), floor_on = isfinite (self->profile->floor_z);

  gtk_check_button_set_active (self->box_check, box);
  gtk_check_button_set_active (self->floor_check, floor_on);
  gtk_spin_button_set_value (self->floor_spin, floor_on ? self->profile->floor_z : 0.0);
  for (int i = 0; i < 6; i++)
    gtk_spin_button_set_value (self->box[i], box ? i < 3 ? self->profile->box_min[i] : self->profile->box_max[i - 3] : i < 3 ? -0.5 : 0.5);
}

static void
show_profile (LwArmLimits *self, const LwArmProfile *profile)
{
  self->quiet = TRUE;
  g_clear_pointer (&self->profile, lw_arm_profile_free);
  self->profile = lw_arm_profile_copy (profile);
  build_rows (self);
  show_workspace (self);
  self->quiet = FALSE;
  self->changed = FALSE;
}

/* ---- apply ---- */

static void
take_numbers (LwArmLimits *self)
{
  gboolean box = gtk_check_button_get_active (self->box_check);

  for (size_t j = 0; j < self->profile->n_joints; j++)
    {
      LwProfileJoint *joint = &self->profile->joints[j];

      joint->lower = DEGREE * gtk_spin_button_get_value (self->numbers[j][LOWER]);
      joint->upper = DEGREE * gtk_spin_button_get_value (self->numbers[j][UPPER]);
      joint->v_max = DEGREE * gtk_spin_button_get_value (self->numbers[j][VELOCITY]);
      joint->a_max = DEGREE * gtk_spin_button_get_value (self->numbers[j][ACCELERATION]);
    }
  for (int i = 0; i < 3; i++)
    {
      self->profile->box_min[i] = box ? gtk_spin_button_get_value (self->box[i]) : -INFINITY;
      self->profile->box_max[i] = box ? gtk_spin_button_get_value (self->box[i + 3]) : INFINITY;
    }
  self->profile->floor_z = gtk_check_button_get_active (self->floor_check) ? gtk_spin_button_get_value (self->floor_spin) : -INFINITY;
}

static void
apply_clicked (GtkButton *button, LwArmLimits *self)
{
  take_numbers (self);
  for (size_t j = 0; j < self->profile->n_joints; j++)
    if (!(self->profile->joints[j].upper > self->profile->joints[j].lower))
      {
        g_autofree char *name = lw_words_joint (self->profile->joints[j].name), *text = g_strdup_printf (_("%s: “to” must be greater than “from”."), name);

        gtk_label_set_text (self->note, text);
        gtk_widget_grab_focus (GTK_WIDGET (self->numbers[j][UPPER]));
        return;
      }
  for (int i = 0; i < 3; i++)
    if (!(self->profile->box_max[i] > self->profile->box_min[i]))
      {
        gtk_label_set_text (self->note, _("The box must be greater at its end than at its beginning."));
        gtk_widget_grab_focus (GTK_WIDGET (self->box[i + 3]));
        return;
      }
  self->changed = FALSE;
  lw_session_change_profile (self->session, self->profile);
  update (self);
}

/* ---- when ---- */

static void
connection_changed (LwArmLimits *self)
{
  const LwDevice *device = lw_session_get_device (self->session);

  if (lw_session_is_connected (self->session) && device->profile != NULL
      && (!self->changed || !g_str_equal (self->profile->id, device->profile->id)))
    show_profile (self, device->profile);
  update (self);
}

static void
lw_arm_limits_dispose (GObject *object)
{
  LwArmLimits *self = LW_ARM_LIMITS (object);

  g_clear_pointer (&self->profile, lw_arm_profile_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_limits_parent_class)->dispose (object);
}

static void
lw_arm_limits_class_init (LwArmLimitsClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_limits_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-limits.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwArmLimits, name)
  CHILD (note);
  CHILD (apply_button);
  CHILD (grid);
  CHILD (box_check);
  CHILD (floor_check);
  CHILD (floor_spin);
  CHILD (box_numbers);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, apply_clicked);
  gtk_widget_class_bind_template_callback (widget, edited);
}

static void
lw_arm_limits_init (LwArmLimits *self)
{
  static const char *const spoken[6] = { N_("Box, least x, m"), N_("Box, least y, m"), N_("Box, least z, m"),
                                         N_("Box, greatest x, m"), N_("Box, greatest y, m"), N_("Box, greatest z, m") };

  self->quiet = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < 6; i++)
    {
      self->box[i] = add_number (self, -REACH, REACH, 0.01, 2, _(spoken[i]));
      gtk_editable_set_width_chars (GTK_EDITABLE (self->box[i]), 5);
      gtk_box_append (self->box_numbers, GTK_WIDGET (self->box[i]));
    }
  self->quiet = FALSE;
}

GtkWidget *
lw_arm_limits_new (LwSession *session)
{
  LwArmLimits *self = g_object_new (LW_TYPE_ARM_LIMITS, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (connection_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
