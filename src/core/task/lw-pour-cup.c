/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-pour-cup.h"

#include <math.h>

#define SLOPE ((LW_CUP_EMPTY_ANGLE - LW_CUP_FULL_ANGLE) / LW_CUP_CONTENT) /* rad/g */

double
lw_cup_rim_angle (double mass)
{
  return LW_CUP_EMPTY_ANGLE - SLOPE * mass;
}

/* With the head h = angle - rim: dh/dt = -SLOPE k h^1.5, so h(t) = (h0^-0.5 + SLOPE k t / 2)^-2. */
double
lw_cup_tilt (double mass, double angle, double dt)
{
  const double head = angle - lw_cup_rim_angle (mass);
  double left;

  if (!(head > 0.0) || mass <= 0.0)
    return mass;
  left = 1.0 / sqrt (head) + SLOPE * LW_CUP_FLOW * dt / 2.0;
  return fmax (0.0, mass - (head - 1.0 / (left * left)) / SLOPE);
}

double
lw_cup_rest (double mass, double angle)
{
  return fmax (0.0, fmin (mass, (LW_CUP_EMPTY_ANGLE - angle) / SLOPE));
}
