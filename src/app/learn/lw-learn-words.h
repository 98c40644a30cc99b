/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-session.h"

/* How much of a run of @wanted iterations is done, 0 to 1. */
double lw_learn_fraction       (const LwLearnProgress *progress, guint wanted);
/* (transfer full) What the run in hand is doing: "Iteration 3 of 12 · trying · 40 s left"; else what can be done. @ending: it was told to end. */
char  *lw_learn_progress_words (LwSession *session, double fraction, gboolean ending);
/* (transfer full) The numbers of @last, beside those of imitation (@first); what does not exist is left out. */
char  *lw_learn_summary_words  (const LwIteration *first, const LwIteration *last);
