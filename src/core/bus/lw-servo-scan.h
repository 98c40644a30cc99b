/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-servo-bus.h"

/* Who is on a bus: pings and reads, nothing else. On a worker thread; cancelled at any moment, answered within one ping's time-out. */
typedef struct {
  LwProtocol      protocol;
  unsigned        baud;     /* it answered at; 0 on a line without speed */
  bool            doubled;  /* answers come damaged or twice: two servos have this id */
  uint16_t        return_delay_us; /* as stored in the servo */
  LwServoIdentity identity;
} LwFoundServo;

typedef struct {
  unsigned        protocols;      /* bit mask: 1 << LwProtocol; lines are never scanned for */
  const unsigned *bauds;          /* (n_bauds) in the order tried, each for the protocols that know it; none = all, the most usual first */
  size_t          n_bauds;
  uint8_t         first_id, last_id;
  bool            stop_at_first_speed; /* when something answered at a speed the others are not tried */
} LwScanPlan;

typedef struct {
  LwProtocol protocol;
  unsigned   baud;
  uint8_t    id;
  double     fraction; /* of all that is to be tried */
  size_t     n_found;
} LwScanProgress;

typedef void (*LwScanReport) (const LwScanProgress *progress, const LwFoundServo *found /* nullable: just found */, void *data);

/* Appends to @found (element-type LwFoundServo). LW_BUS_OK (also when nobody answered), LW_BUS_GONE; LW_BUS_TIMEOUT when cancelled: what was found until then stands. The
 * line is left at the speed it had. Speeds it cannot do are passed over; a line without speed of its own is scanned as it is. Whoever is found was pinged and read. */
LwBusStatus lw_servo_scan (LwTransport *transport, const LwScanPlan *plan, LwScanReport report, void *data, const atomic_bool *cancel, GArray *found);

/* Speeds of each protocol, the most usual first. */
const unsigned *lw_servo_scan_bauds (LwProtocol protocol, size_t *n);

/* Gives the one servo on the line another id or speed (torque off, EEPROM). Refused with LW_BUS_ERROR_FAILED when more than one servo answers, when somebody has
 * @new_id already, or when torque is on; with LW_BUS_ERROR_SPEED when it or the line cannot do the speed. Says what was found. On success it was read back under its new id
 * or speed, and the line is at that speed; otherwise at the one it had. Slow: scans first (one to two seconds at 1 Mbit/s). */
gboolean lw_servo_set_id    (LwTransport *transport, LwProtocol protocol, uint8_t id, uint8_t new_id, GError **error);
gboolean lw_servo_set_speed (LwTransport *transport, LwProtocol protocol, uint8_t id, unsigned baud, GError **error);
