/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lines-clock.h"

#include <glib.h>

#define N_ODD     5
#define MAX_AHEAD G_GINT64_CONSTANT (1000000000) /* ns: further ahead of what has passed here no line can be */
#define DRIFT     5000 /* 1 / (2 x 10^-4) */

static void
start (LwLinesClock *self, uint32_t t_us, int64_t heard_ns)
{
  self->running = true;
  self->t_us = t_us;
  self->arm_us = t_us;
  self->offset_ns = heard_ns - self->arm_us * 1000;
  self->heard_ns = heard_ns;
  self->n_odd = 0;
}

/* Forward from the newest line, and not by more than has passed here meanwhile. The difference of two counters that wrap is right as long as less than half a round lies between them;
 * after a longer silence the arm is believed like one started anew. */
static bool
fits (const LwLinesClock *self, uint32_t t_us, int64_t heard_ns)
{
  int32_t ahead_us = (int32_t) (t_us - self->t_us);

  return ahead_us > 0 && (int64_t) ahead_us * 1000 <= heard_ns - self->heard_ns + MAX_AHEAD;
}

static bool
is_started_anew (LwLinesClock *self, uint32_t t_us)
{
  bool forward = self->n_odd > 0 && (int32_t) (t_us - self->odd_us) > 0;

  self->n_odd = forward ? self->n_odd + 1 : 1;
  self->odd_us = t_us;
  return self->n_odd >= N_ODD;
}

bool
lw_lines_clock_take (LwLinesClock *self, uint32_t t_us, int64_t heard_ns, int64_t *stamp_ns)
{
  int64_t stamp;

  if (!self->running || (!fits (self, t_us, heard_ns) && is_started_anew (self, t_us)))
    start (self, t_us, heard_ns);
  else if (!fits (self, t_us, heard_ns))
    return false;
  else
    {
      self->arm_us += (int32_t) (t_us - self->t_us);
      self->offset_ns = MIN (self->offset_ns + (heard_ns - self->heard_ns) / DRIFT, heard_ns - self->arm_us * 1000);
      self->t_us = t_us;
      self->heard_ns = heard_ns;
      self->n_odd = 0;
    }
  stamp = self->arm_us * 1000 + self->offset_ns;
  self->stamp_ns = MAX (stamp, self->stamp_ns + 1);
  *stamp_ns = self->stamp_ns;
  return true;
}
