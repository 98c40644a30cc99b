/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-database.h"
#include "lw-recorder.h"

/* The writer thread: owns the only writing connection, drains the recorder's ring, and serves commands.
 *
 * One transaction holds the samples that came in the meantime and every command that was waiting, each behind its own savepoint,
 * so one that fails takes nothing else with it. While a recorder is attached there is a transaction every 80 ms. A commit that a
 * durable command waits for is on the medium when the command returns; of samples alone, at most the last second may fall to a
 * power cut, at most the last tick to a killed program. */
typedef struct LwProjectWriter LwProjectWriter;

/* On the writer thread, inside a transaction; FALSE undoes what it wrote. */
typedef gboolean (*LwWriterWork) (LwDatabase *db, gpointer data, GError **error);
/* On the writer thread, after a commit: @changes are LwProjectChange bits. */
typedef void (*LwWriterCommitted) (guint changes, gpointer data);

/* Takes @db. */
LwProjectWriter *lw_project_writer_new          (LwDatabase *db, LwWriterCommitted committed, gpointer data);
/* Does what is queued, closes the connection and joins the thread. Calls made afterwards fail with LW_PROJECT_ERROR_OPEN. */
void             lw_project_writer_stop         (LwProjectWriter *self);
void             lw_project_writer_free         (LwProjectWriter *self); /* (nullable) stopped before */

/* The calls below wait and may come from any thread but the writer and the arm's. */
/* @durable FALSE spares the fsync: what is lost in a power cut can be computed again. */
gboolean lw_project_writer_call (LwProjectWriter *self, LwWriterWork work, gpointer data, guint changes, gboolean durable,
                                 GError **error);
/* NULL detaches. Returns when the ring of the one before is empty. */
void             lw_project_writer_set_recorder (LwProjectWriter *self, LwRecorder *recorder);
/* Stops the recorder if it still records @recording; returns when the last sample of it is on disk. */
gboolean         lw_project_writer_await_end    (LwProjectWriter *self, gint64 recording, GError **error);

/* Any thread, without waiting. Seconds since the epoch of the last commit. */
gint64           lw_project_writer_get_saved_at (LwProjectWriter *self);
/* Why nothing could be saved the last time it was tried; NULL when all is well. (transfer full) */
char            *lw_project_writer_dup_error    (LwProjectWriter *self);
