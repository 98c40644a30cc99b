/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-scale.h"
#include "lw-sim-scale.h"
#include "lw-transport-fault.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S (1000 * MS)

/* A simulated scale and its reader on an injected clock: no test waits. */
typedef struct {
  LwFakeClock      clock;
  LwSimScaleConfig config;
  LwSimScale      *sim;
  LwScale         *scale;
} Bench;

static void
bench_open (Bench *b, LwScaleFormat told)
{
  g_autoptr (GError) error = NULL;

  lw_fake_clock_init (&b->clock);
  b->sim = lw_sim_scale_new (&b->config);
  g_assert_nonnull (b->sim);
  b->scale = lw_scale_new (lw_sim_scale_direct (b->sim, &b->clock), told, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (b->scale);
}

static void
bench_init (Bench *b, LwScaleFormat format, bool stream)
{
  lw_sim_scale_config_init (&b->config);
  b->config.format = format;
  b->config.stream = stream;
}

static void
bench_close (Bench *b)
{
  lw_scale_free (b->scale);
  lw_sim_scale_free (b->sim);
}

/* Formats without a documented question only print. */
static bool
answers (LwScaleFormat format)
{
  return format != LW_SCALE_KERN_EW;
}

/* The formats that begin with the number share the lines of a scale at rest. */
static LwScaleFormat
family (LwScaleFormat format)
{
  return format == LW_SCALE_KERN || format == LW_SCALE_SBI ? LW_SCALE_OHAUS : format;
}

typedef void (*Test) (Bench *b);

/* Every format, printing by itself and asked. */
static void
for_all (Test test)
{
  for (int format = 0; format < LW_SCALE_N_FORMATS; format++)
    for (int stream = 0; stream < 2; stream++)
      {
        Bench b;

        if (!stream && !answers ((LwScaleFormat) format))
          continue;
        bench_init (&b, (LwScaleFormat) format, stream);
        bench_open (&b, LW_SCALE_ANY);
        g_test_message ("%s%s", lw_scale_format_name ((LwScaleFormat) format), stream ? ", prints by itself" : "");
        test (&b);
        bench_close (&b);
      }
}

static void
detect_one (Bench *b)
{
  const LwScaleFormat found = lw_scale_get_format (b->scale);

  g_assert_cmpint (lw_scale_is_streaming (b->scale), ==, b->config.stream);
  if (b->config.stream)
    g_assert_cmpint (family (found), ==, family (b->config.format));
  else
    g_assert_cmpint (found, ==, b->config.format);
  g_assert_nonnull (strstr (lw_scale_get_title (b->scale), lw_scale_format_title (found)));
  g_assert_cmpint (b->clock.now_ns, <, (b->config.stream ? 2 : 6) * S);
}

static void
test_detect (void)
{
  for_all (detect_one);
}

/* Moving on an exponential, then at rest: never a value before its time, the stamp is the line's, the value is the load's. */
static void
read_stable_one (Bench *b)
{
  static const double loads[] = { 12.34, 500.0, 499.99, 0.07, 1999.99, 0.0 };

  for (size_t i = 0; i < G_N_ELEMENTS (loads); i++)
    {
      LwScaleReading r;
      const double before = lw_sim_scale_get_load (b->sim);
      const int64_t began_ns = b->clock.now_ns;
      int64_t t_ns = 0;

      lw_sim_scale_set_load (b->sim, loads[i]);
      g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, began_ns + 10 * S, &r, &t_ns), ==, LW_WEIGH_OK);
      g_assert_true (r.stable);
      g_assert_cmpfloat_with_epsilon (r.grams, loads[i], 2.001 * b->config.step);
      g_assert_true (t_ns > began_ns && t_ns <= b->clock.now_ns && b->clock.now_ns - t_ns < 50 * MS);
      if (fabs (loads[i] - before) > 1.0) /* the lag, and the time at rest */
        g_assert_cmpint (t_ns - began_ns, >, (int64_t) (1e9 * (b->config.settle + b->config.tau * log (fabs (loads[i] - before) / (3 * b->config.step)))));
    }
}

static void
test_read_stable (void)
{
  for_all (read_stable_one);
}

