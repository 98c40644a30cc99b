/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-device.h"

/* An arm for a command: simulated, on a serial port, or behind a network bridge. The first block is what options fill. */
typedef struct {
  char    *arm;    /* id of a profile, or the path of one: --arm, --profile; NULL = what is remembered of the port, arm-7 when simulated */
  char    *port;   /* "/dev/ttyUSB0", "tcp:host:port", the name a remembered arm was given; NULL = simulated */
  char    *calibration; /* path of its file; NULL = what is remembered of the port */
  int      baud;   /* LW_CLI_NO_NUMBER = remembered, or the profile's */
  double   rate;
  gint64   seed;   /* of the simulator's jitter */

  LwDevice    device;
  LwArmModel *model;
  LwSimBus   *simulator; /* NULL on a port */
  LwArm      *handle;
} LwCliArm;

/* Help of the options that all commands with an arm have. */
#define LW_CLI_ARM_HELP  N_("Kind of arm, by id (arm-7), or the .json of one")
#define LW_CLI_PORT_HELP N_("Port of a real arm, tcp:HOST:PORT, or a remembered name; else simulated")
#define LW_CLI_BAUD_HELP N_("Speed of the port (as the kind of arm says)")

#define LW_CLI_ARM_OPTIONS(self) \
  { "arm", 0, 0, G_OPTION_ARG_STRING, &(self)->arm, LW_CLI_ARM_HELP, "ARM" }, \
  { "profile", 0, 0, G_OPTION_ARG_STRING, &(self)->arm, N_("The same as --arm"), "ID" }, \
  { "port", 0, 0, G_OPTION_ARG_FILENAME, &(self)->port, LW_CLI_PORT_HELP, "PORT" }, \
  { "baud", 0, 0, G_OPTION_ARG_INT, &(self)->baud, LW_CLI_BAUD_HELP, "N" }, \
  { "calibration", 0, 0, G_OPTION_ARG_FILENAME, &(self)->calibration, N_("Calibration of this arm (as remembered)"), "FILE" }, \
  { "seed", 0, 0, G_OPTION_ARG_INT64, &(self)->seed, N_("Seed of the simulator's jitter (1)"), "N" }

void     lw_cli_arm_init    (LwCliArm *self);
/* Fills the device: profile, port and calibration. @any_kind: a port of which nothing is known will do, without a profile. */
gboolean lw_cli_arm_find    (LwCliArm *self, gboolean any_kind, GError **error);
/* The same, and loads the model: an arm that is not known is noticed before anything is written. */
gboolean lw_cli_arm_load    (LwCliArm *self, GError **error);
/* Loads the model and connects (reads only); @sink as in LwArmSetup. */
gboolean lw_cli_arm_open    (LwCliArm *self, LwSampleSink sink, void *data, GError **error);
/* Lowers, releases, disconnects; may run twice. */
void     lw_cli_arm_close   (LwCliArm *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwCliArm, lw_cli_arm_close)
/* Requests @request and waits until the arm is in @mode; FALSE with @error when it did not get there in time. */
gboolean lw_cli_arm_enter   (LwCliArm *self, LwArmRequest request, LwMode mode, GError **error);
