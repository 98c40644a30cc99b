/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-sample-ring.h"
#include "lw-trajectory.h"

/* The blocks of samples in the project file. All numbers little endian, doubles and floats IEEE 754.
 *
 *   header                  u32 magic "LWSB" | u16 version | u16 kind | u16 joints J | u16 zero | u32 records
 *   16 bytes
 *   measured (kind 1)       i64 t_ns | i32 round trip | u32 cycle | u32 samples dropped before it | f32 temperature
 *   32 + 32 J bytes         | u8 mode | u8 limited | u8 flags | u8 zero | u32 zero | f64 q[J] | f64 dq[J] | f64 load[J] | f64 goal[J]
 *   given (kind 2)          f64 t | f64 q[J]: a movement with its own time stamps, in s
 *   8 + 8 J bytes
 *
 * A sample keeps every bit it was measured with. Gaps are explicit: a cycle number that jumps, the count of dropped samples. */
typedef enum { LW_BLOCK_MEASURED = 1, LW_BLOCK_GIVEN = 2 } LwBlockKind;

#define LW_BLOCK_VERSION 1

/* Appends a block of no records yet; append functions keep its header true. @block must hold nothing but this block. */
void     lw_block_begin         (GByteArray *block, LwBlockKind kind, size_t n_joints);
/* Only the first n_joints of each array are kept. */
void     lw_block_append        (GByteArray *block, const LwSample *sample, uint32_t dropped_before);
void     lw_block_append_given  (GByteArray *block, double t, const double *q);
/* What a block holds; FALSE when it is none (magic, version, size). */
gboolean lw_block_inspect       (const void *data, size_t size, LwBlockKind *kind, size_t *n_joints, size_t *n_records);
/* Record @i of a block that inspect() approved. Given records become samples in mode 0 whose dq, load and goal are NaN. Joints
 * beyond n_joints are zero. */
void     lw_block_get           (const void *data, size_t i, LwSample *out, uint32_t *dropped_before);
/* Time stamp (s) and positions of record @i of a given block. */
double   lw_block_get_given     (const void *data, size_t i, double *q);
