/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-feetech-codec.h"

#include <string.h>

enum {
  AT_ID = 2,
  AT_LENGTH = 3,
  AT_CODE = 4,
  AT_PARAMS = 5,
  MIN_LENGTH = 2, /* code and check */
  MAX_LENGTH = LW_FEETECH_MAX_PACKET - AT_CODE,
};

/* Of the @n bytes from ID to the last param. */
static uint8_t
check_of (const uint8_t *bytes, size_t n)
{
  unsigned sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += bytes[i];
  return (uint8_t) ~sum;
}

size_t
lw_feetech_build (uint8_t *out, size_t capacity, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params)
{
  if (n_params > LW_FEETECH_MAX_PARAMS || capacity < LW_FEETECH_OVERHEAD + n_params)
    return 0;
  out[0] = out[1] = 0xFF;
  out[AT_ID] = id;
  out[AT_LENGTH] = (uint8_t) (n_params + MIN_LENGTH);
  out[AT_CODE] = instruction;
  if (n_params > 0)
    memcpy (out + AT_PARAMS, params, n_params);
  out[AT_PARAMS + n_params] = check_of (out + AT_ID, 3 + n_params);
  return LW_FEETECH_OVERHEAD + n_params;
}

size_t
lw_feetech_build_status (uint8_t *out, size_t capacity, uint8_t id, uint8_t error, const uint8_t *params, size_t n_params)
{
  return lw_feetech_build (out, capacity, id, error, params, n_params);
}

/* Could a packet start with these bytes, as far as they go? A third FF is none's id: the header begins a byte later. */
static bool
may_be_header (const uint8_t *bytes, size_t n)
{
  return bytes[0] == 0xFF && (n < 2 || bytes[1] == 0xFF) && (n <= AT_ID || bytes[AT_ID] != 0xFF);
}

static LwFeetechResult
skip_to_next_header (const uint8_t *bytes, size_t n, size_t *used)
{
  size_t skip = 1;

  while (skip < n && !may_be_header (bytes + skip, n - skip))
    skip++;
  *used = skip;
  return LW_FEETECH_INVALID;
}

LwFeetechResult
lw_feetech_parse (const uint8_t *bytes, size_t n, size_t max_length, LwFeetechPacket *out, size_t *used)
{
  size_t length, n_params;

  *used = 0;
  if (n == 0)
    return LW_FEETECH_MORE;
  if (!may_be_header (bytes, n))
    return skip_to_next_header (bytes, n, used);
  if (n <= AT_LENGTH)
    return LW_FEETECH_MORE;

  length = bytes[AT_LENGTH];
  if (length < MIN_LENGTH || length > MAX_LENGTH || (max_length != 0 && length > max_length))
    return skip_to_next_header (bytes, n, used);
  if (n < AT_CODE + length)
    return LW_FEETECH_MORE;

  n_params = length - MIN_LENGTH;
  if (check_of (bytes + AT_ID, 3 + n_params) != bytes[AT_PARAMS + n_params])
    return skip_to_next_header (bytes, n, used);
  out->id = bytes[AT_ID];
  out->code = bytes[AT_CODE];
  out->n_params = (uint8_t) n_params;
  memcpy (out->params, bytes + AT_PARAMS, n_params);
  *used = AT_CODE + length;
  return LW_FEETECH_VALID;
}

LwFeetechResult
lw_feetech_match_damaged (const uint8_t *bytes, size_t n, uint8_t id, size_t n_params)
{
  const uint8_t head[AT_CODE] = { 0xFF, 0xFF, id, (uint8_t) (n_params + MIN_LENGTH) };
  int n_flipped = 0;

  for (size_t i = 0; i < sizeof head && i < n; i++)
    n_flipped += __builtin_popcount (bytes[i] ^ head[i]);
  if (n_flipped > 1 || (n_flipped == 0 && n >= sizeof head))
    return LW_FEETECH_INVALID;
  if (n < LW_FEETECH_OVERHEAD + n_params)
    return LW_FEETECH_MORE;
  /* ~(a + b) = ~a + ~b + 1 */
  if ((uint8_t) (check_of (head + AT_ID, 2) + check_of (bytes + AT_CODE, 1 + n_params) + 1) != bytes[AT_PARAMS + n_params])
    return LW_FEETECH_INVALID;
  return LW_FEETECH_VALID;
}
