/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-codec.h"

#include <string.h>

enum {
  AT_RESERVED = 3,
  AT_ID = 4,
  AT_LENGTH = 5,
  AT_BODY = 7,    /* INST */
  CRC_BYTES = 2,
  MIN_LENGTH = 3, /* INST and CRC */
};

uint16_t
lw_dynamixel_crc_update (uint16_t crc, const uint8_t *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      crc ^= (uint16_t) (bytes[i] << 8);
      for (int bit = 0; bit < 8; bit++)
        crc = (uint16_t) ((crc & 0x8000) != 0 ? crc << 1 ^ 0x8005 : crc << 1);
    }
  return crc;
}

uint16_t
lw_dynamixel_crc (const uint8_t *bytes, size_t n)
{
  return lw_dynamixel_crc_update (0, bytes, n);
}

/* The combined reply to a fast read. */
static bool
is_plain (uint8_t id, uint8_t instruction)
{
  return id == LW_DYNAMIXEL_BROADCAST && instruction == LW_DYNAMIXEL_STATUS;
}

/* Appends with stuffing; returns the new length, 0 when @capacity does not allow it. */
static size_t
stuff (uint8_t *out, size_t at, size_t capacity, const uint8_t *bytes, size_t n)
{
  bool plain = is_plain (out[AT_ID], out[AT_BODY]);

  for (size_t i = 0; i < n; i++)
    {
      if (at + 2 > capacity)
        return 0;
      out[at++] = bytes[i];
      if (!plain && at - 3 >= AT_BODY && out[at - 3] == 0xFF && out[at - 2] == 0xFF && out[at - 1] == 0xFD)
        out[at++] = 0xFD;
    }
  return at;
}

/* @head: instruction, or status and error byte. */
static size_t
build (uint8_t *out, size_t capacity, uint8_t id, const uint8_t *head, size_t n_head, const uint8_t *params, size_t n_params)
{
  size_t at;
  uint16_t crc;

  if (capacity > LW_DYNAMIXEL_MAX_PACKET)
    capacity = LW_DYNAMIXEL_MAX_PACKET;
  if (n_params > LW_DYNAMIXEL_MAX_PARAMS || capacity < AT_BODY + n_head + CRC_BYTES)
    return 0;
  memcpy (out, "\xFF\xFF\xFD\x00", 4);
  out[AT_ID] = id;
  memcpy (out + AT_BODY, head, n_head);
  at = stuff (out, AT_BODY + n_head, capacity, params, n_params);
  if (at == 0 || at + CRC_BYTES > capacity)
    return 0;
  lw_dynamixel_put (out + AT_LENGTH, 2, (uint32_t) (at + CRC_BYTES - AT_BODY));
  crc = lw_dynamixel_crc (out, at);
  lw_dynamixel_put (out + at, CRC_BYTES, crc);
  return at + CRC_BYTES;
}

size_t
lw_dynamixel_build (uint8_t *out, size_t capacity, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params)
{
  return build (out, capacity, id, &instruction, 1, params, n_params);
}

size_t
lw_dynamixel_build_status (uint8_t *out, size_t capacity, uint8_t id, uint8_t error, const uint8_t *params, size_t n_params)
{
  const uint8_t head[] = { LW_DYNAMIXEL_STATUS, error };

  return build (out, capacity, id, head, sizeof head, params, n_params);
}

/* Could a packet start with these bytes, as far as they go? */
static bool
may_be_header (const uint8_t *bytes, size_t n)
{
  static const uint8_t header[] = { 0xFF, 0xFF, 0xFD, 0x00 };

  return memcmp (bytes, header, n < sizeof header ? n : sizeof header) == 0;
}

static LwDynamixelResult
skip_to_next_header (const uint8_t *bytes, size_t n, size_t *used)
{
  size_t skip = 1;

  while (skip < n && !may_be_header (bytes + skip, n - skip))
    skip++;
  *used = skip;
  return LW_DYNAMIXEL_INVALID;
}

/* Body INST ... params without its stuffing into @out, whose id is set; false when more params than a packet can hold. */
static bool
unstuff (const uint8_t *body, size_t n, LwDynamixelPacket *out)
{
  bool plain = is_plain (out->id, body[0]);
  size_t first = 1;
  size_t n_params = 0;

  out->instruction = body[0];
  out->error = 0;
  if (body[0] == LW_DYNAMIXEL_STATUS)
    {
      out->error = body[1];
      first = 2;
    }
  for (size_t i = first; i < n; i++)
    {
      if (!plain && body[i] == 0xFD && i >= 3 && body[i - 3] == 0xFF && body[i - 2] == 0xFF && body[i - 1] == 0xFD)
        continue;
      if (n_params == LW_DYNAMIXEL_MAX_PARAMS)
        return false;
      out->params[n_params++] = body[i];
    }
  out->n_params = (uint16_t) n_params;
  return true;
}

LwDynamixelResult
lw_dynamixel_parse (const uint8_t *bytes, size_t n, size_t max_length, LwDynamixelPacket *out, size_t *used)
{
  size_t length, body;

  *used = 0;
  if (n == 0)
    return LW_DYNAMIXEL_MORE;
  if (!may_be_header (bytes, n))
    return skip_to_next_header (bytes, n, used);
  if (n > AT_ID && bytes[AT_ID] > LW_DYNAMIXEL_MAX_ID && bytes[AT_ID] != LW_DYNAMIXEL_BROADCAST)
    return skip_to_next_header (bytes, n, used);
  if (n < AT_BODY)
    return LW_DYNAMIXEL_MORE;

  length = lw_dynamixel_get_u16 (bytes + AT_LENGTH);
  if (length < MIN_LENGTH || length > LW_DYNAMIXEL_MAX_PACKET - AT_BODY || (max_length != 0 && length > max_length))
    return skip_to_next_header (bytes, n, used);
  if (n > AT_BODY && bytes[AT_BODY] == LW_DYNAMIXEL_STATUS && length == MIN_LENGTH) /* a status without its error byte */
    return skip_to_next_header (bytes, n, used);
  if (n < AT_BODY + length)
    return LW_DYNAMIXEL_MORE;

  body = length - CRC_BYTES;
  if (lw_dynamixel_crc (bytes, AT_BODY + body) != lw_dynamixel_get_u16 (bytes + AT_BODY + body))
    return skip_to_next_header (bytes, n, used);
  out->id = bytes[AT_ID];
  if (!unstuff (bytes + AT_BODY, body, out))
    return skip_to_next_header (bytes, n, used);
  *used = AT_BODY + length;
  return LW_DYNAMIXEL_VALID;
}

const char *
lw_dynamixel_error_text (uint8_t error)
{
  switch (error & ~LW_DYNAMIXEL_ALERT)
    {
    case LW_DYNAMIXEL_ERROR_NONE:
      return "no error";
    case LW_DYNAMIXEL_ERROR_RESULT:
      return "the servo could not do it";
    case LW_DYNAMIXEL_ERROR_INSTRUCTION:
      return "the servo does not know the instruction";
    case LW_DYNAMIXEL_ERROR_CRC:
      return "the request arrived damaged";
    case LW_DYNAMIXEL_ERROR_RANGE:
    case LW_DYNAMIXEL_ERROR_LIMIT:
      return "the value is outside its limits";
    case LW_DYNAMIXEL_ERROR_LENGTH:
      return "the value is shorter than the register";
    case LW_DYNAMIXEL_ERROR_ACCESS:
      return "the register is read-only, or locked while torque is on";
    default:
      return "an error code this program does not know";
    }
}
