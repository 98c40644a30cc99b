/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmServos:
 *
 * The servos: while an arm is connected what they are, how they are and what became of every question to them; before that what a search found, and giving a single one
 * another id or speed. Main thread.
 */
#define LW_TYPE_ARM_SERVOS (lw_arm_servos_get_type ())
G_DECLARE_FINAL_TYPE (LwArmServos, lw_arm_servos, LW, ARM_SERVOS, AdwBin)

GtkWidget *lw_arm_servos_new (LwSession *session);

G_END_DECLS
