/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport.h"

#include <string.h>

#define TCP "tcp:"

G_DEFINE_QUARK (lw-bus-error-quark, lw_bus_error)

/* "host:port" or "[address]:port"; the brackets of an IPv6 address keep its colons apart from the port's. */
static gboolean
split_address (const char *address, char **host, unsigned *port)
{
  const char *colon = strrchr (address, ':');
  guint64 number;

  if (colon == NULL || colon == address || !g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &number, NULL))
    return FALSE;
  if (address[0] == '[' && colon[-1] == ']' && colon - address > 2)
    *host = g_strndup (address + 1, (gsize) (colon - address - 2));
  else if (memchr (address, ':', (size_t) (colon - address)) == NULL && strpbrk (address, "[]") == NULL)
    *host = g_strndup (address, (gsize) (colon - address));
  else
    return FALSE;
  *port = (unsigned) number;
  return TRUE;
}

LwTransport *
lw_transport_open (const char *name, unsigned baud, GError **error)
{
  g_autofree char *host = NULL;
  unsigned port = 0;

  g_return_val_if_fail (name != NULL, NULL);

  if (!g_str_has_prefix (name, TCP))
    return lw_transport_serial_open (name, baud, error);
  if (split_address (name + strlen (TCP), &host, &port))
    return lw_transport_tcp_open (host, port, error);
  g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "“%s” is no network address: write tcp:host:port, an IPv6 address in brackets", name);
  return NULL;
}

LwIo
lw_transport_set_baud (LwTransport *self, unsigned baud)
{
  LwIo io;

  if (self->klass->set_baud == NULL)
    return LW_IO_OK;
  io = self->klass->set_baud (self, baud);
  if (io == LW_IO_OK)
    self->baud = baud;
  return io;
}

void
lw_transport_free (LwTransport *self)
{
  if (self != NULL)
    self->klass->free (self);
}
