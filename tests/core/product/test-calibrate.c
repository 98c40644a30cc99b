/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibrating an arm that another program set up: its encoders jump inside the travel, one joint counts the other way. The clock is injected, the hand is perfect. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "lw-calibration-file.h"
#include "lw-calibration-sweep.h"
#include "lw-dynamixel-setup.h"
#include "lw-dynamixel-table.h"
#include "lw-feetech-setup.h"
#include "lw-feetech-table.h"
#include "lw-rng.h"
#include "lw-sim-bus-private.h"
#include "lw-sim-dxl.h"
#include "lw-sim-feetech-servo.h"
#include "lw-test-paths.h"
#include "on-both.h"

#define N        6
#define TICK     (2 * G_PI / 4096)
#define MS       G_GINT64_CONSTANT (1000000)
#define REVERSED 3   /* this joint counts the other way */
#define STEPS    160 /* readings from stop to stop */

/* Where the registers end that the servo itself changes while it is limp, or nobody does. */
#define DYNAMIXEL_QUIET 120
#define FEETECH_QUIET   LW_FEETECH_PRESENT_POSITION

typedef struct {
  ArmFixture    arm;
  LwArmProfile *profile;
  char         *path; /* of the calibration's file */
} Bench;

/* ---- the servos ---- */

static LwServoBus *
open_bus (Bench *self)
{
  uint8_t ids[N] = { 1, 2, 3, 4, 5, 6 };

  return lw_servo_bus_new (self->profile->protocol, lw_sim_bus_direct (self->arm.sim, &self->arm.clock), ids, N);
}

static int64_t
soon (const Bench *self)
{
  return self->arm.clock.now_ns + 2000 * MS;
}

static void
read_stored (Bench *self, LwServoBus *bus, LwServoStored *out)
{
  for (size_t j = 0; j < N; j++)
    {
      LwServoIdentity identity = { 0 };

      g_assert_cmpint (bus->klass->identify (bus, j, &identity, soon (self)), ==, LW_BUS_OK);
      g_assert_cmpint (bus->klass->read_stored (bus, j, &out[j], soon (self)), ==, LW_BUS_OK);
    }
}

/* What another program left in the servos: an offset that brings the far end of the turn into the travel, and a joint turned round. */
static void
set_up_elsewhere (Bench *self)
{
  LwTransport  *line = lw_sim_bus_direct (self->arm.sim, &self->arm.clock);
  LwServoBus   *bus;
  LwServoStored stored[N];

  if (self->profile->protocol == LW_PROTOCOL_DYNAMIXEL)
    g_assert_cmpint (lw_dynamixel_write_setting (line, REVERSED + 1, LW_DXL_DRIVE_MODE, 1, 1, soon (self)), ==, LW_BUS_OK);
  else
    g_assert_cmpint (lw_feetech_write_setting (line, REVERSED + 1, LW_FEETECH_PHASE, 1, 12 | LW_FEETECH_PHASE_FEEDBACK, soon (self)), ==, LW_BUS_OK);
  lw_transport_free (line);
  bus = open_bus (self);
  read_stored (self, bus, stored);
  for (size_t j = 0; j < N; j++)
    {
      stored[j].offset = (self->profile->protocol == LW_PROTOCOL_DYNAMIXEL ? 1024 : 1500 + 100 * (int) j) * TICK;
      g_assert_cmpint (bus->klass->write_stored (bus, j, &stored[j], soon (self)), ==, LW_BUS_OK);
    }
  lw_servo_bus_free (bus);
}

/* Every register that only a client writes to. */
static void
take_registers (Bench *self, uint8_t out[N][DYNAMIXEL_QUIET])
{
  memset (out, 0, N * DYNAMIXEL_QUIET);
  for (size_t j = 0; j < N; j++)
    {
      LwSimDevice *device = self->arm.sim->plant.devices[j];

      if (self->profile->protocol == LW_PROTOCOL_DYNAMIXEL)
        memcpy (out[j], ((LwSimDxl *) device)->table, DYNAMIXEL_QUIET);
      else
        memcpy (out[j], ((LwSimFeetechServo *) device)->table, FEETECH_QUIET);
    }
}

