/* SPDX-License-Identifier: GPL-3.0-or-later */
/* product.md 6: ten million targets, as every kind of source gives them and as a broken one would, through the one limiter. Whatever comes out is judged from the goals
 * alone, without any tolerance. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-limiter.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

typedef struct {
  const LwLimits *limits;
  LwRng          *rng;
  double          dt;
  size_t          i;                       /* targets so far */
  double          wanted[LW_MAX_JOINTS];
  double          from[LW_MAX_JOINTS], to[LW_MAX_JOINTS];
  size_t          left, length;            /* of the present stroke */
  double          w[LW_MAX_JOINTS][8];     /* weights of the present movement */
  double          phase[LW_MAX_JOINTS];
} Source;

typedef void (*Next) (Source *self);

static double
uniform (Source *self)
{
  return lw_rng_uniform (self->rng);
}

static double
somewhere (Source *self, size_t j, double beyond)
{
  double range = self->limits->q_max[j] - self->limits->q_min[j];

  return self->limits->q_min[j] - beyond * range + (1 + 2 * beyond) * range * uniform (self);
}

/* A slider: stands, jumps, is dragged. */
static void
slider (Source *self)
{
  double kind = uniform (self);

  for (size_t j = 0; j < self->limits->n_joints; j++)
    if (kind < 0.005)
      self->wanted[j] = somewhere (self, j, 0.3);
    else if (kind < 0.3)
      self->wanted[j] += 0.02 * lw_rng_normal (self->rng);
}

/* A recorded movement, some of it too fast, with the encoder's steps and now and then a gap. */
static void
replay (Source *self)
{
  if (self->left == 0)
    {
      self->length = self->left = 20 + lw_rng_below (self->rng, 300);
      for (size_t j = 0; j < self->limits->n_joints; j++)
        {
          self->from[j] = self->wanted[j];
          self->to[j] = somewhere (self, j, 0.05);
        }
    }
  self->left -= uniform (self) < 0.01 ? MIN (self->left, 1 + lw_rng_below (self->rng, 20)) : 1;
  for (size_t j = 0; j < self->limits->n_joints; j++)
    {
      double x = 1 - (double) self->left / (double) self->length, s = x * x * x * (10 + x * (6 * x - 15));
      double q = self->from[j] + (self->to[j] - self->from[j]) * s;

      self->wanted[j] = round (q * 2048 / G_PI) * G_PI / 2048;
    }
}

/* Movements drawn from a distribution: sums of bumps with random weights. */
static void
promp (Source *self)
{
  if (self->left == 0)
    {
      self->length = self->left = 100 + lw_rng_below (self->rng, 300);
      for (size_t j = 0; j < self->limits->n_joints; j++)
        for (size_t b = 0; b < 8; b++)
          self->w[j][b] = 0.5 * (self->limits->q_min[j] + self->limits->q_max[j]) + 0.35 * (self->limits->q_max[j] - self->limits->q_min[j]) * lw_rng_normal (self->rng);
    }
  self->left--;
  for (size_t j = 0; j < self->limits->n_joints; j++)
    {
      double x = 1 - (double) self->left / (double) self->length, sum = 0, norm = 0;

      for (size_t b = 0; b < 8; b++)
        {
          double phi = exp (-0.5 * pow ((x - (double) b / 7) / 0.1, 2));

          sum += phi * self->w[j][b];
          norm += phi;
        }
      self->wanted[j] = sum / norm;
    }
}

/* A learner that explores: around a movement with noise that grows. */
static void
learner (Source *self)
{
  double scale = 0.001 * (double) (self->i % 4000) / 40;

  promp (self);
  for (size_t j = 0; j < self->limits->n_joints; j++)
    self->wanted[j] += scale * lw_rng_normal (self->rng);
}

/* What must never come and does: not a number, infinite, from end to end at every step, at the very limits, huge, tiny. */
static void
adversary (Source *self)
{
  static const double odd[] = { NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e-300, 0, -0.0, G_MAXDOUBLE };
  size_t              way = (self->i / 200) % 8;

  for (size_t j = 0; j < self->limits->n_joints; j++)
    {
      double lower = self->limits->q_min[j], upper = self->limits->q_max[j], last = isfinite (self->wanted[j]) ? self->wanted[j] : lower;

      switch (way)
        {
        case 0: self->wanted[j] = self->i % 2 ? lower : upper; break;
        case 1: self->wanted[j] = odd[lw_rng_below (self->rng, G_N_ELEMENTS (odd))]; break;
        case 2: self->wanted[j] = self->i % 200 < 100 ? upper : nextafter (upper, INFINITY); break;
        case 3: self->wanted[j] = somewhere (self, j, 10); break;
        case 4: self->wanted[j] = uniform (self) < 0.1 ? odd[lw_rng_below (self->rng, 3)] : somewhere (self, j, 0); break;
        case 5: self->wanted[j] = fmin (fmax (last, lower), upper) + (self->i % 200 < 100 ? 1 : -1) * self->limits->v_max[j] * self->dt; break; /* just at v_max, through both ends */
        case 6: self->wanted[j] = lower + (upper - lower) * (0.5 + 0.5 * sin (self->phase[j] += 0.3 * uniform (self))); break;
        default: self->wanted[j] = self->i % 200 == 0 ? somewhere (self, j, 0.5) : last; break;
        }
    }
}

/* The last three goals, newest first. */
typedef struct {
  const LwLimits *limits;
  LwKinematics   *kinematics; /* (nullable) */
  double          dt;
  double          goal[3][LW_MAX_JOINTS];
  size_t          n;
} Judge;

