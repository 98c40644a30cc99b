/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "lw-transport.h"
#include "pty-as-serial.h"

#define MS G_GINT64_CONSTANT (1000000)

static int64_t
now (void)
{
  return lw_clock_now (lw_clock_monotonic ());
}

/* Both ends of a line: what a test writes at @other arrives at @transport. */
typedef struct {
  LwTransport *transport;
  int          other;
} Line;

static void
open_socket (Line *line)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  line->transport = lw_transport_fd_new (ends[0], "socket");
  line->other = ends[1];
}

static void
open_pty (Line *line)
{
  char path[64];
  int slave;

  line->other = pty_as_serial_open (path, sizeof path);
  g_assert_cmpint (line->other, >=, 0);
  slave = open (path, O_RDWR | O_NOCTTY);
  g_assert_cmpint (slave, >=, 0);
  line->transport = lw_transport_fd_new (slave, "pty");
}

static void
open_serial (Line *line)
{
  g_autoptr (GError) error = NULL;
  char path[64];

  line->other = pty_as_serial_open (path, sizeof path);
  g_assert_cmpint (line->other, >=, 0);
  line->transport = lw_transport_serial_open (path, 1000000, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line->transport);
}

typedef void (*OpenLine) (Line *line);

static const struct { const char *name; OpenLine open; } lines[] = {
  { "socket", open_socket },
  { "pty", open_pty },
  { "serial", open_serial },
};

static LwIo
read_some (Line *line, uint8_t *bytes, size_t max, size_t *n, int64_t within)
{
  return line->transport->klass->read (line->transport, bytes, max, n, now () + within);
}

static void
write_other (Line *line, const char *text)
{
  g_assert_cmpint (write (line->other, text, strlen (text)), ==, (ssize_t) strlen (text));
}

/* Silence is a time-out at the deadline, not before; a deadline that has passed is answered at once. */
static void
test_silence (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      uint8_t bytes[16];
      size_t n = 99;
      int64_t start;
      Line line;

      lines[i].open (&line);
      start = now ();
      g_assert_cmpint (line.transport->klass->read (line.transport, bytes, sizeof bytes, &n, start + 20 * MS), ==, LW_IO_TIMEOUT);
      g_assert_cmpuint (n, ==, 0);
      g_assert_cmpint (now () - start, >=, 20 * MS);
      g_assert_cmpint (now () - start, <, 500 * MS);
      start = now ();
      g_assert_cmpint (line.transport->klass->read (line.transport, bytes, sizeof bytes, &n, 0), ==, LW_IO_TIMEOUT);
      g_assert_cmpint (now () - start, <, 100 * MS);
      lw_transport_free (line.transport);
      close (line.other);
    }
}

static void
test_bytes (void)
{
  static const uint8_t every[] = { 0x00, 0x03, 0x0A, 0x0D, 0x11, 0x13, 0x1A, 0x7F, 0xFF, 0xFD }; /* what a cooked terminal would eat */

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      uint8_t bytes[16];
      size_t n = 0, got = 0;
      Line line;

      lines[i].open (&line);
      g_assert_cmpint (line.transport->klass->write (line.transport, every, sizeof every, now () + 100 * MS), ==, LW_IO_OK);
      g_assert_cmpint (read (line.other, bytes, sizeof bytes), ==, sizeof every);
      g_assert_cmpmem (bytes, sizeof every, every, sizeof every);
      g_assert_cmpint (write (line.other, every, sizeof every), ==, sizeof every);
      while (got < sizeof every)
        {
          g_assert_cmpint (read_some (&line, bytes + got, sizeof bytes - got, &n, 500 * MS), ==, LW_IO_OK);
          got += n;
        }
      g_assert_cmpmem (bytes, got, every, sizeof every);
      /* What is waiting is taken even when the deadline has passed. */
      write_other (&line, "late");
      while (line.transport->klass->read (line.transport, bytes, sizeof bytes, &n, 0) == LW_IO_TIMEOUT)
        continue;
      g_assert_cmpmem (bytes, n, "late", 4);
      lw_transport_free (line.transport);
      close (line.other);
    }
}

