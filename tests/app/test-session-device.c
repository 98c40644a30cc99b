/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session with an arm on a pseudo-terminal: looked for, connected, calibrated, given other limits, unplugged and plugged in again; and what is said when that fails. */
#include <glib/gstdio.h>
#include <math.h>
#include <pty.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lw-device-memory.h"
#include "lw-session.h"

#define ARM "desk-6"

typedef struct {
  LwSession    *session;
  char         *folder;   /* everything a person's programs keep */
  char         *link;     /* the name of the port, whatever it is at the moment */
  LwArmProfile *profile;
  LwArmModel   *model;
  LwSimBus     *simulator;
  int           slave;    /* kept open, so that the simulator's end stays */
  gint          writes;
  GPtrArray    *said;     /* messages, and headlines with their details */
} Fixture;

static void
on_said (LwSession *session, const char *text, const char *more, GPtrArray *said)
{
  g_ptr_array_add (said, g_strjoin ("\n", text, more, NULL));
}

static void
count_write (const LwSimPacket *packet, void *data)
{
  if ((packet->instruction >= 0x03 && packet->instruction <= 0x10) || packet->instruction == 0x83 || packet->instruction == 0x93)
    g_atomic_int_inc (&((Fixture *) data)->writes);
}

/* ---- the cable ---- */

static void
plug_in (Fixture *f)
{
  char path[64];
  int master;

  g_assert_cmpint (openpty (&master, &f->slave, path, NULL, NULL), ==, 0);
  g_unlink (f->link);
  g_assert_cmpint (symlink (path, f->link), ==, 0);
  g_assert_true (lw_sim_bus_serve (f->simulator, master, NULL));
}

static void
pull_out (Fixture *f)
{
  g_unlink (f->link);
  lw_sim_bus_disconnect (f->simulator);
  close (f->slave);
  f->slave = -1;
}

/* ---- a person's session ---- */

static LwSession *
new_session (Fixture *f)
{
  LwSession *session = lw_session_new ();

  g_signal_connect (session, "message", G_CALLBACK (on_said), f->said);
  g_signal_connect (session, "details", G_CALLBACK (on_said), f->said);
  return session;
}

static void
end_session (LwSession *session)
{
  lw_session_shut_down (session);
  /* A worker lets go of its GTask, and so of the session, a moment after the task has ended here. */
  for (int i = 0; i < 200 && g_atomic_int_get (&G_OBJECT (session)->ref_count) > 1; i++)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_usleep (10000);
    }
  g_assert_finalize_object (session);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (LwDevice) device = { 0 };
  LwSimBusConfig config;
  uint8_t ids[LW_MAX_JOINTS];

  /* All tests share the folder that main() made; what one keeps is gone before the next. */
  f->folder = g_build_filename (g_get_user_data_dir (), "lampwork", NULL);
  f->link = g_build_filename (g_get_user_data_dir (), "port", NULL);
  f->said = g_ptr_array_new_with_free_func (g_free);
  f->profile = lw_device_find_profile (ARM, &error);
  g_assert_no_error (error);
  lw_device_init (&device);
  device.profile = lw_arm_profile_copy (f->profile);
  f->model = lw_device_load_model (&device, &error);
  g_assert_no_error (error);
  for (size_t j = 0; j < f->profile->n_joints; j++)
    ids[j] = f->profile->joints[j].id;
  lw_sim_bus_config_init (&config);
  config.model = f->model;
  config.ids = ids;
  f->simulator = lw_sim_bus_new (&config);
  lw_sim_bus_set_tap (f->simulator, count_write, f);
  plug_in (f);
  f->session = new_session (f);
}

static void
remove_folder (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_assert_cmpint (g_unlink (child), ==, 0);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  end_session (f->session);
  pull_out (f);
  lw_sim_bus_free (f->simulator);
  lw_arm_model_unref (f->model);
  lw_arm_profile_free (f->profile);
  remove_folder (f->folder);
  g_ptr_array_unref (f->said);
  g_free (f->folder);
  g_free (f->link);
}

/* ---- waiting ---- */

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static const char *
last_said (Fixture *f)
{
  return f->said->len > 0 ? g_ptr_array_index (f->said, f->said->len - 1) : "nothing";
}

