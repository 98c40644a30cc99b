/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arm-fixture.h"

#include <math.h>
#include <string.h>

#include "lw-test-paths.h"

static void
keep_sample (const LwSample *sample, void *data)
{
  ArmFixture *self = data;

  g_assert_cmpuint (self->n_samples, <, FIXTURE_MAX_SAMPLES);
  self->samples[self->n_samples++] = *sample;
}

void
fixture_init (ArmFixture *self, const char *arm)
{
  fixture_init_on (self, arm, LW_PROTOCOL_DYNAMIXEL);
}

void
fixture_init_on (ArmFixture *self, const char *arm, LwProtocol protocol)
{
  g_autofree char *file = g_strdup_printf ("arms/%s.xml", arm);
  g_autofree char *path = lw_test_data_path (file);
  LwSimError       error = { "" };

  memset (self, 0, sizeof *self);
  self->model = lw_arm_model_load (path, NULL, &error);
  g_assert_cmpstr (error.text, ==, "");
  lw_sim_bus_config_init (&self->config);
  self->config.model = self->model;
  self->config.seed = 1;
  self->config.protocol = protocol;
  lw_arm_setup_init (&self->setup, self->model);
  lw_calibration_centre (self->model, &self->setup.calibration);
  self->setup.sink = keep_sample;
  self->setup.sink_data = self;
  self->samples = g_new0 (LwSample, FIXTURE_MAX_SAMPLES);
  bus_tap_init (&self->tap, 400000);
}

static LwServoBus *
open_bus (ArmFixture *self)
{
  uint8_t ids[LW_MAX_JOINTS];

  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    ids[j] = (uint8_t) (self->config.first_id + j);
  return lw_servo_bus_new (self->config.protocol, lw_sim_bus_direct (self->sim, &self->clock), ids, lw_arm_model_n_joints (self->model));
}

void
fixture_connect (ArmFixture *self)
{
  GError *error = NULL;

  if (self->sim == NULL)
    {
      lw_fake_clock_init (&self->clock);
      self->setup.clock = &self->clock.base;
      self->sim = lw_sim_bus_new (&self->config);
      g_assert_nonnull (self->sim);
      bus_tap_attach (&self->tap, self->sim, self->config.protocol);
      self->arm = lw_arm_new (&self->setup);
      g_assert_nonnull (self->arm);
    }
  lw_arm_connect_stepped (self->arm, open_bus (self), &error);
  g_assert_no_error (error);
  self->next_ns = self->clock.now_ns;
}

void
fixture_clear (ArmFixture *self)
{
  lw_arm_free (self->arm);
  lw_sim_bus_free (self->sim);
  lw_arm_model_unref (self->model);
  bus_tap_clear (&self->tap);
  g_free (self->samples);
}

void
fixture_cycle (ArmFixture *self)
{
  if (self->clock.now_ns < self->next_ns)
    self->clock.now_ns = self->next_ns;
  lw_sim_bus_advance (self->sim, self->clock.now_ns);
  lw_arm_cycle (self->arm);
  self->next_ns += (int64_t) (1e9 / self->setup.rate_hz);
  if (self->next_ns < self->clock.now_ns)
    self->next_ns = self->clock.now_ns;
}

void
fixture_run (ArmFixture *self, double seconds)
{
  int64_t end = self->next_ns + (int64_t) (1e9 * seconds);

  while (self->next_ns < end)
    fixture_cycle (self);
}

LwArmState
fixture_state (ArmFixture *self)
{
  LwArmState state;

  memset (&state, 0xff, sizeof state);
  lw_arm_get_state (self->arm, &state);
  return state;
}

void
fixture_until (ArmFixture *self, LwMode mode, double seconds)
{
  int64_t end = self->next_ns + (int64_t) (1e9 * seconds);

  while (fixture_state (self).mode != mode && self->next_ns < end)
    fixture_cycle (self);
  g_assert_cmpstr (lw_mode_name (fixture_state (self).mode), ==, lw_mode_name (mode));
}

void
fixture_request (ArmFixture *self, LwArmRequest request)
{
  GError *error = NULL;

  lw_arm_request (self->arm, request, &error);
  g_assert_no_error (error);
}

void
fixture_arm (ArmFixture *self)
{
  fixture_request (self, LW_REQUEST_HOLD);
  fixture_until (self, LW_MODE_HOLD, 0.2);
  fixture_request (self, LW_REQUEST_ARM);
  fixture_until (self, LW_MODE_ARMED, 0.05);
  lw_arm_set_speed (self->arm, 1);
}

LwPlan *
fixture_plan (ArmFixture *self, size_t joint, double amount, double seconds)
{
  LwArmState    state = fixture_state (self);
  size_t        n = (size_t) (200 * seconds) + 2;
  LwTrajectory *movement = lw_trajectory_new (n, state.n_joints);
  double        start[LW_MAX_JOINTS];
  LwPlan       *plan = NULL;

  lw_arm_get_start (self->arm, start);
  for (size_t i = 0; i < n; i++)
    {
      double x = (double) i / (double) (n - 1);
      double s = 16 * x * x * (1 - x) * (1 - x);

      movement->t[i] = seconds * x;
      memcpy (lw_mat_row (&movement->q, i), start, state.n_joints * sizeof *start);
      lw_mat_row (&movement->q, i)[joint] += amount * s * s;
    }
  g_assert_cmpint (lw_plan_new (lw_arm_get_limits (self->arm), self->model, self->setup.rate_hz, start, movement, state.speed, &plan), ==, LW_OK);
  lw_trajectory_unref (movement);
  return plan;
}

uint32_t
fixture_start (ArmFixture *self, size_t joint, double amount, double seconds)
{
  LwPlan  *plan = fixture_plan (self, joint, amount, seconds);
  GError  *error = NULL;
  uint32_t run = 0;

  lw_arm_run (self->arm, plan, &run, &error);
  g_assert_no_error (error);
  lw_plan_unref (plan);
  fixture_cycle (self);
  g_assert_cmpint (fixture_state (self).mode, ==, LW_MODE_RUNNING);
  return run;
}
