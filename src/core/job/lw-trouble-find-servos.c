/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Troubles recognised: in what servos say of themselves, what a scan finds, what they keep. */
#include <math.h>

#include "lw-trouble-private.h"

#define RETURN_DELAY_S   100e-6 /* the least some Feetech servos can do */
#define HOT_C            60.0   /* where lw-watch.h begins to warn */
#define VOLTAGE_EXCESS   1.04   /* a supply that is meant for the servos may give a little more */
#define TICK             (2.0 * G_PI / 4096.0)
#define OFFSET_DYNAMIXEL (1024.0 * TICK) /* in position mode (hardware.md 1.11) */
#define OFFSET_FEETECH   (2047.0 * TICK)
#define POSITION_MODE    3

/* Error bits; both protocols agree on these (hardware.md 1.9, 2.4). */
enum { BIT_VOLTAGE = 0x01, BIT_HEAT = 0x04, BIT_FEETECH_CURRENT = 0x08, BIT_OVERLOAD = 0x20 };

/* ---- servos ---- */

/* Servos with the same trouble are named in one sentence, with the value of the worst. */
static LwTroubleFacts *
gather (GArray *out, guint first, LwTroubleKind kind, uint8_t id, double value, double limit, const char *port, const LwArmProfile *profile)
{
  LwTroubleFacts facts;

  for (guint i = first; i < out->len; i++)
    {
      LwTroubleFacts *other = &g_array_index (out, LwTroubleFacts, i);

      if (other->kind != kind || (isfinite (limit) ? other->limit != limit : isfinite (other->limit)) || (kind == LW_TROUBLE_WRONG_MODEL && other->value != value))
        continue;
      lw_trouble_add_id (other, id);
      if (isnan (other->value) || fabs (value - limit) > fabs (other->value - other->limit) || (isnan (limit) && value > other->value))
        other->value = value;
      return other;
    }
  lw_trouble_begin (&facts, kind, port, profile);
  lw_trouble_add_id (&facts, id);
  facts.value = value;
  facts.limit = limit;
  g_array_append_val (out, facts);
  return &g_array_index (out, LwTroubleFacts, out->len - 1);
}

static const LwProfileJoint *
joint_of (const LwArmProfile *profile, uint8_t id)
{
  for (size_t j = 0; profile != NULL && j < profile->n_joints; j++)
    if (profile->joints[j].id == id || (profile->joints[j].shadow != 0 && profile->joints[j].shadow == id))
      return &profile->joints[j];
  return NULL;
}

static bool
fits (const LwProfileJoint *joint, uint16_t model)
{
  for (size_t i = 0; i < joint->n_models; i++)
    if (joint->models[i] == model)
      return true;
  return joint->n_models == 0;
}

/* The limit that the voltage breaks; NaN = none. */
static double
broken_limit (const LwServoIdentity *identity)
{
  if (!(identity->supply_max > 0.0) || !(identity->voltage > 0.0))
    return NAN;
  if (identity->voltage < identity->supply_min)
    return identity->supply_min;
  return identity->voltage > VOLTAGE_EXCESS * identity->supply_max ? identity->supply_max : NAN;
}

