/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-select.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "lw-cli.h"
#include "lw-figure.h"
#include "lw-json-writer.h"

#define PANEL_WIDTH 420.0
#define PANEL_HEIGHT 280.0

static const char *const criterion_names[LW_MPPCA_N_CRITERIA] = { "held-out", "conditional", "imitation", "bic" };

/* ---- options ---- */

static gboolean
parse_list (const char *option, const char *text, gboolean whole, GArray *out, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      char *end = NULL;
      double v = g_ascii_strtod (words[i], &end);

      if (end == words[i] || *end != '\0' || !isfinite (v) || v < 0.0 || (whole && (v < 1.0 || v != floor (v) || v > 1e6)))
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, whole ? _("%s: “%s” is not a list of whole numbers from 1, like 2,3,4")
                                                                      : _("%s: “%s” is not a list of numbers, like 1,3,10"), option, text);
          return FALSE;
        }
      if (whole)
        g_array_append_vals (out, &(gsize){ (gsize) v }, 1);
      else
        g_array_append_val (out, v);
    }
  return TRUE;
}

gboolean
lw_cli_select_parse (LwCliSelect *self, GError **error)
{
  self->K = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->d = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->scales = g_array_new (FALSE, FALSE, sizeof (double));
  self->noises = g_array_new (FALSE, FALSE, sizeof (double));
  self->chosen = -1;
  for (int c = 0; self->criterion != NULL && c < LW_MPPCA_N_CRITERIA; c++)
    if (g_str_equal (self->criterion, criterion_names[c]))
      self->chosen = c;
  if (self->criterion != NULL && self->chosen < 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("--criterion is held-out, conditional, imitation or bic, not “%s”"), self->criterion);
      return FALSE;
    }
  if (self->threads < 1 || self->threads > 1024)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("--threads is 1 to 1024"));
      return FALSE;
    }
  return parse_list ("--try-components", self->components != NULL ? self->components : "1,2,3,4,6,8,12", TRUE, self->K, error) &&
         parse_list ("--try-latent", self->latent != NULL ? self->latent : "1,2,3,4,5,6", TRUE, self->d, error) &&
         (self->scale == NULL || parse_list ("--try-context-scale", self->scale, FALSE, self->scales, error)) &&
         (self->noise == NULL || parse_list ("--try-context-noise", self->noise, FALSE, self->noises, error));
}

void
lw_cli_select_clear (LwCliSelect *self)
{
  g_clear_pointer (&self->K, g_array_unref);
  g_clear_pointer (&self->d, g_array_unref);
  g_clear_pointer (&self->scales, g_array_unref);
  g_clear_pointer (&self->noises, g_array_unref);
  g_clear_pointer (&self->components, g_free);
  g_clear_pointer (&self->latent, g_free);
  g_clear_pointer (&self->scale, g_free);
  g_clear_pointer (&self->noise, g_free);
  g_clear_pointer (&self->criterion, g_free);
}

LwMppcaCriterion
lw_cli_select_criterion (const LwCliSelect *self, const LwSkill *skill)
{
  return self->chosen >= 0 ? (LwMppcaCriterion) self->chosen : lw_skill_select_criterion (skill);
}

gboolean
lw_cli_select_run (const LwCliSelect *self, const LwSkill *skill, LwFitProgress progress, gpointer data, LwMppcaSelection *out, GError **error)
{
  LwMppcaSelectSettings grid;

  lw_mppca_select_settings_init (&grid);
  grid.K = (const size_t *) (const void *) self->K->data;
  grid.n_K = self->K->len;
  grid.d = (const size_t *) (const void *) self->d->data;
  grid.n_d = self->d->len;
  grid.scale = (const double *) (const void *) self->scales->data;
  grid.n_scale = self->scales->len;
  grid.noise = (const double *) (const void *) self->noises->data;
  grid.n_noise = self->noises->len;
  grid.threads = (size_t) self->threads;
  grid.folds = MIN (grid.folds, MAX (skill->params.rows, 2));
  return lw_skill_select (skill, &grid, progress, data, &lw_cli_stop, out, error);
}

