/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport-fd-private.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_NS G_GINT64_CONSTANT (1000000000)

static LwIo
transport_tcp_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportFd *self = (LwTransportFd *) transport;
  const int on = 1;

  /* A bridge that collects small packets (Nagle) sends the next one when this one is acknowledged, which may otherwise take 40
   * ms. Not a lasting setting. */
  (void) setsockopt (self->line.fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  return lw_transport_fd_read (transport, bytes, max, n, deadline_ns);
}

static const LwTransportClass tcp_class = {
  .kind = "tcp",
  .write = lw_transport_fd_write,
  .read = transport_tcp_read,
  .flush = lw_transport_fd_flush,
  .free = lw_transport_fd_free,
};

/* 0, or the errno of what is in the way. */
static int
finish_connecting (int fd, int64_t deadline_ns)
{
  struct pollfd entry = { .fd = fd, .events = POLLOUT };
  socklen_t size = sizeof (int);
  int code = 0, n;

  do
    {
      int64_t left = MAX (deadline_ns - lw_clock_now (lw_clock_monotonic ()), 0);
      struct timespec timeout = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };

      n = ppoll (&entry, 1, &timeout, NULL);
    }
  while (n < 0 && errno == EINTR);
  if (n == 0)
    return ETIMEDOUT;
  if (n < 0 || getsockopt (fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
    return errno;
  return code;
}

/* -1 with *@code. */
static int
connect_to (const struct addrinfo *address, int64_t deadline_ns, int *code)
{
  int fd = socket (address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);

  *code = 0;
  if (fd < 0)
    {
      *code = errno;
      return -1;
    }
  if (connect (fd, address->ai_addr, address->ai_addrlen) < 0)
    *code = errno == EINPROGRESS || errno == EINTR ? finish_connecting (fd, deadline_ns) : errno;
  if (*code == 0)
    return fd;
  close (fd);
  return -1;
}

/* Packets leave at once; a peer that vanished without a word is noticed after seconds instead of hours. Silence alone stays
 * silence: the servos may be unpowered. */
static void
tune (int fd)
{
  const struct { int level, name, value; } options[] = {
    { IPPROTO_TCP, TCP_NODELAY, 1 }, { SOL_SOCKET, SO_KEEPALIVE, 1 },
    { IPPROTO_TCP, TCP_KEEPIDLE, 1 }, { IPPROTO_TCP, TCP_KEEPINTVL, 1 }, { IPPROTO_TCP, TCP_KEEPCNT, 3 }, { IPPROTO_TCP, TCP_USER_TIMEOUT, 3000 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (options); i++)
    (void) setsockopt (fd, options[i].level, options[i].name, &options[i].value, sizeof (int));
}

static void
set_connect_error (GError **error, const char *host, unsigned port, int code)
{
  switch (code)
    {
    case ECONNREFUSED:
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND, "Nobody listens on port %u of %s", port, host);
      break;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND, "%s (port %u) does not answer", host, port);
      break;
    default:
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "No connection to %s, port %u: %s", host, port, g_strerror (code));
    }
}

static LwTransport *
transport_of (int fd, const char *host, unsigned port)
{
  char name[G_SIZEOF_MEMBER (LwTransport, name)];
  LwTransport *self;

  tune (fd);
  g_snprintf (name, sizeof name, strchr (host, ':') != NULL ? "tcp:[%s]:%u" : "tcp:%s:%u", host, port);
  self = lw_transport_fd_new (fd, name);
  self->klass = &tcp_class;
  return self;
}

LwTransport *
lw_transport_tcp_open (const char *host, unsigned port, GError **error)
{
  const struct addrinfo wanted = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
  struct addrinfo *addresses = NULL;
  char service[16];
  int64_t deadline_ns;
  int code, fd = -1, n_left = 0;

  g_return_val_if_fail (host != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_snprintf (service, sizeof service, "%u", port);
  code = getaddrinfo (host, service, &wanted, &addresses);
  if (code != 0)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND, "There is no host “%s”: %s", host,
                   code == EAI_SYSTEM ? g_strerror (errno) : gai_strerror (code));
      return NULL;
    }
  for (const struct addrinfo *address = addresses; address != NULL; address = address->ai_next)
    n_left++;
  deadline_ns = lw_clock_now (lw_clock_monotonic ()) + CONNECT_NS;
  for (const struct addrinfo *address = addresses; address != NULL && fd < 0; address = address->ai_next)
    {
      int64_t now = lw_clock_now (lw_clock_monotonic ());

      fd = connect_to (address, now + (deadline_ns - now) / n_left--, &code); /* one address that swallows packets leaves time for the others */
    }
  freeaddrinfo (addresses);
  if (fd >= 0)
    return transport_of (fd, host, port);
  set_connect_error (error, host, port, code);
  return NULL;
}
