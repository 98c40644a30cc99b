/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scene-widget.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-renderer.h"
#include "lw-scene-renderer.h"

#define SOFTWARE_FRAME_US 33000 /* at most 30 pictures a second where the processor draws them */
#define KEY_STEP 0.04
#define HAND_REACH 14.0       /* pixels beside the arm where a hand still takes hold of it */

typedef enum { DRAG_NONE, DRAG_ORBIT, DRAG_PAN, DRAG_GUIDE } DragKind;

struct _LwSceneWidget
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget       *area;      /* GtkGLArea */
  GtkWidget       *trouble;   /* label when OpenGL is not to be had */
  LwSceneView     *view;      /* (nullable) */
  LwSceneRenderer *renderer;  /* lives with the area's context */
  size_t           n_joints;
  double           q[LW_MAX_JOINTS]; /* shown; NaN before the first */

  gboolean guiding;
  DragKind drag;
  double   last_x, last_y;
  double   anchor[3], local[3];
  int      body;

  gint64   drawn_at;
  guint    later;             /* source: a redraw that waits for its turn */
};

G_DEFINE_FINAL_TYPE (LwSceneWidget, lw_scene_widget, GTK_TYPE_WIDGET)

enum { GUIDE, LET_GO, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- drawing ---- */

static gboolean
draw_later (gpointer data)
{
  LwSceneWidget *self = data;

  self->later = 0;
  gtk_gl_area_queue_render (GTK_GL_AREA (self->area));
  return G_SOURCE_REMOVE;
}

static void
redraw (LwSceneWidget *self)
{
  gint64 wait = self->drawn_at + SOFTWARE_FRAME_US - g_get_monotonic_time ();

  if (self->later != 0 || self->view == NULL)
    return;
  if (wait <= 0 || !lw_renderer_is_software ())
    gtk_gl_area_queue_render (GTK_GL_AREA (self->area));
  else
    self->later = g_timeout_add ((guint) (wait / 1000 + 1), draw_later, self);
}

static double
aspect_of (LwSceneWidget *self)
{
  return (double) MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1) / (double) MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1);
}

static gboolean
render (GtkGLArea *area, GdkGLContext *context, LwSceneWidget *self)
{
  static const LwSceneTheme light = { { 0.965f, 0.968f, 0.975f }, { 0.55f, 0.58f, 0.63f } };
  static const LwSceneTheme dark = { { 0.125f, 0.128f, 0.140f }, { 0.52f, 0.55f, 0.62f } };

  if (self->renderer == NULL || self->view == NULL)
    return FALSE;
  self->drawn_at = g_get_monotonic_time ();
  lw_scene_renderer_draw (self->renderer, self->view, aspect_of (self), adw_style_manager_get_dark (adw_style_manager_get_default ()) ? &dark : &light);
  return TRUE;
}

static void
show_trouble (LwSceneWidget *self, const char *words)
{
  g_autofree char *text = g_strdup_printf (_("The 3D view needs OpenGL 3.3 or ES 3. Everything else works.\n%s"), words);

  gtk_label_set_text (GTK_LABEL (self->trouble), text);
  gtk_widget_set_visible (self->trouble, TRUE);
  gtk_widget_set_visible (self->area, FALSE);
}

static void
realized (GtkGLArea *area, LwSceneWidget *self)
{
  g_autofree char *error = NULL;

  gtk_gl_area_make_current (area);
  if (gtk_gl_area_get_error (area) != NULL)
    {
      show_trouble (self, gtk_gl_area_get_error (area)->message);
      return;
    }
  self->renderer = lw_scene_renderer_new (gdk_gl_context_get_use_es (gtk_gl_area_get_context (area)), lw_renderer_is_software () ? 20 : 40, &error);
  if (self->renderer == NULL)
    show_trouble (self, error);
}

static void
unrealized (GtkGLArea *area, LwSceneWidget *self)
{
  gtk_gl_area_make_current (area);
  if (gtk_gl_area_get_error (area) == NULL)
    g_clear_pointer (&self->renderer, lw_scene_renderer_free);
}

/* ---- pointer ---- */

static void
end_drag (LwSceneWidget *self)
{
  if (self->drag == DRAG_GUIDE)
    g_signal_emit (self, signals[LET_GO], 0);
  self->drag = DRAG_NONE;
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
}

