/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-session.h"

/* Esc is Stop from everywhere: windows, dialogs, menus and drop-down lists, later ones included. It stops first, and the key goes on, so that what Esc
 * would close still closes. It listens where GDK hands events to GTK: a controller of the window would not see the key while an open popover holds GTK's
 * grab. Lasts as long as @session. Main thread. */
void lw_stop_guard_install (LwSession *session);
