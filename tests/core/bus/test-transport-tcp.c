/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network bridge, played by this program on the loopback interface. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lw-transport.h"

#define MS G_GINT64_CONSTANT (1000000)

static int64_t
now (void)
{
  return lw_clock_now (lw_clock_monotonic ());
}

/* Listens on a free port of the loopback address; -1 without that family. */
static int
listen_somewhere (int family, unsigned *port)
{
  struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr *address = family == AF_INET6 ? (struct sockaddr *) &six : (struct sockaddr *) &four;
  socklen_t size = family == AF_INET6 ? sizeof six : sizeof four;
  int fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  if (bind (fd, address, size) < 0 || listen (fd, 1) < 0)
    {
      close (fd);
      return -1;
    }
  g_assert_cmpint (getsockname (fd, address, &size), ==, 0);
  *port = ntohs (family == AF_INET6 ? six.sin6_port : four.sin_port);
  return fd;
}

/* What a client opened as @format % port does to a server of @family. */
static void
check_bytes (int family, const char *format)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *number = NULL;
  unsigned port = 0;
  int listener = listen_somewhere (family, &port), peer;
  uint8_t bytes[16];
  size_t n = 99;
  int64_t start;
  LwTransport *transport;

  if (listener < 0)
    {
      g_test_skip ("this machine has no loopback address of that family");
      return;
    }
  number = g_strdup_printf ("%u", port);
  name = g_strconcat (format, number, NULL);
  transport = lw_transport_open (name, 1000000, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (transport->name, ==, name);
  g_assert_cmpstr (transport->klass->kind, ==, "tcp");
  g_assert_cmpuint (transport->baud, ==, 0);
  g_assert_cmpint (lw_transport_set_baud (transport, 57600), ==, LW_IO_OK);
  peer = accept (listener, NULL, NULL);
  g_assert_cmpint (peer, >=, 0);

  g_assert_cmpint (transport->klass->write (transport, (const uint8_t *) "ask", 3, now () + 500 * MS), ==, LW_IO_OK);
  g_assert_cmpint (recv (peer, bytes, 3, MSG_WAITALL), ==, 3);
  g_assert_cmpmem (bytes, 3, "ask", 3);
  start = now ();
  g_assert_cmpint (transport->klass->read (transport, bytes, sizeof bytes, &n, start + 20 * MS), ==, LW_IO_TIMEOUT); /* silence is no hang-up */
  g_assert_cmpint (now () - start, >=, 20 * MS);
  g_assert_cmpint (send (peer, "answer", 6, 0), ==, 6);
  g_assert_cmpint (transport->klass->read (transport, bytes, sizeof bytes, &n, now () + 500 * MS), ==, LW_IO_OK);
  g_assert_cmpmem (bytes, n, "answer", 6);

  g_assert_cmpint (send (peer, "bye", 3, 0), ==, 3);
  close (peer);
  g_assert_cmpint (transport->klass->read (transport, bytes, sizeof bytes, &n, now () + 500 * MS), ==, LW_IO_OK);
  g_assert_cmpmem (bytes, n, "bye", 3);
  start = now ();
  g_assert_cmpint (transport->klass->read (transport, bytes, sizeof bytes, &n, start + 5000 * MS), ==, LW_IO_GONE);
  g_assert_cmpint (transport->klass->flush (transport), ==, LW_IO_GONE);
  g_assert_cmpint (now () - start, <, 1000 * MS);
  lw_transport_free (transport);
  close (listener);
}

static void
test_ipv4 (void)
{
  check_bytes (AF_INET, "tcp:127.0.0.1:");
}

static void
test_ipv6 (void)
{
  check_bytes (AF_INET6, "tcp:[::1]:");
}

/* A peer that resets the connection is gone for the writer as well, without a signal. */
static void
test_reset (void)
{
  const struct linger at_once = { .l_onoff = 1 };
  g_autoptr (GError) error = NULL;
  unsigned port = 0;
  int listener = listen_somewhere (AF_INET, &port), peer;
  LwTransport *transport = lw_transport_tcp_open ("127.0.0.1", port, &error);
  LwIo io = LW_IO_OK;

  g_assert_no_error (error);
  peer = accept (listener, NULL, NULL);
  g_assert_cmpint (setsockopt (peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), ==, 0);
  close (peer);
  for (int i = 0; i < 100 && io == LW_IO_OK; i++)
    {
      io = transport->klass->write (transport, (const uint8_t *) "x", 1, now () + 100 * MS);
      g_usleep (1000);
    }
  g_assert_cmpint (io, ==, LW_IO_GONE);
  g_assert_cmpint (transport->last_errno, !=, 0);
  lw_transport_free (transport);
  close (listener);
}

