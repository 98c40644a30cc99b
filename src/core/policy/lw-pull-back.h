/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/* Whether the point at @fraction of a segment's length is inside the bounds. */
typedef bool (*LwFeasible) (double fraction, void *data);

/* Fraction of the feasible point nearest to the end of a segment whose beginning is feasible; the end is not. A divergence need
 * not grow along the segment, so the search begins at the end, in doubling steps, before it halves. @stop (nullable) ends it
 * early, inside the bounds. */
double lw_pull_back (LwFeasible is_feasible, void *data, const atomic_bool *stop);
