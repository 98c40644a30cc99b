/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwAlarmLog:
 *
 * What the watch over heat, voltage, load and the servos' own errors noticed since the program began, newest first; restarting a servo after its error. Main thread.
 */
#define LW_TYPE_ALARM_LOG (lw_alarm_log_get_type ())
G_DECLARE_FINAL_TYPE (LwAlarmLog, lw_alarm_log, LW, ALARM_LOG, AdwBin)

GtkWidget *lw_alarm_log_new (LwSession *session);

G_END_DECLS