/* The body under the pointer, or the nearest one within a finger's width: a hand that just misses the arm does not mean to turn the view. */
static int
pick (LwSceneWidget *self, double x, double y)
{
  double w = gtk_widget_get_width (GTK_WIDGET (self)), h = gtk_widget_get_height (GTK_WIDGET (self));
  int body = lw_scene_view_pick (self->view, aspect_of (self), x / w, y / h, self->anchor, self->local);

  for (double r = HAND_REACH / 2.0; body < 0 && r <= HAND_REACH; r += HAND_REACH / 2.0)
    for (int i = 0; body < 0 && i < 12; i++)
      body = lw_scene_view_pick (self->view, aspect_of (self), (x + r * cos (i * G_PI / 6.0)) / w, (y + r * sin (i * G_PI / 6.0)) / h,
                                 self->anchor, self->local);
  return body;
}

static void
drag_begin (GtkGestureDrag *gesture, double x, double y, LwSceneWidget *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->view == NULL)
    return;
  self->last_x = self->last_y = 0.0;
  self->drag = button == GDK_BUTTON_PRIMARY ? DRAG_ORBIT : DRAG_PAN;
  if (button == GDK_BUTTON_PRIMARY && self->guiding)
    {
      self->body = pick (self, x, y);
      if (self->body >= 0)
        {
          self->drag = DRAG_GUIDE;
          gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
        }
    }
}

static void
drag_update (GtkGestureDrag *gesture, double dx, double dy, LwSceneWidget *self)
{
  double w = gtk_widget_get_width (GTK_WIDGET (self)), h = gtk_widget_get_height (GTK_WIDGET (self)), x, y;

  if (self->view == NULL || self->drag == DRAG_NONE)
    return;
  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  if (self->drag == DRAG_GUIDE)
    {
      double target[3];

      lw_scene_view_unproject (self->view, aspect_of (self), (x + dx) / w, (y + dy) / h, self->anchor, target);
      g_signal_emit (self, signals[GUIDE], 0, self->body, self->local, target);
      return;
    }
  if (self->drag == DRAG_ORBIT)
    lw_scene_view_orbit (self->view, (dx - self->last_x) / h, (dy - self->last_y) / h);
  else
    lw_scene_view_pan (self->view, (dx - self->last_x) / h, (dy - self->last_y) / h);
  self->last_x = dx;
  self->last_y = dy;
  redraw (self);
}

static void
drag_end (GtkGestureDrag *gesture, double dx, double dy, LwSceneWidget *self)
{
  end_drag (self);
}

static void
drag_cancel (GtkGesture *gesture, GdkEventSequence *sequence, LwSceneWidget *self)
{
  end_drag (self);
}

static void
clicked (GtkGestureClick *gesture, int n, double x, double y, LwSceneWidget *self)
{
  if (n == 2 && self->view != NULL && self->drag != DRAG_GUIDE)
    {
      lw_scene_view_reset (self->view);
      redraw (self);
    }
}

static gboolean
scrolled (GtkEventControllerScroll *controller, double dx, double dy, LwSceneWidget *self)
{
  if (self->view == NULL)
    return GDK_EVENT_PROPAGATE;
  lw_scene_view_zoom (self->view, -0.08 * dy);
  redraw (self);
  return GDK_EVENT_STOP;
}

/* ---- keyboard ---- */