/* Turns the main loop until @condition holds; a minute is what only a hung program needs. */
#define wait_for(condition)                                                                     \
  do                                                                                            \
    {                                                                                           \
      gint64 wait_end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;                          \
      guint wait_source = g_timeout_add (10, wake, NULL);                                       \
      while (!(condition) && g_get_monotonic_time () < wait_end)                                \
        g_main_context_iteration (NULL, TRUE);                                                  \
      g_source_remove (wait_source);                                                            \
      if (!(condition))                                                                         \
        g_error ("waited a minute in vain for %s; last said: %s", #condition, last_said (f));   \
    }                                                                                           \
  while (0)

static void
run_for (double seconds)
{
  gint64 end = g_get_monotonic_time () + (gint64) (seconds * 1e6);
  guint source = g_timeout_add (5, wake, NULL);

  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

static void
begin_connecting (Fixture *f, LwSession *session, const char *port)
{
  g_auto (LwDevice) device = { 0 };

  lw_device_init (&device);
  device.profile = lw_arm_profile_copy (lw_session_find_profile (session, ARM));
  device.port = g_strdup (port);
  lw_session_connect (session, &device);
  g_assert_true (lw_session_is_connecting (session));
}

static gboolean
is_steady (LwSession *session, gboolean connected)
{
  return lw_session_is_connected (session) == connected && !lw_session_is_connecting (session);
}

static const LwArmState *
state_of (LwSession *session)
{
  return lw_session_get_arm_state (session);
}

static void
connect_arm (Fixture *f, LwSession *session)
{
  begin_connecting (f, session, f->link);
  wait_for (is_steady (session, TRUE) && state_of (session)->limp);
}

static void
leave_arm (Fixture *f, LwSession *session)
{
  lw_session_disconnect (session);
  wait_for (is_steady (session, FALSE));
}

/* ---- connecting ---- */

static void
test_connect (Fixture *f, gconstpointer data)
{
  double truth[LW_MAX_JOINTS];

  connect_arm (f, f->session);
  g_assert_cmpstr (lw_session_get_device_name (f->session), ==, f->link);
  g_assert_false (lw_session_is_simulated (f->session));
  g_assert_cmpint (lw_session_get_protocol (f->session), ==, LW_PROTOCOL_DYNAMIXEL);
  lw_sim_bus_truth (f->simulator, truth, NULL);
  for (size_t j = 0; j < f->profile->n_joints; j++)
    g_assert_cmpfloat_with_epsilon (state_of (f->session)->q[j], truth[j], 0.01);
  leave_arm (f, f->session);
  g_assert_cmpstr (lw_session_get_device_name (f->session), ==, "Disconnected");
  g_assert_cmpint (g_atomic_int_get (&f->writes), ==, 0);
  g_assert_cmpuint (f->said->len, ==, 0);
}

/* What is said names the port, and one thing to do; the next attempt works. */
static void
test_no_port (Fixture *f, gconstpointer data)
{
  begin_connecting (f, f->session, "/dev/there-is-none");
  wait_for (is_steady (f->session, FALSE));
  g_assert_cmpuint (f->said->len, ==, 1);
  g_assert_nonnull (strstr (last_said (f), "/dev/there-is-none"));
  g_assert_nonnull (strstr (last_said (f), "Plug the adapter in"));
  connect_arm (f, f->session);
}

static void
test_no_permission (Fixture *f, gconstpointer data)
{
  if (geteuid () == 0)
    {
      g_test_skip ("root may open every port");
      return;
    }
  g_assert_cmpint (chmod (f->link, 0), ==, 0);
  begin_connecting (f, f->session, f->link);
  wait_for (is_steady (f->session, FALSE));
  g_assert_cmpuint (f->said->len, ==, 1);
  g_assert_nonnull (strstr (last_said (f), "dialout"));
  g_assert_cmpint (chmod (f->link, 0600), ==, 0);
}

static void
test_silent (Fixture *f, gconstpointer data)
{
  lw_sim_bus_set_faults (f->simulator, LW_SIM_FAULT_SILENT);
  begin_connecting (f, f->session, f->link);
  wait_for (is_steady (f->session, FALSE));
  g_assert_cmpuint (f->said->len, ==, 1);
  g_assert_nonnull (strstr (last_said (f), "No servo answers"));
  lw_sim_bus_set_faults (f->simulator, LW_SIM_FAULT_NONE);
  connect_arm (f, f->session);
}

/* ---- scanning ---- */

static void
test_scan (Fixture *f, gconstpointer data)
{
  LwArmProfile *other = lw_arm_profile_copy (f->profile);
  GArray *found = lw_session_get_found (f->session);
  const LwTrouble *trouble;

  lw_session_scan (f->session, f->link, 1u << LW_PROTOCOL_DYNAMIXEL, 0, f->profile);
  g_assert_true (lw_session_is_scanning (f->session));
  {
    /* Not while the line is looked at. */
    g_auto (LwDevice) device = { 0 };

    lw_device_init (&device);
    device.profile = lw_arm_profile_copy (f->profile);
    device.port = g_strdup (f->link);
    lw_session_connect (f->session, &device);
    g_assert_false (lw_session_is_connecting (f->session));
  }
  wait_for (!lw_session_is_scanning (f->session));
  g_assert_cmpuint (found->len, ==, f->profile->n_joints);
  for (guint i = 0; i < found->len; i++)
    g_assert_cmpuint (g_array_index (found, LwFoundServo, i).identity.id, ==, f->profile->joints[i].id);
  g_assert_cmpuint (lw_session_get_scan_troubles (f->session)->len, ==, 0);
  g_assert_cmpuint (lw_session_get_found_baud (f->session, f->link, f->profile), ==, 0); /* where the profile says */

  other->joints[2].id = 29;
  lw_session_scan (f->session, f->link, 1u << LW_PROTOCOL_DYNAMIXEL, 0, other);
  lw_arm_profile_free (other);
  wait_for (!lw_session_is_scanning (f->session));
  g_assert_cmpuint (lw_session_get_scan_troubles (f->session)->len, ==, 1);
  trouble = g_ptr_array_index (lw_session_get_scan_troubles (f->session), 0);
  g_assert_cmpint (trouble->kind, ==, LW_TROUBLE_MISSING_ID);
  g_assert_nonnull (strstr (trouble->what, "29"));
  g_assert_cmpint (g_atomic_int_get (&f->writes), ==, 0);
  g_assert_cmpuint (f->said->len, ==, 0);
}

/* At any moment; then a new one works, and one that is going on does not keep the program from ending. */
static void
test_cancel_scan (Fixture *f, gconstpointer data)
{
  lw_sim_bus_set_faults (f->simulator, LW_SIM_FAULT_SILENT); /* nobody: it takes as long as it can */
  for (int i = 0; i < 8; i++)
    {
      gint64 from;

      lw_session_scan (f->session, f->link, 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH, 0, NULL);
      run_for (0.03 * i);
      from = g_get_monotonic_time ();
      lw_session_cancel_scan (f->session);
      wait_for (!lw_session_is_scanning (f->session));
      g_assert_cmpint (g_get_monotonic_time () - from, <, 3 * G_USEC_PER_SEC);
      g_assert_cmpuint (f->said->len, ==, 0); /* the person knows */
    }
  lw_sim_bus_set_faults (f->simulator, LW_SIM_FAULT_NONE);
  lw_session_scan (f->session, f->link, 1u << LW_PROTOCOL_DYNAMIXEL, 0, NULL);
  wait_for (!lw_session_is_scanning (f->session));
  g_assert_cmpuint (lw_session_get_found (f->session)->len, ==, f->profile->n_joints);
  lw_session_scan (f->session, f->link, 1u << LW_PROTOCOL_FEETECH, 0, NULL);
}

/* ---- what is changed ---- */

static void
test_calibrate (Fixture *f, gconstpointer data)
{
  g_autofree char *key = lw_device_key (f->link, lw_session_get_ports (f->session));
  g_autoptr (LwKnownArm) known = NULL;
  LwCalibration calibration;
  double lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS], before;
  LwSession *other;

  lw_arm_profile_calibration (f->profile, &calibration);
  calibration.sign[0] = -calibration.sign[0];
  calibration.zero[0] += 0.1;
  for (size_t j = 0; j < f->profile->n_joints; j++)
    {
      lower[j] = 0.9 * f->profile->joints[j].lower;
      upper[j] = 0.9 * f->profile->joints[j].upper;
    }
  lw_session_calibrate (f->session, &calibration, lower, upper, FALSE);
  g_assert_cmpuint (f->said->len, ==, 1); /* without an arm: it says so */

  connect_arm (f, f->session);
  before = state_of (f->session)->angle[0];
  lw_session_calibrate (f->session, &calibration, lower, upper, FALSE);
  g_assert_true (lw_session_is_connecting (f->session));
  wait_for (f->said->len == 2 && is_steady (f->session, TRUE) && state_of (f->session)->limp);
  g_assert_cmpint (g_atomic_int_get (&f->writes), ==, 0);
  g_assert_cmpfloat_with_epsilon (state_of (f->session)->q[0], calibration.sign[0] * (before - calibration.zero[0]), 0.01);
  g_assert_cmpfloat_with_epsilon (lw_arm_get_limits (lw_session_get_arm (f->session))->q_max[1], upper[1], 1e-9);
  known = lw_device_memory_find (key, NULL);
  g_assert_nonnull (known);
  g_assert_true (g_file_test (known->calibration, G_FILE_TEST_IS_REGULAR));
  leave_arm (f, f->session);

  other = new_session (f);
  connect_arm (f, other);
  g_assert_cmpfloat_with_epsilon (state_of (other)->q[0], calibration.sign[0] * (before - calibration.zero[0]), 0.01);
  end_session (other);

  /* A wider one than the one before. */
  connect_arm (f, f->session);
  for (size_t j = 0; j < f->profile->n_joints; j++)
    upper[j] = 0.95 * f->profile->joints[j].upper;
  lw_session_calibrate (f->session, &calibration, lower, upper, FALSE);
  wait_for (f->said->len == 3 && is_steady (f->session, TRUE));
  g_assert_cmpfloat_with_epsilon (lw_arm_get_limits (lw_session_get_arm (f->session))->q_max[1], upper[1], 1e-9);
}

/* Kept in the servos as well: they are written to, and the next connection reads the same angles. */
static void
test_calibrate_servos (Fixture *f, gconstpointer data)
{
  LwCalibration calibration;
  double lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS], before[LW_MAX_JOINTS];

  connect_arm (f, f->session);
  lw_arm_profile_calibration (f->profile, &calibration);
  memcpy (before, state_of (f->session)->q, sizeof before);
  for (size_t j = 0; j < f->profile->n_joints; j++)
    {
      lower[j] = f->profile->joints[j].lower;
      upper[j] = f->profile->joints[j].upper;
    }
  lw_session_calibrate (f->session, &calibration, lower, upper, TRUE);
  wait_for (f->said->len == 1 && is_steady (f->session, TRUE) && state_of (f->session)->limp);
  g_assert_nonnull (strstr (last_said (f), "Calibrated"));
  g_assert_cmpint (g_atomic_int_get (&f->writes), >, 0);
  for (size_t j = 0; j < f->profile->n_joints; j++)
    g_assert_cmpfloat_with_epsilon (state_of (f->session)->q[j], before[j], 0.01);
}

