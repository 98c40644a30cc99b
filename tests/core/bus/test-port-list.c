/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib.h>
#include <pty.h>
#include <unistd.h>

#include "lw-port-list.h"

static void
add (GPtrArray *ports, const char *path, uint16_t vid, uint16_t pid, const char *serial)
{
  LwPort *port = g_new0 (LwPort, 1);

  port->path = g_strdup (path);
  port->vid = vid;
  port->pid = pid;
  port->serial = g_strdup (serial);
  g_ptr_array_add (ports, port);
}

static GPtrArray *
no_ports (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
}

static void
test_hints (void)
{
  static const struct { uint16_t vid, pid; const char *word; } known[] = {
    { 0x0403, 0x6014, "U2D2" }, { 0x0403, 0x6001, "FTDI" }, { 0x2f5d, 0x2202, "OpenRB-150" }, { 0x2f5d, 0x0103, "OpenCR" }, { 0x1a86, 0x55d3, "Feetech" },
    { 0x1a86, 0x55d4, "CH9102" }, { 0x1a86, 0x7523, "FE-URT-1" }, { 0x10c4, 0xea60, "CP210x" }, { 0x067b, 0x2303, "scale" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (known); i++)
    {
      const char *hint = lw_port_hint (known[i].vid, known[i].pid);

      g_assert_nonnull (hint);
      g_assert_nonnull (g_strstr_len (hint, -1, known[i].word));
    }
  g_assert_null (lw_port_hint (0, 0));
  g_assert_null (lw_port_hint (0x0403, 0x1234));
  g_assert_null (lw_port_hint (0x1234, 0x6014));
}

/* Likely adapters first, then by path with its numbers as numbers. */
static void
test_order (void)
{
  static const char *const wanted[] = {
    "/dev/ttyACM0", "/dev/ttyUSB10", "/dev/ttyACM2", "/dev/ttyUSB1", "/dev/ttyUSB2", "/dev/ttyUSB11", "/dev/ttyS0", "/dev/ttyS4", "/dev/ttyS10",
  };
  g_autoptr (GPtrArray) ports = no_ports ();

  add (ports, "/dev/ttyS10", 0, 0, NULL);
  add (ports, "/dev/ttyS0", 0, 0, NULL);
  add (ports, "/dev/ttyUSB2", 0x10c4, 0xea60, NULL);
  add (ports, "/dev/ttyUSB11", 0x1234, 0x5678, NULL);
  add (ports, "/dev/ttyACM2", 0x1a86, 0x55d4, NULL);
  add (ports, "/dev/ttyUSB10", 0x0403, 0x6014, "FT1");
  add (ports, "/dev/ttyS4", 0, 0, NULL);
  add (ports, "/dev/ttyUSB1", 0x0403, 0x6001, NULL);
  add (ports, "/dev/ttyACM0", 0x1a86, 0x55d3, NULL);
  lw_port_list_arrange (ports);
  g_assert_cmpuint (ports->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < ports->len; i++)
    {
      const LwPort *port = g_ptr_array_index (ports, i);

      g_assert_cmpstr (port->path, ==, wanted[i]);
      g_assert_cmpstr (port->hint, ==, lw_port_hint (port->vid, port->pid));
    }
}

/* Product item 20: wherever it is plugged in. */
static void
test_replugged (void)
{
  g_autoptr (GPtrArray) before = no_ports (), after = no_ports ();

  add (before, "/dev/ttyUSB0", 0x0403, 0x6014, "FT94W5CA");
  add (before, "/dev/ttyUSB1", 0x0403, 0x6014, "FT8ISK0J");
  add (after, "/dev/ttyUSB1", 0x0403, 0x6014, "FT8ISK0J");
  add (after, "/dev/ttyUSB3", 0x0403, 0x6014, "FT94W5CA");
  g_assert_cmpstr (lw_port_find (before, 0x0403, 0x6014, "FT94W5CA")->path, ==, "/dev/ttyUSB0");
  g_assert_cmpstr (lw_port_find (after, 0x0403, 0x6014, "FT94W5CA")->path, ==, "/dev/ttyUSB3");
  g_assert_null (lw_port_find (after, 0x0403, 0x6014, "FT000000"));
  g_assert_null (lw_port_find (after, 0x0403, 0x6001, "FT94W5CA"));
  g_assert_null (lw_port_find (after, 0x0403, 0x6014, NULL));
}

/* No serial number, or one that several have: only what cannot be taken for another is found. */
static void
test_ambiguous (void)
{
  g_autoptr (GPtrArray) ports = no_ports ();

  add (ports, "/dev/ttyS0", 0, 0, NULL);
  g_assert_null (lw_port_find (ports, 0, 0, NULL));
  add (ports, "/dev/ttyUSB0", 0x1a86, 0x7523, NULL);
  g_assert_cmpstr (lw_port_find (ports, 0x1a86, 0x7523, NULL)->path, ==, "/dev/ttyUSB0");
  add (ports, "/dev/ttyUSB1", 0x1a86, 0x7523, NULL);
  g_assert_null (lw_port_find (ports, 0x1a86, 0x7523, NULL));
  add (ports, "/dev/ttyUSB2", 0x10c4, 0xea60, "0001");
  g_assert_cmpstr (lw_port_find (ports, 0x10c4, 0xea60, "0001")->path, ==, "/dev/ttyUSB2");
  add (ports, "/dev/ttyUSB3", 0x10c4, 0xea60, "0001");
  g_assert_null (lw_port_find (ports, 0x10c4, 0xea60, "0001"));
}

/* What this machine has: each complete, in order, and no pseudo-terminal among them. */
static void
test_this_machine (void)
{
  g_autoptr (GPtrArray) ports = NULL;
  g_autoptr (GError) error = NULL;
  int master = -1, slave = -1;

  g_assert_cmpint (openpty (&master, &slave, NULL, NULL, NULL), ==, 0);
  ports = lw_port_list (&error);
  g_assert_no_error (error);
  g_assert_nonnull (ports);
  g_test_message ("%u ports", ports->len);
  for (guint i = 0; i < ports->len; i++)
    {
      const LwPort *port = g_ptr_array_index (ports, i);

      g_test_message ("%s: %s, %04x:%04x", port->path, port->description, port->vid, port->pid);
      g_assert_true (g_str_has_prefix (port->path, "/dev/"));
      g_assert_false (g_str_has_prefix (port->path, "/dev/pts"));
      g_assert_nonnull (port->description);
      g_assert_cmpint (port->accessible, ==, access (port->path, R_OK | W_OK) == 0);
      g_assert_true (port->serial == NULL || *port->serial != '\0');
    }
  close (slave);
  close (master);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port-list/hints", test_hints);
  g_test_add_func ("/port-list/order", test_order);
  g_test_add_func ("/port-list/replugged", test_replugged);
  g_test_add_func ("/port-list/ambiguous", test_ambiguous);
  g_test_add_func ("/port-list/this-machine", test_this_machine);
  return g_test_run ();
}
