/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* The settings of an algorithm, which a learner keeps as one array of values (n) beside the table. */
typedef struct {
  const LwLearnerSetting *rows;
  size_t                  n;
} LwSettingTable;

/* The one of @learner's class. */
LwSettingTable lw_setting_table_of (const LwLearner *learner);

/* In its range, and whole where it must be. */
bool     lw_setting_is_valid (const LwLearnerSetting *setting, double value);

/* @values (n) become the defaults. */
void     lw_setting_table_defaults   (LwSettingTable self, double *values);
/* NaN for a name that is not there. */
double   lw_setting_table_get        (LwSettingTable self, const double *values, const char *name);
/* Whether @name may become @value, and in @i which of the rows it is. A structural setting keeps its value once a search has
 * @begun. */
bool lw_setting_table_allows (LwSettingTable self, const double *values, const char *name, double value, bool begun, size_t *i);
/* Every value as a scalar under its name. */
LwStatus lw_setting_table_to_arrays  (LwSettingTable self, const double *values, LwArrays *out) LW_MUST_USE;
/* What is not there keeps its default. LW_ERR_RANGE for a value that is not valid: @values are then as they were. */
LwStatus lw_setting_table_from_arrays (LwSettingTable self, const LwArrays *in, double *values) LW_MUST_USE;
