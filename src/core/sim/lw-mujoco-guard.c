/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mujoco-guard.h"

#include <mujoco/mujoco.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local LwMujocoGuard *innermost;

static void
error_cb (const char *text)
{
  LwMujocoGuard *guard = innermost;

  /* MuJoCo must not get control back: it would go on after a stack overflow. Every call of this folder that can raise an error stands in a
   * guard, so only MuJoCo used from elsewhere in the process comes here without one; that is its default end too. */
  if (!guard)
    abort ();

  snprintf (guard->text, sizeof guard->text, "%s", text);
  innermost = guard->outer;
  longjmp (guard->jump, 1);
}

/* Warnings are counted in the mjData, where lw_dynamics_step() looks for those that matter. */
static void
warning_cb (const char *text)
{
}

static void
install (void)
{
  mju_user_error = error_cb;
  mju_user_warning = warning_cb;
}

LwMujocoGuard *
lw_mujoco_guard_push (LwMujocoGuard *guard)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once (&once, install);
  guard->text[0] = '\0';
  guard->outer = innermost;
  innermost = guard;
  return guard;
}

void
lw_mujoco_guard_leave (LwMujocoGuard *guard)
{
  innermost = guard->outer;
}
