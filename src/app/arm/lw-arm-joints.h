/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmJoints:
 *
 * Every joint with its range, where it is and where it is told to be, velocity and load. While the arm is armed the bars can be dragged. Main thread.
 */
#define LW_TYPE_ARM_JOINTS (lw_arm_joints_get_type ())
G_DECLARE_FINAL_TYPE (LwArmJoints, lw_arm_joints, LW, ARM_JOINTS, AdwBin)

GtkWidget *lw_arm_joints_new (LwSession *session);

G_END_DECLS
