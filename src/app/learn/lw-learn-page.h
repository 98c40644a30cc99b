/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwLearnPage:
 *
 * A learning run with its curves and sliders. Main thread; holds a reference to the session.
 */
#define LW_TYPE_LEARN_PAGE (lw_learn_page_get_type ())
G_DECLARE_FINAL_TYPE (LwLearnPage, lw_learn_page, LW, LEARN_PAGE, AdwBin)

GtkWidget *lw_learn_page_new (LwSession *session);

G_END_DECLS
