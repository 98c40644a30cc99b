/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-unit.h"

#define DEGREES 57.295779513082320877

static const LwUnitInfo units[LW_N_UNITS] = {
  [LW_UNIT_NONE]              = { "",     1,       LW_TICKS_DECIMAL },
  [LW_UNIT_COUNT]             = { "",     1,       LW_TICKS_INTEGER },
  [LW_UNIT_SECOND]            = { "s",    1,       LW_TICKS_DECIMAL },
  [LW_UNIT_MILLISECOND]       = { "ms",   1000,    LW_TICKS_DECIMAL },
  [LW_UNIT_DEGREE]            = { "°",    DEGREES, LW_TICKS_ANGLE },
  [LW_UNIT_DEGREE_PER_SECOND] = { "°/s",  DEGREES, LW_TICKS_DECIMAL },
  [LW_UNIT_METRE]             = { "m",    1,       LW_TICKS_DECIMAL },
  [LW_UNIT_MILLIMETRE]        = { "mm",   1000,    LW_TICKS_DECIMAL },
  [LW_UNIT_NEWTON]            = { "N",    1,       LW_TICKS_DECIMAL },
  [LW_UNIT_NEWTON_METRE]      = { "N m",  1,       LW_TICKS_DECIMAL },
  [LW_UNIT_PERCENT]           = { "%",    100,     LW_TICKS_DECIMAL },
  [LW_UNIT_CELSIUS]           = { "°C",   1,       LW_TICKS_DECIMAL },
  [LW_UNIT_VOLT]              = { "V",    1,       LW_TICKS_DECIMAL },
  [LW_UNIT_NAT]               = { "nat",  1,       LW_TICKS_DECIMAL },
};

const LwUnitInfo *
lw_unit_info (LwUnit unit)
{
  return &units[(unsigned) unit < LW_N_UNITS ? unit : LW_UNIT_NONE];
}