/* The plug is out for a moment. */
static void
power_cycle (Bench *self)
{
  for (size_t j = 0; j < N; j++)
    {
      LwSimDevice *device = self->arm.sim->plant.devices[j];

      if (self->profile->protocol == LW_PROTOCOL_DYNAMIXEL)
        lw_sim_dxl_reboot ((LwSimDxl *) device);
      else
        lw_sim_feetech_servo_restart ((LwSimFeetechServo *) device, self->arm.clock.now_ns);
    }
}

/* ---- the arm in somebody's hands ---- */

static void
bench_open (Bench *self, LwProtocol protocol)
{
  g_autofree char *path = lw_test_data_path ("arms/desk-6.json");
  g_autoptr (GError) error = NULL;

  memset (self, 0, sizeof *self);
  self->path = g_strdup_printf ("%s/lampwork-calibration-%d.json", g_get_tmp_dir (), (int) getpid ());
  self->profile = lw_arm_profile_load (path, &error);
  g_assert_no_error (error);
  self->profile->protocol = protocol;
  fixture_init_on (&self->arm, "desk-6", protocol);
  lw_fake_clock_init (&self->arm.clock);
  self->arm.setup.clock = &self->arm.clock.base;
  self->arm.setup.sink = NULL;
  self->arm.sim = lw_sim_bus_new (&self->arm.config);
  bus_tap_attach (&self->arm.tap, self->arm.sim, protocol);
  set_up_elsewhere (self);
  self->arm.arm = lw_arm_new (&self->arm.setup);
}

static void
bench_close (Bench *self)
{
  fixture_clear (&self->arm);
  lw_arm_profile_free (self->profile);
  g_unlink (self->path);
  g_free (self->path);
}

/* In the hand nothing moves it: neither its weight, nor the table it may touch. */
static void
grasp (Bench *self, bool on)
{
  for (size_t j = 0; j < N; j++)
    lw_sim_bus_set_stuck (self->arm.sim, j, on);
}

static void
connect (Bench *self)
{
  g_autoptr (GError) error = NULL;

  grasp (self, true);
  lw_arm_connect_stepped (self->arm.arm, open_bus (self), &error);
  g_assert_no_error (error);
  self->arm.next_ns = self->arm.clock.now_ns;
}

/* The hand holds the arm at @q for one cycle. */
static void
hold_at (Bench *self, const double *q)
{
  lw_dynamics_set (self->arm.sim->plant.dynamics, q, NULL);
  fixture_cycle (&self->arm);
}

/* Joint @j from stop to stop and back, the others resting; halfway back somebody trips over the power supply's cable when @power_cut. */
static void
sweep_joint (Bench *self, LwCalibrationSweep *sweep, size_t j, gboolean power_cut)
{
  const LwProfileJoint *joint = &self->profile->joints[j];
  double q[LW_MAX_JOINTS];

  for (size_t i = 0; i < N; i++)
    q[i] = lw_arm_model_joints (self->arm.model)[i].home;
  for (int i = 0; i <= 2 * STEPS; i++)
    {
      double s = i <= STEPS ? (double) i / STEPS : (double) (2 * STEPS - i) / STEPS;

      q[j] = joint->lower + s * (joint->upper - joint->lower);
      hold_at (self, q);
      if (power_cut && i == STEPS + 5)
        {
          power_cycle (self);
          for (int k = 0; k < 250; k++)
            hold_at (self, q);
          fixture_request (&self->arm, LW_REQUEST_RESET);
          hold_at (self, q);
        }
      g_assert_true (fixture_state (&self->arm).limp);
      lw_calibration_sweep_add (sweep, fixture_state (&self->arm).angle);
    }
}

