/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>

/* planar-2 in closed form: two links of 1 m from (0, 0), turning about z. A test compares it with data/arms/planar-2.xml. */
static inline void
lw_planar_points (const double q[2], double elbow[2], double tip[2])
{
  elbow[0] = cos (q[0]);
  elbow[1] = sin (q[0]);
  tip[0] = elbow[0] + cos (q[0] + q[1]);
  tip[1] = elbow[1] + sin (q[0] + q[1]);
}
