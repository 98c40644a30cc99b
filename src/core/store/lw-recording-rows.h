/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-database.h"
#include "lw-trajectory.h"
#include "lw-verdict.h"

/* The rows that make a recording, written in a transaction of the caller. For the files lw-project-*.c only. */
typedef struct {
  const char         *kind;       /* "demonstration" or "rollout" */
  const char         *source;     /* "measured": open from here on; "given": complete */
  const char         *arm;
  const char         *limits;     /* nullable */
  const char         *label;      /* nullable: by number */
  const GArray       *contexts;   /* of LwContextValue, nullable */
  const LwTrajectory *trajectory; /* of given ones */
  size_t              n_joints;
  gint64              id;         /* out */
} LwNewRecording;

/* Of LwContextValue, nullable: names of their own, finite or NaN values, UTF-8. LW_PROJECT_ERROR_INVALID says which is not. */
gboolean lw_contexts_check       (const GArray *contexts, GError **error);
/* LW_PROJECT_ERROR_INVALID when joints, names or values cannot be. Touches no file. */
gboolean lw_new_recording_check  (const LwNewRecording *self, GError **error);
/* The recording, and for a demonstration its label and contexts. Fills id. */
gboolean lw_new_recording_insert (LwDatabase *db, LwNewRecording *self, GError **error);
gboolean lw_verdict_insert       (LwDatabase *db, gint64 recording, const LwVerdict *verdict, GError **error);
