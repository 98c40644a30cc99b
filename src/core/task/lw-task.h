/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-promp.h"
#include "lw-rollout.h"
#include "lw-scene-view.h"

/* What is to be learned: contexts, scene, score. A task never executes anything. Immutable after creation: any thread. */
typedef struct LwTask LwTask;

#define LW_MAX_CONTEXT 128

typedef struct {
  const char *name;  /* "x" */
  const char *unit;  /* "m" */
  double      lower, upper; /* range contexts are drawn from */
} LwContextInfo;

typedef struct {
  const char          *id;         /* "reach-target" */
  const char          *title;      /* for people, untranslated */
  const char          *sentence;   /* what is wanted, one line, untranslated */
  const char          *arm;        /* id of the arm it is made for: "arm-7", "planar-2" */
  size_t               n_joints;   /* joints of a movement that the task uses */
  size_t               n_context;
  const LwContextInfo *contexts;
  double               rate_hz;    /* of kinematic execution */
  double               max_duration; /* s; longer movements are clipped (published: 1 s for reach-target); 0 = none */
  size_t               n_basis;    /* default basis functions */
  size_t               K, d;       /* default model */
  double               kl_bound;
  double               context_noise; /* default standard deviation added to contexts before the fit */
  size_t               episodes;   /* default, an iteration */
  size_t               evaluate;   /* default test episodes */
  gboolean             scores_success;
} LwTaskInfo;

typedef struct {
  void     (*draw_context) (const LwTask *self, LwRng *rng, double *context);
  /* MJCF worldbody elements to join to the arm's (transfer full, nullable). */
  char    *(*scene)        (const LwTask *self, const double *context);
  size_t   (*markers)      (const LwTask *self, const double *context, LwMarker *out, size_t max);
  gboolean (*score)        (const LwTask *self, const double *context, const LwRollout *rollout, double *reward, gboolean *success, GError **error);
  /* Rows [context | duration | weights] (n x p) of demonstrations the task can make itself (nullable). */
  gboolean (*demonstrate)  (const LwTask *self, size_t n, const LwBasis *basis, uint64_t seed, LwMat *rows, GError **error);
  void     (*free)         (LwTask *self);
} LwTaskClass;

struct LwTask {
  const LwTaskClass *klass;
  LwTaskInfo         info;
};

#define LW_TASK_ERROR (lw_task_error_quark ())
typedef enum { LW_TASK_ERROR_UNKNOWN, LW_TASK_ERROR_SHAPE, LW_TASK_ERROR_FAILED } LwTaskError;
GQuark      lw_task_error_quark (void);

/* Ids of the built-in tasks, NULL-terminated: reach-target, reacher-1 .. reacher-4, reacher-obstacle. */
const char *const *lw_task_ids (void);
/* @arms_dir: folder of the arms' MJCF files. */
LwTask     *lw_task_new  (const char *id, const char *arms_dir, GError **error);
void        lw_task_free (LwTask *self); /* (nullable) */
/* A movement [duration | weights] as the task wants it executed: duration made positive (negative counts as 1 s) and clipped; the first info.n_joints joints. */
LwStatus    lw_task_movement (const LwTask *self, const LwBasis *basis, const double *movement, size_t n_weights, LwTrajectory **out) LW_MUST_USE;
