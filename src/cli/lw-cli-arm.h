/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm.h"
#include "lw-sim-bus.h"

/* An arm for a command: simulated, or real on a serial port. */
typedef struct {
  char    *arm;    /* id of the model: "arm-7" */
  char    *port;   /* NULL = simulated */
  int      baud;
  double   rate;
  gint64   seed;   /* of the simulator's jitter */

  LwArmModel *model;
  LwSimBus   *simulator; /* NULL on a port */
  LwArm      *handle;
} LwCliArm;

void     lw_cli_arm_init    (LwCliArm *self);
/* Loads the model: an arm that is not known is noticed before anything is written. */
gboolean lw_cli_arm_load    (LwCliArm *self, GError **error);
/* Loads the model and connects (reads only); @sink as in LwArmSetup. */
gboolean lw_cli_arm_open    (LwCliArm *self, LwSampleSink sink, void *data, GError **error);
/* Lowers, releases, disconnects; may run twice. */
void     lw_cli_arm_close   (LwCliArm *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwCliArm, lw_cli_arm_close)
/* Requests @request and waits until the arm is in @mode; FALSE with @error when it did not get there in time. */
gboolean lw_cli_arm_enter   (LwCliArm *self, LwArmRequest request, LwMode mode, GError **error);
