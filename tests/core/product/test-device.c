/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arms as the programs open them, coming and going: in real time, with the arm's own thread, simulated and on a pseudo-terminal. */
#include <glib/gstdio.h>
#include <math.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "bus-tap.h"
#include "lw-assert-close.h"
#include "lw-calibration-file.h"
#include "lw-device-memory.h"
#include "lw-device.h"
#include "lw-trouble.h"
#include "on-both.h"

#define TICK (2 * G_PI / 4096)
#define MOST_PACKETS 100000

/* desk-6 with servos of either kind. */
static void
take_desk_6 (LwDevice *device, LwProtocol protocol)
{
  g_autoptr (GError) error = NULL;

  lw_device_init (device);
  device->profile = lw_device_find_profile ("desk-6", &error);
  g_assert_no_error (error);
  device->profile->protocol = protocol;
}

static LwArmState
state_of (const LwDeviceArm *arm)
{
  LwArmState state;

  lw_arm_get_state (arm->arm, &state);
  return state;
}

static void
connect_tapped (const LwDevice *device, BusTap *tap, LwDeviceArm *arm)
{
  const LwDeviceHooks hooks = { .tap = bus_tap_note, .tap_data = tap };
  g_autoptr (GError) error = NULL;

  lw_device_connect (device, NULL, &hooks, arm, &error);
  g_assert_no_error (error);
}

/* 4. Opened, looked at, left: nothing is written. */
static void
test_connect (gconstpointer data)
{
  g_auto (LwDevice) device = { 0 };
  BusTap      tap = { .protocol = protocol_of (data) };
  LwDeviceArm arm;

  take_desk_6 (&device, protocol_of (data));
  bus_tap_init (&tap, MOST_PACKETS);
  for (int i = 0; i < 2; i++)
    {
      connect_tapped (&device, &tap, &arm);
      g_usleep (150000);
      g_assert_cmpint (state_of (&arm).mode, ==, LW_MODE_CONNECTED);
      g_assert_true (state_of (&arm).limp);
      lw_device_arm_clear (&arm);
    }
  g_assert_cmpuint (bus_tap_count (&tap), >, 20);
  g_assert_cmpuint (bus_tap_writes (&tap, 0), ==, 0);
  bus_tap_clear (&tap);
}

/* ---- leaving ---- */

static void
arm_it (const LwDeviceArm *arm)
{
  g_autoptr (GError) error = NULL;

  lw_arm_request (arm->arm, LW_REQUEST_HOLD, &error);
  g_assert_no_error (error);
  g_assert_true (lw_arm_wait_mode (arm->arm, LW_MODE_HOLD, 3000));
  lw_arm_request (arm->arm, LW_REQUEST_ARM, &error);
  g_assert_no_error (error);
  g_assert_true (lw_arm_wait_mode (arm->arm, LW_MODE_ARMED, 3000));
  lw_arm_set_speed (arm->arm, 1);
}

/* Joint 0 by @amount and back. */
static void
run_it (const LwDeviceArm *arm, double amount, double seconds)
{
  LwTrajectory *movement = lw_trajectory_new (201, 6);
  double        start[LW_MAX_JOINTS];
  LwPlan       *plan = NULL;

  lw_arm_get_start (arm->arm, start);
  for (size_t i = 0; i < 201; i++)
    {
      movement->t[i] = seconds * (double) i / 200;
      memcpy (lw_mat_row (&movement->q, i), start, 6 * sizeof *start);
      lw_mat_row (&movement->q, i)[0] += amount * pow (sin (G_PI * (double) i / 200), 2);
    }
  g_assert_cmpint (lw_plan_new (lw_arm_get_limits (arm->arm), arm->model, lw_arm_get_rate (arm->arm), start, movement, 1, &plan), ==, LW_OK);
  g_assert_true (lw_arm_run (arm->arm, plan, NULL, NULL));
  g_assert_true (lw_arm_wait_mode (arm->arm, LW_MODE_RUNNING, 1000));
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
}

