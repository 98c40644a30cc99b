/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-ct.h"
#include "lw-gmm.h"
#include "lw-pca.h"
#include "lw-setting-table.h"

/* Shared by the files of CT and GMM+REPS. */
enum {
  LW_CT_COMPONENTS,
  LW_CT_KL_BOUND,
  LW_CT_FORGETTING,
  LW_CT_COVARIANCE_FLOOR,
  LW_CT_MAX_ITERATIONS,
  LW_CT_DIMENSIONS, /* of CT only: last */
  LW_CT_N_SETTINGS
};

/* What the start gives: a learner changes both together or not at all. */
typedef struct {
  LwPca pca; /* q = 0 when z is the movement itself */
  LwGmm gmm; /* over [context | z] */
} LwCtModel;

typedef struct {
  LwLearner base;     /* first: an LwLearner * is one of these */
  bool      reduced;  /* by PCA */
  LwMat     start;    /* (N x dc + m) what imitation is fitted to: contexts with noise, movements */
  size_t    K, d;     /* of the skill's mixture: what 0 stands for */
  uint64_t  seed;
  LwCtModel model;
  LwMat     pending;  /* (n x dc + q) episodes since the last improvement, with room for capacity rows */
  double   *rewards;  /* (capacity) */
  size_t    capacity;
  size_t    updates;  /* improvements that had episodes */
  double   *scratch;  /* (K + dc + m): z and what a draw needs */
  double    settings[LW_CT_N_SETTINGS];
} LwCt;

/* A learner of @klass over @imitation; NULL as lw_ct_new(). */
LwLearner *lw_ct_create (const LwLearnerClass *klass, bool reduced, const LwImitation *imitation);
/* Size of z. */
size_t     lw_ct_latent (const LwCt *self);
/* The whole movement of @z (q), into @movement (m). */
void       lw_ct_movement (const LwCt *self, const double *z, double *movement);

void       lw_ct_model_clear (LwCtModel *self);
/* Imitation: the PCA and mixture of self->start, as the settings ask for. LW_ERR_RANGE for more components than demonstrations,
 * or more dimensions than they span at most. */
LwStatus   lw_ct_start (const LwCt *self, LwCtModel *out) LW_MUST_USE;
/* Room for @n rows of pending episodes. */
LwStatus   lw_ct_reserve (LwCt *self, size_t n) LW_MUST_USE;

/* The vtable. */
size_t   lw_ct_latent_size (const LwLearner *learner);
LwStatus lw_ct_sample      (LwLearner *learner, const double *context, LwRng *rng, double *movement, double *latent,
                            double *log_q) LW_MUST_USE;
LwStatus lw_ct_mean        (const LwLearner *learner, const double *context, double *movement) LW_MUST_USE;
LwStatus lw_ct_add         (LwLearner *learner, size_t n, const LwMat *contexts, const LwMat *latents,
                            const double *rewards) LW_MUST_USE;
LwStatus lw_ct_improve     (LwLearner *learner, LwLearnerProgress progress, void *data, const atomic_bool *stop,
                            LwLearnerReport *report) LW_MUST_USE;
double   lw_ct_get         (const LwLearner *learner, const char *name);
LwStatus lw_ct_set         (LwLearner *learner, const char *name, double value) LW_MUST_USE;
LwStatus lw_ct_to_arrays   (const LwLearner *learner, LwArrays *out) LW_MUST_USE;
LwStatus lw_ct_from_arrays (LwLearner *learner, const LwArrays *in) LW_MUST_USE;
void     lw_ct_free        (LwLearner *learner);
