/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Troubles recognised: in errors, and while the arm runs. */
#include <math.h>
#include <string.h>

#include "lw-arm-failure.h"
#include "lw-trouble-private.h"

#define LATENCY_S        8e-3   /* hardware.md 5.7 */
#define TURNAROUND_S     50e-6
#define ADAPTER_S        1e-3
#define MIN_QUESTIONS    200
#define MIN_READINGS     20
#define LOST_FRACTION    0.01

void
lw_trouble_begin (LwTroubleFacts *out, LwTroubleKind kind, const char *port, const LwArmProfile *profile)
{
  lw_trouble_facts_init (out, kind);
  out->port = port;
  out->profile = profile;
}

void
lw_trouble_add_id (LwTroubleFacts *facts, uint8_t id)
{
  if (facts->n_ids < LW_MAX_JOINTS)
    facts->ids[facts->n_ids++] = id;
}

/* ---- errors ---- */

static LwTroubleKind
kind_of_bus_error (int code)
{
  static const struct { LwBusError code; LwTroubleKind kind; } kinds[] = {
    { LW_BUS_ERROR_NOT_FOUND, LW_TROUBLE_NO_PORT }, { LW_BUS_ERROR_PERMISSION, LW_TROUBLE_NO_PERMISSION }, { LW_BUS_ERROR_BUSY, LW_TROUBLE_PORT_BUSY },
    { LW_BUS_ERROR_SPEED, LW_TROUBLE_PORT_SPEED }, { LW_BUS_ERROR_SILENT, LW_TROUBLE_NOTHING_ANSWERS },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if ((int) kinds[i].code == code)
      return kinds[i].kind;
  return LW_TROUBLE_OTHER;
}

/* Which servo could not be identified, and how. The first one was asked before any other: that nobody is there is likelier than
 * that just this one is missing. */
static void
take_failure (LwTroubleFacts *out, const LwArmFailure *failure)
{
  bool corrupt = failure->status == LW_BUS_CORRUPT, silent = failure->status == LW_BUS_TIMEOUT;

  if (failure->status == LW_BUS_GONE)
    out->kind = LW_TROUBLE_CABLE_PULLED;
  else if (!failure->of_one)
    out->kind = silent || corrupt ? LW_TROUBLE_TIME_OUTS : LW_TROUBLE_OTHER;
  else if (silent && failure->joint == 0)
    out->kind = LW_TROUBLE_NOTHING_ANSWERS;
  else
    {
      out->kind = corrupt ? LW_TROUBLE_DOUBLED_ID : silent ? LW_TROUBLE_MISSING_ID : LW_TROUBLE_OTHER;
      lw_trouble_add_id (out, failure->id);
    }
}

void
lw_trouble_from_error (const GError *error, const char *port, unsigned baud, const LwArmProfile *profile, LwTroubleFacts *out)
{
  const LwArmFailure failure = lw_arm_failure_get (error);

  lw_trouble_begin (out, error->domain == LW_BUS_ERROR ? kind_of_bus_error (error->code) : LW_TROUBLE_OTHER, port, profile);
  out->baud = baud;
  if (failure.status != LW_BUS_OK)
    take_failure (out, &failure);
  g_strlcpy (out->technical, error->message, sizeof out->technical);
}

/* A reading of all, 10 bytes of each servo: request, replies, turnarounds, adapter (hardware.md 1.7). */
double
lw_trouble_reading_seconds (size_t n, unsigned baud, double return_delay)
{
  double bytes = 14.0 + (double) n + 21.0 * (double) n;

  return (baud > 0 ? 10.0 * bytes / baud : 0.0) + (double) n * (return_delay + TURNAROUND_S) + ADAPTER_S;
}

/* ---- while it runs ---- */

gboolean
lw_trouble_from_counters (const LwBusCounters *counters, const uint8_t *ids, size_t n, const char *port, const LwArmProfile *profile, LwTroubleFacts *out)
{
  lw_trouble_begin (out, LW_TROUBLE_TIME_OUTS, port, profile);
  for (size_t i = 0; i < n; i++)
    {
      uint64_t unanswered = counters[i].lost + counters[i].overdue, asked = counters[i].answered + unanswered + counters[i].corrupt;
      double fraction = asked >= MIN_QUESTIONS ? (double) unanswered / (double) asked : 0.0;

      if (fraction <= LOST_FRACTION)
        continue;
      lw_trouble_add_id (out, ids[i]);
      out->value = isnan (out->value) ? fraction : MAX (out->value, fraction);
    }
  return out->n_ids > 0;
}

gboolean
lw_trouble_from_latency (double latency, double achievable_hz, const char *port, LwTroubleFacts *out)
{
  lw_trouble_begin (out, LW_TROUBLE_ADAPTER_LATENCY, port, NULL);
  out->value = latency;
  out->limit = LATENCY_S;
  out->rate_hz = floor (achievable_hz);
  return latency > LATENCY_S && isfinite (latency);
}

gboolean
lw_trouble_from_round_trips (const LwRoundTrips *trips, size_t n, unsigned baud, double return_delay, const char *port, LwTroubleFacts *out)
{
  double median = lw_round_trips_quantile (trips, 0.5), expected = lw_trouble_reading_seconds (n, baud, return_delay);
  uint64_t total = 0;

  for (size_t i = 0; i < LW_BUS_N_ROUND_TRIPS; i++)
    total += trips->counts[i];
  /* The bucket's lower end: what is certain. */
  return lw_trouble_from_latency (median, 1.0 / median, port, out) && total >= MIN_READINGS && median * G_SQRT2 / 2.0 - expected > LATENCY_S;
}

gboolean
lw_trouble_from_alarm (const LwAlarm *alarm, LwProtocol protocol, const char *port, const LwArmProfile *profile, LwTroubleFacts *out)
{
  static const LwTroubleKind kinds[LW_N_ALARM_KINDS] = {
    [LW_ALARM_HOT] = LW_TROUBLE_OVERHEATING, [LW_ALARM_VOLTAGE_LOW] = LW_TROUBLE_VOLTAGE, [LW_ALARM_VOLTAGE_HIGH] = LW_TROUBLE_VOLTAGE,
    [LW_ALARM_LOAD] = LW_TROUBLE_OVERLOAD, [LW_ALARM_HARDWARE] = LW_TROUBLE_HARDWARE,
  };
  uint8_t id = profile != NULL && alarm->joint < profile->n_joints ? profile->joints[alarm->joint].id : (uint8_t) (alarm->joint + 1);

  if (alarm->level == LW_ALARM_OVER)
    return FALSE;
  if (alarm->kind == LW_ALARM_HARDWARE)
    {
      g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));
      const LwServoIdentity servo = { .id = id, .hardware_error = (uint8_t) alarm->value, .voltage = NAN, .temperature = NAN };

      if (lw_trouble_from_identities (&servo, 1, protocol, port, NULL, found) == 0)
        return FALSE;
      *out = g_array_index (found, LwTroubleFacts, 0);
      out->profile = profile;
      return TRUE;
    }
  lw_trouble_begin (out, kinds[alarm->kind], port, profile);
  lw_trouble_add_id (out, id);
  out->value = alarm->value;
  return TRUE;
}

gboolean
lw_trouble_from_reason (LwReason reason, const char *port, const LwArmProfile *profile, LwTroubleFacts *out)
{
  static const struct { LwReason reason; LwTroubleKind kind; } reasons[] = {
    { LW_REASON_LINK_LOST, LW_TROUBLE_CABLE_PULLED }, { LW_REASON_NO_ANSWER, LW_TROUBLE_NOTHING_ANSWERS }, { LW_REASON_HARDWARE, LW_TROUBLE_HARDWARE },
    { LW_REASON_HOT, LW_TROUBLE_OVERHEATING }, { LW_REASON_VOLTAGE_LOW, LW_TROUBLE_VOLTAGE }, { LW_REASON_VOLTAGE_HIGH, LW_TROUBLE_VOLTAGE },
    { LW_REASON_LOAD, LW_TROUBLE_OVERLOAD },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].reason == reason)
      {
        lw_trouble_begin (out, reasons[i].kind, port, profile);
        g_strlcpy (out->technical, lw_reason_text (reason), sizeof out->technical);
        return TRUE;
      }
  return FALSE;
}
