/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-calibration.h"
#include "lw-mode.h"
#include "lw-plan.h"
#include "lw-sample.h"
#include "lw-servo-bus.h"

/* An arm as the rest of the house sees it: joints in rad, modes, limits, a thread of its own at a fixed rate (100 Hz by default, 50..400).
 * The arm thread uses atomics, pthreads and poll only. It knows MuJoCo for kinematics only; what moves is behind the bus.
 *
 * Requests come in by a lock-free queue and are carried out in the arm thread's next cycle; lw_arm_get_state() shows when. Stop does not queue. */
typedef struct LwArm LwArm;

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
  gboolean stop_confirmed;   /* the hold goal was read back and the arm stands still (limp: torque was read back as off) */
  gboolean by_standstill;    /* the servos cannot be read back: stop_confirmed then says no more than that the arm stands still (limp: that torque off was sent) */
  gboolean limp;             /* torque off */
  gboolean found_powered;    /* torque was on when we came, and nobody has taken the arm over since: "The arm was left powered" */
  size_t   n_joints;
  uint32_t cycle;
  int64_t  t_ns;
  double   q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], load[LW_MAX_JOINTS], goal[LW_MAX_JOINTS]; /* goal: NaN while limp */
  double   angle[LW_MAX_JOINTS];   /* rad of the servos' shafts, as they came: what calibration sweeps */
  double   temperature, voltage;   /* hottest, lowest; NaN before the first */
  double   rate_hz;                /* measured over the last second */
  double   jitter_p99_ms;          /* of the period */
  LwBusCounters counters;
  uint64_t overruns;               /* cycles that missed their deadline */
  uint32_t run;                    /* number of the last run asked for, 0 = none; lowering to rest has none */
  double   run_progress;           /* 0..1 */
  gboolean run_done;               /* the last run ended (see aborted) */
  gboolean run_aborted;
  double   speed;
  char     code[5];                /* of the limits */
} LwArmState;

typedef enum {
  LW_REQUEST_RELEASE, /* -> Connected, torque off; lowers to rest first when powered (Running while it does) */
  LW_REQUEST_LOWER,   /* the same of a powered arm only, also of one that was found powered; refused when it is limp */
  LW_REQUEST_GUIDE,   /* torque goes off at once: a hand must be on the arm */
  LW_REQUEST_HOLD,    /* torque on where the arm is; in Armed and Running: brakes within a_max and holds, a run is aborted */
  LW_REQUEST_ARM,     /* Hold -> Armed, at the setup's speed scale */
  LW_REQUEST_RESET,   /* Stopped/Fault -> Connected (torque as it is held); never moves */
} LwArmRequest;

#define LW_ARM_ERROR (lw_arm_error_quark ())
typedef enum { LW_ARM_ERROR_NOT_CONNECTED, LW_ARM_ERROR_MODE, LW_ARM_ERROR_STOPPED, LW_ARM_ERROR_FAILED } LwArmError;
GQuark   lw_arm_error_quark    (void);

void     lw_arm_setup_init     (LwArmSetup *setup, LwArmModel *model); /* limits from the model, identity calibration, 100 Hz */
/* NULL when limits, calibration, rate or speed make no sense, or memory is short. */
LwArm   *lw_arm_new            (const LwArmSetup *setup);
void     lw_arm_free           (LwArm *self); /* (nullable) disconnects */

/* Identifies the servos (reads only) and starts the thread; takes @bus, also on failure. May take a second: not on the main thread of a window. */
gboolean lw_arm_connect        (LwArm *self, LwServoBus *bus, GError **error);
/* Powered: lowers to rest, releases, then ends the thread; may take many seconds, a Stop meanwhile is obeyed. After a Stop or a fault, and when the arm was found
 * powered and not touched since, nothing moves and nothing is written: the arm keeps its torque and the state's limp stays FALSE. Limp: writes nothing. */
void     lw_arm_disconnect     (LwArm *self);
/* The same without the thread, for an injected clock: cycle() runs one control cycle. Disconnecting then leaves torque as it is. */
gboolean lw_arm_connect_stepped (LwArm *self, LwServoBus *bus, GError **error);
void     lw_arm_cycle          (LwArm *self);

/* Any thread; carried out within one cycle. FALSE when the mode machine does not allow it, with a sentence for people. Asking for the mode the arm is in
 * already is TRUE and changes nothing. Power coming on takes two cycles more: a request that needs Hold must wait for the mode (lw_arm_wait_mode()).
 * Torque is not switched on while the encoder of a one-turn servo jumps inside its joint's range (lw_calibration_jumps()): the servo would go the long way round. */
gboolean lw_arm_request        (LwArm *self, LwArmRequest request, GError **error);
/* Waits until the arm is in @mode, at most @timeout_ms; FALSE when it is not by then, or as soon as
 * it is stopped, at fault or disconnected. Any thread but the window's and the arm's. */
gboolean lw_arm_wait_mode      (LwArm *self, LwMode mode, int timeout_ms);
/* Stop: any thread, async-signal-safe, never blocks. Commands given before it and not begun are dropped. */
void     lw_arm_stop           (LwArm *self);
/* A constant target in Armed (a slider): limited on the way. */
gboolean lw_arm_move_to        (LwArm *self, const double *q, GError **error);
/* Executes exactly the goals of @plan (ref taken). Armed -> Running -> Armed, once the arm has come to rest behind the last goal. @run (nullable) receives its
 * number. Refused when it was made for other limits, another rate, a higher speed than the arm is set to, or another place. A run that could not begin after all
 * (a Stop came first) shows as done and aborted. */
gboolean lw_arm_run            (LwArm *self, LwPlan *plan, uint32_t *run, GError **error);
/* Where a movement planned at this moment begins (n_joints): the goal when powered, else where the arm was measured. What lw_plan_new() takes. */
void     lw_arm_get_start      (LwArm *self, double *q);
/* (0, 1], else ignored. In effect at once for lw_arm_move_to(); a run keeps the speed of its plan. Arming sets it back. */
void     lw_arm_set_speed      (LwArm *self, double speed);
void     lw_arm_heartbeat      (LwArm *self); /* main loop */
void     lw_arm_get_state      (LwArm *self, LwArmState *out); /* any thread, wait-free for the arm */
/* As found when connecting: model, firmware, name (health then). Any thread, while connected. */
const LwServoIdentity *lw_arm_get_identities (LwArm *self); /* (n_joints) */
LwArmModel     *lw_arm_get_model  (LwArm *self);
const LwLimits *lw_arm_get_limits (LwArm *self);
double          lw_arm_get_rate   (LwArm *self);
