/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pthread.h>

#include "lw-sim-line.h"

struct LwSimBus {
  LwSimPlant  plant;
  LwSimLine   line;
  LwSimFaults faults;
  uint8_t     ids[LW_MAX_JOINTS]; /* as made; servos may be told others */

  /* the simulator thread */
  pthread_t   thread;
  bool        running;  /* thread to be joined; main side only */
  int         line_fd;  /* the simulator's end; -1 once hung up; the thread's while it runs */
  bool        line_is_pty;
  unsigned    pty_speed; /* what the pty was last seen to be set to */
  int         wake_fd;  /* eventfd, as long as the bus: any thread may write to it */
  _Atomic bool quit;
};

/* Makes the thread look at faults and quit at once. Any thread. */
void lw_sim_bus_wake (LwSimBus *self);
