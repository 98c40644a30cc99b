/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-joint-plots.h"
#include "lw-run-record.h"

/* A plot a joint: @planned (nullable) as it stands under @name, and what @record (nullable) measured of it, with its distance in the title. Main thread. */
void lw_perform_draw (LwJointPlots *plots, const LwTrajectory *planned, const char *name, const LwRunRecord *record);
