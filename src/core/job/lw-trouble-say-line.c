/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of ports, of who answers on a line, and of how well. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-trouble-private.h"

/* @before PORT @after, for a shell; NULL for the simulated arm. */
static char *
command_for_port (const char *before, const LwTroubleFacts *facts, const char *after)
{
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+=,-";
  g_autofree char *quoted = NULL;

  if (facts->port == NULL)
    return NULL;
  if (facts->port[strspn (facts->port, plain)] != '\0')
    quoted = g_shell_quote (facts->port);
  return g_strconcat (before, quoted != NULL ? quoted : facts->port, after, NULL);
}

static char *
scan_command (const LwTroubleFacts *facts)
{
  return command_for_port ("lampwork-cli scan --port ", facts, " --baud all");
}

/* ---- the port ---- */

void
lw_trouble_say_no_permission (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("This user may not open %s."), lw_trouble_port_of (facts));
  out->works = g_strdup (_("Everything that needs no arm works, and so does the simulated arm."));
  out->action = g_strdup (_("Add this user to the group “dialout” with the command below, then log out and in again."));
  out->command = g_strdup ("sudo usermod -aG dialout $USER");
}

void
lw_trouble_say_port_busy (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("%s is in use by another program."), lw_trouble_port_of (facts));
  out->works = g_strdup (_("The servos were not asked anything; other ports and the simulated arm work."));
  out->action = g_strdup (_("Close that program; the command below shows which one it is."));
  out->command = command_for_port ("fuser -v ", facts, NULL);
  out->details = g_strdup (_("Right after plugging in, ModemManager or brltty may hold the port for some seconds."));
}

static gboolean
is_network (const LwTroubleFacts *facts)
{
  return facts->port != NULL && g_str_has_prefix (facts->port, "tcp:");
}

void
lw_trouble_say_no_port (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->works = g_strdup (_("Other ports and the simulated arm work."));
  if (is_network (facts))
    {
      out->what = g_strdup_printf (_("Nobody answers at %s."), facts->port);
      out->action = g_strdup (_("Check the address, and that the network bridge is switched on."));
      return;
    }
  out->what = g_strdup_printf (_("There is no port %s."), lw_trouble_port_of (facts));
  out->action = g_strdup (_("Plug the adapter in, or choose one of the ports that are there."));
  out->command = g_strdup ("lampwork-cli ports");
}

void
lw_trouble_say_port_speed (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("%s cannot run at %u baud."), lw_trouble_port_of (facts), facts->baud);
  out->works = g_strdup (_("The adapter works at other speeds."));
  out->action = g_strdup (_("Choose a speed that both the adapter and the servos can do; most can do 1000000."));
}

void
lw_trouble_say_nothing_answers (const LwTroubleFacts *facts, LwTrouble *out)
{
  if (facts->baud > 0)
    out->what = g_strdup_printf (_("No servo answers on %s at %u baud."), lw_trouble_port_of (facts), facts->baud);
  else
    out->what = g_strdup_printf (_("No servo answers on %s."), lw_trouble_port_of (facts));
  out->works = g_strdup (_("The port itself opens; nothing was changed on the arm."));
  out->action = g_strdup (_("Check that the arm has power and that its cable sits; then search at all speeds."));
  out->command = scan_command (facts);
}

void
lw_trouble_say_cable_pulled (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("The connection to %s is gone."), lw_trouble_port_of (facts));
  out->works = g_strdup (_("What was recorded until then is kept."));
  out->action = is_network (facts) ? g_strdup (_("Check the network and the bridge, then connect again."))
                                   : g_strdup (_("Plug the cable in again and connect: the arm is recognised, whatever the port is called then."));
}

/* ---- who is there ---- */

void
lw_trouble_say_wrong_speed (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s answers at %u baud instead of %u.", "%s answer at %u baud instead of %u.", lw_trouble_number_of (facts)), servos,
                               facts->other_baud, facts->baud);
  out->works = g_strdup_printf (_("At %u baud the arm can be used as it is; where that is slower, with fewer readings a second."), facts->other_baud);
  out->action = g_strdup_printf (_("Connect at %u baud, or set the servos to %u one at a time."), facts->other_baud, facts->baud);
}

