/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-csv-scanner.h"
#include "lw-sample.h"

/* What the columns of a demonstration CSV are, by their names in its header. */
#define LW_CSV_NO_COLUMN G_MAXUINT

typedef struct {
  guint      n;
  GPtrArray *names;                /* (n) of char*, as written, for messages */
  guint      demo;
  guint      t;                    /* LW_CSV_NO_COLUMN: none */
  guint      joints[LW_MAX_JOINTS];
  guint      n_joints;
  GArray    *contexts;             /* of guint: all others, in order */
} LwCsvColumns;

/* From the header row the scanner stands on. @need_time: no rate was given in its place. */
gboolean lw_csv_columns_init  (LwCsvColumns *self, const LwCsvScanner *header, gboolean need_time, GError **error);
void     lw_csv_columns_clear (LwCsvColumns *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwCsvColumns, lw_csv_columns_clear)

/* "x [m]" is a context x in m; without brackets *unit is NULL. Both (transfer full). */
void     lw_csv_split_unit    (const char *column, char **name, char **unit);
