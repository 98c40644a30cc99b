/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* The fields of one JSON object as profiles and calibrations read them: what is missing, of the wrong kind or unknown is refused
 * with the file, the joint and the field (LW_PROFILE_ERROR). @joint is NULL outside joints. Services only; any thread. */
typedef struct {
  JsonObject *object;
  const char *file;  /* as people know it */
  const char *joint; /* (nullable) name, or number while the name is not known */
} LwJsonFields;

/* The root object of @path, at most 1 MiB; @file receives the file's name without folders. (transfer full) the parser that owns it. */
JsonParser *lw_json_fields_open    (const char *path, LwJsonFields *out, char **file, GError **error);
/* Refuses every field that is not one of @names (NULL-terminated). */
gboolean    lw_json_fields_known   (const LwJsonFields *self, const char *const *names, GError **error);
gboolean    lw_json_fields_has     (const LwJsonFields *self, const char *name);
/* Each writes @out only when it returns TRUE. */
gboolean    lw_json_fields_number  (const LwJsonFields *self, const char *name, double *out, GError **error); /* finite */
gboolean    lw_json_fields_integer (const LwJsonFields *self, const char *name, gint64 lower, gint64 upper, gint64 *out, GError **error);
gboolean    lw_json_fields_text    (const LwJsonFields *self, const char *name, const char **out, GError **error); /* not empty; owned by the object */
gboolean    lw_json_fields_flag    (const LwJsonFields *self, const char *name, gboolean *out, GError **error);
gboolean    lw_json_fields_array   (const LwJsonFields *self, const char *name, JsonArray **out, GError **error);
/* "FILE: joint “JOINT”: “FIELD” MESSAGE" into @error; always FALSE. */
gboolean    lw_json_fields_refuse  (const LwJsonFields *self, const char *name, GError **error, const char *message, ...) G_GNUC_PRINTF (4, 5);
