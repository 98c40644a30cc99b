/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-plot-private.h"

struct _LwPlotGroup
{
  GObject    parent_instance;

  /* owned */
  GPtrArray *plots;      /* LwPlot, borrowed elements */
  guint      relayout_id;

  gboolean   linking;    /* while the figures are told of each other */
};

G_DEFINE_FINAL_TYPE (LwPlotGroup, lw_plot_group, G_TYPE_OBJECT)

static void
lw_plot_group_dispose (GObject *object)
{
  LwPlotGroup *self = LW_PLOT_GROUP (object);

  while (self->plots->len > 0)
    lw_plot_group_remove (self, g_ptr_array_index (self->plots, self->plots->len - 1));
  g_clear_handle_id (&self->relayout_id, g_source_remove);
  G_OBJECT_CLASS (lw_plot_group_parent_class)->dispose (object);
}

static void
lw_plot_group_finalize (GObject *object)
{
  g_ptr_array_unref (LW_PLOT_GROUP (object)->plots);
  G_OBJECT_CLASS (lw_plot_group_parent_class)->finalize (object);
}

static void
lw_plot_group_class_init (LwPlotGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_plot_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = lw_plot_group_finalize;
}

static void
lw_plot_group_init (LwPlotGroup *self)
{
  self->plots = g_ptr_array_new ();
}

LwPlotGroup *
lw_plot_group_new (void)
{
  return g_object_new (LW_TYPE_PLOT_GROUP, NULL);
}

void
lw_plot_group_for_each (LwPlotGroup *self, void (*visit) (LwPlot *plot, gpointer data), gpointer data)
{
  for (guint i = 0; i < self->plots->len; i++)
    {
      LwPlot *plot = g_ptr_array_index (self->plots, i);

      if (plot->figure)
        visit (plot, data);
    }
}

static void
unite_extent (LwPlot *plot, gpointer data)
{
  LwRange *all = data;

  *all = lw_range_union (*all, lw_figure_get_x_extent (plot->figure));
}

static void
link_extent (LwPlot *plot, gpointer data)
{
  lw_figure_set_linked_x (plot->figure, *(LwRange *) data);
}

void
lw_plot_group_figure_changed (LwPlotGroup *self)
{
  LwRange all = lw_range_empty ();

  /* Linking a figure changes it. */
  if (self->linking)
    return;
  self->linking = TRUE;
  lw_plot_group_for_each (self, unite_extent, &all);
  lw_plot_group_for_each (self, link_extent, &all);
  self->linking = FALSE;
}

double
lw_plot_group_left_margin (LwPlotGroup *self)
{
  double margin = 0;

  for (guint i = 0; i < self->plots->len; i++)
    margin = MAX (margin, ((LwPlot *) g_ptr_array_index (self->plots, i))->own_left);
  return margin;
}

static gboolean
relayout_cb (gpointer data)
{
  LwPlotGroup *self = data;

  self->relayout_id = 0;
  g_ptr_array_foreach (self->plots, (GFunc) (void (*) (void)) lw_plot_redraw, NULL);
  return G_SOURCE_REMOVE;
}

void
lw_plot_group_margin_changed (LwPlotGroup *self)
{
  if (self->relayout_id == 0 && self->plots->len > 1)
    self->relayout_id = g_idle_add (relayout_cb, self);
}

void
lw_plot_group_add (LwPlotGroup *self, LwPlot *plot)
{
  g_return_if_fail (LW_IS_PLOT_GROUP (self));
  g_return_if_fail (LW_IS_PLOT (plot));
  g_return_if_fail (plot->group == NULL);

  plot->group = self;
  g_ptr_array_add (self->plots, plot);
  lw_plot_group_figure_changed (self);
  lw_plot_redraw (plot);
}

void
lw_plot_group_remove (LwPlotGroup *self, LwPlot *plot)
{
  g_return_if_fail (LW_IS_PLOT_GROUP (self));
  g_return_if_fail (LW_IS_PLOT (plot));

  if (!g_ptr_array_remove (self->plots, plot))
    return;
  plot->group = NULL;
  if (plot->figure)
    lw_figure_set_linked_x (plot->figure, lw_range_empty ());
  lw_plot_group_figure_changed (self);
}

static void
view_x (LwPlot *plot, gpointer data)
{
  LwRange x, y;

  lw_figure_get_view (plot->figure, &x, &y);
  lw_figure_set_view (plot->figure, *(LwRange *) data, y);
}

static void
cursor (LwPlot *plot, gpointer data)
{
  lw_figure_set_cursor (plot->figure, *(double *) data);
}

static void
anchor (LwPlot *plot, gpointer data)
{
  lw_figure_set_anchor (plot->figure, *(double *) data);
}

void
lw_plot_set_view_x (LwPlot *self, LwRange x)
{
  if (self->group)
    lw_plot_group_for_each (self->group, view_x, &x);
  else
    view_x (self, &x);
}

void
lw_plot_set_cursor (LwPlot *self, double x)
{
  if (self->group)
    lw_plot_group_for_each (self->group, cursor, &x);
  else
    cursor (self, &x);
}

void
lw_plot_set_anchor (LwPlot *self, double x)
{
  if (self->group)
    lw_plot_group_for_each (self->group, anchor, &x);
  else
    anchor (self, &x);
}
