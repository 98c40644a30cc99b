/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "lw-plan.h"

/* What other threads ask of the arm thread: a bounded queue with many producers and one consumer, lock-free (each place carries a ticket; Vyukov's
 * scheme), in order. A full queue refuses. */
typedef enum {
  LW_COMMAND_RELEASE,
  LW_COMMAND_LOWER,
  LW_COMMAND_GUIDE,
  LW_COMMAND_HOLD,
  LW_COMMAND_ARM,
  LW_COMMAND_RESET,
  LW_COMMAND_MOVE,
  LW_COMMAND_RUN,
  LW_COMMAND_REBOOT,
} LwCommandKind;

typedef struct {
  LwCommandKind kind;
  uint32_t      run;              /* RUN: its number */
  LwPlan       *plan;             /* RUN: a reference that goes along */
  double        q[LW_MAX_JOINTS]; /* MOVE */
  size_t        servo;            /* REBOOT */
} LwCommand;

#define LW_COMMAND_QUEUE_SIZE 32

typedef struct {
  struct {
    atomic_uint ticket;
    LwCommand   command;
  } places[LW_COMMAND_QUEUE_SIZE];
  atomic_uint head; /* next to be filled: producers */
  unsigned    tail; /* next to be taken: consumer */
} LwCommandQueue;

void lw_command_queue_init (LwCommandQueue *self);
bool lw_command_queue_push (LwCommandQueue *self, const LwCommand *command); /* any thread */
bool lw_command_queue_pop  (LwCommandQueue *self, LwCommand *out);           /* consumer */
