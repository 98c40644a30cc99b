/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/* One JSON object on one line, member by member. Numbers have the 17 digits that give the same double back, in the C locale;
 * what is not finite is null.
 * (json-glib 1.6 reads well, but writes 1e-08 as 1e-08.0, which no parser takes.) Values on the stack; owner thread. */
typedef struct {
  GString *text;
} LwJsonWriter;

void  lw_json_begin   (LwJsonWriter *self);
void  lw_json_real    (LwJsonWriter *self, const char *name, double v);
void  lw_json_integer (LwJsonWriter *self, const char *name, int64_t v);
void  lw_json_boolean (LwJsonWriter *self, const char *name, gboolean v);
void  lw_json_string  (LwJsonWriter *self, const char *name, const char *v); /* UTF-8; NULL is null */
void  lw_json_null    (LwJsonWriter *self, const char *name);
/* [v_0, v_1, …] */
void  lw_json_reals   (LwJsonWriter *self, const char *name, const double *v, size_t n);
/* [["first", "second"], …] */
void  lw_json_pairs   (LwJsonWriter *self, const char *name, char *const *first, char *const *second, size_t n);
/* (transfer full) */
char *lw_json_end     (LwJsonWriter *self);
