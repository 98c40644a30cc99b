/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib.h>
#include <malloc.h>
#include <math.h>
#include <stdint.h>

#include "decoupled-random.h"
#include "lampo-random.h"
#include "lampo-task.h"
#include "lw-assert-close.h"
#include "lw-lampo-problem.h"
#include "lw-policy-history.h"

/* Every allocation of the process is counted by standing in front of the C library's functions. A sanitizer has its own place
 * there: then nothing is counted, and the tests say so. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define CAN_COUNT 0
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#    define CAN_COUNT 0
#  else
#    define CAN_COUNT 1
#  endif
#else
#  define CAN_COUNT 1
#endif

static volatile size_t n_allocations; /* the compiler takes malloc() to change nothing it can see */
static volatile size_t fails_at = SIZE_MAX; /* the allocation of that number finds no memory */

#if CAN_COUNT
void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *p, size_t size);
void *__libc_memalign (size_t alignment, size_t size);

void *
malloc (size_t size)
{
  return n_allocations++ == fails_at ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  return n_allocations++ == fails_at ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *p, size_t size)
{
  return n_allocations++ == fails_at ? NULL : __libc_realloc (p, size);
}

void *
memalign (size_t alignment, size_t size)
{
  return n_allocations++ == fails_at ? NULL : __libc_memalign (alignment, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return n_allocations++ == fails_at ? NULL : __libc_memalign (alignment, size);
}

int
posix_memalign (void **p, size_t alignment, size_t size)
{
  void *memory = n_allocations++ == fails_at ? NULL : __libc_memalign (alignment, size);
  if (memory == NULL)
    return ENOMEM;
  *p = memory;
  return 0;
}
#endif

static gboolean
counting (void)
{
  size_t before = n_allocations;
  void *volatile p = malloc (100);
  free (p);
  if (n_allocations == before)
    g_test_skip ("a sanitizer owns malloc()");
  return n_allocations != before;
}

static LwLampoImproveSettings
settings_with (size_t max_iterations, gboolean strata, LwLampoKlDirection direction)
{
  return (LwLampoImproveSettings){ .kl_bound = 0.2,
                                   .kl_direction = direction,
                                   .regularisation = 1e-3,
                                   .context_kl_bound = 5,
                                   .max_iterations = max_iterations,
                                   .normalised = true,
                                   .strata = strata,
                                   .gate_bound = 0.5,
                                   .min_ess = 5,
                                   .guard = true };
}

/* Objective, regulariser and every bound, with gradients and without: nothing is allocated. */
static void
test_evaluations (void)
{
  if (!counting ())
    return;
  for (unsigned kind = 0; kind < 4; kind++) {
    LampoRandom random;
    LwLampoProblem problem;
    LwLampoImproveSettings settings = settings_with (10, kind / 2 == 1, (LwLampoKlDirection) (kind % 2));
    lampo_random_init (&random, 6, 3, 3 + 91 * (kind % 2), 3, 500, 180 + kind);
    size_t n_x = random.model.n_x;
    g_autofree double *grad = g_new (double, n_x);
    g_assert_cmpint (lw_lampo_problem_init (&problem, &random.samples, random.log_den, random.x_first, random.x_old, &settings),
                     ==, LW_OK);
    size_t before = n_allocations;
    double value = lw_lampo_problem_minimise (n_x, random.x_new, grad, &problem);
    double excess = lw_lampo_problem_constraint (n_x, random.x_new, grad, &problem);
    double again = lw_lampo_problem_minimise (n_x, random.x_old, NULL, &problem);
    LwLampoPoint point = lw_lampo_problem_measure (&problem, random.x_new);
    size_t after = n_allocations;
    g_assert_cmpuint (after, ==, before);
    g_assert_true (isfinite (value) && isfinite (excess) && isfinite (again) && point.finite);
    lw_lampo_problem_clear (&problem);
    lampo_random_clear (&random);
  }
}

/* A whole improvement allocates before its first evaluation only: as often for 200 iterations as for 5. */
static void
test_improve (void)
{
  size_t count[2];

  if (!counting ())
    return;
  for (int run = 0; run < 2; run++) {
    LampoRandom random;
    LwLearnerReport report;
    LwLampoImproveSettings settings = settings_with (run == 0 ? 5 : 200, true, LW_LAMPO_KL_OLD_NEW);
    lampo_random_init (&random, 3, 2, 2, 3, 200, 190);
    g_autofree double *x = g_new (double, random.model.n_x);
    size_t before = n_allocations;
    g_assert_cmpint (lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_first, &settings, NULL, NULL,
                                       NULL, x, &report),
                     ==, LW_OK);
    count[run] = n_allocations - before;
    g_assert_cmpuint (report.iterations, >=, run == 0 ? 5 : 20);
    lampo_random_clear (&random);
  }
  g_test_message ("%zu allocations in an improvement", count[0]);
  g_assert_cmpuint (count[0], ==, count[1]);
}

