/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated scale at a line: on a thread of its own, or step by step with an injected clock. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "lw-descriptor.h"
#include "lw-sim-scale-private.h"

#define TICK_NS    20000000   /* faults and the end are seen after this at the latest */
#define MAX_LAG_NS 1000000000 /* further behind than this (the machine slept) is not caught up with */

static bool
has_fault (const LwSimScale *self, LwSimScaleFault fault)
{
  return (atomic_load_explicit (&self->faults, memory_order_relaxed) & (unsigned) fault) != 0;
}

static void
hang_up (LwSimScale *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

/* A pseudo-terminal that nobody has open answers EIO: whoever comes later is welcome. */
static bool
is_end (const LwSimScale *self, ssize_t n)
{
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR && !(self->is_pty && errno == EIO));
}

static void
serve_once (LwSimScale *self)
{
  uint8_t bytes[256];
  ssize_t n = 1;
  size_t out;

  while (self->fd >= 0 && (n = read (self->fd, bytes, sizeof bytes)) > 0)
    lw_sim_scale_hear (self, bytes, (size_t) n);
  if (self->fd >= 0 && is_end (self, n))
    hang_up (self);
  while ((out = lw_sim_scale_say (self, bytes, sizeof bytes)) > 0 && self->fd >= 0)
    {
      n = self->is_pty ? write (self->fd, bytes, out) : send (self->fd, bytes, out, MSG_NOSIGNAL);
      if (n < 0 && is_end (self, n))
        hang_up (self); /* a full buffer loses bytes instead, like a UART nobody reads */
    }
}

static void
wait_until (LwSimScale *self, int64_t t_ns)
{
  struct pollfd entries[2] = {
    { .fd = self->wake_fd, .events = POLLIN },
    { .fd = self->fd, .events = POLLIN },
  };
  const int64_t left_ns = MAX (0, t_ns - lw_clock_now (lw_clock_monotonic ()));
  const struct timespec timeout = { .tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000 };
  uint64_t count;
  int n = ppoll (entries, self->fd >= 0 ? 2 : 1, &timeout, NULL);

  if (n > 0 && entries[0].revents != 0 && read (self->wake_fd, &count, sizeof count) < 0)
    return; /* somebody else's wake-up was taken already: the flags are looked at all the same */
  /* poll() returns at once for a pseudo-terminal that nobody has open. */
  if (n > 0 && self->is_pty && (entries[1].revents & POLLHUP) != 0)
    (void) ppoll (entries, 1, &(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

static void *
scale_main (void *data)
{
  LwSimScale *self = data;

  pthread_setname_np (pthread_self (), "lw-sim-scale");
  while (!atomic_load_explicit (&self->quit, memory_order_acquire))
    {
      const int64_t now_ns = lw_clock_now (lw_clock_monotonic ());

      if (now_ns - self->next_ns > MAX_LAG_NS)
        self->next_ns = now_ns;
      if (has_fault (self, LW_SIM_SCALE_HANG_UP))
        hang_up (self);
      lw_sim_scale_run (self, now_ns);
      serve_once (self);
      wait_until (self, MIN (lw_sim_scale_next (self), now_ns + TICK_NS));
    }
  return NULL;
}

gboolean
lw_sim_scale_serve (LwSimScale *self, int fd, GError **error)
{
  LwDescriptor descriptor;
  unsigned number;
  int code;

  g_return_val_if_fail (fd >= 0, FALSE);

  lw_sim_scale_disconnect (self);
  lw_descriptor_init (&descriptor, fd);
  self->fd = fd;
  self->is_pty = ioctl (fd, TIOCGPTN, &number) == 0;
  if (self->is_pty)
    {
      struct termios settings;

      if (tcgetattr (fd, &settings) == 0)
        {
          cfmakeraw (&settings); /* before the client has, nothing may be echoed or translated */
          (void) tcsetattr (fd, TCSANOW, &settings);
        }
    }
  lw_sim_scale_reset (self, lw_clock_now (lw_clock_monotonic ()));
  atomic_store_explicit (&self->quit, false, memory_order_relaxed);
  code = pthread_create (&self->thread, NULL, scale_main, self);
  if (code != 0)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The simulated scale could not be started: %s", g_strerror (code));
      hang_up (self);
      return FALSE;
    }
  self->running = true;
  return TRUE;
}

int
lw_sim_scale_connect (LwSimScale *self, GError **error)
{
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The simulated scale could not be started: %s", g_strerror (errno));
      return -1;
    }
  if (!lw_sim_scale_serve (self, ends[0], error))
    {
      close (ends[1]);
      return -1;
    }
  return ends[1];
}

void
lw_sim_scale_disconnect (LwSimScale *self)
{
  const uint64_t one = 1;

  if (!self->running)
    return;
  atomic_store_explicit (&self->quit, true, memory_order_release);
  (void) !write (self->wake_fd, &one, sizeof one); /* a full counter is a wake-up under way */
  pthread_join (self->thread, NULL);
  self->running = false;
  hang_up (self);
}

/* ---- with an injected clock ---- */

typedef struct {
  LwTransport  base;
  LwSimScale  *scale; /* borrowed */
  LwFakeClock *clock; /* borrowed */
} LwTransportScale;

static LwIo
direct_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwTransportScale *self = (LwTransportScale *) transport;

  (void) deadline_ns;
  if (has_fault (self->scale, LW_SIM_SCALE_HANG_UP))
    return LW_IO_GONE;
  lw_sim_scale_run (self->scale, self->clock->now_ns);
  lw_sim_scale_hear (self->scale, bytes, n);
  return LW_IO_OK;
}

static LwIo
direct_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportScale *self = (LwTransportScale *) transport;

  for (;;)
    {
      if (has_fault (self->scale, LW_SIM_SCALE_HANG_UP))
        return LW_IO_GONE;
      lw_sim_scale_run (self->scale, self->clock->now_ns);
      *n = lw_sim_scale_say (self->scale, bytes, max);
      if (*n > 0)
        return LW_IO_OK;
      if (self->clock->now_ns >= deadline_ns)
        return LW_IO_TIMEOUT;
      self->clock->now_ns = MAX (self->clock->now_ns, MIN (lw_sim_scale_next (self->scale), deadline_ns));
    }
}

static LwIo
direct_flush (LwTransport *transport)
{
  LwTransportScale *self = (LwTransportScale *) transport;
  uint8_t scrap[64];

  if (has_fault (self->scale, LW_SIM_SCALE_HANG_UP))
    return LW_IO_GONE;
  lw_sim_scale_run (self->scale, self->clock->now_ns);
  while (lw_sim_scale_say (self->scale, scrap, sizeof scrap) > 0)
    continue;
  return LW_IO_OK;
}

static void
direct_free (LwTransport *transport)
{
  g_free (transport);
}

static const LwTransportClass direct_class = {
  .kind = "direct",
  .write = direct_write,
  .read = direct_read,
  .flush = direct_flush,
  .free = direct_free,
};

LwTransport *
lw_sim_scale_direct (LwSimScale *self, LwFakeClock *clock)
{
  LwTransportScale *transport;

  g_return_val_if_fail (!self->running, NULL);

  transport = g_new0 (LwTransportScale, 1);
  transport->base.klass = &direct_class;
  transport->base.clock = &clock->base;
  g_strlcpy (transport->base.name, "Simulated scale", sizeof transport->base.name);
  transport->scale = self;
  transport->clock = clock;
  lw_sim_scale_reset (self, clock->now_ns);
  return &transport->base;
}
