/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-calibration.h"
#include "lw-mode.h"
#include "lw-plan.h"
#include "lw-sample.h"
#include "lw-servo-bus.h"
#include "lw-watch.h"

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
  double        gravity_help;/* 0..1: see lw_arm_set_gravity_help(); default 0 */
  LwWatchSettings watch;     /* heat, voltage, load */
  gboolean      watch_main_loop; /* stop when no heartbeat came for 500 ms while Running */
  LwSampleSink  sink;        /* (nullable) */
  void         *sink_data;
  const LwClock *clock;      /* NULL = monotonic */
} LwArmSetup;

/* What there is to show; copied out whole. */
typedef struct {
  LwMode   mode;
  LwReason reason;
  gboolean stop_confirmed;   /* the hold goal was read back, no servo reports an error, and the arm stands still (limp: torque was read back as off) */
  gboolean by_standstill;    /* the servos cannot be read back: stop_confirmed then says no more than that the arm stands still (limp: that torque off was sent) */
  gboolean limp;             /* torque off */
  gboolean gravity_help;     /* the servos carry the arm's weight and hold nothing: no goal */
  gboolean found_powered;    /* torque was on when we came, and nobody has taken the arm over since: "The arm was left powered" */
  size_t   n_joints;
  uint32_t cycle;
  int64_t  t_ns;
  double   q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], load[LW_MAX_JOINTS], goal[LW_MAX_JOINTS]; /* goal: NaN while limp or helped */
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

/* What the watch found: the last changes of level, and how it stands with every joint now. */
#define LW_ARM_N_ALARMS 16

typedef struct {
  uint32_t     n;                     /* since connecting; alarm k (from 0) of the last 16 is at k modulo 16 */
  LwAlarm      last[LW_ARM_N_ALARMS];
  LwAlarmLevel levels[LW_N_ALARM_KINDS][LW_MAX_JOINTS];
} LwArmAlarms;

/* The line to the servos, ten times a second. */
typedef struct {
  size_t        n_servos;
  LwBusCounters counters;                /* of all */
  LwBusCounters servos[LW_MAX_JOINTS];
  LwRoundTrips  round_trips;             /* of readings of all servos, since connecting */
  double        round_trip_median, round_trip_p99; /* s, of the last 128 readings; NaN before the first */
  double        latency;                 /* s, what a question to a single servo takes: adapter, return delay and some twenty bytes; NaN before the first */
  double        achievable_hz;           /* readings a second that this allows */
  double        temperature[LW_MAX_JOINTS], voltage[LW_MAX_JOINTS]; /* degrees C, V; NaN before the first */
} LwArmLink;

typedef enum {
  LW_REQUEST_RELEASE, /* -> Connected, torque off; lowers to rest first when powered (Running while it does) */
  LW_REQUEST_LOWER,   /* the same of a powered arm only, also of one that was found powered; refused when it is limp */
  LW_REQUEST_GUIDE,   /* torque goes off at once, or to gravity help: a hand must be on the arm */
  LW_REQUEST_HOLD,    /* torque on where the arm is; in Armed and Running: brakes within a_max and holds, a run is aborted */
  LW_REQUEST_ARM,     /* Hold -> Armed, at the setup's speed scale */
  LW_REQUEST_RESET,   /* Stopped/Fault -> Connected (torque as it is held); never moves */
} LwArmRequest;

/* Where the line failed, lw-arm-failure.h says how, and which servo. */
#define LW_ARM_ERROR (lw_arm_error_quark ())
typedef enum { LW_ARM_ERROR_NOT_CONNECTED, LW_ARM_ERROR_MODE, LW_ARM_ERROR_STOPPED, LW_ARM_ERROR_FAILED } LwArmError;
GQuark   lw_arm_error_quark    (void);

void     lw_arm_setup_init     (LwArmSetup *setup, LwArmModel *model); /* limits from the model, identity calibration, 100 Hz */
/* NULL when limits, calibration, rate or speed make no sense, or memory is short. */
LwArm   *lw_arm_new            (const LwArmSetup *setup);
void     lw_arm_free           (LwArm *self); /* (nullable) disconnects */

/* Identifies the servos (reads only) and starts the thread; takes @bus, also on failure. May take a second: not on the main thread of a window. */
gboolean lw_arm_connect        (LwArm *self, LwServoBus *bus, GError **error);
/* Powered: lowers to rest, releases, then ends the thread; may take many seconds, a Stop meanwhile is obeyed. After a Stop or a
 * fault, and when the arm was found powered and not touched since, nothing moves and nothing is written: the arm keeps its
 * torque and the state's limp stays FALSE. Limp: writes nothing. */
