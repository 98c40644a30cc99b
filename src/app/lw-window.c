/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-arm-page.h"
#include "lw-data-page.h"
#include "lw-learn-page.h"
#include "lw-model-page.h"
#include "lw-perform-page.h"
#include "lw-teach-page.h"
#include "lw-words.h"

struct _LwWindow
{
  AdwApplicationWindow parent_instance;

  /* owned */
  LwSession *session;
  char      *banner_request; /* what the banner's button does: "reset", "copy", "" */
  guint      status_source;
  AdwToast  *toast;          /* (nullable) the last message, weak */
  gboolean   closing;        /* waits for the arm to be down */
  gboolean   lowered;        /* it is: the window may go */

  /* template */
  GtkStack        *stack;
  AdwToastOverlay *toasts;
  GtkWidget       *device_chip, *mode_chip, *stop_button, *banner_button;
  GtkImage        *device_icon, *mode_icon, *banner_icon;
  GtkLabel        *device_label, *mode_label, *banner_label;
  GtkRevealer     *banner;
  GtkLabel        *status_timing, *status_health, *status_limits, *status_project;
  GtkWidget       *open_button, *menu_button, *status_arm;
};

G_DEFINE_FINAL_TYPE (LwWindow, lw_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- header ---- */

static void
set_chip (GtkWidget *chip, GtkImage *icon, GtkLabel *label, const char *icon_name, const char *words, const char *style)
{
  const char *classes[] = { "chip", style, NULL };

  gtk_widget_set_css_classes (chip, classes);
  gtk_image_set_from_icon_name (icon, icon_name);
  gtk_label_set_text (label, words);
}

static void
update_header (LwWindow *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  gboolean connected = lw_session_is_connected (self->session);

  set_chip (self->device_chip, self->device_icon, self->device_label, connected ? "computer-symbolic" : "network-offline-symbolic",
            lw_session_get_device_name (self->session), connected ? "chip-simulated" : "chip-quiet");
  set_chip (self->mode_chip, self->mode_icon, self->mode_label, lw_words_mode_icon (state->mode), lw_words_mode (state->mode),
            lw_words_mode_class (state->mode));
  gtk_widget_set_visible (self->mode_chip, connected);
  gtk_widget_set_sensitive (self->stop_button, lw_session_can_stop (self->session));
}

static void
stop_clicked (GtkButton *button, LwWindow *self)
{
  lw_session_stop (self->session);
}

/* ---- banner ---- */

static void
show_banner (LwWindow *self, const char *text, const char *button, const char *request)
{
  gtk_label_set_text (self->banner_label, text);
  gtk_widget_set_visible (self->banner_button, button != NULL);
  if (button != NULL)
    gtk_button_set_label (GTK_BUTTON (self->banner_button), button);
  g_free (self->banner_request);
  self->banner_request = g_strdup (request);
  gtk_revealer_set_reveal_child (self->banner, TRUE);
}

/* One condition at a time, the worst first. */
static void
update_banner (LwWindow *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  const char *saving = lw_session_get_saving_error (self->session), *found = lw_session_get_found_port (self->session);
  const LwTrouble *condition = lw_session_get_condition (self->session);
  g_autofree char *text = NULL;

  if (found != NULL)
    {
      text = g_strdup_printf (_("The arm is plugged in again, at %s. What was recorded is kept."), found);
      show_banner (self, text, _("Reconnect"), "reconnect");
    }
  else if (state->mode == LW_MODE_STOPPED || state->mode == LW_MODE_FAULT)
    show_banner (self, lw_words_reason (state), state->mode == LW_MODE_STOPPED || state->reason != LW_REASON_LINK_LOST ? _("Reset") : NULL, "reset");
  else if (state->found_powered && state->mode == LW_MODE_CONNECTED)
    show_banner (self, _("The arm was left powered. It holds its place; lowering it to rest switches the torque off."), _("Lower to rest"), "lower");
  else if (saving != NULL)
    {
      text = g_strdup_printf (_("Not saved: %s. What is recorded waits in memory and is tried again twice a second: make room."), saving);
      show_banner (self, text, NULL, "");
    }
  else if (self->closing)
    show_banner (self, _("Lowering the arm to rest before closing. Esc stops it."), NULL, "");
  else if (condition != NULL)
    {
      text = g_strjoin (" ", condition->what, condition->action, NULL);
      show_banner (self, text, condition->command != NULL ? _("Copy command") : NULL, "copy");
    }
  else
    gtk_revealer_set_reveal_child (self->banner, FALSE);
}

static void
banner_clicked (GtkButton *button, LwWindow *self)
{
  const LwTrouble *condition = lw_session_get_condition (self->session);

  if (g_strcmp0 (self->banner_request, "reset") == 0)
    lw_session_request (self->session, LW_REQUEST_RESET);
  else if (g_strcmp0 (self->banner_request, "lower") == 0)
    lw_session_request (self->session, LW_REQUEST_LOWER);
  else if (g_strcmp0 (self->banner_request, "reconnect") == 0)
    lw_session_reconnect (self->session);
  else if (g_strcmp0 (self->banner_request, "copy") == 0 && condition != NULL && condition->command != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), condition->command);
}