static void
judge (Judge *self, const double *goal)
{
  const LwLimits *l = self->limits;

  memmove (self->goal[1], self->goal[0], 2 * sizeof self->goal[0]);
  memcpy (self->goal[0], goal, l->n_joints * sizeof *goal);
  self->n++;
  for (size_t j = 0; j < l->n_joints; j++)
    {
      double v = (self->goal[0][j] - self->goal[1][j]) / self->dt, before = (self->goal[1][j] - self->goal[2][j]) / self->dt;

      if (!(goal[j] >= l->q_min[j] && goal[j] <= l->q_max[j] && fabs (v) <= l->v_max[j] && fabs (v - before) / self->dt <= l->a_max[j]))
        g_error ("goal %zu, joint %zu: %.17g with velocity %.17g, before %.17g", self->n, j, goal[j], v, before);
    }
  if (self->kinematics != NULL)
    {
      double tip[3];

      lw_kinematics_set (self->kinematics, goal);
      lw_kinematics_tip (self->kinematics, tip, NULL);
      for (int k = 0; k < 3; k++)
        if (!(tip[k] >= l->box_min[k] && tip[k] <= l->box_max[k]))
          g_error ("goal %zu: tip %d at %.17g", self->n, k, tip[k]);
      if (!(lw_kinematics_lowest (self->kinematics) >= l->floor_z))
        g_error ("goal %zu: below the floor", self->n);
    }
}

/* @n targets of a kind; the speed changes now and then, and a Stop comes in between. */
static void
drive (const LwLimits *limits, LwArmModel *model, const double *start, double rate_hz, Next next, size_t n, uint32_t stream)
{
  LwRng      rng;
  double     goal[LW_MAX_JOINTS], way = 0;
  Source     source = { .limits = limits, .rng = &rng, .dt = 1 / rate_hz };
  LwLimiter *limiter = lw_limiter_new (limits, model, 1 / rate_hz);
  Judge      watch = { .limits = limits, .dt = 1 / rate_hz, .kinematics = lw_limits_has_workspace (limits) ? lw_kinematics_new (model) : NULL };
  unsigned   seen = 0;

  lw_rng_init (&rng, 60606, LW_RNG_TEST, stream, 0);
  lw_limiter_reset (limiter, start);
  for (int k = 0; k < 3; k++)
    memcpy (watch.goal[k], start, limits->n_joints * sizeof *start);
  memcpy (source.wanted, start, limits->n_joints * sizeof *start);
  for (; source.i < n; source.i++)
    {
      if (lw_rng_below (&rng, 2000) == 0)
        lw_limiter_set_speed (limiter, 0.05 + 0.95 * lw_rng_uniform (&rng));
      next (&source);
      lw_fill_nan (goal, limits->n_joints);
      seen |= lw_limiter_step (limiter, source.wanted, goal);
      judge (&watch, goal);
      way += fabs (watch.goal[0][0] - watch.goal[1][0]);
    }
  g_assert_cmpuint (seen, !=, 0);
  g_assert_cmpfloat (way, >, 1e-5 * (double) n);
  lw_kinematics_free (watch.kinematics);
  lw_limiter_free (limiter);
}

static LwArmModel *
load (const char *name)
{
  g_autofree char *file = g_strdup_printf ("arms/%s.xml", name);
  g_autofree char *path = lw_test_data_path (file);
  LwSimError       error = { "" };
  LwArmModel      *model = lw_arm_model_load (path, NULL, &error);

  g_assert_cmpstr (error.text, ==, "");
  return model;
}

static const struct {
  const char *name;
  Next        next;
} sources[] = { { "slider", slider }, { "replay", replay }, { "promp", promp }, { "learner", learner }, { "adversary", adversary } };

static void
set_workspace (LwLimits *limits, LwArmModel *model, const double *home)
{
  LwKinematics *kinematics = lw_kinematics_new (model);
  double        tip[3];

  lw_kinematics_set (kinematics, home);
  lw_kinematics_tip (kinematics, tip, NULL);
  for (int k = 0; k < 3; k++)
    {
      limits->box_min[k] = tip[k] - 0.15;
      limits->box_max[k] = tip[k] + 0.2;
    }
  limits->floor_z = lw_kinematics_lowest (kinematics) - 0.02;
  lw_kinematics_free (kinematics);
}

/* Joints alone: nine tenths of the targets. With box and floor, where every goal costs kinematics: the rest. */
static void
test_source (gconstpointer data)
{
  static const double rates[] = { 50, 100, 400 };
  const Next          next = sources[GPOINTER_TO_SIZE (data)].next;
  LwArmModel         *models[] = { load ("arm-7"), load ("desk-6") };
  size_t              total = lw_test_is_long () ? 2000000 : 100000, n = total * 9 / 10 / (G_N_ELEMENTS (rates) * G_N_ELEMENTS (models));
  double              home[LW_MAX_JOINTS];
  LwLimits            limits;

  for (size_t m = 0; m < G_N_ELEMENTS (models); m++)
    {
      lw_limits_from_model (models[m], &limits);
      for (size_t j = 0; j < limits.n_joints; j++)
        home[j] = lw_arm_model_joints (models[m])[j].home;
      for (uint32_t r = 0; r < G_N_ELEMENTS (rates); r++)
        drive (&limits, NULL, home, rates[r], next, n, (uint32_t) (10 * m + r));
      set_workspace (&limits, models[m], home);
      drive (&limits, models[m], home, 100, next, total / 20, (uint32_t) (10 * m + 9));
      lw_arm_model_unref (models[m]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *path = g_strconcat ("/product/06-one-limiter/", sources[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_source);
    }
  return g_test_run ();
}
