/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stop under ten thousand conditions: protocol, arm, mode, speed, phase of the cycle, fault of the bus, load. What must hold of every one: the first goal of the
 * deceleration in no time, the last goal that is not the hold goal within 100 ms of the call, and never a "stopped" that is not so. The clock is injected. */
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-dynamixel-table.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

#define MS  G_GINT64_CONSTANT (1000000)
#define MOST 10000

typedef enum {
  HEALTHY, LOSSY, LATE, IGNORING, ONE_IGNORING, SILENT, MISSING, STUCK, PULLED, FAILING, N_FAULTS
} Fault;

static const char *const fault_names[N_FAULTS] = { "healthy", "2 % lost", "late replies", "goals ignored", "one ignores", "silent", "one missing", "stuck", "cable pulled", "servo error" };

typedef struct {
  int64_t first[MOST], last[MOST]; /* ns after the call, where there was a goal */
  size_t  n_first, n_last;
  size_t  n_confirmed[N_FAULTS], n_fault[N_FAULTS], n[N_FAULTS];
} Record;

static double
uniform (LwRng *rng)
{
  return lw_rng_uniform (rng);
}

/* In some mode, at some speed, under some load. */
static void
bring_into_motion (ArmFixture *f, LwRng *rng)
{
  size_t n = f->setup.limits.n_joints, mode = lw_rng_below (rng, 6);
  double target[LW_MAX_JOINTS];

  if (mode == 0) /* in somebody's hands, or on the way to power */
    {
      fixture_request (f, uniform (rng) < 0.5 ? LW_REQUEST_GUIDE : LW_REQUEST_HOLD);
      for (size_t i = lw_rng_below (rng, 4); i > 0; i--)
        fixture_cycle (f);
      return;
    }
  fixture_arm (f);
  if (mode == 1)
    return;
  lw_arm_set_speed (f->arm, 0.1 + 0.9 * uniform (rng));
  fixture_cycle (f);
  lw_arm_get_start (f->arm, target);
  for (size_t j = 0; j < n; j++)
    target[j] += 1.2 * uniform (rng) - 0.6;
  if (mode == 2)
    lw_arm_move_to (f->arm, target, NULL);
  else if (mode == 3)
    {
      lw_arm_move_to (f->arm, target, NULL);
      fixture_run (f, 0.5 * uniform (rng));
      lw_arm_request (f->arm, uniform (rng) < 0.5 ? LW_REQUEST_HOLD : LW_REQUEST_RELEASE, NULL);
    }
  else
    fixture_start (f, lw_rng_below (rng, n), (uniform (rng) < 0.5 ? -1 : 1) * (0.2 + 0.5 * uniform (rng)), 0.4 + uniform (rng));
  fixture_run (f, 0.05 + 0.5 * uniform (rng));
}

static void
harm (ArmFixture *f, Fault fault, LwRng *rng)
{
  size_t servo = lw_rng_below (rng, f->setup.limits.n_joints);

  switch (fault)
    {
    case LOSSY: lw_sim_bus_set_loss (f->sim, 0.02, 0.01); break;
    case LATE: lw_sim_bus_set_late (f->sim, 0.02, 0.001, 0.02); break;
    case IGNORING: lw_sim_bus_set_faults (f->sim, LW_SIM_FAULT_IGNORE_GOALS); break;
    case ONE_IGNORING: lw_sim_bus_set_ignoring (f->sim, servo, true); break;
    case SILENT: lw_sim_bus_set_faults (f->sim, LW_SIM_FAULT_SILENT); break;
    case MISSING: lw_sim_bus_set_missing (f->sim, servo, true); break;
    case STUCK: lw_sim_bus_set_stuck (f->sim, servo, true); break;
    case PULLED: lw_sim_bus_set_faults (f->sim, LW_SIM_FAULT_HANG_UP); break;
    case FAILING: lw_sim_bus_fail_servo (f->sim, servo, LW_DXL_HARDWARE_OVERLOAD); break;
    default: break;
    }
}

/* Goals after the call: the first one, and the last one that differs from the one before it. */
static void
note_goals (ArmFixture *f, size_t from, int64_t call, Record *record)
{
  int64_t last = bus_tap_last_new_goal (&f->tap, from);

  for (size_t i = from; i < bus_tap_count (&f->tap) && last != 0; i++)
    if (bus_tap_is_goal (&f->tap.entries[i]))
      {
        record->first[record->n_first++] = f->tap.entries[i].t_ns - call;
        break;
      }
  if (last == 0)
    return;
  record->last[record->n_last++] = last - call;
  g_assert_cmpint (last - call, <=, 100 * MS);
}

