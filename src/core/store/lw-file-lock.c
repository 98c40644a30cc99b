/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-file-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lw-project.h"

struct LwFileLock {
  char *path;
  int   fd;
};

static char *
lock_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  char *real = realpath (path, NULL); /* follows a link to the project itself */
  char *real_folder = realpath (folder, NULL);
  char *lock = real != NULL ? g_strconcat (real, "-lock", NULL)
                            : g_strdup_printf ("%s/%s-lock", real_folder != NULL ? real_folder : folder, name);

  free (real);
  free (real_folder);
  return lock;
}

static void
set_busy (const char *path, int fd, GError **error)
{
  char holder[16] = { 0 };
  g_autofree char *name = g_path_get_basename (path);
  ssize_t n = pread (fd, holder, sizeof holder - 1, 0);
  gint64 pid = n > 0 ? g_ascii_strtoll (holder, NULL, 10) : 0;

  if (pid > 0)
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_BUSY,
                 "%s is already open in Lampwork (process %" G_GINT64_FORMAT "); close it there first", name, pid);
  else
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_BUSY, "%s is already open in Lampwork; close it there first", name);
}

/* The holder removes its lock file on the way out, so the one just locked may no longer be the one that others see. */
static gboolean
still_there (int fd, const char *path)
{
  struct stat mine, theirs;

  return fstat (fd, &mine) == 0 && stat (path, &theirs) == 0 && mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev;
}

LwFileLock *
lw_file_lock_new (const char *path, GError **error)
{
  g_autofree char *lock = lock_path (path);

  for (;;) {
    int fd = open (lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
      g_autofree char *folder = g_path_get_dirname (path);
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN, "%s cannot be opened: no file can be written in %s (%s)", path,
                   folder, g_strerror (errno));
      return NULL;
    }
    if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
      set_busy (path, fd, error);
      close (fd);
      return NULL;
    }
    if (still_there (fd, lock)) {
      g_autofree char *pid = g_strdup_printf ("%d\n", (int) getpid ());
      LwFileLock *self = g_new0 (LwFileLock, 1);

      /* Only for the other one's message: a lock without a number in it holds as well. */
      if (ftruncate (fd, 0) == 0 && write (fd, pid, strlen (pid)) < 0)
        g_debug ("cannot note the process in %s: %s", lock, g_strerror (errno));
      self->path = g_steal_pointer (&lock);
      self->fd = fd;
      return self;
    }
    close (fd);
  }
}

void
lw_file_lock_free (LwFileLock *self)
{
  if (self == NULL)
    return;
  unlink (self->path);
  close (self->fd);
  g_free (self->path);
  g_free (self);
}