/* ---- status line ---- */

static void
update_status (LwWindow *self)
{
  const LwArmState *state = lw_session_get_arm_state (self->session);
  LwProject *project = lw_session_get_project (self->session);
  g_autofree char *timing = NULL, *health = NULL, *limits = NULL, *saved = NULL;

  if (lw_session_is_connected (self->session))
    {
      char code[5];

      timing = g_strdup_printf (_("%.1f Hz · jitter p99 %.1f ms · lost %" G_GUINT64_FORMAT), state->rate_hz, state->jitter_p99_ms, state->counters.lost);
      health = g_strdup_printf (_("%.0f °C %.1f V"), state->temperature, state->voltage);
      lw_limits_code (lw_arm_get_limits (lw_session_get_arm (self->session)), code);
      limits = g_strdup_printf (_("limits %s"), code);
    }
  else
    timing = g_strdup (_("No arm connected"));
  gtk_label_set_text (self->status_timing, timing);
  gtk_widget_set_visible (self->status_arm, health != NULL);
  gtk_label_set_text (self->status_health, health != NULL ? health : "");
  gtk_label_set_text (self->status_limits, limits != NULL ? limits : "");

  if (project != NULL)
    {
      g_autofree char *name = g_path_get_basename (lw_project_get_path (project));
      gint64 at = lw_project_get_saved_at (project);
      g_autoptr (GDateTime) time = at > 0 ? g_date_time_new_from_unix_local (at) : NULL;
      g_autofree char *clock = time != NULL ? g_date_time_format (time, "%H:%M") : NULL;

      saved = clock != NULL ? g_strdup_printf (_("%s · saved %s"), name, clock) : g_strdup (name);
    }
  gtk_label_set_text (self->status_project, saved != NULL ? saved : "");
}

static gboolean
status_timer (gpointer data)
{
  update_status (data);
  return G_SOURCE_CONTINUE;
}

/* ---- toasts ---- */

static void
undo_from_toast (AdwToast *toast, LwWindow *self)
{
  lw_session_undo (self->session);
}

#define TOAST_LINE 64 /* characters; a longer text wraps: what is cut off cannot be read anywhere else */

/* A label of our own: a toast would read its title as markup, and names may hold anything. */
static AdwToast *
make_toast (const char *text)
{
  AdwToast *toast = adw_toast_new ("");
  GtkWidget *label = gtk_label_new (text);

  if (g_utf8_strlen (text, -1) > TOAST_LINE)
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_width_chars (GTK_LABEL (label), TOAST_LINE);
      gtk_label_set_max_width_chars (GTK_LABEL (label), TOAST_LINE);
    }
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_widget_add_css_class (label, "heading");
  adw_toast_set_custom_title (toast, label);
  return toast;
}

static void
show_message (LwSession *session, const char *text, const char *undo, LwWindow *self)
{
  AdwToast *toast = make_toast (text);

  if (*undo != '\0')
    {
      adw_toast_set_button_label (toast, undo);
      g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_from_toast), self, 0);
    }
  /* The newest is what matters: it does not wait behind an older one, nor behind an error that waits to be read. */
  if (self->toast != NULL)
    adw_toast_dismiss (self->toast);
  g_set_weak_pointer (&self->toast, toast);
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  adw_toast_set_timeout (toast, *undo != '\0' || strlen (text) > TOAST_LINE ? 8 : 5);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
details_response (AdwMessageDialog *dialog, const char *response, LwWindow *self)
{
  if (g_str_equal (response, "copy"))
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_message_dialog_get_body (dialog));
}

