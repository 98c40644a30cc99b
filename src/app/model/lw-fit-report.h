/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-skill.h"

/* (transfer full) What a fit came to, a fact a line. */
char *lw_fit_report_words  (const LwSkill *skill);
/* (transfer full) (nullable) What a person should know about it: K and d lowered, components on the noise floor. NULL: nothing. */
char *lw_fit_report_notice (const LwSkill *skill);
