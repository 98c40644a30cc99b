/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib.h>
#include <linux/input.h>
#include <linux/uinput.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lw-pedal.h"
#include "lw-transport.h"

/* What the pedal's thread has told; read by the test once n_pressed or gone say so. */
typedef struct {
  unsigned    codes[16];
  int64_t     t_ns[16];
  atomic_uint n_pressed;
  atomic_bool gone;
} Heard;

static void
on_press (unsigned code, int64_t t_ns, void *data)
{
  Heard *heard = data;
  const unsigned i = atomic_load (&heard->n_pressed);

  g_assert_cmpuint (i, <, 16);
  heard->codes[i] = code;
  heard->t_ns[i] = t_ns;
  atomic_store (&heard->n_pressed, i + 1);
}

static void
on_gone (void *data)
{
  atomic_store (&((Heard *) data)->gone, true);
}

static void
wait_for (Heard *heard, unsigned n, bool gone)
{
  for (int i = 0; i < 2000 && (atomic_load (&heard->n_pressed) < n || atomic_load (&heard->gone) != gone); i++)
    g_usleep (5000);
  g_assert_cmpuint (atomic_load (&heard->n_pressed), ==, n);
  g_assert_cmpint (atomic_load (&heard->gone), ==, gone);
}

static void
put (int fd, unsigned type, unsigned code, int value, size_t first_part)
{
  struct input_event event = { .type = (uint16_t) type, .code = (uint16_t) code, .value = value };

  event.input_event_sec = 12;
  event.input_event_usec = 345678;
  /* In two parts, as a pipe may deliver it. */
  g_assert_cmpint (write (fd, &event, first_part), ==, first_part);
  if (first_part < sizeof event)
    g_assert_cmpint (write (fd, (char *) &event + first_part, sizeof event - first_part), ==, sizeof event - first_part);
}

/* Presses alone count: not releases, not repetitions, not other events. */
static void
test_presses (void)
{
  g_autoptr (GError) error = NULL;
  Heard heard = { .n_pressed = 0 };
  int ends[2];
  LwPedal *pedal;

  g_assert_cmpint (pipe (ends), ==, 0);
  pedal = lw_pedal_new_fd (ends[0], "pipe", on_press, on_gone, &heard, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lw_pedal_get_name (pedal), ==, "pipe");
  for (size_t part = 1; part <= sizeof (struct input_event); part += 7)
    {
      const unsigned n = atomic_load (&heard.n_pressed);

      put (ends[1], EV_MSC, MSC_SCAN, 1, part);
      put (ends[1], EV_KEY, KEY_B, 1, part);
      put (ends[1], EV_SYN, SYN_REPORT, 0, part);
      put (ends[1], EV_KEY, KEY_B, 2, part);
      put (ends[1], EV_KEY, KEY_B, 0, part);
      wait_for (&heard, n + 1, false);
      g_assert_cmpuint (heard.codes[n], ==, KEY_B);
      g_assert_cmpint (heard.t_ns[n], ==, G_GINT64_CONSTANT (12345678000));
    }
  close (ends[1]);
  wait_for (&heard, atomic_load (&heard.n_pressed), true);
  lw_pedal_free (pedal);
}

/* Freed while it waits, and while nobody listens. */
static void
test_free (void)
{
  Heard heard = { .n_pressed = 0 };
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  lw_pedal_free (lw_pedal_new_fd (ends[0], "pipe", on_press, NULL, &heard, NULL));
  g_assert_cmpuint (atomic_load (&heard.n_pressed), ==, 0);
  close (ends[1]);
  lw_pedal_free (NULL);
}

static void
test_no_such (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_pedal_open ("no pedal has such a name", on_press, NULL, NULL, &error));
  g_assert_true (g_error_matches (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND) || g_error_matches (error, LW_BUS_ERROR, LW_BUS_ERROR_PERMISSION));
  g_assert_nonnull (strstr (error->message, "no pedal has such a name"));
}

/* The kernel's own: found by a part of its name, grabbed, and not to be had twice. */
static void
test_uinput (void)
{
  g_autoptr (GError) error = NULL;
  struct uinput_setup setup = { .id = { .bustype = BUS_USB, .vendor = 0x1234, .product = 1 }, .name = "Lampwork test pedal" };
  Heard heard = { .n_pressed = 0 };
  int fd = open ("/dev/uinput", O_WRONLY | O_CLOEXEC);
  LwPedal *pedal = NULL;

  if (fd < 0 || ioctl (fd, UI_SET_EVBIT, EV_KEY) < 0 || ioctl (fd, UI_SET_KEYBIT, KEY_B) < 0 || ioctl (fd, UI_DEV_SETUP, &setup) < 0
      || ioctl (fd, UI_DEV_CREATE) < 0)
    {
      if (fd >= 0)
        close (fd);
      g_test_skip ("no /dev/uinput that this user may write");
      return;
    }
  for (int i = 0; i < 200 && pedal == NULL; i++) /* until its node is there */
    {
      g_clear_error (&error);
      pedal = lw_pedal_open ("test PEDAL", on_press, on_gone, &heard, &error);
      g_usleep (10000);
    }
  if (pedal == NULL)
    {
      g_test_skip ("the devices of /dev/uinput do not appear under /dev/input here");
      close (fd);
      return;
    }
  g_assert_null (lw_pedal_open ("test PEDAL", on_press, on_gone, &heard, &error));
  g_assert_error (error, LW_BUS_ERROR, LW_BUS_ERROR_BUSY);
  put (fd, EV_KEY, KEY_B, 1, sizeof (struct input_event));
  put (fd, EV_SYN, SYN_REPORT, 0, sizeof (struct input_event));
  wait_for (&heard, 1, false);
  g_assert_cmpuint (heard.codes[0], ==, KEY_B);
  close (fd); /* unplugged */
  wait_for (&heard, 1, true);
  lw_pedal_free (pedal);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/pedal/presses", test_presses);
  g_test_add_func ("/bus/pedal/free", test_free);
  g_test_add_func ("/bus/pedal/no-such", test_no_such);
  g_test_add_func ("/bus/pedal/uinput", test_uinput);
  return g_test_run ();
}
