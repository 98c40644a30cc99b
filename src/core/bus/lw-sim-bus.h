/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* A simulated bus: servos with control tables, of whatever protocol, in front of a MuJoCo arm. It sees bytes and gives bytes; only the person's hand
 * reaches the arm by another way, as in life. Driven by its own thread on a file descriptor (socket pair or pseudo-terminal),
 * or step by step by a test with an injected clock.
 *
 * Every servo is as strong as its joint needs, whatever its model; its shaft's zero (the centre tick) is the middle of the joint's range. */
typedef struct LwSimBus LwSimBus;

typedef struct {
  LwArmModel   *model;          /* ref taken */
  const double *q0;             /* (n_joints, nullable = home) */
  LwProtocol    protocol;       /* default LW_PROTOCOL_DYNAMIXEL */
  uint8_t       first_id;       /* joint i answers as first_id + i; default 1 */
  const uint8_t  *ids;          /* (n_joints, nullable) instead of first_id; the same one twice makes them collide */
  const uint16_t *models;       /* (n_joints, nullable) model numbers; 0 or NULL = XM430-W350, or what the protocol has by default */
  uint8_t       firmware;       /* default 0: each model's usual one */
  unsigned      baud;           /* the servos' and, to begin with, the client's: paces the bytes; default 1000000 */
  unsigned      return_delay_us;/* default 0, as set up for speed; a servo from the factory has 500 */
  double        latency_us;     /* of the adapter: replies reach the client this often only (FTDI: 16000 out of the box); default 0 */
  double        rate;           /* lines a second of an arm that speaks lines; default 0: 100 */
  double        jitter_us;      /* mean; seeded, exponential, on every reply; default 150 */
  uint64_t      seed;
  bool          balanced;       /* a limp arm stays where the hand left it (counterbalanced); default true */
} LwSimBusConfig;

/* What can go wrong, set at any time from any thread. */
typedef enum {
  LW_SIM_FAULT_NONE          = 0,
  LW_SIM_FAULT_IGNORE_GOALS  = 1 << 0, /* goal writes are accepted and have no effect: the arm coasts on its path, the goal register stays */
  LW_SIM_FAULT_SILENT        = 1 << 1, /* the cable behind the adapter is cut: no servo hears or answers (the tap still sees requests) */
  LW_SIM_FAULT_HANG_UP       = 1 << 2, /* the line closes; connect again after clearing it */
  LW_SIM_FAULT_ECHO          = 1 << 3, /* the adapter hears what it sends: requests come back first */
  LW_SIM_FAULT_PINGS_COLLIDE = 1 << 16, /* Feetech: all servos answer a ping to all at the same time */
  LW_SIM_FAULT_SYNC_STOPS    = 1 << 17, /* Feetech: behind a servo that is gone nobody answers a sync read */
} LwSimFault;

/* What was done to the replies of one servo. */
typedef struct {
  uint64_t replies; /* spoken */
  uint64_t lost, corrupt, late;
} LwSimHarm;

typedef struct {
  int64_t  t_ns;     /* arrival of the last byte */
  uint8_t  instruction;
  uint8_t  id;
  uint16_t address;  /* 0 for ping */
  uint16_t n_params;
  uint8_t  params[256];
} LwSimPacket;

void        lw_sim_bus_config_init (LwSimBusConfig *config);
/* NULL when out of memory or descriptors, when the arm's inertia makes no sense, or when a model number is unknown. Opening: some milliseconds. */
LwSimBus   *lw_sim_bus_new         (const LwSimBusConfig *config);
/* Starts the simulator thread on a new socket pair and returns the client's end; @error on failure (-1). Ends an earlier connection. */
int         lw_sim_bus_connect     (LwSimBus *self, GError **error);
/* The same on a descriptor of the caller's (a pty master, set raw): taken, also on failure. */
gboolean    lw_sim_bus_serve       (LwSimBus *self, int fd, GError **error);
/* Ends the thread and closes its descriptor; the arm keeps its pose. */
void        lw_sim_bus_disconnect  (LwSimBus *self);
void        lw_sim_bus_free        (LwSimBus *self); /* (nullable) */

