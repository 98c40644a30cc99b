/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmDevice:
 *
 * Which arm, and how to get to it: simulated, a port, a network address; the kind of arm; looking for its servos, connecting. Main thread.
 */
#define LW_TYPE_ARM_DEVICE (lw_arm_device_get_type ())
G_DECLARE_FINAL_TYPE (LwArmDevice, lw_arm_device, LW, ARM_DEVICE, AdwBin)

GtkWidget *lw_arm_device_new (LwSession *session);

G_END_DECLS
