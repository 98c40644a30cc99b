/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What an axis measures. Data stay in the internal units (architecture: rad, s, m, N m); the unit says what the person
 * reads. Every function here: any thread. */
typedef enum {
  LW_UNIT_NONE,              /* a pure number */
  LW_UNIT_COUNT,             /* whole numbers: iterations, samples */
  LW_UNIT_SECOND,            /* s */
  LW_UNIT_MILLISECOND,       /* s, shown in ms */
  LW_UNIT_DEGREE,            /* rad, shown in degrees */
  LW_UNIT_DEGREE_PER_SECOND, /* rad/s, shown in degrees/s */
  LW_UNIT_METRE,             /* m */
  LW_UNIT_MILLIMETRE,        /* m, shown in mm */
  LW_UNIT_NEWTON,
  LW_UNIT_NEWTON_METRE,
  LW_UNIT_PERCENT,           /* fraction, shown in % */
  LW_UNIT_CELSIUS,
  LW_UNIT_VOLT,
  LW_UNIT_NAT,               /* information: KL, entropy */
  LW_N_UNITS,
} LwUnit;

typedef enum {
  LW_TICKS_DECIMAL, /* 1, 2, 5 times a power of ten */
  LW_TICKS_INTEGER, /* the same, never below 1 */
  LW_TICKS_ANGLE,   /* above 10 degrees: 15, 30, 45, 90, 180, 360 */
} LwTickKind;

typedef struct {
  const char *symbol; /* UTF-8, "" for a pure number */
  double      factor; /* shown = factor * data */
  LwTickKind  ticks;
} LwUnitInfo;

/* Static storage; LW_UNIT_NONE's row for anything out of range. */
const LwUnitInfo *lw_unit_info (LwUnit unit);
