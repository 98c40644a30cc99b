/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of arm and bus, one test an item, on every protocol that has servos. The clock is injected. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

#define TICK (2 * G_PI / 4096)
#define MS   G_GINT64_CONSTANT (1000000)

static LwProtocol
protocol_of (gconstpointer data)
{
  return (LwProtocol) GPOINTER_TO_INT (data);
}

static void
armed (ArmFixture *f, const char *arm, gconstpointer data)
{
  fixture_init_on (f, arm, protocol_of (data));
  fixture_connect (f);
  fixture_arm (f);
  fixture_cycle (f);
}

static void
in_motion (ArmFixture *f, const char *arm, gconstpointer data)
{
  armed (f, arm, data);
  fixture_start (f, 0, 0.9, 1);
  fixture_run (f, 0.35);
  g_assert_cmpfloat (fabs (fixture_state (f).dq[0]), >, 0.3);
}

/* 1. The last goal that is not the hold goal at most 100 ms after the call, confirmed, at whatever moment of the cycle. */
static void
test_stop (gconstpointer data)
{
  for (int phase = 0; phase < 10; phase++)
    {
      ArmFixture f;
      int64_t    call, last;
      size_t     from;

      in_motion (&f, "desk-6", data);
      f.clock.now_ns = MAX (f.clock.now_ns, f.next_ns - phase * MS);
      f.next_ns = f.clock.now_ns;
      lw_sim_bus_advance (f.sim, f.clock.now_ns);
      call = f.clock.now_ns;
      from = bus_tap_count (&f.tap);
      lw_arm_stop (f.arm);
      while (!fixture_state (&f).stop_confirmed)
        {
          fixture_cycle (&f);
          g_assert_cmpint (f.clock.now_ns - call, <, 450 * MS);
        }
      last = bus_tap_last_new_goal (&f.tap, from);
      g_assert_cmpint (last, !=, 0);
      g_assert_cmpint (last - call, <=, 100 * MS);
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
      fixture_clear (&f);
    }
}

/* 2. Servos that ignore the hold: within 500 ms a fault that says to cut the power, never "stopped and confirmed". */
static void
test_not_confirmed (gconstpointer data)
{
  ArmFixture f;
  int64_t    call;

  in_motion (&f, "arm-7", data);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_IGNORE_GOALS);
  call = f.clock.now_ns;
  lw_arm_stop (f.arm);
  while (fixture_state (&f).mode != LW_MODE_FAULT)
    {
      fixture_cycle (&f);
      g_assert_false (fixture_state (&f).stop_confirmed);
      g_assert_cmpint (f.clock.now_ns - call, <=, 500 * MS);
    }
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NOT_CONFIRMED);
  fixture_clear (&f);
}

/* 3. Stop, Reset: no goal is written before a motion is commanded, two deliberate steps later. */
static void
test_latches (gconstpointer data)
{
  ArmFixture f;
  double     target[LW_MAX_JOINTS];
  size_t     from;

  in_motion (&f, "desk-6", data);
  lw_arm_stop (f.arm);
  fixture_run (&f, 0.6);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  from = bus_tap_count (&f.tap);
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_until (&f, LW_MODE_CONNECTED, 0.2);
  fixture_run (&f, 0.5);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0);
  fixture_arm (&f);
  fixture_run (&f, 0.5);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), ==, 0);
  lw_arm_get_start (f.arm, target);
  target[0] -= 0.1;
  g_assert_true (lw_arm_move_to (f.arm, target, NULL));
  fixture_run (&f, 0.2);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), >, 3);
  fixture_clear (&f);
}

/* 4. Coming, looking, going: nothing is written. */
static void
test_connect_writes_nothing (gconstpointer data)
{
  ArmFixture f;

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  fixture_run (&f, 1);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_CONNECTED);
  lw_arm_disconnect (f.arm);
  fixture_connect (&f);
  fixture_run (&f, 0.3);
  lw_arm_disconnect (f.arm);
  g_assert_cmpuint (bus_tap_count (&f.tap), >, 100);
  g_assert_cmpuint (bus_tap_writes (&f.tap, 0), ==, 0);
  fixture_clear (&f);
}

