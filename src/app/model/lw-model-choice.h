/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwModelChoice:
 *
 * The choice of K and d while it is worked out, and then as a curve and a suggestion: the person chooses.
 * ::use (uint K, uint d) when they take the suggestion, ::closed when they leave. Main thread; holds a reference to the session.
 */
#define LW_TYPE_MODEL_CHOICE (lw_model_choice_get_type ())
G_DECLARE_FINAL_TYPE (LwModelChoice, lw_model_choice, LW, MODEL_CHOICE, AdwBin)

void lw_model_choice_set_session (LwModelChoice *self, LwSession *session); /* once */

G_END_DECLS