static char *
contents_of (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* 19. Given up halfway: no packet was written, no register differs by a bit, and the file is the one that was there. */
static void
test_cancel (gconstpointer data)
{
  static uint8_t     before[N][DYNAMIXEL_QUIET], after[N][DYNAMIXEL_QUIET];
  static Bench       bench;
  LwCalibrationSweep sweep;
  LwCalibration      calibration;
  LwCalibrationFile *old;
  g_autofree char   *kept = NULL, *still = NULL;
  double             lower[N] = { -1, -1, -1, -1, -1, -1 }, upper[N] = { 1, 1, 1, 1, 1, 1 };
  size_t             from;

  bench_open (&bench, protocol_of (data));
  lw_arm_profile_calibration (bench.profile, &calibration);
  old = lw_calibration_file_new (bench.profile, &calibration, lower, upper, NULL, NULL, NULL);
  g_assert_true (lw_calibration_file_save (old, bench.path, NULL));
  lw_calibration_file_free (old);
  kept = contents_of (bench.path);
  take_registers (&bench, before);
  from = bus_tap_count (&bench.arm.tap);

  connect (&bench);
  lw_calibration_sweep_init (&sweep, bench.profile);
  for (size_t j = 0; j < 3; j++)
    sweep_joint (&bench, &sweep, j, FALSE);
  g_assert_true (sweep.joints[2].done);
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, bench.profile, NULL, NULL, &calibration, lower, upper, NULL), ==, LW_ERR_TOO_FEW);
  lw_arm_disconnect (bench.arm.arm);

  take_registers (&bench, after);
  g_assert_cmpmem (before, sizeof before, after, sizeof after);
  g_assert_cmpuint (bus_tap_count (&bench.arm.tap) - from, >, 500);
  g_assert_cmpuint (bus_tap_writes (&bench.arm.tap, from), ==, 0);
  still = contents_of (bench.path);
  g_assert_cmpstr (still, ==, kept);
  bench_close (&bench);
}

/* Reads right wherever it is held, in a fresh connection too. */
static void
assert_reads_right (Bench *self, LwRng *rng, int n)
{
  double q[LW_MAX_JOINTS];

  for (int i = 0; i < n; i++)
    {
      for (size_t j = 0; j < N; j++)
        q[j] = self->profile->joints[j].lower + (0.02 + 0.96 * lw_rng_uniform (rng)) * (self->profile->joints[j].upper - self->profile->joints[j].lower);
      hold_at (self, q);
      hold_at (self, q);
      lw_assert_close_array (fixture_state (&self->arm).q, q, N, 0, 2.5 * TICK);
    }
}

static void
use_file (Bench *self)
{
  g_autoptr (GError) error = NULL;
  LwCalibrationFile *file = lw_calibration_file_load (self->path, &error);

  g_assert_no_error (error);
  lw_calibration_file_apply (file, self->profile, &self->arm.setup.calibration, &self->arm.setup.limits, &error);
  g_assert_no_error (error);
  lw_calibration_file_free (file);
  lw_arm_free (self->arm.arm);
  self->arm.arm = lw_arm_new (&self->arm.setup);
  g_assert_nonnull (self->arm.arm);
}

/* As the window does it: all read and judged, then written one after the other, and kept in the file as it is now. */
static void
store_in_servos (Bench *self)
{
  g_autoptr (GError) error = NULL;
  LwCalibrationFile *file = lw_calibration_file_load (self->path, &error);
  LwServoBus        *bus = open_bus (self);
  LwServoStored      held[N], wanted[N], again[N];

  read_stored (self, bus, held);
  for (size_t j = 0; j < N; j++)
    {
      LwCalibratedJoint after;

      lw_calibration_file_to_stored (file, j, self->profile->protocol, &held[j], &wanted[j], &after, &error);
      g_assert_no_error (error);
      g_assert_cmpint (bus->klass->write_stored (bus, j, &wanted[j], soon (self)), ==, LW_BUS_OK);
      file->joints[j] = after;
    }
  g_assert_true (lw_calibration_file_save (file, self->path, &error));

  /* It outlasts the power, and is what the file says. */
  power_cycle (self);
  self->arm.clock.now_ns += 3000 * MS;
  lw_sim_bus_advance (self->arm.sim, self->arm.clock.now_ns);
  read_stored (self, bus, again);
  g_assert_cmpuint (lw_calibration_file_differs (file, again, NULL), ==, 0);
  g_assert_cmpuint (lw_calibration_file_differs (file, held, NULL), >, 0);
  for (size_t j = 0; j < N; j++)
    lw_assert_close (again[j].offset, wanted[j].offset, 0, 1e-9);
  lw_servo_bus_free (bus);
  lw_calibration_file_free (file);
}

