/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-joint-plots.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-plot-group.h"
#include "lw-plot-legend.h"
#include "lw-words.h"

#define LEAST_Y 0.05 /* rad: noise of a joint at rest stays small */

enum { LEAST_WIDTH = 160, LEAST_HEIGHT = 96, NATURAL_HEIGHT = 130, GAP = 8, MOST_LEAST_COLUMNS = 4 };

/* Width to height a plot is best read at, and what a cell that shows nothing costs beside it. */
static const double good_shape = 1.5, empty_cost = 0.15;

struct _LwJointPlots
{
  GtkWidget parent_instance;

  /* owned */
  LwPlotGroup *group;
  GPtrArray   *figures; /* of LwFigure, one a joint */
  GPtrArray   *names;   /* of char* */
  GtkWidget   *card;    /* around the legend, the last child */

  /* borrowed */
  GtkWidget   *legend, *caption;
};

G_DEFINE_FINAL_TYPE (LwJointPlots, lw_joint_plots, GTK_TYPE_WIDGET)

/* ---- layout: rows of plots, the legend in what is left of the last row, or in a strip below full rows ---- */

typedef struct {
  int columns, rows;
  int height; /* of the rows */
} Layout;

static int
strip_height (LwJointPlots *self, int width)
{
  int height;

  gtk_widget_measure (self->card, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
  return height;
}

static Layout
choose_layout (LwJointPlots *self, int width, int height)
{
  int n = (int) self->figures->len;
  double best_cost = (double) INFINITY;
  Layout best = { MIN (n + 1, MOST_LEAST_COLUMNS), (n + MOST_LEAST_COLUMNS) / MOST_LEAST_COLUMNS, height };

  for (int columns = 1; columns <= n; columns++)
    {
      Layout layout = { columns, (n + columns - 1) / columns, height };
      int spare = columns * layout.rows - n;
      double w = (double) (width + GAP) / columns - GAP, h, cost;

      if (spare == 0)
        layout.height -= strip_height (self, width) + GAP;
      h = (double) (layout.height + GAP) / layout.rows - GAP;
      if (w < LEAST_WIDTH || h < LEAST_HEIGHT)
        continue;
      cost = fabs (log (w / h / good_shape)) + empty_cost * MAX (spare - 1, 0);
      if (cost < best_cost)
        {
          best_cost = cost;
          best = layout;
        }
    }
  return best;
}

/* Edge @i of @n cells over @length: whole pixels, the rest spread. */
static int
edge (int i, int n, int length)
{
  return i * (length + GAP) / n;
}

static void
place (GtkWidget *child, int x, int y, int right, int bottom)
{
  GtkAllocation cell = { x, y, right - GAP - x, bottom - GAP - y };
  int least_width, least_height;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  cell.width = MAX (cell.width, least_width);
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, cell.width, &least_height, NULL, NULL, NULL);
  cell.height = MAX (cell.height, least_height);
  gtk_widget_size_allocate (child, &cell, -1);
}

static void
lw_joint_plots_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LwJointPlots *self = LW_JOINT_PLOTS (widget);
  Layout layout = choose_layout (self, width, height);
  int i = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child), i++)
    {
      int row = i / layout.columns, column = i % layout.columns, right = child == self->card ? layout.columns : column + 1;

      if (row < layout.rows)
        place (child, edge (column, layout.columns, width), edge (row, layout.rows, layout.height), edge (right, layout.columns, width),
               edge (row + 1, layout.rows, layout.height));
      else
        place (child, 0, layout.height + GAP, width + GAP, height + GAP);
    }
}

static void
lw_joint_plots_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                        int *natural_baseline)
{
  int n = (int) LW_JOINT_PLOTS (widget)->figures->len + 1, columns = MIN (n, MOST_LEAST_COLUMNS), rows = (n + columns - 1) / columns;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = columns * (LEAST_WIDTH + GAP) - GAP;
  else
    {
      *minimum = rows * (LEAST_HEIGHT + GAP) - GAP;
      *natural = rows * (NATURAL_HEIGHT + GAP) - GAP;
    }
  *minimum_baseline = *natural_baseline = -1;
}

/* ---- class ---- */

static void
lw_joint_plots_dispose (GObject *object)
{
  LwJointPlots *self = LW_JOINT_PLOTS (object);
  GtkWidget *child;

  if (self->legend != NULL)
    lw_plot_legend_set_plot (LW_PLOT_LEGEND (self->legend), NULL);
  self->legend = self->card = NULL;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->figures, g_ptr_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_object (&self->group);
  G_OBJECT_CLASS (lw_joint_plots_parent_class)->dispose (object);
}

static void
lw_joint_plots_class_init (LwJointPlotsClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_joint_plots_dispose;
  widget->measure = lw_joint_plots_measure;
  widget->size_allocate = lw_joint_plots_size_allocate;
}

