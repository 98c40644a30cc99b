/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-figures.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#include "lw-words.h"

#define FEW 40   /* iterations that are told apart */
#define MANY 400 /* episodes */
#define LABEL_ROOM 0.12 /* of the height */
#define WILD 0.05 /* share of the episodes at either end that may lie outside the picture: one wild one does not flatten the curve */

static LwFigure *
figure (const char *title, const char *y, LwUnit unit)
{
  LwFigure *self = lw_figure_new (title);

  lw_figure_set_x_axis (self, _("Iteration"), LW_UNIT_COUNT);
  lw_figure_set_y_axis (self, y, unit);
  lw_figure_set_empty_text (self, _("Start a run to see it here"));
  return self;
}

void
lw_learn_figures_init (LwLearnFigures *self)
{
  self->returns = figure (_("Learning curve"), _("Return"), LW_UNIT_NONE);
  self->kl = figure (_("Distance moved"), _("KL"), LW_UNIT_NAT);
  self->ess = figure (_("Effective sample size"), _("Episodes"), LW_UNIT_NONE);
  self->weights = figure (_("Component weights"), _("Weight π"), LW_UNIT_NONE);
  self->live = lw_series_new ();
  lw_figure_set_y_range (self->kl, (LwRange){ 0.0, (double) NAN });
  lw_figure_set_y_range (self->ess, (LwRange){ 0.0, (double) NAN });
  lw_figure_set_y_range (self->weights, (LwRange){ 0.0, 1.0 });
}

void
lw_learn_figures_clear (LwLearnFigures *self)
{
  g_clear_pointer (&self->live, lw_series_unref);
  g_clear_object (&self->returns);
  g_clear_object (&self->kl);
  g_clear_object (&self->ess);
  g_clear_object (&self->weights);
}

static const LwIteration *
at (const GPtrArray *iterations, guint i)
{
  return g_ptr_array_index (iterations, i);
}

