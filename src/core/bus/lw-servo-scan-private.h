/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-scan.h"

/* What a scan needs to know of a protocol. */
#define LW_SCAN_MAX_PING 16 /* bytes */

typedef enum {
  LW_HEARD_REPLY,
  LW_HEARD_ECHO,   /* the adapter hears itself */
  LW_HEARD_EITHER, /* a reply or an echo: the bytes are the same */
  LW_HEARD_NOISE,
  LW_HEARD_MORE,
} LwHeard;

typedef struct {
  LwProtocol      protocol;
  const char     *name;
  uint8_t         max_id;
  size_t          reply_bytes; /* to a ping */
  const unsigned *bauds;       /* by their code in the servo */
  size_t          n_bauds;
  uint8_t         id_address, baud_address;
  size_t     (*build_ping) (uint8_t *out, uint8_t id); /* LW_SCAN_MAX_PING */
  /* What stands at the front of the input: a reply to a ping, and whose; or something else, and how many bytes to drop. */
  LwHeard    (*listen)     (const uint8_t *bytes, size_t n, uint8_t *id, size_t *used);
  LwBusStatus (*look)      (LwTransport *transport, uint8_t id, LwServoIdentity *out, unsigned *return_delay_us, bool *doubled, int64_t deadline_ns);
  LwBusStatus (*set)       (LwTransport *transport, uint8_t id, uint8_t address, uint8_t value, int64_t deadline_ns);
} LwScanProtocol;

/* NULL for lines of text. */
const LwScanProtocol *lw_scan_protocol (LwProtocol protocol);
