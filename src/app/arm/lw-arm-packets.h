/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmPackets:
 *
 * What passes on the bus, newest last: time, direction, words, bytes. It listens only while it is shown and not paused. Main thread.
 */
#define LW_TYPE_ARM_PACKETS (lw_arm_packets_get_type ())
G_DECLARE_FINAL_TYPE (LwArmPackets, lw_arm_packets, LW, ARM_PACKETS, AdwBin)

GtkWidget *lw_arm_packets_new (LwSession *session);

G_END_DECLS
