/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm.h"
#include "lw-dynamics.h"
#include "lw-sim-bus.h"

/* A bus of a test's own, without bytes: servos with whatever abilities and ailments a test gives them, under an injected clock, and an arm on it. Powered, a shaft
 * follows its goal with a lag of 30 ms; limp it stays where it was put; told a torque, it moves as the model's dynamics say. */
#define FAKE_MAX_GOALS 100000

typedef struct {
  int64_t t_ns;
  double  angle[LW_MAX_JOINTS];
} FakeGoal;

typedef struct {
  LwServoBus     base;
  LwFakeClock   *clock;
  unsigned       abilities;
  bool           one_turn_encoder; /* what is read jumps with the encoder even while limp; else a limp servo counts turns and falls back when powered */
  double         v_max;            /* rad/s a powered shaft can do */
  LwDynamics    *dynamics;         /* (nullable) moves the shafts while they are told torques */
  LwCalibration *calibration;      /* between shafts and the dynamics' joints */
  bool           powered[LW_MAX_JOINTS], torque_control;
  double         shaft[LW_MAX_JOINTS]; /* true angle, continuous */
  double         speed[LW_MAX_JOINTS];
  double         taken[LW_MAX_JOINTS]; /* turns taken off when the torque came on */
  double         goal[LW_MAX_JOINTS];  /* as told */
  double         torque[LW_MAX_JOINTS];
  double         load[LW_MAX_JOINTS];
  unsigned       watchdog_ms;
  bool           triggered;            /* by its watchdog: no goal is taken until the watchdog is written 0 */
  int64_t        heard_ns;
  int64_t        t_ns;                 /* the shafts are of this time */
  double         temperature[LW_MAX_JOINTS], voltage[LW_MAX_JOINTS];
  uint8_t        error[LW_MAX_JOINTS];
  bool           silent, deaf;         /* no answers; no effects */
  double         jolt;                 /* a hand turns shaft 0 so far in the moment the torque comes on ... */
  unsigned       lost_reads, lost_goals; /* ... and so many readings and goals behind it are lost */
  double         slip;                 /* shaft 0 goes so far in the moment the help ends */
  unsigned       lost_offs;            /* servo 0 does not hear so many times that its torque goes off */
  bool           fraction;             /* load is a fraction of what the servo can, not a torque */
  bool           quiet;                /* readings do not carry the servo's alert, as some protocols' do not */
  unsigned       mute;                 /* bit j: servo j gives no readings */
  double         creep;                /* rad/s more than it does says servo 0 of its speed */
  bool           missed;               /* the next reading is lost, as from a servo that misses a request */
  int64_t        slow_ns;              /* a transaction takes this long */
  FakeGoal      *goals;                /* every goal written */
  size_t         n_goals;
  double         torques[LW_MAX_JOINTS]; /* the last torques written */
  double         at_power[LW_MAX_JOINTS]; /* the torques that were told when the torque came on */
  size_t         n_torques, n_writes, n_reboots;
  unsigned       wrong;                /* calls that a servo would have refused */
} FakeBus;

typedef struct {
  LwArmModel *model;
  LwArmSetup  setup;
  LwFakeClock clock;
  FakeBus    *bus; /* the arm's */
  LwArm      *arm;
  int64_t     next_ns;
} FakeArm;

#define FAKE_ALL (LW_BUS_HAS_WATCHDOG | LW_BUS_HAS_REBOOT | LW_BUS_READS_BACK)

/* data/arms/@arm.xml at home, limp, calibrated to the centre of the joints' ranges; settings may be changed before fake_arm_connect(). */
void       fake_arm_init    (FakeArm *self, const char *arm, unsigned abilities);
/* Takes the calibration of the setup over to the shafts, which stand for @q0 (nullable: home). */
void       fake_arm_place   (FakeArm *self, const double *q0);
void       fake_arm_connect (FakeArm *self);
void       fake_arm_clear   (FakeArm *self);
void       fake_arm_cycle   (FakeArm *self);
void       fake_arm_run     (FakeArm *self, double seconds);
LwArmState fake_arm_state   (FakeArm *self);
void       fake_arm_until   (FakeArm *self, LwMode mode, double seconds);
void       fake_arm_request (FakeArm *self, LwArmRequest request);
/* To Armed at full speed. */
void       fake_arm_arm     (FakeArm *self);