/* read() gives what is there now, moving or not. */
static void
read_one (Bench *b)
{
  LwScaleReading r;
  double last = -1.0;

  lw_sim_scale_set_load (b->sim, 1000.0);
  for (int i = 0; i < 6; i++)
    {
      g_assert_cmpint (lw_scale_read (b->scale, NULL, b->clock.now_ns + S, &r, NULL), ==, LW_WEIGH_OK);
      g_assert_cmpint (r.status, ==, LW_SCALE_VALUE);
      g_assert_cmpfloat (r.grams, >, last);
      g_assert_false (r.stable);
      last = r.grams;
    }
}

static void
test_read (void)
{
  for_all (read_one);
}

static void
tare_one (Bench *b)
{
  LwScaleReading r;

  lw_sim_scale_set_load (b->sim, 321.0);
  g_assert_cmpint (lw_scale_tare (b->scale, NULL, b->clock.now_ns + 8 * S), ==, LW_WEIGH_OK);
  lw_sim_scale_set_load (b->sim, 321.0 + 45.6);
  g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, b->clock.now_ns + 8 * S, &r, NULL), ==, LW_WEIGH_OK);
  g_assert_cmpfloat_with_epsilon (r.grams, 45.6, 3.001 * b->config.step);
  lw_sim_scale_set_load (b->sim, 300.0);
  g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, b->clock.now_ns + 8 * S, &r, NULL), ==, LW_WEIGH_OK);
  g_assert_cmpfloat_with_epsilon (r.grams, -21.0, 3.001 * b->config.step);
  g_assert_cmpint (lw_scale_zero (b->scale, NULL, b->clock.now_ns + 8 * S), ==, LW_WEIGH_OK);
  lw_sim_scale_set_load (b->sim, 310.0);
  g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, b->clock.now_ns + 8 * S, &r, NULL), ==, LW_WEIGH_OK);
  g_assert_cmpfloat_with_epsilon (r.grams, 10.0, 3.001 * b->config.step);
}

static void
test_tare (void)
{
  for_all (tare_one);
}

/* What goes wrong is said as what it is, at the deadline and not later than a slice after. */
static void
troubles_one (Bench *b)
{
  LwScaleReading r;
  int64_t deadline_ns;
  atomic_bool stop;

  lw_sim_scale_set_faults (b->sim, LW_SIM_SCALE_RESTLESS);
  deadline_ns = b->clock.now_ns + 3 * S;
  g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, deadline_ns, &r, NULL), ==, LW_WEIGH_RESTLESS);
  g_assert_cmpint (b->clock.now_ns, ==, deadline_ns);
  lw_sim_scale_set_load (b->sim, 50.0);
  deadline_ns += 3 * S;
  g_assert_cmpint (lw_scale_tare (b->scale, NULL, deadline_ns), !=, LW_WEIGH_OK);
  g_assert_cmpint (b->clock.now_ns, <=, deadline_ns);
  lw_sim_scale_set_faults (b->sim, 0);

  lw_sim_scale_set_load (b->sim, 3000.0);
  deadline_ns = b->clock.now_ns + 6 * S;
  /* KERN's code for an overload is that of any error. */
  g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, deadline_ns, &r, NULL), >=, LW_WEIGH_OUTSIDE);
  g_assert_cmpint (b->clock.now_ns, ==, deadline_ns);
  lw_sim_scale_set_load (b->sim, 50.0);
  g_assert_cmpint (lw_scale_read_stable (b->scale, NULL, b->clock.now_ns + 8 * S, &r, NULL), ==, LW_WEIGH_OK);

  lw_sim_scale_set_faults (b->sim, LW_SIM_SCALE_SILENT);
  deadline_ns = b->clock.now_ns + 2 * S;
  g_assert_cmpint (lw_scale_read (b->scale, NULL, deadline_ns, &r, NULL), ==, LW_WEIGH_TIMEOUT);
  g_assert_cmpint (b->clock.now_ns, ==, deadline_ns);
  g_assert_cmpint (lw_scale_tare (b->scale, NULL, deadline_ns + 3 * S), ==, LW_WEIGH_TIMEOUT);

  atomic_init (&stop, true);
  deadline_ns = b->clock.now_ns;
  g_assert_cmpint (lw_scale_read_stable (b->scale, &stop, deadline_ns + 100 * S, &r, NULL), ==, LW_WEIGH_STOPPED);
  g_assert_cmpint (b->clock.now_ns - deadline_ns, <=, 20 * MS);

  lw_sim_scale_set_faults (b->sim, LW_SIM_SCALE_HANG_UP);
  g_assert_cmpint (lw_scale_read (b->scale, NULL, b->clock.now_ns + S, &r, NULL), ==, LW_WEIGH_GONE);
  g_assert_cmpint (lw_scale_tare (b->scale, NULL, b->clock.now_ns + S), ==, LW_WEIGH_GONE);
}

