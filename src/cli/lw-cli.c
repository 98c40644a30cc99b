/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli.h"

#include <glib/gi18n.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lw-arm-profile.h"
#include "lw-skill.h"

gboolean
lw_cli_is_number (int n, int least)
{
  return n == LW_CLI_NO_NUMBER || n >= least;
}

gboolean
lw_cli_is_amount (double x)
{
  return x == LW_CLI_NO_AMOUNT || (x >= 0.0 && isfinite (x));
}

int
lw_cli_fail (int code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("lampwork-cli: %s\n", text);
  return code;
}

int
lw_cli_fail_error (const GError *error)
{
  gboolean input = error->domain == LW_IMPORT_ERROR || error->domain == LW_TASK_ERROR || error->domain == LW_PROFILE_ERROR ||
                   g_error_matches (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT) ||
                   g_error_matches (error, LW_JOB_ERROR, LW_JOB_ERROR_NUMERICS);

  if (error->domain == LW_PROJECT_ERROR)
    input = error->code != LW_PROJECT_ERROR_BUSY && error->code != LW_PROJECT_ERROR_WRITE;
  return lw_cli_fail (input ? LW_CLI_USAGE : LW_CLI_FAILED, "%s", error->message);
}

gboolean
lw_cli_parse (const char *command, const char *arguments, const char *description, const GOptionEntry *options,
              int *argc, char ***argv, int *code)
{
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_strdup_printf ("lampwork-cli %s", command);

  g_set_prgname (program);
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_description (context, description);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  *code = lw_cli_fail (LW_CLI_USAGE, "%s: %s", command, error->message);
  return FALSE;
}

/* ---- progress ---- */

void
lw_cli_progress_begin (LwCliProgress *self, gboolean wanted)
{
  *self = (LwCliProgress){ .on = wanted && isatty (STDERR_FILENO), .began = g_get_monotonic_time (), .shown = -1 };
}

void
lw_cli_progress_show (LwCliProgress *self, double fraction, const char *what)
{
  enum { WIDTH = 28 };
  char bar[WIDTH + 1];
  int mille = (int) (fraction * 1000.0), filled = (int) (fraction * WIDTH);
  double elapsed = 1e-6 * (double) (g_get_monotonic_time () - self->began);

  if (!self->on || mille == self->shown)
    return;
  self->shown = mille;
  for (int i = 0; i < WIDTH; i++)
    bar[i] = i < filled ? '#' : '.';
  bar[WIDTH] = '\0';
  if (fraction > 0.02)
    {
      int left = (int) (elapsed * (1.0 - fraction) / fraction + 0.5);

      g_printerr ("\r[%s] %3d %%  %d:%02d left  %s\033[K", bar, mille / 10, left / 60, left % 60, what);
    }
  else
    g_printerr ("\r[%s] %3d %%  %s\033[K", bar, mille / 10, what);
}

void
lw_cli_progress_end (LwCliProgress *self)
{
  if (self->on && self->shown >= 0)
    g_printerr ("\r\033[K");
  self->shown = -1;
}

/* ---- interrupts ---- */

atomic_bool lw_cli_stop, lw_cli_leave;

static void
interrupted (int signal_number)
{
  if (atomic_exchange (&lw_cli_stop, true))
    _exit (128 + signal_number);
}

/* A terminal that closes says so more than once: whoever is on the way out stays on it. */
static void
terminated (int signal_number)
{
  (void) signal_number;
  atomic_store (&lw_cli_leave, true);
  atomic_store (&lw_cli_stop, true);
}

void
lw_cli_catch_interrupt (void)
{
  struct sigaction stop = { .sa_handler = interrupted }, leave = { .sa_handler = terminated };

  sigaction (SIGINT, &stop, NULL);
  sigaction (SIGTERM, &leave, NULL);
  sigaction (SIGHUP, &leave, NULL);
}