/* Displaced, still or in the middle of a movement, the arm is left: goals all the way down to rest, then torque off, and nothing after. */
static void
leave (LwProtocol protocol, gboolean running)
{
  g_auto (LwDevice) device = { 0 };
  BusTap             tap = { .protocol = protocol };
  LwDeviceArm        arm;
  LwCalibration      calibration;
  const BusTapEntry *last = NULL;
  const LwJointInfo *joints;
  LwArmModel        *model;
  double             target[LW_MAX_JOINTS];
  size_t             from, off = 0, goal = 0;

  take_desk_6 (&device, protocol);
  bus_tap_init (&tap, MOST_PACKETS);
  connect_tapped (&device, &tap, &arm);
  model = lw_arm_model_ref (arm.model);
  joints = lw_arm_model_joints (model);
  lw_calibration_centre (model, &calibration);
  arm_it (&arm);
  lw_arm_get_start (arm.arm, target);
  target[1] += 0.3;
  g_assert_true (lw_arm_move_to (arm.arm, target, NULL));
  g_usleep (700000);
  if (running)
    {
      run_it (&arm, 0.8, 3);
      g_usleep (700000);
      g_assert_cmpint (state_of (&arm).mode, ==, LW_MODE_RUNNING);
    }
  from = bus_tap_count (&tap);
  lw_device_arm_clear (&arm);

  for (size_t i = from; i < bus_tap_count (&tap); i++)
    {
      const BusTapEntry *entry = &tap.entries[i];

      if (bus_tap_is_goal (entry))
        {
          for (size_t j = 0; last != NULL && j < 6; j++)
            g_assert_cmpfloat (abs (entry->value[j] - last->value[j]) * TICK, <=, joints[j].v_max / 100 + 1.01 * TICK); /* no leap on the way */
          last = entry;
          goal = i;
        }
      if (entry->instruction == 0x83 && entry->address == ADDRESS_TORQUE)
        {
          g_assert_cmpint (entry->value[0], ==, 0);
          off = i;
        }
    }
  g_assert_nonnull (last);
  g_assert_cmpuint (bus_tap_writes_to (&tap, ADDRESS_GOAL, from), >, 20);
  g_assert_cmpuint (off, >, goal);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (lw_calibration_joint (&calibration, j, (last->value[j] - 2048) * TICK), joints[j].home, 0, 0.01);
  lw_arm_model_unref (model);
  bus_tap_clear (&tap);
}

/* 10. Quitting while armed. */
static void
test_leave_armed (gconstpointer data)
{
  leave (protocol_of (data), FALSE);
}

/* 10. Quitting in the middle of a movement. */
static void
test_leave_running (gconstpointer data)
{
  leave (protocol_of (data), TRUE);
}

/* ---- cables ---- */

/* A simulated arm that somebody else's program runs, plugged in at a pseudo-terminal. */
typedef struct {
  LwArmModel *model;
  LwSimBus   *simulator;
  char        path[64];
  int         slave; /* as the system keeps a port */
} Plugged;

static void
plug (Plugged *self, LwProtocol protocol)
{
  int master;

  if (self->simulator == NULL)
    {
      LwSimBusConfig config;
      g_auto (LwDevice) device = { 0 };

      take_desk_6 (&device, protocol);
      self->model = lw_device_load_model (&device, NULL);
      lw_sim_bus_config_init (&config);
      config.model = self->model;
      config.protocol = protocol;
      self->simulator = lw_sim_bus_new (&config);
    }
  g_assert_cmpint (openpty (&master, &self->slave, self->path, NULL, NULL), ==, 0);
  lw_sim_bus_set_faults (self->simulator, LW_SIM_FAULT_NONE);
  g_assert_true (lw_sim_bus_serve (self->simulator, master, NULL));
}

