/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-verdict.h"

#define PERIOD_NS 10000000

static const double q_min[] = { -2, -2 }, q_max[] = { 2, 2 };

/* A minimum-jerk stroke of joint 0 by @amplitude between two rests, with encoder noise and seeded jitter of the stamps. */
static LwSample *
stroke (size_t n_before, size_t n_move, size_t n_after, double amplitude, double noise, double jitter_ns)
{
  size_t    n = n_before + n_move + n_after;
  LwSample *samples = g_new0 (LwSample, n);
  LwRng     rng;

  lw_rng_init (&rng, 11, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < n; i++)
    {
      double x = CLAMP (((double) i - (double) n_before) / (double) n_move, 0, 1), s = x * x * x * (10 - 15 * x + 6 * x * x);

      samples[i] = (LwSample){ .t_ns = 5000000000 + (int64_t) i * PERIOD_NS + (int64_t) (jitter_ns * lw_rng_uniform (&rng)), .cycle = 100 + (uint32_t) i,
                               .n_joints = 2, .q = { -0.5 + amplitude * s + noise * lw_rng_normal (&rng), 0.3 } };
    }
  return samples;
}

static void
test_clean (void)
{
  g_autofree LwSample *samples = stroke (50, 200, 30, 1, 0.0005, 200000);
  const double         start[] = { -0.4, 0.35 };
  LwVerdict            verdict;

  lw_verdict_compute (samples, 280, q_min, q_max, start, &verdict);
  g_assert_cmpuint (verdict.n_samples, ==, 280);
  lw_assert_close (verdict.seconds, 2.79, 0, 0.0003);
  g_assert_cmpuint (verdict.n_gaps, ==, 0);
  g_assert_cmpfloat (verdict.longest_gap, ==, 0);
  g_assert_cmpfloat (verdict.jitter_p99, >, 0.0001);
  g_assert_cmpfloat (verdict.jitter_p99, <, 0.0003);
  g_assert_cmpuint (verdict.n_limit_hits, ==, 0);
  /* The stroke passes 0.02 of its way when 10 x^3 - 15 x^4 + 6 x^5 = 0.02: x = 0.140. */
  lw_assert_close (verdict.still_start, 0.5 + 0.14 * 2, 0, 0.03);
  lw_assert_close (verdict.still_end, 0.3 + 0.14 * 2, 0, 0.03);
  lw_assert_close (verdict.start_distance, 0.1, 0, 0.003);
}

/* Closed form: q = A x^3 has the constant jerk 6 A / T^3, which averaging and third differences leave exact; half the joints move. */
static void
test_jerk_cubic (void)
{
  g_autofree LwSample *samples = stroke (0, 400, 0, 0, 0, 0);
  LwVerdict            verdict;

  for (size_t i = 0; i < 400; i++)
    samples[i].q[0] = 1.3 * pow ((double) i / 399, 3);
  lw_verdict_compute (samples, 400, NULL, NULL, NULL, &verdict);
  g_assert_true (isnan (verdict.start_distance));
  /* The amplitude is that of the averages, a little less than A. */
  g_assert_cmpfloat (verdict.jerk, >, 6 / sqrt (2));
  g_assert_cmpfloat (verdict.jerk, <, 1.1 * 6 / sqrt (2));
}

/* Neither amplitude nor duration changes it, roughness does, encoder noise hardly. */
static void
test_jerk_of_a_stroke (void)
{
  g_autofree LwSample *samples = stroke (0, 400, 0, 1.5, 0, 0), *slow = stroke (0, 400, 0, 0.3, 0, 0);
  g_autofree LwSample *rough = stroke (0, 400, 0, 1.5, 0, 0), *noisy = stroke (0, 400, 0, 1.5, 0.0005, 200000);
  LwVerdict            verdict, other;

  for (size_t i = 0; i < 400; i++)
    {
      slow[i].t_ns *= 3;
      rough[i].q[0] += 0.02 * sin (0.1 * (double) i);
    }
  lw_verdict_compute (samples, 400, NULL, NULL, NULL, &verdict);
  g_assert_cmpfloat (verdict.jerk, >, 12); /* sqrt (720 / 2) = 19 without averaging */
  g_assert_cmpfloat (verdict.jerk, <, 19);
  lw_verdict_compute (slow, 400, NULL, NULL, NULL, &other);
  lw_assert_close (other.jerk, verdict.jerk, 1e-6, 0);
  lw_verdict_compute (noisy, 400, NULL, NULL, NULL, &other);
  lw_assert_close (other.jerk, verdict.jerk, 0.1, 0);
  lw_verdict_compute (rough, 400, NULL, NULL, NULL, &other);
  g_assert_cmpfloat (other.jerk, >, 3 * verdict.jerk);
}

