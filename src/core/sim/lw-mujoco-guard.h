/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

#include "lw-status.h"

/* Calls into MuJoCo that come back. Its default error handler ends the process and its default warning handler prints and writes a log file;
 * both are replaced, once, by handlers that jump to the calling thread's innermost guard, or stay silent.
 *
 *   LwMujocoGuard guard;
 *   if (lw_mujoco_guard_enter (&guard)) { mj_...; lw_mujoco_guard_leave (&guard); }
 *   else { guard.text says why; the mjData in use is in an unknown state: discard it }
 *
 * Nothing may return from between enter and leave. Locals changed in between and read in the else branch must be volatile. */
typedef struct LwMujocoGuard LwMujocoGuard;

struct LwMujocoGuard {
  LwMujocoGuard *outer;
  jmp_buf        jump;
  char           text[256]; /* MuJoCo's own words */
};

#define lw_mujoco_guard_enter(guard) (setjmp (lw_mujoco_guard_push (guard)->jump) == 0)

LwMujocoGuard *lw_mujoco_guard_push  (LwMujocoGuard *guard); /* returns @guard */
void           lw_mujoco_guard_leave (LwMujocoGuard *guard);
