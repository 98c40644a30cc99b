/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-figure.h"
#include "lw-mppca-select.h"

/* @criterion over the number of components, a line for each number of latent dimensions; the suggested one is marked. */
void   lw_choice_draw (LwFigure *figure, const LwMppcaSelection *table, LwMppcaCriterion criterion);
/* What is drawn of a cell; NaN when it could not be judged. */
double lw_choice_value (const LwMppcaCell *cell, LwMppcaCriterion criterion);
/* (transfer full) What is suggested and why, in words; also when nothing is. */
char  *lw_choice_words (const LwMppcaSelection *table, LwMppcaCriterion criterion);
