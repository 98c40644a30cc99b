/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-learn-settings.h"

G_BEGIN_DECLS

/**
 * LwSettingList:
 *
 * What an algorithm lets a person set: a slider a row of its table, the few that matter most first, the others behind "More settings".
 * ::moved (string setting, double value) when the person moved one. Main thread.
 */
#define LW_TYPE_SETTING_LIST (lw_setting_list_get_type ())
G_DECLARE_FINAL_TYPE (LwSettingList, lw_setting_list, LW, SETTING_LIST, GtkWidget)

/* The sliders of @settings' algorithm, where a run that was told them begins. */
void lw_setting_list_show   (LwSettingList *self, const LwLearnSettings *settings);
/* Where the sliders stand goes into @settings, which are of the algorithm shown. */
void lw_setting_list_read   (LwSettingList *self, LwLearnSettings *settings);
/* Between the start of a run and its end: what is of the model's size stays as it is. */
void lw_setting_list_set_running (LwSettingList *self, gboolean running);

G_END_DECLS
