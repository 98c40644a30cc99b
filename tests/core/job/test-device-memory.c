/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "lw-device-memory.h"

static char *folder; /* stands for the user's data folder */

static char *
ini_path (void)
{
  return g_build_filename (folder, "lampwork", "arms.ini", NULL);
}

static void
begin (void)
{
  g_autofree char *path = ini_path ();

  g_unlink (path);
}

static void
add (GPtrArray *ports, const char *path, uint16_t vid, uint16_t pid, const char *serial)
{
  LwPort *port = g_new0 (LwPort, 1);

  port->path = g_strdup (path);
  port->vid = vid;
  port->pid = pid;
  port->serial = g_strdup (serial);
  g_ptr_array_add (ports, port);
}

static void
remember (const char *key, const char *name, const char *profile, unsigned baud, const char *calibration)
{
  const LwKnownArm arm = { (char *) key, (char *) name, (char *) profile, baud, (char *) calibration };
  g_autoptr (GError) error = NULL;

  lw_device_memory_remember (&arm, &error);
  g_assert_no_error (error);
}

/* Product item 20: an arm is found by its adapter, whatever its tty number. */
static void
test_replugged (void)
{
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
  g_autoptr (GPtrArray) after = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
  g_autofree char *key = NULL, *other = NULL, *now = NULL, *then = NULL;
  g_autoptr (LwKnownArm) arm = NULL;

  begin ();
  add (before, "/dev/ttyUSB0", 0x0403, 0x6014, "FT94W5CA");
  add (before, "/dev/ttyUSB1", 0x0403, 0x6014, "FT8ISK0J");
  add (after, "/dev/ttyUSB0", 0x0403, 0x6014, "FT8ISK0J");
  add (after, "/dev/ttyUSB7", 0x0403, 0x6014, "FT94W5CA");
  key = lw_device_key ("/dev/ttyUSB0", before);
  g_assert_cmpstr (key, ==, "0403:6014:FT94W5CA");
  remember (key, "left arm", "koch-v1.1", 0, NULL);

  now = lw_device_key ("/dev/ttyUSB7", after);
  arm = lw_device_memory_find (now, NULL);
  g_assert_cmpstr (arm->name, ==, "left arm");
  g_assert_cmpstr (arm->profile, ==, "koch-v1.1");
  then = lw_device_port (arm->key, after);
  g_assert_cmpstr (then, ==, "/dev/ttyUSB7");
  other = lw_device_key ("/dev/ttyUSB0", after);
  g_assert_null (lw_device_memory_find (other, NULL));
  g_assert_null (lw_device_port ("0403:6014:FT000000", after));
}

/* What is no USB adapter is known by its name; a link by what it points to. */
static void
test_keys (void)
{
  g_autoptr (GPtrArray) ports = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
  g_autofree char *link = g_build_filename (folder, "by-id", NULL), *target = g_build_filename (folder, "ttyUSB5", NULL);
  g_autofree char *real = NULL, *of_link = NULL, *of_serial = NULL, *of_net = NULL, *of_nothing = NULL, *back = NULL, *net = NULL, *lone = NULL;

  g_assert_true (g_file_set_contents (target, "", 0, NULL));
  g_assert_cmpint (symlink (target, link), ==, 0);
  real = realpath (target, NULL);
  add (ports, real, 0x1a86, 0x55d3, "5A46082345");
  add (ports, "/dev/ttyS0", 0, 0, NULL);
  add (ports, "/dev/ttyUSB9", 0x1a86, 0x7523, NULL);
  of_link = lw_device_key (link, ports);
  g_assert_cmpstr (of_link, ==, "1a86:55d3:5A46082345");
  back = lw_device_port (of_link, ports);
  g_assert_cmpstr (back, ==, real);
  of_serial = lw_device_key ("/dev/ttyS0", ports);
  g_assert_cmpstr (of_serial, ==, "/dev/ttyS0");
  of_net = lw_device_key ("tcp:bench:4000", ports);
  g_assert_cmpstr (of_net, ==, "tcp:bench:4000");
  net = lw_device_port (of_net, ports);
  g_assert_cmpstr (net, ==, "tcp:bench:4000");
  of_nothing = lw_device_key ("/dev/ttyUSB9", ports);
  g_assert_cmpstr (of_nothing, ==, "1a86:7523:");
  lone = lw_device_port (of_nothing, ports);
  g_assert_cmpstr (lone, ==, "/dev/ttyUSB9");
  g_unlink (link);
  g_unlink (target);
}