static void
unplug (Plugged *self)
{
  lw_sim_bus_disconnect (self->simulator);
  close (self->slave);
}

static void
plugged_clear (Plugged *self)
{
  unplug (self);
  lw_sim_bus_free (self->simulator);
  lw_arm_model_unref (self->model);
}

static void
assert_words_do_not_simulate (const LwTroubleFacts *facts, const char *path)
{
  g_autoptr (LwTrouble) trouble = lw_trouble_new (facts);

  g_assert_nonnull (strstr (trouble->what, path));
  g_assert_null (strstr (trouble->what, "imulated"));
}

/* 15. The arm behind a port that goes away is at fault, and nobody takes a simulated one in its place: neither its name nor a new attempt to connect. */
static void
test_unplugged (gconstpointer data)
{
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) error = NULL;
  Plugged        plugged = { 0 };
  LwDeviceArm    arm, again;
  LwTroubleFacts facts;
  gint64         begin;

  plug (&plugged, protocol_of (data));
  take_desk_6 (&device, protocol_of (data));
  device.port = g_strdup (plugged.path);
  lw_device_connect (&device, NULL, NULL, &arm, &error);
  g_assert_no_error (error);
  g_assert_null (arm.simulator);
  g_assert_true (lw_arm_request (arm.arm, LW_REQUEST_GUIDE, NULL));
  g_assert_true (lw_arm_wait_mode (arm.arm, LW_MODE_GUIDE, 3000));
  begin = g_get_monotonic_time ();
  unplug (&plugged);
  while (state_of (&arm).mode == LW_MODE_GUIDE && g_get_monotonic_time () - begin < 5 * G_USEC_PER_SEC)
    g_usleep (1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC); /* under the injected clock: 200 ms */
  g_assert_cmpint (state_of (&arm).mode, ==, LW_MODE_FAULT);
  g_assert_cmpint (state_of (&arm).reason, ==, LW_REASON_LINK_LOST);
  g_assert_cmpstr (lw_device_get_name (&device), ==, plugged.path);
  g_assert_true (lw_trouble_from_reason (state_of (&arm).reason, device.port, device.profile, &facts));
  g_assert_cmpint (facts.kind, ==, LW_TROUBLE_CABLE_PULLED);
  assert_words_do_not_simulate (&facts, plugged.path);
  lw_device_arm_clear (&arm);

  g_assert_false (lw_device_connect (&device, NULL, NULL, &again, &error));
  g_assert_true (again.arm == NULL && again.simulator == NULL);
  g_assert_cmpstr (lw_device_get_name (&device), ==, plugged.path);
  lw_trouble_from_error (error, device.port, lw_device_get_baud (&device), device.profile, &facts);
  assert_words_do_not_simulate (&facts, plugged.path);

  /* Plugged in again, it is there again. */
  plug (&plugged, protocol_of (data));
  g_free (device.port);
  device.port = g_strdup (plugged.path);
  g_clear_error (&error);
  lw_device_connect (&device, NULL, NULL, &arm, &error);
  g_assert_no_error (error);
  g_assert_cmpint (state_of (&arm).mode, ==, LW_MODE_CONNECTED);
  lw_device_arm_clear (&arm);
  plugged_clear (&plugged);
}

static void
add_port (GPtrArray *ports, const char *path, const char *serial)
{
  LwPort *port = g_new0 (LwPort, 1);

  port->path = g_strdup (path);
  port->vid = 0x1a86;
  port->pid = 0x55d3;
  port->serial = g_strdup (serial);
  g_ptr_array_add (ports, port);
}

/* Its calibration, of an arm whose horns sit half a radian aside. */
static char *
keep_calibration (const LwDevice *device, const LwCalibration *calibration)
{
  char              *path = g_build_filename (g_get_user_data_dir (), "left.json", NULL);
  double             lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS];
  LwCalibrationFile *file;

  for (size_t j = 0; j < device->profile->n_joints; j++)
    {
      lower[j] = device->profile->joints[j].lower;
      upper[j] = device->profile->joints[j].upper;
    }
  file = lw_calibration_file_new (device->profile, calibration, lower, upper, NULL, NULL, NULL);
  g_assert_true (lw_calibration_file_save (file, path, NULL));
  lw_calibration_file_free (file);
  return path;
}