/* Where a slider acts; named where there is room, on the curve of the returns. */
static void
draw_marks (LwFigure *f, const GArray *changes, gboolean named)
{
  for (guint i = 0; i < changes->len; i++)
    {
      const LwSettingChange *c = &g_array_index (changes, LwSettingChange, i);
      g_autofree char *value = lw_words_setting_value (c->name, c->value);
      g_autofree char *label = g_strdup_printf ("%s %s", lw_words_setting (c->name), value);

      lw_figure_add_mark (f, c->iteration, NULL, named ? label : NULL);
    }
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The band of the means, and all but the wildest episodes; with marks also room for their names. */
static LwRange
returns_range (const double *lower, const double *upper, guint n, const LwSeries *episodes, gboolean marked)
{
  size_t m = lw_series_n (episodes), skip = (size_t) (WILD * (double) m);
  g_autofree double *sorted = g_memdup2 (lw_series_y (episodes), m * sizeof (double));
  LwRange r = lw_range_empty ();

  for (guint i = 0; i < n; i++)
    r = lw_range_union (r, (LwRange){ lower[i], upper[i] });
  if (m > 0)
    {
      qsort (sorted, m, sizeof (double), compare);
      r = lw_range_union (r, (LwRange){ sorted[skip], sorted[m - 1 - skip] });
    }
  if (lw_range_is_empty (r) || !(r.max > r.min))
    return lw_range_empty ();
  r = lw_range_pad (r, 0.05);
  if (marked)
    r.max += LABEL_ROOM * (r.max - r.min);
  return r;
}

static void
append (LwSeries *series, double x, double y)
{
  LwStatus status = lw_series_append (series, x, y);

  (void) status; /* a dot less when memory is short */
}

/* Episode @e of @n lies between the policy it was drawn from and the one it made. */
static double
place (guint iteration, double e, double n)
{
  return iteration - 1.0 + e / n;
}

/* A few episodes are seen one by one, many as a cloud. */
static void
add_dots (LwFigure *f, LwSeries *episodes, size_t n, const char *name)
{
  static const LwStyle few = { .ink = LW_INK_MUTED, .shape = LW_SHAPE_CIRCLE, .size = 5.0, .alpha = 0.7 };
  static const LwStyle many = { .ink = LW_INK_MUTED, .shape = LW_SHAPE_CIRCLE, .size = 3.0, .alpha = 0.35 };

  lw_figure_add_points (f, episodes, n < MANY ? &few : &many, name);
}

/* With a marker at each iteration while they can be told apart: nothing lies between two of them. What an algorithm does not have (NaN) is no curve, and
 * where it has it only at times there is nothing in between. */
static void
add_curve (LwFigure *f, const double *x, const double *y, guint n, const LwStyle *style, const char *name)
{
  LwStyle marker = *style;
  LwSeries *series = lw_series_new ();

  for (guint i = 0; i < n; i++)
    if (isfinite (y[i]))
      append (series, x[i], y[i]);
  marker.shape = LW_SHAPE_CIRCLE;
  marker.size = 4.5;
  if (lw_series_n (series) > 0)
    lw_figure_add_line (f, series, style, name);
  if (lw_series_n (series) > 0 && lw_series_n (series) < FEW)
    lw_figure_add_points (f, series, &marker, NULL);
  lw_series_unref (series);
}

static void
draw_returns (LwLearnFigures *self, const GPtrArray *iterations, guint n_test, gboolean marked)
{
  static const LwStyle mean_style = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_SOLID, .width = 1.6 };
  static const LwStyle band_style = { .ink = LW_INK_CATEGORY, .category = 0 };
  LwFigure *f = self->returns;
  guint n = iterations->len;
  g_autofree double *x = g_new (double, n), *mean = g_new (double, n), *lower = g_new (double, n), *upper = g_new (double, n);
  LwSeries *episodes = lw_series_new ();

  for (guint i = 0; i < n; i++)
    {
      const LwIteration *it = at (iterations, i);

      x[i] = it->iteration;
      mean[i] = it->mean_return;
      lower[i] = it->mean_return - it->return_ci95;
      upper[i] = it->mean_return + it->return_ci95;
      for (size_t e = 0; e < it->n_returns; e++)
        append (episodes, place (it->iteration, (double) e + 0.5, (double) it->n_returns), it->returns[e]);
    }
  self->range = returns_range (lower, upper, n, episodes, marked);
  lw_figure_add_band (f, x, lower, upper, n, &band_style, _("95 % CI"), n_test, ngettext ("test episode", "test episodes", n_test));
  add_curve (f, x, mean, n, &mean_style, _("Mean of test episodes"));
  add_dots (f, episodes, lw_series_n (episodes), _("Training episodes"));
  lw_series_unref (episodes);
}

void
lw_learn_figures_add_episode (LwLearnFigures *self, guint iteration, guint episode, guint n_episodes, double reward)
{
  if (iteration != self->live_iteration)
    lw_series_clear (self->live);
  self->live_iteration = iteration;
  append (self->live, place (iteration, episode - 0.5, n_episodes), reward);
  if (!lw_range_is_empty (self->range) && (reward < self->range.min || reward > self->range.max))
    {
      self->range = lw_range_include (self->range, reward + 0.05 * (reward - 0.5 * (self->range.min + self->range.max)));
      lw_figure_set_y_range (self->returns, self->range);
    }
  lw_figure_invalidate (self->returns);
}

static gboolean
any_finite (const double *y, guint n)
{
  for (guint i = 0; i < n; i++)
    if (isfinite (y[i]))
      return TRUE;
  return FALSE;
}

static void
say_what_is_not (LwLearnFigures *self, gboolean has_kl, gboolean has_ess, gboolean has_components)
{
  const char *start = _("Start a run to see it here");

  lw_figure_set_empty_text (self->kl, has_kl ? start : _("This algorithm measures no distance"));
  lw_figure_set_empty_text (self->ess, has_ess ? start : _("This algorithm does not weigh episodes"));
  lw_figure_set_empty_text (self->weights, has_components ? start : _("There is one component only"));
}

