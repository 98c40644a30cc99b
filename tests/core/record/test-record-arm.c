/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the hand on the simulated arm to the records a writer would store. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "lw-recorder.h"
#include "lw-verdict.h"

#define MAX_RECORDS 4096

typedef struct {
  ArmFixture   arm;
  LwRecorder  *recorder;
  LwRingRecord records[MAX_RECORDS];
  size_t       n;
} Desk;

static void
desk_open (Desk *self, const char *arm)
{
  self->n = 0;
  self->recorder = lw_recorder_new (MAX_RECORDS);
  fixture_init (&self->arm, arm);
  self->arm.setup.sink = lw_recorder_sink;
  self->arm.setup.sink_data = self->recorder;
  fixture_connect (&self->arm);
  fixture_request (&self->arm, LW_REQUEST_GUIDE);
  fixture_until (&self->arm, LW_MODE_GUIDE, 0.2);
}

static void
desk_drain (Desk *self)
{
  self->n += lw_sample_ring_pop (lw_recorder_get_ring (self->recorder), self->records + self->n, MAX_RECORDS - self->n);
}

static void
desk_close (Desk *self)
{
  fixture_clear (&self->arm);
  lw_recorder_free (self->recorder);
}

/* The tip drawn along y by a hand, for @seconds. */
static void
drag (Desk *self, double seconds)
{
  LwKinematics *kinematics = lw_kinematics_new (self->arm.model);
  const double  point[3] = { 0, 0, 0 };
  double        tip[3], target[3];
  int           n = (int) (100 * seconds);

  lw_kinematics_set (kinematics, fixture_state (&self->arm).q);
  lw_kinematics_tip (kinematics, tip, NULL);
  memcpy (target, tip, sizeof target);
  for (int i = 0; i < n; i++)
    {
      target[1] = tip[1] + 0.15 * sin (G_PI * i / n);
      lw_sim_bus_hand (self->arm.sim, 6, point, target);
      fixture_cycle (&self->arm);
    }
  lw_sim_bus_let_go (self->arm.sim);
  lw_kinematics_free (kinematics);
}

/* A demonstration: every cycle is there, its stamps are those of the transfers, the pose is the arm's, and the verdict finds nothing wrong. */
static void
test_demonstration (void)
{
  static Desk  desk;
  LwVerdict    verdict;
  LwSample    *samples;
  size_t       odd = 0;
  LwRecorderState state;

  desk_open (&desk, "arm-7");
  lw_recorder_start (desk.recorder, 7);
  fixture_run (&desk.arm, 0.5);
  drag (&desk, 2);
  fixture_run (&desk.arm, 0.5);
  lw_recorder_stop (desk.recorder);
  lw_recorder_get_state (desk.recorder, &state);
  desk_drain (&desk);

  g_assert_cmpuint (desk.n, ==, state.n_samples + 1);
  g_assert_cmpuint (desk.records[desk.n - 1].ends, ==, 1);
  g_assert_cmpuint (state.n_samples, >=, 299);
  g_assert_cmpuint (state.n_missed, ==, 0);
  samples = g_new (LwSample, state.n_samples);
  for (size_t i = 0; i < state.n_samples; i++)
    {
      samples[i] = desk.records[i].sample;
      g_assert_cmpint (desk.records[i].recording, ==, 7);
      g_assert_cmpuint (samples[i].mode, ==, LW_MODE_GUIDE);
      g_assert_true (isnan (samples[i].goal[0]));
      if (i > 0)
        {
          g_assert_cmpuint (samples[i].cycle, ==, samples[i - 1].cycle + 1);
          odd += samples[i].t_ns - samples[i - 1].t_ns != samples[1].t_ns - samples[0].t_ns;
        }
    }
  g_assert_cmpuint (odd, >, state.n_samples / 2); /* measured, not made from an index */
  lw_verdict_compute (samples, state.n_samples, desk.arm.setup.limits.q_min, desk.arm.setup.limits.q_max, NULL, &verdict);
  g_assert_cmpuint (verdict.n_gaps, ==, 0);
  g_assert_cmpuint (verdict.n_limit_hits, ==, 0);
  g_assert_cmpfloat (verdict.jitter_p99, <, 0.002);
  g_assert_cmpfloat (verdict.still_start, >, 0.4);
  g_assert_cmpfloat (verdict.still_end, >, 0.3);
  g_assert_cmpfloat (verdict.still_start + verdict.still_end, <, 2);
  g_assert_cmpfloat (verdict.jerk, >, 0);
  g_assert_cmphex (lw_verdict_findings (&verdict), ==, 0);
  g_free (samples);
  desk_close (&desk);
}

