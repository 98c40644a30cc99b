/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwPerformPage:
 *
 * A movement for a context: preview, run, compare. Main thread; holds a reference to the session.
 */
#define LW_TYPE_PERFORM_PAGE (lw_perform_page_get_type ())
G_DECLARE_FINAL_TYPE (LwPerformPage, lw_perform_page, LW, PERFORM_PAGE, AdwBin)

GtkWidget *lw_perform_page_new (LwSession *session);

G_END_DECLS
