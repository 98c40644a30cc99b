/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lampwork-sim: the simulated arm on a pseudo-terminal, for any program that speaks Dynamixel 2.0. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lw-config.h"
#include "lw-paths.h"
#include "lw-sim-bus.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static const char description[] =
  "Prints the name of the port and answers there until it is interrupted. Servo i of the arm has id i; the\n"
  "bytes, their pace and their delays are those of Dynamixel servos at the given speed.\n\n"
  "Example: lampwork-sim --arm desk-6 --link /tmp/arm &";

typedef struct {
  char   *arm;
  char   *link;
  int     baud;
  int     return_delay;
  double  jitter;
  double  lost;
  double  corrupt;
  gint64  seed;
  gboolean heavy;
} Options;

static int fail (int code, const char *format, ...) G_GNUC_PRINTF (2, 3);

static int
fail (int code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("lampwork-sim: %s\n", text);
  return code;
}

/* The master of a new pseudo-terminal in raw mode. @client is our own hold on the other end: without it the line would hang up
 * whenever a program closes the port, and the next one could not open it. */
static int
open_terminal (char *name, size_t size, int *client)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios settings;

  if (master < 0)
    return -1;
  if (grantpt (master) != 0 || unlockpt (master) != 0 || ptsname_r (master, name, size) != 0
      || (*client = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
    {
      close (master);
      return -1;
    }
  if (tcgetattr (*client, &settings) == 0)
    {
      cfmakeraw (&settings);
      tcsetattr (*client, TCSANOW, &settings);
    }
  return master;
}

static LwArmModel *
load_arm (const char *id)
{
  g_autofree char *file = g_strconcat (id, ".xml", NULL);
  g_autofree char *path = g_build_filename (lw_path_arms (), file, NULL);
  LwSimError error;
  LwArmModel *model;

  if (strchr (id, G_DIR_SEPARATOR) != NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      fail (USAGE, _("there is no arm “%s”; there are arm-7, desk-6, planar-7 and planar-2"), id);
      return NULL;
    }
  model = lw_arm_model_load (path, NULL, &error);
  if (model == NULL)
    fail (USAGE, "%s", error.text);
  return model;
}

/* Answers on a new port until SIGINT or SIGTERM, which the caller has blocked. */
static int
serve (LwSimBus *bus, const Options *options, const sigset_t *until)
{
  g_autoptr (GError) error = NULL;
  char name[64];
  int client = -1, master = open_terminal (name, sizeof name, &client), signal_number;

  if (master < 0)
    return fail (FAILED, _("no pseudo-terminal: %s"), g_strerror (errno));
  if (options->link != NULL && symlink (name, options->link) != 0)
    {
      int code = fail (FAILED, _("%s: %s"), options->link, g_strerror (errno));

      close (client);
      close (master);
      return code;
    }
  if (!lw_sim_bus_serve (bus, master, &error))
    {
      if (options->link != NULL)
        unlink (options->link);
      close (client);
      return fail (FAILED, "%s", error->message);
    }
  printf ("%s\n", options->link != NULL ? options->link : name);
  fflush (stdout);
  sigwait (until, &signal_number);

  lw_sim_bus_disconnect (bus);
  if (options->link != NULL)
    unlink (options->link);
  close (client);
  return DONE;
}

static gboolean
parse (Options *self, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "arm", 0, 0, G_OPTION_ARG_STRING, &self->arm, N_("arm-7, desk-6, planar-7 or planar-2 (arm-7)"), N_("ARM") },
    { "link", 0, 0, G_OPTION_ARG_FILENAME, &self->link, N_("Make this name lead to the port"), N_("PATH") },
    { "baud", 0, 0, G_OPTION_ARG_INT, &self->baud, N_("Speed that paces the bytes (1000000)"), N_("N") },
    { "return-delay", 0, 0, G_OPTION_ARG_INT, &self->return_delay, N_("Delay before every reply in µs (0)"), N_("US") },
    { "jitter", 0, 0, G_OPTION_ARG_DOUBLE, &self->jitter, N_("Mean of the random delay of replies in µs (150)"), N_("US") },
    { "lost", 0, 0, G_OPTION_ARG_DOUBLE, &self->lost, N_("Fraction of replies that are lost (0)"), N_("F") },
    { "corrupt", 0, 0, G_OPTION_ARG_DOUBLE, &self->corrupt, N_("Fraction of replies that arrive damaged (0)"), N_("F") },
    { "heavy", 0, 0, G_OPTION_ARG_NONE, &self->heavy, N_("A limp arm sinks instead of staying where it is left"), NULL },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &self->seed, N_("Seed of delays and losses (1)"), N_("N") },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, _("Puts a simulated robot arm on a port."));
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, &error))
    fail (USAGE, "%s", error->message);
  else if (*argc > 1)
    fail (USAGE, _("“%s” is not an option; see lampwork-sim --help"), (*argv)[1]);
  else if (self->baud < 9600 || self->return_delay < 0 || !(self->jitter >= 0.0 && self->jitter <= 1e6))
    fail (USAGE, _("--baud is at least 9600, --return-delay and --jitter are not negative"));
  else if (!(self->lost >= 0.0 && self->corrupt >= 0.0 && self->lost + self->corrupt <= 1.0))
    fail (USAGE, _("--lost and --corrupt are fractions, together at most 1"));
  else
    return TRUE;
  return FALSE;
}

static int
run (const Options *options)
{
  LwArmModel *model = load_arm (options->arm != NULL ? options->arm : "arm-7");
  LwSimBusConfig config;
  LwSimBus *bus;
  sigset_t until;
  int code;

  if (model == NULL)
    return USAGE;

  /* Blocked before the simulator's thread exists, so that it inherits the mask and sigwait() is the one to take them. */
  sigemptyset (&until);
  sigaddset (&until, SIGINT);
  sigaddset (&until, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &until, NULL);

  lw_sim_bus_config_init (&config);
  config.model = model;
  config.baud = (unsigned) options->baud;
  config.return_delay_us = (unsigned) options->return_delay;
  config.jitter_us = options->jitter;
  config.seed = (uint64_t) options->seed;
  config.balanced = !options->heavy;
  bus = lw_sim_bus_new (&config);
  if (bus != NULL)
    {
      lw_sim_bus_set_loss (bus, options->lost, options->corrupt);
      code = serve (bus, options, &until);
    }
  else
    code = fail (FAILED, _("the simulated bus could not be made"));
  lw_sim_bus_free (bus);
  lw_arm_model_unref (model);
  return code;
}

int
main (int argc, char **argv)
{
  Options options = { .baud = 1000000, .jitter = 150.0, .seed = 1 };
  int code;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* what is printed is read by programs */
  bindtextdomain (GETTEXT_PACKAGE, LW_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  code = parse (&options, &argc, &argv) ? run (&options) : USAGE;
  g_free (options.arm);
  g_free (options.link);
  return code;
}
