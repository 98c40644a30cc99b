/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

#include "lw-axis.h"
#include "lw-layer.h"
#include "lw-theme.h"

/**
 * LwFigure:
 *
 * What a plot shows, without a display: layers over two axes, a title, a legend, a cursor. The window draws it with LwPlot
 * (src/app/plot), lampwork-cli writes it with lw_figure_write(). One thread at a time; in the window the main thread.
 *
 * Data are in internal units (rad, s, m); LwUnit turns them into what is read (degrees). Arrays are copied; series are
 * shared, and whoever appends to one says so with lw_figure_invalidate().
 *
 *     LwFigure *figure = lw_figure_new (_("Joint 2"));
 *     lw_figure_set_x_axis (figure, _("Time"), LW_UNIT_SECOND);
 *     lw_figure_set_y_axis (figure, _("Position"), LW_UNIT_DEGREE);
 *     lw_figure_add_band (figure, t, lower, upper, n, NULL, _("±2 σ"), 12, _("demonstrations"));
 *     lw_figure_add_line (figure, mean, NULL, _("Mean"));
 *
 * Layers are drawn in the order they were added, bands first, marks, points and labels last.
 * ::changed is emitted once for every change, ::cursor-changed when only cursor or anchor moved. Drawing reads the figure,
 * it never changes it.
 */
#define LW_TYPE_FIGURE (lw_figure_get_type ())
G_DECLARE_FINAL_TYPE (LwFigure, lw_figure, LW, FIGURE, GObject)

LwFigure   *lw_figure_new          (const char *title); /* (nullable) */
void        lw_figure_set_title    (LwFigure *self, const char *title);
const char *lw_figure_get_title    (LwFigure *self);

/* Axes. Titles are translated by the caller and stand without the unit, which is added: "Position (°)". */
void        lw_figure_set_x_axis   (LwFigure *self, const char *title, LwUnit unit);
void        lw_figure_set_y_axis   (LwFigure *self, const char *title, LwUnit unit);
void        lw_figure_set_x_scale  (LwFigure *self, LwScale scale);
void        lw_figure_set_y_scale  (LwFigure *self, LwScale scale);
/* Fixed range of the plot at rest, in data units; an empty range follows the data (default). Either end may be NaN:
 * that end follows the data ({0, NAN}: from zero up). */
void        lw_figure_set_x_range  (LwFigure *self, LwRange range);
void        lw_figure_set_y_range  (LwFigure *self, LwRange range);
/* The plot at rest shows the last @width of x (data units: seconds); 0 = all (default). Whole width from the first sample. */
void        lw_figure_set_x_follow (LwFigure *self, double width);
/* The y range never closes in below this width (data units): noise of a still joint stays small. */
void        lw_figure_set_y_least  (LwFigure *self, double width);
/* One unit of x is as long as one of y: planes. */
void        lw_figure_set_equal_aspect (LwFigure *self, gboolean equal);
gboolean    lw_figure_get_equal_aspect (LwFigure *self);
/* Labels for x = 0, 1, 2, … (bars a category); NULL-terminated, copied; NULL = numbers. */
void        lw_figure_set_x_categories (LwFigure *self, const char * const *names);
/* Shown in the middle while no layer has a point: "Record a demonstration to see it here". */
void        lw_figure_set_empty_text (LwFigure *self, const char *text);

/* The visible window after zooming and panning; an empty range is the plot at rest. */
void        lw_figure_set_view     (LwFigure *self, LwRange x, LwRange y);
void        lw_figure_get_view     (LwFigure *self, LwRange *x, LwRange *y);
/* The ranges at rest: what the data and the settings above ask for, before the widening to whole ticks. */
void        lw_figure_get_home     (LwFigure *self, LwRange *x, LwRange *y);

/* x of all counting layers, before following and fixed ends; empty without data. */
LwRange     lw_figure_get_x_extent (LwFigure *self);
/* What the figures shown together with this one reach: its own x range at rest holds it too. Empty (default): it stands alone. */
void        lw_figure_set_linked_x (LwFigure *self, LwRange range);

/* The cursor, a vertical line with a read-out of every named line at @x, sample and hold; over iterations (LW_UNIT_COUNT) it
 * reads the nearest. NaN hides it. With an anchor the read-out also gives the differences between the two. */
void        lw_figure_set_cursor   (LwFigure *self, double x);
double      lw_figure_get_cursor   (LwFigure *self);
void        lw_figure_set_anchor   (LwFigure *self, double x);
double      lw_figure_get_anchor   (LwFigure *self);

void        lw_figure_set_legend_visible (LwFigure *self, gboolean visible);

/* A legend outside the plots, for figures that share one. */

/* (transfer container) (element-type LwLayer) What the legend lists, in its order, whether it is visible or not; parts of stacks are left out. */
GPtrArray  *lw_figure_list_legend  (LwFigure *self);
/* The sample that stands for @layer, in the middle of (0, 0, @width, @height) of @cr. */
void        lw_figure_draw_sample  (LwLayer *layer, cairo_t *cr, double width, double height, const LwTheme *theme);

/* Layers. @style NULL is the default; @name NULL keeps the layer out of legend and read-out. */

