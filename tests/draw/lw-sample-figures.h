/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-figure.h"

/* The figures that Lampwork's pages show, with made-up data from a fixed seed: what the tests of drawing draw. */
typedef struct {
  const char *name;
  LwFigure *(*create) (void); /* (transfer full) */
} LwSampleFigure;

extern const LwSampleFigure lw_sample_figures[];
extern const size_t         lw_n_sample_figures;