/* 20. Plugged in again, the arm has another tty, and another arm has its old one: it is found by the USB serial of its adapter, with its name, kind and calibration, and measures
 * what it measured. */
static void
test_replugged (gconstpointer data)
{
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free), after = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
  g_autoptr (LwKnownArm) known = NULL, stranger = NULL;
  g_autofree char *key = NULL, *now = NULL, *other = NULL, *file = NULL, *port = NULL;
  g_auto (LwDevice) device = { 0 }, again = { 0 };
  g_autoptr (GError) error = NULL;
  Plugged       left = { 0 }, right = { 0 };
  LwKnownArm    arm = { .name = (char *) "left arm", .profile = (char *) "desk-6" };
  LwCalibration calibration;
  LwDeviceArm   connected;
  double        q[LW_MAX_JOINTS], truth[LW_MAX_JOINTS];

  plug (&left, protocol_of (data));
  add_port (before, left.path, "5A46082345");
  key = lw_device_key (left.path, before);
  take_desk_6 (&device, protocol_of (data));
  lw_arm_profile_calibration (device.profile, &calibration);
  calibration.zero[2] += 0.5;
  file = keep_calibration (&device, &calibration);
  arm.key = key;
  arm.calibration = file;
  g_assert_true (lw_device_memory_remember (&arm, NULL));

  unplug (&left);
  plug (&right, protocol_of (data)); /* takes the lowest number that is free */
  plug (&left, protocol_of (data));
  g_assert_cmpstr (left.path, !=, right.path);
  add_port (after, right.path, "5A46099999");
  add_port (after, left.path, "5A46082345");
  port = lw_device_port (key, after);
  g_assert_cmpstr (port, ==, left.path);
  now = lw_device_key (left.path, after);
  known = lw_device_memory_find (now, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (known->name, ==, "left arm");
  other = lw_device_key (right.path, after);
  stranger = lw_device_memory_find (other, NULL);
  g_assert_null (stranger);

  lw_device_init (&again);
  again.profile = lw_device_find_profile (known->profile, NULL);
  again.profile->protocol = protocol_of (data);
  again.port = g_strdup (port);
  g_assert_true (lw_device_use_calibration (&again, known->calibration, NULL));
  lw_device_connect (&again, NULL, NULL, &connected, &error);
  g_assert_no_error (error);
  memcpy (q, state_of (&connected).q, sizeof q);
  lw_sim_bus_truth (left.simulator, truth, NULL);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (q[j], truth[j] - (j == 2 ? 0.5 : 0), 0, 2 * TICK);
  lw_device_arm_clear (&connected);
  g_assert_true (lw_device_memory_forget (key, NULL));
  g_unlink (file);
  plugged_clear (&left);
  plugged_clear (&right);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/04-device-writes-nothing", test_connect },
    { "/product/10-leave-armed", test_leave_armed },
    { "/product/10-leave-running", test_leave_running },
    { "/product/15-unplugged", test_unplugged },
    { "/product/20-replugged", test_replugged },
  };
  g_autofree char *folder = g_dir_make_tmp ("lampwork-XXXXXX", NULL), *lampwork = NULL, *ini = NULL;
  int result;

  g_setenv ("XDG_DATA_HOME", folder, TRUE); /* no arms of whoever runs this */
  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  result = g_test_run ();
  lampwork = g_build_filename (folder, "lampwork", NULL);
  ini = g_build_filename (lampwork, "arms.ini", NULL);
  g_unlink (ini);
  g_rmdir (lampwork);
  g_rmdir (folder);
  return result;
}
