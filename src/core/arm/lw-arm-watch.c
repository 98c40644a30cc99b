/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heat, voltage and load beside the cycle: alarms that are shown, and those that stop the arm. */
#include <math.h>
#include <string.h>

#include "lw-arm-private.h"

static LwReason
reason_of (LwAlarmKind kind)
{
  static const LwReason reasons[LW_N_ALARM_KINDS] = {
    [LW_ALARM_HOT] = LW_REASON_HOT,
    [LW_ALARM_VOLTAGE_LOW] = LW_REASON_VOLTAGE_LOW,
    [LW_ALARM_VOLTAGE_HIGH] = LW_REASON_VOLTAGE_HIGH,
    [LW_ALARM_LOAD] = LW_REASON_LOAD,
    [LW_ALARM_HARDWARE] = LW_REASON_HARDWARE,
  };

  return reasons[kind];
}

/* An arm that is too hot on its way down goes on: there it is released. One that presses against something does not. A hardware
 * error is a fault of its own. */
static bool
must_stop (const LwArm *self, LwAlarmKind kind)
{
  if (self->limp || kind == LW_ALARM_HARDWARE || (self->doing == LW_DOING_LOWER && kind != LW_ALARM_LOAD))
    return false;
  return self->mode == LW_MODE_GUIDE || self->mode == LW_MODE_HOLD || self->mode == LW_MODE_ARMED || self->mode == LW_MODE_RUNNING;
}

static void
add (LwArm *self, LwAlarmKind kind, size_t joint, double value)
{
  LwAlarm change;

  if (!lw_watch_add (&self->watch, kind, joint, value, self->cycle_ns, &change))
    return;
  self->alarms.last[self->alarms.n++ % LW_ARM_N_ALARMS] = change;
  self->alarms.levels[kind][joint] = change.level;
  lw_arm_publish_alarms (self);
  if (change.level == LW_ALARM_STOP && must_stop (self, kind))
    lw_arm_halt (self, LW_EVENT_STOP, reason_of (kind), self->cycle_ns);
}

void
lw_arm_watch_loads (LwArm *self)
{
  const LwJointInfo *joints = lw_arm_model_joints (self->setup.model);

  for (size_t j = 0; j < self->n; j++)
    if (self->silent[j] == 0)
      add (self, LW_ALARM_LOAD, j, fabs (self->load[j]) / (self->identities[j].measures_torque ? joints[j].tau_max : 1));
}

void
lw_arm_watch_health (LwArm *self, size_t joint, const LwServoIdentity *health)
{
  self->temperature[joint] = health->temperature;
  self->voltage[joint] = health->voltage;
  self->alert = self->alert || health->hardware_error != 0;
  add (self, LW_ALARM_HOT, joint, health->temperature);
  add (self, LW_ALARM_VOLTAGE_LOW, joint, health->voltage);
  add (self, LW_ALARM_VOLTAGE_HIGH, joint, health->voltage);
  add (self, LW_ALARM_HARDWARE, joint, health->hardware_error);
}

void
lw_arm_publish_alarms (LwArm *self)
{
  lw_snapshot_put (&self->alarm_snapshot, &self->alarms, sizeof self->alarms);
}

void
lw_arm_get_alarms (LwArm *self, LwArmAlarms *out)
{
  lw_snapshot_get (&self->alarm_snapshot, out, sizeof *out);
}

const LwAlarm *
lw_arm_alarms_get (const LwArmAlarms *self, uint32_t back)
{
  if (back >= self->n || back >= LW_ARM_N_ALARMS)
    return NULL;
  return &self->last[(self->n - 1 - back) % LW_ARM_N_ALARMS];
}

static const char *
joint_name (const LwArm *self, size_t j)
{
  return lw_arm_model_joints (self->setup.model)[j].name;
}

/* An alarm of @servo that must be over before it is restarted. */
static gboolean
is_still_ill (LwArm *self, size_t servo, GError **error)
{
  LwArmAlarms alarms;
  LwArmLink   link;

  lw_arm_get_alarms (self, &alarms);
  lw_arm_get_link (self, &link);
  if (alarms.levels[LW_ALARM_HOT][servo] != LW_ALARM_OVER)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "Servo %u (%s) is still at %.0f °C: let it cool below %.0f °C before you restart it.",
                 self->bus->ids[servo], joint_name (self, servo), link.temperature[servo], lw_watch_over_at (&self->watch, LW_ALARM_HOT, servo));
  else if (alarms.levels[LW_ALARM_VOLTAGE_HIGH][servo] != LW_ALARM_OVER)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "Servo %u (%s) gets %.1f V, more than it is made for: correct the supply before you restart it.",
                 self->bus->ids[servo], joint_name (self, servo), link.voltage[servo]);
  else if (alarms.levels[LW_ALARM_VOLTAGE_LOW][servo] != LW_ALARM_OVER)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "Servo %u (%s) gets only %.1f V: correct the supply before you restart it.",
                 self->bus->ids[servo], joint_name (self, servo), link.voltage[servo]);
  else
    return FALSE;
  return TRUE;
}

gboolean
lw_arm_reboot (LwArm *self, size_t servo, GError **error)
{
  LwCommand  command = { .kind = LW_COMMAND_REBOOT, .servo = servo };
  LwArmState state;

  g_return_val_if_fail (servo < self->n, FALSE);

  lw_arm_get_state (self, &state);
  if (state.mode == LW_MODE_DISCONNECTED)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_NOT_CONNECTED, "No arm is connected.");
  else if (!lw_mode_may_reboot (state.mode))
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE, "A servo cannot be restarted while the arm is in the mode %s: stop it first.", lw_mode_name (state.mode));
  else if (state.reason == LW_REASON_LINK_LOST)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The connection is lost: disconnect, check the cable, and connect again.");
  else if (!(self->abilities & LW_BUS_HAS_REBOOT))
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED,
                 "These servos cannot be restarted from here: support the arm, switch its power off and on, and connect again.");
  else if (!is_still_ill (self, servo, error))
    return lw_arm_post (self, &command, error);
  return FALSE;
}

gboolean
lw_arm_is_refused_motion (LwArm *self, GError **error)
{
  LwArmAlarms alarms;

  lw_arm_get_alarms (self, &alarms);
  for (int kind = LW_ALARM_HOT; kind <= LW_ALARM_LOAD; kind++)
    for (size_t j = 0; j < self->n; j++)
      if (alarms.levels[kind][j] == LW_ALARM_STOP)
        {
          g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED,
                       "The alarm “%s” of servo %u (%s) is not over: the arm cannot be armed before it is. It can be lowered.",
                       lw_alarm_name ((LwAlarmKind) kind), self->bus->ids[j], joint_name (self, j));
          return TRUE;
        }
  return FALSE;
}
