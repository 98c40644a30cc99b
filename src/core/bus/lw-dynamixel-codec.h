/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Dynamixel protocol 2.0 as pure functions on bytes (ROBOTIS e-manual, "Protocol 2.0"). No state, no allocation; any thread.
 *
 *   FF FF FD 00 | ID | LEN_L LEN_H | INST | params ... | CRC_L CRC_H          status packets: INST = 55, first param = error byte
 *
 * LEN counts what follows it. Inside INST ... params every FF FF FD is sent as FF FF FD FD ("stuffing"); LEN and CRC are of the stuffed bytes. The combined
 * reply to a fast read, the only status packet from the broadcast id, is not stuffed (lw-dynamixel-fast.h). */
#define LW_DYNAMIXEL_BROADCAST  0xFE
#define LW_DYNAMIXEL_MAX_ID     252
#define LW_DYNAMIXEL_MAX_PARAMS 512  /* after unstuffing; a sync write of 10 bytes to 32 servos is 356 */
#define LW_DYNAMIXEL_MAX_PACKET 1024 /* bytes on the wire; the vendor's own limit */
#define LW_DYNAMIXEL_STATUS_OVERHEAD 11 /* bytes of a status packet without params */

typedef enum {
  LW_DYNAMIXEL_PING       = 0x01,
  LW_DYNAMIXEL_READ       = 0x02,
  LW_DYNAMIXEL_WRITE      = 0x03,
  LW_DYNAMIXEL_REG_WRITE  = 0x04,
  LW_DYNAMIXEL_ACTION     = 0x05,
  LW_DYNAMIXEL_RESET      = 0x06,
  LW_DYNAMIXEL_REBOOT     = 0x08,
  LW_DYNAMIXEL_CLEAR      = 0x10,
  LW_DYNAMIXEL_BACKUP     = 0x20,
  LW_DYNAMIXEL_STATUS     = 0x55,
  LW_DYNAMIXEL_SYNC_READ  = 0x82,
  LW_DYNAMIXEL_SYNC_WRITE = 0x83,
  LW_DYNAMIXEL_FAST_SYNC_READ = 0x8A,
  LW_DYNAMIXEL_BULK_READ  = 0x92,
  LW_DYNAMIXEL_BULK_WRITE = 0x93,
  LW_DYNAMIXEL_FAST_BULK_READ = 0x9A,
} LwDynamixelInstruction;

/* The error byte of a status packet: a code in the low seven bits (a value, not a mask), and the alert bit. */
typedef enum {
  LW_DYNAMIXEL_ERROR_NONE        = 0,
  LW_DYNAMIXEL_ERROR_RESULT      = 1,
  LW_DYNAMIXEL_ERROR_INSTRUCTION = 2,
  LW_DYNAMIXEL_ERROR_CRC         = 3,
  LW_DYNAMIXEL_ERROR_RANGE       = 4,
  LW_DYNAMIXEL_ERROR_LENGTH      = 5,
  LW_DYNAMIXEL_ERROR_LIMIT       = 6,
  LW_DYNAMIXEL_ERROR_ACCESS      = 7,
  LW_DYNAMIXEL_ALERT             = 0x80,
} LwDynamixelError;

/* First parameter of a factory reset. */
typedef enum {
  LW_DYNAMIXEL_RESET_ALL          = 0xFF, /* id 1 and 57600 too; to all servos at once newer firmware refuses it */
  LW_DYNAMIXEL_RESET_BUT_ID       = 0x01,
  LW_DYNAMIXEL_RESET_BUT_ID_SPEED = 0x02,
} LwDynamixelReset;

/* What the other dangerous instructions want to be told before they act. */
#define LW_DYNAMIXEL_CLEAR_TURNS    { 0x01, 0x44, 0x58, 0x4C, 0x22 } /* whole turns counted are forgotten */
#define LW_DYNAMIXEL_BACKUP_STORE   { 0x01, 0x43, 0x54, 0x52, 0x4C }
#define LW_DYNAMIXEL_BACKUP_RESTORE { 0x02, 0x43, 0x54, 0x52, 0x4C }

typedef struct {
  uint8_t  id;
  uint8_t  instruction; /* LW_DYNAMIXEL_STATUS for a reply */
  uint8_t  error;       /* of a reply; 0 otherwise */
  uint16_t n_params;    /* without the error byte */
  uint8_t  params[LW_DYNAMIXEL_MAX_PARAMS];
} LwDynamixelPacket;

typedef enum {
  LW_DYNAMIXEL_VALID,   /* a packet; used = its bytes */
  LW_DYNAMIXEL_INVALID, /* bytes that belong to no packet; used = how many to drop before looking again, >= 1 */
  LW_DYNAMIXEL_MORE,    /* so far so good; used = 0 */
} LwDynamixelResult;

/* CRC-16, polynomial 0x8005, start 0, most significant bit first: of "123456789" 0xFEE8. */
uint16_t lw_dynamixel_crc        (const uint8_t *bytes, size_t n);
uint16_t lw_dynamixel_crc_update (uint16_t crc, const uint8_t *bytes, size_t n);

/* Writes an instruction packet into @out (@capacity bytes). Returns its length, or 0 when it does not fit. */
size_t lw_dynamixel_build        (uint8_t *out, size_t capacity, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params);
/* The same for a status packet. */
size_t lw_dynamixel_build_status (uint8_t *out, size_t capacity, uint8_t id, uint8_t error, const uint8_t *params, size_t n_params);

/* Looks at the @n bytes that came in. A header in the middle is reached by dropping what precedes it (INVALID), one call per run of such bytes,
 * so that a corrupt packet costs itself and never its successor. @max_length caps LEN: what cannot be an answer is not waited for (0 = no cap but the
 * protocol's). @out is written only with VALID. */
LwDynamixelResult lw_dynamixel_parse (const uint8_t *bytes, size_t n, size_t max_length, LwDynamixelPacket *out, size_t *used);

/* A short English phrase for the code of an error byte ("the value is outside its limits"); the alert bit is ignored. Firmware differs in whether a goal beyond a limit is
 * out of range or beyond the limit: both say the same here. Static, any thread. */
const char *lw_dynamixel_error_text (uint8_t error);

/* Little endian, two's complement. */
static inline uint16_t
lw_dynamixel_get_u16 (const uint8_t *bytes)
{
  return (uint16_t) (bytes[0] | bytes[1] << 8);
}

static inline int32_t
lw_dynamixel_get_i32 (const uint8_t *bytes)
{
  return (int32_t) ((uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 | (uint32_t) bytes[3] << 24);
}

static inline void
lw_dynamixel_put (uint8_t *bytes, size_t n, uint32_t value)
{
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t) (value >> (8 * i));
}
