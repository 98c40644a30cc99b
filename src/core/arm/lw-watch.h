/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* What is watched beside the motion: heat, voltage, load. A value past its warning threshold is an alarm that is shown; past its stop threshold (held for @hold) it is a
 * controlled stop. An alarm is over when the value is back by the hysteresis. Pure; arm thread. */
typedef enum {
  LW_ALARM_HOT,
  LW_ALARM_VOLTAGE_LOW,
  LW_ALARM_VOLTAGE_HIGH,
  LW_ALARM_LOAD,
  LW_ALARM_HARDWARE, /* value: the servo's error bits */
} LwAlarmKind;

#define LW_N_ALARM_KINDS 5

typedef enum { LW_ALARM_OVER, LW_ALARM_WARNING, LW_ALARM_STOP } LwAlarmLevel;

typedef struct {
  double warning, stop; /* NaN: not watched */
  double hysteresis;
  double hold;          /* s past the threshold before it counts */
} LwThreshold;

typedef struct {
  LwThreshold thresholds[LW_N_ALARM_KINDS]; /* degrees C; V; V; fraction of the joint's torque */
} LwWatchSettings;

/* One change of level. */
typedef struct {
  LwAlarmKind  kind;
  LwAlarmLevel level;
  uint32_t     number;  /* counts up from 1 */
  uint8_t      joint;
  double       value;
  int64_t      t_ns;
} LwAlarm;

/* Warnings at 60 degrees, stop at 70; load .9 for 1 s, stop at 1.0 for 2 s; voltage not watched until the servos' supply is known. */
void        lw_watch_settings_init (LwWatchSettings *settings);
const char *lw_alarm_name          (LwAlarmKind kind); /* "Hot"; untranslated */
const char *lw_alarm_unit          (LwAlarmKind kind); /* "°C" */