/* ---- the table ---- */

static void
report_cell_json (const LwMppcaCell *cell)
{
  LwJsonWriter json;
  g_autofree char *line = NULL;

  lw_json_begin (&json);
  lw_json_integer (&json, "components", (int64_t) cell->K);
  lw_json_integer (&json, "latent", (int64_t) cell->d);
  lw_json_real (&json, "context_scale", cell->scale);
  lw_json_real (&json, "context_noise", cell->noise);
  lw_json_string (&json, "status", lw_status_text (cell->status));
  lw_json_integer (&json, "failed_fits", (int64_t) cell->n_failed);
  lw_json_real (&json, "held_out", cell->held_out.mean);
  lw_json_real (&json, "held_out_se", cell->held_out.se);
  lw_json_real (&json, "held_out_median", cell->held_out.median);
  lw_json_real (&json, "conditional", cell->conditional.mean);
  lw_json_real (&json, "conditional_se", cell->conditional.se);
  lw_json_real (&json, "conditional_median", cell->conditional.median);
  lw_json_real (&json, "imitation", cell->imitation.mean);
  lw_json_real (&json, "imitation_se", cell->imitation.se);
  lw_json_real (&json, "imitation_median", cell->imitation.median);
  lw_json_real (&json, "bic", cell->bic);
  lw_json_real (&json, "log_likelihood", cell->log_likelihood);
  lw_json_real (&json, "parameters", cell->n_parameters);
  lw_json_integer (&json, "small", (int64_t) cell->n_small);
  line = lw_json_end (&json);
  puts (line);
}

static void
report_suggestion_json (const LwMppcaSelection *table, LwMppcaCriterion c, gboolean chosen)
{
  LwJsonWriter json;
  g_autofree char *line = NULL;
  const LwMppcaCell *cell = &table->cells[table->suggested[c]], *best = &table->cells[table->best[c]];

  lw_json_begin (&json);
  lw_json_string (&json, "criterion", criterion_names[c]);
  lw_json_boolean (&json, "chosen", chosen);
  lw_json_integer (&json, "suggested_components", (int64_t) cell->K);
  lw_json_integer (&json, "suggested_latent", (int64_t) cell->d);
  lw_json_real (&json, "suggested_context_scale", cell->scale);
  lw_json_real (&json, "suggested_context_noise", cell->noise);
  lw_json_integer (&json, "best_components", (int64_t) best->K);
  lw_json_integer (&json, "best_latent", (int64_t) best->d);
  lw_json_real (&json, "best_context_scale", best->scale);
  lw_json_real (&json, "best_context_noise", best->noise);
  line = lw_json_end (&json);
  puts (line);
}

static void
report_cell (const LwMppcaCell *cell)
{
  printf ("%3zu %3zu %6g %6g  ", cell->K, cell->d, cell->scale, cell->noise);
  if (cell->status != LW_OK)
    {
      printf (_("%s, in %zu fits\n"), lw_status_text (cell->status), cell->n_failed);
      return;
    }
  printf ("%10.2f %8.2f %9.2f", cell->held_out.mean, cell->held_out.se, cell->held_out.median);
  if (isfinite (cell->conditional.mean))
    printf ("  %10.2f %9.2f  %9.3g %8.2g %9.3g", cell->conditional.mean, cell->conditional.median, cell->imitation.mean, cell->imitation.se,
            cell->imitation.median);
  printf ("  %11.0f", cell->bic);
  if (cell->n_small > 0)
    printf (_("  %zu small"), cell->n_small);
  putchar ('\n');
}