/* Drawing from a policy, and adding a policy where the table has room. */
static void
test_sampling (void)
{
  LampoRandom random;
  LampoDensities densities;
  LwLampoPolicy policy;
  LwPolicyHistory history;
  LwRng rng;
  double z[3], workspace[6 + 6 * 3 + 3], context[3] = { 0.1, -0.2, 0.3 }, sum = 0;
  size_t k;

  if (!counting ())
    return;
  lampo_random_init (&random, 6, 3, 3, 3, 100, 191);
  g_assert_cmpint (lw_lampo_policy_init (&policy, &random.model), ==, LW_OK);
  lampo_densities_init (&densities, &random.samples, &random.model, random.samples.stride);
  lw_policy_history_init (&history, random.model.n_x);
  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_policy_history_extend (&history, 100, random.x_old, lampo_densities, &densities), ==, LW_OK);
  size_t before = n_allocations;
  g_assert_true (lw_lampo_policy_set (&policy, random.x_new));
  for (int i = 0; i < 100; i++)
    sum += lw_lampo_policy_sample (&policy, context, &rng, workspace, &k, z);
  LwStatus status = lw_policy_history_extend (&history, 100, random.x_new, lampo_densities, &densities); /* one more row */
  size_t after = n_allocations;
  g_assert_cmpuint (after, ==, before);
  g_assert_cmpint (status, ==, LW_OK);
  g_assert_true (isfinite (sum));
  lw_policy_history_clear (&history);
  lampo_densities_clear (&densities);
  lw_lampo_policy_clear (&policy);
  lampo_random_clear (&random);
}

static LwDecoupledImproveSettings
decoupled_settings (size_t max_iterations, LwLampoKlDirection direction)
{
  return (LwDecoupledImproveSettings){ .kl_bound = 0.2,
                                       .kl_direction = direction,
                                       .regularisation = 1e-3,
                                       .context_kl_bound = 5,
                                       .min_ess = 5,
                                       .normalised = true,
                                       .caution = 2,
                                       .prior_gate = 5,
                                       .prior_slope = 20,
                                       .prior_scale = 3,
                                       .max_iterations = max_iterations };
}

/* The same of decoupled policies. */
static void
test_decoupled_evaluations (void)
{
  if (!counting ())
    return;
  for (unsigned kind = 0; kind < 4; kind++) {
    DecoupledRandom random;
    LwDecoupledProblem problem;
    LwDecoupledImproveSettings settings = decoupled_settings (10, (LwLampoKlDirection) (kind % 2));
    decoupled_random_init (&random, 6, 3, 3 + 91 * (kind % 2), 500, kind / 2 == 1, 900 + kind);
    size_t n_x = random.form.n_x;
    g_autofree double *grad = g_new (double, n_x), *v = g_new0 (double, n_x);
    g_assert_cmpint (lw_decoupled_problem_init (&problem, &random.features, &random.lampo.samples, random.lampo.log_den,
                                                random.x_first, random.x_old, &settings),
                     ==, LW_OK);
    v[1] = 0.1;
    size_t before = n_allocations;
    double value = lw_decoupled_problem_minimise (n_x, v, grad, &problem);
    double excess = lw_decoupled_problem_constraint (n_x, v, grad, &problem);
    v[2] = -0.1;
    double again = lw_decoupled_problem_minimise (n_x, v, NULL, &problem);
    LwDecoupledPoint point = lw_decoupled_problem_measure (&problem, random.x_new);
    size_t after = n_allocations;
    g_assert_cmpuint (after, ==, before);
    g_assert_true (isfinite (value) && isfinite (excess) && isfinite (again) && point.finite);
    lw_decoupled_problem_clear (&problem);
    decoupled_random_clear (&random);
  }
}

static void
test_decoupled_improve (void)
{
  size_t count[2];

  if (!counting ())
    return;
  for (int run = 0; run < 2; run++) {
    DecoupledRandom random;
    LwLearnerReport report;
    LwDecoupledImproveSettings settings = decoupled_settings (run == 0 ? 5 : 200, LW_LAMPO_KL_OLD_NEW);
    decoupled_random_init (&random, 3, 2, 2, 200, true, 910);
    g_autofree double *x = g_new (double, random.form.n_x);
    size_t before = n_allocations;
    g_assert_cmpint (lw_decoupled_improve (&random.features, &random.lampo.samples, random.lampo.log_den, random.x_first,
                                           random.x_first, &settings, NULL, NULL, NULL, x, &report),
                     ==, LW_OK);
    count[run] = n_allocations - before;
    g_assert_cmpuint (report.iterations, >=, run == 0 ? 5 : 10);
    decoupled_random_clear (&random);
  }
  g_test_message ("%zu allocations in an improvement", count[0]);
  g_assert_cmpuint (count[0], ==, count[1]);
}

