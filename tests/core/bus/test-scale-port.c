/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/syscall.h>
#include <asm/ioctls.h>
#include <termios.h>
#include <unistd.h>

#include "lw-scale.h"
#include "lw-sim-scale.h"
#include "pty-as-serial.h"

#define S G_GINT64_CONSTANT (1000000000)

/* Scales at real descriptors, in real time: few tests, generous bars. */

#define FRAMING (CSIZE | PARENB | PARODD | CSTOPB)

static tcflag_t framing = CS8; /* as last set: a pseudo-terminal forgets parity and 7 bits, a port does not */

/* A program's own definitions stand before the C library's, for libserialport's calls too. */
int
tcsetattr (int fd, int actions, const struct termios *settings)
{
  (void) actions;
  framing = settings->c_cflag & FRAMING;
  return (int) syscall (SYS_ioctl, fd, TCSETS, settings);
}

int
tcgetattr (int fd, struct termios *settings)
{
  struct termios kernel = { 0 };

  if (syscall (SYS_ioctl, fd, TCGETS, &kernel) != 0)
    return -1;
  kernel.c_cflag = (kernel.c_cflag & ~(tcflag_t) FRAMING) | framing;
  *settings = kernel;
  return 0;
}

static void
weigh_once (LwScale *scale, LwSimScale *sim, double load)
{
  LwScaleReading r;

  lw_sim_scale_set_load (sim, load);
  g_assert_cmpint (lw_scale_read_stable (scale, NULL, lw_scale_now (scale) + 20 * S, &r, NULL), ==, LW_WEIGH_OK);
  g_assert_cmpfloat_with_epsilon (r.grams, load, 0.5);
}

static LwSimScale *
make (LwScaleFormat format, bool stream)
{
  LwSimScaleConfig config;

  lw_sim_scale_config_init (&config);
  config.format = format;
  config.stream = stream;
  config.tau = 0.02;
  config.step = 0.1;
  config.settle = 0.2;
  return lw_sim_scale_new (&config);
}

static void
test_socket (void)
{
  g_autoptr (GError) error = NULL;
  LwSimScale *sim = make (LW_SCALE_SICS, true);
  LwScale *scale = lw_scale_new (lw_transport_fd_new (lw_sim_scale_connect (sim, NULL), "socket"), LW_SCALE_ANY, NULL, &error);
  LwScaleReading r;

  g_assert_no_error (error);
  g_assert_cmpint (lw_scale_get_format (scale), ==, LW_SCALE_SICS);
  weigh_once (scale, sim, 12.0);
  g_assert_cmpint (lw_scale_tare (scale, NULL, lw_scale_now (scale) + 20 * S), ==, LW_WEIGH_OK);
  lw_sim_scale_set_faults (sim, LW_SIM_SCALE_HANG_UP);
  g_assert_cmpint (lw_scale_read_stable (scale, NULL, lw_scale_now (scale) + 20 * S, &r, NULL), ==, LW_WEIGH_GONE);
  lw_scale_free (scale);
  lw_sim_scale_free (sim);
}

/* A client goes, the next one comes: tare and load have stayed. */
static void
test_pseudo_terminal (void)
{
  g_autoptr (GError) error = NULL;
  LwSimScale *sim = make (LW_SCALE_AND, false);
  char path[64];
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  const LwScaleSettings told = { .format = LW_SCALE_AND };
  LwScaleReading r;
  LwScale *scale;

  g_assert_true (grantpt (master) == 0 && unlockpt (master) == 0 && ptsname_r (master, path, sizeof path) == 0);
  g_assert_true (lw_sim_scale_serve (sim, master, &error));
  for (int client = 0; client < 2; client++)
    {
      scale = lw_scale_open (path, client == 0 ? NULL : &told, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (lw_scale_is_streaming (scale));
      if (client == 0)
        {
          weigh_once (scale, sim, 150.0);
          g_assert_cmpint (lw_scale_tare (scale, NULL, lw_scale_now (scale) + 20 * S), ==, LW_WEIGH_OK);
        }
      g_assert_cmpint (lw_scale_read_stable (scale, NULL, lw_scale_now (scale) + 20 * S, &r, NULL), ==, LW_WEIGH_OK);
      g_assert_cmpfloat_with_epsilon (r.grams, 0.0, 0.21);
      lw_scale_free (scale);
    }
  lw_sim_scale_free (sim);
}

/* Through libserialport, with the line set as it was asked for. */
static void
test_serial (void)
{
  g_autoptr (GError) error = NULL;
  const LwScaleSettings told = { .format = LW_SCALE_AND, .baud = 2400, .framing = { 7, 'E', 1 } };
  LwSimScale *sim = make (LW_SCALE_AND, true);
  char path[64];
  int master = pty_as_serial_open (path, sizeof path), slave = open (path, O_RDWR | O_NOCTTY);
  LwScale *scale;

  g_assert_true (lw_sim_scale_serve (sim, master, &error));
  scale = lw_scale_open (path, &told, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (framing, ==, CS7 | PARENB);
  g_assert_cmpuint (pty_speed (slave), ==, 2400);
  g_assert_nonnull (strstr (lw_scale_get_title (scale), "2400 baud 7E1"));
  weigh_once (scale, sim, 33.0);
  lw_scale_free (scale);
  close (slave);
  lw_sim_scale_free (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/scale-port/socket", test_socket);
  g_test_add_func ("/bus/scale-port/pseudo-terminal", test_pseudo_terminal);
  g_test_add_func ("/bus/scale-port/serial", test_serial);
  return g_test_run ();
}
