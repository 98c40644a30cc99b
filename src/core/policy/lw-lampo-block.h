/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-lampo-samples.h"

/* Sums over one block of samples, in four lanes: vector instructions, and the same bits whichever compiler made them. */
static inline double
lw_block_sum (const double *restrict a)
{
  double part[4] = { 0 };
  for (size_t i = 0; i < LW_LAMPO_BLOCK; i += 4)
    for (size_t lane = 0; lane < 4; lane++)
      part[lane] += a[i + lane];
  return (part[0] + part[1]) + (part[2] + part[3]);
}

static inline double
lw_block_dot (const double *restrict a, const double *restrict b)
{
  double part[4] = { 0 };
  for (size_t i = 0; i < LW_LAMPO_BLOCK; i += 4)
    for (size_t lane = 0; lane < 4; lane++)
      part[lane] += a[i + lane] * b[i + lane];
  return (part[0] + part[1]) + (part[2] + part[3]);
}
