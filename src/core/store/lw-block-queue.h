/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-database.h"
#include "lw-sample-ring.h"

/* Samples on their way from the ring into the file: gathered into blocks of at most 100 ms, and kept until a commit has them,
 * however often that fails. Writer thread. */
typedef struct LwBlockQueue LwBlockQueue;

LwBlockQueue *lw_block_queue_new      (void);
void          lw_block_queue_free     (LwBlockQueue *self);
/* Empties the ring. When the file could not be written for long (64 MiB) it takes no more: the ring fills, drops, and counts what
 * it dropped. */
void          lw_block_queue_take     (LwBlockQueue *self, LwSampleRing *ring);
gboolean      lw_block_queue_is_empty (const LwBlockQueue *self);
/* Inside a transaction of the caller. Samples of a recording that is not open are left out: what is complete is never added to. */
gboolean      lw_block_queue_write    (LwBlockQueue *self, LwDatabase *db, GError **error);
/* The transaction was committed: forget what was written. */
void          lw_block_queue_written  (LwBlockQueue *self);
/* Has the end mark of @recording come? Says so once. */
gboolean      lw_block_queue_take_end (LwBlockQueue *self, gint64 recording);
