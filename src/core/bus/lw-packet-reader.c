/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-packet-reader.h"

#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-feetech-codec.h"

typedef struct {
  uint8_t     code;
  const char *name;
  bool        address; /* its params begin with an address */
} Instruction;

static const Instruction dynamixel_instructions[] = {
  { LW_DYNAMIXEL_PING, "ping", false },       { LW_DYNAMIXEL_READ, "read", true },
  { LW_DYNAMIXEL_WRITE, "write", true },      { LW_DYNAMIXEL_REG_WRITE, "write later", true },
  { LW_DYNAMIXEL_ACTION, "action", false },   { LW_DYNAMIXEL_RESET, "factory reset", false },
  { LW_DYNAMIXEL_REBOOT, "reboot", false },   { LW_DYNAMIXEL_CLEAR, "clear turns", false },
  { LW_DYNAMIXEL_BACKUP, "backup", false },   { LW_DYNAMIXEL_SYNC_READ, "sync read", true },
  { LW_DYNAMIXEL_SYNC_WRITE, "sync write", true }, { LW_DYNAMIXEL_FAST_SYNC_READ, "fast sync read", true },
  { LW_DYNAMIXEL_BULK_READ, "bulk read", false }, { LW_DYNAMIXEL_BULK_WRITE, "bulk write", false },
  { LW_DYNAMIXEL_FAST_BULK_READ, "fast bulk read", false },          { 0, NULL, false },
};

static const Instruction feetech_instructions[] = {
  { LW_FEETECH_PING, "ping", false },         { LW_FEETECH_READ, "read", true },
  { LW_FEETECH_WRITE, "write", true },        { LW_FEETECH_REG_WRITE, "write later", true },
  { LW_FEETECH_ACTION, "action", false },     { LW_FEETECH_RECOVERY, "recovery", false },
  { LW_FEETECH_RESTART, "restart", false },   { LW_FEETECH_BACKUP, "backup", false },
  { LW_FEETECH_RESET, "reset turns", false }, { LW_FEETECH_CALIBRATE, "set middle", false },
  { LW_FEETECH_SYNC_READ, "sync read", true }, { LW_FEETECH_SYNC_WRITE, "sync write", true },
  { 0, NULL, false },
};

void
lw_packet_reader_init (LwPacketReader *self, LwProtocol protocol, bool requests)
{
  self->protocol = protocol;
  self->requests = requests;
  self->n = 0;
}

void
lw_packet_reader_add (LwPacketReader *self, const uint8_t *bytes, size_t n)
{
  /* A full buffer holds no packet (they are shorter): what is oldest gives way. */
  if (n > sizeof self->bytes)
    {
      bytes += n - sizeof self->bytes;
      n = sizeof self->bytes;
    }
  if (self->n + n > sizeof self->bytes)
    {
      size_t drop = self->n + n - sizeof self->bytes;

      memmove (self->bytes, self->bytes + drop, self->n - drop);
      self->n -= drop;
    }
  memcpy (self->bytes + self->n, bytes, n);
  self->n += n;
}

static void
say_hex (LwPacketText *out, const uint8_t *bytes, size_t n)
{
  size_t at = 0;

  out->hex[0] = '\0';
  for (size_t i = 0; i < n; i++)
    {
      if (at + 3 + 4 > sizeof out->hex)
        {
          g_strlcpy (out->hex + at, " …", sizeof out->hex - at);
          return;
        }
      at += (size_t) g_snprintf (out->hex + at, sizeof out->hex - at, i == 0 ? "%02X" : " %02X", bytes[i]);
    }
}

