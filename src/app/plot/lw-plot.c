/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>
#include <glib/gi18n.h>

#include "lw-plot-private.h"

#include <math.h>

enum { LEAST_WIDTH = 160, LEAST_HEIGHT = 96, NATURAL_WIDTH = 400, NATURAL_HEIGHT = 220 };

/* Labels are a little smaller than the interface's text. */
static const double label_scale = 0.82;

G_DEFINE_FINAL_TYPE (LwPlot, lw_plot, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_FIGURE, PROP_PICKABLE, N_PROPS };
static GParamSpec *properties[N_PROPS];

enum { PICKED, N_SIGNALS };
static guint signals[N_SIGNALS];

void
lw_plot_redraw (LwPlot *self)
{
  self->stale = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
describe (LwPlot *self)
{
  g_autofree char *summary = self->figure ? lw_figure_dup_summary (self->figure) : g_strdup ("");
  g_autofree char *reading = self->figure ? lw_figure_dup_reading (self->figure) : NULL;
  g_autofree char *text = reading ? g_strdup_printf ("%s %s", reading, summary) : g_strdup (summary);
  const char *title = self->figure ? lw_figure_get_title (self->figure) : NULL;

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title ? title : _("Plot"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static gboolean
describe_cb (gpointer data)
{
  LwPlot *self = data;

  self->describe_id = 0;
  describe (self);
  return G_SOURCE_REMOVE;
}

void
lw_plot_describe (LwPlot *self, gboolean at_once)
{
  if (at_once)
    {
      g_clear_handle_id (&self->describe_id, g_source_remove);
      describe (self);
    }
  /* A live plot changes at every frame; nobody can listen that fast. */
  else if (self->describe_id == 0)
    self->describe_id = g_timeout_add_seconds (1, describe_cb, self);
}

static void
figure_changed_cb (LwFigure *figure, LwPlot *self)
{
  if (self->group)
    lw_plot_group_figure_changed (self->group);
  lw_plot_redraw (self);
  lw_plot_describe (self, FALSE);
}

static void
style_changed_cb (AdwStyleManager *manager, GParamSpec *pspec, LwPlot *self)
{
  lw_plot_redraw (self);
}

static LwRgb
mix (LwRgb a, LwRgb b, double share)
{
  return (LwRgb){ a.r + share * (b.r - a.r), a.g + share * (b.g - a.g), a.b + share * (b.b - a.b) };
}

static LwRgb
over (LwRgb below, GtkStyleContext *context, const char *name)
{
  GdkRGBA c;

  if (!gtk_style_context_lookup_color (context, name, &c))
    return below;
  return mix (below, (LwRgb){ (double) c.red, (double) c.green, (double) c.blue }, (double) c.alpha);
}

/* What the plot lies on: the window, or a card or view in it. */
static LwRgb
find_background (LwPlot *self, LwRgb otherwise)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  LwRgb window = over (otherwise, context, "window_bg_color");

  for (GtkWidget *w = GTK_WIDGET (self); w; w = gtk_widget_get_parent (w))
    {
      if (gtk_widget_has_css_class (w, "card"))
        return over (window, context, "card_bg_color");
      if (gtk_widget_has_css_class (w, "view"))
        return over (window, context, "view_bg_color");
    }
  return window;
}

/* The desktop's style and the widget's own font. */
static LwTheme
desktop_theme (LwPlot *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  gboolean dark = adw_style_manager_get_dark (manager), high_contrast = adw_style_manager_get_high_contrast (manager);
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double size = (double) pango_font_description_get_size (font) / PANGO_SCALE, dpi = pango_cairo_context_get_resolution (context);
  LwTheme theme = *lw_theme_get (high_contrast ? (dark ? LW_THEME_HIGH_CONTRAST_DARK : LW_THEME_HIGH_CONTRAST)
                                               : (dark ? LW_THEME_DARK : LW_THEME_LIGHT));

  if (!pango_font_description_get_size_is_absolute (font))
    size *= (dpi > 0 ? dpi : 96) / 72;
  if (size > 0)
    theme.font_size = fmax (9, label_scale * size) * (high_contrast ? 1.08 : 1);
  if (pango_font_description_get_family (font))
    g_strlcpy (theme.font_family, pango_font_description_get_family (font), sizeof theme.font_family);
  return theme;
}

static void
update_theme (LwPlot *self)
{
  gboolean high_contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());

  self->theme = desktop_theme (self);
  self->theme.transparent = TRUE;
  self->theme.background = find_background (self, self->theme.background);
  self->theme.grid = mix (self->theme.background, self->theme.foreground, high_contrast ? 0.3 : 0.1);
}

void
lw_plot_ensure_layout (LwPlot *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double old_left = self->own_left, shared;

  if (!self->stale || !self->figure)
    return;

  update_theme (self);
  lw_figure_layout (self->figure, width, height, &self->theme, 0, &self->layout);
  self->own_left = self->layout.left;
  shared = self->group ? lw_plot_group_left_margin (self->group) : 0;
  if (shared > self->own_left)
    lw_figure_layout (self->figure, width, height, &self->theme, shared, &self->layout);
  if (self->group && self->own_left != old_left)
    lw_plot_group_margin_changed (self->group);
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  self->stale = FALSE;
}

/* Figure without cursor, drawn once into an image at the monitor's resolution. */
static void
ensure_surface (LwPlot *self, int width, int height)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  cairo_t *cr;

  if (self->surface && cairo_image_surface_get_width (self->surface) == width * scale
      && cairo_image_surface_get_height (self->surface) == height * scale)
    return;

  g_clear_pointer (&self->surface, cairo_surface_destroy);
  self->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width * scale, height * scale);
  cairo_surface_set_device_scale (self->surface, scale, scale);
  cr = cairo_create (self->surface);
  lw_figure_draw_plot (self->figure, cr, width, height, &self->theme, &self->layout);
  cairo_destroy (cr);
}

