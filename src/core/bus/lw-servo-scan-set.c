/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-servo-scan-private.h"

#define WRITE_NS (3000 * G_GINT64_CONSTANT (1000000))

/* --- is it safe ------------------------------------------------------------------------------------------------------------------- */

static void
say_who (GError **error, GArray *found)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (ids, i == 0 ? "%u" : ", %u", g_array_index (found, LwFoundServo, i).identity.id);
  g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "%u servos answer (ids %s). Leave only the one to be changed on the cable.", found->len, ids->str);
}

/* Exactly one servo answers at this speed, and it is @id. */
static gboolean
is_alone (LwTransport *transport, const LwScanProtocol *protocol, uint8_t id, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo));
  LwScanPlan plan = { .protocols = 1u << protocol->protocol, .bauds = &transport->baud, .n_bauds = 1, .last_id = protocol->max_id };
  LwBusStatus status = lw_servo_scan (transport, &plan, NULL, NULL, NULL, found);
  const LwFoundServo *only = found->len == 1 ? &g_array_index (found, LwFoundServo, 0) : NULL;

  if (status != LW_BUS_OK)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The servos cannot be looked for: %s.", lw_bus_status_text (status));
  else if (found->len == 0 && transport->baud != 0)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SILENT, "No %s servo answers at %u bit/s. Check its power and cable.", protocol->name, transport->baud);
  else if (found->len == 0)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SILENT, "No %s servo answers. Check its power and cable.", protocol->name);
  else if (only == NULL)
    say_who (error, found);
  else if (only->doubled)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "Two servos answer to id %u. Leave only the one to be changed on the cable.", only->identity.id);
  else if (only->identity.id != id)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The servo that answers has id %u, not %u.", only->identity.id, id);
  else
    return TRUE;
  return FALSE;
}

/* Nobody has @new_id. Asked separately and several times: the one ping of a scan may have been lost. */
static gboolean
is_free (LwTransport *transport, const LwScanProtocol *protocol, uint8_t new_id, GError **error)
{
  LwServoIdentity identity = { 0 };
  unsigned return_delay_us;
  bool doubled = false;
  LwBusStatus status = protocol->look (transport, new_id, &identity, &return_delay_us, &doubled, lw_clock_now (transport->clock) + WRITE_NS);

  if (status == LW_BUS_TIMEOUT && !doubled)
    return TRUE;
  if (status == LW_BUS_GONE)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "Whether id %u is free cannot be found out: %s.", new_id, lw_bus_status_text (status));
  else
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "Somebody has id %u already. Leave only the servo to be changed on the cable.", new_id);
  return FALSE;
}

static gboolean
set (LwTransport *transport, const LwScanProtocol *protocol, uint8_t id, uint8_t address, uint8_t value, const char *what, GError **error)
{
  LwBusStatus status = protocol->set (transport, id, address, value, lw_clock_now (transport->clock) + WRITE_NS);

  if (status == LW_BUS_OK)
    return TRUE;
  if (status == LW_BUS_DEVICE)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED,
                 "Servo %u did not take its new %s. It is changed with torque off only: switch the servo off and on again, then try once more.", id, what);
  else
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "Whether servo %u has taken its new %s is not known: %s. Scan for it.", id, what,
                 lw_bus_status_text (status));
  return FALSE;
}

/* --- ids and speeds ---------------------------------------------------------------------------------------------------------------- */

gboolean
lw_servo_set_id (LwTransport *transport, LwProtocol protocol, uint8_t id, uint8_t new_id, GError **error)
{
  const LwScanProtocol *scan = lw_scan_protocol (protocol);

  g_return_val_if_fail (scan != NULL, FALSE);

  if (new_id > scan->max_id)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "%s servos have ids from 0 to %u, not %u.", scan->name, scan->max_id, new_id);
      return FALSE;
    }
  if (!is_alone (transport, scan, id, error))
    return FALSE;
  if (id == new_id)
    return TRUE;
  return is_free (transport, scan, new_id, error) && set (transport, scan, id, scan->id_address, new_id, "id", error);
}

gboolean
lw_servo_set_speed (LwTransport *transport, LwProtocol protocol, uint8_t id, unsigned baud, GError **error)
{
  const LwScanProtocol *scan = lw_scan_protocol (protocol);
  size_t code = 0;

  g_return_val_if_fail (scan != NULL, FALSE);

  while (code < scan->n_bauds && scan->bauds[code] != baud)
    code++;
  if (code == scan->n_bauds)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SPEED, "%s servos cannot be set to %u bit/s.", scan->name, baud);
      return FALSE;
    }
  if (transport->baud == 0)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SPEED, "%s has no speed of its own that could follow the servo's. Use the serial port itself.", transport->name);
      return FALSE;
    }
  if (!is_alone (transport, scan, id, error))
    return FALSE;
  return transport->baud == baud || set (transport, scan, id, scan->baud_address, (uint8_t) code, "speed", error);
}
