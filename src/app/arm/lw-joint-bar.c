/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-joint-bar.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#define HEIGHT 26
#define DEGREE (G_PI / 180.0)
#define NEAR (5.0 * DEGREE) /* of a limit */

struct _LwJointBar
{
  GtkWidget parent_instance;

  double   lower, upper; /* rad */
  double   q, goal;
  double   asked;        /* where it was sent last, NaN when it may be elsewhere by now: keys add to it while the arm is on its way */
  gboolean movable;
};

G_DEFINE_FINAL_TYPE (LwJointBar, lw_joint_bar, GTK_TYPE_WIDGET)

static guint asked_signal;

static double
x_of (LwJointBar *self, double q, double width)
{
  return 5.0 + (width - 10.0) * CLAMP ((q - self->lower) / (self->upper - self->lower), 0.0, 1.0);
}

static void
rounded (cairo_t *cr, double x, double y, double w, double h)
{
  double r = MIN (w, h) / 2.0;

  cairo_new_sub_path (cr);
  cairo_arc (cr, x + w - r, y + r, r, -G_PI / 2.0, 0.0);
  cairo_arc (cr, x + w - r, y + h - r, r, 0.0, G_PI / 2.0);
  cairo_arc (cr, x + r, y + h - r, r, G_PI / 2.0, G_PI);
  cairo_arc (cr, x + r, y + r, r, G_PI, 1.5 * G_PI);
  cairo_close_path (cr);
}

static void
lw_joint_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LwJointBar *self = LW_JOINT_BAR (widget);
  double w = gtk_widget_get_width (widget), h = gtk_widget_get_height (widget), zero = x_of (self, 0.0, w);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) w, (float) h);
  gboolean near = self->q - self->lower < NEAR || self->upper - self->q < NEAR;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  GdkRGBA ink;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.14);
  rounded (cr, 1, h / 2 - 4, w - 2, 8);
  cairo_fill (cr);
  if (self->lower < 0.0 && self->upper > 0.0)
    {
      cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.35);
      cairo_rectangle (cr, floor (zero), h / 2 - 7, 1, 14);
      cairo_fill (cr);
    }
  if (isfinite (self->goal))
    {
      cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.8);
      cairo_set_line_width (cr, 1.5);
      rounded (cr, x_of (self, self->goal, w) - 4.5, h / 2 - 8.5, 9, 17);
      cairo_stroke (cr);
    }
  if (isfinite (self->q))
    {
      if (near)
        cairo_set_source_rgba (cr, 0.88, 0.33, 0.13, 1.0);
      else
        cairo_set_source_rgba (cr, 0.21, 0.52, 0.89, 1.0);
      rounded (cr, x_of (self, self->q, w) - 3.0, h / 2 - 8, 6, 16);
      cairo_fill (cr);
    }
  cairo_destroy (cr);
}

static void
lw_joint_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : HEIGHT;
}

void
lw_joint_bar_set_values (LwJointBar *self, double q, double goal)
{
  if ((self->q == q || (isnan (self->q) && isnan (q))) && (self->goal == goal || (isnan (self->goal) && isnan (goal))))
    return;
  self->q = q;
  self->goal = goal;
  if (isfinite (q))
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, round (q / DEGREE * 10.0) / 10.0, -1);
  else
    gtk_accessible_reset_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lw_joint_bar_set_movable (LwJointBar *self, gboolean movable)
{
  if (self->movable == movable)
    return;
  self->movable = movable;
  self->asked = (double) NAN;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_READ_ONLY, !movable, -1);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), movable ? "ew-resize" : NULL);
}

double
lw_joint_bar_get_asked (LwJointBar *self)
{
  return self->asked;
}

static void
ask (LwJointBar *self, double q)
{
  if (!self->movable)
    return;
  self->asked = CLAMP (q, self->lower, self->upper);
  g_signal_emit (self, asked_signal, 0, self->asked);
}

static void
ask_at (LwJointBar *self, double x)
{
  double w = gtk_widget_get_width (GTK_WIDGET (self));

  ask (self, self->lower + (self->upper - self->lower) * (x - 5.0) / MAX (w - 10.0, 1.0));
}

static void
drag_begin (GtkGestureDrag *gesture, double x, double y, LwJointBar *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  ask_at (self, x);
}

static void
drag_update (GtkGestureDrag *gesture, double dx, double dy, LwJointBar *self)
{
  double x, y;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  ask_at (self, x + dx);
}

static gboolean
key_pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state, LwJointBar *self)
{
  double from = isfinite (self->asked) ? self->asked : isfinite (self->goal) ? self->goal : self->q, step = (state & GDK_SHIFT_MASK ? 5.0 : 1.0) * DEGREE;

  if (!self->movable || (keyval != GDK_KEY_Left && keyval != GDK_KEY_Right))
    return GDK_EVENT_PROPAGATE;
  ask (self, from + (keyval == GDK_KEY_Left ? -step : step));
  return GDK_EVENT_STOP;
}

static void
lw_joint_bar_class_init (LwJointBarClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  widget->snapshot = lw_joint_bar_snapshot;
  widget->measure = lw_joint_bar_measure;
  gtk_widget_class_set_accessible_role (widget, GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_widget_class_set_css_name (widget, "jointbar");
  asked_signal = g_signal_new ("asked", LW_TYPE_JOINT_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
lw_joint_bar_init (LwJointBar *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->q = self->goal = self->asked = (double) NAN;
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}

GtkWidget *
lw_joint_bar_new (const char *name, double lower, double upper)
{
  LwJointBar *self = g_object_new (LW_TYPE_JOINT_BAR, NULL);
  g_autofree char *label = g_strdup_printf (_("%s, degrees"), name);

  self->lower = lower;
  self->upper = upper;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, lower / DEGREE,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, upper / DEGREE, -1);
  return GTK_WIDGET (self);
}
