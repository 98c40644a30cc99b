/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-joint-plots.h"

#include <glib/gi18n.h>

#define LEAST_Y 0.05 /* rad: noise of a joint at rest stays small */

void
lw_joint_plots_init (LwJointPlots *self, GtkFlowBox *box)
{
  self->box = box;
  self->group = lw_plot_group_new ();
  self->figures = g_ptr_array_new_with_free_func (g_object_unref);
}

void
lw_joint_plots_clear (LwJointPlots *self)
{
  g_clear_pointer (&self->figures, g_ptr_array_unref);
  g_clear_object (&self->group);
  self->box = NULL;
}

static gboolean
is_shown (LwJointPlots *self, const char *const *names, size_t n)
{
  if (self->figures->len != n)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    if (g_strcmp0 (lw_figure_get_title (g_ptr_array_index (self->figures, i)), names[i]) != 0)
      return FALSE;
  return TRUE;
}

void
lw_joint_plots_set_joints (LwJointPlots *self, const char *const *names, size_t n, const char *x_title, LwUnit x_unit, const char *empty)
{
  GtkFlowBoxChild *child;

  if (is_shown (self, names, n))
    return;
  while ((child = gtk_flow_box_get_child_at_index (self->box, 0)) != NULL)
    gtk_flow_box_remove (self->box, GTK_WIDGET (child));
  g_ptr_array_set_size (self->figures, 0);
  for (size_t i = 0; i < n; i++)
    {
      LwFigure *figure = lw_figure_new (names[i]);
      GtkWidget *plot = lw_plot_new (figure), *cell = gtk_flow_box_child_new ();

      lw_figure_set_x_axis (figure, x_title, x_unit);
      lw_figure_set_y_axis (figure, _("Position"), LW_UNIT_DEGREE);
      lw_figure_set_y_least (figure, LEAST_Y);
      lw_figure_set_empty_text (figure, empty);
      gtk_widget_add_css_class (plot, "plot-card");
      gtk_widget_set_overflow (plot, GTK_OVERFLOW_HIDDEN);
      gtk_widget_set_vexpand (plot, TRUE);
      gtk_widget_set_hexpand (plot, TRUE);
      gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (cell), plot);
      gtk_widget_set_focusable (cell, FALSE); /* the plot inside takes the focus */
      gtk_flow_box_append (self->box, cell);
      lw_plot_group_add (self->group, LW_PLOT (plot));
      g_ptr_array_add (self->figures, figure);
    }
}
