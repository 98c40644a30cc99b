/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The protocol of Feetech's STS and SMS servos as pure functions on bytes (Feetech, "Communication protocol manual"; the same frame as Dynamixel 1.0). No state, no
 * allocation; any thread.
 *
 *   FF FF | ID | LEN | INST or ERR | params ... | CHK          CHK = low byte of NOT (ID + LEN + ... + last param)
 *
 * LEN counts what follows it. Requests and replies have the same form: whoever reads must know which he waits for, and an adapter that hears itself is told
 * from a servo by comparing bytes (the echo of a ping is a flawless reply with ERR = 1). Nothing is stuffed: FF FF may be data, so only length and check tell
 * where a packet ends. */
#define LW_FEETECH_BROADCAST  0xFE
#define LW_FEETECH_MAX_ID     253
#define LW_FEETECH_MAX_PACKET 250 /* bytes on the wire */
#define LW_FEETECH_OVERHEAD   6   /* bytes of a packet without params */
#define LW_FEETECH_MAX_PARAMS (LW_FEETECH_MAX_PACKET - LW_FEETECH_OVERHEAD)

typedef enum {
  LW_FEETECH_PING       = 0x01,
  LW_FEETECH_READ       = 0x02,
  LW_FEETECH_WRITE      = 0x03,
  LW_FEETECH_REG_WRITE  = 0x04,
  LW_FEETECH_ACTION     = 0x05,
  LW_FEETECH_RECOVERY   = 0x06,
  LW_FEETECH_RESTART    = 0x08,
  LW_FEETECH_BACKUP     = 0x09,
  LW_FEETECH_RESET      = 0x0A, /* of the count of turns */
  LW_FEETECH_CALIBRATE  = 0x0B,
  LW_FEETECH_SYNC_READ  = 0x82,
  LW_FEETECH_SYNC_WRITE = 0x83,
} LwFeetechInstruction;

typedef struct {
  uint8_t id;
  uint8_t code; /* instruction of a request, status bits of a reply */
  uint8_t n_params;
  uint8_t params[LW_FEETECH_MAX_PARAMS];
} LwFeetechPacket;

typedef enum {
  LW_FEETECH_VALID,   /* a packet; used = its bytes */
  LW_FEETECH_INVALID, /* bytes that belong to no packet; used = how many to drop before looking again, >= 1 */
  LW_FEETECH_MORE,    /* so far so good; used = 0 */
} LwFeetechResult;

/* Writes a request into @out (@capacity bytes). Returns its length, or 0 when it does not fit. */
size_t lw_feetech_build        (uint8_t *out, size_t capacity, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params);
/* The same for a reply. */
size_t lw_feetech_build_status (uint8_t *out, size_t capacity, uint8_t id, uint8_t error, const uint8_t *params, size_t n_params);

/* Looks at the @n bytes that came in. A header in the middle is reached by dropping what precedes it (INVALID), one call per run of such bytes, so that a corrupt
 * packet costs itself and not its successor. @max_length caps LEN: what cannot be an answer is not waited for (0 = no cap but the protocol's).
 * @out is written only with VALID. */
LwFeetechResult lw_feetech_parse (const uint8_t *bytes, size_t n, size_t max_length, LwFeetechPacket *out, size_t *used);

/* Who the packet at @bytes would be from and its LEN, as soon as that much has come in. The check of eight bits holds by chance once in 256 times, and always when LEN was
 * damaged from even to odd in front of another packet: whoever knows which lengths can come looks at this before he waits or believes. */
static inline bool
lw_feetech_peek (const uint8_t *bytes, size_t n, uint8_t *id, uint8_t *length)
{
  if (n < 4)
    return false;
  *id = bytes[2];
  *length = bytes[3];
  return true;
}

/* Are these the bytes of a reply of @id with @n_params params, but for one bit of its first four bytes? Says whose a damaged reply was where its own head does not. */
LwFeetechResult lw_feetech_match_damaged (const uint8_t *bytes, size_t n, uint8_t id, size_t n_params);

/* What may be read without being misled. LEN with an odd number of bits: two such lengths differ in two bits at least, so that none turns into the other by one. And not two bytes:
 * on an adapter that hears itself the request could pass for the reply. */
static inline bool
lw_feetech_is_safe_length (size_t n_params)
{
  return n_params != 2 && __builtin_parity ((unsigned) n_params + 2) != 0;
}

/* Little endian. */
static inline uint16_t
lw_feetech_get_u16 (const uint8_t *bytes)
{
  return (uint16_t) (bytes[0] | bytes[1] << 8);
}

static inline void
lw_feetech_put_u16 (uint8_t *bytes, uint16_t value)
{
  bytes[0] = (uint8_t) value;
  bytes[1] = (uint8_t) (value >> 8);
}

/* Sign and magnitude: bit @sign_bit is the sign, the bits below it the magnitude (what lies above is not looked at). There is a -0; it is 0. */
static inline int32_t
lw_feetech_signed (uint16_t word, unsigned sign_bit)
{
  int32_t magnitude = word & ((1 << sign_bit) - 1);

  return (word >> sign_bit & 1) != 0 ? -magnitude : magnitude;
}

/* The other way round; a value that does not fit becomes the nearest that does. */
static inline uint16_t
lw_feetech_sign_magnitude (int32_t value, unsigned sign_bit)
{
  int32_t most = (1 << sign_bit) - 1;

  if (value < 0)
    return (uint16_t) ((1 << sign_bit) | (value < -most ? most : -value));
  return (uint16_t) (value > most ? most : value);
}
