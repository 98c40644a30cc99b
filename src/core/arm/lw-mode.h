/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

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
} LwReason;

const char *lw_mode_name   (LwMode mode);     /* "Guide"; untranslated, for gettext by the window */
const char *lw_reason_text (LwReason reason); /* one sentence, untranslated */
