/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

/* What a numerical function has to say. Nothing in num, motion, latent or policy prints, aborts or allocates
 * messages: a status, numbers beside it where there are some, and outputs untouched on error. */
typedef enum {
  LW_OK = 0,
  LW_ERR_SHAPE,      /* sizes disagree with each other or with the workspace */
  LW_ERR_MEMORY,     /* allocation failed or a size product overflows */
  LW_ERR_NOT_SPD,    /* a matrix that must be positive definite is not */
  LW_ERR_NOT_FINITE, /* NaN or infinity in the input */
  LW_ERR_RANGE,      /* an argument outside its documented range */
  LW_ERR_TOO_FEW,    /* not enough samples for what was asked */
  LW_ERR_STOPPED,    /* the caller's stop flag was raised */
  LW_ERR_SOLVER,     /* LAPACK or the optimiser gave no result */
} LwStatus;

#define LW_MUST_USE __attribute__ ((warn_unused_result))

/* Whether it was the numbers: not their sizes, memory, a setting or a stop. What iterates may then keep what it has, and say
 * so. */
bool        lw_status_is_numerical (LwStatus status);
/* A short English phrase without full stop ("not positive definite"); static storage, any thread. */
const char *lw_status_text (LwStatus status);
