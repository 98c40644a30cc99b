/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <asm/ioctls.h>
#include <asm/termbits.h> /* speeds without a name of their own; not to be had beside <termios.h> */

#include "pty-as-serial.h"

int ioctl (int fd, unsigned long request, ...);

unsigned
pty_speed (int fd)
{
  struct termios2 settings = { 0 };

  if (ioctl (fd, TCGETS2, &settings) != 0)
    return 0;
  return settings.c_ospeed;
}
