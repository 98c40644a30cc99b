/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "lw-clock.h"

/* Bytes to and from a servo bus. One owner thread at a time; deadlines are absolute, on the transport's clock. */
typedef enum {
  LW_IO_OK,
  LW_IO_TIMEOUT, /* deadline passed; silence is not a hang-up */
  LW_IO_GONE,    /* hang-up: cable pulled, peer closed */
  LW_IO_FAILED,  /* the system refused (errno kept in last_errno) */
} LwIo;

typedef struct LwTransport LwTransport;

typedef struct {
  const char *kind; /* "fd", "serial", "tcp", "direct", "faulty" */
  LwIo (*write) (LwTransport *self, const uint8_t *bytes, size_t n, int64_t deadline_ns);
  /* At least one byte, or not LW_IO_OK. A deadline that has passed still takes what is waiting. */
  LwIo (*read)  (LwTransport *self, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns);
  LwIo (*flush) (LwTransport *self); /* throws away what came in */
  /* Another speed on the same open line; LW_IO_FAILED when it cannot do that one. NULL: the line has no speed of its own (socket, pseudo-terminal). */
  LwIo (*set_baud) (LwTransport *self, unsigned baud);
  void (*free)  (LwTransport *self);
} LwTransportClass;

struct LwTransport {
  const LwTransportClass *klass;
  const LwClock          *clock;
  char                    name[128]; /* for people: "/dev/ttyUSB0", "Simulated arm" */
  unsigned                baud;      /* 0 = not a serial line */
  int                     last_errno;
};

#define LW_BUS_ERROR (lw_bus_error_quark ())
typedef enum {
  LW_BUS_ERROR_NOT_FOUND, LW_BUS_ERROR_PERMISSION, LW_BUS_ERROR_BUSY, LW_BUS_ERROR_SPEED, LW_BUS_ERROR_SILENT, LW_BUS_ERROR_MODEL, LW_BUS_ERROR_FAILED,
  LW_BUS_ERROR_STOPPED, /* the caller asked to stop */
} LwBusError;
GQuark       lw_bus_error_quark (void);

/* Takes @fd (socket, pty); non-blocking and close-on-exec are set. */
LwTransport *lw_transport_fd_new      (int fd, const char *name);
/* A serial port by libserialport (a pseudo-terminal, which that does not know, directly): realpath first, flock and TIOCEXCL, low latency where the adapter can, 8N1 raw at @baud.
 * NULL with LW_BUS_ERROR NOT_FOUND, PERMISSION, BUSY, SPEED or FAILED, each a sentence for people. May take some 10 ms: not in a real-time path. */
LwTransport *lw_transport_serial_open (const char *path, unsigned baud, GError **error);
/* The same for what is not 8N1: some scales. A pseudo-terminal carries bytes whatever @framing says. */
typedef struct {
  uint8_t data_bits; /* 7, 8 */
  char    parity;    /* 'N', 'E', 'O' */
  uint8_t stop_bits; /* 1, 2 */
} LwFraming;
#define LW_FRAMING_8N1 ((LwFraming){ 8, 'N', 1 })
LwTransport *lw_transport_serial_open_as (const char *path, unsigned baud, LwFraming framing, GError **error);
/* A network bridge (ser2net, an arm's own server): no delay, a second to connect. NULL with LW_BUS_ERROR NOT_FOUND (no such host, nobody listens) or FAILED. */
LwTransport *lw_transport_tcp_open    (const char *host, unsigned port, GError **error);
/* Either, by name: "tcp:host:port" or the path of a port. */
LwTransport *lw_transport_open        (const char *name, unsigned baud, GError **error);
/* LW_IO_OK where the line has no speed of its own. Owner thread. */
LwIo         lw_transport_set_baud    (LwTransport *self, unsigned baud);
void         lw_transport_free        (LwTransport *self); /* (nullable) */
