/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-plot-private.h"

#include <math.h>

static const double wheel_factor = 1.2;
static const double key_factor = 1.5;

/* Zooms and pans are computed on the visible ranges and kept within the plot at rest. */

static LwRange
home_x (LwPlot *self)
{
  LwRange x, y;

  lw_figure_get_home (self->figure, &x, &y);
  return x;
}

static void
set_view_y (LwPlot *self, LwRange y)
{
  LwRange x, old_y, home, home_y;

  lw_figure_get_view (self->figure, &x, &old_y);
  lw_figure_get_home (self->figure, &home, &home_y);
  /* Zoomed out beyond everything: at rest again. */
  if (!lw_range_is_empty (home_y) && y.min < home_y.min && y.max > home_y.max && y.max - y.min > 1.5 * (home_y.max - home_y.min))
    y = lw_range_empty ();
  lw_figure_set_view (self->figure, x, y);
}

static void
zoom_x (LwPlot *self, double pixel, double factor)
{
  LwRange home = home_x (self), x = lw_axis_zoom (&self->layout.x, pixel, factor, home);

  lw_plot_set_view_x (self, lw_range_equal (x, home) ? lw_range_empty () : x);
}

static void
zoom_y (LwPlot *self, double pixel, double factor)
{
  set_view_y (self, lw_axis_zoom (&self->layout.y, pixel, factor, lw_range_empty ()));
}

/* Both axes by one factor: planes keep their shape. */
static void
zoom_plane (LwPlot *self, double x, double y, double factor)
{
  LwRange home = home_x (self), wide = lw_axis_zoom (&self->layout.x, x, factor, lw_range_empty ());

  if (wide.max - wide.min > 4 * (home.max - home.min))
    lw_plot_reset_view (self);
  else
    lw_figure_set_view (self->figure, wide, lw_axis_zoom (&self->layout.y, y, factor, lw_range_empty ()));
}

static void
zoom (LwPlot *self, double x, double y, double factor, gboolean vertical)
{
  lw_plot_ensure_layout (self);
  if (lw_figure_get_equal_aspect (self->figure))
    zoom_plane (self, x, y, factor);
  else if (vertical)
    zoom_y (self, y, factor);
  else
    zoom_x (self, x, factor);
}

/* Moves what was visible at (@from_x, @from_y) by pixels; y only where it was zoomed, or in planes. */
static void
pan (LwPlot *self, LwRange from_x, LwRange from_y, double dx, double dy)
{
  LwAxis x = self->layout.x, y = self->layout.y;
  LwRange view_x, view_y;

  x.range = from_x;
  y.range = from_y;
  lw_figure_get_view (self->figure, &view_x, &view_y);
  if (lw_figure_get_equal_aspect (self->figure))
    {
      lw_figure_set_view (self->figure, lw_axis_pan (&x, dx), lw_axis_pan (&y, dy));
      return;
    }
  if (!lw_range_is_empty (view_x))
    lw_plot_set_view_x (self, lw_range_confine (lw_axis_pan (&x, dx), home_x (self)));
  if (!lw_range_is_empty (view_y))
    set_view_y (self, lw_axis_pan (&y, dy));
}

static gboolean
in_plot_area (LwPlot *self, double x, double y)
{
  const LwFigureLayout *l = &self->layout;

  return x >= l->left && x <= l->right && y >= l->top && y <= l->bottom;
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, LwPlot *self)
{
  if (!self->figure)
    return;
  lw_plot_ensure_layout (self);
  self->pointer[0] = x;
  self->pointer[1] = y;
  lw_plot_set_cursor (self, in_plot_area (self, x, y) ? lw_axis_from_pixel (&self->layout.x, x) : (double) NAN);
}

static void
leave_cb (GtkEventControllerMotion *controller, LwPlot *self)
{
  if (self->figure)
    lw_plot_set_cursor (self, NAN);
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, LwPlot *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if (!self->figure)
    return GDK_EVENT_PROPAGATE;
  lw_plot_ensure_layout (self);
  if (!in_plot_area (self, self->pointer[0], self->pointer[1]))
    return GDK_EVENT_PROPAGATE;

  if (dy != 0)
    zoom (self, self->pointer[0], self->pointer[1], pow (wheel_factor, -dy), (state & GDK_CONTROL_MASK) != 0);
  if (dx != 0)
    pan (self, self->layout.x.range, self->layout.y.range, -20 * dx, 0);
  return GDK_EVENT_STOP;
}

