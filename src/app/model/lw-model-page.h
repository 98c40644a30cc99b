/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwModelPage:
 *
 * Fitting and what was understood: bands and latent plane. Main thread; holds a reference to the session.
 */
#define LW_TYPE_MODEL_PAGE (lw_model_page_get_type ())
G_DECLARE_FINAL_TYPE (LwModelPage, lw_model_page, LW, MODEL_PAGE, AdwBin)

GtkWidget *lw_model_page_new (LwSession *session);

G_END_DECLS