static void
test_flush (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      uint8_t bytes[16];
      size_t n;
      Line line;

      lines[i].open (&line);
      write_other (&line, "old");
      g_assert_cmpint (read_some (&line, bytes, 1, &n, 500 * MS), ==, LW_IO_OK);
      g_assert_cmpint (line.transport->klass->flush (line.transport), ==, LW_IO_OK);
      write_other (&line, "new");
      g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 500 * MS), ==, LW_IO_OK);
      g_assert_cmpmem (bytes, n, "new", 3);
      lw_transport_free (line.transport);
      close (line.other);
    }
}

/* A pulled cable is told from silence at once, reading, writing and flushing; what had arrived is still delivered. */
static void
test_hang_up (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      bool last_words = lines[i].open == open_socket; /* a tty drops what was not read when it is hung up */
      uint8_t bytes[16];
      size_t n;
      int64_t start;
      Line line;

      lines[i].open (&line);
      if (last_words)
        write_other (&line, "bye");
      close (line.other);
      if (last_words)
        {
          g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 500 * MS), ==, LW_IO_OK);
          g_assert_cmpmem (bytes, n, "bye", 3);
        }
      start = now ();
      g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 5000 * MS), ==, LW_IO_GONE);
      g_assert_cmpint (line.transport->klass->write (line.transport, bytes, 4, now () + 5000 * MS), ==, LW_IO_GONE);
      g_assert_cmpint (line.transport->klass->flush (line.transport), ==, LW_IO_GONE);
      g_assert_cmpint (now () - start, <, 1000 * MS);
      g_assert_cmpint (line.transport->last_errno, !=, 0);
      lw_transport_free (line.transport);
    }
}

static void *
close_soon (void *data)
{
  g_usleep (20000);
  close (*(int *) data);
  return NULL;
}

/* The same while a read is waiting. */
static void
test_hang_up_while_waiting (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      uint8_t bytes[16];
      size_t n;
      int64_t start;
      pthread_t thread;
      Line line;

      lines[i].open (&line);
      g_assert_cmpint (pthread_create (&thread, NULL, close_soon, &line.other), ==, 0);
      start = now ();
      g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 10000 * MS), ==, LW_IO_GONE);
      g_assert_cmpint (now () - start, <, 1000 * MS);
      pthread_join (thread, NULL);
      lw_transport_free (line.transport);
    }
}

/* Nobody takes what is written: the write ends at its deadline. */
static void
test_write_blocked (void)
{
  static uint8_t flood[65536];
  LwIo io = LW_IO_OK;
  int64_t start;
  Line line;

  open_socket (&line);
  for (int i = 0; i < 1000 && io == LW_IO_OK; i++)
    {
      start = now ();
      io = line.transport->klass->write (line.transport, flood, sizeof flood, start + 20 * MS);
    }
  g_assert_cmpint (io, ==, LW_IO_TIMEOUT);
  g_assert_cmpint (now () - start, >=, 20 * MS);
  lw_transport_free (line.transport);
  close (line.other);
}

