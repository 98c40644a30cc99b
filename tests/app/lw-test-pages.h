/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "lw-figure-private.h"
#include "lw-paths.h"
#include "lw-plot.h"
#include "lw-sample-project.h"
#include "lw-session.h"

/* What the tests of the pages share: a session on a copy of the sample project, turning the main loop, finding widgets, curves and bands. */

typedef struct {
  char      *folder, *path;
  LwSession *session;
  GtkWidget *window; /* (nullable) */
  GString   *said;   /* messages and errors, a line each */
} Pages;

static inline void
pages_hear (LwSession *session, const char *text, const char *more, GString *said)
{
  g_string_append_printf (said, "%s %s\n", text, more);
}

/* Turns the main loop until @condition holds; fails after a minute, which only a hung program needs. */
#define pages_wait(condition)                                            \
  do                                                                     \
    {                                                                    \
      gint64 pages_end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;  \
      while (!(condition))                                               \
        {                                                                \
          if (g_get_monotonic_time () > pages_end)                       \
            g_error ("waited a minute in vain for %s", #condition);      \
          g_main_context_iteration (NULL, FALSE);                        \
          g_usleep (200);                                                \
        }                                                                \
    }                                                                    \
  while (0)

static inline void
pages_open (Pages *self, const char *path)
{
  lw_session_open_project (self->session, path);
  pages_wait (lw_session_get_project (self->session) != NULL && strcmp (lw_project_get_path (lw_session_get_project (self->session)), path) == 0);
}

static inline void
pages_begin (Pages *self)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("lampwork-pages-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "sample.lampwork", NULL);
  g_assert_true (lw_sample_project_create (self->path, lw_path_samples (), &error));
  self->said = g_string_new (NULL);
  self->session = lw_session_new ();
  g_signal_connect (self->session, "message", G_CALLBACK (pages_hear), self->said);
  g_signal_connect (self->session, "details", G_CALLBACK (pages_hear), self->said);
  pages_open (self, self->path);
  pages_wait (lw_session_get_demonstrations (self->session)->len > 0);
  self->window = NULL;
}

static inline void
pages_show (Pages *self, GtkWidget *page)
{
  self->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (self->window), 1280, 720);
  gtk_window_set_child (GTK_WINDOW (self->window), page);
  gtk_window_present (GTK_WINDOW (self->window));
  pages_wait (gtk_widget_get_mapped (page) && gtk_widget_get_width (page) > 0);
}

/* @page (transfer full): nobody else may hold it, or the session after it. */
static inline void
pages_end (Pages *self, GtkWidget *page)
{
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (page);
  lw_session_shut_down (self->session);
  g_object_add_weak_pointer (G_OBJECT (self->session), (gpointer *) &self->session);
  g_object_unref (self->session);
  pages_wait (self->session == NULL); /* answers on their way hold it */
  g_string_free (self->said, TRUE);
  for (const char *const *end = (const char *const[]){ "", "-wal", "-shm", ".lock", NULL }; *end != NULL; end++)
    {
      g_autofree char *file = g_strconcat (self->path, *end, NULL);

      g_unlink (file);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->path);
}

/* ---- main-thread work a frame, from the frame clock's before-paint to after-paint: by the clock, and what of it this thread computed ---- */

typedef struct {
  GdkFrameClock *clock;
  double  wall, cpu;       /* ms, when the frame began */
  GArray *walls, *cpus;    /* of double, ms */
} Frames;

static inline double
frames_now (clockid_t clock)
{
  struct timespec t;

  clock_gettime (clock, &t);
  return 1e3 * (double) t.tv_sec + 1e-6 * (double) t.tv_nsec;
}

static inline void
frames_before_paint (GdkFrameClock *clock, Frames *frames)
{
  frames->wall = frames_now (CLOCK_MONOTONIC);
  frames->cpu = frames_now (CLOCK_THREAD_CPUTIME_ID);
}

