/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rrt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nodes in the order they were made, and a grid of cells as wide as the rewiring radius: the neighbours of a point are in 3 x 3 cells. */
typedef struct {
  const LwRrt *rrt;
  double (*q)[2];   /* (max_nodes) */
  int     *parent;  /* (max_nodes) -1 for the root */
  double  *length;  /* (max_nodes) of the edge to the parent */
  int     *next;    /* (max_nodes) the cell's next node, -1 at the end */
  int     *head;    /* (columns x rows) */
  int      n;
  int      columns, rows;
} Tree;

static double
distance (const double a[2], const double b[2])
{
  return sqrt ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
}

static int
cell_index (double x, double lower, double width, int n)
{
  const int i = (int) floor ((x - lower) / width);

  return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static void
tree_clear (Tree *tree)
{
  free (tree->q);
  free (tree->parent);
  free (tree->length);
  free (tree->next);
  free (tree->head);
}

static LwStatus
tree_init (Tree *tree, const LwRrt *rrt)
{
  size_t n_cells;

  *tree = (Tree){ .rrt = rrt };
  tree->columns = (int) ceil ((rrt->upper[0] - rrt->lower[0]) / rrt->rewire) + 1;
  tree->rows = (int) ceil ((rrt->upper[1] - rrt->lower[1]) / rrt->rewire) + 1;
  n_cells = (size_t) tree->columns * (size_t) tree->rows;
  tree->q = calloc (rrt->max_nodes, sizeof *tree->q);
  tree->parent = calloc (rrt->max_nodes, sizeof *tree->parent);
  tree->length = lw_doubles_new (rrt->max_nodes);
  tree->next = calloc (rrt->max_nodes, sizeof *tree->next);
  tree->head = calloc (n_cells, sizeof *tree->head);
  if (!tree->q || !tree->parent || !tree->length || !tree->next || !tree->head)
    {
      tree_clear (tree);
      return LW_ERR_MEMORY;
    }
  for (size_t i = 0; i < n_cells; i++)
    tree->head[i] = -1;
  return LW_OK;
}

static int *
tree_cell (Tree *tree, const double q[2])
{
  const LwRrt *rrt = tree->rrt;
  const int column = cell_index (q[0], rrt->lower[0], rrt->rewire, tree->columns);
  const int row = cell_index (q[1], rrt->lower[1], rrt->rewire, tree->rows);

  return &tree->head[(size_t) row * (size_t) tree->columns + (size_t) column];
}

static int
tree_add (Tree *tree, const double q[2], int parent)
{
  int *head = tree_cell (tree, q);
  const int i = tree->n++;

  memcpy (tree->q[i], q, sizeof tree->q[i]);
  tree->parent[i] = parent;
  tree->length[i] = parent >= 0 ? distance (q, tree->q[parent]) : 0;
  tree->next[i] = *head;
  *head = i;
  return i;
}

/* Calls for every node in the ring of cells @ring away from q's; the nearest node so far is kept in *@best. */
static void
search_ring (const Tree *tree, const double q[2], int ring, int *best, double *nearest)
{
  const LwRrt *rrt = tree->rrt;
  const int column = cell_index (q[0], rrt->lower[0], rrt->rewire, tree->columns);
  const int row = cell_index (q[1], rrt->lower[1], rrt->rewire, tree->rows);

  for (int r = row - ring; r <= row + ring; r++)
    for (int c = column - ring; c <= column + ring; c += (r == row - ring || r == row + ring || ring == 0) ? 1 : 2 * ring)
      if (r >= 0 && r < tree->rows && c >= 0 && c < tree->columns)
        for (int i = tree->head[(size_t) r * (size_t) tree->columns + (size_t) c]; i >= 0; i = tree->next[i])
          if (distance (tree->q[i], q) < *nearest)
            {
              *nearest = distance (tree->q[i], q);
              *best = i;
            }
}

static int
tree_nearest (const Tree *tree, const double q[2])
{
  const int rings = tree->columns > tree->rows ? tree->columns : tree->rows;
  double nearest = INFINITY;
  int best = 0;

  /* A node k rings away is at least k - 1 cells' widths away. */
  for (int ring = 0; ring <= rings && (ring - 1) * tree->rrt->rewire < nearest; ring++)
    search_ring (tree, q, ring, &best, &nearest);
  return best;
}

/* Length of the way back to the root: walked, because rewiring changes it for whole branches. */
static double
tree_cost (const Tree *tree, int i)
{
  double cost = 0;

  for (; tree->parent[i] >= 0; i = tree->parent[i])
    cost += tree->length[i];
  return cost;
}

static bool
edge_is_free (const LwRrt *rrt, const double a[2], const double b[2])
{
  const int pieces = (int) ceil (distance (a, b) / rrt->check) + 1;

  for (int i = 1; i <= pieces; i++)
    {
      const double part = (double) i / pieces;
      const double q[2] = { a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]) };

      if (!rrt->is_free (q, rrt->data))
        return false;
    }
  return true;
}

/* Nodes within the rewiring radius of @q, at most @max. */
static size_t
tree_neighbours (const Tree *tree, const double q[2], int *out, size_t max)
{
  const LwRrt *rrt = tree->rrt;
  const int column = cell_index (q[0], rrt->lower[0], rrt->rewire, tree->columns);
  const int row = cell_index (q[1], rrt->lower[1], rrt->rewire, tree->rows);
  size_t n = 0;

  for (int r = row - 1; r <= row + 1; r++)
    for (int c = column - 1; c <= column + 1; c++)
      if (r >= 0 && r < tree->rows && c >= 0 && c < tree->columns)
        for (int i = tree->head[(size_t) r * (size_t) tree->columns + (size_t) c]; i >= 0 && n < max; i = tree->next[i])
          if (distance (tree->q[i], q) <= rrt->rewire)
            out[n++] = i;
  return n;
}

