/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-dynamixel-codec.h"
#include "lw-servo-bus.h"

/* Questions and answers on a Dynamixel bus: one request, the replies of the servos asked, counted. What stands between the driver's registers and the
 * transport's bytes. Owner thread; no allocation.
 *
 * A reply carries no number that ties it to its request. Three things keep a late one from being taken for the next: what has come in is thrown away
 * before each request; id and length must be right; and after an exchange that stayed incomplete either the length asked for changes
 * (lw_dynamixel_line_salt) or the line is listened to until it is quiet (lw_dynamixel_line_settle). */
#define LW_DYNAMIXEL_LINE_DATA 24

typedef enum { LW_ANSWER_NONE, LW_ANSWER_DATA, LW_ANSWER_ERROR } LwAnswerKind;

typedef struct {
  LwAnswerKind kind;
  bool         silent; /* waited for as long as answers take, in vain; not set when the deadline came first, nor for who stood behind a silent one */
  uint8_t      error;  /* the status packet's, alert bit included */
  uint16_t     address; /* of the first byte of data */
  uint8_t      data[LW_DYNAMIXEL_LINE_DATA];
} LwAnswer;

typedef struct {
  LwServoBus       *bus;       /* borrowed: transport, ids, counters */
  int64_t           latency_ns[2]; /* beyond wire time, of one servo alone and of a chain: measured, it decides how long an answer is waited for */
  bool              measured[2];
  unsigned          attempt;   /* 0, 1 ...: each waits twice as long for an answer as the one before; the caller's to count */
  int64_t           incomplete_ns; /* when an exchange last ended with replies outstanding */
  unsigned          salt;
  bool              noisy;     /* the last exchange without an answer had bytes that failed their check */
  int64_t           first_request_ns, last_reply_ns; /* since lw_dynamixel_line_begin() */
  LwAnswer          answers[LW_MAX_JOINTS];
  bool              cut;       /* what is in the input began before its exchange ended, and was counted as corrupt */
  size_t            n_input;
  uint8_t           input[LW_DYNAMIXEL_MAX_PACKET];
  LwDynamixelPacket packet;
} LwDynamixelLine;

void     lw_dynamixel_line_init   (LwDynamixelLine *self, LwServoBus *bus);
/* Forgets answers and times of the question before. */
void     lw_dynamixel_line_begin  (LwDynamixelLine *self);
/* A number that changes with every incomplete exchange and falls back to 0 when no reply can be under way any more: what a caller varies the length of its
 * questions by. */
unsigned lw_dynamixel_line_salt   (LwDynamixelLine *self);
/* After an incomplete exchange: listens until nothing comes any more, @deadline_ns at the latest. */
void     lw_dynamixel_line_settle (LwDynamixelLine *self, int64_t deadline_ns);
/* Would the answer of one servo to a read of @length bytes be here by @deadline_ns, going by what answers have taken? A question asked too late leaves its
 * answer to the next cycle. */
bool     lw_dynamixel_line_has_time (LwDynamixelLine *self, uint16_t length, int64_t deadline_ns);
/* Sends without expecting an answer. */
LwBusStatus lw_dynamixel_line_tell (LwDynamixelLine *self, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns);
/* Asks @servos (indices, in the order they answer; @n of them) for @length bytes at @address: Read for one, Sync Read for several. Fills their answers.
 * LW_BUS_OK when the line worked, whoever answered; LW_BUS_TIMEOUT when the request itself could not be sent; LW_BUS_GONE. */
LwBusStatus lw_dynamixel_line_ask  (LwDynamixelLine *self, const uint8_t *servos, size_t n, uint16_t address, uint16_t length, int64_t deadline_ns);
/* Ping of one servo: model number (2) and firmware (1) in its answer. */
LwBusStatus lw_dynamixel_line_ping (LwDynamixelLine *self, uint8_t servo, int64_t deadline_ns);
