/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport.h"

G_DEFINE_QUARK (lw-bus-error-quark, lw_bus_error)

void
lw_transport_free (LwTransport *self)
{
  if (self != NULL)
    self->klass->free (self);
}
