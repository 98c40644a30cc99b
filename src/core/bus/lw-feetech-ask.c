/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-feetech-ask.h"

#include <string.h>

#include "lw-feetech-table.h"

#define N_ROUNDS 10 /* of asking the missing ones alone, if there is time */
#define N_PUTS   4  /* of writing one value */
#define MORE_THAN_ASKED 12

/* The servos among @n that can be asked for @length bytes without an answer that could be mistaken. */
static size_t
askable (const LwFeetechLine *line, const uint8_t *servos, size_t n, uint8_t length, uint8_t *out)
{
  size_t n_out = 0;

  for (size_t i = 0; i < n; i++)
    if (lw_feetech_line_may_ask (line, servos[i], length))
      out[n_out++] = servos[i];
  return n_out;
}

uint8_t
lw_feetech_choose_length (const LwFeetechLine *line, const uint8_t *servos, size_t n, const LwFeetechQuestion *question)
{
  uint8_t best = 0, chosen[LW_MAX_JOINTS];
  size_t n_best = 0;

  for (uint8_t length = question->least; length <= question->most && n_best < n; length++)
    {
      size_t n_askable = lw_feetech_is_safe_length (length) ? askable (line, servos, n, length, chosen) : 0;

      if (n_askable > n_best)
        {
          n_best = n_askable;
          best = length;
        }
    }
  return best;
}

/* When nobody can be asked nothing is. */
static LwBusStatus
ask_once (LwFeetechLine *line, const uint8_t *servos, size_t n, const LwFeetechQuestion *question, int64_t deadline_ns)
{
  uint8_t length = lw_feetech_choose_length (line, servos, n, question), chosen[LW_MAX_JOINTS];

  if (length == 0)
    return LW_BUS_OK;
  return lw_feetech_line_ask (line, chosen, askable (line, servos, n, length, chosen), question->address, length, deadline_ns);
}

static size_t
missing_of (const LwFeetechLine *line, const uint8_t *servos, size_t n, uint8_t *missing)
{
  size_t n_missing = 0;

  for (size_t i = 0; i < n; i++)
    if (!line->answers[servos[i]].answered)
      missing[n_missing++] = servos[i];
  return n_missing;
}

LwBusStatus
lw_feetech_ask (LwFeetechLine *line, const uint8_t *servos, size_t n, const LwFeetechQuestion *question, int64_t deadline_ns)
{
  uint8_t missing[LW_MAX_JOINTS];
  LwBusStatus status;

  if (lw_feetech_choose_length (line, servos, n, question) == 0)
    lw_feetech_line_settle (line, deadline_ns);
  status = ask_once (line, servos, n, question, deadline_ns);
  for (unsigned round = 0; round < N_ROUNDS && status == LW_BUS_OK; round++)
    {
      size_t n_missing = missing_of (line, servos, n, missing);

      line->attempt = round;
      for (size_t i = 1; i <= n_missing && status == LW_BUS_OK && lw_feetech_line_has_time (line, question->least, deadline_ns); i++)
        status = ask_once (line, &missing[i % n_missing], 1, question, deadline_ns);
    }
  return status;
}

LwBusStatus
lw_feetech_judge (const LwFeetechLine *line, const uint8_t *servos, size_t n)
{
  uint8_t missing[LW_MAX_JOINTS];

  if (missing_of (line, servos, n, missing) == 0)
    return LW_BUS_OK;
  return line->noisy ? LW_BUS_CORRUPT : LW_BUS_TIMEOUT;
}

LwBusStatus
lw_feetech_ask_one (LwFeetechLine *line, uint8_t servo, const LwFeetechQuestion *question, int64_t deadline_ns)
{
  LwBusStatus status;

  lw_feetech_line_begin (line);
  status = lw_feetech_ask (line, &servo, 1, question, deadline_ns);
  return status != LW_BUS_OK ? status : lw_feetech_judge (line, &servo, 1);
}

static LwBusStatus
refuse (LwFeetechLine *line, uint8_t why)
{
  line->bus->device_error = why;
  return LW_BUS_DEVICE;
}

/* The servo's word that it heard is not waited for twice: what counts is what it says when it is asked. */
LwBusStatus
lw_feetech_put (LwFeetechLine *line, uint8_t servo, uint8_t address, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwFeetechQuestion question = { address, (uint8_t) n, (uint8_t) (n + MORE_THAN_ASKED) };
  LwBusStatus status = LW_BUS_OK;

  for (int i = 0; i < N_PUTS && status != LW_BUS_GONE; i++)
    {
      lw_feetech_line_begin (line);
      if (!lw_feetech_line_may_ask (line, servo, 0))
        lw_feetech_line_settle (line, deadline_ns);
      status = lw_feetech_line_write (line, servo, address, bytes, n, deadline_ns);
      if (status == LW_BUS_OK)
        status = lw_feetech_ask_one (line, servo, &question, deadline_ns);
      if (status == LW_BUS_OK && memcmp (lw_feetech_answer_at (line, servo, address), bytes, n) == 0)
        return LW_BUS_OK;
      if (status == LW_BUS_OK)
        status = refuse (line, LW_FEETECH_REFUSED_VALUE);
      if (!lw_feetech_line_has_time (line, (uint16_t) n, deadline_ns))
        return status;
    }
  return status;
}

LwBusStatus
lw_feetech_unlock (LwFeetechLine *line, uint8_t servo, int64_t deadline_ns)
{
  static const LwFeetechQuestion torque_question = { LW_FEETECH_TORQUE_ENABLE, 1, 16 };
  LwBusStatus status = lw_feetech_ask_one (line, servo, &torque_question, deadline_ns);

  if (status != LW_BUS_OK)
    return status;
  if (*lw_feetech_answer_at (line, servo, LW_FEETECH_TORQUE_ENABLE) != LW_FEETECH_TORQUE_OFF)
    return refuse (line, LW_FEETECH_REFUSED_TORQUE);
  return lw_feetech_put (line, servo, LW_FEETECH_LOCK, &(uint8_t){ 0 }, 1, deadline_ns);
}

LwBusStatus
lw_feetech_lock (LwFeetechLine *line, uint8_t servo, int64_t deadline_ns)
{
  return lw_feetech_put (line, servo, LW_FEETECH_LOCK, &(uint8_t){ 1 }, 1, deadline_ns);
}
