/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-live-traces.h"

#include <glib/gi18n.h>

#include "lw-plot.h"

#define SECONDS 10.0
/* Series are begun anew after this many samples, so that an afternoon at the arm does not fill the memory. */
#define MAX_SAMPLES 60000
#define N_KINDS 3

struct _LwLiveTraces
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget  *plot;
  LwFigure   *figure;
  LwSeries   *series[N_KINDS][LW_MAX_JOINTS];
  char       *names[LW_MAX_JOINTS];
  size_t      n_joints;
  int64_t     t0;       /* ns, first stamp */
  double      t_last;   /* s */
  uint32_t    cycle;
  LwTraceKind kind;
  gboolean    paused;
};

G_DEFINE_FINAL_TYPE (LwLiveTraces, lw_live_traces, GTK_TYPE_WIDGET)

static void
forget (LwLiveTraces *self)
{
  for (int k = 0; k < N_KINDS; k++)
    for (size_t j = 0; j < LW_MAX_JOINTS; j++)
      g_clear_pointer (&self->series[k][j], lw_series_unref);
  self->t0 = 0;
}

static void
begin (LwLiveTraces *self)
{
  for (int k = 0; k < N_KINDS; k++)
    for (size_t j = 0; j < self->n_joints; j++)
      self->series[k][j] = lw_series_new ();
}

static void
show_kind (LwLiveTraces *self)
{
  static const struct { const char *title; LwUnit unit; double least; } kinds[N_KINDS] = {
    { N_("Position"), LW_UNIT_DEGREE, 0.1 }, { N_("Velocity"), LW_UNIT_DEGREE_PER_SECOND, 0.2 }, { N_("Load"), LW_UNIT_NEWTON_METRE, 1.0 },
  };

  lw_figure_freeze (self->figure);
  lw_figure_clear (self->figure);
  lw_figure_set_y_axis (self->figure, _(kinds[self->kind].title), kinds[self->kind].unit);
  lw_figure_set_y_least (self->figure, kinds[self->kind].least);
  for (size_t j = 0; j < self->n_joints; j++)
    lw_figure_add_line (self->figure, self->series[self->kind][j], NULL, self->names[j]);
  lw_figure_thaw (self->figure);
}

void
lw_live_traces_set_joints (LwLiveTraces *self, const char *const *names, size_t n_joints)
{
  forget (self);
  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    g_clear_pointer (&self->names[j], g_free);
  self->n_joints = n_joints;
  for (size_t j = 0; j < n_joints; j++)
    self->names[j] = g_strdup (names[j]);
  begin (self);
  show_kind (self);
}

static void
append (LwLiveTraces *self, const LwSample *s)
{
  double t;

  if (self->t0 == 0)
    self->t0 = s->t_ns;
  t = 1e-9 * (double) (s->t_ns - self->t0);
  for (size_t j = 0; j < MIN (self->n_joints, s->n_joints); j++)
    {
      const double values[N_KINDS] = { s->q[j], s->dq[j], s->load[j] };

      for (int k = 0; k < N_KINDS; k++)
        {
          LwStatus status = s->cycle > self->cycle + 1 ? lw_series_append_gap (self->series[k][j], t) : LW_OK;

          if (status == LW_OK)
            status = lw_series_append (self->series[k][j], t, values[k]);
          (void) status; /* a trace that cannot grow is a picture less, nothing is lost */
        }
    }
  self->cycle = s->cycle;
  self->t_last = t;
}

void
lw_live_traces_add (LwLiveTraces *self, const LwSample *samples, guint n)
{
  if (self->n_joints == 0)
    return;
  if (lw_series_n (self->series[0][0]) > MAX_SAMPLES)
    {
      forget (self);
      begin (self);
      show_kind (self);
    }
  for (guint i = 0; i < n; i++)
    append (self, &samples[i]);
  if (!self->paused && gtk_widget_get_mapped (GTK_WIDGET (self)))
    lw_figure_invalidate (self->figure);
}

void
lw_live_traces_set_kind (LwLiveTraces *self, LwTraceKind kind)
{
  self->kind = kind;
  show_kind (self);
}

void
lw_live_traces_set_paused (LwLiveTraces *self, gboolean paused)
{
  self->paused = paused;
  if (!paused)
    lw_figure_invalidate (self->figure);
}

void
lw_live_traces_mark (LwLiveTraces *self, const char *label)
{
  if (self->t0 != 0)
    lw_figure_add_mark (self->figure, self->t_last, NULL, label);
}

static void
lw_live_traces_dispose (GObject *object)
{
  LwLiveTraces *self = LW_LIVE_TRACES (object);

  g_clear_pointer (&self->plot, gtk_widget_unparent);
  g_clear_object (&self->figure);
  forget (self);
  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    g_clear_pointer (&self->names[j], g_free);
  self->n_joints = 0;
  G_OBJECT_CLASS (lw_live_traces_parent_class)->dispose (object);
}

static void
lw_live_traces_class_init (LwLiveTracesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_live_traces_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
lw_live_traces_init (LwLiveTraces *self)
{
  self->figure = lw_figure_new (NULL);
  lw_figure_set_x_axis (self->figure, _("Time"), LW_UNIT_SECOND);
  lw_figure_set_x_follow (self->figure, SECONDS);
  lw_figure_set_empty_text (self->figure, _("Connect an arm to see its joints here"));
  self->plot = lw_plot_new (self->figure);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->plot), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Live traces"), -1);
  gtk_widget_set_parent (self->plot, GTK_WIDGET (self));
}

GtkWidget *
lw_live_traces_new (void)
{
  return g_object_new (LW_TYPE_LIVE_TRACES, NULL);
}
