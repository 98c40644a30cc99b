/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-block-queue.h"

#include "lw-sample-block.h"

#define BLOCK_NS 100000000
#define MOST_BYTES ((size_t) 64 << 20)

typedef struct {
  gint64      recording;
  GByteArray *data;     /* NULL: nothing but samples dropped before the end mark */
  gint64      n_samples;
  gint64      n_dropped;
  gint64      first_ns, last_ns;
} Pending;

struct LwBlockQueue {
  GQueue      pending; /* of Pending, oldest first */
  size_t      n_bytes;
  GHashTable *ended;   /* recordings whose end mark came and was not asked for yet */
};

static void
pending_free (gpointer data)
{
  Pending *pending = data;

  if (pending->data != NULL)
    g_byte_array_unref (pending->data);
  g_free (pending);
}

LwBlockQueue *
lw_block_queue_new (void)
{
  LwBlockQueue *self = g_new0 (LwBlockQueue, 1);

  g_queue_init (&self->pending);
  self->ended = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
lw_block_queue_free (LwBlockQueue *self)
{
  g_queue_clear_full (&self->pending, pending_free);
  g_hash_table_unref (self->ended);
  g_free (self);
}

static Pending *
push (LwBlockQueue *self, gint64 recording)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->recording = recording;
  g_queue_push_tail (&self->pending, pending);
  return pending;
}

static void
add (LwBlockQueue *self, const LwRingRecord *record)
{
  const LwSample *sample = &record->sample;
  Pending *pending = g_queue_peek_tail (&self->pending);

  if (pending == NULL || pending->recording != record->recording || pending->data == NULL
      || sample->t_ns - pending->first_ns > BLOCK_NS) {
    pending = push (self, record->recording);
    pending->data = g_byte_array_new ();
    lw_block_begin (pending->data, LW_BLOCK_MEASURED, CLAMP (sample->n_joints, 1, LW_MAX_JOINTS));
    pending->first_ns = sample->t_ns;
  }
  self->n_bytes -= pending->data->len;
  lw_block_append (pending->data, sample, record->dropped_before);
  self->n_bytes += pending->data->len;
  pending->n_samples++;
  pending->n_dropped += record->dropped_before;
  pending->last_ns = sample->t_ns;
}

void
lw_block_queue_take (LwBlockQueue *self, LwSampleRing *ring)
{
  LwRingRecord records[32];
  size_t n;

  while (self->n_bytes < MOST_BYTES && (n = lw_sample_ring_pop (ring, records, G_N_ELEMENTS (records))) > 0) {
    for (size_t i = 0; i < n; i++) {
      if (!records[i].ends) {
        add (self, &records[i]);
        continue;
      }
      if (records[i].dropped_before > 0)
        push (self, records[i].recording)->n_dropped = records[i].dropped_before;
      g_hash_table_add (self->ended, g_memdup2 (&(gint64){ records[i].recording }, sizeof (gint64)));
    }
  }
}

gboolean
lw_block_queue_is_empty (const LwBlockQueue *self)
{
  return self->pending.length == 0;
}

gboolean
lw_block_queue_write (LwBlockQueue *self, LwDatabase *db, GError **error)
{
  if (lw_block_queue_is_empty (self))
    return TRUE;

  g_autoptr (sqlite3_stmt) totals = lw_database_prepare (
      db,
      "UPDATE recording SET n_samples = n_samples + ?2, n_dropped = n_dropped + ?3, first_ns = coalesce (first_ns, ?4),"
      " last_ns = coalesce (?5, last_ns) WHERE id = ?1 AND state = 'open'",
      error);
  g_autoptr (sqlite3_stmt) insert =
      totals == NULL
          ? NULL
          : lw_database_prepare (db,
                                 "INSERT INTO block (recording, sequence, data)"
                                 " VALUES (?1, (SELECT coalesce (max (sequence) + 1, 0) FROM block WHERE recording = ?1), ?2)",
                                 error);
  if (insert == NULL)
    return FALSE;

  for (GList *l = self->pending.head; l != NULL; l = l->next) {
    const Pending *pending = l->data;

    sqlite3_clear_bindings (totals);
    sqlite3_bind_int64 (totals, 1, pending->recording);
    sqlite3_bind_int64 (totals, 2, pending->n_samples);
    sqlite3_bind_int64 (totals, 3, pending->n_dropped);
    if (pending->data != NULL) {
      sqlite3_bind_int64 (totals, 4, pending->first_ns);
      sqlite3_bind_int64 (totals, 5, pending->last_ns);
    }
    if (!lw_database_run (db, totals, error))
      return FALSE;
    if (pending->data == NULL || sqlite3_changes (db->handle) == 0)
      continue;
    sqlite3_bind_int64 (insert, 1, pending->recording);
    sqlite3_bind_blob (insert, 2, pending->data->data, (int) pending->data->len, SQLITE_STATIC);
    if (!lw_database_run (db, insert, error))
      return FALSE;
  }
  return TRUE;
}

void
lw_block_queue_written (LwBlockQueue *self)
{
  g_queue_clear_full (&self->pending, pending_free);
  self->n_bytes = 0;
}

gboolean
lw_block_queue_take_end (LwBlockQueue *self, gint64 recording)
{
  return g_hash_table_remove (self->ended, &recording);
}