/* One step from the nearest node towards @sample; false when the way is not free. */
static bool
grow (Tree *tree, const double sample[2])
{
  const LwRrt *rrt = tree->rrt;
  const int nearest = tree_nearest (tree, sample);
  const double far = distance (tree->q[nearest], sample);
  const double part = far > rrt->step ? rrt->step / far : 1;
  double q[2], cost;
  int neighbours[64], parent = nearest, added;
  size_t n;

  if (!(far > 1e-6)) /* already there */
    return false;
  for (int j = 0; j < 2; j++)
    q[j] = tree->q[nearest][j] + part * (sample[j] - tree->q[nearest][j]);
  if (!edge_is_free (rrt, tree->q[nearest], q))
    return false;

  n = tree_neighbours (tree, q, neighbours, sizeof neighbours / sizeof *neighbours);
  cost = tree_cost (tree, nearest) + distance (tree->q[nearest], q);
  for (size_t i = 0; i < n; i++)
    {
      const double through = tree_cost (tree, neighbours[i]) + distance (tree->q[neighbours[i]], q);

      if (through < cost && edge_is_free (rrt, tree->q[neighbours[i]], q))
        {
          cost = through;
          parent = neighbours[i];
        }
    }
  added = tree_add (tree, q, parent);
  /* A neighbour whose way gets shorter cannot be an ancestor of the new node: no loop can arise. */
  for (size_t i = 0; i < n; i++)
    {
      const int neighbour = neighbours[i];
      const double length = distance (q, tree->q[neighbour]);

      if (cost + length < tree_cost (tree, neighbour) && edge_is_free (rrt, q, tree->q[neighbour]))
        {
          tree->parent[neighbour] = added;
          tree->length[neighbour] = length;
        }
    }
  return true;
}

/* The node and goal with the shortest way through, -1 when no node is near enough. */
static int
best_end (const Tree *tree, const LwMat *goals, size_t *goal)
{
  double shortest = INFINITY;
  int best = -1;

  for (int i = 0; i < tree->n; i++)
    for (size_t g = 0; g < goals->rows; g++)
      {
        const double left = distance (tree->q[i], lw_mat_row (goals, g));

        if (left <= tree->rrt->goal_radius && tree_cost (tree, i) + left < shortest
            && edge_is_free (tree->rrt, tree->q[i], lw_mat_row (goals, g)))
          {
            shortest = tree_cost (tree, i) + left;
            *goal = g;
            best = i;
          }
      }
  return best;
}

static LwStatus
take_path (const Tree *tree, int end, const double goal[2], LwMat *path)
{
  size_t n = 2;
  LwStatus status;

  for (int i = end; tree->parent[i] >= 0; i = tree->parent[i])
    n++;
  status = lw_mat_alloc (path, n, 2);
  if (status != LW_OK)
    return status;
  memcpy (lw_mat_row (path, --n), goal, 2 * sizeof *goal);
  for (int i = end; i >= 0; i = tree->parent[i])
    memcpy (lw_mat_row (path, --n), tree->q[i], sizeof tree->q[i]);
  return LW_OK;
}

LwStatus
lw_rrt_plan (const LwRrt *self, const double start[2], const LwMat *goals, LwRng *rng, LwMat *path)
{
  Tree tree;
  size_t goal = 0;
  bool some_goal = false;
  int end = -1;
  LwStatus status;

  for (size_t g = 0; g < goals->rows; g++)
    some_goal |= self->is_free (lw_mat_row (goals, g), self->data);
  if (!some_goal || !self->is_free (start, self->data))
    return LW_ERR_RANGE;
  status = tree_init (&tree, self);
  if (status != LW_OK)
    return status;

  tree_add (&tree, start, -1);
  for (size_t sample = 0; sample < 4 * self->max_nodes && (size_t) tree.n < self->max_nodes; sample++)
    {
      double q[2];

      if (lw_rng_uniform (rng) < self->goal_bias)
        memcpy (q, lw_mat_row (goals, lw_rng_below (rng, goals->rows)), sizeof q);
      else
        for (int j = 0; j < 2; j++)
          q[j] = self->lower[j] + (self->upper[j] - self->lower[j]) * lw_rng_uniform (rng);
      grow (&tree, q);
      /* Looking for an end walks the whole tree: now and then is enough. */
      if ((size_t) tree.n >= self->min_nodes && sample % 256 == 0 && (end = best_end (&tree, goals, &goal)) >= 0)
        break;
    }
  end = end >= 0 ? end : best_end (&tree, goals, &goal);
  status = end >= 0 ? take_path (&tree, end, lw_mat_row (goals, goal), path) : LW_ERR_SOLVER;
  tree_clear (&tree);
  return status;
}

void
lw_rrt_shortcut (const LwRrt *self, LwMat *path, size_t tries, LwRng *rng)
{
  for (size_t attempt = 0; attempt < tries && path->rows > 2; attempt++)
    {
      size_t from = lw_rng_below (rng, path->rows), to = lw_rng_below (rng, path->rows);

      if (from > to)
        {
          const size_t swap = from;

          from = to;
          to = swap;
        }
      if (to - from < 2 || !edge_is_free (self, lw_mat_row (path, from), lw_mat_row (path, to)))
        continue;
      memmove (lw_mat_row (path, from + 1), lw_mat_row (path, to), (path->rows - to) * path->stride * sizeof *path->data);
      path->rows -= to - from - 1;
    }
}