/* 5. Torque on: goal = present first, the arm stays within a step of the encoder. */
static void
test_torque_on (gconstpointer data)
{
  ArmFixture f;
  double     before[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  size_t     goal = 0, torque = 0;

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  fixture_run (&f, 0.3);
  lw_sim_bus_truth (f.sim, before, NULL);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.2);
  for (size_t i = bus_tap_count (&f.tap); i-- > 0;)
    {
      if (bus_tap_is_goal (&f.tap.entries[i]))
        goal = i;
      if (f.tap.entries[i].instruction == 0x83 && f.tap.entries[i].address == ADDRESS_TORQUE)
        torque = i;
    }
  g_assert_cmpuint (goal, >, 0);
  g_assert_cmpuint (torque, >, goal);
  for (size_t j = 0; j < 6; j++)
    g_assert_cmpfloat (fabs ((f.tap.entries[goal].value[j] - 2048) * TICK - lw_calibration_servo (&f.setup.calibration, j, before[j])), <=, TICK);
  for (int i = 0; i < 200; i++)
    {
      fixture_cycle (&f);
      lw_sim_bus_truth (f.sim, after, NULL);
      lw_assert_close_array (after, before, 6, 0, 2 * TICK);
    }
  lw_assert_close_array (fixture_state (&f).goal, before, 6, 0, TICK);
  fixture_clear (&f);
}

/* Goals on the bus: inside the ranges, steps within v_max, their changes within a_max, up to the rounding to ticks. */
static size_t
assert_within_limits (ArmFixture *f, size_t from)
{
  const LwLimits    *limits = lw_arm_get_limits (f->arm);
  const BusTapEntry *last[3] = { NULL };
  double             dt = 1 / f->setup.rate_hz;
  size_t             n = 0;

  for (size_t i = from; i < bus_tap_count (&f->tap); i++)
    {
      if (!bus_tap_is_goal (&f->tap.entries[i]))
        continue;
      n++;
      last[2] = last[1];
      last[1] = last[0];
      last[0] = &f->tap.entries[i];
      for (size_t j = 0; j < limits->n_joints; j++)
        {
          double q = lw_calibration_joint (&f->setup.calibration, j, (last[0]->value[j] - 2048) * TICK);

          g_assert_cmpfloat (q, >=, limits->q_min[j] - 0.51 * TICK);
          g_assert_cmpfloat (q, <=, limits->q_max[j] + 0.51 * TICK);
          if (last[1] != NULL)
            g_assert_cmpfloat (fabs ((last[0]->value[j] - last[1]->value[j]) * TICK), <=, limits->v_max[j] * dt + 1.01 * TICK);
          if (last[2] != NULL)
            g_assert_cmpfloat (fabs ((last[0]->value[j] - 2 * last[1]->value[j] + last[2]->value[j]) * TICK), <=, limits->a_max[j] * dt * dt + 2.01 * TICK);
        }
    }
  return n;
}

/* 6. What reaches the bus is what the one limiter lets through: a slider gone mad. */
static void
test_limiter (gconstpointer data)
{
  ArmFixture f;
  LwRng      rng;
  double     start[LW_MAX_JOINTS], target[LW_MAX_JOINTS];
  size_t     from;

  lw_rng_init (&rng, 6, LW_RNG_TEST, 0, 0);
  armed (&f, "desk-6", data);
  lw_arm_set_speed (f.arm, 0.3); /* an arm driven to and fro with all its strength stops itself */
  lw_arm_get_start (f.arm, start);
  from = bus_tap_count (&f.tap);
  for (int i = 0; i < 1500; i++)
    {
      if (i % 7 == 0)
        for (size_t j = 0; j < 6; j++)
          target[j] = start[j] + (i < 1400 ? 1.2 * lw_rng_uniform (&rng) - 0.6 : 20 * lw_rng_uniform (&rng) - 10);
      if (fixture_state (&f).mode == LW_MODE_ARMED)
        lw_arm_move_to (f.arm, target, NULL);
      fixture_cycle (&f);
    }
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_ARMED);
  g_assert_cmpuint (assert_within_limits (&f, from), >, 1000);
  fixture_clear (&f);
}

