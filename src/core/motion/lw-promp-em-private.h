/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp-em.h"
#include "lw-promp-posterior.h"
#include "lw-promp-statistics.h"

struct LwPrompEm {
  LwPrompEmSettings settings;
  double            k0, v0; /* of the NIW prior; without one, k0 = 0 and s0 is empty */
  double           *m0;     /* (W), NULL when k0 = 0 */
  LwMat             s0;     /* (W x W) */
  LwMat             s0_root; /* (W x W) F with S0 = F' F */
  LwPrompStatistics stats;
  LwPrompPosterior  posterior;
  LwPrompModel      model;      /* present parameters */
  double            log_likelihood;
  double            objective;
  double            jitter;     /* the most so far */
  size_t            n_on_floor;
  /* sums over movements of the last expectation step */
  double           *deviation;  /* (W) m_n - mu */
  LwMat             scatter;    /* (W x W) C_n + (m_n - mu)(m_n - mu)' */
  LwMat             noise_sum;  /* (n_joints x n_joints) */
  LwMat             work[2];    /* (W x W) */
};

/* Fills what belongs to the prior: of references and settings. */
LwStatus lw_promp_em_set_prior (LwPrompEm *self) LW_MUST_USE;
/* First parameters, into model. */
LwStatus lw_promp_em_start    (LwPrompEm *self) LW_MUST_USE;
/* Expectation under model; its log-likelihood and objective. */
LwStatus lw_promp_em_expect   (LwPrompEm *self, const atomic_bool *stop) LW_MUST_USE;
/* New parameters from the sums. */
LwStatus lw_promp_em_maximise (LwPrompEm *self) LW_MUST_USE;
/* Raises the noise in model to the floor where it is lower. */
LwStatus lw_promp_em_floor    (LwPrompEm *self) LW_MUST_USE;
