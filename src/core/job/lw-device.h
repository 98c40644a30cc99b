/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-profile.h"
#include "lw-sim-bus.h"

/* Which arm there is and how to get to it: the one way by which window and command line come to an LwArm, simulated or real.
 * Plain data; filled anywhere, opened on a worker. */
typedef struct {
  char          *port;        /* (nullable) owned: "/dev/ttyUSB0", "tcp:host:4000"; NULL = simulated */
  LwArmProfile  *profile;     /* owned; must be set before opening */
  unsigned       baud;        /* 0 = the profile's */
  LwCalibration *calibration; /* (nullable) owned; NULL = the profile's, or the simulator's own */
  double         rate_hz;     /* default 100 */

  /* Simulated only; defaults as in LwSimBusConfig. */
  uint64_t       seed;        /* default 1 */
  double         lost, corrupt;     /* fractions of replies; default 0 */
  unsigned       return_delay_us;
  double         jitter_us;
  gboolean       balanced;
} LwDevice;

/* What else takes part; all nullable. */
typedef struct {
  LwSampleSink sink;          /* as in LwArmSetup */
  void        *sink_data;
  gboolean     watch_main_loop;
  LwTransport *(*wrap) (LwTransport *transport, void *data); /* puts a packet log or faults round the line; takes @transport, returns what to use */
  void        *wrap_data;
  void       (*tap) (const LwSimPacket *packet, void *data); /* of the simulator */
  void        *tap_data;
} LwDeviceHooks;

/* An arm that is connected. */
typedef struct {
  LwArmModel *model;
  LwSimBus   *simulator; /* (nullable) NULL on a port */
  LwArm      *arm;
} LwDeviceArm;

void        lw_device_init       (LwDevice *self);
void        lw_device_clear      (LwDevice *self);
void        lw_device_copy       (LwDevice *out, const LwDevice *self); /* deep; @out need not be initialised */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwDevice, lw_device_clear)
void        lw_device_set_calibration (LwDevice *self, const LwCalibration *calibration /* nullable; copied */);
/* The calibration kept in @path (lw-calibration-file.h): angles from it, and the profile's limits narrowed to the travel. Errors
 * name file and joint; @self is then as it was. */
gboolean    lw_device_use_calibration (LwDevice *self, const char *path, GError **error);
unsigned    lw_device_get_baud   (const LwDevice *self);
/* What the window calls it: the port, or "Simulated arm". Translated. Owned by @self or static. */
const char *lw_device_get_name   (const LwDevice *self);

/* The model of the profile, looked through and compared with it. May take some 100 ms (meshes): on a worker. Errors:
 * LW_PROFILE_ERROR_FILE, LW_PROFILE_ERROR_VALUE. */
LwArmModel *lw_device_load_model (const LwDevice *self, GError **error);
/* Limits, calibration and rate of this arm, without opening anything: what a preview without an arm is planned with. */
void        lw_device_setup      (const LwDevice *self, LwArmModel *model, LwArmSetup *out);
/* The bus alone, with the profile's servos on it: for calibrating, reading what they store, a scan through lw_servo_bus's
 * transport. Writes nothing. @simulator receives the simulator (NULL on a port), to be freed after the bus. Errors: LW_BUS_ERROR. */
LwServoBus *lw_device_open_bus   (const LwDevice *self, LwArmModel *model, const LwDeviceHooks *hooks, LwSimBus **simulator, GError **error);
/* All of it: model (@model nullable = loaded here; ref taken), line, servos identified by reading, arm thread running. Some
 * seconds at worst: on a worker, never on the main thread.
 * FALSE leaves nothing open; errors: LW_PROFILE_ERROR, LW_BUS_ERROR, LW_ARM_ERROR (lw_trouble_from_error() turns them into words). */
gboolean    lw_device_connect    (const LwDevice *self, LwArmModel *model, const LwDeviceHooks *hooks, LwDeviceArm *out, GError **error);
/* lw_arm_disconnect(), then frees all; may take many seconds when the arm is powered (it is lowered): on a worker. May run twice. */
void        lw_device_arm_clear  (LwDeviceArm *self);

/* Profiles installed and the person's own (in the user's data folder, lampwork/arms), by id; see lw_arm_profile_list(). */
GPtrArray    *lw_device_profiles     (GPtrArray *problems);
/* The profile of that id, or of that file when @id is the path of a .json. Errors name the ids there are (LW_PROFILE_ERROR_FILE)
 * or what is wrong in the file. */
LwArmProfile *lw_device_find_profile (const char *id, GError **error);