/* 7. Far from its start, a movement begins with a ramp from where the arm is, and the window knows how far. */
static void
test_ramp (gconstpointer data)
{
  ArmFixture    f;
  LwTrajectory *movement = lw_trajectory_new (51, 6);
  double        start[LW_MAX_JOINTS];
  LwPlan       *plan = NULL;
  size_t        from;

  armed (&f, "desk-6", data);
  lw_arm_get_start (f.arm, start);
  for (size_t i = 0; i < 51; i++)
    {
      movement->t[i] = 0.02 * (double) i;
      memcpy (lw_mat_row (&movement->q, i), start, 6 * sizeof *start);
      lw_mat_row (&movement->q, i)[0] += 1.2;
    }
  g_assert_cmpint (lw_plan_new (lw_arm_get_limits (f.arm), f.model, 100, start, movement, 1, &plan), ==, LW_OK);
  lw_assert_close (plan->far, 1.2, 1e-9, 0);
  from = bus_tap_count (&f.tap);
  g_assert_true (lw_arm_run (f.arm, plan, NULL, NULL));
  while (bus_tap_last (&f.tap, ADDRESS_GOAL, from) == NULL)
    fixture_cycle (&f);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (lw_calibration_joint (&f.setup.calibration, j, (bus_tap_last (&f.tap, ADDRESS_GOAL, from)->value[j] - 2048) * TICK), start[j], 0, TICK);
  fixture_until (&f, LW_MODE_ARMED, 10);
  g_assert_false (fixture_state (&f).run_aborted);
  g_assert_cmpuint (assert_within_limits (&f, from), >=, plan->goals->n_samples);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
  fixture_clear (&f);
}

/* 9. The link is lost in mid-motion. With a watchdog the servos stop by themselves; it is armed whenever torque is on. Without one they go as far as the last goal, which
 * is one control step from the one before it. Either way the arm stands. */
static void
test_link_loss (gconstpointer data)
{
  ArmFixture f;
  double     dq[LW_MAX_JOINTS], q[LW_MAX_JOINTS], still[LW_MAX_JOINTS], told;
  int        watchdog = 0;

  in_motion (&f, "desk-6", data);
  for (size_t i = 0; i < bus_tap_count (&f.tap); i++)
    {
      const BusTapEntry *entry = &f.tap.entries[i];

      if (entry->instruction == 0x83 && entry->address == ADDRESS_WATCHDOG)
        watchdog = entry->value[0];
      if (protocol_of (data) == LW_PROTOCOL_DYNAMIXEL && entry->instruction == 0x83 && entry->address == ADDRESS_TORQUE && entry->value[0])
        g_assert_cmpint (watchdog, >, 0);
    }
  assert_within_limits (&f, 0);
  told = lw_calibration_joint (&f.setup.calibration, 0, (bus_tap_last (&f.tap, ADDRESS_GOAL, 0)->value[0] - 2048) * TICK);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_SILENT);
  fixture_until (&f, LW_MODE_FAULT, 0.2);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NO_ANSWER);
  fixture_run (&f, 1);
  lw_sim_bus_truth (f.sim, q, dq);
  fixture_run (&f, 0.5);
  lw_sim_bus_truth (f.sim, still, NULL);
  for (size_t j = 0; j < 6; j++)
    {
      lw_assert_close (dq[j], 0, 0, 0.03);
      lw_assert_close (still[j], q[j], 0, 0.005);
    }
  g_assert_cmpfloat (fabs (q[0] - told), <=, f.setup.limits.v_max[0] / f.setup.rate_hz + 0.12);
  fixture_clear (&f);
}

