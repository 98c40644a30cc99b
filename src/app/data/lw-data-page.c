/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-data-page.h"

#include <glib/gi18n.h>

#include "lw-data-row.h"
#include "lw-joint-plots.h"
#include "lw-trajectory-cache.h"

struct _LwDataPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession         *session;
  LwTrajectoryCache *cache;
  LwJointPlots       joints;
  guint              redraw_source;
  gboolean           stale;    /* not redrawn while off the screen */

  /* template */
  GtkLabel   *summary;
  GtkListBox *list;
  GtkFlowBox *plots;
};

G_DEFINE_FINAL_TYPE (LwDataPage, lw_data_page, ADW_TYPE_BIN)

static gint64
selected_id (LwDataPage *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  return row == NULL ? 0 : lw_data_row_get_id (LW_DATA_ROW (row));
}

/* ---- plots ---- */

static void
draw_one (LwDataPage *self, LwTrajectory *path, gboolean selected, const char *label)
{
  static const LwStyle muted = { .ink = LW_INK_MUTED, .dash = LW_DASH_SOLID, .alpha = 0.45, .width = 0.7 };
  static const LwStyle bold = { .ink = LW_INK_ACCENT, .dash = LW_DASH_SOLID, .width = 1.5 };
  g_autofree double *y = g_new (double, path->n_samples);

  for (guint j = 0; j < self->joints.figures->len && j < path->n_joints; j++)
    {
      for (size_t i = 0; i < path->n_samples; i++)
        y[i] = lw_mat_get (&path->q, i, j);
      lw_figure_add_line_xy (g_ptr_array_index (self->joints.figures, j), path->t, y, path->n_samples, selected ? &bold : &muted, selected ? label : NULL);
    }
}

static void
name_joints (LwDataPage *self)
{
  LwArmModel *model = lw_session_get_arm_model (self->session);
  const char *names[LW_MAX_JOINTS];
  size_t n = lw_arm_model_n_joints (model);

  for (size_t i = 0; i < n; i++)
    names[i] = lw_arm_model_joints (model)[i].name;
  lw_joint_plots_set_joints (&self->joints, names, n, _("Time"), LW_UNIT_SECOND, _("No demonstrations yet"));
}

static gboolean
redraw (gpointer data)
{
  LwDataPage *self = data;
  GPtrArray *all = lw_session_get_demonstrations (self->session);
  gint64 selected = selected_id (self);

  self->redraw_source = 0;
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      self->stale = TRUE;
      return G_SOURCE_REMOVE;
    }
  self->stale = FALSE;
  name_joints (self);
  for (guint j = 0; j < self->joints.figures->len; j++)
    {
      lw_figure_freeze (g_ptr_array_index (self->joints.figures, j));
      lw_figure_clear (g_ptr_array_index (self->joints.figures, j));
    }
  for (int pass = 0; pass < 2; pass++) /* the selected one on top */
    for (guint i = 0; i < all->len; i++)
      {
        const LwDemonstrationInfo *info = g_ptr_array_index (all, i);
        LwTrajectory *path = info->complete && (info->used || info->id == selected) ? lw_trajectory_cache_get (self->cache, info->id) : NULL;

        if (path != NULL && (info->id == selected) == (pass == 1))
          draw_one (self, path, pass == 1, info->label);
      }
  for (guint j = 0; j < self->joints.figures->len; j++)
    lw_figure_thaw (g_ptr_array_index (self->joints.figures, j));
  return G_SOURCE_REMOVE;
}

/* Trajectories come in one by one: drawn together at the next idle. */
static void
queue_redraw (gpointer data)
{
  LwDataPage *self = data;

  if (self->redraw_source == 0)
    self->redraw_source = g_idle_add (redraw, self);
}

static void
mapped (LwDataPage *self)
{
  if (self->stale)
    queue_redraw (self);
}

/* ---- list ---- */

static void
fill (LwDataPage *self)
{
  GPtrArray *all = lw_session_get_demonstrations (self->session);
  gint64 selected = selected_id (self);
  guint used = 0;
  g_autofree char *summary = NULL;
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < all->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);
      GtkWidget *added = lw_data_row_new (self->session, info);

      gtk_list_box_append (self->list, added);
      used += info->used ? 1 : 0;
      if (info->id == selected)
        gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (added));
    }
  summary = g_strdup_printf (ngettext ("%u demonstration, %u in use", "%u demonstrations, %u in use", all->len), all->len, used);
  gtk_label_set_text (self->summary, summary);
  queue_redraw (self);
}

static void
project_changed (LwDataPage *self)
{
  lw_trajectory_cache_clear (self->cache);
}

/* ---- class ---- */

static void
lw_data_page_dispose (GObject *object)
{
  LwDataPage *self = LW_DATA_PAGE (object);

  /* Rows that go one by one would each select the next. */
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_func (self->list, queue_redraw, self);
  g_clear_handle_id (&self->redraw_source, g_source_remove);
  g_clear_pointer (&self->cache, lw_trajectory_cache_free);
  lw_joint_plots_clear (&self->joints);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_data_page_parent_class)->dispose (object);
}

static void
lw_data_page_class_init (LwDataPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_data_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-data-page.ui");
  gtk_widget_class_bind_template_child (widget, LwDataPage, summary);
  gtk_widget_class_bind_template_child (widget, LwDataPage, list);
  gtk_widget_class_bind_template_child (widget, LwDataPage, plots);
}

static void
lw_data_page_init (LwDataPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lw_joint_plots_init (&self->joints, self->plots);
}

GtkWidget *
lw_data_page_new (LwSession *session)
{
  LwDataPage *self = g_object_new (LW_TYPE_DATA_PAGE, NULL);

  self->session = g_object_ref (session);
  self->cache = lw_trajectory_cache_new (session, queue_redraw, self);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "project-changed", G_CALLBACK (project_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (queue_redraw), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->list, "row-selected", G_CALLBACK (queue_redraw), self);
  g_signal_connect (self, "map", G_CALLBACK (mapped), NULL);
  fill (self);
  return GTK_WIDGET (self);
}
