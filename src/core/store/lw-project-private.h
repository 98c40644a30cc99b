/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-database.h"
#include "lw-project-writer.h"
#include "lw-project.h"

/* For the files lw-project-*.c only. */

/* Runs @work on the writer thread and waits for its commit; then emits ::changed with @changes. */
gboolean lw_project_write (LwProject *self, LwWriterWork work, gpointer data, guint changes, GError **error);
/* The same without the fsync, for what can be computed again: a power cut may take it, the death of the program does not. */
gboolean lw_project_write_lightly (LwProject *self, LwWriterWork work, gpointer data, guint changes, GError **error);
gboolean lw_project_await_end (LwProject *self, gint64 recording, GError **error);

/* A read-only connection inside a read transaction: everything read through one reader belongs to one commit. */
typedef struct {
  LwProject  *project;
  LwDatabase *db; /* NULL: could not be had, the error is set */
} LwReader;

LwReader lw_reader_open  (LwProject *project, GError **error);
void     lw_reader_clear (LwReader *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwReader, lw_reader_clear)

/* Seconds since the epoch: what "created", "time" and "at" columns hold. */
gint64   lw_project_now (void);

/* Closes recordings that a dead program left open. In a transaction of the caller. */
gboolean lw_project_recover (LwDatabase *db, GError **error);
