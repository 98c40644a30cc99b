/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void
lw_descriptor_init (LwDescriptor *self, int fd)
{
  struct stat info;
  int flags = fcntl (fd, F_GETFL);

  self->fd = fd;
  self->socket = fstat (fd, &info) == 0 && S_ISSOCK (info.st_mode);
  self->tty = isatty (fd) == 1;
  if (flags >= 0)
    (void) fcntl (fd, F_SETFL, flags | O_NONBLOCK);
  (void) fcntl (fd, F_SETFD, FD_CLOEXEC);
}

/* The errors a pulled cable, a closed peer or a removed adapter leave behind; which one depends on driver and moment. */
static LwIo
io_of_errno (int code, int *failed_errno)
{
  *failed_errno = code;
  switch (code)
    {
    case EIO:
    case ENXIO:
    case ENODEV:
    case EBADF:
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      return LW_IO_GONE;
    default:
      return LW_IO_FAILED;
    }
}

/* LW_IO_OK when @events or an error condition is there to be found by the next read or write. */
static LwIo
wait_for (LwDescriptor *self, short events, int64_t deadline_ns, short *revents, int *failed_errno)
{
  struct pollfd entry = { .fd = self->fd, .events = events };

  for (;;)
    {
      int64_t left = deadline_ns - lw_clock_now (lw_clock_monotonic ());
      struct timespec timeout;
      int n;

      if (left < 0)
        left = 0;
      timeout.tv_sec = left / 1000000000;
      timeout.tv_nsec = left % 1000000000;
      n = ppoll (&entry, 1, &timeout, NULL);
      if (n > 0)
        {
          *revents = entry.revents;
          return LW_IO_OK;
        }
      if (n == 0)
        return LW_IO_TIMEOUT;
      if (errno != EINTR)
        return io_of_errno (errno, failed_errno);
    }
}

LwIo
lw_descriptor_write (LwDescriptor *self, const uint8_t *bytes, size_t n, int64_t deadline_ns, int *failed_errno)
{
  while (n > 0)
    {
      ssize_t sent = self->socket ? send (self->fd, bytes, n, MSG_NOSIGNAL) : write (self->fd, bytes, n);
      short revents;
      LwIo io;

      if (sent > 0)
        {
          bytes += sent;
          n -= (size_t) sent;
          continue;
        }
      if (sent < 0 && errno == EINTR)
        continue;
      if (sent < 0 && errno != EAGAIN)
        return io_of_errno (errno, failed_errno);
      io = wait_for (self, POLLOUT, deadline_ns, &revents, failed_errno);
      if (io != LW_IO_OK)
        return io;
      if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        return io_of_errno (EIO, failed_errno);
    }
  return LW_IO_OK;
}

LwIo
lw_descriptor_read (LwDescriptor *self, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns, int *failed_errno)
{
  *n = 0;
  for (;;)
    {
      short revents = 0;
      LwIo io = wait_for (self, POLLIN, deadline_ns, &revents, failed_errno);
      ssize_t got;
      int waiting;

      if (io != LW_IO_OK)
        return io;
      got = read (self->fd, bytes, max); /* what came before a hang-up is still worth having */
      if (got > 0)
        {
          *n = (size_t) got;
          return LW_IO_OK;
        }
      if (got < 0 && (errno == EINTR || errno == EAGAIN))
        {
          if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
            return io_of_errno (EIO, failed_errno);
          continue;
        }
      if (got < 0)
        return io_of_errno (errno, failed_errno);
      /* A raw terminal with VMIN 0 reads 0 bytes when another reader was faster and when it was hung up: only the second
       * also says so elsewhere. */
      if (!self->tty || (revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 || ioctl (self->fd, FIONREAD, &waiting) < 0)
        return io_of_errno (EIO, failed_errno);
    }
}

LwIo
lw_descriptor_flush (LwDescriptor *self, int *failed_errno)
{
  uint8_t scrap[256];
  size_t n;
  LwIo io = LW_IO_OK;

  /* Bounded: a line that babbles without end is the next transaction's finding, not an endless loop here. */
  for (int i = 0; i < 256 && io == LW_IO_OK; i++)
    io = lw_descriptor_read (self, scrap, sizeof scrap, &n, 0, failed_errno);
  return io == LW_IO_TIMEOUT ? LW_IO_OK : io;
}
