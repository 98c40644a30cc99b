/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-transport.h"
#include "lw-arm-model.h"

/* Servos on one bus, whatever they speak. Angles are rad of the servo's own shaft with its centre tick as zero (calibration is the arm's business);
 * raw ticks stay inside bus/. Real-time calls neither allocate nor log; all calls from the owner thread. */
typedef enum {
  LW_BUS_OK,
  LW_BUS_TIMEOUT,   /* a servo did not answer in time */
  LW_BUS_CORRUPT,   /* a reply failed its check */
  LW_BUS_DEVICE,    /* a servo answered with an error code (see device_error), or a goal was not a number */
  LW_BUS_GONE,      /* the line hung up */
} LwBusStatus;

typedef enum { LW_PROTOCOL_DYNAMIXEL, LW_PROTOCOL_FEETECH, LW_PROTOCOL_LINES } LwProtocol;
#define LW_N_PROTOCOLS 3

/* What the servos on a bus can do beyond reading and going to a goal; known after identify() of all. */
typedef enum {
  LW_BUS_HAS_WATCHDOG = 1 << 0, /* they stop by themselves when the bus falls silent; without it no goal may be more than a step ahead */
  LW_BUS_HAS_TORQUE   = 1 << 1, /* every one can be told a torque (current) instead of an angle */
  LW_BUS_HAS_REBOOT   = 1 << 2,
  LW_BUS_HAS_STORE    = 1 << 3, /* they keep an offset and a range of their own */
  LW_BUS_MANY_TURNS   = 1 << 4, /* goals beyond one turn are understood: the encoder's jump does not matter while powered */
  LW_BUS_READS_BACK   = 1 << 5, /* goal and torque are asked of the servos; without it read_goals and get_torque only say what was last told: confirm by standstill */
} LwBusAbilities;

typedef struct {
  double   angle;    /* rad */
  double   velocity; /* rad/s */
  double   load;     /* N m where the servo measures current, else fraction of full output */
  bool     valid;    /* answered in this cycle; otherwise the numbers above are as they were */
  bool     alert;    /* the servo reports a hardware error */
} LwServoReading;

typedef struct {
  uint8_t  id;
  uint16_t model;     /* model number */
  uint8_t  firmware, firmware_minor; /* the second 0 where there is one number */
  double   voltage;     /* V */
  double   temperature; /* degrees C */
  uint8_t  hardware_error;
  char     name[24];  /* "XM430-W350" */
  double   supply_min, supply_max; /* V it is made for; both 0: not known */
  bool     measures_torque;        /* its load is in N m; else a fraction of full output */
  bool     torque_control;         /* it is told torques at present, not angles (see set_control) */
  bool     watchdog_defect;        /* it says to have stopped when the bus falls silent, and does not (X330 servos with firmware 51) */
} LwServoIdentity;

/* What a servo keeps when switched off: position = what its encoder says, shifted by @offset. Angles in rad of the shaft, as everywhere here. */
typedef struct {
  double  offset;      /* present = encoder + offset, whatever sign the protocol has */
  double  min, max;    /* goals outside are refused or held */
  bool    reversed;
  uint8_t mode;        /* the protocol's own number */
  double  return_delay;/* s */
  unsigned baud;
} LwServoStored;

/* Every reply asked for is, in the end, answered, lost, corrupt or overdue: asked = answered + lost + corrupt + overdue. */
typedef struct {
  uint64_t sent;       /* requests; of one servo: replies asked of it */
  uint64_t answered;   /* replies */
  uint64_t lost;       /* replies that never came */
  uint64_t corrupt;    /* replies that came and failed their check */
  uint64_t overdue;    /* replies that came when nobody waited for them any more */
  uint64_t late;       /* bytes of earlier requests, discarded */
  int64_t  round_trip_ns; /* last read of all */
} LwBusCounters;

/* Round trips of whole reads: bucket i counts those in [2^(i/2), 2^((i+1)/2)) x 50 us, the last everything above. */
#define LW_BUS_N_ROUND_TRIPS 24
typedef struct {
  uint64_t counts[LW_BUS_N_ROUND_TRIPS];
} LwRoundTrips;

typedef struct LwServoBus LwServoBus;

/* Deadlines are absolute on the transport's clock; within them a driver retries what was lost. Nothing but write_goals, write_torques, set_control, set_torque,
 * set_watchdog, reboot and write_stored writes to a servo. Writes to all are not acknowledged by the servos (one packet for all): read back what matters. */
