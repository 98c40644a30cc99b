/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "lw-blas.h"
#include "lw-cli.h"
#include "lw-config.h"

static const LwCliCommand commands[] = {
  { "fit", N_("Fit movement primitives and a latent mixture to demonstrations"), lw_cli_fit },
  { "adapt", N_("Tell a movement where to pass, and write the likeliest one that does"), lw_cli_adapt },
  { "learn", N_("Improve a movement from rewards, iteration by iteration"), lw_cli_learn },
  { "compare", N_("Run algorithms side by side on the same contexts and seeds"), lw_cli_compare },
  { "objective", N_("Evaluate LAMPO's objective and divergences on stored arrays"), lw_cli_objective },
  { "record", N_("Record demonstrations from an arm into a project or CSV file"), lw_cli_record },
  { "replay", N_("Run a demonstration on an arm through the limiter"), lw_cli_replay },
  { "export", N_("Write demonstrations, models and runs of a project to open formats"), lw_cli_export },
  { "scale", N_("Read a digital scale: find out what it is, tare, wait for rest"), lw_cli_scale },
  { "demonstrate", N_("Write demonstrations that a task makes by itself"), lw_cli_demonstrate },
  { "arms", N_("List the kinds of arm that are known, or make one of a URDF or MJCF file"), lw_cli_arms },
  { "ports", N_("List the ports, what is plugged in there, and the arms that are remembered"), lw_cli_ports },
  { "scan", N_("Ask which servos are on a bus, and what is wrong with them"), lw_cli_scan },
};

static void
print_help (void)
{
  g_print ("%s\n\n", _("Usage: lampwork-cli COMMAND [OPTIONS]"));
  g_print ("%s\n\n", _("Teaches a robot arm from demonstrations and lets it improve, without a window."));
  g_print ("%s\n", _("Commands, in the order of the work:"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-11s %s\n", commands[i].name, _(commands[i].summary));
  g_print ("\n%s\n", _("A first try that needs no file and no hardware:"));
  g_print ("  lampwork-cli learn --task reacher-4 --iterations 5\n\n");
  g_print ("%s\n", _("“lampwork-cli COMMAND --help” explains a command and its files."));
  g_print ("%s\n", _("Exit code: 0 done, 1 failed, 2 bad input or options."));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* what is printed is read by programs */
  bindtextdomain (GETTEXT_PACKAGE, LW_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  lw_blas_set_threads (1);

  if (argc < 2)
    {
      print_help ();
      return LW_CLI_USAGE;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0)
    {
      print_help ();
      return LW_CLI_OK;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      g_print ("lampwork-cli %s\n", LW_VERSION);
      return LW_CLI_OK;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return commands[i].run (argc - 1, argv + 1);
  return lw_cli_fail (LW_CLI_USAGE, _("there is no command “%s”; see lampwork-cli --help"), argv[1]);
}