/* 12. Delays put in front of cycles come back in the stamps within 1 ms. */
static void
test_stamps (gconstpointer data)
{
  ArmFixture f;
  int64_t    injected[300];
  size_t     different = 0;

  fixture_init_on (&f, "planar-2", protocol_of (data));
  fixture_connect (&f);
  fixture_run (&f, 0.3);
  f.n_samples = 0;
  for (size_t i = 0; i < 300; i++)
    {
      int64_t begin = f.next_ns, delay = i % 50 == 20 ? 7 * MS : i % 37 == 5 ? 3 * MS : 0;

      f.clock.now_ns = MAX (f.clock.now_ns, begin + delay);
      injected[i] = begin + delay;
      fixture_cycle (&f);
      f.next_ns = begin + 10 * MS;
    }
  g_assert_cmpuint (f.n_samples, ==, 300);
  for (size_t i = 1; i < 300; i++)
    {
      int64_t period = f.samples[i].t_ns - f.samples[i - 1].t_ns;

      g_assert_cmpint (ABS (period - (injected[i] - injected[i - 1])), <, 1 * MS);
      g_assert_cmpint (f.samples[i].t_ns - f.samples[i].round_trip_ns / 2, >=, injected[i]);
      different += period != 10 * MS;
    }
  g_assert_cmpuint (different, >, 250); /* equidistant stamps fail here */
  fixture_clear (&f);
}

/* 23. An adapter that answers every 16 ms: measured, with the rate it allows. */
static void
test_latency (gconstpointer data)
{
  ArmFixture f;
  LwArmLink  link;

  fixture_init_on (&f, "planar-2", protocol_of (data));
  f.config.latency_us = 16000;
  f.setup.rate_hz = 50;
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_run (&f, 5);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_GUIDE);
  lw_arm_get_link (f.arm, &link);
  g_test_message ("round trip median %.1f ms, p99 %.1f ms, a question %.1f ms, at most %.0f Hz", 1e3 * link.round_trip_median, 1e3 * link.round_trip_p99, 1e3 * link.latency,
                  link.achievable_hz);
  g_assert_cmpfloat (link.round_trip_median, >, 0.004);
  g_assert_cmpfloat (link.round_trip_median, <, 0.018);
  g_assert_cmpfloat (link.achievable_hz, <, 250);
  fixture_clear (&f);

  fixture_init_on (&f, "planar-2", protocol_of (data));
  fixture_connect (&f);
  fixture_run (&f, 3);
  lw_arm_get_link (f.arm, &link);
  g_assert_cmpfloat (link.round_trip_median, <, 0.003);
  g_assert_cmpfloat (link.latency, <, 0.003);
  fixture_clear (&f);
}

/* 33. Half the speed: twice the time, the same path within a step of the encoder. */
static void
test_half_speed (gconstpointer data)
{
  double took[2], path[2][4000];
  size_t n[2] = { 0 };

  for (int i = 0; i < 2; i++)
    {
      ArmFixture f;
      LwPlan    *plan;
      size_t     from;

      armed (&f, "desk-6", data);
      lw_arm_set_speed (f.arm, i == 0 ? 1 : 0.5);
      fixture_cycle (&f);
      plan = fixture_plan (&f, 0, 0.8, 0.5);
      took[i] = plan->duration;
      from = bus_tap_count (&f.tap);
      g_assert_true (lw_arm_run (f.arm, plan, NULL, NULL));
      fixture_run (&f, plan->duration);
      for (size_t k = from; k < bus_tap_count (&f.tap); k++)
        if (bus_tap_is_goal (&f.tap.entries[k]))
          path[i][n[i]++] = f.tap.entries[k].value[0];
      lw_plan_unref (plan);
      fixture_clear (&f);
    }
  lw_assert_close (took[1], 2 * took[0], 0, 0.05);
  /* The slow one passes every place of the fast one: at twice its time, give or take a step of the clock. */
  for (size_t k = 1; k + 1 < n[0] && 2 * k + 2 < n[1]; k++)
    {
      double low = fmin (path[1][2 * k - 2], path[1][2 * k + 2]) - 1, high = fmax (path[1][2 * k - 2], path[1][2 * k + 2]) + 1;

      g_assert_cmpfloat (path[0][k], >=, low);
      g_assert_cmpfloat (path[0][k], <=, high);
    }
}

