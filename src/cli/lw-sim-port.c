/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static gboolean
fail (GError **error, int code, const char *what)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* --- pseudo-terminal ---------------------------------------------------------------------------------------------------------- */

/* The master of a new pseudo-terminal in raw mode; -1. */
static int
open_master (char *name, size_t size, int *client)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios settings;

  if (master < 0)
    return -1;
  if (grantpt (master) != 0 || unlockpt (master) != 0 || ptsname_r (master, name, size) != 0
      || (*client = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
    {
      close (master);
      return -1;
    }
  if (tcgetattr (*client, &settings) == 0)
    {
      cfmakeraw (&settings);
      tcsetattr (*client, TCSANOW, &settings);
    }
  return master;
}

static gboolean
open_pty (LwSimPort *self, GError **error)
{
  int master = open_master (self->name, sizeof self->name, &self->client);

  if (master < 0)
    return fail (error, errno, _("no pseudo-terminal"));
  if (self->link != NULL && symlink (self->name, self->link) != 0)
    {
      int code = errno;

      close (master);
      return fail (error, code, self->link);
    }
  self->linked = self->link != NULL;
  return self->serve (self->device, master, error);
}

/* --- network ------------------------------------------------------------------------------------------------------------------- */

static gboolean
listen_at (LwSimPort *self, GError **error)
{
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) self->number) };
  socklen_t size = sizeof where;
  int yes = 1;

  if (inet_pton (AF_INET, self->address, &where.sin_addr) != 1)
    return fail (error, EINVAL, self->address);
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_snprintf (self->name, sizeof self->name, "tcp:%s:%d", self->address, self->number);
  if (self->listener < 0)
    return fail (error, errno, self->name);
  setsockopt (self->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind (self->listener, (struct sockaddr *) &where, sizeof where) != 0 || listen (self->listener, 4) != 0
      || getsockname (self->listener, (struct sockaddr *) &where, &size) != 0)
    return fail (error, errno, self->name);
  self->number = ntohs (where.sin_port); /* the one that was free, and the same after a hang-up */
  g_snprintf (self->name, sizeof self->name, "tcp:%s:%d", self->address, self->number);
  return TRUE;
}

static gboolean
welcome (LwSimPort *self, GError **error)
{
  int fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
  int yes = 1;

  if (fd < 0)
    return TRUE; /* gone before it was let in */
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  self->peer = fcntl (fd, F_DUPFD_CLOEXEC, 0); /* to see it leave */
  return self->serve (self->device, fd, error);
}

static void
see_off (LwSimPort *self)
{
  if (self->peer >= 0)
    shutdown (self->peer, SHUT_RDWR);
  close_fd (&self->peer);
}

/* --- either -------------------------------------------------------------------------------------------------------------------- */

void
lw_sim_port_init (LwSimPort *self, const char *link, const char *address, int number)
{
  *self = (LwSimPort){ .link = link, .address = address, .number = number, .client = -1, .listener = -1, .peer = -1 };
}

gboolean
lw_sim_port_open (LwSimPort *self, GError **error)
{
  return self->number < 0 ? open_pty (self, error) : listen_at (self, error);
}

void
lw_sim_port_watch (const LwSimPort *self, struct pollfd *out)
{
  *out = (struct pollfd){ .fd = self->listener, .events = POLLIN };
  if (self->peer >= 0)
    *out = (struct pollfd){ .fd = self->peer, .events = POLLRDHUP };
}

gboolean
lw_sim_port_dispatch (LwSimPort *self, short revents, GError **error)
{
  if (revents == 0)
    return TRUE;
  if (self->peer < 0)
    return welcome (self, error);
  see_off (self);
  return TRUE;
}

void
lw_sim_port_close (LwSimPort *self)
{
  if (self->linked)
    unlink (self->link);
  self->linked = FALSE;
  close_fd (&self->client);
  see_off (self);
  close_fd (&self->listener);
}
