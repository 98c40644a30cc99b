/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-data-page.h"

#include <glib/gi18n.h>

#include "lw-data-row.h"
#include "lw-joint-plots.h"
#include "lw-make-offer.h"
#include "lw-trajectory-cache.h"
#include "lw-verdict-words.h"

#define GATHER_MS 60 /* trajectories come in one by one: drawn together */

struct _LwDataPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession         *session;
  LwTrajectoryCache *cache;
  guint              redraw_source;
  gboolean           stale;    /* not redrawn while off the screen */

  /* template */
  GtkLabel     *summary;
  GtkListBox   *list;
  LwMakeOffer  *offer;
  LwJointPlots *plots;
};

G_DEFINE_FINAL_TYPE (LwDataPage, lw_data_page, ADW_TYPE_BIN)

static gint64
selected_id (LwDataPage *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  return row == NULL ? 0 : lw_data_row_get_id (LW_DATA_ROW (row));
}

/* ---- plots ---- */

/* Joint @joint of @path behind what @series holds, after a gap. */
static void
append_path (LwSeries *series, const LwTrajectory *path, size_t joint)
{
  LwStatus status = LW_OK;

  if (lw_series_n (series) > 0)
    status = lw_series_append_gap (series, path->t[0]);
  for (size_t i = 0; status == LW_OK && i < path->n_samples; i++)
    status = lw_series_append (series, path->t[i], lw_mat_get (&path->q, i, joint));
}

/* The others as one layer: what tells them apart is the selection. */
static void
draw_joint (LwFigure *figure, GPtrArray *others, const LwTrajectory *selected, const char *label, size_t joint)
{
  static const LwStyle muted = { .ink = LW_INK_MUTED, .dash = LW_DASH_SOLID, .alpha = 0.5, .width = 0.7 };
  static const LwStyle bold = { .ink = LW_INK_ACCENT, .dash = LW_DASH_SOLID, .width = 1.6 };
  LwSeries *series = lw_series_new ();

  for (guint i = 0; i < others->len; i++)
    append_path (series, g_ptr_array_index (others, i), joint);
  if (others->len > 0)
    lw_figure_add_line (figure, series, &muted, selected != NULL ? _("Other demonstrations in use") : _("Demonstrations in use"));
  lw_series_unref (series);
  if (selected == NULL)
    return;
  series = lw_series_new ();
  append_path (series, selected, joint);
  lw_figure_add_line (figure, series, &bold, label);
  lw_series_unref (series);
}

static gboolean
redraw (gpointer data)
{
  LwDataPage *self = data;
  LwArmModel *model = lw_session_get_task_model (self->session);
  size_t n_joints = lw_arm_model_n_joints (model);
  GPtrArray *all = lw_session_get_demonstrations (self->session);
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  const LwDemonstrationInfo *chosen = NULL;
  LwTrajectory *selected = NULL;
  g_autofree char *facts = NULL;
  gint64 id = selected_id (self);

  self->redraw_source = 0;
  self->stale = !gtk_widget_get_mapped (GTK_WIDGET (self));
  if (self->stale)
    return G_SOURCE_REMOVE;
  lw_joint_plots_set_arm (self->plots, model, _("Time"), LW_UNIT_SECOND, _("No demonstrations yet"));
  for (guint i = 0; i < all->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);
      gboolean here = info->complete && g_strcmp0 (info->arm, lw_arm_model_id (model)) == 0 && info->n_joints == n_joints;
      LwTrajectory *path = here && (info->used || info->id == id) ? lw_trajectory_cache_get (self->cache, info->id) : NULL;

      if (info->id == id)
        chosen = info;
      if (path == NULL || path->n_joints != n_joints)
        continue;
      if (info->id == id)
        selected = path;
      else
        g_ptr_array_add (others, path);
    }
  lw_joint_plots_begin (self->plots);
  for (guint j = 0; j < lw_joint_plots_get_n (self->plots); j++)
    draw_joint (lw_joint_plots_get_figure (self->plots, j), others, selected, chosen != NULL ? chosen->label : NULL, j);
  lw_joint_plots_end (self->plots);
  if (chosen != NULL && g_strcmp0 (chosen->arm, lw_arm_model_id (model)) != 0)
    facts = g_strdup_printf (_("“%s” was made on %s; the task is one for %s."), chosen->label, chosen->arm, lw_arm_model_id (model));
  else if (chosen != NULL)
    facts = lw_verdict_facts (chosen);
  lw_joint_plots_set_caption (self->plots, facts);
  return G_SOURCE_REMOVE;
}

