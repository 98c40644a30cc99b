/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-promp.h"
#include "lw-rollout.h"
#include "lw-scene-view.h"

/* What is to be learned: contexts, scene, score. A task never executes anything. Immutable after creation: any thread. */
typedef struct LwTask LwTask;

#define LW_MAX_CONTEXT 128
#define LW_TASK_MAX_MARKERS 16

typedef struct {
  const char *name;  /* "x" */
  const char *unit;  /* "m" */
  double      lower, upper; /* range contexts are drawn from */
} LwContextInfo;

/* A number that an instrument measures when a movement has been made. */
typedef struct {
  const char *name;  /* "poured mass" */
  const char *unit;  /* "g" */
} LwMeasureInfo;

typedef struct {
  const char          *id;         /* "reach-target" */
  const char          *title;      /* for people, untranslated */
  const char          *sentence;   /* what is wanted, one line, untranslated */
  const char          *arm;        /* id of the arm it is made for: "arm-7", "planar-2" */
  size_t               n_joints;   /* joints of a movement that the task uses */
  size_t               n_context;
  const LwContextInfo *contexts;
  size_t               n_measures; /* numbers in LwRollout.measures without which there is no score; usually 0 */
  const LwMeasureInfo *measures;
  double               rate_hz;    /* of kinematic execution */
  double               max_duration; /* s; longer movements are clipped (published: 1 s for reach-target) */
  size_t               n_basis;    /* default basis functions */
  size_t               K, d;       /* default model */
  double               kl_bound;      /* default settings of the learner: trust region, */
  gboolean             kl_new_old;    /* its direction, */
  double               regularisation;/* weight of the context divergence */
  gboolean             averages;   /* demonstrations are of one kind: what lies between two of one context will do as well */
  double               context_noise; /* default standard deviation added to contexts before the fit */
  size_t               episodes;   /* default, an iteration */
  size_t               evaluate;   /* default test episodes */
  gboolean             scores_success;
} LwTaskInfo;

typedef struct {
  void     (*draw_context) (const LwTask *self, LwRng *rng, double *context);
  /* MJCF worldbody elements to join to the arm's (g_free(); NULL: none). */
  char    *(*scene)        (const LwTask *self, const double *context);
  /* What shows the context in the picture, at most LW_TASK_MAX_MARKERS; returns how many were written. */
  size_t   (*markers)      (const LwTask *self, const double *context, LwMarker *out, size_t max);
  /* What instruments would have seen over time, (n x n_measures) in the units of info.measures, if @rollout's movement had been made in a world of which only the
   * task knows: its last row is what they measure. NULL unless info.n_measures. *@out: transfer full. */
  gboolean (*simulate)     (const LwTask *self, const double *context, const LwRollout *rollout, LwTrajectory **out, GError **error);
  /* From the measured path: its tip rows, or forward kinematics of the joints when there are none; and from rollout.measures where the
   * task has any: without them it has no score. @success (nullable) is FALSE unless info.scores_success.
   * An aborted rollout has no score; nor has one whose numbers are not finite. */
  gboolean (*score)        (const LwTask *self, const double *context, const LwRollout *rollout, double *reward, gboolean *success, GError **error);
  /* Rows [context | duration | weights] (n x (n_context + 1 + n_joints basis->n)) of demonstrations the task makes itself (nullable). *@rows is allocated:
   * release it with lw_mat_clear(). Row i depends on seed, basis and i only. */
  gboolean (*demonstrate)  (const LwTask *self, size_t n, const LwBasis *basis, uint64_t seed, LwMat *rows, GError **error);
  /* One of them before the fit (nullable): *@out over time, @context what it was made for. */
  gboolean (*demonstration) (const LwTask *self, LwRng *rng, double *context, LwTrajectory **out, GError **error);
  void     (*free)         (LwTask *self);
} LwTaskClass;

struct LwTask {
  const LwTaskClass *klass;
  LwTaskInfo         info;
};

#define LW_TASK_ERROR (lw_task_error_quark ())
typedef enum { LW_TASK_ERROR_UNKNOWN, LW_TASK_ERROR_SHAPE, LW_TASK_ERROR_FAILED } LwTaskError;
GQuark      lw_task_error_quark (void);

/* Ids of the built-in tasks, NULL-terminated: reach-target, reacher-1 .. reacher-4, reacher-obstacle, pour. */
const char *const *lw_task_ids (void);
/* @arms_dir: folder of the arms' MJCF files. */
LwTask     *lw_task_new  (const char *id, const char *arms_dir, GError **error);
void        lw_task_free (LwTask *self); /* (nullable) */
/* Fills @rollout's measures with what simulate() ends with; nothing to do for a task without measures. */
gboolean    lw_task_simulate_measures (const LwTask *self, const double *context, LwRollout *rollout, GError **error);
/* A movement [duration | weights] as the task wants it executed: duration made positive (negative counts as 1 s) and clipped; the first info.n_joints joints.
 * @n_weights counts the weights behind the duration, a multiple of basis->n. LW_ERR_SHAPE, LW_ERR_NOT_FINITE. */
LwStatus    lw_task_movement (const LwTask *self, const LwBasis *basis, const double *movement, size_t n_weights, LwTrajectory **out) LW_MUST_USE;
/* @n demonstrations over time: @contexts (n x n_context) and @out (n, each transfer full). The same ones demonstrate() turns into rows with the same seed.
 * reach-target's are the project's own: minimum-jerk joint paths from home to the target, at 100 Hz, 2 to 4 s long, within the arm's limits, and the context is
 * where the tip ends. On error nothing is kept. */
gboolean    lw_task_demonstrate_trajectories (const LwTask *self, size_t n, uint64_t seed, const LwMat *contexts, LwTrajectory **out, GError **error);
