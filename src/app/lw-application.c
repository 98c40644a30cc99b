/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>

#include "lw-config.h"
#include "lw-paths.h"
#include "lw-sample-project.h"
#include "lw-stop-guard.h"
#include "lw-window.h"

struct _LwApplication
{
  AdwApplication parent_instance;

  /* owned */
  LwSession *session;
  GSettings *settings;
  char      *connect_to;  /* --simulated: arm to connect at the start, nullable */
  char      *first_page;  /* --page, nullable */
  char      *bus_log;     /* --bus-log, nullable */
  gboolean   sample;      /* --sample */
  gboolean   exit_after_startup;

  /* borrowed */
  LwWindow  *window;
};

G_DEFINE_FINAL_TYPE (LwApplication, lw_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  { "simulated", 0, 0, G_OPTION_ARG_STRING, NULL, N_("Connect the simulated arm at the start: arm-7, desk-6, planar-7 or planar-2"), N_("ARM") },
  { "sample", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Open the sample project"), NULL },
  { "page", 0, 0, G_OPTION_ARG_STRING, NULL, N_("Page to begin with: arm, teach, data, model, learn or perform"), N_("PAGE") },
  { "bus-log", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_("Write everything the simulated arm is told to FILE"), N_("FILE") },
  { "exit-after-startup", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  { NULL },
};

/* ---- projects ---- */

static char *
projects_dir (void)
{
  char *dir = g_build_filename (g_get_user_data_dir (), "lampwork", NULL);

  g_mkdir_with_parents (dir, 0700);
  return dir;
}

/* The sample project is the person's own copy, made from the demonstrations that come with the program. */
static char *
sample_path (LwApplication *self)
{
  g_autofree char *dir = projects_dir ();
  g_autofree char *path = g_build_filename (dir, "Sample.lampwork", NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !lw_sample_project_create (path, lw_path_samples (), &error))
    g_signal_emit_by_name (self->session, "details", _("The sample project could not be made; a new project is open instead"), error->message);
  return g_steal_pointer (&path);
}

static void
open_first_project (LwApplication *self)
{
  g_autofree char *last = g_settings_get_string (self->settings, "last-project");

  if (!self->sample && *last != '\0' && g_file_test (last, G_FILE_TEST_EXISTS))
    lw_session_open_project (self->session, last);
  else
    {
      g_autofree char *path = sample_path (self);

      lw_session_open_project (self->session, path);
    }
}

static void
remember_project (LwSession *session, LwApplication *self)
{
  LwProject *project = lw_session_get_project (session);

  if (project != NULL)
    g_settings_set_string (self->settings, "last-project", lw_project_get_path (project));
}

/* "Project 3.lampwork": the first name that is free. */
static char *
new_project_path (void)
{
  g_autofree char *dir = projects_dir ();

  for (guint i = 1;; i++)
    {
      g_autofree char *name = g_strdup_printf (_("Project %u.lampwork"), i);
      g_autofree char *path = g_build_filename (dir, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
}

static void
open_response (GtkNativeDialog *dialog, int response, LwApplication *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        lw_session_open_project (self->session, path);
    }
  g_object_unref (dialog);
}

/* ---- actions ---- */

static void
action_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LwApplication *self = data;
  GtkFileChooserNative *dialog;
  g_autoptr (GtkFileFilter) filter = NULL;
  g_autoptr (GFile) folder = NULL;
  g_autofree char *dir = projects_dir ();

  /* A portal's window is not ours to guard: Esc in it would not be Stop. */
  if (lw_session_get_arm_state (self->session)->mode == LW_MODE_RUNNING)
    {
      g_signal_emit_by_name (self->session, "message", _("The arm is running. Stop it before opening another project."), "");
      return;
    }
  dialog = gtk_file_chooser_native_new (_("Open Project"), GTK_WINDOW (self->window), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _("Lampwork projects"));
  gtk_file_filter_add_suffix (filter, "lampwork");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  folder = g_file_new_for_path (dir);
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (dialog), folder, NULL);
  g_signal_connect (dialog, "response", G_CALLBACK (open_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
action_new (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LwApplication *self = data;
  g_autofree char *path = new_project_path ();

  lw_session_open_project (self->session, path);
}

static void
action_sample (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LwApplication *self = data;
  g_autofree char *path = sample_path (self);

  lw_session_open_project (self->session, path);
}

static void
action_undo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lw_session_undo (LW_APPLICATION (data)->session);
}

static void
action_redo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lw_session_redo (LW_APPLICATION (data)->session);
}

static void
action_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LwApplication *self = data;
  static const char *const developers[] = { "The Lampwork developers", NULL };

  adw_show_about_window (GTK_WINDOW (self->window), "application-name", "Lampwork", "application-icon", "org.lampwork.Lampwork",
                         "version", LW_VERSION, "developers", developers, "license-type", GTK_LICENSE_GPL_3_0,
                         "comments", _("Teach a robot arm by hand and let it improve what it was taught.\n\nKeep the power switch within reach: "
                                       "Stop is software and cannot replace it."), NULL);
}

static void
action_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_close (GTK_WINDOW (LW_APPLICATION (data)->window));
}

