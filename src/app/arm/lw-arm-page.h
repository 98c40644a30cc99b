/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwArmPage:
 *
 * Connecting an arm, its modes, its joints live. Main thread; holds a reference to the session.
 */
#define LW_TYPE_ARM_PAGE (lw_arm_page_get_type ())
G_DECLARE_FINAL_TYPE (LwArmPage, lw_arm_page, LW, ARM_PAGE, AdwBin)

GtkWidget *lw_arm_page_new (LwSession *session);

G_END_DECLS
