/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices on the simulated bus in real time: directly, on a pseudo-terminal, and behind a network bridge played by this program. */
#include <arpa/inet.h>
#include <glib.h>
#include <math.h>
#include <pty.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lw-calibration-file.h"
#include "lw-device.h"
#include "lw-transport-fault.h"

static void
take_profile (LwDevice *device, const char *id)
{
  g_autoptr (GError) error = NULL;

  lw_device_init (device);
  device->profile = lw_device_find_profile (id, &error);
  g_assert_no_error (error);
}

/* Where the arm says it is, is where it is. */
static void
assert_measures (const LwDeviceArm *arm, LwSimBus *simulator)
{
  double truth[LW_MAX_JOINTS];
  LwArmState state;

  lw_arm_get_state (arm->arm, &state);
  lw_sim_bus_truth (simulator, truth, NULL);
  g_assert_cmpint (state.mode, ==, LW_MODE_CONNECTED);
  g_assert_cmpuint (state.n_joints, ==, lw_arm_model_n_joints (arm->model));
  for (size_t j = 0; j < state.n_joints; j++)
    g_assert_cmpfloat_with_epsilon (state.q[j], truth[j], 2e-3);
}

typedef struct {
  gint  samples;
  guint writes, packets;
} Seen;

static void
count_sample (const LwSample *sample, void *data)
{
  (void) sample;
  g_atomic_int_inc (&((Seen *) data)->samples);
}

static void
count_packet (const LwSimPacket *packet, void *data)
{
  Seen *seen = data;

  seen->packets++;
  /* Both protocols number these alike: write, reg write, action, recovery, reboot, sync write, bulk write. */
  seen->writes += (packet->instruction >= 0x03 && packet->instruction <= 0x10) || packet->instruction == 0x83 || packet->instruction == 0x93;
}

static void
test_simulated (void)
{
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  const LwDeviceHooks hooks = { .sink = count_sample, .sink_data = &seen, .tap = count_packet, .tap_data = &seen };
  LwDeviceArm arm;

  take_profile (&device, "desk-6");
  device.rate_hz = 200.0;
  lw_device_connect (&device, NULL, &hooks, &arm, &error);
  g_assert_no_error (error);
  g_assert_nonnull (arm.simulator);
  assert_measures (&arm, arm.simulator);
  g_assert_cmpfloat (lw_arm_get_rate (arm.arm), ==, 200.0);
  for (size_t j = 0; j < device.profile->n_joints; j++)
    {
      g_assert_cmpfloat (lw_arm_get_limits (arm.arm)->q_min[j], ==, device.profile->joints[j].lower);
      g_assert_cmpfloat (lw_arm_get_limits (arm.arm)->v_max[j], ==, device.profile->joints[j].v_max);
    }
  for (int i = 0; i < 500 && g_atomic_int_get (&seen.samples) < 5; i++)
    g_usleep (2000);
  g_assert_cmpint (g_atomic_int_get (&seen.samples), >=, 5);
  g_assert_cmpstr (lw_device_get_name (&device), ==, "Simulated arm");
  lw_device_arm_clear (&arm);
  g_assert_null (arm.arm);
  g_assert_cmpuint (seen.packets, >, 5);
  g_assert_cmpuint (seen.writes, ==, 0); /* connecting and leaving a limp arm writes nothing */
  lw_device_arm_clear (&arm);
}

/* Every profile there is: its model fits it, it can be simulated, its servos are those it names, and connecting writes nothing. */
static void
test_every_profile (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) profiles = lw_device_profiles (problems);

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (profiles->len, >=, 4);
  for (guint i = 0; i < profiles->len; i++)
    {
      g_auto (LwDevice) device = { 0 };
      g_autoptr (GError) error = NULL;
      Seen seen = { 0 };
      const LwDeviceHooks hooks = { .tap = count_packet, .tap_data = &seen };
      LwDeviceArm arm;

      lw_device_init (&device);
      device.profile = lw_arm_profile_copy (g_ptr_array_index (profiles, i));
      g_test_message ("%s", device.profile->id);
      lw_device_connect (&device, NULL, &hooks, &arm, &error);
      g_assert_no_error (error);
      assert_measures (&arm, arm.simulator);
      for (size_t j = 0; j < device.profile->n_joints; j++)
        {
          const LwProfileJoint *joint = &device.profile->joints[j];

          g_assert_cmpuint (lw_arm_get_identities (arm.arm)[j].id, ==, joint->id);
          if (joint->n_models > 0)
            g_assert_cmpuint (lw_arm_get_identities (arm.arm)[j].model, ==, joint->models[0]);
        }
      lw_device_arm_clear (&arm);
      g_assert_cmpuint (seen.writes, ==, 0);
    }
}

