/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-scene-widget.h"
#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmCalibrate:
 *
 * Calibrating the arm in hand: sweep every joint, look whether the picture follows, finish. Until then nothing is written anywhere, and Cancel leaves all as it was.
 * Main thread.
 */
#define LW_TYPE_ARM_CALIBRATE (lw_arm_calibrate_get_type ())
G_DECLARE_FINAL_TYPE (LwArmCalibrate, lw_arm_calibrate, LW, ARM_CALIBRATE, AdwBin)

/* @scene (borrowed) shows the arm as the new calibration would have it, from the second step on. */
GtkWidget *lw_arm_calibrate_new (LwSession *session, LwSceneWidget *scene);
/* Whether it has the picture at the moment. */
gboolean   lw_arm_calibrate_shows (LwArmCalibrate *self);

G_END_DECLS
