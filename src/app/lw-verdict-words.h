/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-project.h"

/* (transfer full) One line on a demonstration: "clean", or what is wrong with it, worst first. */
char *lw_verdict_words (const LwDemonstrationInfo *info);
/* (transfer full) What was measured of it, a fact a line. */
char *lw_verdict_facts (const LwDemonstrationInfo *info);
/* (transfer full) "x 0.412 · y −0.105 · z 0.954 m", or which field is missing. */
char *lw_context_words (const LwDemonstrationInfo *info);