static void
test_descriptor_flags (void)
{
  int ends[2];
  LwTransport *transport;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  transport = lw_transport_fd_new (ends[0], "flags");
  g_assert_cmpint (fcntl (ends[0], F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (ends[0], F_GETFD) & FD_CLOEXEC, !=, 0);
  g_assert_cmpstr (transport->name, ==, "flags");
  g_assert_cmpuint (transport->baud, ==, 0);
  lw_transport_free (transport);
  g_assert_cmpint (fcntl (ends[0], F_GETFD), ==, -1);
  close (ends[1]);
}

static void
assert_refused (const char *path, unsigned baud, LwBusError code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_transport_serial_open (path, baud, &error));
  g_assert_error (error, LW_BUS_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_serial_speed (void)
{
  static const unsigned speeds[] = { 9600, 57600, 115200, 1000000, 2000000, 3000000, 4000000, 4500000, 1234567 };

  for (size_t i = 0; i < G_N_ELEMENTS (speeds); i++)
    {
      g_autoptr (GError) error = NULL;
      char path[64];
      int master = pty_as_serial_open (path, sizeof path);
      LwTransport *transport = lw_transport_serial_open (path, speeds[i], &error);
      struct termios settings;

      g_assert_no_error (error);
      g_assert_cmpuint (transport->baud, ==, speeds[i]);
      g_assert_cmpint (tcgetattr (master, &settings), ==, 0);
      g_assert_cmpuint (pty_speed (master), ==, speeds[i]);
      g_assert_cmpuint (settings.c_lflag & (ICANON | ECHO | ISIG), ==, 0);
      g_assert_cmpuint (settings.c_cflag & (PARENB | CSTOPB | CSIZE), ==, CS8);
      lw_transport_free (transport);
      close (master);
    }
}

/* One program at a time; a symbolic link is the port it points to. */
static void
test_serial_exclusive (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lw-serial-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (folder, "by-id", NULL);
  g_autoptr (GError) error = NULL;
  char path[64];
  int master = pty_as_serial_open (path, sizeof path);
  LwTransport *first;

  g_assert_cmpint (symlink (path, link), ==, 0);
  first = lw_transport_serial_open (link, 1000000, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first->name, ==, link);
  assert_refused (path, 1000000, LW_BUS_ERROR_BUSY, "in use");
  lw_transport_free (first);
  first = lw_transport_serial_open (path, 1000000, &error);
  g_assert_no_error (error);
  lw_transport_free (first);
  close (master);
  g_assert_cmpint (unlink (link), ==, 0);
  g_assert_cmpint (rmdir (folder), ==, 0);
}

static void
test_serial_refused (void)
{
  assert_refused ("/dev/lampwork-no-such-port", 1000000, LW_BUS_ERROR_NOT_FOUND, "/dev/lampwork-no-such-port");
  assert_refused ("/dev/null", 1000000, LW_BUS_ERROR_NOT_FOUND, "not a serial port");
  assert_refused ("/", 1000000, LW_BUS_ERROR_NOT_FOUND, "not a serial port");
}

/* Every speed one after the other on the open line; bytes pass at each. */
static void
test_change_speed (void)
{
  static const unsigned speeds[] = { 9600, 19200, 38400, 57600, 76800, 115200, 128000, 250000, 500000, 1000000, 2000000, 3000000, 4000000, 4500000, 57600 };
  uint8_t bytes[16];
  size_t n;
  Line line;

  open_serial (&line);
  for (size_t i = 0; i < G_N_ELEMENTS (speeds); i++)
    {
      g_assert_cmpint (lw_transport_set_baud (line.transport, speeds[i]), ==, LW_IO_OK);
      g_assert_cmpuint (pty_speed (line.other), ==, speeds[i]);
      g_assert_cmpuint (line.transport->baud, ==, speeds[i]);
      g_assert_cmpint (line.transport->klass->write (line.transport, (const uint8_t *) "ping", 4, now () + 100 * MS), ==, LW_IO_OK);
      g_assert_cmpint (read (line.other, bytes, sizeof bytes), ==, 4);
      write_other (&line, "pong");
      g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 500 * MS), ==, LW_IO_OK);
      g_assert_cmpmem (bytes, n, "pong", 4);
    }
  close (line.other);
  g_assert_cmpint (lw_transport_set_baud (line.transport, 1000000), ==, LW_IO_GONE);
  lw_transport_free (line.transport);

  open_socket (&line); /* has no speed: any will do */
  g_assert_cmpint (lw_transport_set_baud (line.transport, 1234), ==, LW_IO_OK);
  g_assert_cmpuint (line.transport->baud, ==, 0);
  lw_transport_free (line.transport);
  close (line.other);
}

/* What arrived around the change is noise. */
static void
test_change_speed_flushes (void)
{
  uint8_t bytes[16];
  size_t n;
  Line line;

  open_serial (&line);
  write_other (&line, "old");
  g_assert_cmpint (read_some (&line, bytes, 1, &n, 500 * MS), ==, LW_IO_OK);
  g_assert_cmpint (lw_transport_set_baud (line.transport, 57600), ==, LW_IO_OK);
  write_other (&line, "new");
  g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 500 * MS), ==, LW_IO_OK);
  g_assert_cmpmem (bytes, n, "new", 3);
  lw_transport_free (line.transport);
  close (line.other);
}

