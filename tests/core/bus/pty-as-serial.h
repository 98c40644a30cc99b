/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Linked into a test, this lets libserialport take a pseudo-terminal for a serial port: it finds the name, and the modem lines that a pty does not have
 * answer as unplugged ones. Everything else (termios, locks, hang-up, bytes) is the kernel's own.
 *
 * A program's own definition of a function stands before the shared libraries', for their calls as well: no LD_PRELOAD is needed. */

/* A new pty: its master (raw), and the path of its slave in @path. */
int pty_as_serial_open (char *path, int size);

/* From here on the adapter cannot do uncommon speeds (those without a termios constant) above @top: it says so, or (@quietly) keeps the one it has. 0 = it can do all. */
void pty_limit_speed (unsigned top, int quietly);

/* Output speed in baud as set at either end, also an unusual one. */
unsigned pty_speed (int fd);
/* What the limit does to a TCSETS2 with @settings: 0 lets it pass, 1 ignores it, -1 refuses it. */
int pty_speed_limited (const void *settings);
