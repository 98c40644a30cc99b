/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-servo-bus.h"

const char *
lw_bus_status_text (LwBusStatus status)
{
  switch (status)
    {
    case LW_BUS_OK:
      return "no error";
    case LW_BUS_TIMEOUT:
      return "a servo did not answer in time";
    case LW_BUS_CORRUPT:
      return "a reply failed its check";
    case LW_BUS_DEVICE:
      return "a servo reported an error";
    case LW_BUS_GONE:
      return "the line hung up";
    }
  return "unknown status";
}

void
lw_servo_bus_free (LwServoBus *self)
{
  if (self != NULL)
    self->klass->free (self);
}