/* "sync read 126, 10 bytes: 1 2 3". @width: bytes of an address and of a length. */
static void
say_request (LwPacketText *out, const Instruction *table, uint8_t id, uint8_t code, const uint8_t *params, size_t n, size_t width)
{
  const Instruction *known = table;
  size_t address, length, step;

  while (known->name != NULL && known->code != code)
    known++;
  if (known->name == NULL)
    g_snprintf (out->words, sizeof out->words, "instruction %02X to %u, %zu bytes", code, id, n);
  else if (!known->address || n < width)
    g_snprintf (out->words, sizeof out->words, id == 0xFE ? "%s to all" : "%s to %u", known->name, id);
  else
    {
      int at;

      address = width == 2 ? lw_dynamixel_get_u16 (params) : params[0];
      length = n < 2 * width ? 0 : width == 2 ? lw_dynamixel_get_u16 (params + 2) : params[1];
      if (id != 0xFE || n < 2 * width)
        {
          bool reads = strcmp (known->name, "read") == 0;

          g_snprintf (out->words, sizeof out->words, "%s %zu, %zu bytes: %u", known->name, address, reads ? length : n - width, id);
          return;
        }
      step = strcmp (known->name, "sync write") == 0 ? 1 + length : 1;
      at = g_snprintf (out->words, sizeof out->words, "%s %zu, %zu bytes:", known->name, address, length);
      for (size_t i = 2 * width; i < n && at + 6 < (int) sizeof out->words; i += step)
        at += g_snprintf (out->words + at, sizeof out->words - (size_t) at, " %u", params[i]);
    }
}

static void
say_status (LwPacketText *out, uint8_t id, uint8_t error, size_t n)
{
  int at = g_snprintf (out->words, sizeof out->words, "status of %u: ", id);

  if (error == 0)
    at += g_snprintf (out->words + at, sizeof out->words - (size_t) at, "ok");
  else
    at += g_snprintf (out->words + at, sizeof out->words - (size_t) at, "error %02X", error);
  if (n > 0)
    g_snprintf (out->words + at, sizeof out->words - (size_t) at, ", %zu bytes", n);
}

static bool
finish (LwPacketReader *self, size_t used, bool damaged, LwPacketText *out)
{
  out->damaged = damaged;
  out->n = used;
  if (damaged)
    g_snprintf (out->words, sizeof out->words, "%zu bytes that belong to no packet", used);
  say_hex (out, self->bytes, used);
  memmove (self->bytes, self->bytes + used, self->n - used);
  self->n -= used;
  return true;
}

static bool
next_dynamixel (LwPacketReader *self, LwPacketText *out)
{
  LwDynamixelPacket packet;
  size_t used;

  switch (lw_dynamixel_parse (self->bytes, self->n, 0, &packet, &used))
    {
    case LW_DYNAMIXEL_MORE: return false;
    case LW_DYNAMIXEL_INVALID: return finish (self, used, true, out);
    case LW_DYNAMIXEL_VALID:
    default: break;
    }
  if (packet.instruction == LW_DYNAMIXEL_STATUS)
    say_status (out, packet.id, packet.error, packet.n_params);
  else
    say_request (out, dynamixel_instructions, packet.id, packet.instruction, packet.params, packet.n_params, 2);
  return finish (self, used, false, out);
}

static bool
next_feetech (LwPacketReader *self, LwPacketText *out)
{
  LwFeetechPacket packet;
  size_t used;

  switch (lw_feetech_parse (self->bytes, self->n, 0, &packet, &used))
    {
    case LW_FEETECH_MORE: return false;
    case LW_FEETECH_INVALID: return finish (self, used, true, out);
    case LW_FEETECH_VALID:
    default: break;
    }
  if (self->requests)
    say_request (out, feetech_instructions, packet.id, packet.code, packet.params, packet.n_params, 1);
  else
    say_status (out, packet.id, packet.code, packet.n_params);
  return finish (self, used, false, out);
}

/* A line of text is its own words; what cannot be printed becomes a dot. */
static bool
next_line (LwPacketReader *self, LwPacketText *out)
{
  const uint8_t *end = memchr (self->bytes, '\n', self->n);
  size_t used = end != NULL ? (size_t) (end - self->bytes) + 1 : self->n == sizeof self->bytes ? self->n : 0, n;

  if (used == 0)
    return false;
  n = MIN (used, sizeof out->words - 1);
  for (size_t i = 0; i < n; i++)
    out->words[i] = g_ascii_isprint ((gchar) self->bytes[i]) ? (char) self->bytes[i] : '.';
  while (n > 0 && (self->bytes[n - 1] == '\n' || self->bytes[n - 1] == '\r'))
    n--;
  out->words[n] = '\0';
  return finish (self, used, false, out);
}

bool
lw_packet_reader_next (LwPacketReader *self, LwPacketText *out)
{
  switch (self->protocol)
    {
    case LW_PROTOCOL_DYNAMIXEL: return next_dynamixel (self, out);
    case LW_PROTOCOL_FEETECH: return next_feetech (self, out);
    case LW_PROTOCOL_LINES:
    default: return next_line (self, out);
    }
}
