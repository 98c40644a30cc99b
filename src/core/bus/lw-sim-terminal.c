/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-terminal.h"

#include <asm/ioctls.h>
#include <asm/termbits.h> /* speeds as numbers; not to be had beside <termios.h> */

int ioctl (int fd, unsigned long request, ...); /* <sys/ioctl.h> and <asm/termbits.h> define the same structs */

void
lw_sim_terminal_prepare (int fd, unsigned baud)
{
  struct termios2 settings;

  if (ioctl (fd, TCGETS2, &settings) != 0)
    return;
  settings.c_iflag &= ~(tcflag_t) (IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  settings.c_oflag &= ~(tcflag_t) OPOST;
  settings.c_lflag &= ~(tcflag_t) (ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  settings.c_cflag &= ~(tcflag_t) (CSIZE | PARENB | CBAUD | (CBAUD << IBSHIFT));
  settings.c_cflag |= CS8 | BOTHER | (BOTHER << IBSHIFT);
  settings.c_ispeed = settings.c_ospeed = baud;
  (void) ioctl (fd, TCSETS2, &settings);
}

unsigned
lw_sim_terminal_speed (int fd)
{
  struct termios2 settings;

  return ioctl (fd, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}
