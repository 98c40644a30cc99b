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
  uint8_t  firmware;
  double   voltage;     /* V */
  double   temperature; /* degrees C */
  uint8_t  hardware_error;
  char     name[24];  /* "XM430-W350" */
} LwServoIdentity;

/* Every reply asked for is, in the end, answered, lost, corrupt or overdue: asked = answered + lost + corrupt + overdue. */
typedef struct {
  uint64_t sent;       /* requests */
  uint64_t answered;   /* replies */
  uint64_t lost;       /* replies that never came */
  uint64_t corrupt;    /* replies that came and failed their check */
  uint64_t overdue;    /* replies that came when nobody waited for them any more */
  uint64_t late;       /* bytes of earlier requests, discarded */
  int64_t  round_trip_ns; /* last read of all */
} LwBusCounters;

typedef struct LwServoBus LwServoBus;

/* Deadlines are absolute on the transport's clock; within them a driver retries what was lost. Nothing but write_goals, set_torque and set_watchdog
 * writes to a servo. Writes are not acknowledged by the servos (one packet for all): read back what matters. */
typedef struct {
  const char *protocol; /* "Dynamixel 2.0" */
  /* Model, firmware, name, and what read_health gives. Before the first read(): it also learns the unit of the load and the operating mode. */
  LwBusStatus (*identify)    (LwServoBus *self, size_t servo, LwServoIdentity *out, int64_t deadline_ns);
  /* All servos in one transaction; @t_request_ns before the first byte out, @t_reply_ns after the last byte in. Partial answers leave valid = false. */
  LwBusStatus (*read)        (LwServoBus *self, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns);
  /* Held within what the servo's mode accepts; a goal that is not finite refuses all (LW_BUS_DEVICE), nothing is sent. */
  LwBusStatus (*write_goals) (LwServoBus *self, const double *angle, int64_t deadline_ns);
  LwBusStatus (*read_goals)  (LwServoBus *self, double *angle, int64_t deadline_ns); /* NaN where no answer came */
  LwBusStatus (*set_torque)  (LwServoBus *self, bool on, int64_t deadline_ns);
  LwBusStatus (*get_torque)  (LwServoBus *self, bool *on, int64_t deadline_ns); /* (n_servos); written only with LW_BUS_OK */
  LwBusStatus (*set_watchdog) (LwServoBus *self, unsigned timeout_ms, int64_t deadline_ns); /* 0 = off; clears a triggered one */
  LwBusStatus (*get_watchdog) (LwServoBus *self, bool *triggered, int64_t deadline_ns); /* (n_servos); written only with LW_BUS_OK */
  /* Volt, temperature, hardware error of one servo: a slow round robin beside the cycle. */
  LwBusStatus (*read_health) (LwServoBus *self, size_t servo, LwServoIdentity *out, int64_t deadline_ns);
  void        (*free)        (LwServoBus *self);
} LwServoBusClass;

struct LwServoBus {
  const LwServoBusClass *klass;
  LwTransport           *transport; /* owned */
  size_t                 n_servos;
  uint8_t                ids[LW_MAX_JOINTS];
  LwBusCounters          counters;
  uint8_t                device_error; /* of the last LW_BUS_DEVICE */
};

/* A short English phrase ("a reply failed its check"); static, any thread. */
const char *lw_bus_status_text (LwBusStatus status);

/* Takes @transport. @ids are copied (n_servos <= LW_MAX_JOINTS). */
LwServoBus *lw_dynamixel_new   (LwTransport *transport, const uint8_t *ids, size_t n_servos);
void        lw_servo_bus_free  (LwServoBus *self); /* (nullable) */
