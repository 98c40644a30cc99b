/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-figures.h"

#include "lw-band.h"

#include <math.h>

enum { N = 200, JOINTS = 7, DEMONSTRATIONS = 12, ITERATIONS = 11 };

static double
noise (GRand *rand)
{
  double sum = 0;

  for (int i = 0; i < 12; i++)
    sum += g_rand_double (rand);
  return sum - 6;
}

/* Live: seven joints, the last ten of fourteen seconds at 100 Hz, with a gap. */
static LwFigure *
live_traces (void)
{
  LwFigure *figure = lw_figure_new ("Joints");
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  lw_figure_set_x_axis (figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  lw_figure_set_x_follow (figure, 10);
  for (guint joint = 0; joint < JOINTS; joint++)
    {
      g_autofree char *name = g_strdup_printf ("q%u", joint + 1);
      LwStyle style = lw_style_solid (joint);
      LwSeries *series = lw_series_new ();

      for (int i = 0; i < 1400; i++)
        {
          double t = 0.01 * i, y = 0.9 * sin (0.5 * t + joint) * cos (0.23 * t * (joint + 1)) + 0.15 * joint - 0.4 + 0.001 * noise (rand);

          if (lw_series_append (series, t, i > 800 && i < 830 ? (double) NAN : y) != LW_OK)
            break;
        }
      lw_figure_add_line (figure, series, &style, name);
      lw_series_unref (series);
    }
  return figure;
}

static void
bell (double *x, double *mean, double *sd, double *lower, double *upper)
{
  for (int i = 0; i < N; i++)
    {
      double z = (double) i / (N - 1);

      x[i] = z;
      mean[i] = 0.7 * sin (M_PI * z) - 0.5 * z * z + 0.1;
      sd[i] = 0.03 + 0.12 * exp (-pow ((z - 0.45) / 0.2, 2));
    }
  if (lw_band_limits (mean, sd, N, 2, lower, upper) != LW_OK)
    g_assert_not_reached ();
}

/* Model page: demonstrations, mean with two-sigma band, conditioned mean, via-point. */
static LwFigure *
promp_band (void)
{
  LwFigure *figure = lw_figure_new ("Joint 2");
  double x[N], mean[N], sd[N], lower[N], upper[N], conditioned[N];
  const LwStyle faint = { .ink = LW_INK_MUTED, .alpha = 0.35, .width = 0.67 }, first = lw_style_solid (0),
                second = { .ink = LW_INK_CATEGORY, .category = 1, .dash = LW_DASH_LONG };

  bell (x, mean, sd, lower, upper);
  lw_figure_set_x_axis (figure, "Phase", LW_UNIT_NONE);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  for (int k = 0; k < DEMONSTRATIONS; k++)
    {
      double y[N], shift = cos (2.4 * k), bend = sin (1.7 * k);

      for (int i = 0; i < N; i++)
        y[i] = mean[i] + sd[i] * (shift + bend * sin (3 * x[i] + k));
      lw_figure_add_line_xy (figure, x, y, N, &faint, k == 0 ? "Demonstrations" : NULL);
    }
  for (int i = 0; i < N; i++)
    conditioned[i] = mean[i] + 1.3 * sd[i];
  lw_figure_add_band (figure, x, lower, upper, N, &first, "±2 σ", DEMONSTRATIONS, "demonstrations");
  lw_figure_add_line_xy (figure, x, mean, N, &first, "Mean");
  lw_figure_add_line_xy (figure, x, conditioned, N, &second, "Conditioned on the context");
  return figure;
}

/* Model page: latent plane. */
static LwFigure *
latent_plane (void)
{
  enum { GROUPS = 4, POINTS = 160 };
  LwFigure *figure = lw_figure_new ("Latent plane");
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  const double means[GROUPS][2] = { { -2, 0.5 }, { 1, 1.4 }, { 0.4, -1.6 }, { 2.6, -0.4 } };
  double x[POINTS], y[POINTS], certainty[POINTS];
  guint group[POINTS];

  lw_figure_set_x_axis (figure, "First latent dimension", LW_UNIT_NONE);
  lw_figure_set_y_axis (figure, "Second latent dimension", LW_UNIT_NONE);
  lw_figure_set_equal_aspect (figure, TRUE);
  for (guint g = 0; g < GROUPS; g++)
    {
      LwStyle style = lw_style_solid (g);
      double a = 0.3 + 0.1 * g, b = 0.15 * (1 + g % 2), c = 0.2 * (g % 3) - 0.2;
      const double cov[4] = { a * a, a * c, a * c, c * c + b * b };

      for (guint i = g; i < POINTS; i += GROUPS)
        {
          double u = noise (rand), v = noise (rand);

          x[i] = means[g][0] + a * u;
          y[i] = means[g][1] + c * u + b * v;
          group[i] = g;
          certainty[i] = exp (-0.15 * (u * u + v * v));
        }
      lw_figure_add_ellipse (figure, means[g], cov, 2, &style, NULL);
    }
  lw_figure_add_groups (figure, x, y, group, certainty, POINTS, GROUPS, "Component");
  return figure;
}

/* Learn page: return dots, mean with interval, marks of slider changes. */
static LwFigure *
learning_curve (void)
{
  LwFigure *figure = lw_figure_new ("Learning curve");
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  LwSeries *mean = lw_series_new (), *lower = lw_series_new (), *upper = lw_series_new (), *episodes = lw_series_new ();
  const LwStyle dots = { .ink = LW_INK_MUTED, .alpha = 0.35, .size = 3 }, line = lw_style_solid (0);

  lw_figure_set_x_axis (figure, "Iteration", LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, "Return", LW_UNIT_NONE);
  for (int i = 0; i < ITERATIONS; i++)
    {
      double m = -0.62 + 0.5 * (1 - exp (-0.35 * i)), half = 0.035 - 0.001 * i;

      if (lw_series_append (mean, i, m) != LW_OK || lw_series_append (lower, i, m - half) != LW_OK || lw_series_append (upper, i, m + half) != LW_OK)
        break;
      for (int k = 0; k < 30; k++)
        if (lw_series_append (episodes, i, m + 0.1 * noise (rand)) != LW_OK)
          break;
    }
  lw_figure_add_points (figure, episodes, &dots, "Episodes");
  lw_figure_add_band_series (figure, lower, upper, &line, "95 % CI", 500, "test episodes");
  lw_figure_add_line (figure, mean, &line, "Mean");
  lw_figure_add_mark (figure, 5, NULL, "KL bound 0.2 → 0.1");
  lw_figure_add_mark (figure, 6, NULL, "Regularisation 1e-4 → 1e-3");
  lw_series_unref (mean);
  lw_series_unref (lower);
  lw_series_unref (upper);
  lw_series_unref (episodes);
  return figure;
}

static LwFigure *
kl_bound (void)
{
  LwFigure *figure = lw_figure_new ("KL divergence");
  double x[ITERATIONS], kl[ITERATIONS];
  const LwStyle line = lw_style_solid (0);

  for (int i = 0; i < ITERATIONS; i++)
    {
      x[i] = i;
      kl[i] = i == 0 ? (double) NAN : 0.2 - 0.002 * i * i * (i % 2);
    }
  lw_figure_set_x_axis (figure, "Iteration", LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, "KL", LW_UNIT_NAT);
  lw_figure_set_y_range (figure, (LwRange){ 0, NAN });
  lw_figure_add_line_xy (figure, x, kl, ITERATIONS, &line, "New from old");
  lw_figure_add_bound (figure, 0.2, NULL, "Bound 0.2");
  return figure;
}

static LwFigure *
weights (LwStack kind)
{
  enum { K = 5 };
  LwFigure *figure = lw_figure_new ("Component weights");
  const char *names[K] = { "Component 1", "Component 2", "Component 3", "Component 4", "Component 5" };
  LwSeries *parts[K];

  lw_figure_set_x_axis (figure, "Iteration", LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, "Weight", LW_UNIT_PERCENT);
  lw_figure_set_y_range (figure, (LwRange){ 0, kind == LW_STACK_GROUPED ? (double) NAN : 1 });
  for (int k = 0; k < K; k++)
    parts[k] = lw_series_new ();
  for (int i = 0; i < ITERATIONS; i++)
    {
      double w[K], sum = 0;

      for (int k = 0; k < K; k++)
        sum += w[k] = exp (0.25 * i * cos (2.2 * k));
      for (int k = 0; k < K; k++)
        if (lw_series_append (parts[k], i, w[k] / sum) != LW_OK)
          break;
    }
  lw_figure_add_stack (figure, kind, parts, K, names);
  for (int k = 0; k < K; k++)
    lw_series_unref (parts[k]);
  return figure;
}

static LwFigure *
weight_areas (void)
{
  return weights (LW_STACK_AREAS);
}

static LwFigure *
weight_bars (void)
{
  return weights (LW_STACK_BARS);
}

/* Model page: one bar a component. */
static LwFigure *
component_bars (void)
{
  const char *names[] = { "1", "2", "3", "4", "5", "6", NULL };
  const double pi[] = { 0.31, 0.22, 0.17, 0.14, 0.1, 0.06 };
  LwFigure *figure = lw_figure_new ("Weights");
  LwSeries *series = lw_series_new_from (NULL, pi, 6);

  lw_figure_set_x_axis (figure, "Component", LW_UNIT_NONE);
  lw_figure_set_y_axis (figure, "Weight", LW_UNIT_PERCENT);
  lw_figure_set_x_categories (figure, names);
  lw_figure_add_stack (figure, LW_STACK_BARS, &series, 1, NULL);
  lw_series_unref (series);
  return figure;
}

/* Perform page. */
static LwFigure *
planned_measured (void)
{
  LwFigure *figure = lw_figure_new ("Joint 4");
  double t[N], planned[N], measured[N];
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (int i = 0; i < N; i++)
    {
      t[i] = 0.02 * i;
      planned[i] = -1.2 + 0.8 * pow (sin (0.39 * t[i]), 2);
      measured[i] = -1.2 + 0.8 * pow (sin (0.39 * fmax (0, t[i] - 0.08)), 2) + 0.003 * noise (rand);
    }
  lw_figure_set_x_axis (figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  lw_figure_add_line_xy (figure, t, planned, N, NULL, "Planned");
  lw_figure_add_line_xy (figure, t, measured, N, NULL, "Measured");
  return figure;
}

static LwFigure *
ridge_choice (void)
{
  LwFigure *figure = lw_figure_new ("Ridge");
  double lambda[25], error[25];

  for (int i = 0; i < 25; i++)
    {
      lambda[i] = pow (10, -10 + 0.5 * i);
      error[i] = 1e-6 * (1 + 0.2 * pow (log10 (lambda[i]) + 5, 2));
    }
  lw_figure_set_x_axis (figure, "Ridge", LW_UNIT_NONE);
  lw_figure_set_x_scale (figure, LW_SCALE_LOG10);
  lw_figure_set_y_axis (figure, "Error", LW_UNIT_DEGREE);
  lw_figure_add_line_xy (figure, lambda, error, 25, NULL, "Leave-one-out error");
  lw_figure_add_mark (figure, 1e-5, NULL, "Chosen 10⁻⁵");
  return figure;
}

static LwFigure *
empty (void)
{
  LwFigure *figure = lw_figure_new ("Demonstrations");

  lw_figure_set_x_axis (figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  lw_figure_set_empty_text (figure, "Record a demonstration to see it here");
  return figure;
}

const LwSampleFigure lw_sample_figures[] = {
  { "live-traces", live_traces },       { "promp-band", promp_band },         { "latent-plane", latent_plane }, { "learning-curve", learning_curve },
  { "kl-bound", kl_bound },             { "weight-areas", weight_areas },     { "weight-bars", weight_bars },   { "component-bars", component_bars },
  { "planned-measured", planned_measured }, { "ridge-choice", ridge_choice }, { "empty", empty },
};
const size_t lw_n_sample_figures = G_N_ELEMENTS (lw_sample_figures);