/* A simulator of @device's arm that somebody else runs, as lampwork-sim does. */
static LwSimBus *
simulator_of (const LwDevice *device, LwArmModel *model)
{
  LwSimBusConfig config;
  uint8_t ids[LW_MAX_JOINTS];

  for (size_t j = 0; j < device->profile->n_joints; j++)
    ids[j] = device->profile->joints[j].id;
  lw_sim_bus_config_init (&config);
  config.model = model;
  config.ids = ids;
  return lw_sim_bus_new (&config);
}

static void
test_port (void)
{
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) error = NULL;
  char path[64];
  int master, slave;
  LwArmModel *model;
  LwSimBus *simulator;
  LwDeviceArm arm;

  take_profile (&device, "desk-6");
  model = lw_device_load_model (&device, &error);
  g_assert_no_error (error);
  simulator = simulator_of (&device, model);
  g_assert_cmpint (openpty (&master, &slave, path, NULL, NULL), ==, 0);
  g_assert_true (lw_sim_bus_serve (simulator, master, NULL));
  device.port = g_strdup (path);
  lw_device_connect (&device, model, NULL, &arm, &error);
  g_assert_no_error (error);
  g_assert_null (arm.simulator);
  g_assert_true (arm.model == model);
  assert_measures (&arm, simulator);
  g_assert_cmpstr (lw_device_get_name (&device), ==, path);
  lw_device_arm_clear (&arm);
  lw_sim_bus_free (simulator);
  close (slave);
  lw_arm_model_unref (model);
}

typedef struct {
  LwSimBus *simulator;
  int       listener;
} Bridge;

static gpointer
serve_one (gpointer data)
{
  Bridge *bridge = data;
  int fd = accept (bridge->listener, NULL, NULL);

  g_assert_true (fd >= 0 && lw_sim_bus_serve (bridge->simulator, fd, NULL));
  return NULL;
}

static void
test_bridge (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) error = NULL;
  LwArmModel *model;
  LwDeviceArm arm;
  GThread *thread;
  Bridge bridge;

  take_profile (&device, "planar-2");
  model = lw_device_load_model (&device, NULL);
  bridge.simulator = simulator_of (&device, model);
  bridge.listener = socket (AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint (bind (bridge.listener, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (listen (bridge.listener, 1), ==, 0);
  g_assert_cmpint (getsockname (bridge.listener, (struct sockaddr *) &address, &size), ==, 0);
  thread = g_thread_new ("bridge", serve_one, &bridge);
  device.port = g_strdup_printf ("tcp:127.0.0.1:%d", ntohs (address.sin_port));
  lw_device_connect (&device, model, NULL, &arm, &error);
  g_assert_no_error (error);
  assert_measures (&arm, bridge.simulator);
  lw_device_arm_clear (&arm);
  g_thread_join (thread);
  lw_sim_bus_free (bridge.simulator);
  close (bridge.listener);
  lw_arm_model_unref (model);
}

/* A calibration of the person's own stands before the profile's. */
static void
test_calibration (void)
{
  g_auto (LwDevice) device = { 0 };
  LwArmModel *model;
  LwCalibration calibration;
  LwArmSetup own, profile, simulated;

  take_profile (&device, "desk-6");
  model = lw_device_load_model (&device, NULL);
  lw_device_setup (&device, model, &simulated);
  lw_calibration_centre (model, &calibration);
  g_assert_cmpmem (&simulated.calibration, sizeof calibration, &calibration, sizeof calibration);
  device.port = g_strdup ("/dev/ttyUSB0");
  lw_device_setup (&device, model, &profile);
  lw_arm_profile_calibration (device.profile, &calibration);
  g_assert_cmpmem (&profile.calibration, sizeof calibration, &calibration, sizeof calibration);
  calibration.zero[2] = 0.25;
  calibration.sign[2] = -1.0;
  lw_device_set_calibration (&device, &calibration);
  lw_device_setup (&device, model, &own);
  g_assert_cmpmem (&own.calibration, sizeof calibration, &calibration, sizeof calibration);
  lw_device_set_calibration (&device, NULL);
  lw_device_setup (&device, model, &own);
  g_assert_cmpfloat (own.calibration.zero[2], ==, device.profile->joints[2].zero);
  lw_arm_model_unref (model);
}

/* One that is kept in a file: angles, and limits narrowed to the travel; a file for another arm changes nothing. */
static void
test_calibration_file (void)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "calibration.json", NULL);
  g_auto (LwDevice) device = { 0 }, other = { 0 };
  g_autoptr (GError) error = NULL;
  double lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS];
  LwCalibration calibration;
  LwCalibrationFile *file;

  take_profile (&device, "desk-6");
  take_profile (&other, "planar-2");
  lw_arm_profile_calibration (device.profile, &calibration);
  calibration.zero[1] += 0.125;
  for (size_t j = 0; j < device.profile->n_joints; j++)
    {
      lower[j] = device.profile->joints[j].lower + 0.01;
      upper[j] = device.profile->joints[j].upper - 0.02;
    }
  file = lw_calibration_file_new (device.profile, &calibration, lower, upper, NULL, NULL, NULL);
  g_assert_true (lw_calibration_file_save (file, path, NULL));
  lw_calibration_file_free (file);

  g_assert_true (lw_device_use_calibration (&device, path, NULL));
  g_assert_cmpfloat_with_epsilon (device.calibration->zero[1], calibration.zero[1], 1e-9);
  for (size_t j = 0; j < device.profile->n_joints; j++)
    {
      g_assert_cmpfloat_with_epsilon (device.profile->joints[j].lower, lower[j], 1e-9);
      g_assert_cmpfloat_with_epsilon (device.profile->joints[j].upper, upper[j], 1e-9);
    }
  g_assert_false (lw_device_use_calibration (&other, path, &error));
  g_assert_true (error->domain == LW_PROFILE_ERROR);
  g_assert_null (other.calibration);
  g_assert_false (lw_device_use_calibration (&other, "/nowhere.json", NULL));
  unlink (path);
}

