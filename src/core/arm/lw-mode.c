/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mode.h"

#define IN(mode) (1u << LW_MODE_##mode)

/* One row an event: the modes it may come in, and where it leads. Stopped and Fault are left by Reset or by disconnecting, and by nothing else;
 * from Stopped a Stop that is not confirmed still leads to Fault. */
static const struct {
  unsigned from;
  LwMode   to;
} table[LW_N_MODE_EVENTS] = {
  [LW_EVENT_CONNECT] = { IN (DISCONNECTED), LW_MODE_CONNECTED },
  [LW_EVENT_DISCONNECT] = { IN (CONNECTED) | IN (GUIDE) | IN (HOLD) | IN (ARMED) | IN (RUNNING) | IN (STOPPED) | IN (FAULT), LW_MODE_DISCONNECTED },
  [LW_EVENT_GUIDE] = { IN (CONNECTED) | IN (HOLD) | IN (ARMED), LW_MODE_GUIDE },
  [LW_EVENT_HOLD] = { IN (CONNECTED) | IN (GUIDE) | IN (ARMED) | IN (RUNNING), LW_MODE_HOLD },
  [LW_EVENT_ARM] = { IN (HOLD), LW_MODE_ARMED },
  [LW_EVENT_MOVE] = { IN (ARMED), LW_MODE_ARMED },
  [LW_EVENT_RUN] = { IN (ARMED), LW_MODE_RUNNING },
  [LW_EVENT_RUN_DONE] = { IN (RUNNING), LW_MODE_ARMED },
  [LW_EVENT_LOWER] = { IN (CONNECTED) | IN (HOLD) | IN (ARMED) | IN (RUNNING), LW_MODE_RUNNING },
  [LW_EVENT_RELEASED] = { IN (CONNECTED) | IN (GUIDE) | IN (RUNNING), LW_MODE_CONNECTED },
  [LW_EVENT_STOP] = { IN (CONNECTED) | IN (GUIDE) | IN (HOLD) | IN (ARMED) | IN (RUNNING), LW_MODE_STOPPED },
  [LW_EVENT_FAULT] = { IN (CONNECTED) | IN (GUIDE) | IN (HOLD) | IN (ARMED) | IN (RUNNING) | IN (STOPPED), LW_MODE_FAULT },
  [LW_EVENT_RESET] = { IN (STOPPED) | IN (FAULT), LW_MODE_CONNECTED },
};

bool
lw_mode_next (LwMode from, LwModeEvent event, LwMode *to)
{
  if ((unsigned) event >= LW_N_MODE_EVENTS || (unsigned) from >= LW_N_MODES || !(table[event].from & (1u << from)))
    return false;
  *to = table[event].to;
  return true;
}

bool
lw_mode_may_reboot (LwMode mode)
{
  return mode == LW_MODE_CONNECTED || mode == LW_MODE_STOPPED || mode == LW_MODE_FAULT;
}

const char *
lw_mode_name (LwMode mode)
{
  static const char *const names[LW_N_MODES] = { "Disconnected", "Connected", "Guide", "Hold", "Armed", "Running", "Stopped", "Fault" };

  return (unsigned) mode < LW_N_MODES ? names[mode] : "Unknown";
}

const char *
lw_reason_text (LwReason reason)
{
  static const char *const texts[LW_N_REASONS] = {
    [LW_REASON_NONE] = "",
    [LW_REASON_STOP] = "Stop was pressed.",
    [LW_REASON_MAIN_LOOP] = "The window did not respond for half a second, so the arm stopped by itself.",
    [LW_REASON_LINK_LOST] = "The connection to the arm is lost.",
    [LW_REASON_NO_ANSWER] = "The arm does not answer any more.",
    [LW_REASON_TRACKING] = "The arm does not follow its goal: something holds it, or it is overloaded.",
    [LW_REASON_HARDWARE] = "A servo reports a hardware error.",
    [LW_REASON_NOT_CONFIRMED] = "Stop not confirmed: cut the power.",
    [LW_REASON_HOT] = "A servo is too hot, so the arm stopped by itself.",
    [LW_REASON_VOLTAGE_LOW] = "The supply voltage is too low, so the arm stopped by itself.",
    [LW_REASON_VOLTAGE_HIGH] = "The supply voltage is too high, so the arm stopped by itself.",
    [LW_REASON_LOAD] = "A servo pressed with all its strength for too long, so the arm stopped by itself.",
    [LW_REASON_OUT_OF_RANGE] = "A joint stands outside the range stored in its servo, so the torque stayed off.",
  };

  return (unsigned) reason < LW_N_REASONS ? texts[reason] : "";
}
