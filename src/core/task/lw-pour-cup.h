/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/* A full cup that is tilted. Its water stands at the rim from one angle on, the fuller it is the sooner: empty at LW_CUP_EMPTY_ANGLE, linearly in between. Beyond
 * it runs over the rim as over a weir, dm/dt = -k head^1.5 with the head proportional to the angle beyond. What left the cup falls for a fifth of a second. */
#define LW_CUP_CONTENT 200.0    /* g */
#define LW_CUP_FULL_ANGLE 0.6   /* rad */
#define LW_CUP_EMPTY_ANGLE 1.9  /* rad */
#define LW_CUP_FLOW 400.0       /* g/s at one rad beyond */
#define LW_CUP_FALL 0.2         /* s */

/* Angle from which a cup with @mass g left runs over. */
double lw_cup_rim_angle (double mass);
/* Mass left after @dt s at a constant @angle, rad; in closed form. */
double lw_cup_tilt      (double mass, double angle, double dt);
/* Mass left when it has run out at @angle: what stays whatever the time. */
double lw_cup_rest      (double mass, double angle);