/* 35. Duration, peak speed and closest limit of the preview are those of what was emitted, goal by goal. */
static void
test_preview (gconstpointer data)
{
  ArmFixture f;
  LwPlan    *plan;
  size_t     from, n = 0;
  double     fastest = 0, closest = HUGE_VAL, last[LW_MAX_JOINTS];
  int64_t    first_ns = 0, last_ns = 0;

  armed (&f, "desk-6", data);
  plan = fixture_plan (&f, 2, -0.7, 1.2);
  from = f.n_samples;
  g_assert_true (lw_arm_run (f.arm, plan, NULL, NULL));
  fixture_cycle (&f);
  fixture_until (&f, LW_MODE_ARMED, 10);
  for (size_t i = from; i < f.n_samples && n < plan->goals->n_samples; i++, n++)
    for (size_t j = 0; j < 6; j++)
      {
        double goal = f.samples[i].goal[j];

        g_assert_cmpfloat (goal, ==, lw_mat_get (&plan->goals->q, n, j));
        if (n > 0)
          fastest = fmax (fastest, fabs (goal - last[j]) * f.setup.rate_hz);
        closest = fmin (closest, fmin (goal - f.setup.limits.q_min[j], f.setup.limits.q_max[j] - goal));
        last[j] = goal;
        first_ns = n == 0 ? f.samples[i].t_ns : first_ns;
        last_ns = f.samples[i].t_ns;
      }
  g_assert_cmpuint (n, ==, plan->goals->n_samples);
  lw_assert_close (plan->peak_speed, fastest, 1e-9, 0);
  lw_assert_close (plan->closest_limit, closest, 1e-9, 0);
  lw_assert_close (1e-9 * (double) (last_ns - first_ns), plan->duration, 0, 0.005);
  lw_plan_unref (plan);
  fixture_clear (&f);
}

/* 34, on the bytes: a servo grows hot; a warning, then a controlled stop whose reason is heat. */
static void
test_heat (gconstpointer data)
{
  ArmFixture  f;
  LwArmAlarms alarms;

  armed (&f, "desk-6", data);
  lw_sim_bus_set_heat (f.sim, 1, 63);
  fixture_run (&f, 2);
  lw_arm_get_alarms (f.arm, &alarms);
  g_assert_cmpint (alarms.levels[LW_ALARM_HOT][1], ==, LW_ALARM_WARNING);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_ARMED);
  fixture_start (&f, 0, 0.5, 4);
  fixture_run (&f, 0.3);
  for (int i = 0; i < 20 && fixture_state (&f).mode == LW_MODE_RUNNING; i++)
    {
      lw_sim_bus_set_heat (f.sim, 1, 71.5);
      fixture_run (&f, 0.1);
    }
  if (fixture_state (&f).reason != LW_REASON_HARDWARE) /* whose own limit is 70 */
    {
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
      g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_HOT);
      fixture_run (&f, 0.5);
      g_assert_true (fixture_state (&f).stop_confirmed);
    }
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  static const struct {
    const char *path;
    void (*test) (gconstpointer);
  } tests[] = {
    { "/product/01-stop", test_stop },
    { "/product/02-stop-not-confirmed", test_not_confirmed },
    { "/product/03-stop-latches", test_latches },
    { "/product/04-connect-writes-nothing", test_connect_writes_nothing },
    { "/product/05-torque-on-never-moves", test_torque_on },
    { "/product/06-one-limiter-on-the-bus", test_limiter },
    { "/product/07-first-motion-ramps", test_ramp },
    { "/product/09-link-loss", test_link_loss },
    { "/product/12-stamps-are-measured", test_stamps },
    { "/product/23-latency", test_latency },
    { "/product/33-half-speed", test_half_speed },
    { "/product/34-heat", test_heat },
    { "/product/35-preview-is-emitted", test_preview },
  };
  static const LwProtocol protocols[] = { LW_PROTOCOL_DYNAMIXEL, LW_PROTOCOL_FEETECH };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    for (size_t p = 0; p < G_N_ELEMENTS (protocols); p++)
      {
        g_autofree char *path = g_strdup_printf ("%s/%s", tests[i].path, lw_protocol_name (protocols[p]));

        g_test_add_data_func (path, GINT_TO_POINTER (protocols[p]), tests[i].test);
      }
  return g_test_run ();
}
