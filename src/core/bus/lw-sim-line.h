/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-rng.h"
#include "lw-sim-plant.h"
#include "lw-sim-protocol.h"

/* The wire of a simulated bus: bytes in, bytes out, each at its time; what they mean is the protocol's. Requests act when their
 * last byte has passed at the bus' speed; replies follow one another with return delay, turnaround and jitter, their data
 * sampled from the arm at the moment the servo begins to speak. Pure in time: whoever owns it says what time it is, a thread
 * with the monotonic clock or a test with its own. Owner thread, but for the faults. */

/* What can be made to go wrong, and what came of it; any thread. Doubles are kept as their bits. */
typedef struct {
  _Atomic unsigned faults;   /* LwSimFault bits */
  _Atomic unsigned speed;    /* the client's end changes to it; 0: it stays */
  _Atomic uint64_t lost, corrupt, late; /* fractions of replies */
  _Atomic uint64_t delay_min, delay_max; /* s, of late ones */
  _Atomic uint64_t supply;   /* V; 0: what each device is made for */
  _Atomic uint32_t missing, doubled, ignoring, stuck; /* bit i: device i */
  _Atomic uint8_t  failures[LW_MAX_JOINTS]; /* hardware error bits about to appear */
  _Atomic uint64_t heat[LW_MAX_JOINTS];     /* degrees C about to be; 0: nothing */
  struct {
    _Atomic uint64_t replies, lost, corrupt, late;
  } harm[LW_MAX_JOINTS];
} LwSimFaults;

#define LW_SIM_MAX_REPLIES  64
#define LW_SIM_MAX_REQUESTS 8
#define LW_SIM_MAX_PACKET   1024
#define LW_SIM_MAX_PARTS    32
#define LW_SIM_WIRE_BYTES   4096
#define LW_SIM_MAX_CHUNKS   64

typedef struct {
  int64_t t_ns; /* last byte */
  size_t  n;
  uint8_t bytes[LW_SIM_MAX_PACKET];
} LwSimRequest;

struct LwSimLine {
  const LwSimProtocol *protocol;
  LwSimPlant  *plant;  /* borrowed */
  LwSimFaults *faults; /* borrowed */
  unsigned     baud; /* the client's */
  double       byte_ns;
  double       jitter_ns;
  LwRng        jitter_rng, fault_rng, late_rng;
  void       (*tap) (const LwSimPacket *packet, void *data);
  void        *tap_data;

  size_t       n_input;
  uint8_t      input[LW_SIM_MAX_PACKET];
  int64_t      t_input_ns; /* when the last byte sent to the bus has passed */
  size_t       n_requests, first_request; /* ring */
  LwSimRequest requests[LW_SIM_MAX_REQUESTS];

  size_t       n_replies, first_reply; /* ring, in the order they are spoken */
  LwSimReply   replies[LW_SIM_MAX_REPLIES];
  int64_t      t_free_ns;  /* the last reply ended */
  int64_t      t_start_ns; /* the first in the ring begins; INT64_MAX while not decided */
  int64_t      t_end_ns;   /* it ends; INT64_MAX while it has not begun */
  size_t       n_speaking;
  uint8_t      speaking[LW_SIM_MAX_PACKET];
  size_t       n_said;
  uint8_t      said[LW_SIM_MAX_PACKET]; /* by the parts of the present packet that have ended */
  size_t       n_parts;
  struct {
    uint8_t servo;
    size_t  end;  /* of its bytes in said */
  } parts[LW_SIM_MAX_PARTS];
  double       rate;   /* Hz, of an arm that talks by itself; 0: the protocol's own */
  int64_t      t_unasked_ns; /* when the protocol is asked next whether an arm talks by itself */

  int64_t      latency_ns; /* the adapter hands over what came in only so often, and when it has a buffer full */
  size_t       n_output;
  uint8_t      output[LW_SIM_WIRE_BYTES]; /* on the way to the client; the first n_ready have arrived */
  size_t       n_ready;
  size_t       n_chunks;
  struct {
    int64_t t_ns;
    size_t  n;
  } chunks[LW_SIM_MAX_CHUNKS]; /* the rest, in order */
};

typedef struct {
  unsigned baud;
  double   jitter_us;  /* mean */
  double   latency_us; /* of the adapter */
  double   rate;       /* Hz, of an arm that talks by itself; 0: the protocol's own */
  uint64_t seed;
} LwSimLineSetup;

void    lw_sim_line_init    (LwSimLine *self, const LwSimProtocol *protocol, LwSimPlant *plant, LwSimFaults *faults, const LwSimLineSetup *setup);
/* The client's end speaks at @baud from here on: devices of another speed neither understand nor are understood. */
void    lw_sim_line_set_speed (LwSimLine *self, unsigned baud);
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

/* For protocols, inside act() and unasked(). */
/* Device @servo is there and understands the client's speed. */
bool    lw_sim_line_is_present (const LwSimLine *self, size_t servo);
/* The first device at or after @from that is present and answers as @id; n_devices when there is none. */
size_t  lw_sim_line_find    (const LwSimLine *self, uint8_t id, size_t from);
/* Behind the replies that wait already; dropped when too many do, and while the cable is cut. */
void    lw_sim_line_queue   (LwSimLine *self, const LwSimReply *reply);