/* The adapter's own limit, whether it says so or keeps another speed in silence: refused, and the line runs as before. */
static void
test_impossible_speed (void)
{
  static const unsigned impossible[] = { 4500000, 0, G_MAXUINT };

  for (int quietly = 0; quietly <= 1; quietly++)
    {
      char path[64];
      int master;
      Line line;

      open_serial (&line);
      pty_limit_speed (2000000, quietly);
      for (size_t i = 0; i < G_N_ELEMENTS (impossible); i++)
        {
          g_assert_cmpint (lw_transport_set_baud (line.transport, impossible[i]), ==, LW_IO_FAILED);
          g_assert_cmpint (line.transport->last_errno, ==, EINVAL);
          g_assert_cmpuint (line.transport->baud, ==, 1000000);
          g_assert_cmpuint (pty_speed (line.other), ==, 1000000);
        }
      g_assert_cmpint (lw_transport_set_baud (line.transport, 2000000), ==, LW_IO_OK);
      lw_transport_free (line.transport);
      close (line.other);

      master = pty_as_serial_open (path, sizeof path);
      assert_refused (path, 4500000, LW_BUS_ERROR_SPEED, "4500000 baud");
      close (master);
      pty_limit_speed (0, 0);
    }
}

/* A descriptor held after an unplug would bring the adapter back under another name. */
static void
test_left_at_hang_up (void)
{
  uint8_t bytes[4] = { 0 };
  size_t n = 99;
  Line line;
  int fd;

  open_serial (&line);
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC) - 1; /* the number before the next free one is the port's */
  g_assert_cmpint (isatty (fd), ==, 1);
  close (fd + 1);
  close (line.other);
  g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 500 * MS), ==, LW_IO_GONE);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  g_assert_cmpint (read_some (&line, bytes, sizeof bytes, &n, 500 * MS), ==, LW_IO_GONE);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpint (line.transport->klass->write (line.transport, bytes, 4, 0), ==, LW_IO_GONE);
  g_assert_cmpint (line.transport->klass->flush (line.transport), ==, LW_IO_GONE);
  g_assert_cmpint (lw_transport_set_baud (line.transport, 9600), ==, LW_IO_GONE);
  lw_transport_free (line.transport);
}

/* Closing drops no modem line, at any speed. */
static void
test_lines_stay_up (void)
{
  struct termios settings;
  Line line;

  open_serial (&line);
  g_assert_cmpint (lw_transport_set_baud (line.transport, 4500000), ==, LW_IO_OK);
  g_assert_cmpint (tcgetattr (line.other, &settings), ==, 0);
  g_assert_cmpuint (settings.c_cflag & HUPCL, ==, 0);
  g_assert_cmpuint (settings.c_cflag & CLOCAL, !=, 0);
  g_assert_cmpuint (settings.c_cflag & CRTSCTS, ==, 0);
  g_assert_cmpuint (settings.c_iflag & (IXON | IXOFF), ==, 0);
  lw_transport_free (line.transport);
  close (line.other);
}

static void
test_close_on_exec (void)
{
  Line line;
  int fd;

  open_serial (&line);
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC) - 1;
  g_assert_cmpint (isatty (fd), ==, 1);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd + 1);
  lw_transport_free (line.transport);
  close (line.other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/silence", test_silence);
  g_test_add_func ("/transport/bytes", test_bytes);
  g_test_add_func ("/transport/flush", test_flush);
  g_test_add_func ("/transport/hang-up", test_hang_up);
  g_test_add_func ("/transport/hang-up-while-waiting", test_hang_up_while_waiting);
  g_test_add_func ("/transport/write-blocked", test_write_blocked);
  g_test_add_func ("/transport/descriptor-flags", test_descriptor_flags);
  g_test_add_func ("/transport/serial/speed", test_serial_speed);
  g_test_add_func ("/transport/serial/exclusive", test_serial_exclusive);
  g_test_add_func ("/transport/serial/refused", test_serial_refused);
  g_test_add_func ("/transport/serial/change-speed", test_change_speed);
  g_test_add_func ("/transport/serial/change-speed-flushes", test_change_speed_flushes);
  g_test_add_func ("/transport/serial/speed-it-cannot-do", test_impossible_speed);
  g_test_add_func ("/transport/serial/left-at-hang-up", test_left_at_hang_up);
  g_test_add_func ("/transport/serial/lines-stay-up", test_lines_stay_up);
  g_test_add_func ("/transport/serial/not-for-children", test_close_on_exec);
  return g_test_run ();
}
