/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "lw-arm-model.h"

/* What is watched beside the motion: heat, voltage, load. A value past its warning threshold is an alarm that is shown; past its
 * stop threshold (held for @hold) it is a controlled stop. An alarm is over when the value is back by the hysteresis. Pure; arm
 * thread. */
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
  double stop_hold;     /* s past the stop threshold before it does */
} LwThreshold;

typedef struct {
  LwThreshold thresholds[LW_N_ALARM_KINDS]; /* degrees C; V; V; fraction of the joint's torque; bits */
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

/* Per joint, because servos of one arm may have different supplies. */
typedef struct {
  LwThreshold  thresholds[LW_N_ALARM_KINDS][LW_MAX_JOINTS];
  LwAlarmLevel levels[LW_N_ALARM_KINDS][LW_MAX_JOINTS];
  int64_t      warning_ns[LW_N_ALARM_KINDS][LW_MAX_JOINTS]; /* since when past the threshold; 0 = it is not */
  int64_t      stop_ns[LW_N_ALARM_KINDS][LW_MAX_JOINTS];
  uint32_t     number;                                      /* of the last alarm */
} LwWatch;

/* Warnings at 60 degrees, stop at 70; load .85 for 1 s, stop at .98 for 2 s; any hardware error stops; voltage not watched until
 * the servos' supply is known. */
void        lw_watch_settings_init (LwWatchSettings *settings);
void        lw_watch_init          (LwWatch *self, const LwWatchSettings *settings);
/* Servo @joint is made for @min..@max V: warning outside by 0 and 4 %, stop by 5 and 8 %, held for half a second (a motion's sag
 * is shorter). Settings that name voltages themselves stay. Both 0: nothing. */
void        lw_watch_set_supply    (LwWatch *self, size_t joint, double min, double max);
/* @value was measured at @t_ns (> 0, rising). True when that changed the level: @change then says how. A value that is not a number says nothing. */
bool        lw_watch_add           (LwWatch *self, LwAlarmKind kind, size_t joint, double value, int64_t t_ns, LwAlarm *change);
/* The value at which an alarm that has begun is over. */
double      lw_watch_over_at       (const LwWatch *self, LwAlarmKind kind, size_t joint);
const char *lw_alarm_name          (LwAlarmKind kind); /* "Hot"; untranslated */
const char *lw_alarm_unit          (LwAlarmKind kind); /* "°C"; "" where there is none */
