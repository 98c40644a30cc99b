/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* One Feetech servo at a time, before there is a bus of them: finding it, and giving it another id or speed. Not for a control cycle: each call may wait until
 * @deadline_ns (absolute, on the transport's clock). From the transport's owner thread. */

/* Ping, then model, firmware, id, return delay and health by reads; nothing is written. LW_BUS_TIMEOUT when nobody answers, LW_BUS_CORRUPT when what comes never makes sense
 * (two servos with one id talking over each other, or another speed), LW_BUS_GONE. The bits of a status byte are no failure: they are @out's hardware_error.
 * @doubled (nullable): more than one reply came to one request, or replies kept coming damaged: two servos have this id. Set whatever the result. */
LwBusStatus lw_feetech_ping          (LwTransport *transport, uint8_t id, LwServoIdentity *out, unsigned *return_delay_us, bool *doubled, int64_t deadline_ns);

/* Writes @value (@size bytes, 1 or 2, little endian) at @address so that it outlasts the power: opens the EPROM (lock 0), writes, reads back, closes it again. LW_BUS_DEVICE
 * when torque is on (nothing was written) or when the servo kept another value. At LW_FEETECH_ID the servo goes on under its new id, at LW_FEETECH_BAUD at its new speed, to
 * which the transport is set (back to the old one if the servo cannot be found there): both are confirmed there. */
LwBusStatus lw_feetech_write_setting (LwTransport *transport, uint8_t id, uint8_t address, uint8_t size, uint16_t value, int64_t deadline_ns);
