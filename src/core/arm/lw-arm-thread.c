/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arm thread: cycles on absolute deadlines, woken between them by Stop alone. */
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lw-arm-private.h"

/* The way down is given up after this long: the arm keeps its torque. */
#define LEAVE_NS (60 * G_GINT64_CONSTANT (1000000000))

/* True when the descriptor woke us before @deadline_ns. */
static bool
sleep_until (LwArm *self, int64_t deadline_ns)
{
  struct pollfd   wake = { .fd = self->wake_fd, .events = POLLIN };
  int64_t         left = deadline_ns - lw_arm_now (self);
  struct timespec timeout;
  uint64_t        count;

  if (left <= 0)
    return false;
  timeout = (struct timespec){ left / 1000000000, left % 1000000000 };
  if (ppoll (&wake, 1, &timeout, NULL) <= 0)
    return false;
  return read (self->wake_fd, &count, sizeof count) == sizeof count;
}

/* Whether nothing is left to do before the thread may end. */
static bool
may_leave (const LwArm *self)
{
  if (!atomic_load_explicit (&self->leaving, memory_order_acquire))
    return false;
  if (self->gone)
    return true;
  if (self->mode == LW_MODE_STOPPED || self->mode == LW_MODE_FAULT)
    return self->doing == LW_DOING_NOTHING || self->reason == LW_REASON_NOT_CONFIRMED || self->reason == LW_REASON_NO_ANSWER
           || (self->reason == LW_REASON_HARDWARE && self->doing == LW_DOING_CONFIRM);
  return self->doing == LW_DOING_NOTHING && (self->limp || self->lowered || self->found_powered);
}

static void *
thread_main (void *data)
{
  LwArm  *self = data;
  int64_t next = lw_arm_now (self), leaving_ns = 0;

  prctl (PR_SET_NAME, "lw-arm");
  prctl (PR_SET_TIMERSLACK, 1000L); /* ns: wake-ups are not to be batched with other timers */
  while (!may_leave (self))
    {
      int64_t now;

      lw_arm_cycle (self);
      next += self->dt_ns;
      now = lw_arm_now (self);
      if (now >= next)
        {
          /* Deadlines that have passed are not made up for: a burst of goals would be a jump. The cycle numbers tell. */
          int64_t missed = (now - next) / self->dt_ns + 1;

          if (!self->irregular)
            {
              self->overruns += (uint64_t) missed;
              self->cycle += (uint32_t) missed - 1;
            }
          next += missed * self->dt_ns;
        }
      while (sleep_until (self, next))
        if (lw_arm_answer_stop (self))
          {
            next = lw_arm_now (self) + self->dt_ns;
            lw_jitter_skip (&self->jitter);
            lw_arm_publish (self);
          }
      if (atomic_load_explicit (&self->leaving, memory_order_relaxed))
        {
          if (leaving_ns == 0)
            leaving_ns = now;
          else if (now - leaving_ns > LEAVE_NS)
            break;
        }
    }
  return NULL;
}

/* Above the other threads of this computer where the user may: a learner on every core then does not delay a cycle. Not being allowed is no error. */
static void
ask_for_priority (pthread_t thread)
{
  const struct sched_param param = { .sched_priority = 10 };

  pthread_setschedparam (thread, SCHED_FIFO, &param);
}

bool
lw_arm_thread_start (LwArm *self)
{
  sigset_t all, before;
  bool     started;

  /* Signals are the main thread's. */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  started = pthread_create (&self->thread, NULL, thread_main, self) == 0;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (started)
    ask_for_priority (self->thread);
  return started;
}
