/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-conditions.h"

#include <math.h>

static bool
holds (const LwSimEvent *event, int64_t t_ns)
{
  return event->begin_ns <= t_ns && t_ns < event->end_ns;
}

void
lw_sim_conditions_at (const LwSimScript *script, int64_t t_ns, LwSimConditions *out)
{
  *out = (LwSimConditions){ .voltage = NAN };
  for (unsigned i = 0; i < script->events->len; i++)
    {
      const LwSimEvent *event = &g_array_index (script->events, LwSimEvent, i);

      if (!holds (event, t_ns))
        continue;
      switch (event->kind)
        {
        case LW_SIM_EVENT_LOST:
          out->lost = event->a;
          break;
        case LW_SIM_EVENT_CORRUPT:
          out->corrupt = event->a;
          break;
        case LW_SIM_EVENT_DELAY:
          out->delay_min = event->a;
          out->delay_max = event->b;
          break;
        case LW_SIM_EVENT_ECHO:
          out->echo = event->a != 0;
          break;
        case LW_SIM_EVENT_SILENT:
          out->silent = true;
          break;
        case LW_SIM_EVENT_HANG_UP:
          out->hang_up = true;
          break;
        case LW_SIM_EVENT_HAND:
          out->has_hand = true;
          out->hand[0] = event->a;
          out->hand[1] = event->b;
          out->hand[2] = event->c;
          break;
        case LW_SIM_EVENT_LOAD:
          out->load = event->a;
          break;
        case LW_SIM_EVENT_VOLTAGE:
          out->voltage = event->a;
          break;
        case LW_SIM_EVENT_IGNORE_ALL:
          out->ignore_goals = true;
          break;
        case LW_SIM_EVENT_PINGS_COLLIDE:
          out->pings_collide = true;
          break;
        case LW_SIM_EVENT_SYNC_STOPS:
          out->sync_stops = true;
          break;
        default:
          break;
        }
    }
}

void
lw_sim_servo_conditions_at (const LwSimScript *script, int64_t t_ns, uint8_t id, LwSimServoConditions *out)
{
  *out = (LwSimServoConditions){ .heat = NAN };
  for (unsigned i = 0; i < script->events->len; i++)
    {
      const LwSimEvent *event = &g_array_index (script->events, LwSimEvent, i);

      if (!holds (event, t_ns) || event->id != id)
        continue;
      switch (event->kind)
        {
        case LW_SIM_EVENT_MISSING:
          out->missing = true;
          break;
        case LW_SIM_EVENT_DOUBLE:
          out->doubled = true;
          break;
        case LW_SIM_EVENT_HEAT:
          out->heat = event->a;
          break;
        case LW_SIM_EVENT_OVERLOAD:
          out->overload = true;
          break;
        case LW_SIM_EVENT_ENCODER:
          out->encoder = true;
          break;
        case LW_SIM_EVENT_IGNORE:
          out->ignore_goals = true;
          break;
        case LW_SIM_EVENT_STUCK:
          out->stuck = true;
          break;
        default:
          break;
        }
    }
}

int64_t
lw_sim_conditions_next (const LwSimScript *script, int64_t t_ns)
{
  int64_t next_ns = INT64_MAX;

  for (unsigned i = 0; i < script->events->len; i++)
    {
      const LwSimEvent *event = &g_array_index (script->events, LwSimEvent, i);

      if (event->begin_ns > t_ns)
        next_ns = MIN (next_ns, event->begin_ns);
      if (event->end_ns > t_ns)
        next_ns = MIN (next_ns, event->end_ns);
    }
  return next_ns;
}