static LwTransport *
break_line (LwTransport *transport, void *data)
{
  return lw_transport_fault_new (transport, data);
}

/* What is put round the line is in the way of everything; nothing is left open when it fails. */
static void
test_wrap (void)
{
  static LwTransportFaults dead = { .lost = 1.0 }, pulled = { .hang_up_after = 2 };
  const LwDeviceHooks silent = { .wrap = break_line, .wrap_data = &dead }, broken = { .wrap = break_line, .wrap_data = &pulled };
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) first = NULL, second = NULL;
  LwDeviceArm arm = { 0 };

  take_profile (&device, "planar-2");
  g_assert_false (lw_device_connect (&device, NULL, &silent, &arm, &first));
  g_assert_error (first, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  g_assert_null (arm.model);
  g_assert_null (arm.simulator);
  g_assert_null (arm.arm);
  g_assert_false (lw_device_connect (&device, NULL, &broken, &arm, &second));
  g_assert_error (second, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  g_assert_nonnull (strstr (second->message, "hung up"));
}

static void
test_refused (void)
{
  g_auto (LwDevice) device = { 0 };
  g_autoptr (GError) no_port = NULL, rate = NULL, unknown = NULL, mismatch = NULL, file = NULL;
  LwDeviceArm arm = { 0 };

  take_profile (&device, "planar-2");
  device.port = g_strdup ("/dev/lampwork-no-such-port");
  g_assert_false (lw_device_connect (&device, NULL, NULL, &arm, &no_port));
  g_assert_error (no_port, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND);
  g_clear_pointer (&device.port, g_free);
  device.rate_hz = NAN;
  g_assert_false (lw_device_connect (&device, NULL, NULL, &arm, &rate));
  g_assert_error (rate, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE);
  device.rate_hz = 100.0;
  device.profile->n_joints = 1;
  g_assert_false (lw_device_connect (&device, NULL, NULL, &arm, &mismatch));
  g_assert_error (mismatch, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE);
  device.profile->n_joints = 2;
  g_free (device.profile->model);
  device.profile->model = g_strdup ("/nowhere/arm.xml");
  g_assert_false (lw_device_connect (&device, NULL, NULL, &arm, &file));
  g_assert_error (file, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE);
  g_assert_nonnull (strstr (file->message, "/nowhere/arm.xml"));
  g_assert_null (lw_device_find_profile ("no-such-arm", &unknown));
  g_assert_error (unknown, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE);
  g_assert_nonnull (strstr (unknown->message, "desk-6")); /* says what there is */
}

static void
test_copy (void)
{
  g_auto (LwDevice) device = { 0 }, copy = { 0 };
  LwCalibration calibration;

  take_profile (&device, "desk-6");
  lw_calibration_identity (&calibration);
  lw_device_set_calibration (&device, &calibration);
  device.port = g_strdup ("tcp:here:1");
  device.baud = 57600;
  lw_device_copy (&copy, &device);
  g_assert_cmpstr (copy.port, ==, device.port);
  g_assert_true (copy.port != device.port);
  g_assert_true (copy.profile != device.profile);
  g_assert_true (copy.calibration != device.calibration);
  g_assert_cmpstr (copy.profile->id, ==, "desk-6");
  g_assert_cmpuint (lw_device_get_baud (&copy), ==, 57600);
  copy.baud = 0;
  g_assert_cmpuint (lw_device_get_baud (&copy), ==, 1000000);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("lampwork-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_DATA_HOME", folder, TRUE); /* no profiles of whoever runs this */
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device/simulated", test_simulated);
  g_test_add_func ("/device/every-profile", test_every_profile);
  g_test_add_func ("/device/port", test_port);
  g_test_add_func ("/device/bridge", test_bridge);
  g_test_add_func ("/device/calibration", test_calibration);
  g_test_add_func ("/device/calibration-file", test_calibration_file);
  g_test_add_func ("/device/wrap", test_wrap);
  g_test_add_func ("/device/refused", test_refused);
  g_test_add_func ("/device/copy", test_copy);
  result = g_test_run ();
  rmdir (folder);
  return result;
}
