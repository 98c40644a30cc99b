/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-joints.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-joint-bar.h"
#include "lw-words.h"

#define DEGREE (G_PI / 180.0)

/* One joint's line. */
typedef struct {
  GtkWidget *bar;
  GtkLabel  *position, *velocity, *load;
} Row;

struct _LwArmJoints
{
  AdwBin parent_instance;

  LwSession  *session; /* owned */
  GtkGrid    *grid;
  LwArmModel *shown;   /* borrowed: whose rows these are */
  Row         rows[LW_MAX_JOINTS];
};

G_DEFINE_FINAL_TYPE (LwArmJoints, lw_arm_joints, ADW_TYPE_BIN)

/* A bar was dragged: that joint goes there, the others go on to where they were sent or stay where they are told to be. */
static void
joint_asked (GtkWidget *bar, double q, LwArmJoints *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  double target[LW_MAX_JOINTS];

  for (size_t i = 0; i < state->n_joints; i++)
    {
      double asked = lw_joint_bar_get_asked (LW_JOINT_BAR (self->rows[i].bar));

      target[i] = self->rows[i].bar == bar ? q : isfinite (asked) ? asked : isfinite (state->goal[i]) ? state->goal[i] : state->q[i];
    }
  lw_session_move_to (self->session, target);
}

static GtkLabel *
add_label (GtkGrid *grid, int column, int row, const char *text, int width, float xalign, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_width_chars (GTK_LABEL (label), width);
  gtk_widget_add_css_class (label, style);
  gtk_grid_attach (grid, label, column, row, 1, 1);
  return GTK_LABEL (label);
}

/* A number at one end of a bar. */
static void
add_limit (GtkWidget *box, double limit, float xalign)
{
  g_autofree char *text = g_strdup_printf ("%.0f°", limit / DEGREE);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_width_chars (GTK_LABEL (label), 5);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (box), label);
}

static void
build_rows (LwArmJoints *self, LwArmModel *model)
{
  static const char *const heads[] = { N_("Joint"), N_("Range"), N_("Position"), N_("Velocity"), N_("Load") };
  static const int widths[] = { 8, 10, 8, 8, 9 };
  const LwJointInfo *joints = lw_arm_model_joints (model);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  for (int i = 0; i < (int) G_N_ELEMENTS (heads); i++)
    add_label (self->grid, i, 0, _(heads[i]), widths[i], i == 0 ? 0.0f : i == 1 ? 0.5f : 1.0f, "heading-small");
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    {
      Row *row = &self->rows[i];
      GtkWidget *range = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
      g_autofree char *name = lw_words_joint (joints[i].name);
      int at = (int) i + 1;

      add_label (self->grid, 0, at, name, widths[0], 0.0f, "joint-name");
      row->bar = lw_joint_bar_new (name, joints[i].lower, joints[i].upper);
      gtk_widget_set_hexpand (row->bar, TRUE);
      g_signal_connect (row->bar, "asked", G_CALLBACK (joint_asked), self);
      add_limit (range, joints[i].lower, 1.0f);
      gtk_box_append (GTK_BOX (range), row->bar);
      add_limit (range, joints[i].upper, 0.0f);
      gtk_grid_attach (self->grid, range, 1, at, 1, 1);
      row->position = add_label (self->grid, 2, at, "–", widths[2], 1.0f, "numeric");
      row->velocity = add_label (self->grid, 3, at, "–", widths[3], 1.0f, "numeric");
      row->load = add_label (self->grid, 4, at, "–", widths[4], 1.0f, "numeric");
    }
  self->shown = model;
}

/* A value that is not known is a dash. */
static void
say (GtkLabel *label, double value, int digits, const char *unit)
{
  double shown = fabs (value) < 0.5 * pow (10.0, -digits) ? 0.0 : value; /* no "-0.0" */
  g_autofree char *text = isfinite (value) ? g_strdup_printf ("%.*f%s", digits, shown, unit) : g_strdup ("–");

  if (strcmp (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

static void
update_values (LwArmJoints *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)) || state->n_joints == 0)
    return;
  for (size_t i = 0; i < state->n_joints; i++)
    {
      Row *row = &self->rows[i];

      lw_joint_bar_set_values (LW_JOINT_BAR (row->bar), state->q[i], state->goal[i]);
      say (row->position, state->q[i] / DEGREE, 1, "°");
      say (row->velocity, state->dq[i] / DEGREE, 1, "°/s");
      say (row->load, state->load[i], 2, " N m");
    }
}

static void
update_rows (LwArmJoints *self)
{
  LwArmModel *model = lw_session_get_arm_model (self->session);
  LwMode mode = lw_session_get_arm_state (self->session)->mode;

  if (model != self->shown)
    build_rows (self, model);
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    lw_joint_bar_set_movable (LW_JOINT_BAR (self->rows[i].bar), mode == LW_MODE_ARMED);
}

static void
lw_arm_joints_dispose (GObject *object)
{
  LwArmJoints *self = LW_ARM_JOINTS (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_joints_parent_class)->dispose (object);
}

static void
lw_arm_joints_class_init (LwArmJointsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_arm_joints_dispose;
}

static void
lw_arm_joints_init (LwArmJoints *self)
{
  self->grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_column_spacing (self->grid, 14);
  gtk_grid_set_row_spacing (self->grid, 2);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->grid));
}

GtkWidget *
lw_arm_joints_new (LwSession *session)
{
  LwArmJoints *self = g_object_new (LW_TYPE_ARM_JOINTS, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_rows), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update_rows), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "tick", G_CALLBACK (update_values), self, G_CONNECT_SWAPPED);
  update_rows (self);
  return GTK_WIDGET (self);
}