static void
stop_somewhere (uint32_t trial, Record *record)
{
  static const char *const arms[] = { "planar-2", "desk-6", "arm-7" };
  ArmFixture f;
  LwRng      rng;
  LwArmState state = { 0 };
  Fault      fault;
  int64_t    call;
  size_t     from, n;
  bool       stopped; /* by itself, before the call: pressed against the table, too far from its goal */
  double     late = 0, dq[LW_MAX_JOINTS];

  lw_rng_init (&rng, 4711, LW_RNG_TEST, trial, 0);
  fixture_init_on (&f, arms[lw_rng_below (&rng, G_N_ELEMENTS (arms))], uniform (&rng) < 0.5 ? LW_PROTOCOL_DYNAMIXEL : LW_PROTOCOL_FEETECH);
  f.config.seed = trial;
  f.config.jitter_us = 30;
  f.config.balanced = uniform (&rng) < 0.5;
  f.setup.rate_hz = 50 + 10 * (double) lw_rng_below (&rng, 8);
  n = f.setup.limits.n_joints;
  fixture_connect (&f);
  fault = uniform (&rng) < 0.4 ? HEALTHY : (Fault) lw_rng_below (&rng, N_FAULTS);
  bring_into_motion (&f, &rng);
  if (uniform (&rng) < 0.5) /* a moment before the call, or with it */
    {
      harm (&f, fault, &rng);
      fixture_run (&f, 0.1 * uniform (&rng));
    }
  else
    harm (&f, fault, &rng);
  /* Somewhere in the cycle. */
  f.clock.now_ns = MAX (f.clock.now_ns, f.next_ns - (int64_t) (1e9 / f.setup.rate_hz * uniform (&rng)));
  f.next_ns = f.clock.now_ns;
  lw_sim_bus_advance (f.sim, f.clock.now_ns);
  stopped = fixture_state (&f).mode == LW_MODE_STOPPED || fixture_state (&f).mode == LW_MODE_FAULT;
  call = f.clock.now_ns;
  from = bus_tap_count (&f.tap);
  lw_arm_stop (f.arm);
  while (f.clock.now_ns - call < 600 * MS)
    {
      fixture_cycle (&f);
      state = fixture_state (&f);
      lw_sim_bus_truth (f.sim, NULL, dq);
      g_assert_true (state.mode == LW_MODE_STOPPED || state.mode == LW_MODE_FAULT);
      if (f.clock.now_ns - call > 350 * MS)
        for (size_t j = 0; j < n; j++)
          late = fmax (late, fabs (dq[j]));
      if (state.stop_confirmed && !state.limp)
        for (size_t j = 0; j < n; j++)
          if (!(fabs (dq[j]) < 0.15))
            g_error ("trial %u (%s): confirmed although joint %zu moves at %.3f rad/s", trial, fault_names[fault], j + 1, dq[j]);
      if (state.mode == LW_MODE_STOPPED && !state.stop_confirmed)
        g_assert_cmpint (f.clock.now_ns - call, <=, 500 * MS);
    }
  /* Nor a false alarm: an arm that slides along the table at 0.05 rad/s does not stand still. */
  if (fault == HEALTHY && !stopped && state.mode == LW_MODE_FAULT && !(late > 0.04))
    g_error ("trial %u: a healthy arm at rest is a fault: %s", trial, lw_reason_text (state.reason));
  record->n[fault]++;
  record->n_confirmed[fault] += state.stop_confirmed ? 1 : 0;
  record->n_fault[fault] += state.mode == LW_MODE_FAULT ? 1 : 0;
  note_goals (&f, from, call, record);
  fixture_clear (&f);
}

static int
compare (const void *a, const void *b)
{
  int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

  return (x > y) - (x < y);
}

static void
test_conditions (void)
{
  static Record record;
  uint32_t      n = lw_test_is_long () ? MOST : 250;

  for (uint32_t trial = 0; trial < n; trial++)
    stop_somewhere (trial, &record);
  qsort (record.first, record.n_first, sizeof *record.first, compare);
  qsort (record.last, record.n_last, sizeof *record.last, compare);
  for (int fault = 0; fault < N_FAULTS; fault++)
    g_test_message ("%5zu %-14s %5zu confirmed, %5zu faults", record.n[fault], fault_names[fault], record.n_confirmed[fault], record.n_fault[fault]);
  g_assert_cmpuint (record.n_first, >, n / 10);
  g_test_message ("%u stops, %zu in motion: first goal after %.2f ms in the median, %.2f at most; last one after %.1f ms at most", n, record.n_first,
                  1e-6 * (double) record.first[record.n_first / 2], 1e-6 * (double) record.first[record.n_first - 1],
                  1e-6 * (double) record.last[record.n_last - 1]);
  g_assert_cmpint (record.first[record.n_first / 2], <=, 5 * MS);
  /* Whatever cannot obey is never confirmed; what can always is. */
  g_assert_cmpuint (record.n_confirmed[PULLED], ==, 0);
  g_assert_cmpuint (record.n_fault[PULLED], ==, record.n[PULLED]);
  g_assert_cmpuint (record.n_confirmed[HEALTHY], >=, record.n[HEALTHY] * 99 / 100);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/product/01-02-stop-under-any-condition", test_conditions);
  return g_test_run ();
}