/* What is set on the socket: packets leave at once, and a peer that vanished is noticed. */
static void
test_options (void)
{
  unsigned port = 0;
  int listener = listen_somewhere (AF_INET, &port), fd, value = 0;
  LwTransport *transport = lw_transport_tcp_open ("127.0.0.1", port, NULL);
  socklen_t size = sizeof value;

  g_assert_nonnull (transport);
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC) - 1; /* the number before the next free one */
  g_assert_cmpint (getsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &value, &size), ==, 0);
  g_assert_cmpint (value, !=, 0);
  g_assert_cmpint (getsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size), ==, 0);
  g_assert_cmpint (value, !=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd + 1);
  lw_transport_free (transport);
  close (listener);
}

/* A bridge that holds small packets back until the one before is acknowledged gets its acknowledgement at once: not after 40 ms each. */
static void
test_collecting_bridge (void)
{
  unsigned port = 0;
  int listener = listen_somewhere (AF_INET, &port), peer;
  LwTransport *transport = lw_transport_tcp_open ("127.0.0.1", port, NULL);
  int64_t start, total = 0;

  peer = accept (listener, NULL, NULL);
  for (int i = 0; i < 50; i++)
    {
      uint8_t bytes[8];
      size_t n = 0, got = 0;

      g_assert_cmpint (transport->klass->write (transport, (const uint8_t *) "ask", 3, now () + 500 * MS), ==, LW_IO_OK);
      g_assert_cmpint (recv (peer, bytes, 3, MSG_WAITALL), ==, 3);
      start = now ();
      g_assert_cmpint (send (peer, "ab", 2, 0), ==, 2);
      g_assert_cmpint (send (peer, "cd", 2, 0), ==, 2);
      while (got < 4)
        {
          g_assert_cmpint (transport->klass->read (transport, bytes + got, sizeof bytes - got, &n, now () + 1000 * MS), ==, LW_IO_OK);
          got += n;
        }
      total += now () - start;
    }
  g_assert_cmpint (total, <, 50 * 20 * MS);
  lw_transport_free (transport);
  close (peer);
  close (listener);
}

static void
assert_refused (const char *name, LwBusError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  int64_t start = now ();

  g_assert_null (lw_transport_open (name, 1000000, &error));
  g_assert_error (error, LW_BUS_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpint (now () - start, <, 20000 * MS);
}

static void
test_refused (void)
{
  g_autofree char *closed = NULL;
  unsigned port = 0;
  int listener = listen_somewhere (AF_INET, &port);

  close (listener);
  closed = g_strdup_printf ("tcp:127.0.0.1:%u", port);
  assert_refused (closed, LW_BUS_ERROR_NOT_FOUND, "Nobody listens");
  assert_refused ("tcp:no-such-host.invalid:4000", LW_BUS_ERROR_NOT_FOUND, "no-such-host.invalid");
  assert_refused ("/dev/lampwork-no-such-port", LW_BUS_ERROR_NOT_FOUND, "There is no port"); /* not "tcp:": a path */
}

static void
test_not_an_address (void)
{
  static const char *const names[] = {
    "tcp:", "tcp:host", "tcp::4000", "tcp:host:", "tcp:host:0", "tcp:host:65536", "tcp:host:-1", "tcp:host:+80", "tcp:host:4000x",
    "tcp:::1:4000", "tcp:[::1]", "tcp:[]:4000", "tcp:[::1:4000", "tcp:::1]:4000",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    assert_refused (names[i], LW_BUS_ERROR_FAILED, "no network address");
}

/* A server that takes no further connection swallows the packets of the next: the second is over after a second. */
static void
test_connect_deadline (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  unsigned port = 0;
  int listener = listen_somewhere (AF_INET, &port), waiting[16];
  g_autoptr (GError) error = NULL;
  LwTransport *transport;
  int64_t start;

  address.sin_port = htons ((uint16_t) port);
  for (size_t i = 0; i < G_N_ELEMENTS (waiting); i++) /* fills the queue of connections not yet accepted */
    {
      waiting[i] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void) !connect (waiting[i], (struct sockaddr *) &address, sizeof address);
    }
  start = now ();
  transport = lw_transport_tcp_open ("127.0.0.1", port, &error);
  g_assert_null (transport);
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "does not answer"));
  g_assert_cmpint (now () - start, >=, 900 * MS);
  g_assert_cmpint (now () - start, <, 10000 * MS);
  for (size_t i = 0; i < G_N_ELEMENTS (waiting); i++)
    close (waiting[i]);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport-tcp/ipv4", test_ipv4);
  g_test_add_func ("/transport-tcp/ipv6", test_ipv6);
  g_test_add_func ("/transport-tcp/reset", test_reset);
  g_test_add_func ("/transport-tcp/options", test_options);
  g_test_add_func ("/transport-tcp/collecting-bridge", test_collecting_bridge);
  g_test_add_func ("/transport-tcp/refused", test_refused);
  g_test_add_func ("/transport-tcp/not-an-address", test_not_an_address);
  g_test_add_func ("/transport-tcp/connect-deadline", test_connect_deadline);
  return g_test_run ();
}