/* product.md 8: the cable is pulled in the middle; what was recorded ends with the last sample there was. */
static void
test_cable_pulled (void)
{
  static Desk     desk;
  LwRecorderState state;

  desk_open (&desk, "desk-6");
  lw_recorder_start (desk.recorder, 3);
  fixture_run (&desk.arm, 1);
  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_HANG_UP);
  fixture_run (&desk.arm, 0.5);
  g_assert_cmpint (fixture_state (&desk.arm).mode, ==, LW_MODE_FAULT);
  lw_recorder_get_state (desk.recorder, &state);
  g_assert_cmpint (state.recording, ==, 3); /* no sample came that could end it */
  lw_recorder_stop (desk.recorder);
  desk_drain (&desk);
  g_assert_cmpuint (desk.n, >=, 100);
  g_assert_cmpuint (desk.records[desk.n - 1].ends, ==, 1);
  for (size_t i = 0; i + 1 < desk.n; i++)
    g_assert_cmpuint (desk.records[i].sample.mode, ==, LW_MODE_GUIDE);
  desk_close (&desk);
}

/* Stop in Guide ends the recording by itself and leaves the arm limp. */
static void
test_stop_ends_it (void)
{
  static Desk     desk;
  LwRecorderState state;

  desk_open (&desk, "desk-6");
  lw_recorder_start (desk.recorder, 4);
  fixture_run (&desk.arm, 0.3);
  lw_arm_stop (desk.arm.arm);
  fixture_run (&desk.arm, 0.1);
  lw_recorder_get_state (desk.recorder, &state);
  g_assert_cmpint (state.recording, ==, 0);
  desk_drain (&desk);
  g_assert_cmpuint (desk.records[desk.n - 1].ends, ==, 1);
  g_assert_cmpuint (state.n_samples, ==, desk.n - 1);
  g_assert_true (fixture_state (&desk.arm).limp);
  desk_close (&desk);
}

/* Packets lost: a cycle without an answer is a gap, counted and seen by the verdict, and nothing stands in its place. */
static void
test_gaps_are_marked (void)
{
  static Desk     desk;
  LwRecorderState state;
  LwVerdict       verdict;
  LwSample       *samples;

  desk_open (&desk, "desk-6");
  lw_recorder_start (desk.recorder, 5);
  fixture_run (&desk.arm, 0.5);
  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_SILENT);
  fixture_run (&desk.arm, 0.05);
  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_NONE);
  fixture_run (&desk.arm, 0.5);
  lw_recorder_stop (desk.recorder);
  lw_recorder_get_state (desk.recorder, &state);
  desk_drain (&desk);
  g_assert_cmpuint (state.n_missed, >=, 4);
  g_assert_cmpuint (state.n_missed, <=, 7);
  g_assert_cmpuint (state.n_samples + state.n_missed, >=, 104);
  samples = g_new (LwSample, state.n_samples);
  for (size_t i = 0; i < state.n_samples; i++)
    samples[i] = desk.records[i].sample;
  lw_verdict_compute (samples, state.n_samples, NULL, NULL, NULL, &verdict);
  g_assert_cmpuint (verdict.n_gaps, >=, 1);
  lw_assert_close (verdict.longest_gap, 0.06, 0, 0.03);
  g_free (samples);
  desk_close (&desk);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/arm/demonstration", test_demonstration);
  g_test_add_func ("/record/arm/cable-pulled", test_cable_pulled);
  g_test_add_func ("/record/arm/stop-ends-it", test_stop_ends_it);
  g_test_add_func ("/record/arm/gaps-are-marked", test_gaps_are_marked);
  return g_test_run ();
}
