/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* For the programs of the suite tsan, which do without GLib's tests: its locks look like races to the sanitizer. */
static inline void
check (bool truth, const char *what)
{
  if (truth)
    return;
  printf ("not ok: %s\n", what);
  exit (1);
}

static inline void
sleep_ms (long ms)
{
  const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

  nanosleep (&pause, NULL);
}
