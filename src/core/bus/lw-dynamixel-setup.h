/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* One Dynamixel servo at a time, before there is a bus of them: finding it, and giving it another id or speed. Not for a control cycle: each call may wait until
 * @deadline_ns (absolute, on the transport's clock). From the transport's owner thread. */

/* Ping, then return delay, health and what else tells two servos apart, by reads; nothing is written. LW_BUS_TIMEOUT when nobody answers, LW_BUS_CORRUPT when what comes
 * never makes sense (two servos with one id talking over each other, or another speed), LW_BUS_DEVICE, LW_BUS_GONE. @doubled (nullable): more than one reply came to one
 * request, or replies kept coming damaged: two servos have this id. Set whatever the result. */
LwBusStatus lw_dynamixel_ping          (LwTransport *transport, uint8_t id, LwServoIdentity *out, unsigned *return_delay_us, bool *doubled, int64_t deadline_ns);

/* Writes @value (@size bytes, little endian) at @address of the EEPROM and reads it back. LW_BUS_DEVICE when torque is on (nothing was written), when the servo refused or kept
 * another value, or when the line cannot follow it to the new speed (nothing was written). At LW_DXL_ID the servo goes on under its new id, at LW_DXL_BAUD_RATE at its new
 * speed, to which the transport is set (back to the old one if the servo cannot be found there): both are confirmed there. */
LwBusStatus lw_dynamixel_write_setting (LwTransport *transport, uint8_t id, uint8_t address, uint8_t size, uint32_t value, int64_t deadline_ns);
