/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-import-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lw-demonstrations.h"

GBytes *
lw_import_file_read (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  gsize size;
  GStatBuf st;

  if (g_stat (path, &st) != 0) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s: %s", path,
                 errno == ENOENT ? "there is no such file" : g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (st.st_mode)) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s is %s; a file was expected", path,
                 S_ISDIR (st.st_mode) ? "a folder" : "not a regular file");
    return NULL;
  }
  /* Read, not mapped: a mapped file that someone else shortens ends the program. */
  if (!g_file_get_contents (path, &text, &size, &local)) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s cannot be read: %s", path, local->message);
    return NULL;
  }
  if (size == 0) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s is empty", path);
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&text), size);
}

gboolean
lw_import_file_write (const char *path, const void *data, size_t size, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE, "%s is a folder; the name of a file was expected", path);
    return FALSE;
  }
  if (g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
                                &local))
    return TRUE;
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE, "%s cannot be written: %s", path, local->message);
  return FALSE;
}
