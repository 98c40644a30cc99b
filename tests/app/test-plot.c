/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>
#include <glib/gstdio.h>

#include "lw-plot-private.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 500, HEIGHT = 300 };

static LwFigure *
ramp (const char *title, double seconds)
{
  LwFigure *figure = lw_figure_new (title);
  const LwStyle solid = lw_style_solid (0);
  LwSeries *series = lw_series_new ();

  for (int i = 0; i <= 100; i++)
    g_assert_cmpint (lw_series_append (series, seconds * i / 100, 0.01 * i), ==, LW_OK);
  lw_figure_set_x_axis (figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  lw_figure_add_line (figure, series, &solid, "Ramp");
  lw_series_unref (series);
  return figure;
}

/* Turns the main loop until @condition holds; fails after five seconds. */
static void
wait_until (gboolean (*condition) (gpointer), gpointer data)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  while (!condition (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
    }
}

static gboolean
is_drawn (gpointer plot)
{
  return !((LwPlot *) plot)->stale && ((LwPlot *) plot)->surface != NULL;
}

/* A shown window with one plot of WIDTH x HEIGHT. */
static LwPlot *
show (LwFigure *figure, GtkWidget **window)
{
  GtkWidget *plot = lw_plot_new (figure);

  gtk_widget_set_size_request (plot, WIDTH, HEIGHT);
  gtk_widget_set_halign (plot, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (plot, GTK_ALIGN_CENTER);
  *window = gtk_window_new ();
  gtk_window_set_child (GTK_WINDOW (*window), plot);
  gtk_window_present (GTK_WINDOW (*window));
  wait_until (is_drawn, plot);
  return LW_PLOT (plot);
}

static GtkEventController *
controller (LwPlot *plot, GType type)
{
  g_autoptr (GListModel) list = gtk_widget_observe_controllers (GTK_WIDGET (plot));

  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (GtkEventController) item = g_list_model_get_item (list, i);

      if (G_OBJECT_TYPE (item) == type)
        return item;
    }
  g_assert_not_reached ();
}

static gboolean
press (LwPlot *plot, guint key, GdkModifierType state)
{
  gboolean handled = FALSE;

  g_signal_emit_by_name (controller (plot, GTK_TYPE_EVENT_CONTROLLER_KEY), "key-pressed", key, 0u, state, &handled);
  return handled;
}

static LwRange
visible_x (LwPlot *plot)
{
  lw_plot_ensure_layout (plot);
  return plot->layout.x.range;
}

static void
count_cb (GObject *object, GParamSpec *pspec, guint *count)
{
  ++*count;
}

static void
test_properties (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  LwPlot *plot = g_object_ref_sink (LW_PLOT (lw_plot_new (NULL)));
  int least, natural;
  guint notified = 0;

  g_signal_connect (plot, "notify", G_CALLBACK (count_cb), &notified);
  lw_plot_set_figure (plot, NULL);
  lw_plot_set_pickable (plot, FALSE);
  g_assert_cmpuint (notified, ==, 0);
  lw_plot_set_figure (plot, figure);
  g_assert_cmpuint (notified, ==, 1);
  g_assert_true (lw_plot_get_figure (plot) == figure);
  g_object_set (plot, "pickable", TRUE, NULL);
  g_assert_true (lw_plot_get_pickable (plot));

  gtk_widget_measure (GTK_WIDGET (plot), GTK_ORIENTATION_HORIZONTAL, -1, &least, &natural, NULL, NULL);
  g_assert_cmpint (least, ==, 160);
  g_assert_cmpint (natural, ==, 400);
  gtk_widget_measure (GTK_WIDGET (plot), GTK_ORIENTATION_VERTICAL, -1, &least, &natural, NULL, NULL);
  g_assert_cmpint (least, ==, 96);
  g_assert_cmpint (natural, ==, 220);
  g_assert_true (gtk_widget_get_focusable (GTK_WIDGET (plot)));
  g_assert_finalize_object (plot);
  /* The figure is left with nobody listening. */
  g_assert_cmpuint (G_OBJECT (figure)->ref_count, ==, 1);
  lw_figure_invalidate (figure);
}

static void
test_lifecycle (void)
{
  LwFigure *figure = ramp ("Joint 1", 10);
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);

  g_object_add_weak_pointer (G_OBJECT (plot), (gpointer *) &plot);
  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_null (plot);
  g_assert_finalize_object (figure);
}

static gboolean
is_light (guint32 pixel)
{
  for (int shift = 0; shift < 32; shift += 8)
    if ((pixel >> shift & 0xff) < 0xe0)
      return FALSE;
  return TRUE;
}

