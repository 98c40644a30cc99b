/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* Keys of the Teach page, caught before anything that has the focus: Space never presses a button there. They rest while a text entry has the focus. */
typedef enum { LW_TEACH_RECORD, LW_TEACH_AGAIN, LW_TEACH_DISCARD, LW_TEACH_GUIDE, LW_TEACH_HOLD } LwTeachCommand;

typedef void (*LwTeachKeyFunc) (LwTeachCommand command, gpointer data);

/* Active while @page is on the screen; @data must outlive it. */
void lw_teach_keys_install (GtkWidget *page, LwTeachKeyFunc func, gpointer data);