void
lw_cli_select_report (const LwMppcaSelection *table, LwMppcaCriterion criterion, gboolean json)
{
  gboolean contexts = FALSE;

  for (size_t i = 0; i < table->n_cells; i++)
    contexts = contexts || isfinite (table->cells[i].conditional.mean);
  if (!json)
    {
      puts (_("Log-likelihood of demonstrations left out: mean, its standard error, median; a mean far below the median is the work of a few."));
      if (contexts)
        puts (_("Of their movement given the context: mean, median. Squared error of imitation, a column: mean, standard error, median."));
      printf ("  K   d  scale  noise    held out       SE    median");
      printf (contexts ? "       given    median  imitation       SE    median          BIC\n" : "          BIC\n");
    }
  for (size_t i = 0; i < table->n_cells; i++)
    if (json)
      report_cell_json (&table->cells[i]);
    else
      report_cell (&table->cells[i]);
  for (LwMppcaCriterion c = 0; c < LW_MPPCA_N_CRITERIA; c++)
    {
      if (table->suggested[c] == SIZE_MAX)
        continue;
      const LwMppcaCell *cell = &table->cells[table->suggested[c]];
      if (json)
        report_suggestion_json (table, c, c == criterion);
      else
        printf (_("%s suggests %zu components with %zu latent dimensions, context scale %g, context noise %g%s\n"), criterion_names[c], cell->K,
                cell->d, cell->scale, cell->noise, c == criterion ? _(" (taken by “auto”)") : "");
    }
}

/* ---- the curves ---- */

static double
plotted (const LwMppcaCell *cell, LwMppcaCriterion c)
{
  return c == LW_MPPCA_BIC ? cell->bic : c == LW_MPPCA_IMITATION ? sqrt (cell->imitation.mean)
         : c == LW_MPPCA_CONDITIONAL ? cell->conditional.median : cell->held_out.median;
}

static LwFigure *
criterion_figure (const LwMppcaSelection *table, LwMppcaCriterion c, double scale, double noise)
{
  const char *const titles[LW_MPPCA_N_CRITERIA] = { _("Demonstrations left out"), _("Their movements given the context"), _("Imitation of those left out"),
                                                    _("All demonstrations") };
  const char *const axes[LW_MPPCA_N_CRITERIA] = { _("Median log-likelihood"), _("Median log-likelihood"), _("Root mean squared error"), _("BIC") };
  LwFigure *figure = lw_figure_new (titles[c]);
  g_autofree double *x = g_new (double, table->n_cells), *y = g_new (double, table->n_cells);
  g_autoptr (GHashTable) drawn = g_hash_table_new (NULL, NULL);

  lw_figure_set_x_axis (figure, _("Components"), LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, axes[c], LW_UNIT_NONE);
  for (size_t i = 0; i < table->n_cells; i++)
    {
      size_t d = table->cells[i].d, n = 0;
      g_autofree char *name = g_strdup_printf (_("d = %zu"), d);

      if (!g_hash_table_add (drawn, GSIZE_TO_POINTER (d)))
        continue;
      for (size_t j = 0; j < table->n_cells; j++)
        {
          const LwMppcaCell *cell = &table->cells[j];

          if (cell->d != d || cell->scale != scale || cell->noise != noise || !isfinite (plotted (cell, c)))
            continue;
          x[n] = (double) cell->K;
          y[n++] = plotted (cell, c);
        }
      if (n > 0)
        lw_figure_add_line_xy (figure, x, y, n, NULL, name);
    }
  return figure;
}

gboolean
lw_cli_plot_selection (const LwMppcaSelection *table, LwMppcaCriterion criterion, const char *path, GError **error)
{
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);
  size_t at = table->suggested[criterion] == SIZE_MAX ? 0 : table->suggested[criterion];

  for (LwMppcaCriterion c = 0; c < LW_MPPCA_N_CRITERIA; c++)
    if (table->suggested[c] != SIZE_MAX || c == criterion)
      g_ptr_array_add (figures, criterion_figure (table, c, table->cells[at].scale, table->cells[at].noise));
  return lw_figure_write_all ((LwFigure *const *) figures->pdata, figures->len, 2, path, PANEL_WIDTH, PANEL_HEIGHT, NULL, error);
}