/* Colours of the plot as GSK renders it; whether its title, where no pointer is, has light letters. */
static guint
rendered_colours (LwPlot *plot, gboolean *has_light_text)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autofree guint32 *pixels = NULL;
  int width, height;

  GTK_WIDGET_GET_CLASS (plot)->snapshot (GTK_WIDGET (plot), snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (GTK_WIDGET (plot))), node, NULL);
  gsk_render_node_unref (node);
  width = gdk_texture_get_width (texture);
  height = gdk_texture_get_height (texture);
  pixels = g_new (guint32, (gsize) width * height);
  gdk_texture_download (texture, (guchar *) pixels, 4 * (gsize) width);
  *has_light_text = FALSE;
  for (int i = 0; i < width * height; i++)
    {
      g_hash_table_add (seen, GUINT_TO_POINTER (pixels[i]));
      *has_light_text |= i / width < 24 && i % width < 150 && is_light (pixels[i]);
    }
  return g_hash_table_size (seen);
}

static void
test_style (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);
  gboolean light_text;

  g_assert_cmpuint (rendered_colours (plot, &light_text), >=, 24);
  g_assert_false (light_text);
  g_assert_false (plot->theme.dark);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  g_assert_true (plot->stale);
  wait_until (is_drawn, plot);
  g_assert_true (plot->theme.dark);
  g_assert_cmpuint (rendered_colours (plot, &light_text), >=, 24);
  g_assert_true (light_text);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Moving the cursor keeps the drawing; a change of the figure makes a new one. */
static void
test_cache (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);
  cairo_surface_t *drawn = plot->surface;
  gboolean light_text;

  lw_figure_set_cursor (figure, 3);
  g_assert_false (plot->stale);
  g_assert_cmpuint (rendered_colours (plot, &light_text), >, 0);
  g_assert_true (plot->surface == drawn);
  lw_figure_set_title (figure, "Joint 2");
  g_assert_true (plot->stale);
  wait_until (is_drawn, plot);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_keyboard (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);
  LwRange x;

  g_assert_true (press (plot, GDK_KEY_Right, 0));
  g_assert_cmpfloat_with_epsilon (lw_figure_get_cursor (figure), 5, 1e-9);
  g_assert_true (press (plot, GDK_KEY_Right, 0));
  g_assert_cmpfloat_with_epsilon (lw_figure_get_cursor (figure), 5.1, 1e-9);
  g_assert_true (press (plot, GDK_KEY_Left, GDK_CONTROL_MASK));
  g_assert_cmpfloat_with_epsilon (lw_figure_get_cursor (figure), 4.1, 1e-9);
  g_assert_true (press (plot, GDK_KEY_End, 0));
  g_assert_cmpfloat_with_epsilon (lw_figure_get_cursor (figure), 10, 1e-9);
  g_assert_true (press (plot, GDK_KEY_Home, 0));
  g_assert_cmpfloat_with_epsilon (lw_figure_get_cursor (figure), 0, 1e-9);

  /* About the cursor at the left end. */
  g_assert_true (press (plot, GDK_KEY_plus, 0));
  x = visible_x (plot);
  g_assert_cmpfloat_with_epsilon (x.min, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (x.max, 10 / 1.5, 1e-9);
  g_assert_true (press (plot, GDK_KEY_Right, GDK_SHIFT_MASK));
  g_assert_cmpfloat_with_epsilon (visible_x (plot).min, 1 / 1.5, 1e-9);
  g_assert_true (press (plot, GDK_KEY_minus, 0));
  x = visible_x (plot);
  g_assert_cmpfloat_with_epsilon (x.min, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (x.max, 10, 1e-9);
  g_assert_true (press (plot, GDK_KEY_plus, 0));
  g_assert_true (press (plot, GDK_KEY_0, 0));
  g_assert_cmpfloat_with_epsilon (visible_x (plot).max, 10, 1e-9);

  /* Not the plot's: Escape stops the arm, Enter is the page's unless something can be picked. */
  g_assert_false (press (plot, GDK_KEY_Escape, 0));
  g_assert_false (press (plot, GDK_KEY_Return, 0));
  g_assert_false (press (plot, GDK_KEY_Up, 0));
  g_assert_false (press (plot, GDK_KEY_space, 0));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_pointer (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);
  GtkEventController *motion = controller (plot, GTK_TYPE_EVENT_CONTROLLER_MOTION), *click = controller (plot, GTK_TYPE_GESTURE_CLICK);
  double x = lw_axis_to_pixel (&plot->layout.x, 2.5);
  gboolean handled = FALSE;
  LwRange r;

  g_signal_emit_by_name (motion, "motion", x, 150.0);
  g_assert_cmpfloat_with_epsilon (lw_figure_get_cursor (figure), 2.5, 1e-9);
  g_signal_emit_by_name (controller (plot, GTK_TYPE_EVENT_CONTROLLER_SCROLL), "scroll", 0.0, -3.0, &handled);
  g_assert_true (handled);
  r = visible_x (plot);
  g_assert_cmpfloat_with_epsilon (r.max - r.min, 10 / pow (1.2, 3), 1e-9);
  g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&plot->layout.x, 2.5), x, 1e-6);

  /* Double click: at rest. Outside the plot area nothing is read and the page may scroll. */
  g_signal_emit_by_name (click, "pressed", 2, 100.0, 100.0);
  g_assert_cmpfloat_with_epsilon (visible_x (plot).max, 10, 1e-9);
  g_signal_emit_by_name (motion, "motion", 2.0, 2.0);
  g_assert_true (isnan (lw_figure_get_cursor (figure)));
  g_signal_emit_by_name (controller (plot, GTK_TYPE_EVENT_CONTROLLER_SCROLL), "scroll", 0.0, -1.0, &handled);
  g_assert_false (handled);
  g_signal_emit_by_name (motion, "motion", x, 150.0);
  g_signal_emit_by_name (motion, "leave");
  g_assert_true (isnan (lw_figure_get_cursor (figure)));
  gtk_window_destroy (GTK_WINDOW (window));
}

