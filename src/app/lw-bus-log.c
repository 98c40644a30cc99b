/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-bus-log.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>

struct LwBusLog
{
  FILE *stream;
};

LwBusLog *
lw_bus_log_new (const char *path, GError **error)
{
  LwBusLog *self;
  FILE *stream = g_fopen (path, "we");

  if (stream == NULL)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", path, g_strerror (code));
      return NULL;
    }
  self = g_new (LwBusLog, 1);
  self->stream = stream;
  setvbuf (stream, NULL, _IOLBF, 0);
  fputs ("t_ns\tinstruction\tid\taddress\tparameters\n", stream);
  return self;
}

void
lw_bus_log_free (LwBusLog *self)
{
  if (self == NULL)
    return;
  fclose (self->stream);
  g_free (self);
}

void
lw_bus_log_tap (const LwSimPacket *packet, void *data)
{
  LwBusLog *self = data;
  char hex[2 * sizeof packet->params + 1];
  static const char digits[] = "0123456789abcdef";
  size_t n = MIN (packet->n_params, sizeof packet->params);

  for (size_t i = 0; i < n; i++)
    {
      hex[2 * i] = digits[packet->params[i] >> 4];
      hex[2 * i + 1] = digits[packet->params[i] & 15];
    }
  hex[2 * n] = '\0';
  fprintf (self->stream, "%" PRId64 "\t%02x\t%u\t%u\t%s\n", packet->t_ns, packet->instruction, packet->id, packet->address, hex);
}
