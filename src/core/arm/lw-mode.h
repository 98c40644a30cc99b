/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

/* architecture.md 5: one mode at a time, always shown, in words. */
typedef enum {
  LW_MODE_DISCONNECTED,
  LW_MODE_CONNECTED, /* reads only */
  LW_MODE_GUIDE,     /* torque off: both hands on the arm */
  LW_MODE_HOLD,      /* torque on, one constant goal */
  LW_MODE_ARMED,     /* ready for commanded motion */
  LW_MODE_RUNNING,
  LW_MODE_STOPPED,   /* latched */
  LW_MODE_FAULT,     /* latched */
} LwMode;

#define LW_N_MODES 8

/* What moves the arm from one mode to another. */
typedef enum {
  LW_EVENT_CONNECT,
  LW_EVENT_DISCONNECT,
  LW_EVENT_GUIDE,    /* torque is off, for the hand */
  LW_EVENT_HOLD,     /* torque is on, or the motion has come to rest */
  LW_EVENT_ARM,
  LW_EVENT_MOVE,     /* a constant target */
  LW_EVENT_RUN,      /* a plan */
  LW_EVENT_RUN_DONE,
  LW_EVENT_LOWER,    /* to the rest pose, before torque goes off */
  LW_EVENT_RELEASED, /* torque is off */
  LW_EVENT_STOP,
  LW_EVENT_FAULT,
  LW_EVENT_RESET,
} LwModeEvent;

#define LW_N_MODE_EVENTS 13

/* Why the arm is stopped or at fault. */
typedef enum {
  LW_REASON_NONE,
  LW_REASON_STOP,          /* the person */
  LW_REASON_MAIN_LOOP,     /* the window did not tick for 500 ms */
  LW_REASON_LINK_LOST,
  LW_REASON_NO_ANSWER,     /* too many cycles without a reading */
  LW_REASON_TRACKING,      /* the arm does not follow */
  LW_REASON_HARDWARE,      /* a servo reports a hardware error */
  LW_REASON_NOT_CONFIRMED, /* Stop was written and not read back: cut the power */
  LW_REASON_HOT,           /* the alarms of lw-watch.h */
  LW_REASON_VOLTAGE_LOW,
  LW_REASON_VOLTAGE_HIGH,
  LW_REASON_LOAD,
  LW_REASON_OUT_OF_RANGE,  /* a joint stands where its servo takes no goal: torque was not switched on */
} LwReason;

#define LW_N_REASONS 13

/* The mode machine, all of it: false when @event does not exist in @from (@to is then untouched). Pure, any thread. */
bool        lw_mode_next   (LwMode from, LwModeEvent event, LwMode *to);
/* Whether a servo may be restarted: nothing is commanded, and nobody counts on it. */
bool        lw_mode_may_reboot (LwMode mode);
const char *lw_mode_name   (LwMode mode);     /* "Guide"; untranslated, for gettext by the window */
const char *lw_reason_text (LwReason reason); /* one sentence, untranslated; "" for LW_REASON_NONE */
