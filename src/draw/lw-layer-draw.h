/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-layer-private.h"
#include "lw-painter.h"

/* From the back to the front. */
typedef enum {
  LW_PASS_AREAS,  /* bands, stacks, inside of ellipses */
  LW_PASS_CURVES, /* lines, ellipses */
  LW_PASS_SIGNS,  /* marks, bounds, points */
  LW_N_PASSES,
} LwPass;

/* All layers that are live, or all that are not. */
void lw_layers_draw (const LwFigure *figure, gboolean live, LwPainter *painter, const LwFigureLayout *layout);
/* Draws what @layer has in @pass; the clip is the plot area. */
void lw_layer_draw (const LwLayer *layer, LwPass pass, LwPainter *painter, const LwFigureLayout *layout);