static GtkWidget *
hint (void)
{
  GtkWidget *label = gtk_label_new (_("Scroll to zoom, drag to pan, double-click to reset."));

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_widget_set_valign (label, GTK_ALIGN_END);
  gtk_widget_set_vexpand (label, TRUE);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "dim-label");
  return label;
}

static void
lw_joint_plots_init (LwJointPlots *self)
{
  self->group = lw_plot_group_new ();
  self->figures = g_ptr_array_new_with_free_func (g_object_unref);
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->legend = lw_plot_legend_new ();
  self->card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_add_css_class (self->card, "legend-card");
  gtk_widget_set_overflow (self->card, GTK_OVERFLOW_HIDDEN);
  gtk_box_append (GTK_BOX (self->card), self->legend);
  self->caption = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->caption), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->caption), 0.0f);
  gtk_widget_add_css_class (self->caption, "caption");
  gtk_widget_set_visible (self->caption, FALSE);
  gtk_box_append (GTK_BOX (self->card), self->caption);
  gtk_box_append (GTK_BOX (self->card), hint ());
  gtk_widget_set_parent (self->card, GTK_WIDGET (self));
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
}

GtkWidget *
lw_joint_plots_new (void)
{
  return g_object_new (LW_TYPE_JOINT_PLOTS, NULL);
}

/* ---- joints ---- */

static gboolean
has_joints (LwJointPlots *self, const LwArmModel *model)
{
  if (self->names->len != lw_arm_model_n_joints (model))
    return FALSE;
  for (guint i = 0; i < self->names->len; i++)
    {
      g_autofree char *name = lw_words_joint (lw_arm_model_joints (model)[i].name);

      if (g_strcmp0 (name, g_ptr_array_index (self->names, i)) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
remove_plots (LwJointPlots *self)
{
  GtkWidget *child;

  lw_plot_legend_set_plot (LW_PLOT_LEGEND (self->legend), NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != self->card)
    gtk_widget_unparent (child);
  g_ptr_array_set_size (self->figures, 0);
  g_ptr_array_set_size (self->names, 0);
}

static void
add_plot (LwJointPlots *self, char *name, const char *x_title, LwUnit x_unit, const char *empty)
{
  LwFigure *figure = lw_figure_new (name);
  GtkWidget *plot = lw_plot_new (figure);

  lw_figure_set_x_axis (figure, x_title, x_unit);
  lw_figure_set_y_axis (figure, _("Position"), LW_UNIT_DEGREE);
  lw_figure_set_y_least (figure, LEAST_Y);
  lw_figure_set_empty_text (figure, empty);
  lw_figure_set_legend_visible (figure, FALSE);
  gtk_widget_add_css_class (plot, "plot-card");
  gtk_widget_insert_before (plot, GTK_WIDGET (self), self->card);
  lw_plot_group_add (self->group, LW_PLOT (plot));
  g_ptr_array_add (self->figures, figure);
  g_ptr_array_add (self->names, name);
}

void
lw_joint_plots_set_arm (LwJointPlots *self, const LwArmModel *model, const char *x_title, LwUnit x_unit, const char *empty)
{
  if (has_joints (self, model))
    return;
  remove_plots (self);
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    add_plot (self, lw_words_joint (lw_arm_model_joints (model)[i].name), x_title, x_unit, empty);
  lw_plot_legend_set_plot (LW_PLOT_LEGEND (self->legend), LW_PLOT (gtk_widget_get_first_child (GTK_WIDGET (self))));
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

guint
lw_joint_plots_get_n (LwJointPlots *self)
{
  return self->figures->len;
}

LwFigure *
lw_joint_plots_get_figure (LwJointPlots *self, guint joint)
{
  return g_ptr_array_index (self->figures, joint);
}

void
lw_joint_plots_set_note (LwJointPlots *self, guint joint, const char *note)
{
  const char *name = g_ptr_array_index (self->names, joint);
  g_autofree char *title = note != NULL ? g_strdup_printf ("%s · %s", name, note) : g_strdup (name);

  lw_figure_set_title (g_ptr_array_index (self->figures, joint), title);
}

void
lw_joint_plots_set_caption (LwJointPlots *self, const char *text)
{
  gtk_label_set_text (GTK_LABEL (self->caption), text != NULL ? text : "");
  gtk_widget_set_visible (self->caption, text != NULL);
}

void
lw_joint_plots_begin (LwJointPlots *self)
{
  for (guint j = 0; j < self->figures->len; j++)
    {
      lw_figure_freeze (g_ptr_array_index (self->figures, j));
      lw_figure_clear (g_ptr_array_index (self->figures, j));
    }
}

void
lw_joint_plots_end (LwJointPlots *self)
{
  for (guint j = 0; j < self->figures->len; j++)
    lw_figure_thaw (g_ptr_array_index (self->figures, j));
}
