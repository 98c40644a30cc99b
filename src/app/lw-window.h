/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwWindow:
 *
 * Header with page switcher, device and mode chips and Stop; banner for conditions; the six pages; status line; toasts. Main thread.
 */
#define LW_TYPE_WINDOW (lw_window_get_type ())
G_DECLARE_FINAL_TYPE (LwWindow, lw_window, LW, WINDOW, AdwApplicationWindow)

LwWindow *lw_window_new       (AdwApplication *application, LwSession *session);
/* "arm", "teach", "data", "model", "learn", "perform". */
void      lw_window_show_page (LwWindow *self, const char *name);

G_END_DECLS
