/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-series.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 16 points a bucket and 16 buckets a bucket above: a query touches at most 2 x 15 entries a level, and the pyramid
 * costs one range in 15 points. 16^12 points would be 2^48. */
enum { FANOUT = 16, MAX_LEVELS = 12 };

typedef struct {
  LwRange *bucket;   /* only full buckets are read; the one being filled is kept up to date as well */
  size_t   capacity;
} Level;

struct _LwSeries
{
  atomic_uint n_refs;
  size_t      n, capacity;
  double     *x, *y;
  bool        sorted;
  uint64_t    stamp;
  LwRange     x_range;
  Level       level[MAX_LEVELS]; /* level l: buckets of 16^(l+1) points */
};

LwSeries *
lw_series_new (void)
{
  LwSeries *self = calloc (1, sizeof *self);

  if (!self)
    return NULL;
  atomic_init (&self->n_refs, 1);
  self->sorted = true;
  self->x_range = lw_range_empty ();
  return self;
}

LwSeries *
lw_series_new_from (const double *x, const double *y, size_t n)
{
  LwSeries *self = lw_series_new ();

  if (self && lw_series_append_many (self, x, y, n) != LW_OK)
    {
      lw_series_unref (self);
      return NULL;
    }
  return self;
}

LwSeries *
lw_series_ref (LwSeries *self)
{
  if (self)
    atomic_fetch_add_explicit (&self->n_refs, 1, memory_order_relaxed);
  return self;
}

void
lw_series_unref (LwSeries *self)
{
  if (!self || atomic_fetch_sub_explicit (&self->n_refs, 1, memory_order_acq_rel) != 1)
    return;
  for (int l = 0; l < MAX_LEVELS; l++)
    free (self->level[l].bucket);
  free (self->x);
  free (self->y);
  free (self);
}

/* Doubles @array to hold index @i. */
static bool
reserve_doubles (double **array, size_t capacity)
{
  double *grown = capacity > SIZE_MAX / sizeof (double) ? NULL : realloc (*array, capacity * sizeof (double));

  if (!grown)
    return false;
  *array = grown;
  return true;
}

static bool
reserve_bucket (Level *level, size_t i)
{
  size_t capacity = level->capacity ? 2 * level->capacity : 4;
  LwRange *grown;

  if (i < level->capacity)
    return true;
  grown = capacity > SIZE_MAX / sizeof (LwRange) ? NULL : realloc (level->bucket, capacity * sizeof (LwRange));
  if (!grown)
    return false;
  level->bucket = grown;
  level->capacity = capacity;
  return true;
}

/* Room for point n in the arrays and in every level it opens a bucket of. Nothing changes but capacities. */
static bool
reserve (LwSeries *self)
{
  if (self->n == self->capacity)
    {
      size_t capacity = self->capacity ? 2 * self->capacity : 64;

      if (!reserve_doubles (&self->x, capacity) || !reserve_doubles (&self->y, capacity))
        return false;
      self->capacity = capacity;
    }
  for (size_t l = 0, i = self->n / FANOUT; l < MAX_LEVELS; l++, i /= FANOUT)
    {
      if (!reserve_bucket (&self->level[l], i))
        return false;
      if (i == 0) /* levels above are needed once a second bucket opens here */
        break;
    }
  return true;
}

static void
raise_pyramid (LwSeries *self, double y)
{
  size_t width = FANOUT, i = self->n / FANOUT;

  for (size_t l = 0; l < MAX_LEVELS; l++, i /= FANOUT, width *= FANOUT)
    {
      LwRange *bucket = &self->level[l].bucket[i];

      if (self->n % width == 0)
        *bucket = lw_range_empty ();
      /* The first bucket of a level is opened when the level below gets its second: it starts as all that was before. */
      else if (l > 0 && i == 0 && self->n == width / FANOUT)
        *bucket = self->level[l - 1].bucket[0];
      *bucket = lw_range_include (*bucket, y);
      if (i == 0)
        break;
    }
}

LwStatus
lw_series_append (LwSeries *self, double x, double y)
{
  if (!isfinite (x))
    return LW_ERR_NOT_FINITE;
  if (!self || !reserve (self))
    return LW_ERR_MEMORY;

  if (self->n > 0 && x < self->x[self->n - 1])
    self->sorted = false;
  self->x[self->n] = x;
  self->y[self->n] = isfinite (y) ? y : (double) NAN;
  raise_pyramid (self, y);
  self->x_range = lw_range_include (self->x_range, x);
  self->n++;
  self->stamp++;
  return LW_OK;
}

LwStatus
lw_series_append_gap (LwSeries *self, double x)
{
  return lw_series_append (self, x, NAN);
}

LwStatus
lw_series_append_many (LwSeries *self, const double *x, const double *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      LwStatus status = lw_series_append (self, x ? x[i] : (double) lw_series_n (self), y[i]);

      if (status != LW_OK)
        return status;
    }
  return LW_OK;
}

void
lw_series_clear (LwSeries *self)
{
  if (!self)
    return;
  self->n = 0;
  self->sorted = true;
  self->x_range = lw_range_empty ();
  self->stamp++;
}

size_t
lw_series_n (const LwSeries *self)
{
  return self ? self->n : 0;
}

const double *
lw_series_x (const LwSeries *self)
{
  return self ? self->x : NULL;
}

const double *
lw_series_y (const LwSeries *self)
{
  return self ? self->y : NULL;
}

bool
lw_series_is_sorted (const LwSeries *self)
{
  return !self || self->sorted;
}

uint64_t
lw_series_stamp (const LwSeries *self)
{
  return self ? self->stamp : 0;
}

LwRange
lw_series_x_range (const LwSeries *self)
{
  return self ? self->x_range : lw_range_empty ();
}

LwRange
lw_series_y_range (const LwSeries *self)
{
  return lw_series_y_range_between (self, 0, lw_series_n (self));
}

LwRange
lw_series_y_range_between (const LwSeries *self, size_t begin, size_t end)
{
  LwRange r = lw_range_empty ();
  size_t l = 0;

  if (!self || end > self->n)
    end = lw_series_n (self);

  /* Points up to a bucket's edge on both sides, then the same one level up with the buckets between. */
  while (begin < end && begin % FANOUT)
    r = lw_range_include (r, self->y[begin++]);
  while (begin < end && end % FANOUT)
    r = lw_range_include (r, self->y[--end]);
  for (begin /= FANOUT, end /= FANOUT; begin < end; begin /= FANOUT, end /= FANOUT, l++)
    {
      const LwRange *bucket = self->level[l].bucket;
      bool top = l + 1 == MAX_LEVELS;

      while (begin < end && (top || begin % FANOUT))
        r = lw_range_union (r, bucket[begin++]);
      while (begin < end && end % FANOUT)
        r = lw_range_union (r, bucket[--end]);
    }
  return r;
}

size_t
lw_series_lower_bound (const LwSeries *self, double x)
{
  size_t low = 0, high = lw_series_n (self);

  while (low < high)
    {
      size_t mid = low + (high - low) / 2;

      if (self->x[mid] < x)
        low = mid + 1;
      else
        high = mid;
    }
  return low;
}

double
lw_series_value_at (const LwSeries *self, double x)
{
  size_t i = lw_series_lower_bound (self, nextafter (x, INFINITY));

  return i == 0 || isnan (x) ? (double) NAN : self->y[i - 1];
}