size_t
lw_trouble_from_identities (const LwServoIdentity *identities, size_t n, LwProtocol protocol, const char *port, const LwArmProfile *profile, GArray *out)
{
  const uint8_t overload = protocol == LW_PROTOCOL_FEETECH ? BIT_OVERLOAD | BIT_FEETECH_CURRENT : BIT_OVERLOAD;
  guint first = out->len;

  for (size_t i = 0; i < n; i++)
    {
      const LwProfileJoint *joint = joint_of (profile, identities[i].id);

      if (joint != NULL && !fits (joint, identities[i].model))
        gather (out, first, LW_TROUBLE_WRONG_MODEL, identities[i].id, identities[i].model, joint->models[0], port, profile);
    }
  for (size_t i = 0; i < n; i++)
    {
      const LwServoIdentity *servo = &identities[i];
      double limit = broken_limit (servo);
      uint8_t bits = servo->hardware_error;

      if (isfinite (limit) || (bits & BIT_VOLTAGE) != 0)
        gather (out, first, LW_TROUBLE_VOLTAGE, servo->id, servo->voltage, limit, port, profile);
      if (servo->temperature >= HOT_C || (bits & BIT_HEAT) != 0)
        gather (out, first, LW_TROUBLE_OVERHEATING, servo->id, servo->temperature, HOT_C, port, profile);
      if ((bits & overload) != 0)
        gather (out, first, LW_TROUBLE_OVERLOAD, servo->id, NAN, NAN, port, profile);
      if ((bits & (uint8_t) ~(BIT_VOLTAGE | BIT_HEAT | overload)) != 0)
        g_snprintf (gather (out, first, LW_TROUBLE_HARDWARE, servo->id, NAN, NAN, port, profile)->technical, sizeof ((LwTroubleFacts *) 0)->technical,
                    "error bits 0x%02x", bits);
    }
  return out->len - first;
}

/* ---- the scan ---- */

static const LwFoundServo *
find_servo (const GArray *found, LwProtocol protocol, uint8_t id, unsigned baud, bool any_baud)
{
  for (guint i = 0; i < found->len; i++)
    {
      const LwFoundServo *servo = &g_array_index (found, LwFoundServo, i);

      if (servo->protocol == protocol && servo->identity.id == id && (any_baud || servo->baud == baud || servo->baud == 0 || baud == 0))
        return servo;
    }
  return NULL;
}

/* One facts of every other speed. */
static void
add_wrong_speed (GArray *out, guint first, const LwFoundServo *servo, const char *port, unsigned baud, const LwArmProfile *profile)
{
  LwTroubleFacts facts;

  for (guint i = first; i < out->len; i++)
    {
      LwTroubleFacts *other = &g_array_index (out, LwTroubleFacts, i);

      if (other->kind == LW_TROUBLE_WRONG_SPEED && other->other_baud == servo->baud)
        {
          lw_trouble_add_id (other, servo->identity.id);
          return;
        }
    }
  lw_trouble_begin (&facts, LW_TROUBLE_WRONG_SPEED, port, profile);
  facts.baud = baud;
  facts.other_baud = servo->baud;
  lw_trouble_add_id (&facts, servo->identity.id);
  g_array_append_val (out, facts);
}

static void
look_for (const GArray *found, uint8_t id, const char *port, unsigned baud, const LwArmProfile *profile, GArray *out, guint first)
{
  const LwFoundServo *elsewhere;

  if (find_servo (found, profile->protocol, id, baud, false) != NULL)
    return;
  elsewhere = find_servo (found, profile->protocol, id, baud, true);
  if (elsewhere != NULL)
    add_wrong_speed (out, first, elsewhere, port, baud, profile);
  else
    gather (out, first, LW_TROUBLE_MISSING_ID, id, NAN, NAN, port, profile)->baud = baud;
}

