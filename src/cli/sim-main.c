/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lampwork-sim: a simulated arm, and scale, on pseudo-terminals or TCP ports, for any program that speaks to such things. */
#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lw-config.h"
#include "lw-sim-arm.h"
#include "lw-sim-options.h"
#include "lw-sim-play.h"
#include "lw-sim-port.h"
#include "lw-sim-scale.h"

/* Written to by the signal handler, on whatever thread it runs: libraries have started some before main(). */
static int end_fd = -1;

enum { DONE = 0, FAILED = 1, USAGE = 2 };

/* What answers, and where. */
typedef struct {
  LwSimBus    *bus;
  LwSimScript *script;
  LwSimPlay    play;
  LwSimPort    port;
  LwSimScale  *scale; /* NULL without one */
  LwSimPort    scale_port;
  gint64       t_start_us;
} Simulation;

static void
end_soon (int number)
{
  const uint64_t one = 1;
  int code = errno;

  (void) number;
  if (write (end_fd, &one, sizeof one) < 0)
    _exit (FAILED);
  errno = code;
}

static int
fail (int code, const GError *error)
{
  g_printerr ("lampwork-sim: %s\n", error->message);
  return code;
}

static gboolean
serve_arm (gpointer device, int fd, GError **error)
{
  return lw_sim_bus_serve (device, fd, error);
}

static gboolean
serve_scale (gpointer device, int fd, GError **error)
{
  return lw_sim_scale_serve (device, fd, error);
}

static LwSimScale *
new_scale (const LwSimOptions *options, GError **error)
{
  LwSimScaleConfig config;
  LwSimScale *scale;

  lw_sim_scale_config_init (&config);
  config.stream = options->scale_stream;
  if (!lw_scale_format_from_name (options->scale, &config.format))
    {
      g_autoptr (GString) known = g_string_new (NULL);

      for (LwScaleFormat i = 0; i < LW_SCALE_N_FORMATS; i++)
        g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", lw_scale_format_name (i));
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("“%s” is no format of a scale; there are %s"), options->scale, known->str);
      return NULL;
    }
  scale = lw_sim_scale_new (&config);
  if (scale == NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("the scale cannot be simulated"));
  return scale;
}

/* Before the first program comes the arm is there already, and its weight pulls at it. */
static gboolean
start_arm (LwSimBus *bus, GError **error)
{
  int fd = lw_sim_bus_connect (bus, error);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

static LwSimScript *
load_script (const LwSimOptions *options, GError **error)
{
  LwSimScript *script = options->faults != NULL ? lw_sim_script_load (options->faults, error) : lw_sim_script_parse ("", "", error);

  if (script == NULL)
    return NULL;
  /* What the command line says comes first, so that the file may say otherwise. */
  lw_sim_script_prepend (script, LW_SIM_EVENT_LOST, options->lost);
  lw_sim_script_prepend (script, LW_SIM_EVENT_CORRUPT, options->corrupt);
  lw_sim_script_prepend (script, LW_SIM_EVENT_ECHO, options->echo);
  lw_sim_script_prepend (script, LW_SIM_EVENT_LOAD, options->scale_load);
  return script;
}

/* --- while it runs ------------------------------------------------------------------------------------------------------------- */

static gboolean
open_port (LwSimPort *port, GError **error)
{
  if (!lw_sim_port_open (port, error))
    return FALSE;
  printf ("%s\n", port->link != NULL && port->number < 0 ? port->link : port->name);
  fflush (stdout);
  return TRUE;
}

/* The script's next words. A cable that is pulled takes the port away with it, and one that is plugged in brings it back.
 * Returns ms until more is due, -1 for never. */
static int
play (Simulation *self, GError **error)
{
  int64_t now_ns = (g_get_monotonic_time () - self->t_start_us) * 1000;
  bool was_hung_up = self->play.hung_up;
  int64_t next_ns = lw_sim_play_at (&self->play, now_ns);

  if (self->scale != NULL)
    lw_sim_scale_set_load (self->scale, self->play.load);
  if (self->play.hung_up && !was_hung_up)
    lw_sim_port_close (&self->port);
  if (was_hung_up && !self->play.hung_up && !open_port (&self->port, error))
    return -1;
  return next_ns == INT64_MAX ? -1 : (int) MIN ((next_ns - now_ns + 999999) / 1000000, G_MAXINT);
}

static int
answer (Simulation *self)
{
  g_autoptr (GError) error = NULL;

  for (;;)
    {
      struct pollfd entries[3] = { { .fd = end_fd, .events = POLLIN } };
      int wait_ms = play (self, &error);

      if (error != NULL)
        return fail (FAILED, error);
      lw_sim_port_watch (&self->port, &entries[1]);
      lw_sim_port_watch (&self->scale_port, &entries[2]);
      if (poll (entries, G_N_ELEMENTS (entries), wait_ms) < 0 && errno != EINTR)
        return FAILED;
      if (entries[0].revents != 0)
        return DONE;
      if (!lw_sim_port_dispatch (&self->port, entries[1].revents, &error) || !lw_sim_port_dispatch (&self->scale_port, entries[2].revents, &error))
        return fail (FAILED, error);
    }
}

/* What goes wrong from the start does so before anybody can ask. */
static gboolean
open_ports (Simulation *self, GError **error)
{
  (void) lw_sim_play_at (&self->play, 0);
  return start_arm (self->bus, error) && (self->play.hung_up || open_port (&self->port, error))
         && (self->scale == NULL || open_port (&self->scale_port, error));
}

static int
run (const LwSimOptions *options, LwSimArm *arm)
{
  const char *address = options->address != NULL ? options->address : "127.0.0.1";
  g_autoptr (GError) error = NULL;
  Simulation self = { 0 };
  int code = USAGE;

  lw_sim_port_init (&self.port, options->pty, address, options->tcp);
  lw_sim_port_init (&self.scale_port, options->scale_pty, address, options->scale_tcp);
  self.script = load_script (options, &error);
  if (self.script != NULL && (options->scale == NULL || (self.scale = new_scale (options, &error)) != NULL))
    {
      code = FAILED;
      self.bus = lw_sim_arm_bus (arm, options, options->seed_given ? (uint64_t) options->seed : self.script->seed, &error);
    }
  if (self.bus != NULL)
    {
      self.port.device = self.bus;
      self.port.serve = serve_arm;
      self.scale_port.device = self.scale;
      self.scale_port.serve = serve_scale;
      self.t_start_us = g_get_monotonic_time ();
      lw_sim_play_init (&self.play, self.bus, self.script);
      code = open_ports (&self, &error) ? answer (&self) : FAILED;
    }
  if (error != NULL)
    fail (code, error);
  lw_sim_bus_free (self.bus);
  lw_sim_scale_free (self.scale);
  lw_sim_port_close (&self.port);
  lw_sim_port_close (&self.scale_port);
  lw_sim_script_free (self.script);
  return code;
}

int
main (int argc, char **argv)
{
  const struct sigaction action = { .sa_handler = end_soon };
  g_autoptr (GError) error = NULL;
  LwSimOptions options;
  LwSimArm arm = { 0 };
  int code;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* what is printed is read by programs */
  bindtextdomain (GETTEXT_PACKAGE, LW_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  end_fd = eventfd (0, EFD_CLOEXEC);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);

  if (!lw_sim_options_parse (&options, &argc, &argv, &error) || !lw_sim_arm_load (&arm, &options, &error))
    code = fail (USAGE, error);
  else
    code = run (&options, &arm);
  lw_sim_arm_clear (&arm);
  lw_sim_options_clear (&options);
  return code;
}