static void
snapshot_focus (LwPlot *self, GtkSnapshot *snapshot, int width, int height)
{
  const GdkRGBA accent = { (float) self->theme.accent.r, (float) self->theme.accent.g, (float) self->theme.accent.b, 0.8f };
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height), 8);
  gtk_snapshot_append_border (snapshot, &outline, (const float[4]){ 2, 2, 2, 2 }, (const GdkRGBA[4]){ accent, accent, accent, accent });
}

static void
lw_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LwPlot *self = LW_PLOT (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_t *cr;

  if (!self->figure || width < 1 || height < 1)
    return;

  lw_plot_ensure_layout (self);
  ensure_surface (self, width, height);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  cairo_set_source_surface (cr, self->surface, 0, 0);
  cairo_paint (cr);
  lw_figure_draw_cursor (self->figure, cr, width, height, &self->theme, &self->layout);
  cairo_destroy (cr);
  if (gtk_widget_has_visible_focus (widget))
    snapshot_focus (self, snapshot, width, height);
}

static void
lw_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                 int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST_WIDTH : LEAST_HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? NATURAL_WIDTH : NATURAL_HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

static void
lw_plot_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LW_PLOT (widget)->stale = TRUE;
}

static void
lw_plot_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (lw_plot_parent_class)->css_changed (widget, change);
  LW_PLOT (widget)->stale = TRUE;
}

static void
lw_plot_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (lw_plot_parent_class)->system_setting_changed (widget, setting);
  lw_plot_redraw (LW_PLOT (widget));
}

static void
lw_plot_state_flags_changed (GtkWidget *widget, GtkStateFlags previous)
{
  GTK_WIDGET_CLASS (lw_plot_parent_class)->state_flags_changed (widget, previous);
  /* The focus ring comes and goes. */
  gtk_widget_queue_draw (widget);
}

static void
lw_plot_dispose (GObject *object)
{
  LwPlot *self = LW_PLOT (object);

  if (self->group)
    lw_plot_group_remove (self->group, self);
  if (self->figure)
    g_signal_handlers_disconnect_by_data (self->figure, self);
  g_clear_handle_id (&self->describe_id, g_source_remove); /* leaving the group changed the figure */
  g_clear_object (&self->figure);
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  G_OBJECT_CLASS (lw_plot_parent_class)->dispose (object);
}