static void
test_troubles (void)
{
  for_all (troubles_one);
}

/* A scale that stands still at something else than zero did not tare. */
static void
test_tare_ignored (void)
{
  Bench b;

  bench_init (&b, LW_SCALE_KERN, true);
  bench_open (&b, LW_SCALE_OHAUS); /* told wrongly: its "T" means nothing to this one */
  lw_sim_scale_set_load (b.sim, 100.0);
  g_assert_cmpint (lw_scale_tare (b.scale, NULL, b.clock.now_ns + 8 * S), ==, LW_WEIGH_REFUSED);
  bench_close (&b);
}

/* The answer to a question that was given up comes when the next one waits: it is not taken for that one's. */
static void
test_late_answer (void)
{
  for (int format = 0; format < LW_SCALE_N_FORMATS; format++)
    for (int delay_ms = 100; delay_ms <= 1500; delay_ms += 50)
      {
        LwScaleCounters counters;
        LwScaleReading r;
        int64_t asked_ns, t_ns = 0;
        Bench b;

        if (!answers ((LwScaleFormat) format))
          continue;
        bench_init (&b, (LwScaleFormat) format, false);
        bench_open (&b, LW_SCALE_ANY);
        lw_sim_scale_set_load (b.sim, 10.0);
        lw_sim_scale_advance (b.sim, b.clock.now_ns += 5 * S);
        lw_sim_scale_set_reply_delay (b.sim, 1e-3 * delay_ms);
        g_assert_cmpint (lw_scale_read (b.scale, NULL, b.clock.now_ns + 90 * MS, &r, NULL), ==, LW_WEIGH_TIMEOUT);
        lw_sim_scale_set_reply_delay (b.sim, 0.03);
        lw_sim_scale_set_load (b.sim, 200.0);
        asked_ns = b.clock.now_ns;
        g_assert_cmpint (lw_scale_read (b.scale, NULL, b.clock.now_ns + 5 * S, &r, &t_ns), ==, LW_WEIGH_OK);
        lw_scale_get_counters (b.scale, &counters);
        g_assert_cmpuint (counters.late, ==, 1);
        g_assert_cmpuint (counters.unanswered, ==, 1);
        g_assert_cmpint (t_ns - asked_ns, >=, (delay_ms - 90) * MS); /* the one that belongs came behind it */
        if (delay_ms >= 200) /* else the scale has had no time to see the new load */
          g_assert_cmpfloat (r.grams, >, 10.0);
        bench_close (&b);
      }
}

/* Nobody read for a while: what waited in the port is old and not given out. */
static void
test_nothing_old (void)
{
  Bench b;
  LwScaleReading r;
  int64_t asked_ns, t_ns;

  bench_init (&b, LW_SCALE_AND, true);
  bench_open (&b, LW_SCALE_ANY);
  lw_sim_scale_advance (b.sim, b.clock.now_ns += 2 * S);
  lw_sim_scale_set_load (b.sim, 400.0);
  lw_sim_scale_advance (b.sim, b.clock.now_ns += S / 2);
  asked_ns = b.clock.now_ns;
  g_assert_cmpint (lw_scale_read (b.scale, NULL, asked_ns + S, &r, &t_ns), ==, LW_WEIGH_OK);
  g_assert_cmpfloat (r.grams, >, 340.0);
  g_assert_cmpint (t_ns, >, asked_ns);
  /* next() leaves nothing out. */
  lw_sim_scale_advance (b.sim, b.clock.now_ns += S);
  for (int i = 0; i < 10; i++)
    {
      const int64_t now_ns = b.clock.now_ns;

      g_assert_cmpint (lw_scale_next (b.scale, NULL, now_ns, &r, NULL), ==, LW_WEIGH_OK);
      g_assert_cmpint (b.clock.now_ns, ==, now_ns);
    }
  bench_close (&b);
}

