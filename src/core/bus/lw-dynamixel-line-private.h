/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "lw-dynamixel-fast.h"
#include "lw-dynamixel-line.h"

/* A reply later than this after an incomplete exchange does not happen: adapters' buffers are emptied within their latency timer. */
#define LW_DYNAMIXEL_LATE_SPAN (50 * G_GINT64_CONSTANT (1000000))

enum {
  LW_DYNAMIXEL_AT_ID = 4,
  LW_DYNAMIXEL_AT_INSTRUCTION = 7,
  LW_DYNAMIXEL_BEFORE_LENGTH = 7, /* bytes LEN does not count */
};

/* An exchange under way: who was asked what, and what came. Between sending (lw-dynamixel-line.c), taking in (lw-dynamixel-intake.c) and counting (lw-dynamixel-count.c). */
typedef struct {
  const uint8_t *servos;
  size_t         n;
  uint16_t       length;    /* of each answer's data */
  bool           fast;
  bool           over;      /* the combined reply came to its end */
  bool           refused;   /* somebody does not know fast reads */
  size_t         n_missing;
  size_t         n_garbage; /* bytes that belonged to no packet, since the last answer */
  size_t         garbage_before[LW_MAX_JOINTS]; /* ... before the answer of the i-th in line */
  uint32_t       damaged;   /* bit i: a reply of the i-th in line came, and failed its check */
} LwExchange;

static inline int64_t
lw_dynamixel_line_now (const LwDynamixelLine *self)
{
  return lw_clock_now (self->bus->transport->clock);
}

static inline bool
lw_exchange_is_open (const LwDynamixelLine *self, const LwExchange *exchange, size_t i)
{
  return self->answers[exchange->servos[i]].kind == LW_ANSWER_NONE;
}

/* Takes the first @n bytes off the input. */
static inline void
lw_dynamixel_line_drop (LwDynamixelLine *self, size_t n)
{
  self->n_foreign -= MIN (self->n_foreign, n);
  self->n_input -= n;
  memmove (self->input, self->input + n, self->n_input);
}

/* Bytes of a combined reply of @n servos, @length each. */
static inline size_t
lw_dynamixel_fast_bytes (size_t n, uint16_t length)
{
  return LW_DYNAMIXEL_FAST_PREFIX + n * (LW_DYNAMIXEL_FAST_OVERHEAD + (size_t) length);
}

/* The combined reply may still come. */
static inline bool
lw_dynamixel_may_come (const LwDynamixelLine *self, const LwDynamixelPending *pending)
{
  return pending->fast && pending->open != 0 && lw_dynamixel_line_now (self) - pending->t_ns <= LW_DYNAMIXEL_LATE_SPAN;
}

/* Everything whole in the input: answers, echoes, replies nobody waits for. */
void lw_dynamixel_line_take      (LwDynamixelLine *self, LwExchange *exchange);
/* Nothing more will come: what is left is searched for what it hides, a damaged length having promised more than there was. Empties the input. */
void lw_dynamixel_line_take_rest (LwDynamixelLine *self, LwExchange *exchange);
/* The exchange was cut off by its deadline: what is whole of a combined reply counts, the input stays for what may follow. Returns the bytes that did not count. */
size_t lw_dynamixel_line_take_begun (LwDynamixelLine *self, LwExchange *exchange);

/* The good status in self->packet, of @n bytes, that is no answer to the present question (lw-dynamixel-late.c). */
void lw_dynamixel_line_take_late (LwDynamixelLine *self, size_t n);
/* Whether what failed its check at the front is a reply that is overdue; it is taken then. Perhaps: not all of it is there. */
typedef enum { LW_NOT_LATE, LW_LATE, LW_LATE_PERHAPS } LwLateness;
LwLateness lw_dynamixel_line_take_late_damaged (LwDynamixelLine *self, const LwExchange *exchange);
/* Would @n bytes pass their check if only their head were that of a reply of @id? */
bool lw_dynamixel_fits_head (const uint8_t *bytes, uint8_t id, size_t n);

/* A good reply of servo @servo that nobody waits for: it was counted as lost, or corrupt, and is only late. */
void lw_dynamixel_line_count_overdue (LwDynamixelLine *self, size_t servo);
void lw_dynamixel_line_count_late_damage (LwDynamixelLine *self, size_t servo); /* it came late, and failed its check */
/* Fast reads are not known to these servos: what was not answered was not lost. */
void lw_dynamixel_line_give_up_fast (LwDynamixelLine *self);
/* The exchange is over: each servo that did not answer is lost or corrupt. @n_begun bytes of a reply were in when it was cut off. */
void lw_dynamixel_line_count_missing (LwDynamixelLine *self, LwExchange *exchange, size_t n_begun);
/* Nothing at all came to a fast read. */
void lw_dynamixel_line_suspect_fast (LwDynamixelLine *self, const LwExchange *exchange);