static void
queue_redraw (gpointer data)
{
  LwDataPage *self = data;

  if (self->redraw_source == 0)
    self->redraw_source = g_timeout_add (GATHER_MS, redraw, self);
}

static void
select_row (LwDataPage *self)
{
  g_clear_handle_id (&self->redraw_source, g_source_remove);
  redraw (self);
}

static void
mapped (LwDataPage *self)
{
  if (self->stale)
    queue_redraw (self);
}

/* ---- list ---- */

/* Rows and demonstrations are both in order of their ids: rows that stay keep focus and selection. */
static void
fill (LwDataPage *self)
{
  GPtrArray *all = lw_session_get_demonstrations (self->session);
  GtkListBoxRow *row;
  guint used = 0;
  g_autofree char *summary = NULL;

  for (guint i = 0; i < all->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);

      while ((row = gtk_list_box_get_row_at_index (self->list, (int) i)) != NULL && lw_data_row_get_id (LW_DATA_ROW (row)) < info->id)
        gtk_list_box_remove (self->list, GTK_WIDGET (row));
      if (row == NULL || lw_data_row_get_id (LW_DATA_ROW (row)) != info->id)
        {
          gtk_list_box_insert (self->list, lw_data_row_new (self->session, info->id), (int) i);
          row = gtk_list_box_get_row_at_index (self->list, (int) i);
        }
      lw_data_row_show (LW_DATA_ROW (row), info);
      used += info->used ? 1 : 0;
    }
  while ((row = gtk_list_box_get_row_at_index (self->list, (int) all->len)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  summary = g_strdup_printf (ngettext ("%u demonstration, %u in use", "%u demonstrations, %u in use", all->len), all->len, used);
  gtk_label_set_text (self->summary, summary);
  queue_redraw (self);
}

static void
project_changed (LwDataPage *self)
{
  GtkListBoxRow *row;

  lw_trajectory_cache_clear (self->cache);
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL) /* ids of another file mean others */
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

static gboolean
delete_selected (GtkWidget *widget, GVariant *args, gpointer data)
{
  LwDataPage *self = data;
  gint64 id = selected_id (self);

  if (id == 0)
    return FALSE;
  lw_session_delete_demonstration (self->session, id);
  return TRUE;
}

/* ---- class ---- */

static void
lw_data_page_dispose (GObject *object)
{
  LwDataPage *self = LW_DATA_PAGE (object);

  /* Rows that go one by one would each select the next. */
  if (self->session != NULL && self->list != NULL)
    g_signal_handlers_disconnect_by_func (self->list, select_row, self);
  g_clear_handle_id (&self->redraw_source, g_source_remove);
  g_clear_pointer (&self->cache, lw_trajectory_cache_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_data_page_parent_class)->dispose (object);
}

static void
lw_data_page_class_init (LwDataPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_data_page_dispose;
  g_type_ensure (LW_TYPE_JOINT_PLOTS);
  g_type_ensure (LW_TYPE_MAKE_OFFER);
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-data-page.ui");
  gtk_widget_class_bind_template_child (widget, LwDataPage, summary);
  gtk_widget_class_bind_template_child (widget, LwDataPage, list);
  gtk_widget_class_bind_template_child (widget, LwDataPage, offer);
  gtk_widget_class_bind_template_child (widget, LwDataPage, plots);
}

static void
lw_data_page_init (LwDataPage *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Delete, 0),
                                                          gtk_callback_action_new (delete_selected, self, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->list), keys);
}

GtkWidget *
lw_data_page_new (LwSession *session)
{
  LwDataPage *self = g_object_new (LW_TYPE_DATA_PAGE, NULL);

  self->session = g_object_ref (session);
  self->cache = lw_trajectory_cache_new (session, queue_redraw, self);
  lw_make_offer_set_session (self->offer, session);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "project-changed", G_CALLBACK (project_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->list, "row-selected", G_CALLBACK (select_row), self);
  g_signal_connect (self, "map", G_CALLBACK (mapped), NULL);
  fill (self);
  return GTK_WIDGET (self);
}
