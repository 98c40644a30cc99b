/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-profile.h"

/* Any URDF or MJCF file a person has as an arm of theirs: FOLDER/NAME.xml (a model by our conventions; meshes stay where they
 * are) and FOLDER/NAME.json (a profile: servo ids counting up from @first_id). The file is opened first by a program of its own,
 * lampwork-check-model, with limits on memory, processor and time: its crash is an error here. */
typedef struct {
  LwArmProfile *profile;
  char         *profile_path;
  GPtrArray    *notes;    /* (element-type utf8) what was supplied or left out, for people */
} LwModelImport;

typedef struct {
  const char *folder;     /* NULL: the person's own arms, made when it is not there */
  const char *name;       /* NULL: the file's, without its ending */
  gboolean    replace;    /* an arm of that name that is there */
  LwProtocol  protocol;
  uint8_t     first_id;
  unsigned    timeout_ms; /* 0: 30 s */
} LwModelImportSettings;

/* May take seconds: on a worker. Errors (LW_JOB_ERROR_INPUT, _STORE) name file and element; nothing is written then. */
LwModelImport *lw_model_import      (const char *file, const LwModelImportSettings *settings, GError **error);
void           lw_model_import_free (LwModelImport *self); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwModelImport, lw_model_import_free)

/* What the program of its own does with its arguments: IN OUT. Notes as lines on standard output, an error as one line there too; the exit code. */
int            lw_model_check_main  (int argc, char **argv);