static void
test_gaps (void)
{
  g_autofree LwSample *samples = stroke (0, 300, 0, 1, 0, 0);
  LwVerdict            verdict;

  for (size_t i = 100; i < 300; i++) /* three cycles without an answer */
    {
      samples[i].cycle += 3;
      samples[i].t_ns += 3 * PERIOD_NS;
    }
  for (size_t i = 200; i < 300; i++) /* the computer was busy for 60 ms, no cycle was lost */
    samples[i].t_ns += 60000000;
  lw_verdict_compute (samples, 300, q_min, q_max, NULL, &verdict);
  g_assert_cmpuint (verdict.n_gaps, ==, 2);
  lw_assert_close (verdict.longest_gap, 0.07, 1e-9, 0);
  lw_assert_close (verdict.jitter_p99, 0, 0, 1e-9);
}

static void
test_limit_hits (void)
{
  g_autofree LwSample *samples = stroke (10, 100, 10, 2.495, 0, 0);
  LwVerdict            verdict;
  size_t               expected = 0;

  for (size_t i = 0; i < 120; i++)
    expected += samples[i].q[0] > 2 - 0.02;
  samples[3].q[1] = -1.99;
  lw_verdict_compute (samples, 120, q_min, q_max, NULL, &verdict);
  g_assert_cmpuint (expected, >=, 10);
  g_assert_cmpuint (verdict.n_limit_hits, ==, expected + 1);
}

/* Two strokes and back over six seconds, as a hand would, with the steps of an encoder. */
static LwSample *
demonstration (size_t *n, double amplitude, double period_ns)
{
  const double T[] = { 0, 0.5, 1.7, 2.4, 3.9, 5.4, 6 }, to[] = { 0, 0, 1, 1, 0.3, 0, 0 };
  LwSample    *samples;
  LwRng        rng;

  lw_rng_init (&rng, 17, LW_RNG_TEST, 0, 0);
  *n = (size_t) (6e9 / period_ns);
  samples = g_new0 (LwSample, *n);
  for (size_t i = 0; i < *n; i++)
    {
      double t = 1e-9 * period_ns * (double) i, q = 0;

      for (size_t k = 1; k < G_N_ELEMENTS (T); k++)
        if (t >= T[k - 1])
          {
            double x = CLAMP ((t - T[k - 1]) / (T[k] - T[k - 1]), 0, 1);

            q = to[k - 1] + (to[k] - to[k - 1]) * x * x * x * (10 - 15 * x + 6 * x * x);
          }
      samples[i] = (LwSample){ .t_ns = 7000000000 + (int64_t) (period_ns * ((double) i + 0.05 * lw_rng_uniform (&rng))), .cycle = (uint32_t) i, .n_joints = 2 };
      for (int j = 0; j < 2; j++)
        samples[i].q[j] = round ((amplitude * (j == 0 ? q : 0.5 * q) - 0.5) * 2048 / G_PI) * G_PI / 2048;
    }
  return samples;
}

