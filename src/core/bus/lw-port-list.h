/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/* A serial port as a person recognises it. */
typedef struct {
  char    *path;         /* "/dev/ttyUSB0" */
  char    *description;  /* "USB Serial" */
  char    *product;      /* (nullable) "U2D2", "USB Single Serial" */
  char    *manufacturer; /* (nullable) */
  char    *serial;       /* (nullable) USB serial number: names the adapter wherever it is plugged in */
  uint16_t vid, pid;     /* 0 = not USB */
  gboolean accessible;   /* this user may open it */
  const char *hint;      /* (nullable) what it probably is: "Dynamixel U2D2", "Feetech servo board", "scale cable": static */
} LwPort;

void       lw_port_free     (LwPort *self); /* (nullable) */
/* (element-type LwPort) (transfer full) in order of path; likely servo adapters first. Some milliseconds: not on the main thread of a window. */
GPtrArray *lw_port_list     (GError **error);
/* The port of @ports that an adapter known by USB ids and serial is at now, whatever its tty number; NULL when it is not plugged in, and when
 * several adapters say the same of themselves. An adapter without a serial number (@serial NULL) is found while it is the only one of its kind. */
const LwPort *lw_port_find  (GPtrArray *ports, uint16_t vid, uint16_t pid, const char *serial);

/* What those USB ids probably are, in English; NULL = unknown. Static. */
const char *lw_port_hint    (uint16_t vid, uint16_t pid);
/* What lw_port_list() does with what the system says: hints, and the order. */
void       lw_port_list_arrange (GPtrArray *ports);
