/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* In which order the servos of a bus are asked together. A dead servo may silence all that stand behind it: who was silent in the cycle before stands at the end, where it harms nobody;
 * who was silent in three cycles leaves the chain and is tried again now and then. Owner thread. */
typedef struct {
  size_t   n;
  uint32_t cycle;
  uint8_t  silent[LW_MAX_JOINTS]; /* cycles in a row */
} LwServoChain;

void   lw_servo_chain_init   (LwServoChain *self, size_t n_servos);
/* Begins a cycle: whom to ask, by index; returns how many, at least one. */
size_t lw_servo_chain_next   (LwServoChain *self, uint8_t *servos);
void   lw_servo_chain_heard  (LwServoChain *self, size_t servo);
/* It was waited for as long as answers take, in vain. */
void   lw_servo_chain_missed (LwServoChain *self, size_t servo);