/* A draw of the learner, with its movement. */
static void
test_decoupled_sampling (void)
{
  DecoupledRandom random;
  LwRng rng;
  double context[3] = { 0.1, -0.2, 0.3 }, movement[3], latent[4], log_q = 0, sum = 0;

  if (!counting ())
    return;
  decoupled_random_init (&random, 6, 3, 3, 10, true, 920);
  LwLearner *learner = lw_learner_new ("lampo", &(LwImitation){ .mppca = &random.lampo.mppca, .n_context = 3 });
  g_assert_nonnull (learner);
  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  size_t before = n_allocations;
  for (int i = 0; i < 100; i++) {
    if (lw_learner_sample (learner, context, &rng, movement, latent, &log_q) != LW_OK)
      log_q = (double) NAN;
    sum += log_q;
  }
  size_t after = n_allocations;
  g_assert_cmpuint (after, ==, before);
  g_assert_true (isfinite (sum));
  lw_learner_free (learner);
  decoupled_random_clear (&random);
}

/* What a learner's calls do when the memory is at its end, wherever that is. */
typedef LwStatus (*Call) (LwLearner *learner);

static LwStatus
add_call (LwLearner *learner)
{
  enum { N = 70 }; /* past a block: everything grows */
  static double contexts[N * LAMPO_TASK_DC], latents[N * LAMPO_TASK_LATENT], rewards[N];
  LwMat c = lw_mat_view (contexts, N, LAMPO_TASK_DC), z = lw_mat_view (latents, N, LAMPO_TASK_LATENT);

  for (size_t i = 0; i < N; i++) {
    contexts[2 * i] = sin ((double) i);
    latents[3 * i + 1] = cos ((double) (3 * i));
    rewards[i] = sin ((double) (7 * i));
  }
  return lw_learner_add (learner, N, &c, &z, rewards);
}

static LwStatus
improve_call (LwLearner *learner)
{
  return lw_learner_improve (learner, NULL, NULL, NULL, NULL);
}

/* @call with each of its allocations failing in turn: a status, the state as it was, and the same end as of a learner that always
 * had memory. */
static void
check_failing (LwLearner *learner, LwLearner *other, Call call)
{
  LwArrays before, after;
  size_t n_failed = 0;

  for (size_t n = 0;; n++) {
    lw_arrays_init (&before);
    lw_arrays_init (&after);
    g_assert_cmpint (lw_learner_to_arrays (learner, &before), ==, LW_OK);
    size_t first = n_allocations;
    fails_at = first + n;
    LwStatus status = call (learner);
    fails_at = SIZE_MAX;
    if (status == LW_OK && n_allocations <= first + n)
      break;
    n_failed += status == LW_ERR_MEMORY;
    g_assert_true (status == LW_ERR_MEMORY || status == LW_OK); /* a solver without memory keeps the policy, and says so */
    g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
    lampo_task_assert_same (&before, &after);
    lw_arrays_clear (&before);
    lw_arrays_clear (&after);
  }
  lw_arrays_clear (&before);
  g_assert_cmpuint (n_failed, >, 5);
  g_assert_cmpint (call (other), ==, LW_OK);
  lampo_task_assert_same_state (learner, other);
}

static void
test_no_memory (void)
{
  if (!counting ())
    return;
  LwMppca model = lampo_task_model (50);
  LwLearner *learner = lampo_task_learner (&model), *other = lampo_task_learner (&model);

  for (int round = 0; round < 2; round++) {
    check_failing (learner, other, add_call);
    check_failing (learner, other, improve_call);
  }
  lw_learner_free (learner);
  lw_learner_free (other);
  lw_mppca_clear (&model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lampo-allocation/evaluations", test_evaluations);
  g_test_add_func ("/lampo-allocation/improve", test_improve);
  g_test_add_func ("/lampo-allocation/sampling", test_sampling);
  g_test_add_func ("/lampo-allocation/decoupled-evaluations", test_decoupled_evaluations);
  g_test_add_func ("/lampo-allocation/decoupled-improve", test_decoupled_improve);
  g_test_add_func ("/lampo-allocation/decoupled-sampling", test_decoupled_sampling);
  lampo_task_add_test ("/lampo-allocation/no-memory", test_no_memory);
  return g_test_run ();
}