static void
test_change_profile (Fixture *f, gconstpointer data)
{
  LwArmProfile *profile;
  char before[5];

  connect_arm (f, f->session);
  g_strlcpy (before, state_of (f->session)->code, sizeof before);
  profile = lw_arm_profile_copy (lw_session_get_device (f->session)->profile);
  profile->joints[1].v_max *= 0.5;
  lw_session_change_profile (f->session, profile);
  g_assert_true (lw_session_is_connecting (f->session));
  wait_for (is_steady (f->session, TRUE) && state_of (f->session)->limp);
  g_assert_cmpstr (state_of (f->session)->code, !=, before);
  g_assert_cmpfloat (lw_arm_get_limits (lw_session_get_arm (f->session))->v_max[1], ==, profile->joints[1].v_max);
  g_assert_cmpfloat (lw_session_find_profile (f->session, ARM)->joints[1].v_max, ==, profile->joints[1].v_max);
  lw_arm_profile_free (profile);
  g_assert_cmpint (g_atomic_int_get (&f->writes), ==, 0);
  g_assert_cmpuint (f->said->len, ==, 0);
}

/* ---- the cable ---- */

static void
test_reconnect (Fixture *f, gconstpointer data)
{
  connect_arm (f, f->session);
  pull_out (f);
  wait_for (state_of (f->session)->mode == LW_MODE_FAULT);
  g_assert_cmpstr (lw_session_get_device_name (f->session), ==, "Disconnected");
  run_for (1.5);
  g_assert_null (lw_session_get_found_port (f->session));
  plug_in (f);
  wait_for (lw_session_get_found_port (f->session) != NULL);
  lw_session_reconnect (f->session);
  wait_for (is_steady (f->session, TRUE) && state_of (f->session)->mode == LW_MODE_CONNECTED);
  g_assert_null (lw_session_get_found_port (f->session));

  /* One that is left while it is missing is not offered again. */
  pull_out (f);
  wait_for (state_of (f->session)->mode == LW_MODE_FAULT);
  leave_arm (f, f->session);
  plug_in (f);
  lw_session_refresh_ports (f->session);
  run_for (0.5);
  g_assert_null (lw_session_get_found_port (f->session));
  connect_arm (f, f->session);
}

/* The program ends while a worker is at it. */
static void
test_end_while_connecting (Fixture *f, gconstpointer data)
{
  begin_connecting (f, f->session, f->link);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("lampwork-device-XXXXXX", NULL);
  int code;

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/session/device/connect", test_connect);
  ADD ("/session/device/no-port", test_no_port);
  ADD ("/session/device/no-permission", test_no_permission);
  ADD ("/session/device/silent", test_silent);
  ADD ("/session/device/scan", test_scan);
  ADD ("/session/device/cancel-scan", test_cancel_scan);
  ADD ("/session/device/calibrate", test_calibrate);
  ADD ("/session/device/calibrate-servos", test_calibrate_servos);
  ADD ("/session/device/change-profile", test_change_profile);
  ADD ("/session/device/reconnect", test_reconnect);
  ADD ("/session/device/end-while-connecting", test_end_while_connecting);
#undef ADD
  code = g_test_run ();
  remove_folder (home);
  return code;
}
