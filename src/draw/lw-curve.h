/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-figure.h"
#include "lw-painter.h"

/* Curves and the areas between two of them, reduced to what the pixels can show. The clip is the caller's. */

/* Strokes @series with the ink, width and dash set before. More points than columns are drawn a column at a time, from least to
 * greatest value (lw_decimate()); a dash would only hide some of those of a noisy curve, which is drawn without. */
void lw_curve_stroke (LwPainter *painter, const LwFigureLayout *layout, const LwSeries *series);
/* Fills between @lower and @upper, which share their x, interrupted where one has a gap. */
void lw_curve_fill   (LwPainter *painter, const LwFigureLayout *layout, const LwSeries *lower, const LwSeries *upper);
