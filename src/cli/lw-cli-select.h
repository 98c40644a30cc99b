/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-skill-select.h"

/* What "fit --select" was asked for: options as given, and the lists they hold. */
typedef struct {
  char  *components, *latent, *scale, *noise; /* lists, comma separated; NULL = not given */
  char  *criterion;                           /* NULL = lw_skill_select_criterion() */
  int    threads;
  GArray *K, *d;                              /* (element-type gsize) */
  GArray *scales, *noises;                    /* (element-type double) */
  int    chosen;                              /* LwMppcaCriterion, -1 = not given */
} LwCliSelect;

/* FALSE with @error: a list or a criterion that is none. */
gboolean lw_cli_select_parse (LwCliSelect *self, GError **error);
void     lw_cli_select_clear (LwCliSelect *self);
/* The criterion that the suggestion is taken from. */
LwMppcaCriterion lw_cli_select_criterion (const LwCliSelect *self, const LwSkill *skill);
/* Fits the grid to what @skill was fitted to. */
gboolean lw_cli_select_run    (const LwCliSelect *self, const LwSkill *skill, LwFitProgress progress, gpointer data, LwMppcaSelection *out,
                               GError **error);
/* The table and what every criterion suggests, in columns or as one JSON object a line. */
void     lw_cli_select_report (const LwMppcaSelection *table, LwMppcaCriterion criterion, gboolean json);
/* A panel a criterion: K on x, a curve a latent dimension, at the scale and noise of the suggestion. */
gboolean lw_cli_plot_selection (const LwMppcaSelection *table, LwMppcaCriterion criterion, const char *path, GError **error);