/* product.md 17: each thing that was injected is found by its name and nothing else is; a clean demonstration is not flagged, at any rate, large or small. */
static void
test_findings (void)
{
  static const double periods[] = { 1e7, 5e6, 2.5e6 };
  const double        start[] = { -0.5, -0.5 };
  LwVerdict           v;
  size_t              n;

  for (size_t r = 0; r < G_N_ELEMENTS (periods); r++)
    for (double amplitude = 0.2; amplitude < 2; amplitude += 0.4)
      {
        g_autofree LwSample *clean = demonstration (&n, amplitude, periods[r]);

        lw_verdict_compute (clean, n, q_min, q_max, start, &v);
        g_assert_cmpfloat (v.shake, >, 0);
        g_assert_cmpfloat (v.shake, <, 0.002);
        g_assert_cmphex (lw_verdict_findings (&v), ==, 0);
      }
#define INJECT(change, finding) \
  do \
    { \
      g_autofree LwSample *s = demonstration (&n, 1.2, 1e7); \
      change; \
      lw_verdict_compute (s, n, q_min, q_max, start, &v); \
      g_assert_cmphex (lw_verdict_findings (&v), ==, (finding)); \
    } \
  while (0)
  INJECT (for (size_t i = 300; i < n; i++) { s[i].cycle += 2; s[i].t_ns += 2 * PERIOD_NS; }, LW_FINDING_GAPS);
  INJECT (for (size_t i = 0; i < n; i += 20) s[i].t_ns += 7000000, LW_FINDING_JITTER);
  INJECT (for (size_t i = 0; i < n; i++) s[i].q[0] += 1.31, LW_FINDING_LIMITS | LW_FINDING_START_POSE);
  INJECT (for (size_t i = 0; i < n; i++) s[i].q[1] += 0.3, LW_FINDING_START_POSE);
  INJECT (for (size_t i = 0; i < n - 100; i++) s[i] = s[i + 100]; n -= 100, LW_FINDING_MOVING_START | LW_FINDING_START_POSE);
  INJECT (n -= 120, LW_FINDING_MOVING_END);
  INJECT (for (size_t i = 0; i < n; i++) s[i].q[1] += 0.01 * sin (2 * G_PI * 6e-9 * (double) (s[i].t_ns - s[0].t_ns)), LW_FINDING_SHAKE);
  INJECT (for (size_t i = 200; i < 250; i++) s[i].q[0] += 0.015 * sin (2 * G_PI * 8e-9 * (double) (s[i].t_ns - s[0].t_ns)), LW_FINDING_SHAKE);
#undef INJECT
}

static void
test_finding_names (void)
{
  for (int a = 0; a < LW_N_FINDINGS; a++)
    {
      g_assert_cmpstr (lw_finding_name ((LwFinding) (1 << a)), !=, "");
      for (int b = 0; b < a; b++)
        g_assert_cmpstr (lw_finding_name ((LwFinding) (1 << a)), !=, lw_finding_name ((LwFinding) (1 << b)));
    }
}

static void
test_few (void)
{
  g_autofree LwSample *samples = stroke (0, 10, 0, 1, 0, 0);
  const double         start[] = { 0.5, 0.3 };
  LwVerdict            verdict;

  lw_verdict_compute (NULL, 0, q_min, q_max, NULL, &verdict);
  g_assert_cmpuint (verdict.n_samples, ==, 0);
  g_assert_true (isnan (verdict.start_distance));
  lw_verdict_compute (samples, 1, q_min, q_max, start, &verdict);
  g_assert_cmpuint (verdict.n_samples, ==, 1);
  g_assert_cmpfloat (verdict.seconds, ==, 0);
  lw_assert_close (verdict.start_distance, 1, 1e-12, 0);
  lw_verdict_compute (samples, 2, q_min, q_max, NULL, &verdict);
  lw_assert_close (verdict.seconds, 0.01, 1e-9, 0);
  g_assert_cmpfloat (verdict.jerk, ==, 0);
  g_assert_cmpuint (verdict.n_gaps, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verdict/clean", test_clean);
  g_test_add_func ("/verdict/jerk-cubic", test_jerk_cubic);
  g_test_add_func ("/verdict/jerk-of-a-stroke", test_jerk_of_a_stroke);
  g_test_add_func ("/verdict/gaps", test_gaps);
  g_test_add_func ("/verdict/limit-hits", test_limit_hits);
  g_test_add_func ("/product/17-verdict", test_findings);
  g_test_add_func ("/verdict/finding-names", test_finding_names);
  g_test_add_func ("/verdict/few", test_few);
  return g_test_run ();
}
