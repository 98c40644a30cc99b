/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-iteration.h"

/* What a comparison found: one row a task, algorithm, seed and iteration. Owner thread. */

/* The error of a run that was interrupted: its table is not complete. */
#define LW_COMPARE_STOPPED "stopped"

/* NaN = does not exist. */
typedef struct {
  const char *task, *algorithm; /* interned */
  uint64_t    seed;
  guint       iteration;        /* of a row with an error: the one that did not come */
  guint       episodes;
  double      mean_return, return_ci95, success; /* over the test episodes */
  double      J, kl, ess, entropy;
  double      seconds;
  char       *error;            /* (nullable) why the run ended here */
} LwCompareRow;

typedef struct {
  char   *settings;    /* one flat JSON object, all that rows depend on besides the seed; NULL when read from CSV */
  char   *fingerprint; /* of settings, 16 hexadecimal digits: a column of the CSV */
  GArray *rows;        /* of LwCompareRow, by task, algorithm (both as they were given), seed, iteration */
} LwCompareTable;

/* Over the seeds that have the iteration: n of them. */
typedef struct { guint n; double mean, ci95, median; } LwCompareStatistic;
typedef struct {
  const char        *task, *algorithm;
  guint              iteration, episodes;
  LwCompareStatistic mean_return, success; /* ci95 by Student's t, NaN for n < 2 */
} LwCompareSummary;

/* Takes @settings. */
LwCompareTable *lw_compare_table_new  (char *settings);
void            lw_compare_table_free (LwCompareTable *self); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwCompareTable, lw_compare_table_free)

/* @row's error is copied, its names are interned. */
void     lw_compare_table_add         (LwCompareTable *self, const LwCompareRow *row);
/* FALSE when some run was stopped. */
gboolean lw_compare_table_is_complete (const LwCompareTable *self);
/* Runs that ended with an error of their own, stopped ones left out. */
guint    lw_compare_table_count_failed (const LwCompareTable *self);
/* (transfer full) (element-type LwCompareSummary), in the order of the rows. */
GArray  *lw_compare_table_summarise   (const LwCompareTable *self);

/* One table of @n > 0 that were split by seeds; @names (n) for messages. NULL, with LW_JOB_ERROR_INPUT that names the seed or the
 * setting, when seeds overlap or the settings differ. The result is what one run over all seeds would have given. */
LwCompareTable *lw_compare_table_merge (LwCompareTable *const *tables, const char *const *names, guint n, GError **error);

/* Text of a file (transfer full): plain rows, or settings, rows and summary. 17 digits; what is not finite is empty or null.
 * @times FALSE leaves out the seconds: what remains is the same bytes for the same seeds and settings. */
char           *lw_compare_table_to_csv  (const LwCompareTable *self, gboolean times);
/* NULL, with LW_JOB_ERROR_INPUT, when the table has no settings (it came from CSV). */
char           *lw_compare_table_to_json (const LwCompareTable *self, gboolean times, GError **error);
/* .csv or .json by the end of @path; written beside and renamed. */
gboolean        lw_compare_table_write   (const LwCompareTable *self, const char *path, gboolean times, GError **error);
/* LW_IMPORT_ERROR names file, row and what was expected. */
LwCompareTable *lw_compare_table_read    (const char *path, GError **error);
/* FALSE, with @error, when @path cannot become a table: asked before the work that fills it. */
gboolean        lw_compare_table_check_path (const char *path, GError **error);
