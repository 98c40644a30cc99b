/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/* A foot pedal that the desktop sees as a keyboard, taken for ourselves: its presses come here whatever has the focus, and no letter is typed anywhere. A pedal
 * that stays a keyboard needs none of this. */
typedef struct LwPedal LwPedal;

/* @code as in linux/input-event-codes.h (KEY_B …); @t_ns on CLOCK_MONOTONIC. On the pedal's own thread: hand it on, do not block. */
typedef void (*LwPedalPress) (unsigned code, int64_t t_ns, void *data);
/* Once, on the same thread: it was unplugged. */
typedef void (*LwPedalGone)  (void *data);

/* The first device under /dev/input whose name holds @name (case does not matter), grabbed. NULL with LW_BUS_ERROR NOT_FOUND, PERMISSION, BUSY (somebody else has grabbed it) or FAILED. */
LwPedal *lw_pedal_open   (const char *name, LwPedalPress press, LwPedalGone gone /* nullable */, void *data, GError **error);
/* On a descriptor that carries struct input_event, taken, also on failure: not grabbed. */
LwPedal *lw_pedal_new_fd (int fd, const char *name, LwPedalPress press, LwPedalGone gone, void *data, GError **error);
/* After this nothing is called any more; the keyboard is one again. Not from the callbacks. */
void     lw_pedal_free   (LwPedal *self); /* (nullable) */
const char *lw_pedal_get_name (const LwPedal *self);