void
lw_trouble_say_missing_id (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s does not answer on %s.", "%s do not answer on %s.", lw_trouble_number_of (facts)), servos, lw_trouble_port_of (facts));
  out->works = g_strdup (_("The other servos can be read; nothing was changed on them."));
  out->action = g_strdup (_("Check the plug of this servo and of the one before it, then search for it under another id."));
  out->command = scan_command (facts);
}

void
lw_trouble_say_doubled_id (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (size_t i = 0; i < facts->n_ids; i++)
    g_string_append_printf (list, "%s%u", i == 0 ? "" : ", ", facts->ids[i]);
  out->what = g_strdup_printf (_("Two servos share the id %s: they answer at the same time."), list->str);
  out->works = g_strdup (_("The servos with other ids can be used."));
  out->action = g_strdup (_("Unplug all servos but one of the two, and give that one another id."));
}

void
lw_trouble_say_wrong_model (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s is of model %.0f; this kind of arm has %.0f there.",
                                         "%s are of model %.0f; this kind of arm has %.0f there.",
                                         lw_trouble_number_of (facts)), servos, facts->value, facts->limit);
  out->works = g_strdup (_("Everything can be read."));
  out->action = g_strdup (_("Choose the arm that this one is, or exchange ids that were set the wrong way round."));
}

/* ---- the line ---- */

void
lw_trouble_say_time_outs (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s leaves %.1f %% of the questions unanswered.",
                                           "%s leave up to %.1f %% of the questions unanswered.", lw_trouble_number_of (facts)),
                                 servos, 100.0 * facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s does not answer in time.", "%s do not answer in time.", lw_trouble_number_of (facts)), servos);
  out->works = g_strdup (_("Reading and recording go on; what is missing is marked as a gap and never made up."));
  out->action = g_strdup (_("Check the plugs and the cable to this servo; a lower speed is less sensitive."));
}

void
lw_trouble_say_adapter_latency (const LwTroubleFacts *facts, LwTrouble *out)
{
  const char *name = facts->port != NULL ? strrchr (facts->port, '/') : NULL;

  out->what = g_strdup_printf (_("The adapter of %s answers after %.0f ms: at most %.0f readings a second."), lw_trouble_port_of (facts), 1e3 * facts->value, facts->rate_hz);
  out->works = g_strdup (_("Everything works, only more slowly."));
  if (name != NULL && g_str_has_prefix (name, "/ttyUSB"))
    {
      out->action = g_strdup (_("Set the adapter’s latency timer to 1 ms with the command below, until it is plugged in anew."));
      out->command = g_strdup_printf ("echo 1 | sudo tee /sys/bus/usb-serial/devices%s/latency_timer", name);
      out->details = g_strdup (_("For good, as a udev rule: ACTION==\"add\", SUBSYSTEM==\"usb-serial\", DRIVER==\"ftdi_sio\", ATTR{latency_timer}=\"1\""));
    }
  else
    out->action = g_strdup (_("Plug the adapter straight into the computer, without a hub, or lower the rate."));
}

void
lw_trouble_say_return_delay (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  if (isfinite (facts->rate_hz))
    out->what = g_strdup_printf (ngettext ("%s waits %.0f µs before each answer: at most %.0f readings a second.",
                                           "%s wait %.0f µs before each answer: at most %.0f readings a second.", lw_trouble_number_of (facts)),
                                 servos, 1e6 * facts->value, facts->rate_hz);
  else
    out->what = g_strdup_printf (ngettext ("%s waits %.0f µs before each answer.", "%s wait %.0f µs before each answer.", lw_trouble_number_of (facts)), servos,
                                 1e6 * facts->value);
  out->works = g_strdup (_("Everything works, only more slowly."));
  out->action = g_strdup (_("Set the return delay of these servos to 0 with the maker’s program (Dynamixel Wizard or Feetech FD), with torque off."));
}
