/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "lw-arm.h"
#include "lw-command-queue.h"
#include "lw-jitter.h"
#include "lw-snapshot.h"

/* The bus is given this long after the last instruction before the servos stop by themselves. */
#define LW_ARM_WATCHDOG_MS 200
/* A Stop that is not read back by then is not confirmed: with a cycle of 50 Hz to spare inside the promised 500 ms. */
#define LW_ARM_CONFIRM_NS (475 * G_GINT64_CONSTANT (1000000))
/* Two steps of a 12-bit servo: what a goal read back may differ from the one written. */
#define LW_ARM_GOAL_TOLERANCE 0.0031
/* For transactions outside the regular cycle (torque, watchdog). */
#define LW_ARM_SLOW_NS (50 * G_GINT64_CONSTANT (1000000))
/* A plan may begin this far from the present goal, rad: the limiter bridges it. */
#define LW_ARM_START_TOLERANCE 0.1

/* What the arm thread is in the middle of: several cycles of one mode, or the way to another. */
typedef enum {
  LW_DOING_NOTHING,
  LW_DOING_POWER,   /* torque on, then @after */
  LW_DOING_RELEASE, /* torque off, then @after */
  LW_DOING_LOOK,    /* is torque on, and what are the goals? (after a reset) */
  LW_DOING_MOVE,    /* to @target */
  LW_DOING_RUN,     /* @plan */
  LW_DOING_BRAKE,   /* within a_max, then @after */
  LW_DOING_LOWER,   /* to the rest pose, then torque off */
  LW_DOING_STOP,    /* decelerating */
  LW_DOING_CONFIRM, /* reading the hold goal and the standstill back */
} LwDoing;

/* Readings kept: 160 ms at 400 Hz. */
#define LW_ARM_N_PAST 64

/* Plans the arm thread is done with, until another thread frees them: as many as can be under way. */
#define LW_ARM_N_SPENT (LW_COMMAND_QUEUE_SIZE + 4)

struct LwArm {
  /* fixed by lw_arm_new() */
  LwArmSetup     setup;
  size_t         n;     /* joints */
  int64_t        dt_ns;
  const LwClock *clock;
  LwLimiter     *limiter; /* arm thread */
  double         home[LW_MAX_JOINTS];
  char           code[5];
  int            wake_fd;

  /* fixed while connected */
  LwServoBus     *bus; /* owned */
  LwServoIdentity identities[LW_MAX_JOINTS];
  pthread_t       thread;
  bool            threaded;
  unsigned        abilities; /* LwBusAbilities */

  /* between threads */
  LwCommandQueue     commands;
  _Atomic int64_t    stop_call_ns; /* 0 = no Stop waits to be answered */
  _Atomic int64_t    heartbeat_ns;
  _Atomic double     speed;
  atomic_uint        n_runs;       /* numbers given */
  atomic_uint        run_posted;   /* the last run in the queue */
  atomic_int         shown_mode;
  atomic_bool        leaving;      /* lower, release, end the thread */
  _Atomic (LwPlan *) spent[LW_ARM_N_SPENT];
  LwSnapshot         snapshot;
  _Atomic uint64_t   words[LW_SNAPSHOT_WORDS (LwArmState)];

  /* arm thread from here */
  LwMode   mode;
  LwReason reason;
  LwDoing  doing;
  LwCommandKind after;  /* POWER, BRAKE, RELEASE */
  unsigned phase;       /* of the doing */
  unsigned tries;
  bool     limp;        /* torque off, as far as is known */
  bool     gone;        /* the line hung up */
  bool     irregular;   /* this cycle took longer on purpose */
  bool     lowered;     /* leaving: the way down was begun */
  bool     found_powered;