static inline void
frames_after_paint (GdkFrameClock *clock, Frames *frames)
{
  double wall = frames_now (CLOCK_MONOTONIC) - frames->wall, cpu = frames_now (CLOCK_THREAD_CPUTIME_ID) - frames->cpu;

  g_array_append_val (frames->walls, wall);
  g_array_append_val (frames->cpus, cpu);
}

static inline void
frames_begin (Frames *self, GtkWidget *widget)
{
  self->clock = gtk_widget_get_frame_clock (widget);
  self->walls = g_array_new (FALSE, FALSE, sizeof (double));
  self->cpus = g_array_new (FALSE, FALSE, sizeof (double));
  g_signal_connect (self->clock, "before-paint", G_CALLBACK (frames_before_paint), self);
  g_signal_connect (self->clock, "after-paint", G_CALLBACK (frames_after_paint), self);
}

static inline gint
frames_compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static inline void
frames_print (GArray *spent, const char *what, const char *clock)
{
  const double *ms = &g_array_index (spent, double, 0);

  g_array_sort (spent, frames_compare);
  if (spent->len > 0)
    g_test_message ("%s, %u frames, %s: median %.2f ms, p90 %.2f ms, p99 %.2f ms, longest %.2f ms", what, spent->len, clock, ms[spent->len / 2],
                    ms[spent->len * 90 / 100], ms[spent->len * 99 / 100], ms[spent->len - 1]);
}

/* Prints them under @what; returns how many. */
static inline guint
frames_end (Frames *self, const char *what)
{
  guint n = self->walls->len;

  g_signal_handlers_disconnect_by_data (self->clock, self);
  frames_print (self->walls, what, "by the clock");
  frames_print (self->cpus, what, "computed");
  g_array_unref (self->walls);
  g_array_unref (self->cpus);
  return n;
}

/* ---- widgets ---- */

/* Depth first: the first widget under @root that fits; @title (nullable) is that of a plot's figure, the label of a button or the name of a label's text. */
static inline GtkWidget *
pages_find (GtkWidget *root, GType type, gboolean (*fits) (GtkWidget *widget, const char *text), const char *text)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (fits == NULL || fits (root, text)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = pages_find (child, type, fits, text);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static inline gboolean
pages_plot_fits (GtkWidget *widget, const char *text)
{
  const char *title = lw_figure_get_title (lw_plot_get_figure (LW_PLOT (widget)));

  return title != NULL && g_str_has_prefix (title, text);
}

static inline gboolean
pages_button_fits (GtkWidget *widget, const char *text)
{
  return g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), text) == 0;
}

static inline LwFigure *
pages_figure (GtkWidget *page, const char *title)
{
  GtkWidget *plot = pages_find (page, LW_TYPE_PLOT, pages_plot_fits, title);

  if (plot == NULL)
    g_error ("there is no plot “%s”", title);
  return lw_plot_get_figure (LW_PLOT (plot));
}

static inline GtkWidget *
pages_button (GtkWidget *page, const char *label)
{
  GtkWidget *button = pages_find (page, GTK_TYPE_BUTTON, pages_button_fits, label);

  if (button == NULL)
    g_error ("there is no button “%s”", label);
  return button;
}

static inline void
pages_press (GtkWidget *page, const char *label)
{
  GtkWidget *button = pages_button (page, label);

  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

#define pages_child(page, type, name) gtk_widget_get_template_child (page, type, name)

/* ---- what a figure shows ---- */

static inline LwLayer *
pages_layer (LwFigure *figure, const char *name)
{
  g_autoptr (GPtrArray) layers = lw_figure_list_legend (figure);

  for (guint i = 0; i < layers->len; i++)
    if (g_str_has_prefix (lw_layer_get_name (g_ptr_array_index (layers, i)), name))
      return g_ptr_array_index (layers, i);
  return NULL;
}

static inline const LwSeries *
pages_series (LwFigure *figure, const char *name)
{
  LwLayer *layer = pages_layer (figure, name);

  if (layer == NULL || layer->series == NULL)
    g_error ("“%s” shows no “%s”", lw_figure_get_title (figure), name);
  return layer->series;
}