typedef struct {
  double x, y;
  guint  n, n_done;
} Picks;

static void
picked_cb (LwPlot *plot, double x, double y, gboolean done, Picks *picks)
{
  picks->x = x;
  picks->y = y;
  picks->n++;
  picks->n_done += done;
}

static void
test_pick_by_keyboard (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new ("Latent plane");
  const double corners[] = { -1, 1 };
  Picks picks = { 0 };
  GtkWidget *window;
  LwPlot *plot;

  lw_figure_set_equal_aspect (figure, TRUE);
  lw_figure_add_line_xy (figure, corners, corners, 2, NULL, NULL);
  plot = show (figure, &window);
  lw_plot_set_pickable (plot, TRUE);
  g_signal_connect (plot, "picked", G_CALLBACK (picked_cb), &picks);
  g_assert_true (press (plot, GDK_KEY_Return, 0));
  g_assert_cmpfloat_with_epsilon (picks.x, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (picks.y, 0, 1e-9);
  g_assert_true (press (plot, GDK_KEY_Up, GDK_CONTROL_MASK));
  g_assert_true (press (plot, GDK_KEY_Left, 0));
  g_assert_cmpfloat_with_epsilon (picks.y, 0.1 * (plot->layout.y.range.max - plot->layout.y.range.min), 1e-9);
  g_assert_cmpfloat_with_epsilon (picks.x, -0.01 * (plot->layout.x.range.max - plot->layout.x.range.min), 1e-9);
  g_assert_cmpuint (picks.n_done, ==, 3);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_accessible (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  g_autofree char *summary = lw_figure_dup_summary (figure), *reading = NULL, *both = NULL;
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);

  g_assert_true (gtk_test_accessible_has_role (GTK_ACCESSIBLE (plot), GTK_ACCESSIBLE_ROLE_IMG));
  gtk_test_accessible_assert_property (plot, GTK_ACCESSIBLE_PROPERTY_LABEL, "Joint 1");
  gtk_test_accessible_assert_property (plot, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, summary);
  /* What the keyboard's cursor reads is told at once. */
  press (plot, GDK_KEY_Right, 0);
  reading = lw_figure_dup_reading (figure);
  both = g_strdup_printf ("%s %s", reading, summary);
  g_assert_true (g_str_has_prefix (both, "5.00"));
  gtk_test_accessible_assert_property (plot, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, both);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_write (void)
{
  g_autoptr (LwFigure) figure = ramp ("Joint 1", 10);
  g_autofree char *folder = g_dir_make_tmp ("lampwork-plot-XXXXXX", NULL), *path = g_build_filename (folder, "plot.png", NULL);
  g_autoptr (GError) error = NULL;
  GtkWidget *window;
  LwPlot *plot = show (figure, &window);
  cairo_surface_t *surface;

  g_assert_true (lw_plot_write (plot, path, &error));
  g_assert_no_error (error);
  surface = cairo_image_surface_create_from_png (path);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 2 * gtk_widget_get_width (GTK_WIDGET (plot)));
  /* A picture has a background of its own. */
  g_assert_cmphex (*(guint32 *) (void *) cairo_image_surface_get_data (surface), ==, 0xffffffff);
  cairo_surface_destroy (surface);
  g_remove (path);
  g_rmdir (folder);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/plot/properties", test_properties);
  g_test_add_func ("/plot/lifecycle", test_lifecycle);
  g_test_add_func ("/plot/style", test_style);
  g_test_add_func ("/plot/cache", test_cache);
  g_test_add_func ("/plot/keyboard", test_keyboard);
  g_test_add_func ("/plot/pointer", test_pointer);
  g_test_add_func ("/plot/pick-by-keyboard", test_pick_by_keyboard);
  g_test_add_func ("/plot/accessible", test_accessible);
  g_test_add_func ("/plot/write", test_write);
  return g_test_run ();
}
