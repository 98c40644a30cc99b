/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-compare-table.h"
#include "lw-iteration.h"
#include "lw-skill.h"

/* Plots in files: .svg, .png or .pdf by the end of the name. Written beside and renamed. */

/* FALSE, with @error, when @path cannot become a plot: asked before the work that fills it. */
gboolean lw_cli_plot_check    (const char *path, GError **error);
/* Every joint's mean and ±2 σ over phase, a panel each. */
gboolean lw_cli_plot_skill    (const LwSkill *skill, const char *path, GError **error);
/* The same of any movement: @mean, @std (n_z x joints, rad) over the phases @z. */
gboolean lw_cli_plot_band     (const double *z, size_t n_z, const LwMat *mean, const LwMat *std, size_t n_demonstrations, const char *path, GError **error);
/* Mean return ± 95 % CI over iterations (element-type LwIteration). */
gboolean lw_cli_plot_learning (const GArray *iterations, guint n_test_episodes, const char *path, GError **error);
/* A panel a task, and one more where success is scored: every algorithm's mean ± 95 % CI over the seeds, over episodes
 * (element-type LwCompareSummary). */
gboolean lw_cli_plot_comparison (const GArray *summary, const char *path, GError **error);
