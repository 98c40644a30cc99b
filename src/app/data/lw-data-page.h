/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwDataPage:
 *
 * The demonstrations of the project, side by side. Main thread; holds a reference to the session.
 */
#define LW_TYPE_DATA_PAGE (lw_data_page_get_type ())
G_DECLARE_FINAL_TYPE (LwDataPage, lw_data_page, LW, DATA_PAGE, AdwBin)

GtkWidget *lw_data_page_new (LwSession *session);

G_END_DECLS
