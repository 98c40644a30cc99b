/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Troubles in words. */
#include "lw-trouble.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct {
  const char *name;
  void      (*say) (const LwTroubleFacts *facts, LwTrouble *out);
} Kind;

#define DEGREES (180.0 / G_PI)

/* ---- naming ---- */

static const char *
port_of (const LwTroubleFacts *facts)
{
  return facts->port != NULL ? facts->port : _("the simulated arm");
}

static const char *
joint_of (const LwTroubleFacts *facts, uint8_t id)
{
  for (size_t j = 0; facts->profile != NULL && j < facts->profile->n_joints; j++)
    if (facts->profile->joints[j].id == id)
      return facts->profile->joints[j].name;
  return NULL;
}

/* "Servo 3 (elbow_flex)", "Servos 3, 4". */
static char *
servos_of (const LwTroubleFacts *facts)
{
  g_autoptr (GString) list = g_string_new (NULL);

  if (facts->n_ids == 0)
    return g_strdup (_("A servo"));
  for (size_t i = 0; i < facts->n_ids; i++)
    {
      const char *joint = joint_of (facts, facts->ids[i]);

      g_string_append_printf (list, "%s%u", i == 0 ? "" : ", ", facts->ids[i]);
      if (joint != NULL)
        g_string_append_printf (list, " (%s)", joint);
    }
  /* Translators: the ids of servos, with the names of their joints: “Servo 3 (elbow_flex)”, “Servos 3, 5” */
  return g_strdup_printf (ngettext ("Servo %s", "Servos %s", facts->n_ids), list->str);
}

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

static gulong
number_of (const LwTroubleFacts *facts)
{
  return MAX (facts->n_ids, 1);
}

/* ---- the port ---- */

static void
say_no_permission (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("This user may not open %s."), port_of (facts));
  out->works = g_strdup (_("Everything that needs no arm works, and so does the simulated arm."));
  out->action = g_strdup (_("Add this user to the group “dialout” with the command below, then log out and in again."));
  out->command = g_strdup ("sudo usermod -aG dialout $USER");
}

static void
say_port_busy (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("%s is in use by another program."), port_of (facts));
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

static void
say_no_port (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->works = g_strdup (_("Other ports and the simulated arm work."));
  if (is_network (facts))
    {
      out->what = g_strdup_printf (_("Nobody answers at %s."), facts->port);
      out->action = g_strdup (_("Check the address, and that the network bridge is switched on."));
      return;
    }
  out->what = g_strdup_printf (_("There is no port %s."), port_of (facts));
  out->action = g_strdup (_("Plug the adapter in, or choose one of the ports that are there."));
  out->command = g_strdup ("lampwork-cli ports");
}

static void
say_port_speed (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("%s cannot run at %u baud."), port_of (facts), facts->baud);
  out->works = g_strdup (_("The adapter works at other speeds."));
  out->action = g_strdup (_("Choose a speed that both the adapter and the servos can do; most can do 1000000."));
}

static void
say_nothing_answers (const LwTroubleFacts *facts, LwTrouble *out)
{
  if (facts->baud > 0)
    out->what = g_strdup_printf (_("No servo answers on %s at %u baud."), port_of (facts), facts->baud);
  else
    out->what = g_strdup_printf (_("No servo answers on %s."), port_of (facts));
  out->works = g_strdup (_("The port itself opens; nothing was changed on the arm."));
  out->action = g_strdup (_("Check that the arm has power and that its cable sits; then search at all speeds."));
  out->command = scan_command (facts);
}

static void
say_cable_pulled (const LwTroubleFacts *facts, LwTrouble *out)
{
  out->what = g_strdup_printf (_("The connection to %s is gone."), port_of (facts));
  out->works = g_strdup (_("What was recorded until then is kept."));
  out->action = is_network (facts) ? g_strdup (_("Check the network and the bridge, then connect again."))
                                   : g_strdup (_("Plug the cable in again and connect: the arm is recognised, whatever the port is called then."));
}

