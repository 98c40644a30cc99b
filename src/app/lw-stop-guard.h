/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-session.h"

/* Esc is Stop on every toplevel, dialogs and later ones included: a capture-phase handler stops first and lets the key go on, so that what Esc
 * would close still closes. Lasts as long as @session. */
void lw_stop_guard_install (LwSession *session);