/* (transfer none) A curve. The figure takes a reference to @series (NULL: none yet). */
LwLayer *lw_figure_add_line    (LwFigure *self, LwSeries *series, const LwStyle *style, const char *name);
LwLayer *lw_figure_add_line_xy (LwFigure *self, const double *x, const double *y, size_t n, const LwStyle *style, const char *name);
/* Markers. */
LwLayer *lw_figure_add_points  (LwFigure *self, LwSeries *series, const LwStyle *style, const char *name);
/* Markers by group: group g has category g's colour and shape and the name "@noun g+1" ("Component 1"); a layer a group.
 * @certainty (n, nullable) in [0, 1] fades what is undecided. @group (n) < @n_groups. Groups without a point get no layer. */
void     lw_figure_add_groups  (LwFigure *self, const double *x, const double *y, const guint *group, const double *certainty, size_t n,
                                guint n_groups, const char *noun);
/* A band between two edges. Its legend always says what it is: @statistic over @n_observations @what, "±2 σ over 12 demonstrations",
 * "95 % CI over 500 test episodes"; both are required, @what already in the right number. NULL style: the category of the next automatic line. */
LwLayer *lw_figure_add_band    (LwFigure *self, const double *x, const double *lower, const double *upper, size_t n, const LwStyle *style,
                                const char *statistic, guint n_observations, const char *what);
/* The same, growing: both series have the same x. */
LwLayer *lw_figure_add_band_series (LwFigure *self, LwSeries *lower, LwSeries *upper, const LwStyle *style, const char *statistic,
                                    guint n_observations, const char *what);
/* (p - mean)' cov^-1 (p - mean) = n_sigma^2, with its centre; @cov 2 x 2 row-major. A covariance that is none draws nothing. */
LwLayer *lw_figure_add_ellipse (LwFigure *self, const double mean[2], const double cov[4], double n_sigma, const LwStyle *style, const char *name);
/* A dashed horizontal line with its label at the right end: a bound. NaN hides it. */
LwLayer *lw_figure_add_bound   (LwFigure *self, double y, const LwStyle *style, const char *label);
/* A thin vertical line with a label at its top: a slider moved, a via-point. Labels that would collide are set in rows. */
LwLayer *lw_figure_add_mark    (LwFigure *self, double x, const LwStyle *style, const char *label);

typedef enum {
  LW_STACK_BARS,    /* one bar an x, parts on top of each other */
  LW_STACK_GROUPED, /* bars side by side */
  LW_STACK_AREAS,   /* continuous in x */
} LwStack;

/* @n_series non-negative series over the same x; series i has category i (a bar alone in its figure with x categories has
 * category x). @names (n_series, nullable). */
LwLayer *lw_figure_add_stack   (LwFigure *self, LwStack kind, LwSeries * const *series, size_t n_series, const char * const *names);

void     lw_figure_remove      (LwFigure *self, LwLayer *layer);
void     lw_figure_clear       (LwFigure *self); /* all layers; axes, title and view stay */
/* A series was appended to, or several changes are done: emits ::changed. */
void     lw_figure_invalidate  (LwFigure *self);
/* Between freeze and thaw ::changed is held back and comes once. */
void     lw_figure_freeze      (LwFigure *self);
void     lw_figure_thaw        (LwFigure *self);

/* Where things lie when drawn at a size. */
typedef struct {
  LwAxis x, y;              /* pixel ranges of the plot area */
  double left, top, right, bottom; /* of the plot area, px */
  size_t most_x_ticks, most_y_ticks;
  double header_bottom;            /* of the rows with the titles */
  gboolean x_title;                /* a low plot goes without, then without legend */
  cairo_rectangle_t legend;        /* width 0: there is none */
  gboolean legend_inside;          /* in a corner of the plot area that the data leave free; else a strip above it */
} LwFigureLayout;

/* @left_margin 0: what the labels need. Plots one above the other share the largest (lw_figure_left_margin()). */
void     lw_figure_layout      (LwFigure *self, double width, double height, const LwTheme *theme, double left_margin, LwFigureLayout *out);
double   lw_figure_left_margin (LwFigure *self, double width, double height, const LwTheme *theme);
/* Everything, cursor included, into (0, 0, width, height) of @cr. @layout NULL computes it. */
void     lw_figure_draw        (LwFigure *self, cairo_t *cr, double width, double height, const LwTheme *theme);
/* In two parts, for widgets that keep the first. */
void     lw_figure_draw_plot   (LwFigure *self, cairo_t *cr, double width, double height, const LwTheme *theme, const LwFigureLayout *layout);
void     lw_figure_draw_cursor (LwFigure *self, cairo_t *cr, double width, double height, const LwTheme *theme, const LwFigureLayout *layout);

/* What the figure shows, in sentences, for people who hear it: title, axes with units and ranges, each named layer with
 * count, first, last, least and greatest value. (transfer full) */
char    *lw_figure_dup_summary (LwFigure *self);

/* What the cursor reads, in words: "3.20 s. Mean 12.4°."; NULL without a cursor. (transfer full) */
char    *lw_figure_dup_reading (LwFigure *self);

/* Writes PNG, SVG or PDF by the end of @path (".png", ".svg", ".pdf"; anything else is G_IO_ERROR_NOT_SUPPORTED), @width x @height
 * px (PNG at twice that resolution) in @theme (NULL: light). Written beside and renamed: an existing file is never left half replaced. */
gboolean lw_figure_write       (LwFigure *self, const char *path, double width, double height, const LwTheme *theme, GError **error);
/* Several figures on one sheet, @n > 0 panels of @panel_width x @panel_height px in rows of @n_across. */
gboolean lw_figure_write_all   (LwFigure *const *figures, guint n, guint n_across, const char *path, double panel_width, double panel_height,
                                const LwTheme *theme, GError **error);
