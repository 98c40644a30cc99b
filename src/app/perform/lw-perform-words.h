/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"
#include "lw-plan.h"

#define LW_PERFORM_FAR 0.5 /* rad from where the arm stands to where the movement begins: the person is asked */

/* (transfer full) What a plan would have the arm do, a fact a line: duration, peak speed, closest limit, what the limits cut, a far start. */
char *lw_perform_verdict_words (const LwPlan *plan, const LwArmModel *model);
/* (transfer full) Which joints go how far, in degrees, from @q before the movement of @plan begins. */
char *lw_perform_far_words     (const LwPlan *plan, const LwArmModel *model, const double *q);
