/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

/* The wheel over @widget, a slider or a spin button, scrolls the panel it is on: a number that somebody scrolled past does not change. */
void lw_scroll_through (GtkWidget *widget);