static void
lw_plot_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LwPlot *self = LW_PLOT (object);

  switch (id)
    {
    case PROP_FIGURE:
      g_value_set_object (value, self->figure);
      break;
    case PROP_PICKABLE:
      g_value_set_boolean (value, self->pickable);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lw_plot_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LwPlot *self = LW_PLOT (object);

  switch (id)
    {
    case PROP_FIGURE:
      lw_plot_set_figure (self, g_value_get_object (value));
      break;
    case PROP_PICKABLE:
      lw_plot_set_pickable (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lw_plot_class_init (LwPlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = lw_plot_dispose;
  object_class->get_property = lw_plot_get_property;
  object_class->set_property = lw_plot_set_property;
  widget_class->snapshot = lw_plot_snapshot;
  widget_class->measure = lw_plot_measure;
  widget_class->size_allocate = lw_plot_size_allocate;
  widget_class->css_changed = lw_plot_css_changed;
  widget_class->system_setting_changed = lw_plot_system_setting_changed;
  widget_class->state_flags_changed = lw_plot_state_flags_changed;

  properties[PROP_FIGURE] = g_param_spec_object ("figure", NULL, NULL, LW_TYPE_FIGURE,
                                                 G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_PICKABLE] = g_param_spec_boolean ("pickable", NULL, NULL, FALSE,
                                                    G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[PICKED] = g_signal_new ("picked", LW_TYPE_PLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_DOUBLE, G_TYPE_DOUBLE,
                                  G_TYPE_BOOLEAN);

  gtk_widget_class_set_css_name (widget_class, "plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
lw_plot_init (LwPlot *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  self->stale = TRUE;
  self->pick[0] = self->pick[1] = NAN;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (style_changed_cb), self, 0);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (style_changed_cb), self, 0);
  lw_plot_add_controllers (self);
  describe (self);
}

GtkWidget *
lw_plot_new (LwFigure *figure)
{
  return g_object_new (LW_TYPE_PLOT, "figure", figure, NULL);
}

LwFigure *
lw_plot_get_figure (LwPlot *self)
{
  g_return_val_if_fail (LW_IS_PLOT (self), NULL);

  return self->figure;
}

void
lw_plot_set_figure (LwPlot *self, LwFigure *figure)
{
  g_return_if_fail (LW_IS_PLOT (self));
  g_return_if_fail (figure == NULL || LW_IS_FIGURE (figure));

  if (self->figure == figure)
    return;
  if (self->figure)
    g_signal_handlers_disconnect_by_data (self->figure, self);
  g_set_object (&self->figure, figure);
  if (figure)
    {
      g_signal_connect (figure, "changed", G_CALLBACK (figure_changed_cb), self);
      g_signal_connect_swapped (figure, "cursor-changed", G_CALLBACK (gtk_widget_queue_draw), self);
    }
  if (self->group)
    lw_plot_group_figure_changed (self->group);
  lw_plot_redraw (self);
  lw_plot_describe (self, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIGURE]);
}

gboolean
lw_plot_get_pickable (LwPlot *self)
{
  g_return_val_if_fail (LW_IS_PLOT (self), FALSE);

  return self->pickable;
}

void
lw_plot_set_pickable (LwPlot *self, gboolean pickable)
{
  g_return_if_fail (LW_IS_PLOT (self));

  if (self->pickable == !!pickable)
    return;
  self->pickable = !!pickable;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), pickable ? "crosshair" : NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICKABLE]);
}

void
lw_plot_pick (LwPlot *self, double x, double y, gboolean done)
{
  self->pick[0] = x;
  self->pick[1] = y;
  g_signal_emit (self, signals[PICKED], 0, x, y, done);
}

void
lw_plot_reset_view (LwPlot *self)
{
  g_return_if_fail (LW_IS_PLOT (self));

  if (!self->figure)
    return;
  lw_figure_set_view (self->figure, lw_range_empty (), lw_range_empty ());
  lw_plot_set_view_x (self, lw_range_empty ());
  lw_plot_set_anchor (self, NAN);
}

gboolean
lw_plot_write (LwPlot *self, const char *path, GError **error)
{
  LwTheme theme;

  g_return_val_if_fail (LW_IS_PLOT (self), FALSE);
  g_return_val_if_fail (self->figure != NULL, FALSE);

  theme = desktop_theme (self);
  return lw_figure_write (self->figure, path, MAX (gtk_widget_get_width (GTK_WIDGET (self)), LEAST_WIDTH),
                          MAX (gtk_widget_get_height (GTK_WIDGET (self)), LEAST_HEIGHT), &theme, error);
}
