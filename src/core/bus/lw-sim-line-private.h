/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "lw-sim-line.h"

/* For lw-sim-line.c (the wire, in time) and lw-sim-line-reply.c (how replies are spoken) only. */
#define LW_SIM_NEVER INT64_MAX

static inline double
lw_sim_fault_value (_Atomic uint64_t *bits)
{
  uint64_t word = atomic_load_explicit (bits, memory_order_relaxed);
  double value;

  memcpy (&value, &word, sizeof value);
  return value;
}

static inline bool
lw_sim_fault_is_marked (_Atomic uint32_t *marks, size_t servo)
{
  return (atomic_load_explicit (marks, memory_order_relaxed) >> servo & 1) != 0;
}

/* The @i-th in the ring. */
static inline LwSimReply *
lw_sim_line_reply (LwSimLine *self, size_t i)
{
  return &self->replies[(self->first_reply + i) % LW_SIM_MAX_REPLIES];
}

/* @n bytes pass the client's end of the wire at @t_ns. Those nobody fetches in time are lost, as in an UART. */
void lw_sim_line_send        (LwSimLine *self, const uint8_t *bytes, size_t n, int64_t t_ns);
/* When the first reply in the ring begins: after its request, after its predecessor. Decided once. */
void lw_sim_line_schedule    (LwSimLine *self);
/* Its time has come: what it says is looked up. */
void lw_sim_line_begin_reply (LwSimLine *self);
/* Its last byte has passed: unless another continues the packet, that goes to the client, or comes to harm. */
void lw_sim_line_end_reply   (LwSimLine *self);
