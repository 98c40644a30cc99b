/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-pedal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lw-transport.h"

#define INPUT_FOLDER "/dev/input"
#define PRESSED 1 /* 0 is released, 2 is the repetition of a key held down */

struct LwPedal {
  char         name[128];
  int          fd, wake_fd;
  LwPedalPress press;
  LwPedalGone  gone;
  void        *data;
  pthread_t    thread;

  uint8_t      bytes[32 * sizeof (struct input_event)];
  size_t       n; /* of them: not yet whole events */
};

static void
take_events (LwPedal *self)
{
  size_t at = 0;

  for (; self->n - at >= sizeof (struct input_event); at += sizeof (struct input_event))
    {
      struct input_event event;

      memcpy (&event, self->bytes + at, sizeof event);
      if (event.type == EV_KEY && event.value == PRESSED)
        self->press (event.code, (int64_t) event.input_event_sec * 1000000000 + (int64_t) event.input_event_usec * 1000, self->data);
    }
  self->n -= at;
  memmove (self->bytes, self->bytes + at, self->n);
}

/* False when there is nothing more to come. */
static bool
read_events (LwPedal *self)
{
  const ssize_t n = read (self->fd, self->bytes + self->n, sizeof self->bytes - self->n);

  if (n > 0)
    {
      self->n += (size_t) n;
      take_events (self);
    }
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void *
pedal_main (void *data)
{
  LwPedal *self = data;
  struct pollfd entries[2] = { { .fd = self->fd, .events = POLLIN }, { .fd = self->wake_fd, .events = POLLIN } };

  pthread_setname_np (pthread_self (), "lw-pedal");
  for (;;)
    {
      if (poll (entries, 2, -1) < 0 && errno != EINTR)
        break;
      if (entries[1].revents != 0)
        return NULL;
      if (entries[0].revents != 0 && !read_events (self))
        break;
    }
  if (self->gone != NULL)
    self->gone (self->data);
  return NULL;
}

LwPedal *
lw_pedal_new_fd (int fd, const char *name, LwPedalPress press, LwPedalGone gone, void *data, GError **error)
{
  LwPedal *self = g_new0 (LwPedal, 1);
  const int flags = fcntl (fd, F_GETFL);
  int code;

  g_strlcpy (self->name, name, sizeof self->name);
  self->fd = fd;
  self->press = press;
  self->gone = gone;
  self->data = data;
  if (flags >= 0)
    (void) fcntl (fd, F_SETFL, flags | O_NONBLOCK);
  self->wake_fd = eventfd (0, EFD_CLOEXEC);
  code = self->wake_fd < 0 ? errno : pthread_create (&self->thread, NULL, pedal_main, self);
  if (code == 0)
    return self;
  g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The pedal %s could not be used: %s", name, g_strerror (code));
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  close (fd);
  g_free (self);
  return NULL;
}

/* -1, with the errno of a device that could not be looked at in @refused, when none has this name. */
static int
find_device (const char *name, char *found, size_t size, int *refused)
{
  g_autofree char *wanted = g_utf8_casefold (name, -1);
  GDir *folder = g_dir_open (INPUT_FOLDER, 0, NULL);
  int fd = -1;

  *refused = 0;
  for (const char *entry; folder != NULL && fd < 0 && (entry = g_dir_read_name (folder)) != NULL;)
    {
      g_autofree char *path = g_build_filename (INPUT_FOLDER, entry, NULL), *its_name = NULL;

      if (!g_str_has_prefix (entry, "event"))
        continue;
      fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
      if (fd < 0)
        {
          *refused = errno;
          continue;
        }
      memset (found, 0, size);
      if (ioctl (fd, EVIOCGNAME (size - 1), found) < 0)
        found[0] = '\0';
      its_name = g_utf8_casefold (found, -1);
      if (strstr (its_name, wanted) == NULL)
        {
          close (fd);
          fd = -1;
        }
    }
  if (folder != NULL)
    g_dir_close (folder);
  return fd;
}

LwPedal *
lw_pedal_open (const char *name, LwPedalPress press, LwPedalGone gone, void *data, GError **error)
{
  char found[128];
  int refused, clock = CLOCK_MONOTONIC, fd = find_device (name, found, sizeof found, &refused);

  if (fd < 0 && (refused == EACCES || refused == EPERM))
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_PERMISSION,
                 "No pedal named “%s” among the devices this user may read: add this user to the group “input” and log in again", name);
  else if (fd < 0)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND, "There is no pedal named “%s”", name);
  else if (ioctl (fd, EVIOCSCLOCKID, &clock) < 0 || ioctl (fd, EVIOCGRAB, 1) < 0)
    {
      g_set_error (error, LW_BUS_ERROR, errno == EBUSY ? LW_BUS_ERROR_BUSY : LW_BUS_ERROR_FAILED, "The pedal %s could not be taken: %s", found,
                   errno == EBUSY ? "another program has it" : g_strerror (errno));
      close (fd);
    }
  else
    return lw_pedal_new_fd (fd, found, press, gone, data, error);
  return NULL;
}

void
lw_pedal_free (LwPedal *self)
{
  const uint64_t one = 1;

  if (self == NULL)
    return;
  (void) !write (self->wake_fd, &one, sizeof one);
  pthread_join (self->thread, NULL);
  close (self->wake_fd);
  close (self->fd); /* which ends the grab */
  g_free (self);
}

const char *
lw_pedal_get_name (const LwPedal *self)
{
  return self->name;
}
