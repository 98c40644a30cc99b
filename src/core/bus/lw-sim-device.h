/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sim-motor.h"

/* Whatever sits on a joint of the simulated arm and on its bus: a motor behind registers, or behind lines of text. Kinds of devices put this first in a
 * struct of their own; what instructions do to them is between them and their LwSimProtocol. Owner thread (the simulator's). */
typedef struct LwSimDevice LwSimDevice;

typedef struct {
  LwSimMotorSetup motor;
  uint8_t  id;
  uint16_t model;        /* model number; 0 = what the protocol has by default */
  uint8_t  firmware;     /* 0 = the kind's usual one */
  unsigned baud;
  double   return_delay; /* s */
  uint64_t seed;         /* of what the makers leave to chance */
} LwSimDeviceSetup;

typedef struct {
  const char *name;
  uint8_t     overload, encoder; /* the bits fail() gets for these */
  uint8_t     shock; /* the bits fail() gets when the arm's state makes no sense any more */
  void     (*free)         (LwSimDevice *self);
  /* The shaft's state comes in, the torque for the next @dt goes out: see lw_sim_motor_step(). */
  double   (*step)         (LwSimDevice *self, double angle, double velocity, double gravity, double dt, int64_t t_ns);
  bool     (*powered)      (const LwSimDevice *self); /* its joint is not limp */
  uint8_t  (*id)           (const LwSimDevice *self); /* the one it answers under, at this moment */
  unsigned (*baud)         (const LwSimDevice *self); /* the speed it understands, at this moment; 0: it is deaf and dumb */
  int64_t  (*return_delay) (const LwSimDevice *self); /* ns, before a reply, beside the turnaround */
  /* Some instruction, to whomever, was on the bus (nullable). */
  void     (*heard)        (LwSimDevice *self, int64_t t_ns);
  /* Injected: hardware error bits of the protocol appear. */
  void     (*fail)         (LwSimDevice *self, uint8_t bits);
  /* Time has jumped by @skipped_ns with nothing happening in between: moves what was noted of it (nullable; the motor is looked after). */
  void     (*skip)         (LwSimDevice *self, int64_t skipped_ns);
} LwSimDeviceClass;

struct LwSimDevice {
  const LwSimDeviceClass *klass;
  LwSimMotor              motor;
};

/* A new device of a protocol's kind as from the factory, just switched on, its shaft at @angle (rad from its centre); NULL for a model it does not know. */
typedef LwSimDevice *(*LwSimDeviceNew) (const LwSimDeviceSetup *setup, double angle, int64_t t_ns);
