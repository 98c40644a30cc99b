/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* Keys of the Teach page, caught before anything that has the focus: Space never presses a button there. They rest while a text entry has the focus. */
typedef enum { LW_TEACH_RECORD, LW_TEACH_AGAIN, LW_TEACH_DISCARD, LW_TEACH_GUIDE, LW_TEACH_HOLD } LwTeachCommand;

typedef void (*LwTeachKeyFunc) (LwTeachCommand command, gpointer data);

/* Active while @page is on the screen; @data must outlive it. */
void lw_teach_keys_install (GtkWidget *page, LwTeachKeyFunc func, gpointer data);
/* A further key that records: what a foot pedal types. 0: none. */
void lw_teach_keys_set_pedal (GtkWidget *page, guint keyval);
/* The next key pressed is the pedal's: @chosen gets it; 0 for Escape, which is for Stop. */
void lw_teach_keys_learn_pedal (GtkWidget *page, void (*chosen) (guint keyval, gpointer data), gpointer data);
/* It was asked for and is no longer. */
void lw_teach_keys_forget_pedal (GtkWidget *page);
