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
  LW_DOING_HELP_ON, /* to gravity help, then Guide */
  LW_DOING_HELP,    /* the arm's weight carried; damped after a Stop */
  LW_DOING_STOP,    /* decelerating */
  LW_DOING_CONFIRM, /* reading the hold goal and the standstill back */
} LwDoing;

/* Readings kept: 160 ms at 400 Hz. */
#define LW_ARM_N_PAST 64

/* Plans the arm thread is done with, until another thread frees them: as many as can be under way. */
#define LW_ARM_N_SPENT (LW_COMMAND_QUEUE_SIZE + 4)

/* What is told of the line; the quantiles are the reader's work. */
#define LW_ARM_N_TIMES 128

typedef struct {
  size_t  n; /* ever; the newest is at (n - 1) modulo the size */
  int64_t ns[LW_ARM_N_TIMES];
} LwArmTimes;

typedef struct {
  LwBusCounters counters, servos[LW_MAX_JOINTS];
  LwRoundTrips  round_trips;
  LwArmTimes    together, alone; /* readings of all servos; questions to one */
  double        temperature[LW_MAX_JOINTS], voltage[LW_MAX_JOINTS];
} LwArmLinkRecord;

/* No reading for this long is a fault, ns. */
#define LW_ARM_SILENCE_NS (150 * G_GINT64_CONSTANT (1000000))
/* A servo that was restarted is silent for a second; this long nobody misses it. */
#define LW_ARM_REBOOT_NS (2500 * G_GINT64_CONSTANT (1000000))

struct LwArm {
  /* fixed by lw_arm_new() */
  LwArmSetup     setup;
  size_t         n;     /* joints */
  int64_t        dt_ns;
  const LwClock *clock;
  LwLimiter     *limiter; /* arm thread */
  LwKinematics  *kinematics; /* arm thread: the arm's weight */
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
  _Atomic double     gravity_help;
  atomic_uint        n_runs;       /* numbers given */
  atomic_uint        run_posted;   /* the last run in the queue */
  atomic_int         shown_mode;
  atomic_bool        leaving;      /* lower, release, end the thread */
  _Atomic (LwPlan *) spent[LW_ARM_N_SPENT];
  LwSnapshot         snapshot;
  _Atomic uint64_t   words[LW_SNAPSHOT_WORDS (LwArmState)];
  LwSnapshot         link_snapshot;
  _Atomic uint64_t   link_words[LW_SNAPSHOT_WORDS (LwArmLinkRecord)];
  LwSnapshot         alarm_snapshot;
  _Atomic uint64_t   alarm_words[LW_SNAPSHOT_WORDS (LwArmAlarms)];

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
  bool     torque_control; /* the servos are told torques: gravity help, when they are powered */

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
  bool     alert;                 /* some servo reported a hardware error since the last reset */
  bool     alerting[LW_MAX_JOINTS]; /* this one does */
  size_t   health_next;
  uint32_t health_cycle, healthy_cycle, link_cycle; /* when it was last asked, answered, told */
  double   temperature[LW_MAX_JOINTS], voltage[LW_MAX_JOINTS];
  int64_t  rebooted_ns[LW_MAX_JOINTS]; /* when servo j was restarted; 0 = never */
  LwWatch         watch;
  LwArmAlarms     alarms;
  LwArmLinkRecord link;
  int64_t         question_ns; /* what the last question took that had all its time */

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

  /* gravity help */
  int64_t  fresh_ns;  /* of the last complete reading */
  double   torque[LW_MAX_JOINTS]; /* of the joints, as last told */
  bool     damped;
  uint32_t agreeing;  /* cycles in a row in which the loads were as told */

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
gboolean    lw_arm_post        (LwArm *self, const LwCommand *command, GError **error); /* any thread */

/* lw-arm-watch.c */
void        lw_arm_watch_loads (LwArm *self);
void        lw_arm_watch_health (LwArm *self, size_t joint, const LwServoIdentity *health);
void        lw_arm_publish_alarms (LwArm *self);
/* Whether an alarm keeps the arm from being armed. Any thread. */
gboolean    lw_arm_is_refused_motion (LwArm *self, GError **error);

/* lw-arm-link.c */
void        lw_arm_time_reading (LwArm *self);
/* To a single servo; @patient: it had more time than any adapter takes. */
void        lw_arm_time_question (LwArm *self, int64_t ns, bool answered, bool patient);
void        lw_arm_publish_link (LwArm *self);

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

/* The line's deadline for transactions outside the regular cycle, which then is not one. */
int64_t     lw_arm_slow_deadline (LwArm *self);
bool        lw_arm_set_watchdog (LwArm *self, unsigned timeout_ms); /* true where there is none */
int         lw_arm_read_torque  (LwArm *self); /* -1 unknown, 0 all off, 1 some on, 2 all on */
void        lw_arm_forget_goal  (LwArm *self);
void        lw_arm_give_up      (LwArm *self); /* one try more has failed; too many are a fault */

/* lw-arm-help.c */
/* Torque off for the hand, or gravity help where it is wanted and possible. */
void        lw_arm_begin_guide  (LwArm *self);
void        lw_arm_help_on_step (LwArm *self);
void        lw_arm_help_step    (LwArm *self);
bool        lw_arm_help_off     (LwArm *self); /* torque off, and the servos are told angles again */

/* lw-arm-stop.c */
void        lw_arm_halt        (LwArm *self, LwModeEvent event, LwReason reason, int64_t since_ns);
/* A Stop that waits: answered now. True when a goal was emitted for it outside the cycle's time. */
bool        lw_arm_answer_stop (LwArm *self);
void        lw_arm_stop_step   (LwArm *self); /* STOP, CONFIRM */
void        lw_arm_supervise   (LwArm *self);
bool        lw_arm_stands_still (const LwArm *self);
/* The Stop was not confirmed in time: said once, tried on. */
void        lw_arm_mind_confirmation (LwArm *self);
/* Whether servo @j was restarted a moment ago. */
bool        lw_arm_is_rebooting (const LwArm *self, size_t j);

/* lw-arm-thread.c */
bool        lw_arm_thread_start (LwArm *self);