/* @x (@n): iterations that improved the policy. */
static void
draw_weights (LwFigure *f, const GPtrArray *iterations, const double *x, guint n, size_t K)
{
  g_autofree double *pi = g_new (double, n);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_series_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (size_t k = 0; k < K; k++)
    {
      guint m = 0;

      for (guint i = 0; i < iterations->len; i++)
        if (at (iterations, i)->improved)
          pi[m++] = at (iterations, i)->report.weights[k];
      g_ptr_array_add (parts, lw_series_new_from (x, pi, m));
      g_ptr_array_add (names, g_strdup_printf ("%zu", k + 1));
    }
  g_ptr_array_add (names, NULL);
  lw_figure_add_stack (f, n > 1 ? LW_STACK_AREAS : LW_STACK_BARS, (LwSeries *const *) parts->pdata, K, (const char *const *) names->pdata);
}

static void
draw_reports (LwLearnFigures *self, const GPtrArray *iterations)
{
  static const LwStyle value = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_SOLID, .width = 1.4 };
  static const LwStyle bound = { .ink = LW_INK_WARNING, .dash = LW_DASH_LONG };
  guint n = 0;
  size_t K = 0;
  g_autofree double *x = g_new (double, iterations->len), *kl = g_new (double, iterations->len), *chi = g_new (double, iterations->len);
  g_autofree double *ess = g_new (double, iterations->len), *episodes = g_new (double, iterations->len);

  for (guint i = 0; i < iterations->len; i++)
    {
      const LwIteration *it = at (iterations, i);

      if (!it->improved)
        continue;
      x[n] = it->iteration;
      kl[n] = it->report.kl;
      chi[n] = it->report.kl_bound;
      ess[n] = it->report.ess;
      episodes[n] = it->episodes;
      K = it->report.n_components;
      n++;
    }
  say_what_is_not (self, n == 0 || any_finite (kl, n), n == 0 || any_finite (ess, n), n == 0 || K > 1);
  if (n == 0)
    return;
  if (any_finite (kl, n))
    {
      add_curve (self->kl, x, kl, n, &value, _("KL"));
      add_curve (self->kl, x, chi, n, &bound, _("Bound"));
    }
  if (any_finite (ess, n))
    {
      add_curve (self->ess, x, ess, n, &value, _("Effective"));
      add_curve (self->ess, x, episodes, n, &bound, _("All episodes"));
    }
  if (K > 1) /* the weight of one alone is 1 */
    draw_weights (self->weights, iterations, x, n, K);
}

/* While a run goes on its curves grow into room that is there: they do not shrink with every iteration. */
static LwRange
iterations_range (guint done, guint coming)
{
  if (coming == 0)
    return lw_range_empty ();
  return (LwRange){ 0.0, MIN (done + coming, MAX (10, 2 * done)) };
}

void
lw_learn_figures_draw (LwLearnFigures *self, const GPtrArray *iterations, const GArray *changes, guint n_test, guint coming)
{
  LwFigure *all[] = { self->returns, self->kl, self->ess, self->weights };
  guint done = iterations->len > 0 ? iterations->len - 1 : 0;

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      lw_figure_freeze (all[i]);
      lw_figure_clear (all[i]);
      lw_figure_set_x_range (all[i], iterations_range (done, coming));
    }
  if (self->live_iteration <= done || iterations->len == 0)
    lw_series_clear (self->live);
  self->range = lw_range_empty ();
  if (iterations->len > 0)
    {
      draw_returns (self, iterations, n_test, changes->len > 0);
      draw_reports (self, iterations);
      for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
        draw_marks (all[i], changes, all[i] == self->returns);
    }
  add_dots (self->returns, self->live, 0, NULL);
  if (lw_series_n (self->live) > 0)
    self->range = lw_range_union (self->range, lw_range_pad (lw_series_y_range (self->live), 0.05));
  lw_figure_set_y_range (self->returns, self->range);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    lw_figure_thaw (all[i]);
}