/* The hand, from any thread: see lw_dynamics_hand(). */
void        lw_sim_bus_hand        (LwSimBus *self, int body, const double point[3], const double target[3]);
void        lw_sim_bus_let_go      (LwSimBus *self);
void        lw_sim_bus_set_faults  (LwSimBus *self, unsigned faults);
void        lw_sim_bus_set_loss    (LwSimBus *self, double lost, double corrupt); /* fractions of replies */
/* A fraction of the replies reaches the client late, by something between @least and @most (s): the adapter dawdles, not the servo. Later ones queue up behind. */
void        lw_sim_bus_set_late    (LwSimBus *self, double fraction, double least, double most);
/* Replies lost and corrupted so far by set_loss: what a client's counters should say. Any thread. */
void        lw_sim_bus_injected    (LwSimBus *self, uint64_t *lost, uint64_t *corrupt);
/* The same for the replies of servo @servo (index), late ones too. In the combined reply to a fast read each servo's block counts as one; when it is lost, all of
 * them are; when a bit of it is flipped, the block it lies in is corrupt (the prefix belongs to the first). */
void        lw_sim_bus_harm        (LwSimBus *self, size_t servo, LwSimHarm *out);
/* The client's end speaks at @baud from here on, whoever has set it (direct lines and pseudo-terminals tell by themselves): servos set to another speed neither
 * understand nor are understood. */
void        lw_sim_bus_set_speed   (LwSimBus *self, unsigned baud);
/* The power supply gives so many volts; 0: what each servo is made for. */
void        lw_sim_bus_set_supply  (LwSimBus *self, double volts);
/* Servo @servo (index) is this hot at this moment, and goes on from there. */
void        lw_sim_bus_set_heat    (LwSimBus *self, size_t servo, double celsius);
/* A second servo answers whenever servo @servo does, a moment later: their bytes collide. */
void        lw_sim_bus_set_doubled (LwSimBus *self, size_t servo, bool doubled);
/* LW_SIM_FAULT_IGNORE_GOALS for one servo. */
void        lw_sim_bus_set_ignoring (LwSimBus *self, size_t servo, bool ignoring);
/* Joint @servo does not move. */
void        lw_sim_bus_set_stuck   (LwSimBus *self, size_t servo, bool stuck);
/* Servo @servo (index) neither hears nor answers while @missing. Any thread. */
void        lw_sim_bus_set_missing (LwSimBus *self, size_t servo, bool missing);
/* Hardware error bits (LwDynamixelHardwareError) appear on servo @servo: alert, and shutdown where the servo's mask says so. Any thread. */
void        lw_sim_bus_fail_servo  (LwSimBus *self, size_t servo, uint8_t bits);
/* Every well-formed instruction, called on the simulator's thread (or the stepping test's); set before connecting. */
void        lw_sim_bus_set_tap     (LwSimBus *self, void (*tap) (const LwSimPacket *packet, void *data), void *data);
/* True state of the arm (each (n_joints), nullable), for tests and for comparing with what was measured: any thread. */
void        lw_sim_bus_truth       (LwSimBus *self, double *q, double *dq);

/* Stepping by hand with an injected clock: a transport whose write() and read() run the simulator synchronously and move @clock forward
 * by what the transfer would take. */
typedef struct {
  LwClock base;
  int64_t now_ns;
} LwFakeClock;

void         lw_fake_clock_init        (LwFakeClock *clock); /* at 1 s */
LwTransport *lw_sim_bus_direct         (LwSimBus *self, LwFakeClock *clock); /* borrows both */
/* Runs the physics up to @t_ns. */
void         lw_sim_bus_advance        (LwSimBus *self, int64_t t_ns);