typedef struct {
  const char *protocol; /* "Dynamixel 2.0" */
  unsigned   (*abilities)   (const LwServoBus *self); /* LwBusAbilities */
  /* Model, firmware, name, and what read_health gives. Before the first read(): it also learns the unit of the load and the operating mode. */
  LwBusStatus (*identify)    (LwServoBus *self, size_t servo, LwServoIdentity *out, int64_t deadline_ns);
  /* All servos in one transaction; @t_request_ns before the first byte out, @t_reply_ns after the last byte in. Partial answers leave valid = false. */
  LwBusStatus (*read)        (LwServoBus *self, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns);
  /* Held within what the servo's mode accepts; a goal that is not finite refuses all (LW_BUS_DEVICE), nothing is sent. */
  LwBusStatus (*write_goals) (LwServoBus *self, const double *angle, int64_t deadline_ns);
  LwBusStatus (*read_goals)  (LwServoBus *self, double *angle, int64_t deadline_ns); /* NaN where no answer came */
  LwBusStatus (*set_torque)  (LwServoBus *self, bool on, int64_t deadline_ns);
  LwBusStatus (*get_torque)  (LwServoBus *self, bool *on, int64_t deadline_ns); /* (n_servos); written only with LW_BUS_OK */
  /* The next two: NULL without LW_BUS_HAS_WATCHDOG. */
  LwBusStatus (*set_watchdog) (LwServoBus *self, unsigned timeout_ms, int64_t deadline_ns); /* 0 = off; clears a triggered one */
  LwBusStatus (*get_watchdog) (LwServoBus *self, bool *triggered, int64_t deadline_ns); /* (n_servos); written only with LW_BUS_OK */
  /* Volt, temperature, hardware error of one servo: a slow round robin beside the cycle. */
  LwBusStatus (*read_health) (LwServoBus *self, size_t servo, LwServoIdentity *out, int64_t deadline_ns);
  /* Torque instead of angles, or back, read back before it returns; with torque (power) off only, else LW_BUS_DEVICE. NULL without LW_BUS_HAS_TORQUE. */
  LwBusStatus (*set_control)   (LwServoBus *self, bool torque, int64_t deadline_ns);
  LwBusStatus (*write_torques) (LwServoBus *self, const double *torque, int64_t deadline_ns); /* N m at the shaft, held within what the servo allows */
  /* Forgets errors, torque off; the servo is silent for a second after. NULL without LW_BUS_HAS_REBOOT. */
  LwBusStatus (*reboot)        (LwServoBus *self, size_t servo, int64_t deadline_ns);
  /* NULL without LW_BUS_HAS_STORE. Writing: with torque off only, else LW_BUS_DEVICE and nothing is written; what can be read back was read back. Writes offset, min and max. */
  LwBusStatus (*read_stored)   (LwServoBus *self, size_t servo, LwServoStored *out, int64_t deadline_ns);
  LwBusStatus (*write_stored)  (LwServoBus *self, size_t servo, const LwServoStored *stored, int64_t deadline_ns);
  void        (*free)        (LwServoBus *self);
} LwServoBusClass;

struct LwServoBus {
  const LwServoBusClass *klass;
  LwTransport           *transport; /* owned */
  size_t                 n_servos;
  uint8_t                ids[LW_MAX_JOINTS];
  LwBusCounters          counters;
  LwBusCounters          servo_counters[LW_MAX_JOINTS]; /* round_trip_ns unused; their sums are in counters */
  LwRoundTrips           round_trips;
  uint8_t                device_error; /* of the last LW_BUS_DEVICE */
};

/* A short English phrase ("a reply failed its check"); static, any thread. */
const char *lw_bus_status_text (LwBusStatus status);

/* Takes @transport. @ids are copied (n_servos <= LW_MAX_JOINTS). */
const char *lw_protocol_name      (LwProtocol protocol); /* "dynamixel", "feetech", "lines": in files and on command lines */
bool        lw_protocol_from_name (const char *name, LwProtocol *out);
void        lw_round_trips_add    (LwRoundTrips *self, int64_t ns);
double      lw_round_trips_quantile (const LwRoundTrips *self, double fraction); /* s, upper end of the bucket; infinite in the last, NaN without any */

LwServoBus *lw_servo_bus_new   (LwProtocol protocol, LwTransport *transport, const uint8_t *ids, size_t n_servos);
/* Takes @transport. @ids are copied (n_servos <= LW_MAX_JOINTS). */
LwServoBus *lw_feetech_new     (LwTransport *transport, const uint8_t *ids, size_t n_servos);
/* Lines of text (README); the ids only number the joints. */
LwServoBus *lw_lines_new       (LwTransport *transport, const uint8_t *ids, size_t n_servos);
LwServoBus *lw_dynamixel_new   (LwTransport *transport, const uint8_t *ids, size_t n_servos);
void        lw_servo_bus_free  (LwServoBus *self); /* (nullable) */
