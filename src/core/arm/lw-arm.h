/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-plan.h"
#include "lw-mode.h"
#include "lw-sample.h"
#include "lw-servo-bus.h"

/* An arm as the rest of the house sees it: joints in rad, modes, limits, a thread of its own at a fixed rate (100 Hz by default, 50..400).
 * The arm thread uses atomics, pthreads and poll only. It knows MuJoCo for kinematics only; what moves is behind the bus. */
typedef struct LwArm LwArm;

/* rad = sign * (servo angle - zero). */
typedef struct {
  double sign[LW_MAX_JOINTS];
  double zero[LW_MAX_JOINTS];
} LwCalibration;

typedef struct {
  LwArmModel   *model;       /* ref taken */
  LwLimits      limits;
  LwCalibration calibration;
  double        rate_hz;
  double        speed;       /* speed scale after arming, (0, 1]; default 0.25 */
  gboolean      watch_main_loop; /* stop when no heartbeat came for 500 ms while Running */
  LwSampleSink  sink;        /* (nullable) */
  void         *sink_data;
  const LwClock *clock;      /* NULL = monotonic */
} LwArmSetup;

/* What there is to show; copied out whole. */
typedef struct {
  LwMode   mode;
  LwReason reason;
  gboolean stop_confirmed;   /* the hold goal was read back */
  gboolean limp;             /* torque off */
  size_t   n_joints;
  uint32_t cycle;
  int64_t  t_ns;
  double   q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], load[LW_MAX_JOINTS], goal[LW_MAX_JOINTS];
  double   temperature, voltage;   /* hottest, lowest */
  double   rate_hz;                /* measured over the last second */
  double   jitter_p99_ms;          /* of the period */
  LwBusCounters counters;
  uint64_t overruns;               /* cycles that missed their deadline */
  uint32_t run;                    /* number of the last run started */
  double   run_progress;           /* 0..1 */
  gboolean run_done;               /* the last run ended (see aborted) */
  gboolean run_aborted;
  double   speed;
} LwArmState;

typedef enum {
  LW_REQUEST_RELEASE, /* -> Connected, torque off; lowers to rest first when powered */
  LW_REQUEST_GUIDE,
  LW_REQUEST_HOLD,
  LW_REQUEST_ARM,     /* Hold -> Armed */
  LW_REQUEST_RESET,   /* Stopped/Fault -> Connected (torque as it is held); never moves */
} LwArmRequest;

#define LW_ARM_ERROR (lw_arm_error_quark ())
typedef enum { LW_ARM_ERROR_NOT_CONNECTED, LW_ARM_ERROR_MODE, LW_ARM_ERROR_STOPPED, LW_ARM_ERROR_FAILED } LwArmError;
GQuark   lw_arm_error_quark    (void);

void     lw_arm_setup_init     (LwArmSetup *setup, LwArmModel *model); /* limits from the model, identity calibration, 100 Hz */
/* The simulated arm's calibration: ranges centred on the servos' centre tick. */
void     lw_calibration_centre (const LwArmModel *model, LwCalibration *out);
LwArm   *lw_arm_new            (const LwArmSetup *setup);
void     lw_arm_free           (LwArm *self); /* disconnects */

/* Identifies the servos (reads only) and starts the thread; takes @bus, also on failure. May take a second: not on the main thread of a window. */
gboolean lw_arm_connect        (LwArm *self, LwServoBus *bus, GError **error);
/* Powered: lowers to rest, releases, then ends the thread. */
void     lw_arm_disconnect     (LwArm *self);
/* The same without the thread, for an injected clock: cycle() runs one control cycle. */
gboolean lw_arm_connect_stepped (LwArm *self, LwServoBus *bus, GError **error);
void     lw_arm_cycle          (LwArm *self);

/* Any thread; answered within one cycle. FALSE when the mode machine does not allow it, with a sentence for people. */
gboolean lw_arm_request        (LwArm *self, LwArmRequest request, GError **error);
/* Stop: any thread, async-signal-safe, never blocks. */
void     lw_arm_stop           (LwArm *self);
/* A constant target in Armed (a slider): limited on the way. */
gboolean lw_arm_move_to        (LwArm *self, const double *q, GError **error);
/* Executes exactly the goals of @plan (ref taken). Armed -> Running -> Armed. @run (nullable) receives its number. */
gboolean lw_arm_run            (LwArm *self, LwPlan *plan, uint32_t *run, GError **error);
void     lw_arm_set_speed      (LwArm *self, double speed);
void     lw_arm_heartbeat      (LwArm *self); /* main loop */
void     lw_arm_get_state      (LwArm *self, LwArmState *out); /* any thread, wait-free for the arm */
LwArmModel     *lw_arm_get_model  (LwArm *self);
const LwLimits *lw_arm_get_limits (LwArm *self);
double          lw_arm_get_rate   (LwArm *self);
