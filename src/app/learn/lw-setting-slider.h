/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-learner.h"

G_BEGIN_DECLS

/**
 * LwSettingSlider:
 *
 * One of the learner's settings: name, value, slider (or switch for a choice of two), and a sentence on what moving it does. Positions of a slider are
 * logarithms where the setting says so, and cube roots in a range that is wide for its default.
 * ::moved (double value) when the person moved it. Main thread.
 */
#define LW_TYPE_SETTING_SLIDER (lw_setting_slider_get_type ())
G_DECLARE_FINAL_TYPE (LwSettingSlider, lw_setting_slider, LW, SETTING_SLIDER, GtkWidget)

GtkWidget  *lw_setting_slider_new       (const LwLearnerSetting *setting);
const char *lw_setting_slider_get_name  (LwSettingSlider *self);
/* Exactly what was set, or where the person moved it to: two digits on a logarithmic slider. */
double      lw_setting_slider_get_value (LwSettingSlider *self);
void        lw_setting_slider_set_value (LwSettingSlider *self, double value);
/* @why (nullable): it cannot be moved, and a tooltip says this. NULL: it can. */
void        lw_setting_slider_set_fixed (LwSettingSlider *self, const char *why);

G_END_DECLS