/* To both ends of each joint's travel, as far as the table lets it. */
static void
assert_moves_right (Bench *self)
{
  static const double share[N][2] = { { 0.03, 0.97 }, { 0.03, 0.6 }, { 0.03, 0.85 }, { 0.03, 0.97 }, { 0.03, 0.97 }, { 0.03, 0.97 } };
  double target[LW_MAX_JOINTS], truth[LW_MAX_JOINTS];

  grasp (self, false);
  fixture_arm (&self->arm);
  for (size_t j = 0; j < N; j++)
    for (int side = 0; side < 3; side++)
      {
        double lower = self->arm.setup.limits.q_min[j], upper = self->arm.setup.limits.q_max[j];

        lw_arm_get_start (self->arm.arm, target);
        target[j] = side < 2 ? lower + share[j][side] * (upper - lower) : lw_arm_model_joints (self->arm.model)[j].home;
        g_assert_true (lw_arm_move_to (self->arm.arm, target, NULL));
        fixture_run (&self->arm, 2.5);
        g_assert_cmpint (fixture_state (&self->arm).mode, ==, LW_MODE_ARMED);
        lw_sim_bus_truth (self->arm.sim, truth, NULL);
        lw_assert_close (truth[j], target[j], 0, 0.02);
        lw_assert_close (fixture_state (&self->arm).q[j], truth[j], 0, 3 * TICK);
      }
}

/* 19. Swept across the encoders' jumps, with the power cut in between; stored in the servos, read back; the arm then goes where it is told. */
static void
test_calibrate (gconstpointer data)
{
  static Bench       bench;
  LwCalibrationSweep sweep;
  LwCalibration      calibration;
  LwCalibrationFile *file;
  LwRng              rng;
  const bool         flip[N] = { [REVERSED] = true }; /* what the sign check against the picture says */
  double             lower[N], upper[N];
  size_t             from, n_jumped = 0;

  lw_rng_init (&rng, 19, LW_RNG_TEST, 0, 0);
  bench_open (&bench, protocol_of (data));
  from = bus_tap_count (&bench.arm.tap);
  connect (&bench);
  lw_calibration_sweep_init (&sweep, bench.profile);
  for (size_t j = 0; j < N; j++)
    {
      g_assert_false (lw_calibration_sweep_done (&sweep));
      sweep_joint (&bench, &sweep, j, j == 1);
      n_jumped += sweep.joints[j].jumped;
    }
  g_test_message ("%zu encoders jumped", n_jumped);
  g_assert_cmpuint (n_jumped, >=, protocol_of (data) == LW_PROTOCOL_FEETECH ? 5 : 1); /* limp Dynamixel servos count on, until their power is cut */
  g_assert_true (lw_calibration_sweep_done (&sweep));
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, bench.profile, flip, NULL, &calibration, lower, upper, NULL), ==, LW_OK);
  for (size_t j = 0; j < N; j++)
    {
      lw_assert_close (lower[j], bench.profile->joints[j].lower, 0, 2 * TICK);
      lw_assert_close (upper[j], bench.profile->joints[j].upper, 0, 2 * TICK);
      g_assert_cmpfloat (calibration.sign[j], ==, j == REVERSED ? -1 : 1);
    }
  lw_arm_disconnect (bench.arm.arm);
  g_assert_cmpuint (bus_tap_writes (&bench.arm.tap, from), ==, 0);

  file = lw_calibration_file_new (bench.profile, &calibration, lower, upper, NULL, NULL, NULL);
  g_assert_true (lw_calibration_file_save (file, bench.path, NULL));
  lw_calibration_file_free (file);
  use_file (&bench);
  connect (&bench);
  assert_reads_right (&bench, &rng, 60);
  /* One-turn servos would go the long way round: they are not powered before an offset is stored. */
  g_assert_false (lw_arm_request (bench.arm.arm, LW_REQUEST_HOLD, NULL));
  lw_arm_disconnect (bench.arm.arm);
  g_assert_cmpuint (bus_tap_writes (&bench.arm.tap, from), ==, 0);

  store_in_servos (&bench);
  use_file (&bench);
  connect (&bench);
  assert_reads_right (&bench, &rng, 60);
  hold_at (&bench, (double[]){ 0, 0, 0, 0, 0, 0.5 });
  fixture_run (&bench.arm, 0.2);
  assert_moves_right (&bench);
  bench_close (&bench);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/19-cancel-changes-nothing", test_cancel },
    { "/product/19-across-the-jump", test_calibrate },
  };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
