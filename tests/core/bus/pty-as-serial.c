/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pty-as-serial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define TCSETS2_REQUEST 0x402C542BUL /* in <asm/termbits.h>, not to be had beside <termios.h> */

/* libserialport believes in a port when /sys/class/tty/NAME is a link; ptys have none there. */
static int
is_pty_entry (const char *path)
{
  return strncmp (path, "/sys/class/tty/pts/", 19) == 0;
}

static int
link_status (const char *path, struct stat *status)
{
  if (!is_pty_entry (path))
    return fstatat (AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
  memset (status, 0, sizeof *status);
  status->st_mode = S_IFLNK | 0777;
  return 0;
}

int __lxstat (int version, const char *path, struct stat *status);

/* What lstat() was called in the C library that Debian's libserialport was linked with. */
int
__lxstat (int version, const char *path, struct stat *status)
{
  (void) version;
  return link_status (path, status);
}

int
lstat (const char *restrict path, struct stat *restrict status)
{
  return link_status (path, status);
}

ssize_t
readlink (const char *restrict path, char *restrict target, size_t size)
{
  static const char device[] = "../../devices/platform/pty";

  if (!is_pty_entry (path))
    return syscall (SYS_readlinkat, AT_FDCWD, path, target, size);
  memcpy (target, device, size < sizeof device ? size : sizeof device - 1);
  return (ssize_t) (sizeof device - 1);
}

int
ioctl (int fd, unsigned long request, ...)
{
  va_list list;
  void *argument;
  long result;

  va_start (list, request);
  argument = va_arg (list, void *);
  va_end (list);
  if (request == TCSETS2_REQUEST && isatty (fd) == 1 && (result = pty_speed_limited (argument)) != 0)
    {
      errno = EINVAL;
      return result < 0 ? -1 : 0;
    }
  result = syscall (SYS_ioctl, fd, request, argument);
  if (result >= 0 || (errno != ENOTTY && errno != EINVAL) || isatty (fd) != 1)
    return (int) result;
  switch (request)
    {
    case TIOCMGET:
      *(int *) argument = 0;
      return 0;
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC:
      return 0;
    default:
      return (int) result;
    }
}

int
pty_as_serial_open (char *path, int size)
{
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios settings;

  if (master < 0 || grantpt (master) < 0 || unlockpt (master) < 0 || ptsname_r (master, path, (size_t) size) != 0)
    return -1;
  if (tcgetattr (master, &settings) == 0)
    {
      cfmakeraw (&settings);
      (void) tcsetattr (master, TCSANOW, &settings);
    }
  return master;
}