/* Every field survives, also through names that a key file would not take as they are. */
static void
test_round_trip (void)
{
  static const char *const keys[] = { "0403:6014:FT94W5CA", "1a86:7523:", "tcp:[fe80::1]:4000", "/dev/ttyS0", "10c4:ea60:a [b] = c;é%5B" };
  g_autoptr (GPtrArray) arms = NULL;
  g_autoptr (GError) error = NULL;

  begin ();
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u arm = “x”; [y]\nz", i);

      remember (keys[i], name, "so-101", 1000000 + i, i % 2 == 0 ? "/home/me/a b.json" : NULL);
    }
  arms = lw_device_memory_list (&error);
  g_assert_no_error (error);
  g_assert_cmpuint (arms->len, ==, G_N_ELEMENTS (keys));
  for (guint i = 0; i < arms->len; i++)
    {
      const LwKnownArm *arm = g_ptr_array_index (arms, i);
      g_autofree char *name = g_strdup_printf ("%u arm = “x”; [y]\nz", i);

      g_assert_cmpstr (arm->key, ==, keys[i]);
      g_assert_cmpstr (arm->name, ==, name);
      g_assert_cmpstr (arm->profile, ==, "so-101");
      g_assert_cmpuint (arm->baud, ==, 1000000 + i);
      g_assert_cmpstr (arm->calibration, ==, i % 2 == 0 ? "/home/me/a b.json" : NULL);
    }
}

static void
test_change_and_forget (void)
{
  g_autoptr (LwKnownArm) first = NULL, second = NULL, by_name = NULL;
  g_autoptr (GPtrArray) none = NULL;

  begin ();
  none = lw_device_memory_list (NULL);
  g_assert_cmpuint (none->len, ==, 0);
  remember ("k", "bench", "so-100", 0, "/a.json");
  remember ("k", "bench", "so-101", 500000, NULL);
  first = lw_device_memory_find ("k", NULL);
  g_assert_cmpstr (first->profile, ==, "so-101");
  g_assert_cmpuint (first->baud, ==, 500000);
  g_assert_null (first->calibration);
  by_name = lw_device_memory_find ("bench", NULL);
  g_assert_cmpstr (by_name->key, ==, "k");
  g_assert_true (lw_device_memory_forget ("k", NULL));
  g_assert_true (lw_device_memory_forget ("k", NULL));
  second = lw_device_memory_find ("k", NULL);
  g_assert_null (second);
}

/* A person's comments, and what a later version may have written, stay; a file that makes no sense is left alone and named. */
static void
test_foreign (void)
{
  static const char text[] = "# mine\n[0403:6014:X]\nname=a\nprofile=b\nfuture=1\n\n[else]\nother=2\n";
  g_autofree char *path = ini_path (), *kept = NULL;
  g_autoptr (GPtrArray) arms = NULL;
  g_autoptr (GError) error = NULL;

  begin ();
  remember ("x", "y", "z", 0, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  remember ("0403:6014:X", "c", "d", 9600, NULL);
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  g_assert_nonnull (g_strstr_len (kept, -1, "# mine"));
  g_assert_nonnull (g_strstr_len (kept, -1, "future=1"));
  g_assert_nonnull (g_strstr_len (kept, -1, "[else]\nother=2"));
  arms = lw_device_memory_list (NULL);
  g_assert_cmpuint (arms->len, ==, 1);

  g_clear_pointer (&kept, g_free);
  g_assert_true (g_file_set_contents (path, "this is no key file", -1, NULL));
  g_assert_null (lw_device_memory_list (&error));
  g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE);
  g_assert_nonnull (g_strstr_len (error->message, -1, path));
  g_assert_false (lw_device_memory_remember (&(LwKnownArm){ .key = (char *) "k", .profile = (char *) "p" }, NULL));
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "this is no key file");
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL, *lampwork = NULL;
  int result;

  folder = g_dir_make_tmp ("lampwork-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-memory/replugged", test_replugged);
  g_test_add_func ("/device-memory/keys", test_keys);
  g_test_add_func ("/device-memory/round-trip", test_round_trip);
  g_test_add_func ("/device-memory/change-and-forget", test_change_and_forget);
  g_test_add_func ("/device-memory/foreign", test_foreign);
  result = g_test_run ();
  path = ini_path ();
  lampwork = g_path_get_dirname (path);
  g_unlink (path);
  g_rmdir (lampwork);
  g_rmdir (folder);
  g_free (folder);
  return result;
}
