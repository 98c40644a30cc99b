/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-design-matrix.h"
#include "lw-promp-cells.h"

/* Sums that are kept, in units of the samples they are made of; and doubles that are no matter. */
#define KEPT_SIZE 2
#define KEPT_ANYWAY ((size_t) 1 << 19)

/* Bits of the joints that are there in each sample; *@complete when all are. */
static void
find_seen (const LwObservedMovement *movement, uint64_t *seen, bool *complete)
{
  *complete = true;
  for (size_t i = 0; i < movement->n_samples; i++) {
    const double *row = lw_mat_row (&movement->y, i);
    seen[i] = 0;
    for (size_t j = 0; j < movement->y.cols; j++)
      if (!isnan (row[j]))
        seen[i] |= (uint64_t) 1 << j;
      else
        *complete = false;
  }
}

static bool
belongs (const LwPrompGroup *group, const LwObservedMovement *first, const LwObservedMovement *movement, const uint64_t *seen)
{
  if (group->n_rows != movement->n_samples || (group->seen == NULL) != (seen == NULL))
    return false;
  for (size_t i = 0; i < group->n_rows; i++)
    if (!(fabs (first->z[i] - movement->z[i]) <= LW_SAME_PHASE))
      return false;
  return seen == NULL || memcmp (group->seen, seen, group->n_rows * sizeof *seen) == 0;
}

static LwStatus
group_start (LwPrompGroup *group, const LwObservedMovement *movement, const uint64_t *seen)
{
  size_t n_joints = movement->y.cols;

  *group = (LwPrompGroup){ .n_rows = movement->n_samples };
  for (size_t j = 0; j < n_joints; j++) {
    for (size_t i = 0; i < group->n_rows; i++)
      group->n_seen[j] += seen == NULL || ((seen[i] >> j) & 1) != 0;
    group->n_observed += group->n_seen[j];
  }
  if (seen == NULL)
    return LW_OK;
  group->seen = malloc (group->n_rows * sizeof *seen); /* there are rows: something is missing */
  if (group->seen == NULL)
    return LW_ERR_MEMORY;
  memcpy (group->seen, seen, group->n_rows * sizeof *seen);
  return LW_OK;
}

/* @of (n_movements) receives the group of each. */
static LwStatus
find_groups (LwPrompStatistics *self, uint64_t *seen, size_t *of)
{
  for (size_t i = 0; i < self->n_movements; i++) {
    const LwObservedMovement *movement = &self->movements[i];
    bool complete;
    size_t g = 0;
    find_seen (movement, seen, &complete);
    const uint64_t *gaps = complete ? NULL : seen;
    while (g < self->n_groups && !belongs (&self->groups[g], &self->movements[self->groups[g].movement[0]], movement, gaps))
      g++;
    LwPrompGroup *group = &self->groups[g];
    if (g == self->n_groups) {
      LwStatus status = group_start (group, movement, gaps);
      if (status != LW_OK)
        return status;
      group->movement = malloc (sizeof *group->movement);
      self->n_groups++; /* from here on, cleared with the others */
      if (group->movement == NULL)
        return LW_ERR_MEMORY;
      group->movement[0] = i;
    }
    group->n_movements++;
    of[i] = g;
  }
  return LW_OK;
}

static LwStatus
list_movements (LwPrompStatistics *self, const size_t *of)
{
  for (size_t g = 0; g < self->n_groups; g++) {
    LwPrompGroup *group = &self->groups[g];
    size_t *list = realloc (group->movement, group->n_movements * sizeof *list);
    if (list == NULL)
      return LW_ERR_MEMORY;
    group->movement = list;
    LwStatus status = lw_mat_alloc (&group->reference, self->n_joints * self->basis.n, group->n_movements);
    if (status != LW_OK)
      return status;
    group->n_movements = 0;
  }
  for (size_t i = 0; i < self->n_movements; i++) {
    LwPrompGroup *group = &self->groups[of[i]];
    group->movement[group->n_movements++] = i;
    self->n_rows += group->n_rows;
    self->n_observed += group->n_observed;
    for (size_t j = 0; j < self->n_joints; j++)
      self->n_seen[j] += group->n_seen[j];
    self->largest = group->n_movements > self->largest ? group->n_movements : self->largest;
  }
  return LW_OK;
}

static LwStatus
make_sums (LwPrompStatistics *self, const double *centre, double *pooled)
{
  size_t in_proportion = KEPT_SIZE * self->n_rows * self->n_joints;
  size_t room = in_proportion > KEPT_ANYWAY ? in_proportion : KEPT_ANYWAY;
  LwStatus status = LW_OK;

  if (centre == NULL) {
    status = lw_promp_cells_pool (self, pooled);
    centre = pooled;
  }
  for (size_t g = 0; status == LW_OK && g < self->n_groups; g++) {
    LwPrompGroup *group = &self->groups[g];
    status = lw_promp_cells_reference (self, group, centre);
    if (status == LW_OK)
      status = lw_promp_cells_build (self, group);
    if (status != LW_OK)
      break;
    size_t size = lw_promp_cells_size (group);
    group->kept = size <= room;
    if (group->kept)
      room -= size;
    lw_promp_statistics_leave (self, g);
  }
  return status;
}

LwStatus
lw_promp_statistics_init (LwPrompStatistics *self, const LwBasis *basis, size_t n_joints, const LwObservedMovement *movements,
                          size_t n, bool full, const double *centre)
{
  size_t longest = 0;
  LwStatus status = lw_basis_check (basis);

  if (status != LW_OK)
    return status;
  if (n == 0)
    return LW_ERR_TOO_FEW;
  for (size_t i = 0; i < n; i++) {
    status = lw_observed_movement_check (&movements[i], n_joints);
    if (status != LW_OK)
      return status;
    longest = movements[i].n_samples > longest ? movements[i].n_samples : longest;
  }

  LwPrompStatistics made = { .basis = *basis, .n_joints = n_joints, .full = full, .movements = movements, .n_movements = n };
  made.groups = calloc (n, sizeof *made.groups);
  uint64_t *seen = calloc (longest > 0 ? longest : 1, sizeof *seen);
  size_t *of = calloc (n, sizeof *of);
  double *pooled = lw_doubles_new (n_joints * basis->n);
  status = made.groups != NULL && seen != NULL && of != NULL && pooled != NULL ? find_groups (&made, seen, of) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = list_movements (&made, of);
  if (status == LW_OK)
    status = lw_promp_scratch_new (&made, longest, &made.scratch);
  if (status == LW_OK)
    status = make_sums (&made, centre, pooled);
  free (seen);
  free (of);
  free (pooled);
  if (status == LW_OK)
    *self = made;
  else
    lw_promp_statistics_clear (&made);
  return status;
}

void
lw_promp_statistics_clear (LwPrompStatistics *self)
{
  for (size_t g = 0; g < self->n_groups; g++) {
    LwPrompGroup *group = &self->groups[g];
    lw_promp_cells_free (group);
    lw_mat_clear (&group->reference);
    free (group->movement);
    free (group->seen);
  }
  free (self->groups);
  lw_promp_scratch_free (self->scratch);
  *self = (LwPrompStatistics){ 0 };
}

LwStatus
lw_promp_statistics_visit (LwPrompStatistics *self, size_t g)
{
  LwPrompGroup *group = &self->groups[g];
  return group->cells != NULL ? LW_OK : lw_promp_cells_build (self, group);
}

void
lw_promp_statistics_leave (LwPrompStatistics *self, size_t g)
{
  if (!self->groups[g].kept)
    lw_promp_cells_free (&self->groups[g]);
}
