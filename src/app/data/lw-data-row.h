/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-session.h"

G_BEGIN_DECLS

/* A line of the Data page's list: label (editable), length, verdict, context, use, delete. Main thread. */
#define LW_TYPE_DATA_ROW (lw_data_row_get_type ())
G_DECLARE_FINAL_TYPE (LwDataRow, lw_data_row, LW, DATA_ROW, GtkListBoxRow)

GtkWidget *lw_data_row_new    (LwSession *session, gint64 id);
gint64     lw_data_row_get_id (LwDataRow *self);
/* Shows @info, which is of this row's id; what has the keyboard keeps it. */
void       lw_data_row_show   (LwDataRow *self, const LwDemonstrationInfo *info);

G_END_DECLS
