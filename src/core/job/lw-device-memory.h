/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-port-list.h"

/* Arms this person used before, kept in lampwork/arms.ini in the user's data folder. An arm is known by its adapter (USB ids and
 * serial number), so that it is found again whatever its tty number; a built-in port or a network bridge by its name. All
 * functions read or write the file at once: on a worker, or where some milliseconds do not matter. */
typedef struct {
  char    *key;         /* lw_device_key() */
  char    *name;        /* the person's: "left arm" */
  char    *profile;     /* id */
  unsigned baud;        /* 0 = the profile's */
  char    *calibration; /* (nullable) path of its file */
} LwKnownArm;

void       lw_known_arm_free (LwKnownArm *self); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwKnownArm, lw_known_arm_free)

/* What an arm on @port is known by: "0403:6014:FT94W5CA", or the name of a port that is no USB adapter or not among @ports.
 * Links (/dev/serial/by-id) are followed. (transfer full) */
char      *lw_device_key     (const char *port, GPtrArray *ports);
/* Where the arm known by @key is; NULL when its adapter is not plugged in (or cannot be told from another). (transfer full) */
char      *lw_device_port    (const char *key, GPtrArray *ports);

/* (element-type LwKnownArm) (transfer full) in order of names; empty when there is no file. NULL when the file cannot be read:
 * it is left alone. Errors: G_KEY_FILE_ERROR, G_FILE_ERROR. */
GPtrArray *lw_device_memory_list     (GError **error);
/* NULL without @error: not known. @key also takes the person's name. */
LwKnownArm *lw_device_memory_find    (const char *key, GError **error);
/* Over what was known by that key; anything else in the file stays. */
gboolean   lw_device_memory_remember (const LwKnownArm *arm, GError **error);
/* TRUE also when it was not known. */
gboolean   lw_device_memory_forget   (const char *key, GError **error);