size_t
lw_trouble_from_scan (const GArray *found, const char *port, unsigned baud, const LwArmProfile *profile, GArray *out)
{
  guint first = out->len;
  double slowest = 0.0;

  if (found->len == 0)
    {
      LwTroubleFacts facts;

      lw_trouble_begin (&facts, LW_TROUBLE_NOTHING_ANSWERS, port, profile);
      facts.baud = baud;
      g_array_append_val (out, facts);
      return 1;
    }
  for (guint i = 0; i < found->len; i++)
    if (g_array_index (found, LwFoundServo, i).doubled)
      gather (out, first, LW_TROUBLE_DOUBLED_ID, g_array_index (found, LwFoundServo, i).identity.id, NAN, NAN, port, profile);
  for (size_t j = 0; profile != NULL && j < profile->n_joints; j++)
    {
      look_for (found, profile->joints[j].id, port, baud, profile, out, first);
      if (profile->joints[j].shadow != 0)
        look_for (found, profile->joints[j].shadow, port, baud, profile, out, first);
    }
  for (unsigned protocol = 0; protocol < LW_N_PROTOCOLS; protocol++)
    {
      g_autoptr (GArray) identities = g_array_new (FALSE, FALSE, sizeof (LwServoIdentity));

      for (guint i = 0; i < found->len; i++)
        {
          const LwFoundServo *servo = &g_array_index (found, LwFoundServo, i);

          if (servo->protocol == (LwProtocol) protocol && !servo->doubled) /* who of two answered is not known */
            g_array_append_val (identities, servo->identity);
          slowest = MAX (slowest, 1e-6 * servo->return_delay_us);
        }
      if (identities->len > 0)
        lw_trouble_from_identities ((const LwServoIdentity *) identities->data, identities->len, (LwProtocol) protocol, port, profile, out);
    }
  for (guint i = 0; i < found->len; i++)
    {
      const LwFoundServo *servo = &g_array_index (found, LwFoundServo, i);

      if (1e-6 * servo->return_delay_us > RETURN_DELAY_S)
        gather (out, first, LW_TROUBLE_RETURN_DELAY, servo->identity.id, 1e-6 * servo->return_delay_us, 0.0, port, profile)->rate_hz
          = floor (1.0 / lw_trouble_reading_seconds (found->len, servo->baud, slowest));
    }
  return out->len - first;
}

/* ---- what servos keep ---- */

static double
largest_offset (LwProtocol protocol, const LwServoStored *stored)
{
  if (protocol == LW_PROTOCOL_FEETECH)
    return OFFSET_FEETECH;
  return protocol == LW_PROTOCOL_DYNAMIXEL && stored->mode == POSITION_MODE ? OFFSET_DYNAMIXEL : INFINITY;
}

/* 0 where @expected does not know. */
static double
apart (double held, double expected, bool on_a_turn)
{
  double difference = isnan (expected) ? 0.0 : held - expected;

  return fabs (on_a_turn ? remainder (difference, 2.0 * G_PI) : difference);
}

size_t
lw_trouble_from_stored (const LwServoStored *held, const LwServoStored *expected, const uint8_t *ids, size_t n, LwProtocol protocol, const char *port,
                        const LwArmProfile *profile, GArray *out)
{
  guint first = out->len;
  double slowest = 0.0;

  for (size_t i = 0; i < n; i++)
    {
      double limit = largest_offset (protocol, &held[i]);

      slowest = MAX (slowest, held[i].return_delay);
      if (fabs (held[i].offset) > limit + 0.5 * TICK)
        gather (out, first, LW_TROUBLE_OFFSET_TOO_LARGE, ids[i], fabs (held[i].offset), limit, port, profile);
    }
  for (size_t i = 0; expected != NULL && i < n; i++)
    {
      double most = MAX (apart (held[i].offset, expected[i].offset, true), MAX (apart (held[i].min, expected[i].min, false), apart (held[i].max, expected[i].max, false)));

      if (most > 1.5 * TICK)
        gather (out, first, LW_TROUBLE_CALIBRATION_DIFFERS, ids[i], most, 0.0, port, profile);
      else if (held[i].reversed != expected[i].reversed && !isnan (expected[i].offset))
        gather (out, first, LW_TROUBLE_CALIBRATION_DIFFERS, ids[i], NAN, NAN, port, profile);
    }
  for (size_t i = 0; i < n; i++)
    if (held[i].return_delay > RETURN_DELAY_S)
      gather (out, first, LW_TROUBLE_RETURN_DELAY, ids[i], held[i].return_delay, 0.0, port, profile)->rate_hz = floor (1.0 / lw_trouble_reading_seconds (n, held[i].baud, slowest));
  return out->len - first;
}
