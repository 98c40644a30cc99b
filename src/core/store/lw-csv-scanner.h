/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Rows and fields of a CSV text, without copying: comma, optional "quotes" with doubled quotes inside, LF or CRLF, UTF-8 with or
 * without a byte order mark. Blank lines are passed over but counted: rows are the line numbers an editor shows. Owner thread. */
typedef struct {
  const char *text; /* spaces around it and quotes taken off; not terminated */
  size_t      length;
} LwCsvField;

typedef struct {
  const char *name;   /* of the file, for messages; borrowed */
  const char *at;
  const char *end;
  size_t      row;    /* 1-based, of the fields below */
  GArray     *fields; /* of LwCsvField */
} LwCsvScanner;

/* @text (@size) is followed by a NUL and outlives the scanner. FALSE, LW_IMPORT_ERROR_FORMAT, when it is not text at all. */
gboolean lw_csv_scanner_init  (LwCsvScanner *self, const char *name, const char *text, size_t size, GError **error);
void     lw_csv_scanner_clear (LwCsvScanner *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwCsvScanner, lw_csv_scanner_clear)

/* The next row into fields; *found is FALSE at the end. */
gboolean lw_csv_scanner_next  (LwCsvScanner *self, gboolean *found, GError **error);

/* The field's text; doubled quotes made single. (transfer full) */
char    *lw_csv_field_dup     (const LwCsvField *field);
/* A piece of it that is fit for a message of one line. (transfer full) */
char    *lw_csv_field_excerpt (const LwCsvField *field);

typedef enum { LW_CSV_NUMBER, LW_CSV_EMPTY, LW_CSV_NOT_A_NUMBER, LW_CSV_NOT_FINITE } LwCsvNumber;
/* Decimal, in the C locale whatever the program's. @value only changes on LW_CSV_NUMBER. */
LwCsvNumber lw_csv_field_number (const LwCsvField *field, double *value);