/* ---- who is there ---- */

static void
say_wrong_speed (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s answers at %u baud instead of %u.", "%s answer at %u baud instead of %u.", number_of (facts)), servos,
                               facts->other_baud, facts->baud);
  out->works = g_strdup_printf (_("At %u baud the arm can be used as it is; where that is slower, with fewer readings a second."), facts->other_baud);
  out->action = g_strdup_printf (_("Connect at %u baud, or set the servos to %u one at a time."), facts->other_baud, facts->baud);
}

static void
say_missing_id (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s does not answer on %s.", "%s do not answer on %s.", number_of (facts)), servos, port_of (facts));
  out->works = g_strdup (_("The other servos can be read; nothing was changed on them."));
  out->action = g_strdup (_("Check the plug of this servo and of the one before it, then search for it under another id."));
  out->command = scan_command (facts);
}

static void
say_doubled_id (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (size_t i = 0; i < facts->n_ids; i++)
    g_string_append_printf (list, "%s%u", i == 0 ? "" : ", ", facts->ids[i]);
  out->what = g_strdup_printf (_("Two servos share the id %s: they answer at the same time."), list->str);
  out->works = g_strdup (_("The servos with other ids can be used."));
  out->action = g_strdup (_("Unplug all servos but one of the two, and give that one another id."));
}

static void
say_wrong_model (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s is of model %.0f; this kind of arm has %.0f there.",
                                         "%s are of model %.0f; this kind of arm has %.0f there.",
                                         number_of (facts)), servos, facts->value, facts->limit);
  out->works = g_strdup (_("Everything can be read."));
  out->action = g_strdup (_("Choose the arm that this one is, or exchange ids that were set the wrong way round."));
}

/* ---- the line ---- */

static void
say_time_outs (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s leaves %.1f %% of the questions unanswered.",
                                           "%s leave up to %.1f %% of the questions unanswered.", number_of (facts)),
                                 servos, 100.0 * facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s does not answer in time.", "%s do not answer in time.", number_of (facts)), servos);
  out->works = g_strdup (_("Reading and recording go on; what is missing is marked as a gap and never made up."));
  out->action = g_strdup (_("Check the plugs and the cable to this servo; a lower speed is less sensitive."));
}

static void
say_adapter_latency (const LwTroubleFacts *facts, LwTrouble *out)
{
  const char *name = facts->port != NULL ? strrchr (facts->port, '/') : NULL;

  out->what = g_strdup_printf (_("The adapter of %s answers after %.0f ms: at most %.0f readings a second."), port_of (facts), 1e3 * facts->value, facts->rate_hz);
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

static void
say_return_delay (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  if (isfinite (facts->rate_hz))
    out->what = g_strdup_printf (ngettext ("%s waits %.0f µs before each answer: at most %.0f readings a second.",
                                           "%s wait %.0f µs before each answer: at most %.0f readings a second.", number_of (facts)),
                                 servos, 1e6 * facts->value, facts->rate_hz);
  else
    out->what = g_strdup_printf (ngettext ("%s waits %.0f µs before each answer.", "%s wait %.0f µs before each answer.", number_of (facts)), servos,
                                 1e6 * facts->value);
  out->works = g_strdup (_("Everything works, only more slowly."));
  out->action = g_strdup (_("Set the return delay of these servos to 0 with the maker’s program (Dynamixel Wizard or Feetech FD), with torque off."));
}

/* ---- the servos ---- */

static void
say_voltage (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  if (!isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s reports a wrong supply voltage.", "%s report a wrong supply voltage.", number_of (facts)), servos);
  else if (!isfinite (facts->limit))
    out->what = g_strdup_printf (ngettext ("%s measures a wrong supply voltage: %.1f V.", "%s measure a wrong supply voltage: %.1f V.", number_of (facts)), servos,
                                 facts->value);
  else if (facts->value < facts->limit)
    out->what = g_strdup_printf (ngettext ("%s measures %.1f V; it needs at least %.1f V.",
                                           "%s measure %.1f V; they need at least %.1f V.", number_of (facts)), servos, facts->value, facts->limit);
  else
    out->what = g_strdup_printf (ngettext ("%s measures %.1f V; it bears at most %.1f V.",
                                           "%s measure %.1f V; they bear at most %.1f V.", number_of (facts)), servos, facts->value, facts->limit);
  out->works = g_strdup (_("The servos can be read."));
  out->action = g_strdup (_("Compare what is printed on the power supply with what the servos need, and check its plug."));
}

static void
say_overload (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s presses with %.0f %% of what it can.",
                                           "%s press with up to %.0f %% of what they can.", number_of (facts)), servos, 100.0 * facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s switched itself off: it was overloaded.",
                                           "%s switched themselves off: they were overloaded.", number_of (facts)), servos);
  out->works = g_strdup (_("The servos can be read; the others hold."));
  out->action = g_strdup (_("Support the arm and take the load away; a servo that switched off is restarted on the Arm page."));
}

