/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-compare-settings.h"
#include "lw-compare-table.h"

/* For the files lw-compare-*.c only. */

/* (transfer full) The tasks (of LwTask), and in *@description (transfer full) what the table says of all settings; both
 * checked. */
GPtrArray *lw_compare_open_tasks (const LwCompareSettings *settings, const char *arms_dir, char **description, GError **error);

/* The columns of a table, in order: counts and names, reals by where they are in a row, then error and settings. */
typedef struct { const char *name; size_t offset; } LwCompareReal;

enum { LW_COMPARE_N_BEFORE = 5, LW_COMPARE_N_REALS = 8, LW_COMPARE_N_COLUMNS = LW_COMPARE_N_BEFORE + LW_COMPARE_N_REALS + 2 };

extern const char *const   lw_compare_before[LW_COMPARE_N_BEFORE];
extern const LwCompareReal lw_compare_reals[LW_COMPARE_N_REALS];
extern const char *const   lw_compare_after[2];

static inline double *
lw_compare_real_of (LwCompareRow *row, gsize i)
{
  return (double *) (void *) ((char *) row + lw_compare_reals[i].offset);
}
