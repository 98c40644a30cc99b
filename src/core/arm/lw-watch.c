/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-watch.h"

#include <math.h>
#include <string.h>

static const struct {
  const char *name, *unit;
  bool        below; /* the alarm is that the value is low */
} kinds[LW_N_ALARM_KINDS] = {
  [LW_ALARM_HOT] = { "Hot", "°C", false },
  [LW_ALARM_VOLTAGE_LOW] = { "Voltage low", "V", true },
  [LW_ALARM_VOLTAGE_HIGH] = { "Voltage high", "V", false },
  [LW_ALARM_LOAD] = { "Overload", "", false },
  [LW_ALARM_HARDWARE] = { "Hardware error", "", false },
};

void
lw_watch_settings_init (LwWatchSettings *settings)
{
  *settings = (LwWatchSettings){
    .thresholds = {
      [LW_ALARM_HOT] = { 60, 70, 5, 0, 0 },
      [LW_ALARM_VOLTAGE_LOW] = { NAN, NAN, 0, 0.5, 0.5 },
      [LW_ALARM_VOLTAGE_HIGH] = { NAN, NAN, 0, 0.5, 0.5 },
      [LW_ALARM_LOAD] = { 0.85, 0.98, 0.1, 1, 2 },
      [LW_ALARM_HARDWARE] = { 1, 1, 0.5, 0, 0 },
    },
  };
}

void
lw_watch_init (LwWatch *self, const LwWatchSettings *settings)
{
  memset (self, 0, sizeof *self);
  for (int k = 0; k < LW_N_ALARM_KINDS; k++)
    for (size_t j = 0; j < LW_MAX_JOINTS; j++)
      self->thresholds[k][j] = settings->thresholds[k];
}

void
lw_watch_set_supply (LwWatch *self, size_t joint, double min, double max)
{
  LwThreshold *low = &self->thresholds[LW_ALARM_VOLTAGE_LOW][joint], *high = &self->thresholds[LW_ALARM_VOLTAGE_HIGH][joint];

  if (!(min > 0) || !(max > min))
    return;
  if (isnan (low->warning) && isnan (low->stop))
    {
      low->warning = min;
      low->stop = 0.95 * min;
      low->hysteresis = 0.02 * min;
    }
  if (isnan (high->warning) && isnan (high->stop))
    {
      high->warning = 1.04 * max;
      high->stop = 1.08 * max;
      high->hysteresis = 0.02 * max;
    }
}

/* @since becomes when the value went past @threshold, or 0. True once that is @hold ago. */
static bool
has_been_past (double value, double threshold, bool below, double hold, int64_t t_ns, int64_t *since)
{
  if (!(below ? value <= threshold : value >= threshold)) /* never past what is not a number */
    {
      *since = 0;
      return false;
    }
  if (*since == 0)
    *since = t_ns;
  return 1e-9 * (double) (t_ns - *since) >= hold;
}

static double
back_at (const LwThreshold *t, double threshold, bool below)
{
  return below ? threshold + t->hysteresis : threshold - t->hysteresis;
}

static bool
is_back (const LwThreshold *t, double threshold, bool below, double value)
{
  double at = back_at (t, threshold, below);

  return isnan (threshold) || (below ? value > at : value < at);
}

bool
lw_watch_add (LwWatch *self, LwAlarmKind kind, size_t joint, double value, int64_t t_ns, LwAlarm *change)
{
  const LwThreshold *t = &self->thresholds[kind][joint];
  const bool         below = kinds[kind].below;
  LwAlarmLevel       level = self->levels[kind][joint];
  bool               warns, stops;

  if (isnan (value))
    return false;
  warns = has_been_past (value, t->warning, below, t->hold, t_ns, &self->warning_ns[kind][joint]);
  stops = has_been_past (value, t->stop, below, t->stop_hold, t_ns, &self->stop_ns[kind][joint]);
  if (level == LW_ALARM_STOP && is_back (t, t->stop, below, value))
    level = LW_ALARM_WARNING;
  if (level == LW_ALARM_WARNING && is_back (t, t->warning, below, value))
    level = LW_ALARM_OVER;
  if (stops)
    level = LW_ALARM_STOP;
  else if (warns && level == LW_ALARM_OVER)
    level = LW_ALARM_WARNING;
  if (level == self->levels[kind][joint])
    return false;
  self->levels[kind][joint] = level;
  *change = (LwAlarm){ .kind = kind, .level = level, .number = ++self->number, .joint = (uint8_t) joint, .value = value, .t_ns = t_ns };
  return true;
}

double
lw_watch_over_at (const LwWatch *self, LwAlarmKind kind, size_t joint)
{
  const LwThreshold *t = &self->thresholds[kind][joint];

  return back_at (t, isnan (t->warning) ? t->stop : t->warning, kinds[kind].below);
}

const char *
lw_alarm_name (LwAlarmKind kind)
{
  return (unsigned) kind < LW_N_ALARM_KINDS ? kinds[kind].name : "Unknown";
}

const char *
lw_alarm_unit (LwAlarmKind kind)
{
  return (unsigned) kind < LW_N_ALARM_KINDS ? kinds[kind].unit : "";
}
