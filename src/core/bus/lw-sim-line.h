/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-dynamixel-codec.h"
#include "lw-rng.h"
#include "lw-sim-bus.h"
#include "lw-sim-plant.h"

/* The wire of a simulated bus: bytes in, bytes out, each at its time. Requests act when their last byte has passed at the bus' speed; replies follow one
 * another with return delay, turnaround and jitter, their data sampled from the arm at the moment the servo begins to speak. Pure in time: whoever owns it
 * says what time it is, a thread with the monotonic clock or a test with its own. Owner thread, but for the faults. */

/* What can be made to go wrong; any thread. Fractions are the bits of a double. */
typedef struct {
  _Atomic unsigned faults; /* LwSimFault bits */
  _Atomic uint64_t lost, corrupt;
  _Atomic uint32_t missing; /* bit i: servo i is not there */
  _Atomic uint8_t  failures[LW_MAX_JOINTS]; /* hardware error bits about to appear */
  _Atomic uint64_t n_lost, n_corrupt; /* replies harmed so far */
} LwSimFaults;

#define LW_SIM_MAX_REPLIES  64
#define LW_SIM_MAX_REQUESTS 8
#define LW_SIM_WIRE_BYTES   4096

typedef struct {
  int64_t           t_ns; /* last byte */
  LwDynamixelPacket packet;
} LwSimRequest;

typedef struct {
  int64_t  t_request_ns;
  uint8_t  servo;
  uint8_t  instruction; /* what is answered: ping, read, or, with LW_DYNAMIXEL_STATUS, by a bare status */
  uint8_t  error;
  uint16_t address, size;
} LwSimReply;

typedef struct {
  LwSimPlant  *plant;  /* borrowed */
  LwSimFaults *faults; /* borrowed */
  double       byte_ns;
  double       jitter_ns;
  LwRng        jitter_rng, fault_rng;
  void       (*tap) (const LwSimPacket *packet, void *data);
  void        *tap_data;

  size_t       n_input;
  uint8_t      input[LW_DYNAMIXEL_MAX_PACKET];
  int64_t      t_input_ns; /* when the last byte sent to the bus has passed */
  size_t       n_requests;
  LwSimRequest requests[LW_SIM_MAX_REQUESTS];

  size_t       n_replies, first_reply; /* ring, in the order they are spoken */
  LwSimReply   replies[LW_SIM_MAX_REPLIES];
  int64_t      t_free_ns;  /* the last reply ended */
  int64_t      t_start_ns; /* the first in the ring begins; INT64_MAX while not decided */
  int64_t      t_end_ns;   /* it ends; INT64_MAX while it has not begun */
  size_t       n_speaking;
  uint8_t      speaking[LW_DYNAMIXEL_MAX_PACKET];

  size_t       n_output;   /* arrived at the client's end */
  uint8_t      output[LW_SIM_WIRE_BYTES];
} LwSimLine;

void    lw_sim_line_init    (LwSimLine *self, LwSimPlant *plant, LwSimFaults *faults, unsigned baud, double jitter_us, uint64_t seed);
/* An idle line, as after plugging in. */
void    lw_sim_line_reset   (LwSimLine *self);
/* The client wrote @n bytes at @t_ns. Returns when the last of them has passed. */
int64_t lw_sim_line_receive (LwSimLine *self, const uint8_t *bytes, size_t n, int64_t t_ns);
/* Lets everything happen that is due by @t_ns, arm included. */
void    lw_sim_line_run     (LwSimLine *self, int64_t t_ns);
/* When somebody outside may notice something next; INT64_MAX: not before the client speaks. */
int64_t lw_sim_line_next    (LwSimLine *self);
/* Bytes that have arrived at the client. */
size_t  lw_sim_line_take    (LwSimLine *self, uint8_t *bytes, size_t max);
