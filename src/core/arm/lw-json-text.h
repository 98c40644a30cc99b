/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* JSON for people to read and edit: one field a line, the objects of a list on one line each. Numbers are as short as gives the
 * same double back, in the C locale.
 * (json-glib 1.6 writes 1e-08 as 1e-08.0, which no parser takes.) Values on the stack; any thread. */
typedef struct {
  GString *text;
  gboolean in_list;  /* an object in the list is open, or the list itself */
  gboolean first;    /* nothing stands in what is open yet */
} LwJsonText;

void     lw_json_text_begin   (LwJsonText *self);
void     lw_json_text_number  (LwJsonText *self, const char *name, double value); /* finite */
void     lw_json_text_integer (LwJsonText *self, const char *name, gint64 value);
void     lw_json_text_string  (LwJsonText *self, const char *name, const char *value); /* UTF-8 */
void     lw_json_text_flag    (LwJsonText *self, const char *name, gboolean value);
/* [v_0, v_1, ...] */
void     lw_json_text_numbers  (LwJsonText *self, const char *name, const double *values, gsize n);
void     lw_json_text_integers (LwJsonText *self, const char *name, const guint16 *values, gsize n);
/* A list of objects: list_begin, then for each object_begin ... object_end, then list_end. Not nested. */
void     lw_json_text_list_begin   (LwJsonText *self, const char *name);
void     lw_json_text_object_begin (LwJsonText *self);
void     lw_json_text_object_end   (LwJsonText *self);
void     lw_json_text_list_end     (LwJsonText *self);
/* The document. (transfer full) */
char    *lw_json_text_end     (LwJsonText *self);
/* Writes @text over @path at once or not at all; LW_PROFILE_ERROR_FILE. */
gboolean lw_json_text_save    (const char *text, const char *path, GError **error);
