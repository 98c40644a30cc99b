/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line to the servos in numbers: gathered in the arm thread, told ten times a second, worked out by whoever asks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-arm-private.h"

static void
remember (LwArmTimes *times, int64_t ns)
{
  times->ns[times->n++ % LW_ARM_N_TIMES] = ns;
}

void
lw_arm_time_reading (LwArm *self)
{
  remember (&self->link.together, self->round_trip_ns);
}

/* An adapter that holds answers back for longer than a cycle lets some of them through at once, by the chance of the moment.
 * Those that were not waited for count as what a question took that had all its time: else just the lucky ones would. */
void
lw_arm_time_question (LwArm *self, int64_t ns, bool answered, bool patient)
{
  if (answered && patient)
    self->question_ns = ns;
  remember (&self->link.alone, answered ? ns : MAX (ns, self->question_ns));
}

void
lw_arm_publish_link (LwArm *self)
{
  LwArmLinkRecord *link = &self->link;

  if (self->bus != NULL)
    {
      link->counters = self->bus->counters;
      memcpy (link->servos, self->bus->servo_counters, sizeof link->servos);
      link->round_trips = self->bus->round_trips;
    }
  memcpy (link->temperature, self->temperature, sizeof link->temperature);
  memcpy (link->voltage, self->voltage, sizeof link->voltage);
  lw_snapshot_put (&self->link_snapshot, link, sizeof *link);
}

static int
compare (const void *a, const void *b)
{
  int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

  return (x > y) - (x < y);
}

/* s; NaN without one. */
static double
quantile (const LwArmTimes *times, double fraction)
{
  size_t  n = MIN (times->n, LW_ARM_N_TIMES);
  int64_t sorted[LW_ARM_N_TIMES];

  if (n == 0)
    return NAN;
  memcpy (sorted, times->ns, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare);
  return 1e-9 * (double) sorted[(size_t) (fraction * (double) (n - 1) + 0.5)];
}

void
lw_arm_get_link (LwArm *self, LwArmLink *out)
{
  LwArmLinkRecord link;

  lw_snapshot_get (&self->link_snapshot, &link, sizeof link);
  out->n_servos = self->n;
  out->counters = link.counters;
  memcpy (out->servos, link.servos, sizeof out->servos);
  out->round_trips = link.round_trips;
  out->round_trip_median = quantile (&link.together, 0.5);
  out->round_trip_p99 = quantile (&link.together, 0.99);
  out->latency = quantile (&link.alone, 0.5);
  out->achievable_hz = out->round_trip_median > 0 ? 1 / fmax (out->round_trip_median, out->latency) : NAN; /* fmax() ignores NaN */
  memcpy (out->temperature, link.temperature, sizeof out->temperature);
  memcpy (out->voltage, link.voltage, sizeof out->voltage);
}
