/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwTeachPage:
 *
 * Guiding the arm in the 3D view and recording demonstrations. Main thread; holds a reference to the session.
 */
#define LW_TYPE_TEACH_PAGE (lw_teach_page_get_type ())
G_DECLARE_FINAL_TYPE (LwTeachPage, lw_teach_page, LW, TEACH_PAGE, AdwBin)

GtkWidget *lw_teach_page_new (LwSession *session);

G_END_DECLS
