/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-servo-bus.h"

/* What an error of LW_ARM_ERROR knows beside its message, where it was the line that failed. */
typedef struct {
  LwBusStatus status; /* LW_BUS_OK: the line was not the cause */
  bool        of_one; /* one servo in particular could not be identified: */
  size_t      joint;  /* which, in the arm's order */
  uint8_t     id;
} LwArmFailure;

/* LW_ARM_ERROR_FAILED, "@what: STATUS."; @error may be NULL. */
void         lw_arm_failure_set (GError **error, const LwArmFailure *failure, const char *what);
/* Of an error of another domain, or one not made by the above: LW_BUS_OK. */
LwArmFailure lw_arm_failure_get (const GError *error);
