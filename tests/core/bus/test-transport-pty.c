/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pseudo-terminal named like a port, as lampwork-sim gives it, without anything standing in for the system. */
#include <glib.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "lw-transport.h"

#define SECOND 1000000000

static void
test_bytes (void)
{
  static const uint8_t sent[] = { 0xff, 0x0d, 0x03, 0x00, 0x11, 0x0a }; /* what a cooked terminal would change or act on */
  g_autoptr (GError) error = NULL;
  char path[64];
  uint8_t got[sizeof sent] = { 0 };
  size_t n_got = 0;
  int master, slave;
  LwTransport *transport;

  g_assert_cmpint (openpty (&master, &slave, path, NULL, NULL), ==, 0);
  transport = lw_transport_serial_open (path, 1000000, &error);
  g_assert_no_error (error);
  g_assert_cmpint (transport->klass->write (transport, sent, sizeof sent, lw_clock_now (transport->clock) + SECOND), ==, LW_IO_OK);
  g_assert_cmpint (read (master, got, sizeof got), ==, sizeof got);
  g_assert_cmpmem (got, sizeof got, sent, sizeof sent);

  memset (got, 0, sizeof got);
  g_assert_cmpint (write (master, sent, sizeof sent), ==, sizeof sent);
  while (n_got < sizeof got)
    {
      size_t n = 0;

      g_assert_cmpint (transport->klass->read (transport, got + n_got, sizeof got - n_got, &n, lw_clock_now (transport->clock) + SECOND), ==, LW_IO_OK);
      n_got += n;
    }
  g_assert_cmpmem (got, sizeof got, sent, sizeof sent);
  lw_transport_free (transport);
  close (slave);
  close (master);
}

static void
test_claimed_once (void)
{
  g_autoptr (GError) error = NULL;
  char path[64];
  int master, slave;
  LwTransport *first;

  g_assert_cmpint (openpty (&master, &slave, path, NULL, NULL), ==, 0);
  first = lw_transport_serial_open (path, 1000000, &error);
  g_assert_no_error (error);
  g_assert_null (lw_transport_serial_open (path, 1000000, &error));
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_BUSY);
  lw_transport_free (first);
  close (slave);
  close (master);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport-pty/bytes", test_bytes);
  g_test_add_func ("/transport-pty/claimed-once", test_claimed_once);
  return g_test_run ();
}
