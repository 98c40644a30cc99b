/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mujoco-guard.h"

#include <glib.h>
#include <mujoco/mujoco.h>
#include <unistd.h>

/* TRUE when an error raised with @text came back here with its text. */
static gboolean
comes_back (const char *text)
{
  LwMujocoGuard guard;

  if (!lw_mujoco_guard_enter (&guard))
    return g_strcmp0 (guard.text, text) == 0;
  mju_error (text);
  return FALSE;
}

static void
test_error_comes_back (void)
{
  g_assert_true (comes_back ("stack overflow"));
  g_assert_true (comes_back ("once more"));
}

static void
test_nested (void)
{
  LwMujocoGuard outer;
  volatile int step = 0;

  if (lw_mujoco_guard_enter (&outer))
    {
      LwMujocoGuard inner;

      if (lw_mujoco_guard_enter (&inner))
        mju_error ("inner");
      else
        {
          g_assert_cmpstr (inner.text, ==, "inner");
          step = 1;
        }
      if (lw_mujoco_guard_enter (&inner))
        {
          step = 2;
          lw_mujoco_guard_leave (&inner);
        }
      mju_error ("outer");
    }
  else
    {
      g_assert_cmpint (step, ==, 2);
      g_assert_cmpstr (outer.text, ==, "outer");
      step = 3;
    }
  g_assert_cmpint (step, ==, 3);
}

static gpointer
raise_many (gpointer name)
{
  for (int i = 0; i < 2000; i++)
    g_assert_true (comes_back (name));
  return NULL;
}

static void
test_threads_apart (void)
{
  static char names[4][8] = { "one", "two", "three", "four" };
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new (names[i], raise_many, names[i]);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

static void
test_warning_leaves_no_file (void)
{
  g_autofree char *dir = g_dir_make_tmp ("lw-guard-XXXXXX", NULL);
  g_autofree char *before = g_get_current_dir ();
  LwMujocoGuard guard;

  g_assert_cmpint (chdir (dir), ==, 0);
  if (lw_mujoco_guard_enter (&guard))
    {
      mju_warning ("nobody needs to read this");
      lw_mujoco_guard_leave (&guard);
    }
  g_assert_false (g_file_test ("MUJOCO_LOG.TXT", G_FILE_TEST_EXISTS));
  g_assert_cmpint (chdir (before), ==, 0);
  g_assert_cmpint (rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mujoco-guard/error-comes-back", test_error_comes_back);
  g_test_add_func ("/mujoco-guard/nested", test_nested);
  g_test_add_func ("/mujoco-guard/threads-apart", test_threads_apart);
  g_test_add_func ("/mujoco-guard/warning-leaves-no-file", test_warning_leaves_no_file);
  return g_test_run ();
}
