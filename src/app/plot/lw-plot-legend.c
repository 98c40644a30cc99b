/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-plot-legend.h"

#include "lw-plot-private.h"

enum { SAMPLE_WIDTH = 28, SAMPLE_HEIGHT = 14 };

struct _LwPlotLegend
{
  GtkWidget parent_instance;

  /* owned */
  LwPlot    *plot;   /* (nullable) */
  GtkWidget *grid;
  GPtrArray *shown;  /* of char*: names of the rows */
};

G_DEFINE_FINAL_TYPE (LwPlotLegend, lw_plot_legend, GTK_TYPE_WIDGET)

static void
draw_sample (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LwPlotLegend *self = data;
  g_autoptr (GPtrArray) layers = NULL;
  guint row = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (area), "row"));

  if (self->plot == NULL)
    return;
  layers = lw_figure_list_legend (lw_plot_get_figure (self->plot));
  lw_plot_ensure_layout (self->plot); /* the theme is the plot's */
  if (row < layers->len)
    lw_figure_draw_sample (g_ptr_array_index (layers, row), cr, width, height, &self->plot->theme);
}

static void
clear_rows (LwPlotLegend *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
  g_ptr_array_set_size (self->shown, 0);
}

static void
add_row (LwPlotLegend *self, const char *name)
{
  GtkWidget *sample = gtk_drawing_area_new (), *label = gtk_label_new (name);
  int row = (int) self->shown->len;

  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (sample), SAMPLE_WIDTH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (sample), SAMPLE_HEIGHT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (sample), draw_sample, self, NULL);
  g_object_set_data (G_OBJECT (sample), "row", GINT_TO_POINTER (row));
  gtk_widget_set_valign (sample, GTK_ALIGN_CENTER);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_widget_add_css_class (label, "caption");
  gtk_grid_attach (GTK_GRID (self->grid), sample, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), label, 1, row, 1, 1);
  g_ptr_array_add (self->shown, g_strdup (name));
}

static gboolean
is_shown (LwPlotLegend *self, GPtrArray *layers)
{
  if (layers->len != self->shown->len)
    return FALSE;
  for (guint i = 0; i < layers->len; i++)
    if (g_strcmp0 (lw_layer_get_name (g_ptr_array_index (layers, i)), g_ptr_array_index (self->shown, i)) != 0)
      return FALSE;
  return TRUE;
}

/* A live plot changes at every frame, what it lists hardly ever. */
static void
update (LwPlotLegend *self)
{
  LwFigure *figure = self->plot != NULL ? lw_plot_get_figure (self->plot) : NULL;
  g_autoptr (GPtrArray) layers = figure != NULL ? lw_figure_list_legend (figure) : g_ptr_array_new ();

  if (is_shown (self, layers))
    return;
  clear_rows (self);
  for (guint i = 0; i < layers->len; i++)
    add_row (self, lw_layer_get_name (g_ptr_array_index (layers, i)));
}

static void
lw_plot_legend_dispose (GObject *object)
{
  LwPlotLegend *self = LW_PLOT_LEGEND (object);

  if (self->plot != NULL)
    lw_plot_legend_set_plot (self, NULL);
  g_clear_pointer (&self->grid, gtk_widget_unparent);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  G_OBJECT_CLASS (lw_plot_legend_parent_class)->dispose (object);
}

static void
lw_plot_legend_class_init (LwPlotLegendClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_plot_legend_dispose;
  gtk_widget_class_set_layout_manager_type (widget, GTK_TYPE_BIN_LAYOUT);
}

static void
lw_plot_legend_init (LwPlotLegend *self)
{
  self->shown = g_ptr_array_new_with_free_func (g_free);
  self->grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 6);
  gtk_widget_set_parent (self->grid, GTK_WIDGET (self));
}

GtkWidget *
lw_plot_legend_new (void)
{
  return g_object_new (LW_TYPE_PLOT_LEGEND, NULL);
}

void
lw_plot_legend_set_plot (LwPlotLegend *self, LwPlot *plot)
{
  g_return_if_fail (LW_IS_PLOT_LEGEND (self));
  g_return_if_fail (plot == NULL || LW_IS_PLOT (plot));

  if (self->plot == plot)
    return;
  if (self->plot != NULL && lw_plot_get_figure (self->plot) != NULL)
    g_signal_handlers_disconnect_by_data (lw_plot_get_figure (self->plot), self);
  g_set_object (&self->plot, plot);
  if (plot != NULL && lw_plot_get_figure (plot) != NULL)
    g_signal_connect_swapped (lw_plot_get_figure (plot), "changed", G_CALLBACK (update), self);
  update (self);
}
