/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lw-arrays.h"
#include "lw-mppca.h"
#include "lw-rng.h"

/* What the rest of the house knows of a policy search. Movements are [duration | weights] (m); contexts (dc). A latent record is
 * an opaque row of doubles that the learner wants back with the reward (LAMPO: k, z). Owner thread, except where a stop flag is
 * passed. */
typedef struct LwLearner LwLearner;

/* A number a person may set between iterations; every slider of the Learn page and every row of the stored run comes from this
 * table. */
typedef struct {
  const char *name;        /* "kl_bound" */
  double      value;       /* default */
  double      lower, upper;
  bool logarithmic; /* slider scale; where @lower is 0 (off), the lowest position means it, LW_SETTING_DECADES below @upper */
  bool        integer;     /* switch or choice */
  bool        structural;  /* of the model's size: only before the first episode */
} LwLearnerSetting;

#define LW_SETTING_DECADES 9.0
#define LW_MAX_COMPONENTS 64

typedef struct {
  double J_before, J;         /* objective on all episodes by importance sampling, without regulariser */
  double kl, kl_bound;        /* trust region in the set direction */
  double context_kl;          /* eta, maths.md 1.5 */
  double gate;                /* divergence of p(component | context) from that of the imitation policy (lw-lampo-kl.h) */
  double gate_bound;          /* what it may be with the episodes so far; 0 = not bounded */
  double ess;                 /* 1 / sum w^2 of the new policy */
  double entropy;             /* of the component weights, nats */
  size_t evaluations, iterations, non_finite;
  double seconds;
  bool   accepted;            /* false: the old policy was kept */
  bool   pulled_back;         /* the solver's end broke the bound and was bisected back */
  size_t n_components;
  double weights[LW_MAX_COMPONENTS]; /* pi of the new policy */
  char   solver[96];          /* how it ended, in words */
} LwLearnerReport;

/* Called from inside improve(), on its thread: fraction of the iteration limit used, and the best feasible J so far. */
typedef void (*LwLearnerProgress) (double fraction, double J, void *data);

typedef struct {
  size_t (*latent_size) (const LwLearner *self);
  LwStatus (*sample) (LwLearner *self, const double *context, LwRng *rng, double *movement, double *latent, double *log_q);
  /* Greedy movement for a context (no sampling): the conditional mean of the most responsible component. */
  LwStatus (*mean) (const LwLearner *self, const double *context, double *movement);
  LwStatus (*add) (LwLearner *self, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards);
  LwStatus (*improve) (LwLearner *self, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report);
  const LwLearnerSetting *(*settings) (size_t *n);
  double (*get) (const LwLearner *self, const char *setting);
  LwStatus (*set) (LwLearner *self, const char *setting, double value); /* LW_ERR_RANGE */
  LwStatus (*to_arrays) (const LwLearner *self, LwArrays *out);
  LwStatus (*from_arrays) (LwLearner *self, const LwArrays *in);
  void (*free) (LwLearner *self);
} LwLearnerClass;

struct LwLearner {
  const LwLearnerClass *klass;
  size_t n_context;  /* dc */
  size_t n_movement; /* m, duration first */
};

/* What a search starts from: the demonstrations, and the mixture fitted to them. */
typedef struct {
  const LwMppca *mppca;         /* over [context | movement], p = dc + m */
  size_t         n_context;     /* dc */
  LwMat          contexts;      /* (N x dc) as given, without noise; no rows: only what needs them cannot be created */
  LwMat          movements;     /* (N x m) [duration | weights] of the demonstrations */
  double         context_noise; /* standard deviation that was added to contexts before the mixture was fitted */
  uint64_t       seed;          /* for starts that draw */
} LwImitation;

/* An algorithm by its name over @imitation, of which it copies what it needs. NULL when the name is unknown, memory is short, or
 * the algorithm has no start in @imitation. */
LwLearner *lw_learner_new (const char *name, const LwImitation *imitation);
void       lw_learner_free (LwLearner *self); /* (nullable) */
/* Names of the algorithms, NULL-terminated. */
const char *const *lw_learner_names (void);
/* Weights and entropy of @report from the log weights of K components. */
void lw_learner_report_weights (LwLearnerReport *report, const double *log_pi, size_t K);
/* What an algorithm lets a person set, before there is a learner: the same table. NULL and *n = 0 when the name is unknown. */
const LwLearnerSetting *lw_learner_settings_of (const char *name, size_t *n);

static inline size_t lw_learner_latent_size (const LwLearner *s) { return s->klass->latent_size (s); }
/* One draw for @context (dc): @movement (m), @latent (latent_size), log density of the draw under the policy. */
static inline LwStatus
lw_learner_sample (LwLearner *s, const double *context, LwRng *rng, double *movement, double *latent, double *log_q)
{ return s->klass->sample (s, context, rng, movement, latent, log_q); }
static inline LwStatus lw_learner_mean (const LwLearner *s, const double *context, double *movement)
{ return s->klass->mean (s, context, movement); }
/* Episodes drawn from the CURRENT policy: @contexts (n x dc), @latents (n x latent_size), @rewards (n). */
static inline LwStatus lw_learner_add (LwLearner *s, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{ return s->klass->add (s, n, contexts, latents, rewards); }
/* Improves with all episodes so far. LW_ERR_STOPPED leaves the policy as it was. */
static inline LwStatus
lw_learner_improve (LwLearner *s, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report)
{ return s->klass->improve (s, progress, data, stop, report); }
static inline const LwLearnerSetting *lw_learner_settings (const LwLearner *s, size_t *n) { return s->klass->settings (n); }
static inline double lw_learner_get (const LwLearner *s, const char *setting) { return s->klass->get (s, setting); }
static inline LwStatus
lw_learner_set (LwLearner *s, const char *setting, double value)
{
  return s->klass->set (s, setting, value);
}
/* Everything needed to go on bit for bit: policies, episodes, tables, settings. */
static inline LwStatus lw_learner_to_arrays (const LwLearner *s, LwArrays *out) { return s->klass->to_arrays (s, out); }
static inline LwStatus lw_learner_from_arrays (LwLearner *s, const LwArrays *in) { return s->klass->from_arrays (s, in); }