void     lw_arm_disconnect     (LwArm *self);
/* The same without the thread, for an injected clock: cycle() runs one control cycle. Disconnecting then leaves torque as it is. */
gboolean lw_arm_connect_stepped (LwArm *self, LwServoBus *bus, GError **error);
void     lw_arm_cycle          (LwArm *self);

/* Any thread; carried out within one cycle. FALSE when the mode machine does not allow it, with a sentence for people. Asking
 * for the mode the arm is in already is TRUE and changes nothing. Power coming on takes two cycles more: a request that needs
 * Hold must wait for the mode (lw_arm_wait_mode()).
 * Torque is not switched on while the encoder of a one-turn servo jumps inside its joint's range (lw_calibration_jumps()): the
 * servo would go the long way round. */
gboolean lw_arm_request        (LwArm *self, LwArmRequest request, GError **error);
/* Waits until the arm is in @mode, at most @timeout_ms; FALSE when it is not by then, or as soon as
 * it is stopped, at fault or disconnected. Any thread but the window's and the arm's. */
gboolean lw_arm_wait_mode      (LwArm *self, LwMode mode, int timeout_ms);
/* Stop: any thread, async-signal-safe, never blocks. Commands given before it and not begun are dropped. */
void     lw_arm_stop           (LwArm *self);
/* A constant target in Armed (a slider): limited on the way. */
gboolean lw_arm_move_to        (LwArm *self, const double *q, GError **error);
/* Executes exactly the goals of @plan (ref taken). Armed -> Running -> Armed, once the arm has come to rest behind the last
 * goal. @run (nullable) receives its number. Refused when it was made for other limits, another rate, a higher speed than the
 * arm is set to, or another place. A run that could not begin after all (a Stop came first) shows as done and aborted. */
gboolean lw_arm_run            (LwArm *self, LwPlan *plan, uint32_t *run, GError **error);
/* Where a movement planned at this moment begins (n_joints): the goal when powered, else where the arm was measured. What lw_plan_new() takes. */
void     lw_arm_get_start      (LwArm *self, double *q);
/* (0, 1], else ignored. In effect at once for lw_arm_move_to(); a run keeps the speed of its plan. Arming sets it back. */
void     lw_arm_set_speed      (LwArm *self, double speed);
/* In Guide, servos that can be told a torque carry this fraction of the arm's weight as the model has it; 0: torque is off, as
 * with servos that cannot. Any thread; in effect with the next Guide, and between values above 0 at once. Not a number or
 * outside [0, 1]: ignored. What is asked for by default where it is asked for is 0.9: a model a tenth too heavy does not lift
 * the arm out of the hand, and the tenth that is missing is less than the friction of most gears. */
#define LW_GRAVITY_HELP_DEFAULT 0.9
void     lw_arm_set_gravity_help (LwArm *self, double fraction);
gboolean lw_arm_can_help       (LwArm *self); /* while connected */
/* What the arm does, for people, one sentence, untranslated: "Torque is off: both hands on the arm." Static. */
const char *lw_arm_state_text  (const LwArmState *state);
void     lw_arm_heartbeat      (LwArm *self); /* main loop */
void     lw_arm_get_state      (LwArm *self, LwArmState *out); /* any thread, wait-free for the arm */
void     lw_arm_get_link       (LwArm *self, LwArmLink *out); /* any thread */
void     lw_arm_get_alarms     (LwArm *self, LwArmAlarms *out); /* any thread */
/* The last alarm (@back 0), the one before it (1) ...; NULL beyond what is kept. */
const LwAlarm *lw_arm_alarms_get (const LwArmAlarms *self, uint32_t back);
/* Restarts a servo after a hardware error: it forgets the error, is silent for a second and comes back limp; then Reset.
 * Connected, Stopped or Fault only. Refused, in words, while the servo is hot or its voltage wrong, and where servos cannot be
 * restarted. */
gboolean lw_arm_reboot         (LwArm *self, size_t servo, GError **error);
/* As found when connecting: model, firmware, name (health then). Any thread, while connected. */
const LwServoIdentity *lw_arm_get_identities (LwArm *self); /* (n_joints) */
LwArmModel     *lw_arm_get_model  (LwArm *self);
const LwLimits *lw_arm_get_limits (LwArm *self);
double          lw_arm_get_rate   (LwArm *self);