static void
say_overheating (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  if (isfinite (facts->value) && isfinite (facts->limit))
    out->what = g_strdup_printf (ngettext ("%s is at %.0f °C; it should stay below %.0f °C.",
                                           "%s are at up to %.0f °C; they should stay below %.0f °C.", number_of (facts)), servos, facts->value, facts->limit);
  else if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s is too hot: %.0f °C.", "%s are too hot: up to %.0f °C.", number_of (facts)), servos, facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s is too hot.", "%s are too hot.", number_of (facts)), servos);
  out->works = g_strdup (_("The arm can be read while it cools."));
  out->action = g_strdup (_("Support the arm, release it and let it cool down before going on."));
}

static void
say_hardware (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s reports a fault of its own.", "%s report a fault of their own.", number_of (facts)), servos);
  out->works = g_strdup (_("The other servos can be read."));
  out->action = g_strdup (_("Switch the arm’s power off and on; if the fault comes back, exchange the servo."));
}

static void
say_offset_too_large (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s stores an offset of %.0f°, but applies at most %.0f°.",
                                         "%s store an offset of up to %.0f°, but apply at most %.0f°.", number_of (facts)), servos, DEGREES * facts->value, DEGREES * facts->limit);
  out->works = g_strdup (_("Everything can be read; angles there may be wrong by part of a turn."));
  out->action = g_strdup (_("Mount the horn closer to the middle of its travel, or clear the offset, and calibrate this joint again."));
}

static void
say_calibration_differs (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = servos_of (facts);

  if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s stores something else than this arm’s calibration says: %.1f° apart.",
                                           "%s store something else than this arm’s calibration says: up to %.1f° apart.", number_of (facts)),
                                 servos, DEGREES * facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s stores something else than this arm’s calibration says.",
                                           "%s store something else than this arm’s calibration says.", number_of (facts)), servos);
  out->works = g_strdup (_("The arm can be read; the angles and limits of these joints may be wrong."));
  out->action = g_strdup (_("Calibrate these joints again before the arm is powered."));
}

static void
say_other (const LwTroubleFacts *facts, LwTrouble *out)
{
  if (facts->technical[0] == '\0')
    out->what = g_strdup_printf (_("%s does not work."), port_of (facts));
  else
    out->what = g_strconcat (facts->technical, strchr (".!?", facts->technical[strlen (facts->technical) - 1]) == NULL ? "." : "", NULL);
  out->works = g_strdup (_("Everything that needs no arm works, and so does the simulated arm."));
  out->action = g_strdup (_("Try again; if it stays, switch the arm’s power off and on."));
}