static const GActionEntry actions[] = {
  { "open", action_open }, { "new", action_new }, { "sample", action_sample }, { "undo", action_undo },
  { "redo", action_redo }, { "about", action_about }, { "quit", action_quit },
};

static void
add_accelerators (GtkApplication *application)
{
  static const struct { const char *action; const char *keys[2]; } accelerators[] = {
    { "app.open", { "<Control>o" } }, { "app.new", { "<Control>n" } }, { "app.undo", { "<Control>z" } },
    { "app.redo", { "<Control><Shift>z" } }, { "app.quit", { "<Control>q" } },
    { "win.page::arm", { "<Control>1" } }, { "win.page::teach", { "<Control>2" } }, { "win.page::data", { "<Control>3" } },
    { "win.page::model", { "<Control>4" } }, { "win.page::learn", { "<Control>5" } }, { "win.page::perform", { "<Control>6" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (application, accelerators[i].action, (const char *const *) accelerators[i].keys);
}

/* ---- life ---- */

static void
log_bus (LwApplication *self)
{
  g_autoptr (GError) error = NULL;
  LwBusLog *log = lw_bus_log_new (self->bus_log, &error);

  if (log != NULL)
    lw_session_set_bus_log (self->session, log);
  else
    g_signal_emit_by_name (self->session, "details", _("What the arm is told is not logged"), error->message);
}

static gboolean
terminated (gpointer data)
{
  LwApplication *self = data;

  /* Closing the window lowers the arm before it lets go. */
  if (self->window != NULL)
    gtk_window_close (GTK_WINDOW (self->window));
  else
    g_application_quit (G_APPLICATION (self));
  return G_SOURCE_CONTINUE;
}

static gboolean
exit_soon (gpointer data)
{
  terminated (data);
  return G_SOURCE_REMOVE;
}

static void
lw_application_startup (GApplication *application)
{
  LwApplication *self = LW_APPLICATION (application);

  G_APPLICATION_CLASS (lw_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name ("org.lampwork.Lampwork");
  self->settings = g_settings_new ("org.lampwork.Lampwork");
  self->session = lw_session_new ();
  g_signal_connect (self->session, "project-changed", G_CALLBACK (remember_project), self);
  lw_stop_guard_install (self->session);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  add_accelerators (GTK_APPLICATION (self));
  g_unix_signal_add (SIGTERM, terminated, self);
  g_unix_signal_add (SIGINT, terminated, self);
}

static void
show_window (LwApplication *self)
{
  if (self->window == NULL)
    {
      self->window = lw_window_new (ADW_APPLICATION (self), self->session);
      g_object_add_weak_pointer (G_OBJECT (self->window), (gpointer *) &self->window);
      if (self->first_page != NULL)
        lw_window_show_page (self->window, self->first_page);
      if (self->bus_log != NULL)
        log_bus (self);
      if (self->connect_to != NULL)
        lw_session_connect_simulated (self->session, self->connect_to, 100.0);
      if (self->exit_after_startup)
        g_timeout_add (500, exit_soon, self);
    }
  gtk_window_present (GTK_WINDOW (self->window));
}

static void
lw_application_activate (GApplication *application)
{
  LwApplication *self = LW_APPLICATION (application);
  gboolean first = self->window == NULL;

  show_window (self);
  if (first)
    open_first_project (self);
}

static void
lw_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  LwApplication *self = LW_APPLICATION (application);
  g_autofree char *path = g_file_get_path (files[0]);

  show_window (self);
  if (path != NULL)
    lw_session_open_project (self->session, path);
}

static int
lw_application_handle_local_options (GApplication *application, GVariantDict *given)
{
  LwApplication *self = LW_APPLICATION (application);

  g_variant_dict_lookup (given, "simulated", "s", &self->connect_to);
  g_variant_dict_lookup (given, "page", "s", &self->first_page);
  g_variant_dict_lookup (given, "bus-log", "^ay", &self->bus_log);
  self->sample = g_variant_dict_contains (given, "sample");
  self->exit_after_startup = g_variant_dict_contains (given, "exit-after-startup");
  return -1;
}

static void
lw_application_shutdown (GApplication *application)
{
  LwApplication *self = LW_APPLICATION (application);

  if (self->session != NULL)
    lw_session_shut_down (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->settings);
  G_APPLICATION_CLASS (lw_application_parent_class)->shutdown (application);
}

static void
lw_application_finalize (GObject *object)
{
  LwApplication *self = LW_APPLICATION (object);

  g_free (self->connect_to);
  g_free (self->first_page);
  g_free (self->bus_log);
  G_OBJECT_CLASS (lw_application_parent_class)->finalize (object);
}

static void
lw_application_class_init (LwApplicationClass *klass)
{
  GApplicationClass *application = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = lw_application_finalize;
  application->startup = lw_application_startup;
  application->activate = lw_application_activate;
  application->open = lw_application_open;
  application->shutdown = lw_application_shutdown;
  application->handle_local_options = lw_application_handle_local_options;
}

static void
lw_application_init (LwApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _("[PROJECT.lampwork]"));
}

LwApplication *
lw_application_new (void)
{
  return g_object_new (LW_TYPE_APPLICATION, "application-id", "org.lampwork.Lampwork", "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/org/lampwork/Lampwork", NULL);
}