static void
pick_pixel (LwPlot *self, double x, double y, gboolean done)
{
  const LwFigureLayout *l = &self->layout;

  lw_plot_pick (self, lw_axis_from_pixel (&l->x, CLAMP (x, l->left, l->right)), lw_axis_from_pixel (&l->y, CLAMP (y, l->top, l->bottom)), done);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, LwPlot *self)
{
  if (!self->figure)
    return;
  lw_plot_ensure_layout (self);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_x = self->layout.x.range;
  self->drag_y = self->layout.y.range;
  if (self->pickable)
    pick_pixel (self, x, y, FALSE);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, LwPlot *self)
{
  double x, y;

  if (!self->figure || !gtk_gesture_drag_get_start_point (gesture, &x, &y))
    return;
  lw_plot_ensure_layout (self);
  if (self->pickable)
    pick_pixel (self, x + dx, y + dy, FALSE);
  else
    pan (self, self->drag_x, self->drag_y, dx, dy);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, LwPlot *self)
{
  double x, y;

  if (self->figure && self->pickable && gtk_gesture_drag_get_start_point (gesture, &x, &y))
    pick_pixel (self, x + dx, y + dy, TRUE);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, LwPlot *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  if (!self->figure)
    return;
  lw_plot_ensure_layout (self);
  if (n_press == 2)
    lw_plot_reset_view (self);
  else if (n_press == 1 && (state & GDK_SHIFT_MASK) && in_plot_area (self, x, y))
    lw_plot_set_anchor (self, lw_axis_from_pixel (&self->layout.x, x));
}

/* A hundredth of the width, with Control a tenth; over whole numbers at least one. */
static void
step_cursor (LwPlot *self, int direction, gboolean far)
{
  LwRange x = self->layout.x.range;
  double step = (x.max - x.min) * (far ? 0.1 : 0.01), cursor = lw_figure_get_cursor (self->figure);

  if (lw_unit_info (self->layout.x.unit)->ticks == LW_TICKS_INTEGER)
    step = fmax (1, round (step));
  if (!(cursor >= x.min && cursor <= x.max))
    cursor = 0.5 * (x.min + x.max);
  else
    cursor = CLAMP (cursor + direction * step, x.min, x.max);
  lw_plot_set_cursor (self, cursor);
  lw_plot_describe (self, TRUE);
}

static void
step_pick (LwPlot *self, int right, int up, gboolean far)
{
  LwRange x = self->layout.x.range, y = self->layout.y.range;
  double fraction = far ? 0.1 : 0.01;
  double px = isfinite (self->pick[0]) ? self->pick[0] : 0.5 * (x.min + x.max);
  double py = isfinite (self->pick[1]) ? self->pick[1] : 0.5 * (y.min + y.max);

  lw_plot_pick (self, CLAMP (px + right * fraction * (x.max - x.min), x.min, x.max),
                CLAMP (py + up * fraction * (y.max - y.min), y.min, y.max), TRUE);
}

static gboolean
arrow (LwPlot *self, int right, int up, GdkModifierType state)
{
  const LwFigureLayout *l = &self->layout;

  if (state & GDK_SHIFT_MASK)
    pan (self, l->x.range, l->y.range, -right * 0.1 * (l->right - l->left), up * 0.1 * (l->bottom - l->top));
  else if (self->pickable)
    step_pick (self, right, up, (state & GDK_CONTROL_MASK) != 0);
  else if (right != 0)
    step_cursor (self, right, (state & GDK_CONTROL_MASK) != 0);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

/* About the cursor when there is one, else about the middle. */
static void
zoom_by_key (LwPlot *self, double factor, GdkModifierType state)
{
  const LwFigureLayout *l = &self->layout;
  double x = lw_axis_to_pixel (&l->x, lw_figure_get_cursor (self->figure));

  zoom (self, x >= l->left && x <= l->right ? x : 0.5 * (l->left + l->right), 0.5 * (l->top + l->bottom), factor, (state & GDK_CONTROL_MASK) != 0);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, LwPlot *self)
{
  if (!self->figure || (state & GDK_ALT_MASK))
    return GDK_EVENT_PROPAGATE;

  lw_plot_ensure_layout (self);
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      return arrow (self, -1, 0, state);
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      return arrow (self, 1, 0, state);
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return arrow (self, 0, 1, state);
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return arrow (self, 0, -1, state);
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom_by_key (self, key_factor, state);
      return GDK_EVENT_STOP;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom_by_key (self, 1 / key_factor, state);
      return GDK_EVENT_STOP;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
      lw_plot_reset_view (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      lw_plot_set_cursor (self, self->layout.x.range.min);
      lw_plot_describe (self, TRUE);
      return GDK_EVENT_STOP;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      lw_plot_set_cursor (self, self->layout.x.range.max);
      lw_plot_describe (self, TRUE);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      if (!self->pickable)
        return GDK_EVENT_PROPAGATE;
      step_pick (self, 0, 0, FALSE);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

void
lw_plot_add_controllers (LwPlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new (), *key = gtk_event_controller_key_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new ();

  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);

  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, key);
}
