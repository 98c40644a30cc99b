/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-device.h"

/* What a recording made on @arm, which is @self connected, is to be kept with: the contents of the profile's file, and of a
 * calibration's, NULL without one. For lw_project_set_arm(). While connected; any thread. (transfer full) */
void lw_device_describe (const LwDevice *self, LwArm *arm, char **profile, char **calibration);
