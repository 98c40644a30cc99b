/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmLimits:
 *
 * What no goal may break: range, velocity and acceleration of each joint, the box of the tip, the floor. Changed while the arm is limp or away, kept as the person's own version of
 * this kind of arm, in force with the next connection. Main thread.
 */
#define LW_TYPE_ARM_LIMITS (lw_arm_limits_get_type ())
G_DECLARE_FINAL_TYPE (LwArmLimits, lw_arm_limits, LW, ARM_LIMITS, AdwBin)

GtkWidget *lw_arm_limits_new (LwSession *session);

G_END_DECLS
