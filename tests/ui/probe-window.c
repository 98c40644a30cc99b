/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window with one of each kind of widget that the scenarios touch; it prints what happens to them. test-driver.py holds the driver to it, so that a
 * scenario that fails speaks of Lampwork and not of the driver. */
#include <adwaita.h>
#include <epoxy/gl.h>

static void
say (const char *what, double value)
{
  g_print ("%s %g\n", what, value);
}

static void
clicked_cb (GtkButton *button, gpointer what)
{
  g_print ("clicked %s\n", (const char *) what);
}

static void
toggled_cb (GtkToggleButton *button, gpointer data)
{
  say ("toggled", gtk_toggle_button_get_active (button));
}

static void
scale_cb (GtkRange *range, gpointer data)
{
  say ("scale", gtk_range_get_value (range));
}

static void
spin_cb (GtkSpinButton *spin, gpointer data)
{
  say ("spin", gtk_spin_button_get_value (spin));
}

static void
entry_cb (GtkEditable *entry, gpointer data)
{
  g_print ("entry %s\n", gtk_editable_get_text (entry));
}

static void
switch_cb (GtkSwitch *widget, GParamSpec *pspec, gpointer data)
{
  say ("switch", gtk_switch_get_active (widget));
}

static void
chosen_cb (AdwComboRow *row, GParamSpec *pspec, gpointer data)
{
  say ("chosen", adw_combo_row_get_selected (row));
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  g_print ("drag from %.0f %.0f\n", x, y);
}

static void
drag_end_cb (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  g_print ("drag by %.0f %.0f\n", x, y);
}

/* A capture-phase controller of the window does not see a key while a popover holds GTK's grab; the surfaces' own signal does. */
static gboolean
event_hook (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  GdkEvent *event = g_value_get_pointer (&values[1]);
  if (gdk_event_get_event_type (event) == GDK_KEY_PRESS)
    g_print ("key %s\n", gdk_keyval_name (gdk_key_event_get_keyval (event)));
  return TRUE;
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  for (int i = 0; i < 4; i++) {
    cairo_set_source_rgb (cr, i / 3.0, 1.0 - i / 3.0, 0.0);
    cairo_rectangle (cr, i * width / 4.0, 0, width / 4.0, height);
    cairo_fill (cr);
  }
}

static gboolean
render_cb (GtkGLArea *area, GdkGLContext *context, gpointer data)
{
  glClearColor (0.2f, 0.4f, 0.6f, 1.0f);
  glClear (GL_COLOR_BUFFER_BIT);
  return TRUE;
}

static void
name_it (gpointer widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
rows_new (void)
{
  GtkWidget *list = gtk_list_box_new ();

  GtkWidget *entry = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), "Row entry");
  g_signal_connect (entry, "changed", G_CALLBACK (entry_cb), NULL);
  gtk_list_box_append (GTK_LIST_BOX (list), entry);

  GtkWidget *row = adw_action_row_new (), *toggle = gtk_switch_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), "Torque");
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  g_signal_connect (toggle, "notify::active", G_CALLBACK (switch_cb), NULL);
  gtk_list_box_append (GTK_LIST_BOX (list), row);

  const char *const tasks[] = { "Planar reacher", "Reach target", NULL };
  GtkWidget *combo = adw_combo_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (combo), "Task");
  adw_combo_row_set_model (ADW_COMBO_ROW (combo), G_LIST_MODEL (gtk_string_list_new (tasks)));
  g_signal_connect (combo, "notify::selected", G_CALLBACK (chosen_cb), NULL);
  gtk_list_box_append (GTK_LIST_BOX (list), combo);
  return list;
}

static GtkWidget *
first_page_new (void)
{
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  name_it (page, "First page");

  GtkWidget *toggle = gtk_toggle_button_new_with_label ("Hold");
  g_signal_connect (toggle, "toggled", G_CALLBACK (toggled_cb), NULL);
  gtk_box_append (GTK_BOX (page), toggle);

  GtkWidget *scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 0.01);
  name_it (scale, "KL bound");
  g_signal_connect (scale, "value-changed", G_CALLBACK (scale_cb), NULL);
  gtk_box_append (GTK_BOX (page), scale);

  GtkWidget *spin = gtk_spin_button_new_with_range (0, 10, 1);
  name_it (spin, "Components");
  g_signal_connect (spin, "value-changed", G_CALLBACK (spin_cb), NULL);
  gtk_box_append (GTK_BOX (page), spin);

  GtkWidget *entry = gtk_entry_new ();
  name_it (entry, "Context x");
  g_signal_connect (entry, "changed", G_CALLBACK (entry_cb), NULL);
  gtk_box_append (GTK_BOX (page), entry);

  gtk_box_append (GTK_BOX (page), rows_new ());

  GtkWidget *area = gtk_drawing_area_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  name_it (area, "Plot");
  gtk_widget_set_vexpand (area, TRUE);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw_cb, NULL, NULL);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), NULL);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), NULL);
  gtk_box_append (GTK_BOX (page), area);

  GtkWidget *scene = gtk_gl_area_new ();
  name_it (scene, "Scene");
  gtk_widget_set_size_request (scene, -1, 100);
  g_signal_connect (scene, "render", G_CALLBACK (render_cb), NULL);
  gtk_box_append (GTK_BOX (page), scene);
  return page;
}

static void
activate_cb (GApplication *application, gpointer data)
{
  GtkWidget *window = adw_application_window_new (GTK_APPLICATION (application));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new (), *stack = adw_view_stack_new ();

  GtkWidget *second = gtk_button_new_with_label ("On the second page");
  g_signal_connect (second, "clicked", G_CALLBACK (clicked_cb), (gpointer) "second");
  adw_view_stack_add_titled_with_icon (ADW_VIEW_STACK (stack), first_page_new (), "first", "First", "media-record-symbolic");
  adw_view_stack_add_titled_with_icon (ADW_VIEW_STACK (stack), second, "second", "Second", "view-list-symbolic");
  gtk_widget_set_vexpand (stack, TRUE);

  GtkWidget *switcher = adw_view_switcher_new ();
  adw_view_switcher_set_stack (ADW_VIEW_SWITCHER (switcher), ADW_VIEW_STACK (stack));
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (bar), switcher);
  GtkWidget *stop = gtk_button_new_with_label ("Stop");
  g_signal_connect (stop, "clicked", G_CALLBACK (clicked_cb), (gpointer) "stop");
  adw_header_bar_pack_end (ADW_HEADER_BAR (bar), stop);
  GMenu *menu = g_menu_new ();
  GtkWidget *button = gtk_menu_button_new ();
  g_menu_append (menu, "Quit it", "app.quit");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  name_it (button, "Main menu");
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), button);
  g_object_unref (menu);

  g_signal_add_emission_hook (g_signal_lookup ("event", GDK_TYPE_SURFACE), 0, event_hook, NULL, NULL);

  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), stack);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), box);
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  gtk_window_present (GTK_WINDOW (window));
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  g_application_quit (application);
}

int
main (int argc, char **argv)
{
  AdwApplication *application = adw_application_new ("org.lampwork.Probe", G_APPLICATION_DEFAULT_FLAGS);
  const GActionEntry actions[] = { { .name = "quit", .activate = quit_cb } };

  setvbuf (stdout, NULL, _IOLBF, 0);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions), application);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  int status = g_application_run (G_APPLICATION (application), argc, argv);
  g_object_unref (application);
  return status;
}