static void
test_parity (void)
{
  for (int p = 0; p < 2; p++)
    {
      Bench b;

      bench_init (&b, LW_SCALE_AND, p == 1);
      b.config.parity = p == 0 ? 'E' : 'O';
      bench_open (&b, LW_SCALE_ANY);
      read_stable_one (&b);
      bench_close (&b);
    }
}

/* Flipped bits, lost and cut pieces, noise: of many readings none is wrong, and most come in time. */
static void
test_bad_line (void)
{
  guint n_read = 0, n_tried = 0;

  for (int format = 0; format < LW_SCALE_N_FORMATS; format++)
    {
      const LwTransportFaults none = { .seed = (uint64_t) format + 1 };
      LwTransportFaults bad = { .corrupt = 0.05, .lost = 0.02, .cut = 0.02, .garbage = 0.02, .seed = (uint64_t) format + 1 };
      g_autoptr (GError) error = NULL;
      LwTransport *line;
      Bench b;

      bench_init (&b, (LwScaleFormat) format, true);
      lw_fake_clock_init (&b.clock);
      b.sim = lw_sim_scale_new (&b.config);
      line = lw_transport_fault_new (lw_sim_scale_direct (b.sim, &b.clock), &none);
      b.scale = lw_scale_new (line, (LwScaleFormat) format, NULL, &error);
      g_assert_no_error (error);
      lw_transport_fault_set (line, &bad);
      for (int i = 0; i < 100; i++)
        {
          const double load = 1000.0 + 9.99 * i;
          LwScaleReading r;

          lw_sim_scale_set_load (b.sim, load);
          n_tried++;
          if (lw_scale_read_stable (b.scale, NULL, b.clock.now_ns + 8 * S, &r, NULL) != LW_WEIGH_OK)
            continue;
          g_assert_cmpfloat_with_epsilon (r.grams, load, 2.001 * b.config.step);
          n_read++;
        }
      bench_close (&b);
    }
  g_test_message ("%u of %u readings on a bad line, all of them right", n_read, n_tried);
  g_assert_cmpuint (n_read, >=, n_tried * 99 / 100);
}

static void
test_not_a_scale (void)
{
  LwSimScaleConfig config;
  LwFakeClock clock;
  LwSimScale *sim;
  g_autoptr (GError) error = NULL;
  atomic_bool stop;

  lw_sim_scale_config_init (&config);
  lw_fake_clock_init (&clock);
  sim = lw_sim_scale_new (&config);
  lw_sim_scale_set_faults (sim, LW_SIM_SCALE_SILENT);
  g_assert_null (lw_scale_new (lw_sim_scale_direct (sim, &clock), LW_SCALE_ANY, NULL, &error));
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SILENT);
  g_assert_cmpint (clock.now_ns, <=, 1 * S + 3000 * MS);
  g_clear_error (&error);
  atomic_init (&stop, true);
  g_assert_null (lw_scale_new (lw_sim_scale_direct (sim, &clock), LW_SCALE_ANY, &stop, &error));
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_STOPPED);
  g_clear_error (&error);
  lw_sim_scale_set_faults (sim, LW_SIM_SCALE_HANG_UP);
  g_assert_null (lw_scale_new (lw_sim_scale_direct (sim, &clock), LW_SCALE_ANY, NULL, &error));
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED);
  lw_sim_scale_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/scale/detect", test_detect);
  g_test_add_func ("/bus/scale/read", test_read);
  g_test_add_func ("/bus/scale/read-stable", test_read_stable);
  g_test_add_func ("/bus/scale/tare", test_tare);
  g_test_add_func ("/bus/scale/tare-ignored", test_tare_ignored);
  g_test_add_func ("/bus/scale/troubles", test_troubles);
  g_test_add_func ("/bus/scale/late-answer", test_late_answer);
  g_test_add_func ("/bus/scale/nothing-old", test_nothing_old);
  g_test_add_func ("/bus/scale/parity", test_parity);
  g_test_add_func ("/bus/scale/bad-line", test_bad_line);
  g_test_add_func ("/bus/scale/not-a-scale", test_not_a_scale);
  return g_test_run ();
}
