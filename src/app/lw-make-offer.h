/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwMakeOffer:
 *
 * Offers the demonstrations that a task can make by itself; invisible while the project has some for the task's arm, or the task makes none. Main thread.
 */
#define LW_TYPE_MAKE_OFFER (lw_make_offer_get_type ())
G_DECLARE_FINAL_TYPE (LwMakeOffer, lw_make_offer, LW, MAKE_OFFER, GtkWidget)

/* Once; holds a reference to @session. */
void lw_make_offer_set_session (LwMakeOffer *self, LwSession *session);

G_END_DECLS