static const Kind kinds[LW_N_TROUBLE_KINDS] = {
  [LW_TROUBLE_NO_PERMISSION] = { "no-permission", say_no_permission },
  [LW_TROUBLE_PORT_BUSY] = { "port-busy", say_port_busy },
  [LW_TROUBLE_NO_PORT] = { "no-port", say_no_port },
  [LW_TROUBLE_PORT_SPEED] = { "port-speed", say_port_speed },
  [LW_TROUBLE_NOTHING_ANSWERS] = { "nothing-answers", say_nothing_answers },
  [LW_TROUBLE_WRONG_SPEED] = { "wrong-speed", say_wrong_speed },
  [LW_TROUBLE_MISSING_ID] = { "missing-id", say_missing_id },
  [LW_TROUBLE_DOUBLED_ID] = { "doubled-id", say_doubled_id },
  [LW_TROUBLE_WRONG_MODEL] = { "wrong-model", say_wrong_model },
  [LW_TROUBLE_TIME_OUTS] = { "time-outs", say_time_outs },
  [LW_TROUBLE_ADAPTER_LATENCY] = { "adapter-latency", say_adapter_latency },
  [LW_TROUBLE_RETURN_DELAY] = { "return-delay", say_return_delay },
  [LW_TROUBLE_VOLTAGE] = { "voltage", say_voltage },
  [LW_TROUBLE_OVERLOAD] = { "overload", say_overload },
  [LW_TROUBLE_OVERHEATING] = { "overheating", say_overheating },
  [LW_TROUBLE_HARDWARE] = { "hardware", say_hardware },
  [LW_TROUBLE_OFFSET_TOO_LARGE] = { "offset-too-large", say_offset_too_large },
  [LW_TROUBLE_CALIBRATION_DIFFERS] = { "calibration-differs", say_calibration_differs },
  [LW_TROUBLE_CABLE_PULLED] = { "cable-pulled", say_cable_pulled },
  [LW_TROUBLE_OTHER] = { "other", say_other },
};

const char *
lw_trouble_kind_name (LwTroubleKind kind)
{
  g_return_val_if_fail ((unsigned) kind < LW_N_TROUBLE_KINDS, NULL);

  return kinds[kind].name;
}

void
lw_trouble_facts_init (LwTroubleFacts *self, LwTroubleKind kind)
{
  *self = (LwTroubleFacts){ .kind = kind, .value = NAN, .limit = NAN, .rate_hz = NAN };
}

/* What the words leave out, for whoever is asked for help. */
static char *
details_of (const LwTroubleFacts *facts, const char *more)
{
  g_autoptr (GString) text = g_string_new (kinds[facts->kind].name);

  if (facts->port != NULL)
    g_string_append_printf (text, ", %s", facts->port);
  if (facts->baud > 0)
    g_string_append_printf (text, ", %u baud", facts->baud);
  if (facts->profile != NULL)
    g_string_append_printf (text, ", %s", facts->profile->id);
  for (size_t i = 0; i < facts->n_ids; i++)
    g_string_append_printf (text, "%s%u", i == 0 ? ", id " : " ", facts->ids[i]);
  if (isfinite (facts->value))
    g_string_append_printf (text, ", %g", facts->value);
  if (isfinite (facts->limit))
    g_string_append_printf (text, " (%g)", facts->limit);
  if (facts->technical[0] != '\0')
    g_string_append_printf (text, "\n%s", facts->technical);
  if (more != NULL)
    g_string_append_printf (text, "\n%s", more);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LwTrouble *
lw_trouble_new (const LwTroubleFacts *facts)
{
  LwTrouble *self;
  char *more;

  g_return_val_if_fail ((unsigned) facts->kind < LW_N_TROUBLE_KINDS, NULL);

  self = g_new0 (LwTrouble, 1);
  self->kind = facts->kind;
  kinds[facts->kind].say (facts, self);
  more = self->details;
  self->details = details_of (facts, more);
  g_free (more);
  return self;
}

void
lw_trouble_free (LwTrouble *self)
{
  if (self == NULL)
    return;
  g_free (self->what);
  g_free (self->works);
  g_free (self->action);
  g_free (self->command);
  g_free (self->details);
  g_free (self);
}

char *
lw_trouble_to_text (const LwTrouble *self)
{
  return g_strconcat (self->what, " ", self->works, " ", self->action, self->command != NULL ? "\n    " : NULL, self->command, NULL);
}
