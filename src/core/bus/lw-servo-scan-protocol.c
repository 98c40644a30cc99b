/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-setup.h"
#include "lw-dynamixel-table.h"
#include "lw-feetech-codec.h"
#include "lw-feetech-setup.h"
#include "lw-feetech-table.h"
#include "lw-servo-scan-private.h"

#define PING_REPLY_LENGTH 7 /* LEN of a Dynamixel's: instruction, error, model (2), firmware, CRC (2) */
#define FEETECH_REPLY_LENGTH 2

static size_t
dynamixel_build_ping (uint8_t *out, uint8_t id)
{
  return lw_dynamixel_build (out, LW_SCAN_MAX_PING, id, LW_DYNAMIXEL_PING, NULL, 0);
}

static LwHeard
dynamixel_listen (const uint8_t *bytes, size_t n, uint8_t *id, size_t *used)
{
  LwDynamixelPacket packet;

  switch (lw_dynamixel_parse (bytes, n, PING_REPLY_LENGTH, &packet, used))
    {
    case LW_DYNAMIXEL_MORE:
      return LW_HEARD_MORE;
    case LW_DYNAMIXEL_INVALID:
      return LW_HEARD_NOISE;
    case LW_DYNAMIXEL_VALID:
    default:
      *id = packet.id;
      return packet.instruction == LW_DYNAMIXEL_STATUS ? LW_HEARD_REPLY : LW_HEARD_ECHO;
    }
}

static LwBusStatus
dynamixel_set (LwTransport *transport, uint8_t id, uint8_t address, uint8_t value, int64_t deadline_ns)
{
  return lw_dynamixel_write_setting (transport, id, address, 1, value, deadline_ns);
}

static size_t
feetech_build_ping (uint8_t *out, uint8_t id)
{
  return lw_feetech_build (out, LW_SCAN_MAX_PING, id, LW_FEETECH_PING, NULL, 0);
}

/* The echo of a ping and the reply of a servo with too little voltage are the same bytes: the caller knows better which it can be. */
static LwHeard
feetech_listen (const uint8_t *bytes, size_t n, uint8_t *id, size_t *used)
{
  LwFeetechPacket packet;
  uint8_t ping[LW_SCAN_MAX_PING];

  switch (lw_feetech_parse (bytes, n, FEETECH_REPLY_LENGTH, &packet, used))
    {
    case LW_FEETECH_MORE:
      return LW_HEARD_MORE;
    case LW_FEETECH_INVALID:
      return LW_HEARD_NOISE;
    case LW_FEETECH_VALID:
    default:
      *id = packet.id;
      return memcmp (bytes, ping, feetech_build_ping (ping, packet.id)) == 0 ? LW_HEARD_EITHER : LW_HEARD_REPLY;
    }
}

static LwBusStatus
feetech_set (LwTransport *transport, uint8_t id, uint8_t address, uint8_t value, int64_t deadline_ns)
{
  return lw_feetech_write_setting (transport, id, address, 1, value, deadline_ns);
}

const LwScanProtocol *
lw_scan_protocol (LwProtocol protocol)
{
  static const LwScanProtocol protocols[] = {
    { LW_PROTOCOL_DYNAMIXEL, "Dynamixel", LW_DYNAMIXEL_MAX_ID, LW_DYNAMIXEL_STATUS_OVERHEAD + 3, lw_dynamixel_bauds, LW_DXL_N_BAUDS, LW_DXL_ID,
      LW_DXL_BAUD_RATE, dynamixel_build_ping, dynamixel_listen, lw_dynamixel_ping, dynamixel_set },
    { LW_PROTOCOL_FEETECH, "Feetech", LW_FEETECH_MAX_ID, LW_FEETECH_OVERHEAD, lw_feetech_bauds, LW_FEETECH_N_BAUDS, LW_FEETECH_ID, LW_FEETECH_BAUD,
      feetech_build_ping, feetech_listen, lw_feetech_ping, feetech_set },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (protocols[i].protocol == protocol)
      return &protocols[i];
  return NULL;
}
