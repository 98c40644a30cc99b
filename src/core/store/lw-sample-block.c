/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-block.h"

#include <math.h>
#include <string.h>

#include "lw-little-endian.h"

#define MAGIC 0x4253574cu /* "LWSB" */

typedef struct {
  guint32 magic;
  guint16 version, kind, n_joints, zero;
  guint32 n_records;
} BlockHeader;

typedef struct {
  guint64 t_ns;
  guint32 round_trip_ns, cycle, dropped_before, temperature;
  guint8  mode, limited, flags, zero;
  guint32 zeros;
} MeasuredHead;

/* These two structs are the file format: no padding may slip in. */
G_STATIC_ASSERT (sizeof (BlockHeader) == 16);
G_STATIC_ASSERT (sizeof (MeasuredHead) == 32);
G_STATIC_ASSERT (sizeof (double) == 8 && sizeof (float) == 4);
G_STATIC_ASSERT (LW_MAX_JOINTS <= G_MAXUINT16);

static size_t
record_size (LwBlockKind kind, size_t n_joints)
{
  return kind == LW_BLOCK_MEASURED ? sizeof (MeasuredHead) + 4 * 8 * n_joints : 8 + 8 * n_joints;
}

static BlockHeader
read_header (const void *data)
{
  BlockHeader header;

  memcpy (&header, data, sizeof header);
  return (BlockHeader){
    .magic = GUINT32_FROM_LE (header.magic),
    .version = GUINT16_FROM_LE (header.version),
    .kind = GUINT16_FROM_LE (header.kind),
    .n_joints = GUINT16_FROM_LE (header.n_joints),
    .n_records = GUINT32_FROM_LE (header.n_records),
  };
}

void
lw_block_begin (GByteArray *block, LwBlockKind kind, size_t n_joints)
{
  BlockHeader header = {
    .magic = GUINT32_TO_LE (MAGIC),
    .version = GUINT16_TO_LE (LW_BLOCK_VERSION),
    .kind = GUINT16_TO_LE ((guint16) kind),
    .n_joints = GUINT16_TO_LE ((guint16) n_joints),
  };

  g_byte_array_append (block, (const guint8 *) &header, sizeof header);
}

static void
count_one_more (GByteArray *block)
{
  guint32 n = GUINT32_TO_LE (read_header (block->data).n_records + 1);

  memcpy (block->data + G_STRUCT_OFFSET (BlockHeader, n_records), &n, 4);
}

void
lw_block_append (GByteArray *block, const LwSample *sample, uint32_t dropped_before)
{
  size_t n_joints = read_header (block->data).n_joints;
  guint32 temperature;

  memcpy (&temperature, &sample->temperature, 4);
  MeasuredHead head = {
    .t_ns = GUINT64_TO_LE ((guint64) sample->t_ns),
    .round_trip_ns = GUINT32_TO_LE ((guint32) sample->round_trip_ns),
    .cycle = GUINT32_TO_LE (sample->cycle),
    .dropped_before = GUINT32_TO_LE (dropped_before),
    .temperature = GUINT32_TO_LE (temperature),
    .mode = sample->mode,
    .limited = sample->limited,
    .flags = sample->flags,
  };
  g_byte_array_append (block, (const guint8 *) &head, sizeof head);
  lw_put_doubles (block, sample->q, n_joints);
  lw_put_doubles (block, sample->dq, n_joints);
  lw_put_doubles (block, sample->load, n_joints);
  lw_put_doubles (block, sample->goal, n_joints);
  count_one_more (block);
}

void
lw_block_append_given (GByteArray *block, double t, const double *q)
{
  lw_put_doubles (block, &t, 1);
  lw_put_doubles (block, q, read_header (block->data).n_joints);
  count_one_more (block);
}

gboolean
lw_block_inspect (const void *data, size_t size, LwBlockKind *kind, size_t *n_joints, size_t *n_records)
{
  if (data == NULL || size < sizeof (BlockHeader))
    return FALSE;

  BlockHeader header = read_header (data);
  if (header.magic != MAGIC || header.version != LW_BLOCK_VERSION
      || (header.kind != LW_BLOCK_MEASURED && header.kind != LW_BLOCK_GIVEN) || header.n_joints < 1
      || header.n_joints > LW_MAX_JOINTS)
    return FALSE;
  size_t record = record_size (header.kind, header.n_joints);
  if ((size - sizeof (BlockHeader)) % record != 0 || (size - sizeof (BlockHeader)) / record != header.n_records)
    return FALSE;

  *kind = header.kind;
  *n_joints = header.n_joints;
  *n_records = header.n_records;
  return TRUE;
}

static const guint8 *
record_at (const void *data, size_t i, const BlockHeader *header)
{
  return (const guint8 *) data + sizeof (BlockHeader) + i * record_size (header->kind, header->n_joints);
}

double
lw_block_get_given (const void *data, size_t i, double *q)
{
  BlockHeader header = read_header (data);
  double t;

  lw_get_doubles (lw_get_doubles (record_at (data, i, &header), &t, 1), q, header.n_joints);
  return t;
}

void
lw_block_get (const void *data, size_t i, LwSample *out, uint32_t *dropped_before)
{
  BlockHeader header = read_header (data);
  size_t n_joints = header.n_joints;

  *out = (LwSample){ .n_joints = (uint8_t) n_joints };
  *dropped_before = 0;
  if (header.kind == LW_BLOCK_GIVEN) {
    double t = lw_block_get_given (data, i, out->q);
    out->t_ns = llround (t * 1e9);
    out->temperature = NAN;
    for (size_t j = 0; j < n_joints; j++)
      out->dq[j] = out->load[j] = out->goal[j] = NAN;
    return;
  }

  const guint8 *at = record_at (data, i, &header);
  MeasuredHead head;
  memcpy (&head, at, sizeof head);
  out->t_ns = (int64_t) GUINT64_FROM_LE (head.t_ns);
  out->round_trip_ns = (int32_t) GUINT32_FROM_LE (head.round_trip_ns);
  out->cycle = GUINT32_FROM_LE (head.cycle);
  *dropped_before = GUINT32_FROM_LE (head.dropped_before);
  guint32 temperature = GUINT32_FROM_LE (head.temperature);
  memcpy (&out->temperature, &temperature, 4);
  out->mode = head.mode;
  out->limited = head.limited;
  out->flags = head.flags;
  at = lw_get_doubles (at + sizeof head, out->q, n_joints);
  at = lw_get_doubles (at, out->dq, n_joints);
  at = lw_get_doubles (at, out->load, n_joints);
  lw_get_doubles (at, out->goal, n_joints);
}
