/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the servos themselves. */
#include <glib/gi18n.h>
#include <math.h>

#include "lw-trouble-private.h"

#define DEGREES (180.0 / G_PI)

void
lw_trouble_say_voltage (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  if (!isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s reports a wrong supply voltage.", "%s report a wrong supply voltage.", lw_trouble_number_of (facts)), servos);
  else if (!isfinite (facts->limit))
    out->what = g_strdup_printf (ngettext ("%s measures a wrong supply voltage: %.1f V.", "%s measure a wrong supply voltage: %.1f V.", lw_trouble_number_of (facts)), servos,
                                 facts->value);
  else if (facts->value < facts->limit)
    out->what = g_strdup_printf (ngettext ("%s measures %.1f V; it needs at least %.1f V.",
                                           "%s measure %.1f V; they need at least %.1f V.", lw_trouble_number_of (facts)), servos, facts->value, facts->limit);
  else
    out->what = g_strdup_printf (ngettext ("%s measures %.1f V; it bears at most %.1f V.",
                                           "%s measure %.1f V; they bear at most %.1f V.", lw_trouble_number_of (facts)), servos, facts->value, facts->limit);
  out->works = g_strdup (_("The servos can be read."));
  out->action = g_strdup (_("Compare what is printed on the power supply with what the servos need, and check its plug."));
}

void
lw_trouble_say_overload (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s presses with %.0f %% of what it can.",
                                           "%s press with up to %.0f %% of what they can.", lw_trouble_number_of (facts)), servos, 100.0 * facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s switched itself off: it was overloaded.",
                                           "%s switched themselves off: they were overloaded.", lw_trouble_number_of (facts)), servos);
  out->works = g_strdup (_("The servos can be read; the others hold."));
  out->action = g_strdup (_("Support the arm and take the load away; a servo that switched off is restarted on the Arm page."));
}

void
lw_trouble_say_overheating (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  if (isfinite (facts->value) && isfinite (facts->limit))
    out->what = g_strdup_printf (ngettext ("%s is at %.0f °C; it should stay below %.0f °C.",
                                           "%s are at up to %.0f °C; they should stay below %.0f °C.", lw_trouble_number_of (facts)), servos, facts->value, facts->limit);
  else if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s is too hot: %.0f °C.", "%s are too hot: up to %.0f °C.", lw_trouble_number_of (facts)), servos, facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s is too hot.", "%s are too hot.", lw_trouble_number_of (facts)), servos);
  out->works = g_strdup (_("The arm can be read while it cools."));
  out->action = g_strdup (_("Support the arm, release it and let it cool down before going on."));
}

void
lw_trouble_say_hardware (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s reports a fault of its own.", "%s report a fault of their own.", lw_trouble_number_of (facts)), servos);
  out->works = g_strdup (_("The other servos can be read."));
  out->action = g_strdup (_("Switch the arm’s power off and on; if the fault comes back, exchange the servo."));
}

void
lw_trouble_say_offset_too_large (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  out->what = g_strdup_printf (ngettext ("%s stores an offset of %.0f°, but applies at most %.0f°.",
                                         "%s store an offset of up to %.0f°, but apply at most %.0f°.", lw_trouble_number_of (facts)), servos, DEGREES * facts->value, DEGREES * facts->limit);
  out->works = g_strdup (_("Everything can be read; angles there may be wrong by part of a turn."));
  out->action = g_strdup (_("Mount the horn closer to the middle of its travel, or clear the offset, and calibrate this joint again."));
}

void
lw_trouble_say_calibration_differs (const LwTroubleFacts *facts, LwTrouble *out)
{
  g_autofree char *servos = lw_trouble_servos_of (facts);

  if (isfinite (facts->value))
    out->what = g_strdup_printf (ngettext ("%s stores something else than this arm’s calibration says: %.1f° apart.",
                                           "%s store something else than this arm’s calibration says: up to %.1f° apart.", lw_trouble_number_of (facts)),
                                 servos, DEGREES * facts->value);
  else
    out->what = g_strdup_printf (ngettext ("%s stores something else than this arm’s calibration says.",
                                           "%s store something else than this arm’s calibration says.", lw_trouble_number_of (facts)), servos);
  out->works = g_strdup (_("The arm can be read; the angles and limits of these joints may be wrong."));
  out->action = g_strdup (_("Calibrate these joints again before the arm is powered."));
}
