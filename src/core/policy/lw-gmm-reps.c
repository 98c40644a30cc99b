/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm-reps.h"

#include "lw-ct-private.h"

/* CT's but for the last, the dimensions of its PCA. */
static const LwLearnerSetting settings_table[LW_CT_DIMENSIONS] = {
  [LW_CT_COMPONENTS] = { "components", 0, 0, LW_MAX_COMPONENTS, false, true, true },
  [LW_CT_KL_BOUND] = { "kl_bound", 1, 1e-3, 10, true, false },
  [LW_CT_FORGETTING] = { "forgetting", 0.7, 0, 1, false, false },
  [LW_CT_COVARIANCE_FLOOR] = { "covariance_floor", 1e-8, 1e-12, 1, true, false },
  [LW_CT_MAX_ITERATIONS] = { "max_iterations", 200, 1, 10000, true, true },
};

const LwLearnerSetting *
lw_gmm_reps_settings (size_t *n)
{
  *n = sizeof settings_table / sizeof *settings_table;
  return settings_table;
}

static const LwLearnerClass gmm_reps_class = {
  .name = "gmm-reps",
  .latent_size = lw_ct_latent_size,
  .sample = lw_ct_sample,
  .mean = lw_ct_mean,
  .add = lw_ct_add,
  .improve = lw_ct_improve,
  .settings = lw_gmm_reps_settings,
  .get = lw_ct_get,
  .set = lw_ct_set,
  .to_arrays = lw_ct_to_arrays,
  .from_arrays = lw_ct_from_arrays,
  .free = lw_ct_free,
};

LwLearner *
lw_gmm_reps_new (const LwImitation *imitation)
{
  return lw_ct_create (&gmm_reps_class, false, imitation);
}
