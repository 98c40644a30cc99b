/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-pull-back.h"

#include <stddef.h>

#define NEAREST 0x1p-20
#define RESOLUTION 0x1p-40

static bool
is_stopped (const atomic_bool *stop)
{
  return stop != NULL && atomic_load_explicit (stop, memory_order_relaxed);
}

double
lw_pull_back (LwFeasible is_feasible, void *data, const atomic_bool *stop)
{
  double feasible = 0, infeasible = 1;

  for (double back = NEAREST; back < 1 && feasible == 0 && !is_stopped (stop); back *= 2) {
    if (is_feasible (1 - back, data))
      feasible = 1 - back;
    else
      infeasible = 1 - back;
  }
  while (infeasible - feasible > RESOLUTION && !is_stopped (stop)) {
    double middle = 0.5 * (feasible + infeasible);
    if (is_feasible (middle, data))
      feasible = middle;
    else
      infeasible = middle;
  }
  return feasible;
}
