/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The simulator's end of a pseudo-terminal: both ends share one set of settings, so that the speed a client asks its "serial port" for can be read here.
 * Any thread. */

/* Raw, at @baud; errors are the next read's finding. */
void     lw_sim_terminal_prepare (int fd, unsigned baud);
/* Bits a second the client's end is set to; 0 when it cannot be told. */
unsigned lw_sim_terminal_speed   (int fd);
