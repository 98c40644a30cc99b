/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-status.h"

bool
lw_status_is_numerical (LwStatus status)
{
  return status == LW_ERR_NOT_SPD || status == LW_ERR_NOT_FINITE || status == LW_ERR_SOLVER;
}

const char *
lw_status_text (LwStatus status)
{
  switch (status) {
    case LW_OK:
      return "no error";
    case LW_ERR_SHAPE:
      return "sizes disagree";
    case LW_ERR_MEMORY:
      return "out of memory";
    case LW_ERR_NOT_SPD:
      return "not positive definite";
    case LW_ERR_NOT_FINITE:
      return "not a finite number";
    case LW_ERR_RANGE:
      return "outside the allowed range";
    case LW_ERR_TOO_FEW:
      return "too few samples";
    case LW_ERR_STOPPED:
      return "stopped";
    case LW_ERR_SOLVER:
      return "the solver gave no result";
  }
  return "unknown status";
}
