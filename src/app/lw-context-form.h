/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-task.h"

G_BEGIN_DECLS

/**
 * LwContextForm:
 *
 * A slider and a number for each quantity of a task's context, in its unit and range. ::changed when the person moved one (not on lw_context_form_set_values()).
 * Main thread.
 */
#define LW_TYPE_CONTEXT_FORM (lw_context_form_get_type ())
G_DECLARE_FINAL_TYPE (LwContextForm, lw_context_form, LW, CONTEXT_FORM, GtkWidget)

GtkWidget *lw_context_form_new        (void);
/* Rows for @task's context, each in the middle of its range. */
void       lw_context_form_set_task   (LwContextForm *self, const LwTask *task);
size_t     lw_context_form_get_size   (LwContextForm *self);
void       lw_context_form_get_values (LwContextForm *self, double *values); /* (size) */
void       lw_context_form_set_values (LwContextForm *self, const double *values);

G_END_DECLS