  /* measured */
  int64_t  cycle_ns; /* begin of this cycle */
  uint32_t cycle;
  int64_t  t_ns;
  int64_t  round_trip_ns;
  double   q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], load[LW_MAX_JOINTS];
  double   angle[LW_MAX_JOINTS];  /* of the servos' shafts, as they came */
  double   turn[LW_MAX_JOINTS];   /* whole turns (rad) a servo that counts them is beyond its joint's angle; fixed while powered */
  uint32_t silent[LW_MAX_JOINTS]; /* cycles in a row without an answer of joint j */
  bool     any;                   /* some joint answered in this cycle */
  bool     fresh;                 /* all did */
  bool     alert;
  size_t   health_next;
  uint32_t health_cycle;
  double   temperature[LW_MAX_JOINTS], voltage[LW_MAX_JOINTS];

  /* emitted */
  double   goal[LW_MAX_JOINTS]; /* the last goal; NaN while limp */
  double   told[LW_MAX_JOINTS]; /* POWER: the angles the servos were told before their torque came on */
  int64_t  goal_ns;             /* when it was written */
  int64_t  moved_ns;            /* when it last changed */
  unsigned limited;
  unsigned resend; /* the last goal of a motion is written so many times more: a lost packet must not leave the arm short of it */
  double   target[LW_MAX_JOINTS];
  LwPlan  *plan;
  size_t   plan_at;
  uint32_t run;
  double   run_progress;
  bool     run_done, run_aborted;
  int64_t  run_ns; /* begin of a motion that heartbeats must watch */

  /* stop */
  int64_t  halted_ns; /* the call */
  bool     confirmed;
  bool     rewrite;   /* a hold goal that was not read back is written again */
  struct {
    int64_t t_ns;
    double  q[LW_MAX_JOINTS];
  } past[LW_ARM_N_PAST]; /* the last readings, to see whether the arm moves */
  size_t   n_past;       /* ever; the newest is at (n_past - 1) modulo the size */
  uint32_t strained;  /* cycles in a row too far from the goal */

  LwJitter jitter;
  uint64_t overruns;
};

/* lw-arm.c */
void        lw_arm_reset_state (LwArm *self); /* as before any connection */

/* lw-arm-cycle.c */
int64_t     lw_arm_now         (const LwArm *self);
void        lw_arm_set_mode    (LwArm *self, LwMode mode);
/* Notes a hang-up; returns whether @status is LW_BUS_OK. */
bool        lw_arm_heard       (LwArm *self, LwBusStatus status);
/* The limiter's present goal to the bus. */
void        lw_arm_write_goal  (LwArm *self);
void        lw_arm_publish     (LwArm *self);
/* Whether complete readings over @span_ns (up to this cycle) show no motion. */
bool        lw_arm_is_still    (const LwArm *self, int64_t span_ns);

/* lw-arm-turn.c */
/* The joint's angle where servo @j says @angle; and the angle it is told so that the joint goes to @q. */
double      lw_arm_joint_of    (const LwArm *self, size_t j, double angle);
double      lw_arm_angle_of    (const LwArm *self, size_t j, double q);
/* The angle that a servo, limp and measured at @angle, is told so that it stays there when its torque comes on. */
double      lw_arm_angle_here  (const LwArm *self, double angle);
/* From here on goals are meant on the turns where the servos are at @angle. */
void        lw_arm_take_turns  (LwArm *self, const double *angle);

/* lw-arm-command.c */
void        lw_arm_take_commands (LwArm *self);
void        lw_arm_drop_commands (LwArm *self);
void        lw_arm_begin_lower   (LwArm *self);
/* The run ends; its plan is put aside. */
void        lw_arm_end_run       (LwArm *self, bool aborted);
void        lw_arm_free_spent    (LwArm *self); /* any thread but the arm's */

/* lw-arm-motion.c */
void        lw_arm_move_step   (LwArm *self); /* MOVE, RUN, BRAKE, LOWER */

/* lw-arm-torque.c */
/* Torque on where the arm is, confirmed; then @after: HOLD, or LOWER. */
void        lw_arm_begin_power  (LwArm *self, LwCommandKind after);
void        lw_arm_power_step   (LwArm *self);
void        lw_arm_release_step (LwArm *self);
void        lw_arm_look_step    (LwArm *self);
void        lw_arm_begin_release (LwArm *self, LwCommandKind after);
/* Torque and goals, by reading only; the limiter then rests at the goals of a powered arm. */
bool        lw_arm_look         (LwArm *self);

/* lw-arm-stop.c */
void        lw_arm_halt        (LwArm *self, LwModeEvent event, LwReason reason, int64_t since_ns);
/* A Stop that waits: answered now. True when a goal was emitted for it outside the cycle's time. */
bool        lw_arm_answer_stop (LwArm *self);
void        lw_arm_stop_step   (LwArm *self); /* STOP, CONFIRM */
void        lw_arm_supervise   (LwArm *self);

/* lw-arm-thread.c */
bool        lw_arm_thread_start (LwArm *self);
