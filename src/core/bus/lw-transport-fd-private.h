/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-descriptor.h"

/* A transport on a descriptor, and the parts of its class: for lw-transport-fd.c and what differs from it in a part
 * (lw-transport-tcp.c). */
typedef struct {
  LwTransport  base;
  LwDescriptor line;
} LwTransportFd;

LwIo lw_transport_fd_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns);
LwIo lw_transport_fd_read  (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns);
LwIo lw_transport_fd_flush (LwTransport *transport);
void lw_transport_fd_free  (LwTransport *transport);
