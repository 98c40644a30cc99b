/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planted-mixture.h"

#include <glib.h>
#include <math.h>

#include "lw-rng.h"

LwMat
planted_mixture (size_t n, size_t K, size_t d, size_t p, double gap, double noise_var, uint32_t stream, size_t *labels)
{
  LwMat x, w;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, n, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&w, K * p, d), ==, LW_OK);
  lw_rng_init (&rng, 5, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, w.data, K * p * d);
  for (size_t i = 0; i < n; i++) {
    size_t k = i % K;
    double z[8];
    lw_rng_normals (&rng, z, d);
    for (size_t j = 0; j < p; j++) {
      double sum = gap * (double) k * (j % 2 == 0 ? 1 : -1) + sqrt (noise_var) * lw_rng_normal (&rng);
      for (size_t a = 0; a < d; a++)
        sum += lw_mat_get (&w, k * p + j, a) * z[a];
      lw_mat_set (&x, i, j, sum);
    }
    if (labels != NULL)
      labels[i] = k;
  }
  lw_mat_clear (&w);
  return x;
}

LwMppcaSettings
settings_for (size_t K, size_t d)
{
  LwMppcaSettings settings;
  lw_mppca_settings_init (&settings);
  settings.K = K;
  settings.d = d;
  return settings;
}
