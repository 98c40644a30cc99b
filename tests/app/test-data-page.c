/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-pages.h"

#include "lw-data-page.h"
#include "lw-data-row.h"

static GtkListBox *
list_of (GtkWidget *page)
{
  return GTK_LIST_BOX (pages_child (page, LW_TYPE_DATA_PAGE, "list"));
}

static const LwSeries *
drawn (GtkWidget *page, const char *name)
{
  LwFigure *figure = pages_figure (page, "Joint 1");

  return pages_layer (figure, name) != NULL ? pages_series (figure, name) : NULL;
}

/* Points that are none of the gaps between demonstrations. */
static size_t
count_points (const LwSeries *series)
{
  size_t n = 0;

  for (size_t i = 0; i < lw_series_n (series); i++)
    n += !isnan (lw_series_y (series)[i]);
  return n;
}

/* Of what is in use on the task's arm. */
static size_t
stored_points (Pages *pages)
{
  GPtrArray *all = lw_session_get_demonstrations (pages->session);
  size_t n = 0;

  for (guint i = 0; i < all->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);

      n += info->used && strcmp (info->arm, lw_session_get_task (pages->session)->info.arm) == 0 ? info->n_samples : 0;
    }
  return n;
}

/* All of them are drawn, none stands out: a window that is new chooses the first row by its focus. */
static gboolean
shows_all (Pages *pages, GtkWidget *page)
{
  gtk_list_box_select_row (list_of (page), NULL);
  return drawn (page, "Demonstrations") != NULL && count_points (drawn (page, "Demonstrations")) == stored_points (pages);
}

/* Every stored position of every joint is drawn, to the bit. */
static void
test_overlay (void)
{
  static const char *const titles[] = { "Joint 1", "Joint 2", "Joint 3", "Joint 4", "Joint 5", "Joint 6", "Joint 7" };
  Pages pages;
  GtkWidget *page;
  GPtrArray *all;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_data_page_new (pages.session));
  pages_show (&pages, page);
  pages_wait (shows_all (&pages, page));
  all = lw_session_get_demonstrations (pages.session);
  for (guint j = 0; j < G_N_ELEMENTS (titles); j++)
    {
      const LwSeries *series = pages_series (pages_figure (page, titles[j]), "Demonstrations");
      size_t at = 0;

      for (guint i = 0; i < all->len; i++)
        {
          const LwDemonstrationInfo *info = g_ptr_array_index (all, i);
          g_autoptr (GError) error = NULL;
          LwTrajectory *path = lw_project_load_trajectory (lw_session_get_project (pages.session), info->id, &error);

          g_assert_no_error (error);
          at += i > 0; /* the gap */
          for (size_t k = 0; k < path->n_samples; k++, at++)
            {
              g_assert_cmpfloat (lw_series_x (series)[at], ==, path->t[k]);
              g_assert_cmpfloat (lw_series_y (series)[at], ==, lw_mat_get (&path->q, k, j));
            }
          lw_trajectory_unref (path);
        }
      g_assert_cmpuint (at, ==, lw_series_n (series));
    }
  pages_end (&pages, page);
}

/* What is chosen stands out by its name; what is left out is not drawn, and comes back with Undo. Rows stay the same widgets. */
static void
test_rows (void)
{
  Pages pages;
  GtkWidget *page, *check;
  GtkListBoxRow *second;
  size_t everything;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_data_page_new (pages.session));
  pages_show (&pages, page);
  everything = stored_points (&pages);
  pages_wait (shows_all (&pages, page));
  second = gtk_list_box_get_row_at_index (list_of (page), 1);

  gtk_list_box_select_row (list_of (page), second);
  g_assert_nonnull (drawn (page, "Demonstration 2"));
  g_assert_cmpuint (count_points (drawn (page, "Other demonstrations")) + count_points (drawn (page, "Demonstration 2")), ==, everything);
  gtk_list_box_select_row (list_of (page), NULL);
  g_assert_null (drawn (page, "Demonstration 2"));

  check = pages_find (GTK_WIDGET (second), GTK_TYPE_CHECK_BUTTON, NULL, NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), FALSE);
  pages_wait (count_points (drawn (page, "Demonstrations")) < everything);
  g_assert_cmpuint (count_points (drawn (page, "Demonstrations")), ==, stored_points (&pages));
  g_assert_true (gtk_list_box_get_row_at_index (list_of (page), 1) == second);
  g_assert_nonnull (strstr (pages.said->str, "left out of fits"));

  lw_session_undo (pages.session);
  pages_wait (count_points (drawn (page, "Demonstrations")) == everything);
  g_assert_true (gtk_check_button_get_active (GTK_CHECK_BUTTON (check)));
  pages_end (&pages, page);
}

static guint
count_rows (GtkWidget *page)
{
  guint n = 0;

  while (gtk_list_box_get_row_at_index (list_of (page), (int) n) != NULL)
    n++;
  return n;
}

/* Deleting takes the row away and Undo brings it back in its place; another project has its own rows. */
static void
test_delete (void)
{
  Pages pages;
  GtkWidget *page;
  g_autofree char *other = NULL;
  gint64 id;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_data_page_new (pages.session));
  pages_show (&pages, page);
  g_assert_cmpuint (count_rows (page), ==, lw_session_get_demonstrations (pages.session)->len);
  id = lw_data_row_get_id (LW_DATA_ROW (gtk_list_box_get_row_at_index (list_of (page), 2)));
  lw_session_delete_demonstration (pages.session, id);
  pages_wait (count_rows (page) == 23);
  g_assert_cmpint (lw_data_row_get_id (LW_DATA_ROW (gtk_list_box_get_row_at_index (list_of (page), 2))), !=, id);
  lw_session_undo (pages.session);
  pages_wait (count_rows (page) == 24);
  g_assert_cmpint (lw_data_row_get_id (LW_DATA_ROW (gtk_list_box_get_row_at_index (list_of (page), 2))), ==, id);

  other = g_build_filename (pages.folder, "empty.lampwork", NULL);
  pages_open (&pages, other);
  pages_wait (count_rows (page) == 0);
  pages_wait (drawn (page, "Demonstrations") == NULL);
  pages_end (&pages, page);
}

/* A task that makes its own demonstrations offers them where there are none, and they are shown. */
static void
test_make (void)
{
  Pages pages;
  GtkWidget *page, *offer;

  pages_begin (&pages);
  page = g_object_ref_sink (lw_data_page_new (pages.session));
  pages_show (&pages, page);
  offer = GTK_WIDGET (pages_child (page, LW_TYPE_DATA_PAGE, "offer"));
  g_assert_false (gtk_widget_get_visible (offer));
  lw_session_set_task (pages.session, "reacher-2");
  g_assert_true (gtk_widget_get_visible (offer));
  pages_press (page, "Make demonstrations");
  pages_wait (count_rows (page) == 124);
  g_assert_false (gtk_widget_get_visible (offer));
  pages_wait (shows_all (&pages, page));
  g_assert_null (pages_find (page, LW_TYPE_PLOT, pages_plot_fits, "Joint 3")); /* a planar arm of two */
  lw_session_set_task (pages.session, "reach-target");
  pages_wait (pages_find (page, LW_TYPE_PLOT, pages_plot_fits, "Joint 7") != NULL);
  pages_end (&pages, page);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/data-page/overlay", test_overlay);
  g_test_add_func ("/data-page/rows", test_rows);
  g_test_add_func ("/data-page/delete", test_delete);
  g_test_add_func ("/data-page/make", test_make);
  return g_test_run ();
}
