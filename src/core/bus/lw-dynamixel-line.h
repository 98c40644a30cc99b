/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-dynamixel-fast.h"
#include "lw-reply-time.h"
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

/* Whether several servos may be asked by Fast Sync Read. Older firmware says nothing to it, or that it does not know the instruction. */
typedef struct {
  bool    wanted;   /* the driver's to set; cleared when the servos turn out not to know it */
  bool    worked;   /* at least once */
  uint8_t suspect;  /* 1 + who stood first when nothing came at all */
  uint8_t failures; /* in a row: nothing came, and then the first in line answered when asked alone */
  uint8_t unanswered[LW_MAX_JOINTS]; /* replies of each servo counted as lost so far in those failures */
} LwDynamixelFastUse;

/* An exchange that stayed incomplete: what is missing of it may still come. */
typedef struct {
  int64_t  t_ns;   /* given up */
  bool     fast;   /* in one reply for all */
  size_t   n;
  uint8_t  servos[LW_MAX_JOINTS];
  uint16_t length;
  uint32_t open;   /* bit i: the i-th in line was counted as lost or corrupt; 0: nothing comes any more */
} LwDynamixelPending;
#define LW_DYNAMIXEL_N_PENDING 12 /* an adapter that stalls holds back several cycles' */

typedef struct {
  LwServoBus       *bus;       /* borrowed: transport, ids, counters */
  LwReplyTime       time;      /* what answers take: decides how long one is waited for */
  unsigned          attempt;   /* 0, 1 ...: each waits twice as long for an answer as the one before; the caller's to count */
  int64_t           incomplete_ns; /* when an exchange last ended with replies outstanding */
  unsigned          salt;
  bool              noisy;     /* the last exchange without an answer had bytes that failed their check */
  int64_t           first_request_ns, last_reply_ns; /* since lw_dynamixel_line_begin() */
  LwAnswer          answers[LW_MAX_JOINTS];
  LwDynamixelFastUse fast;
  LwDynamixelPending pending[LW_DYNAMIXEL_N_PENDING]; /* the youngest at pending[next_pending - 1], round and round */
  size_t            next_pending;
  bool              echoes;    /* the adapter hears what it sends */
  size_t            longest_request; /* LEN, of all sent so far */
  uint8_t           cut;       /* 1 + the servo whose reply had begun when its exchange ended, and was counted as corrupt */
  size_t            n_foreign; /* so many bytes at the front of what comes in are no servo's answer to the present question: echoes, and what came before */
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
/* Sends to all without expecting an answer. */
LwBusStatus lw_dynamixel_line_tell (LwDynamixelLine *self, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns);
/* Asks @servos (indices, in the order they answer; @n of them) for @length bytes at @address: Read for one, Sync Read or Fast Sync Read for several. Fills their
 * answers. LW_BUS_OK when the line worked, whoever answered; LW_BUS_TIMEOUT when the request itself could not be sent; LW_BUS_GONE. */
LwBusStatus lw_dynamixel_line_ask  (LwDynamixelLine *self, const uint8_t *servos, size_t n, uint16_t address, uint16_t length, int64_t deadline_ns);
/* An instruction to one servo, whose status has @length bytes of data (a ping's 3: model number and firmware; otherwise 0). The line must be quiet. */
LwBusStatus lw_dynamixel_line_instruct (LwDynamixelLine *self, uint8_t servo, uint8_t instruction, const uint8_t *params, size_t n_params, uint16_t length,
                                        int64_t deadline_ns);
