/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-perform-figures.h"

#include <glib/gi18n.h>
#include <math.h>

static void
draw_planned (LwFigure *figure, const LwTrajectory *planned, const char *name, size_t joint, double *y)
{
  static const LwStyle style = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_LONG, .width = 1.3 };

  for (size_t i = 0; i < planned->n_samples; i++)
    y[i] = lw_mat_get (&planned->q, i, joint);
  lw_figure_add_line_xy (figure, planned->t, y, planned->n_samples, &style, name);
}

static void
draw_measured (LwFigure *figure, const LwRunRecord *record, const double *t, size_t joint, double *y)
{
  static const LwStyle style = { .ink = LW_INK_CATEGORY, .category = 1, .dash = LW_DASH_SOLID, .width = 1.3 };

  for (guint i = 0; i < record->samples->len; i++)
    y[i] = g_array_index (record->samples, LwSample, i).q[joint];
  lw_figure_add_line_xy (figure, t, y, record->samples->len, &style, _("Measured"));
}

void
lw_perform_draw (LwJointPlots *plots, const LwTrajectory *planned, const char *name, const LwRunRecord *record)
{
  guint n = record != NULL ? record->samples->len : 0;
  size_t longest = MAX (n, planned != NULL ? planned->n_samples : 0) + 1;
  g_autofree double *t = g_new (double, longest), *y = g_new (double, longest);

  for (guint i = 0; i < n; i++)
    t[i] = lw_run_record_time (record, i);
  lw_joint_plots_begin (plots);
  for (guint j = 0; j < lw_joint_plots_get_n (plots); j++)
    {
      LwFigure *figure = lw_joint_plots_get_figure (plots, j);
      g_autofree char *note = n > 0 ? g_strdup_printf (_("%.2f° RMS"), lw_run_record_rms (record, j) * 180.0 / G_PI) : NULL;

      if (planned != NULL && j < planned->n_joints)
        draw_planned (figure, planned, name, j, y);
      if (n > 0)
        draw_measured (figure, record, t, j, y);
      lw_joint_plots_set_note (plots, j, note);
    }
  lw_joint_plots_end (plots);
}
