/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-servo-bus.h"

#include <math.h>
#include <string.h>

#define SHORTEST_NS 50000.0 /* lower end of the first bucket */

static const char *const protocol_names[LW_N_PROTOCOLS] = {
  [LW_PROTOCOL_DYNAMIXEL] = "dynamixel",
  [LW_PROTOCOL_FEETECH] = "feetech",
  [LW_PROTOCOL_LINES] = "lines",
};

const char *
lw_protocol_name (LwProtocol protocol)
{
  g_return_val_if_fail ((unsigned) protocol < LW_N_PROTOCOLS, NULL);

  return protocol_names[protocol];
}

bool
lw_protocol_from_name (const char *name, LwProtocol *out)
{
  for (unsigned i = 0; i < LW_N_PROTOCOLS; i++)
    if (strcmp (name, protocol_names[i]) == 0)
      {
        *out = (LwProtocol) i;
        return true;
      }
  return false;
}

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
lw_round_trips_add (LwRoundTrips *self, int64_t ns)
{
  double halves = ns > 0 ? floor (2.0 * log2 ((double) ns / SHORTEST_NS)) : 0.0;

  self->counts[(size_t) CLAMP (halves, 0.0, LW_BUS_N_ROUND_TRIPS - 1)]++;
}

double
lw_round_trips_quantile (const LwRoundTrips *self, double fraction)
{
  uint64_t total = 0, below = 0;

  for (size_t i = 0; i < LW_BUS_N_ROUND_TRIPS; i++)
    total += self->counts[i];
  if (total == 0)
    return NAN;
  for (size_t i = 0; i < LW_BUS_N_ROUND_TRIPS - 1; i++)
    {
      below += self->counts[i];
      if (below > 0 && (double) below >= fraction * (double) total)
        return 1e-9 * SHORTEST_NS * exp2 (0.5 * (double) (i + 1));
    }
  return INFINITY;
}

LwServoBus *
lw_servo_bus_new (LwProtocol protocol, LwTransport *transport, const uint8_t *ids, size_t n_servos)
{
  switch (protocol)
    {
    case LW_PROTOCOL_DYNAMIXEL:
      return lw_dynamixel_new (transport, ids, n_servos);
    case LW_PROTOCOL_FEETECH:
      return lw_feetech_new (transport, ids, n_servos);
    case LW_PROTOCOL_LINES:
      return lw_lines_new (transport, ids, n_servos);
    }
  lw_transport_free (transport);
  return NULL;
}

void
lw_servo_bus_free (LwServoBus *self)
{
  if (self != NULL)
    self->klass->free (self);
}