static gboolean
key_pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state, LwSceneWidget *self)
{
  void (*move) (LwSceneView *, double, double) = state & GDK_SHIFT_MASK ? lw_scene_view_pan : lw_scene_view_orbit;

  if (self->view == NULL || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (keyval)
    {
    case GDK_KEY_Left: move (self->view, -KEY_STEP, 0.0); break;
    case GDK_KEY_Right: move (self->view, KEY_STEP, 0.0); break;
    case GDK_KEY_Up: move (self->view, 0.0, -KEY_STEP); break;
    case GDK_KEY_Down: move (self->view, 0.0, KEY_STEP); break;
    case GDK_KEY_plus:
    case GDK_KEY_KP_Add:
    case GDK_KEY_equal: lw_scene_view_zoom (self->view, 0.1); break;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract: lw_scene_view_zoom (self->view, -0.1); break;
    case GDK_KEY_0:
    case GDK_KEY_KP_0: lw_scene_view_reset (self->view); break;
    default: return GDK_EVENT_PROPAGATE;
    }
  redraw (self);
  return GDK_EVENT_STOP;
}

/* ---- public ---- */

void
lw_scene_widget_set_model (LwSceneWidget *self, LwArmModel *model)
{
  end_drag (self);
  g_clear_pointer (&self->view, lw_scene_view_free);
  if (model != NULL)
    {
      self->view = lw_scene_view_new (model);
      self->n_joints = lw_arm_model_n_joints (model);
      for (size_t i = 0; i < LW_MAX_JOINTS; i++)
        self->q[i] = (double) NAN;
    }
  gtk_gl_area_queue_render (GTK_GL_AREA (self->area));
}

void
lw_scene_widget_set_pose (LwSceneWidget *self, const double *q)
{
  if (self->view == NULL)
    return;
  for (size_t i = 0; i < self->n_joints; i++)
    if (!isfinite (q[i]))
      return; /* not measured: the picture stays */
  if (memcmp (self->q, q, self->n_joints * sizeof *q) == 0)
    return; /* an arm that stands still costs nothing */
  memcpy (self->q, q, self->n_joints * sizeof *q);
  lw_scene_view_pose (self->view, q);
  redraw (self);
}

void
lw_scene_widget_set_ghost (LwSceneWidget *self, const double *q)
{
  if (self->view == NULL)
    return;
  lw_scene_view_ghost (self->view, q);
  redraw (self);
}

void
lw_scene_widget_set_markers (LwSceneWidget *self, const LwMarker *markers, size_t n)
{
  if (self->view == NULL)
    return;
  lw_scene_view_markers (self->view, markers, n);
  redraw (self);
}

void
lw_scene_widget_set_path (LwSceneWidget *self, const LwMat *points)
{
  static const float colour[4] = { 0.96f, 0.55f, 0.13f, 1.0f };

  if (self->view == NULL)
    return;
  lw_scene_view_path (self->view, points, colour);
  redraw (self);
}

void
lw_scene_widget_set_guiding (LwSceneWidget *self, gboolean guiding)
{
  if (!guiding && self->drag == DRAG_GUIDE)
    end_drag (self);
  self->guiding = guiding;
}

gboolean
lw_scene_widget_project (LwSceneWidget *self, const double world[3], double *x, double *y)
{
  if (self->view == NULL || !lw_scene_view_project (self->view, aspect_of (self), world, x, y))
    return FALSE;
  *x *= gtk_widget_get_width (GTK_WIDGET (self));
  *y *= gtk_widget_get_height (GTK_WIDGET (self));
  return TRUE;
}

/* ---- class ---- */

static void
lw_scene_widget_dispose (GObject *object)
{
  LwSceneWidget *self = LW_SCENE_WIDGET (object);

  g_clear_handle_id (&self->later, g_source_remove);
  g_clear_pointer (&self->trouble, gtk_widget_unparent);
  g_clear_pointer (&self->area, gtk_widget_unparent); /* unrealizes: the renderer goes with its context */
  g_clear_pointer (&self->view, lw_scene_view_free);
  G_OBJECT_CLASS (lw_scene_widget_parent_class)->dispose (object);
}

static void
lw_scene_widget_class_init (LwSceneWidgetClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_scene_widget_dispose;
  gtk_widget_class_set_layout_manager_type (widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget, "scene");
  signals[GUIDE] = g_signal_new ("guide", LW_TYPE_SCENE_WIDGET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                 G_TYPE_INT, G_TYPE_POINTER, G_TYPE_POINTER);
  signals[LET_GO] = g_signal_new ("let-go", LW_TYPE_SCENE_WIDGET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
add_controllers (LwSceneWidget *self)
{
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL), *keys = gtk_event_controller_key_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (drag_cancel), self);
  g_signal_connect (click, "pressed", G_CALLBACK (clicked), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scrolled), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
lw_scene_widget_init (LwSceneWidget *self)
{
  self->area = gtk_gl_area_new ();
  gtk_gl_area_set_required_version (GTK_GL_AREA (self->area), 3, 3);
  gtk_gl_area_set_has_depth_buffer (GTK_GL_AREA (self->area), TRUE);
  gtk_gl_area_set_auto_render (GTK_GL_AREA (self->area), FALSE);
  gtk_widget_set_parent (self->area, GTK_WIDGET (self));
  g_signal_connect (self->area, "realize", G_CALLBACK (realized), self);
  g_signal_connect (self->area, "unrealize", G_CALLBACK (unrealized), self);
  g_signal_connect (self->area, "render", G_CALLBACK (render), self);

  self->trouble = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->trouble), TRUE);
  gtk_widget_set_visible (self->trouble, FALSE);
  gtk_widget_set_parent (self->trouble, GTK_WIDGET (self));

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Arm in 3D"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _("Drag to orbit, Shift and arrows to pan, plus and minus to zoom, 0 to reset. In Guide mode drag the arm itself."), -1);
  add_controllers (self);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (redraw), self, G_CONNECT_SWAPPED);
}

GtkWidget *
lw_scene_widget_new (void)
{
  return g_object_new (LW_TYPE_SCENE_WIDGET, NULL);
}
