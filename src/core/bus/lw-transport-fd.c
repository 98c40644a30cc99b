/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport-fd-private.h"

#include <unistd.h>

LwIo
lw_transport_fd_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwTransportFd *self = (LwTransportFd *) transport;

  return lw_descriptor_write (&self->line, bytes, n, deadline_ns, &transport->last_errno);
}

LwIo
lw_transport_fd_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportFd *self = (LwTransportFd *) transport;

  return lw_descriptor_read (&self->line, bytes, max, n, deadline_ns, &transport->last_errno);
}

LwIo
lw_transport_fd_flush (LwTransport *transport)
{
  LwTransportFd *self = (LwTransportFd *) transport;

  return lw_descriptor_flush (&self->line, &transport->last_errno);
}

void
lw_transport_fd_free (LwTransport *transport)
{
  LwTransportFd *self = (LwTransportFd *) transport;

  close (self->line.fd);
  g_free (self);
}

static const LwTransportClass fd_class = {
  .kind = "fd",
  .write = lw_transport_fd_write,
  .read = lw_transport_fd_read,
  .flush = lw_transport_fd_flush,
  .free = lw_transport_fd_free,
};

LwTransport *
lw_transport_fd_new (int fd, const char *name)
{
  LwTransportFd *self;

  g_return_val_if_fail (fd >= 0, NULL);

  self = g_new0 (LwTransportFd, 1);
  self->base.klass = &fd_class;
  self->base.clock = lw_clock_monotonic ();
  g_strlcpy (self->base.name, name, sizeof self->base.name);
  lw_descriptor_init (&self->line, fd);
  return &self->base;
}
