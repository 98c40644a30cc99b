/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm-reps.h"

#include "lw-ct-private.h"

/* CT's but for the last, the dimensions of its PCA. */
const LwLearnerSetting *
lw_gmm_reps_settings (size_t *n)
{
  const LwLearnerSetting *table = lw_ct_settings (n);

  *n = LW_CT_DIMENSIONS;
  return table;
}

static const LwLearnerClass gmm_reps_class = {
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
