/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new calibration of the arm in hand: kept in a file, in the servos too when that is wanted, and in force after the arm was connected again. */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lw-device-memory.h"
#include "lw-session-private.h"

#define STORE_NS (2000 * G_GINT64_CONSTANT (1000000)) /* of each servo: an EEPROM takes its time */

typedef struct {
  LwDevice           device;
  char              *key;    /* of the port */
  LwCalibrationFile *file;
  gboolean           store;
} Work;

static void
work_free (gpointer data)
{
  Work *self = data;

  lw_device_clear (&self->device);
  g_free (self->key);
  lw_calibration_file_free (self->file);
  g_free (self);
}

/* (transfer full) This kind of arm as it is before a calibration narrows its limits to a travel. */
static LwArmProfile *
whole_profile (LwSession *self)
{
  const LwArmProfile *profile = lw_session_find_profile (self, self->device.profile->id);

  return lw_arm_profile_copy (profile != NULL ? profile : self->device.profile);
}

/* All are read and judged before the first is written. */
static gboolean
store_in_servos (Work *self, LwServoBus *bus, GError **error)
{
  LwServoStored held[LW_MAX_JOINTS], wanted[LW_MAX_JOINTS];
  LwCalibratedJoint after[LW_MAX_JOINTS];
  LwBusStatus status = LW_BUS_OK;
  size_t n = self->device.profile->n_joints, j;

  if ((bus->klass->abilities (bus) & LW_BUS_HAS_STORE) == 0)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, _("These servos keep no calibration of their own"));
      return FALSE;
    }
  for (j = 0; j < n && status == LW_BUS_OK; j++)
    {
      LwServoIdentity identity = { 0 };

      status = bus->klass->identify (bus, j, &identity, lw_clock_now (bus->transport->clock) + STORE_NS);
      if (status == LW_BUS_OK)
        status = bus->klass->read_stored (bus, j, &held[j], lw_clock_now (bus->transport->clock) + STORE_NS);
      if (status == LW_BUS_OK && !lw_calibration_file_to_stored (self->file, j, self->device.profile->protocol, &held[j], &wanted[j], &after[j], error))
        return FALSE;
    }
  for (j = 0; j < n && status == LW_BUS_OK; j++)
    {
      status = bus->klass->write_stored (bus, j, &wanted[j], lw_clock_now (bus->transport->clock) + STORE_NS);
      if (status == LW_BUS_OK)
        self->file->joints[j] = after[j]; /* what the file says is what the servos hold, also when a later one fails */
    }
  if (status == LW_BUS_OK)
    return TRUE;
  g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, _("Servo %u did not take its calibration: %s. Those before it did, and the file says so."), bus->ids[j - 1],
               lw_bus_status_text (status));
  return FALSE;
}

static gboolean
store (Work *self, GError **error)
{
  LwArmModel *model = lw_device_load_model (&self->device, error);
  LwSimBus *simulator = NULL;
  LwServoBus *bus = model != NULL ? lw_device_open_bus (&self->device, model, NULL, &simulator, error) : NULL;
  gboolean ok = bus != NULL && store_in_servos (self, bus, error);

  lw_servo_bus_free (bus);
  lw_sim_bus_free (simulator);
  lw_arm_model_unref (model);
  return ok;
}

/* (transfer full) One file an arm. */
static char *
file_path (const Work *self, GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "lampwork", "calibrations", NULL);
  g_autofree char *name = g_strconcat (self->device.profile->id, "-", self->key, ".json", NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, _("The folder %s cannot be made"), folder);
      return NULL;
    }
  return g_build_filename (folder, g_strdelimit (name, "/: ", '_'), NULL);
}

static gboolean
keep (Work *self, GError **error)
{
  g_autofree char *path = file_path (self, error);
  g_autoptr (LwKnownArm) known = lw_device_memory_find (self->key, NULL);
  LwKnownArm arm = {
    .key = self->key,
    .name = known != NULL ? known->name : self->device.profile->title,
    .profile = self->device.profile->id,
    .baud = self->device.baud,
    .calibration = path,
  };

  return path != NULL && lw_calibration_file_save (self->file, path, error) && lw_device_memory_remember (&arm, error);
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *self = data;
  g_autoptr (GError) error = NULL, store_error = NULL;
  gboolean stored = !self->store || store (self, &store_error);

  if (self->key != NULL && (stored || self->store) && !keep (self, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (!stored)
    g_task_return_error (task, g_steal_pointer (&store_error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
work_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  g_autoptr (GError) error = NULL;

  self->connecting = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    lw_session_emit_error (self, _("The calibration is not complete; see the details"), error);
  else
    lw_session_emit_message (self, NULL, _("Calibrated. The arm is connected again with it."));
  lw_session_connect (self, &self->device);
  lw_session_emit (self, "connection-changed");
}

/* The arm is released and the line closed: the servos can be written to, and a new connection begins with the new numbers. */
static void
begin_work (LwSession *self, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, work_done, NULL);

  self->connecting = TRUE;
  g_task_set_source_tag (task, begin_work);
  g_task_set_task_data (task, data, work_free);
  g_task_run_in_thread (task, work_thread);
}

static gboolean
may_begin (LwSession *self)
{
  if (self->arm == NULL || self->connecting)
    lw_session_emit_message (self, NULL, _("Connect the arm first."));
  else if (!self->state.limp)
    lw_session_emit_message (self, NULL, _("Release the arm first: it must be limp."));
  else
    return TRUE;
  return FALSE;
}

static void
calibrate (LwSession *self, LwCalibrationFile *file, const LwCalibration *calibration, gboolean in_servos)
{
  Work *work = g_new0 (Work, 1);

  /* The simulated arm comes up new each time: there is nothing to keep. */
  work->file = file;
  work->store = in_servos && self->device.port != NULL;
  work->key = g_strdup (self->device_key);
  lw_device_copy (&work->device, &self->device);
  if (self->device.port == NULL)
    lw_device_set_calibration (&self->device, calibration);
  else
    {
      LwArmProfile *whole = whole_profile (self);

      lw_arm_profile_free (self->device.profile);
      self->device.profile = whole;
      /* Connecting reads the file again. */
      g_clear_pointer (&self->device.calibration, g_free);
    }
  if (!lw_session_leave_arm (self, begin_work, work))
    work_free (work);
}

void
lw_session_calibrate (LwSession *self, const LwCalibration *calibration, const double *lower, const double *upper, gboolean in_servos)
{
  if (may_begin (self))
    calibrate (self, lw_calibration_file_new (self->device.profile, calibration, lower, upper, self->device_key, lw_arm_get_identities (self->arm), NULL), calibration,
               in_servos);
}

void
lw_session_import_calibration (LwSession *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  LwCalibration calibration;
  LwCalibrationFile *file;

  if (!may_begin (self))
    return;
  file = lw_calibration_file_import_lerobot (path, self->device.profile, &error);
  if (file != NULL && lw_calibration_file_apply (file, self->device.profile, &calibration, NULL, &error))
    {
      calibrate (self, file, &calibration, FALSE);
      return;
    }
  lw_calibration_file_free (file);
  lw_session_emit_error (self, _("This calibration cannot be used; the arm keeps the one it has"), error);
}
