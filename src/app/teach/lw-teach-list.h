/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-session.h"

G_BEGIN_DECLS

/**
 * LwTeachList:
 *
 * What was recorded, the newest on top: length, verdict, context, Delete. Selecting one shows its context for editing. Main thread.
 * ::selected (gint64 id), 0 when the list is empty.
 */
#define LW_TYPE_TEACH_LIST (lw_teach_list_get_type ())
G_DECLARE_FINAL_TYPE (LwTeachList, lw_teach_list, LW, TEACH_LIST, GtkWidget)

GtkWidget *lw_teach_list_new          (LwSession *session);
gint64     lw_teach_list_get_selected (LwTeachList *self);

G_END_DECLS
