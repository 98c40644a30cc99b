/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cable is pulled while a demonstration is recorded into a project file. The arm's clock is injected; the writer's thread is its own. */
#include <string.h>

#include "arm-fixture.h"
#include "lw-test-store.h"
#include "on-both.h"

#define MS G_GINT64_CONSTANT (1000000)

typedef struct {
  ArmFixture  arm;
  LwTestPlace place;
  LwProject  *project;
  LwRecorder *recorder;
  LwSample    given[4096]; /* everything the recorder was given in Guide */
  guint       n_given;
} Desk;

static void
note (const LwSample *sample, void *data)
{
  Desk *self = data;

  if (sample->mode == LW_MODE_GUIDE)
    {
      g_assert_cmpuint (self->n_given, <, G_N_ELEMENTS (self->given));
      self->given[self->n_given++] = *sample;
    }
  lw_recorder_sink (sample, self->recorder);
}

static void
desk_open (Desk *self, LwProtocol protocol)
{
  memset (self, 0, sizeof *self);
  lw_test_place_init (&self->place, NULL);
  self->project = lw_test_open (self->place.path);
  self->recorder = lw_recorder_new (4096);
  lw_project_set_recorder (self->project, self->recorder);
  fixture_init_on (&self->arm, "desk-6", protocol);
  self->arm.setup.sink = note;
  self->arm.setup.sink_data = self;
  fixture_connect (&self->arm);
}

static void
desk_close (Desk *self)
{
  fixture_clear (&self->arm);
  lw_project_set_recorder (self->project, NULL);
  lw_test_close (self->project);
  lw_recorder_free (self->recorder);
  lw_test_place_clear (&self->place, NULL);
}

/* Guides, and records from now on. */
static gint64
begin (Desk *self)
{
  g_autoptr (GError) error = NULL;
  gint64 id;

  fixture_request (&self->arm, LW_REQUEST_GUIDE);
  fixture_until (&self->arm, LW_MODE_GUIDE, 0.2);
  id = lw_project_begin_demonstration (self->project, "desk-6", 6, NULL, NULL, &error);
  g_assert_no_error (error);
  self->n_given = 0;
  lw_recorder_start (self->recorder, id);
  return id;
}

/* What the file holds of @id is what the recorder was given, to the last sample and bit. */
static void
assert_kept (Desk *self, gint64 id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) kept = NULL;

  lw_project_end_demonstration (self->project, id, NULL, NULL, &error);
  g_assert_no_error (error);
  kept = lw_project_load_samples (self->project, id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (kept->len, ==, self->n_given);
  for (guint i = 0; i < kept->len; i++)
    lw_test_assert_same_sample (&g_array_index (kept, LwSample, i), &self->given[i]);
}

/* @fault from now on: the time until the arm says so. */
static int64_t
pull (Desk *self, unsigned fault, LwReason reason)
{
  int64_t pulled = self->arm.clock.now_ns;

  lw_sim_bus_set_faults (self->arm.sim, fault);
  while (fixture_state (&self->arm).mode == LW_MODE_GUIDE && self->arm.clock.now_ns - pulled <= 1000 * MS)
    fixture_cycle (&self->arm);
  g_assert_cmpint (fixture_state (&self->arm).mode, ==, LW_MODE_FAULT);
  g_assert_cmpint (fixture_state (&self->arm).reason, ==, reason);
  return self->arm.clock.now_ns - pulled;
}

static void
assert_latched (Desk *self)
{
  static const LwArmRequest requests[] = { LW_REQUEST_GUIDE, LW_REQUEST_HOLD, LW_REQUEST_ARM };

  for (size_t i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_arm_request (self->arm.arm, requests[i], &error));
      g_assert_nonnull (error);
      fixture_run (&self->arm, 0.1);
      g_assert_cmpint (fixture_state (&self->arm).mode, ==, LW_MODE_FAULT);
    }
}

/* 8. The cable to the computer: a latched fault within 200 ms, the demonstration saved to its last sample; plugged in again, the same program goes on: the same arm, the same project. */
static void
test_cable_pull (gconstpointer data)
{
  static Desk desk;
  gint64      first, second;
  int64_t     took;

  desk_open (&desk, protocol_of (data));
  first = begin (&desk);
  fixture_run (&desk.arm, 1);
  g_assert_cmpuint (desk.n_given, >=, 98);
  took = pull (&desk, LW_SIM_FAULT_HANG_UP, LW_REASON_LINK_LOST);
  g_test_message ("fault %.0f ms after the cable was pulled", 1e-6 * (double) took);
  g_assert_cmpint (took, <=, 200 * MS);
  assert_latched (&desk);
  assert_kept (&desk, first);

  lw_arm_disconnect (desk.arm.arm);
  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_NONE);
  fixture_connect (&desk.arm);
  fixture_run (&desk.arm, 0.1);
  g_assert_cmpint (fixture_state (&desk.arm).mode, ==, LW_MODE_CONNECTED);
  second = begin (&desk);
  fixture_run (&desk.arm, 0.5);
  lw_recorder_stop (desk.recorder);
  assert_kept (&desk, second);
  g_assert_cmpuint (desk.n_given, >=, 48);
  desk_close (&desk);
}

/* The cable between adapter and servos: the port is still there and says nothing. That is a fault as soon, and it is over when the cable is back and somebody resets it. */
static void
test_servo_cable_pull (gconstpointer data)
{
  static Desk desk;
  gint64      id;

  desk_open (&desk, protocol_of (data));
  id = begin (&desk);
  fixture_run (&desk.arm, 1);
  g_assert_cmpint (pull (&desk, LW_SIM_FAULT_SILENT, LW_REASON_NO_ANSWER), <=, 200 * MS);
  assert_latched (&desk);
  assert_kept (&desk, id);

  lw_sim_bus_set_faults (desk.arm.sim, LW_SIM_FAULT_NONE);
  fixture_run (&desk.arm, 0.3);
  g_assert_cmpint (fixture_state (&desk.arm).mode, ==, LW_MODE_FAULT); /* by itself it does not go on */
  fixture_request (&desk.arm, LW_REQUEST_RESET);
  fixture_until (&desk.arm, LW_MODE_CONNECTED, 0.3);
  id = begin (&desk);
  fixture_run (&desk.arm, 0.5);
  lw_recorder_stop (desk.recorder);
  assert_kept (&desk, id);
  desk_close (&desk);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/08-cable-pull", test_cable_pull },
    { "/product/08-servo-cable-pull", test_servo_cable_pull },
  };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
