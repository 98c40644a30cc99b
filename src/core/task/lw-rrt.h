/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-mat.h"
#include "lw-rng.h"

/* RRT* [Karaman and Frazzoli, IJRR 2011] for two joints: a tree grown from the start by random samples, each new node connected where its way
 * back is shortest, its neighbours rewired through it when that shortens theirs. Time is bounded by max_nodes; the same rng gives the same path. */
typedef struct {
  double lower[2], upper[2]; /* rad: where samples are drawn */
  double step;               /* rad: longest new edge */
  double rewire;             /* rad: radius of neighbours */
  double goal_radius;        /* rad: a node this near is joined to the goal by a straight edge */
  double goal_bias;          /* share of samples that are a goal itself */
  double check;              /* rad: spacing at which edges are tested */
  size_t min_nodes;          /* the tree goes on growing (and its ways get shorter) to this size */
  size_t max_nodes;          /* samples and nodes end here */
  bool (*is_free) (const double q[2], const void *data);
  const void *data;
} LwRrt;

/* Shortest way found from @start to one of @goals (n_goals x 2): *@path (n x 2) is allocated, first row start, last row a goal.
 * LW_ERR_SOLVER when none was found, LW_ERR_RANGE when start or every goal is not free, LW_ERR_MEMORY. */
LwStatus lw_rrt_plan     (const LwRrt *self, const double start[2], const LwMat *goals, LwRng *rng, LwMat *path) LW_MUST_USE;
/* Straightens @path in place: @tries times, two points of it are joined directly if the way between is free. */
void     lw_rrt_shortcut (const LwRrt *self, LwMat *path, size_t tries, LwRng *rng);
