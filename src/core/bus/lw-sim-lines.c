/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-sim-line.h"

/* An arm that speaks lines of text, as a microcontroller or a bridge would that somebody wrote in an afternoon. At a rate of its own it says
 *
 *   t q1 .. qn v1 .. vn            us of a counter that wraps at 2^32, rad, rad/s; nan for a joint that is not there
 *
 * and it obeys, a line each,
 *
 *   g q1 .. qn                     goals, rad: go there, unless it is limp
 *   hold, stop                     stand still here with power
 *   free                           limp
 *
 * What it does not understand it passes over. Angles are those of the shafts, from the middle of each joint's range. Fields may be separated by tabs and
 * commas too; "\n", "\r" and both end a line. */
#define LINES_RATE   100.0 /* Hz */
#define LONGEST_LINE 1024
#define DIGITS       "%.6f"

/* One joint of it. */
typedef struct {
  LwSimDevice base;
  uint8_t  id;
  unsigned baud;
  bool     on;
} Joint;

/* --- a joint as a device ------------------------------------------------------------------------------------------------------- */

static void
joint_free (LwSimDevice *device)
{
  g_free (device);
}

static double
joint_step (LwSimDevice *device, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  LwSimDrive drive = {
    .control = ((const Joint *) device)->on ? LW_SIM_MOTOR_POSITION : LW_SIM_MOTOR_OFF,
    .stiffness = 1,
    .limit = device->motor.setup.tau_max,
  };

  return lw_sim_motor_step (&device->motor, &drive, angle, velocity, gravity, dt, t_ns);
}

static bool
joint_powered (const LwSimDevice *device)
{
  return ((const Joint *) device)->on;
}

static uint8_t
joint_id (const LwSimDevice *device)
{
  return ((const Joint *) device)->id;
}

static unsigned
joint_baud (const LwSimDevice *device)
{
  return ((const Joint *) device)->baud;
}

static int64_t
joint_return_delay (const LwSimDevice *device)
{
  (void) device; /* lines come at their own time */
  return 0;
}

/* What ails it has no word in the protocol: it goes limp. */
static void
joint_fail (LwSimDevice *device, uint8_t bits)
{
  if (bits != 0)
    ((Joint *) device)->on = false;
}

static const LwSimDeviceClass joint_class = {
  .name = "joint",
  .overload = 1,
  .encoder = 1,
  .shock = 1,
  .free = joint_free,
  .step = joint_step,
  .powered = joint_powered,
  .id = joint_id,
  .baud = joint_baud,
  .return_delay = joint_return_delay,
  .fail = joint_fail,
};

static LwSimDevice *
joint_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  Joint *self = g_new0 (Joint, 1);

  self->base.klass = &joint_class;
  self->id = setup->id;
  self->baud = setup->baud;
  lw_sim_motor_init (&self->base.motor, &setup->motor, angle, t_ns);
  return &self->base;
}

/* --- what lines do ------------------------------------------------------------------------------------------------------------- */

static Joint *
joint_at (const LwSimLine *line, size_t i)
{
  return (Joint *) line->plant->devices[i];
}

/* Holds where it is from here on, moving or limp. */
static void
hold (LwSimLine *line)
{
  for (size_t i = 0; i < line->plant->n_devices; i++)
    {
      joint_at (line, i)->on = true;
      lw_sim_motor_hold (&joint_at (line, i)->base.motor);
    }
}

static void
let_go (LwSimLine *line)
{
  for (size_t i = 0; i < line->plant->n_devices; i++)
    joint_at (line, i)->on = false;
}

/* All of the goals are numbers, or none is taken. */
static void
go (LwSimLine *line, const char *numbers, int64_t t_ns)
{
  double goals[LW_MAX_JOINTS];
  size_t n = line->plant->n_devices;

  for (size_t i = 0; i < n; i++)
    {
      char *end;

      goals[i] = g_ascii_strtod (numbers, &end);
      if (end == numbers || !isfinite (goals[i]))
        return;
      numbers = end;
    }
  if (*numbers != '\0')
    return;
  for (size_t i = 0; i < n; i++)
    {
      LwSimMotor *motor = &joint_at (line, i)->base.motor;

      if (joint_at (line, i)->on && !motor->ignores_goals && lw_sim_line_is_present (line, i))
        lw_sim_motor_goal (motor, goals[i], motor->setup.v_max, t_ns);
    }
}

/* --- the protocol -------------------------------------------------------------------------------------------------------------- */

/* Up to and with the end of the line, whichever end it has. */
static ptrdiff_t
find_line (const uint8_t *bytes, size_t n)
{
  size_t longest = n < LONGEST_LINE ? n : LONGEST_LINE;

  for (size_t i = 0; i < longest; i++)
    if (bytes[i] == '\n' || bytes[i] == '\r')
      return i > 0 ? (ptrdiff_t) i + 1 : -1;
  return n < LONGEST_LINE ? 0 : -LONGEST_LINE;
}

static bool
describe (const uint8_t *bytes, size_t n, LwSimPacket *out)
{
  out->instruction = bytes[0];
  out->id = 0;
  out->address = 0;
  out->n_params = (uint16_t) MIN (n - 1, sizeof out->params);
  memcpy (out->params, bytes, out->n_params);
  return true;
}

static void
act (LwSimLine *line, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  char text[LONGEST_LINE];

  memcpy (text, bytes, n - 1);
  text[n - 1] = '\0';
  g_strdelimit (text, "\t,", ' ');
  g_strchomp (text);
  if (g_str_has_prefix (text, "g "))
    go (line, text + 2, t_ns);
  else if (strcmp (text, "hold") == 0 || strcmp (text, "stop") == 0)
    hold (line);
  else if (strcmp (text, "free") == 0)
    let_go (line);
}

static size_t
append (char *out, size_t at, size_t capacity, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  return at + (size_t) g_snprintf (out + at, capacity - at, " %s", g_ascii_formatd (number, sizeof number, DIGITS, value));
}

/* Time, angles, velocities; a joint that is not there says nan. */
static size_t
speak (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  char *text = (char *) out;
  size_t n = line->plant->n_devices;
  size_t at = (size_t) g_snprintf (text, capacity, "%" G_GUINT32_FORMAT, (uint32_t) (line->plant->t_ns / 1000));

  (void) reply;
  for (size_t i = 0; i < n; i++)
    at = append (text, at, capacity, lw_sim_line_is_present (line, i) ? joint_at (line, i)->base.motor.angle : NAN);
  for (size_t i = 0; i < n; i++)
    at = append (text, at, capacity, lw_sim_line_is_present (line, i) ? joint_at (line, i)->base.motor.velocity : NAN);
  text[at] = '\n';
  return at + 1;
}

/* A line that cannot be said because the one before is still on the wire is left out, and so are those of a time that was skipped. */
static int64_t
unasked (LwSimLine *line, int64_t t_ns)
{
  LwSimReply reply = { .t_after_ns = t_ns };
  int64_t period_ns = (int64_t) (1e9 / (line->rate > 0 ? line->rate : LINES_RATE));

  if (line->n_replies == 0)
    lw_sim_line_queue (line, &reply);
  return MAX (t_ns, line->plant->t_ns - period_ns) + period_ns;
}

const LwSimProtocol lw_sim_lines = {
  .name = "Lines of text",
  .overhead = 8,
  .device = joint_new,
  .find = find_line,
  .describe = describe,
  .act = act,
  .speak = speak,
  .unasked = unasked,
};
