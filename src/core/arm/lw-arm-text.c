/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm.h"

const char *
lw_arm_state_text (const LwArmState *state)
{
  switch (state->mode)
    {
    case LW_MODE_DISCONNECTED:
      return "No arm is connected.";
    case LW_MODE_CONNECTED:
      if (state->found_powered)
        return "The arm was left powered: lower it to rest, or hold it and take over.";
      return state->limp ? "Torque is off; the joints are read." : "The arm is held; nothing is commanded.";
    case LW_MODE_GUIDE:
      return state->gravity_help ? "The servos carry the arm's weight: guide it with both hands." : "Torque is off: both hands on the arm.";
    case LW_MODE_HOLD:
      return "The arm holds its place.";
    case LW_MODE_ARMED:
      return "The arm is ready to move.";
    case LW_MODE_RUNNING:
      return "The arm moves.";
    case LW_MODE_STOPPED:
      if (!state->stop_confirmed)
        return "Stopping: waiting for the arm to confirm.";
      if (state->limp)
        return "Stopped: the arm is limp.";
      if (state->gravity_help)
        return "Stopped: the servos carry the arm's weight and resist being moved.";
      return state->by_standstill ? "Stopped: the arm stands still; its servos cannot be asked what they hold." : "Stopped: the arm holds its place.";
    case LW_MODE_FAULT:
    default:
      return lw_reason_text (state->reason);
    }
}
