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

static unsigned top_speed;
static int      limits_quietly;

void
pty_limit_speed (unsigned top, int quietly)
{
  top_speed = top;
  limits_quietly = quietly;
}

int
pty_speed_limited (const void *settings)
{
  if (top_speed == 0 || ((const struct termios2 *) settings)->c_ospeed <= top_speed)
    return 0;
  return limits_quietly ? 1 : -1;
}
