/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-sim-bus.h"
#include "lw-sim-device.h"

/* To add a protocol: write its kind of LwSimDevice and one constant LwSimProtocol (as in lw-sim-dynamixel.c: bytes, nothing of timing), declare it below, and
 * name it in protocol_of() of lw-sim-bus.c. The line does the rest: pacing, delays, order of replies, faults, the tap. */
typedef struct LwSimLine LwSimLine;

/* A reply to come. What it says is looked up at the moment it begins. */
typedef struct {
  int64_t  t_after_ns;  /* it begins after this, after its predecessor, and after the device's return delay */
  uint8_t  servo;       /* index of the device that speaks */
  uint8_t  id;          /* this and the next four are between act() and speak() */
  uint8_t  instruction;
  uint8_t  error;
  uint16_t address;
  uint16_t total;
  uint16_t size;        /* but no more data bytes than this are said */
  bool     together;    /* speaks at the same time as its predecessor: the bytes collide */
  bool     chained;     /* continues its predecessor's packet without a pause; harm comes to the packet as a whole */
} LwSimReply;

typedef struct {
  const char *name;
  size_t overhead; /* bytes of a reply beyond its data, at least */
  int64_t gap_ns; /* a packet whose bytes pause for longer is dropped; 0: they may take their time */
  LwSimDeviceNew device;
  /* > 0: length of a request that begins here; 0: more bytes are needed; < 0: so many bytes at the front belong to none. */
  ptrdiff_t (*find)     (const uint8_t *bytes, size_t n);
  /* For the tap; everything but the time. Returns false for bytes nobody is to hear of (damaged ones). */
  bool      (*describe) (const uint8_t *request, size_t n, LwSimPacket *out);
  /* Its last byte has passed: devices act, replies are queued by lw_sim_line_queue(). Not called while the cable is cut. */
  void      (*act)      (LwSimLine *line, const uint8_t *request, size_t n, int64_t t_ns);
  /* The bytes of @reply as of the moment it begins; 0 = silence. What the same packet said so far (chained) is line->said. */
  size_t    (*speak)    (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity);
  /* Arms that talk by themselves (nullable): queues what is due at @t_ns, returns when to be called next. */
  int64_t   (*unasked)  (LwSimLine *line, int64_t t_ns);
} LwSimProtocol;

extern const LwSimProtocol lw_sim_dynamixel, lw_sim_feetech, lw_sim_lines;
