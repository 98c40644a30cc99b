/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "lw-demonstrations.h"
#include "lw-learner.h"
#include "lw-mppca.h"
#include "lw-project.h"
#include "lw-promp.h"

/* What was understood from a set of demonstrations: ProMP weights, their Gaussian, and the MPPCA over [context | duration | weights].
 * Immutable, reference-counted (atomic): fitted on a worker, shown by the window, learned from by a run. */
typedef struct {
  size_t   n_basis;        /* 20 */
  double   ridge;          /* lambda, default 1e-6: the published 1e-12/n is far too small for measured data */
  double   shrinkage;      /* of the weight Gaussian, default 0.05 */
  size_t   K, d;           /* wanted; lowered to what N allows */
  double   context_noise;  /* standard deviation added to contexts before the MPPCA, seeded; default 0.03 */
  double   context_scale;  /* inside the MPPCA, default 1 */
  gboolean standardise;    /* all columns of unit variance inside the MPPCA, before that scale; default no */
  size_t   restarts;       /* of k-means, default 50 */
  size_t   candidates;     /* of its best partitions that EM is run from, default 5; 1 = as published */
  gboolean published_start; /* of EM: LW_MPPCA_START_PUBLISHED; default no */
  uint64_t seed;
} LwFitSettings;

typedef struct {
  LwFitSettings    settings;
  size_t           K, d;          /* as fitted */
  gboolean         lowered;       /* K or d are less than wanted */
  LwBasis          basis;
  size_t           n_joints;
  size_t           n_context;
  char           **context_names; /* (n_context) */
  char           **context_units; /* (n_context) */
  LwMat            contexts;      /* (N x dc), as given, without noise */
  LwMat            params;        /* (N x m) [duration | weights] */
  double           mean_duration; /* s */
  LwWeightGaussian gaussian;      /* over the weights (W) */
  double           largest_rms;   /* rad: worst fit of a demonstration by its weights; NaN when the set came as parameters */
  LwMppca          mppca;         /* over [context | duration | weights] */
  LwMppcaReport    report;
  LwMat            log_resp;      /* (N x K) */
  gint64          *ids;           /* (N) demonstrations in the project, nullable */
  atomic_int       ref_count;
} LwSkill;

#define LW_JOB_ERROR (lw_job_error_quark ())
typedef enum { LW_JOB_ERROR_INPUT, LW_JOB_ERROR_NUMERICS, LW_JOB_ERROR_STOPPED, LW_JOB_ERROR_ARM, LW_JOB_ERROR_TASK, LW_JOB_ERROR_STORE,
               LW_JOB_ERROR_INSTRUMENT /* a scale, a program, a person gave nothing */ } LwJobError;
GQuark   lw_job_error_quark    (void);
/* The one bridge from numerics to people: "MPPCA: too few samples (3 for 6 components)". */
void     lw_job_set_error      (GError **error, LwStatus status, const char *format, ...) G_GNUC_PRINTF (3, 4);

typedef void (*LwFitProgress) (double fraction, const char *what, gpointer data); /* on the fitting thread; @what untranslated */

void     lw_fit_settings_init  (LwFitSettings *settings);
/* Worker thread. NULL with @error: too few, missing contexts, stopped. */
LwSkill *lw_skill_fit          (const LwDemonstrations *set, const LwFitSettings *settings, LwFitProgress progress, gpointer data, const atomic_bool *stop, GError **error);
LwSkill *lw_skill_ref          (LwSkill *self);
void     lw_skill_unref        (LwSkill *self); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwSkill, lw_skill_unref)

/* What a policy search starts from; views of @self, valid as long as it. */
LwImitation lw_skill_imitation (const LwSkill *self);
/* Mean and standard deviation of joint positions at @n_z phases: (n_z x n_joints). */
gboolean lw_skill_band         (const LwSkill *self, const double *z, size_t n_z, const LwMat *mean, const LwMat *std, GError **error);
/* E[movement | context] under the imitation policy: [duration | weights] (m). */
gboolean lw_skill_conditioned  (const LwSkill *self, const double *context, double *movement, GError **error);
/* A movement (m) as joint positions at @n_z phases: (n_z x n_joints). */
void     lw_skill_positions    (const LwSkill *self, const double *movement, const double *z, size_t n_z, const LwMat *q);

/* For the project file: settings as JSON, everything else as arrays. */
char    *lw_skill_to_store     (const LwSkill *self, LwArrays *arrays); /* (transfer full) */
/* Kept in @project: its id there, 0 on error. Slow: not on the main thread. */
gint64   lw_skill_save         (const LwSkill *self, LwProject *project, GError **error);
LwSkill *lw_skill_from_store   (const char *settings, const LwArrays *arrays, GError **error);