static void
show_details (AdwToast *toast, LwWindow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), g_object_get_data (G_OBJECT (toast), "headline"),
                                              g_object_get_data (G_OBJECT (toast), "details"));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "copy", _("_Copy"), "close", _("_Close"), NULL);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  g_signal_connect_object (dialog, "response", G_CALLBACK (details_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
show_error (LwSession *session, const char *headline, const char *text, LwWindow *self)
{
  AdwToast *toast = make_toast (headline);

  g_object_set_data_full (G_OBJECT (toast), "headline", g_strdup (headline), g_free);
  g_object_set_data_full (G_OBJECT (toast), "details", g_strdup (text), g_free);
  adw_toast_set_button_label (toast, _("Details"));
  adw_toast_set_timeout (toast, 0);
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (show_details), self, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* ---- closing: a powered arm is lowered first ---- */

static void
down (LwSession *session, LwWindow *self)
{
  if (!lw_session_is_down (session))
    return;
  self->lowered = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

static gboolean
lw_window_close_request (GtkWindow *window)
{
  LwWindow *self = LW_WINDOW (window);

  if (self->lowered || lw_session_is_down (self->session))
    return GTK_WINDOW_CLASS (lw_window_parent_class)->close_request (window);
  if (!self->closing)
    {
      self->closing = TRUE;
      g_signal_connect_object (self->session, "connection-changed", G_CALLBACK (down), self, 0);
      g_signal_connect_object (self->session, "run-changed", G_CALLBACK (down), self, 0);
      update_banner (self);
      lw_session_wind_down (self->session);
    }
  return GDK_EVENT_STOP;
}

/* ---- pages ---- */

void
lw_window_show_page (LwWindow *self, const char *name)
{
  if (gtk_stack_get_child_by_name (self->stack, name) != NULL)
    gtk_stack_set_visible_child_name (self->stack, name);
}

static void
page_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  lw_window_show_page (LW_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* @spoken: what a screen reader calls the page. */
static void
add_page (LwWindow *self, GtkWidget *page, const char *name, const char *title, const char *spoken)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (page), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_stack_add_titled (self->stack, page, name, title);
}

static void
add_pages (LwWindow *self)
{
  add_page (self, lw_arm_page_new (self->session), "arm", _("Arm"), _("Arm page"));
  add_page (self, lw_teach_page_new (self->session), "teach", _("Teach"), _("Teach page"));
  add_page (self, lw_data_page_new (self->session), "data", _("Data"), _("Data page"));
  add_page (self, lw_model_page_new (self->session), "model", _("Model"), _("Model page"));
  add_page (self, lw_learn_page_new (self->session), "learn", _("Learn"), _("Learn page"));
  add_page (self, lw_perform_page_new (self->session), "perform", _("Perform"), _("Perform page"));
}

static void
update_undo (LwSession *session, LwWindow *self)
{
  GApplication *application = g_application_get_default ();
  GAction *undo = g_action_map_lookup_action (G_ACTION_MAP (application), "undo");
  GAction *redo = g_action_map_lookup_action (G_ACTION_MAP (application), "redo");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (undo), lw_session_get_undo_label (session) != NULL);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (redo), lw_session_get_redo_label (session) != NULL);
}

static void
update_all (LwWindow *self)
{
  update_header (self);
  update_banner (self);
  update_status (self);
}

static void
lw_window_dispose (GObject *object)
{
  LwWindow *self = LW_WINDOW (object);

  g_clear_handle_id (&self->status_source, g_source_remove);
  g_clear_weak_pointer (&self->toast);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  G_OBJECT_CLASS (lw_window_parent_class)->dispose (object);
  g_clear_object (&self->session);
  g_clear_pointer (&self->banner_request, g_free);
}

static void
lw_window_class_init (LwWindowClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = lw_window_close_request;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-window.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwWindow, name)
  CHILD (stack);
  CHILD (toasts);
  CHILD (device_chip);
  CHILD (device_icon);
  CHILD (device_label);
  CHILD (mode_chip);
  CHILD (mode_icon);
  CHILD (mode_label);
  CHILD (stop_button);
  CHILD (banner);
  CHILD (banner_icon);
  CHILD (banner_label);
  CHILD (banner_button);
  CHILD (status_timing);
  CHILD (status_health);
  CHILD (status_limits);
  CHILD (status_project);
  CHILD (open_button);
  CHILD (menu_button);
  CHILD (status_arm);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, stop_clicked);
  gtk_widget_class_bind_template_callback (widget, banner_clicked);
  gtk_widget_class_install_action (widget, "win.page", "s", page_action);
}

static void
lw_window_init (LwWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

LwWindow *
lw_window_new (AdwApplication *application, LwSession *session)
{
  LwWindow *self = g_object_new (LW_TYPE_WINDOW, "application", application, NULL);

  self->session = g_object_ref (session);
  add_pages (self);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_all), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mode-changed", G_CALLBACK (update_all), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update_header), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "recording-changed", G_CALLBACK (update_header), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "skill-changed", G_CALLBACK (update_header), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "selection-changed", G_CALLBACK (update_header), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "project-changed", G_CALLBACK (update_status), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "saving-changed", G_CALLBACK (update_banner), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "condition-changed", G_CALLBACK (update_banner), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "fit-progress", G_CALLBACK (update_header), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "undo-changed", G_CALLBACK (update_undo), self, 0);
  g_signal_connect_object (session, "message", G_CALLBACK (show_message), self, 0);
  g_signal_connect_object (session, "details", G_CALLBACK (show_error), self, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Menu"), -1);
  self->status_source = g_timeout_add (500, status_timer, self);
  update_undo (session, self);
  update_all (self);
  return self;
}
