/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* CMA-ES (lw-cma.h) on ProMP weights as an LwLearner, for comparison.
 *
 *   movement = A'phi (c) + V'z,   z ~ N(m, sigma^2 C), whatever the context
 *
 * CMA-ES knows no contexts: it searches one offset z to the imitation's movement of each context (lw-offset-model.h has A and V).
 * What it cannot do is correct errors that differ between contexts. Since some contexts score more than others whatever is tried
 * in them, episodes are ranked by their advantage over a regression of the iteration's rewards on the context (setting baseline);
 * plain rewards rank luck in the draw of contexts as well. An iteration is one generation, its episodes the population, of any
 * size from two on; nothing is reused. Algorithms differ by less than their starts do: only compare it with contextual REPS of
 * the same dimensions, degree and exploration.
 *
 * Its latent record is z. Settings: baseline (degree of that regression: 0 plain rewards, 1, 2), dimensions, degree, exploration
 * as in lw-creps.h, the last three structural.
 *
 * Report: J_before is the mean reward of the iteration's episodes; the new policy's J cannot be estimated without their weights,
 * and is NaN. kl is KL(new || old) of the distributions drawn from, which nothing bounds; ess is mueff.
 *
 * State arrays: cma_* (lw-cma.h), imitation_*, contexts, latents, rewards of episodes not yet learned from, settings by their
 * names. */

/* NULL when memory is short, or @imitation has no demonstrations that differ. */
LwLearner *lw_cma_es_new (const LwImitation *imitation);
const LwLearnerSetting *lw_cma_es_settings (size_t *n);
