/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-transport.h"

/* Non-blocking bytes on a file descriptor against absolute CLOCK_MONOTONIC deadlines: what the socket and the serial transport share.
 * Owner thread; no allocation. */
typedef struct {
  int  fd;
  bool socket; /* send() keeps SIGPIPE away */
  bool tty;    /* a read of 0 bytes is not the end of a terminal */
} LwDescriptor;

/* Takes @fd and makes it non-blocking and close-on-exec. */
void lw_descriptor_init  (LwDescriptor *self, int fd);
/* @failed_errno receives errno with LW_IO_GONE and LW_IO_FAILED. */
LwIo lw_descriptor_write (LwDescriptor *self, const uint8_t *bytes, size_t n, int64_t deadline_ns, int *failed_errno);
LwIo lw_descriptor_read  (LwDescriptor *self, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns, int *failed_errno);
LwIo lw_descriptor_flush (LwDescriptor *self, int *failed_errno);
