/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-play.h"

#include <math.h>

#include "lw-sim-bus-private.h"

void
lw_sim_play_init (LwSimPlay *self, LwSimBus *bus, const LwSimScript *script)
{
  *self = (LwSimPlay){ .bus = bus, .script = script };
  for (size_t i = 0; i < LW_MAX_JOINTS; i++)
    self->servos[i].heat = NAN;
}

static void
play_bus (LwSimPlay *self, const LwSimConditions *is)
{
  unsigned faults = (is->ignore_goals ? LW_SIM_FAULT_IGNORE_GOALS : 0u) | (is->silent ? LW_SIM_FAULT_SILENT : 0u)
                    | (is->hang_up ? LW_SIM_FAULT_HANG_UP : 0u) | (is->echo ? LW_SIM_FAULT_ECHO : 0u)
                    | (is->pings_collide ? LW_SIM_FAULT_PINGS_COLLIDE : 0u) | (is->sync_stops ? LW_SIM_FAULT_SYNC_STOPS : 0u);

  lw_sim_bus_set_loss (self->bus, is->lost, is->corrupt);
  lw_sim_bus_set_late (self->bus, is->delay_max > 0 ? 1 : 0, is->delay_min, is->delay_max);
  lw_sim_bus_set_supply (self->bus, isnan (is->voltage) ? 0 : is->voltage);
  lw_sim_bus_set_faults (self->bus, faults);
  self->hung_up = is->hang_up;
  self->load = is->load;
}

static void
play_hand (LwSimPlay *self, const LwSimConditions *is)
{
  double local[3];
  int body = lw_arm_model_tip (self->bus->plant.model, local);

  if (is->has_hand)
    lw_sim_bus_hand (self->bus, body, local, is->hand);
  else if (self->held)
    lw_sim_bus_let_go (self->bus);
  self->held = is->has_hand;
}

/* Heat and errors happen once, when they begin; the rest lasts as long as it is said. */
static void
play_servo (LwSimPlay *self, size_t servo, const LwSimServoConditions *is)
{
  const LwSimServoConditions *was = &self->servos[servo];
  const LwSimDeviceClass *klass = self->bus->plant.devices[servo]->klass;

  lw_sim_bus_set_missing (self->bus, servo, is->missing);
  lw_sim_bus_set_doubled (self->bus, servo, is->doubled);
  lw_sim_bus_set_ignoring (self->bus, servo, is->ignore_goals);
  lw_sim_bus_set_stuck (self->bus, servo, is->stuck);
  if (!isnan (is->heat) && !(is->heat == was->heat))
    lw_sim_bus_set_heat (self->bus, servo, is->heat);
  if (is->overload && !was->overload)
    lw_sim_bus_fail_servo (self->bus, servo, klass->overload);
  if (is->encoder && !was->encoder)
    lw_sim_bus_fail_servo (self->bus, servo, klass->encoder);
  self->servos[servo] = *is;
}

int64_t
lw_sim_play_at (LwSimPlay *self, int64_t t_ns)
{
  LwSimConditions all;

  for (size_t i = 0; i < self->bus->plant.n_devices; i++)
    {
      LwSimServoConditions one;

      lw_sim_servo_conditions_at (self->script, t_ns, self->bus->ids[i], &one);
      play_servo (self, i, &one);
    }
  lw_sim_conditions_at (self->script, t_ns, &all);
  play_bus (self, &all);
  play_hand (self, &all);
  return lw_sim_conditions_next (self->script, t_ns);
}
