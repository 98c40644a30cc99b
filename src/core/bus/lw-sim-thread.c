/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-bus-private.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lw-descriptor.h"
#include "lw-sim-terminal.h"

#define TICK_NS     4000000   /* the arm moves at least this often while nothing is said */
#define MAX_LAG_NS  250000000 /* further behind than this (the machine slept) is not caught up with */
#define NO_PEER_NS  5000000   /* a pty nobody has open is looked at this often */
#define SLACK_NS    1000      /* timer slack: replies are some 100 us apart */

static void
hang_up (LwSimBus *self)
{
  if (self->line_fd >= 0)
    close (self->line_fd);
  self->line_fd = -1;
}

/* A client that sets its port to another speed speaks at that from its next byte on. */
static void
follow_speed (LwSimBus *self)
{
  unsigned speed = self->line_is_pty ? lw_sim_terminal_speed (self->line_fd) : 0;

  if (speed == 0 || speed == self->pty_speed)
    return;
  self->pty_speed = speed;
  lw_sim_line_set_speed (&self->line, speed);
}

/* What the client wrote. Returns false while there is no client at the other end of a pty. */
static bool
listen_to_client (LwSimBus *self, int64_t now_ns)
{
  uint8_t bytes[1024];
  ssize_t n;

  while (self->line_fd >= 0 && (n = read (self->line_fd, bytes, sizeof bytes)) != -1)
    {
      if (n == 0)
        {
          hang_up (self);
          return true;
        }
      follow_speed (self);
      lw_sim_line_receive (&self->line, bytes, (size_t) n, now_ns);
    }
  if (self->line_fd < 0 || errno == EAGAIN || errno == EINTR)
    return true;
  if (self->line_is_pty && errno == EIO) /* the client closed its end, or has not opened it yet */
    return false;
  hang_up (self);
  return true;
}

static void
speak_to_client (LwSimBus *self)
{
  uint8_t bytes[1024];
  size_t n;

  while ((n = lw_sim_line_take (&self->line, bytes, sizeof bytes)) > 0)
    {
      ssize_t sent;

      if (self->line_fd < 0)
        continue;
      sent = self->line_is_pty ? write (self->line_fd, bytes, n) : send (self->line_fd, bytes, n, MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR && !(self->line_is_pty && errno == EIO))
        hang_up (self); /* a full buffer loses bytes instead, like a UART nobody reads */
    }
}

static void
wait_until (LwSimBus *self, int64_t t_ns, bool has_peer)
{
  struct pollfd entries[2] = {
    { .fd = self->wake_fd, .events = POLLIN },
    { .fd = has_peer ? self->line_fd : -1, .events = POLLIN },
  };
  int64_t left_ns = MAX (0, t_ns - lw_clock_now (lw_clock_monotonic ()));
  struct timespec timeout = { .tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000 };
  uint64_t count;

  if (ppoll (entries, 2, &timeout, NULL) > 0 && entries[0].revents != 0 && read (self->wake_fd, &count, sizeof count) < 0)
    return; /* somebody else's wake-up was taken already: the flags are looked at all the same */
}

static void *
simulator_main (void *data)
{
  LwSimBus *self = data;

  pthread_setname_np (pthread_self (), "lw-simulator");
  prctl (PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
  while (!atomic_load_explicit (&self->quit, memory_order_acquire))
    {
      int64_t now_ns = lw_clock_now (lw_clock_monotonic ());
      bool has_peer;

      if (now_ns - self->plant.t_ns > MAX_LAG_NS)
        lw_sim_plant_skip_to (&self->plant, now_ns - LW_SIM_STEP_NS);
      if ((atomic_load_explicit (&self->faults.faults, memory_order_relaxed) & LW_SIM_FAULT_HANG_UP) != 0)
        hang_up (self);
      has_peer = listen_to_client (self, now_ns);
      lw_sim_line_run (&self->line, now_ns);
      speak_to_client (self);
      wait_until (self, MIN (lw_sim_line_next (&self->line), now_ns + (has_peer ? TICK_NS : NO_PEER_NS)), has_peer);
    }
  return NULL;
}

void
lw_sim_bus_wake (LwSimBus *self)
{
  uint64_t one = 1;

  if (write (self->wake_fd, &one, sizeof one) < 0)
    return; /* the counter is full: a wake-up is under way anyhow */
}

static void
set_system_error (GError **error, const char *what, int code)
{
  g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The simulated arm could not be started: %s: %s", what, g_strerror (code));
}

/* Above the arm's thread where the user may: servos do not wait for a busy computer either. Not being allowed is no error. */
static void
ask_for_priority (pthread_t thread)
{
  const struct sched_param param = { .sched_priority = 20 };

  pthread_setschedparam (thread, SCHED_FIFO, &param);
}

gboolean
lw_sim_bus_serve (LwSimBus *self, int fd, GError **error)
{
  LwDescriptor descriptor;
  unsigned number;
  int code;

  g_return_val_if_fail (fd >= 0, FALSE);

  lw_sim_bus_disconnect (self);
  lw_descriptor_init (&descriptor, fd);
  self->line_fd = fd;
  self->line_is_pty = ioctl (fd, TIOCGPTN, &number) == 0;
  if (self->line_is_pty)
    {
      lw_sim_terminal_prepare (fd, self->line.baud); /* before the client has, nothing may be echoed or translated */
      self->pty_speed = lw_sim_terminal_speed (fd);
    }
  lw_sim_line_reset (&self->line);
  lw_sim_plant_skip_to (&self->plant, lw_clock_now (lw_clock_monotonic ()));
  atomic_store_explicit (&self->quit, false, memory_order_relaxed);
  code = pthread_create (&self->thread, NULL, simulator_main, self);
  if (code == 0)
    ask_for_priority (self->thread);
  if (code != 0)
    {
      set_system_error (error, "thread", code);
      hang_up (self);
      return FALSE;
    }
  self->running = true;
  return TRUE;
}

int
lw_sim_bus_connect (LwSimBus *self, GError **error)
{
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      set_system_error (error, "socket pair", errno);
      return -1;
    }
  if (!lw_sim_bus_serve (self, ends[0], error))
    {
      close (ends[1]);
      return -1;
    }
  return ends[1];
}

void
lw_sim_bus_disconnect (LwSimBus *self)
{
  if (!self->running)
    return;
  atomic_store_explicit (&self->quit, true, memory_order_release);
  lw_sim_bus_wake (self);
  pthread_join (self->thread, NULL);
  self->running = false;
  hang_up (self);
}
