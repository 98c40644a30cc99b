/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lw-test-store.h"

static void
test_open (LwTestPlace *place, gconstpointer data)
{
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;
  LwProject *project = lw_test_open (place->path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (lw_project_get_path (project), ==, place->path);
  g_assert_cmpint (lw_project_get_saved_at (project), >=, before);
  g_assert_null (lw_project_dup_saving_error (project));

  /* Closed: every call says so, twice is once. */
  lw_project_close (project);
  lw_project_close (project);
  g_assert_cmpint (lw_project_begin_demonstration (project, "arm-7", 7, NULL, NULL, &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN);
  g_clear_error (&error);
  g_assert_null (lw_project_list_demonstrations (project, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN);
  lw_project_set_recorder (project, NULL);
  g_assert_finalize_object (project);

  /* One file, no log, no lock. */
  GDir *dir = g_dir_open (place->folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "test.lampwork");
  g_assert_null (g_dir_read_name (dir));
  g_dir_close (dir);
}

static void
test_busy (LwTestPlace *place, gconstpointer data)
{
  LwProject *project = lw_test_open (place->path);
  g_autofree char *link = g_build_filename (place->folder, "link.lampwork", NULL);
  g_autofree char *pid = g_strdup_printf ("process %d)", (int) getpid ());
  g_autoptr (GError) error = NULL, through_link = NULL;

  g_assert_null (lw_project_open (place->path, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, pid));
  g_assert_cmpint (symlink (place->path, link), ==, 0);
  g_assert_null (lw_project_open (link, &through_link));
  g_assert_error (through_link, LW_PROJECT_ERROR, LW_PROJECT_ERROR_BUSY);

  /* The failed attempts took nothing away from the first. */
  g_assert_cmpint (lw_project_begin_run (project, 0, "{}", NULL), >, 0);
  lw_test_close (project);
  lw_test_close (lw_test_open (link));
}

/* Runs @child in a process of its own; its exit status must be 0. */
static void
in_child (int (*child) (gconstpointer data), gconstpointer data)
{
  int status;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (child (data));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* Lock and file stay behind as a killed program leaves them. */
static int
leave_open (gconstpointer data)
{
  return lw_project_open (data, NULL) != NULL ? 0 : 1;
}

static void
test_stale_lock (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *lock = g_strconcat (place->path, "-lock", NULL);

  in_child (leave_open, place->path);
  g_assert_true (g_file_test (lock, G_FILE_TEST_EXISTS));
  lw_test_close (lw_test_open (place->path));
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
}

static int
open_without_permission (gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0 && seteuid (65534) != 0)
    return 1;
  if (lw_project_open (data, &error) != NULL || !g_error_matches (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN))
    return 2;
  if (strstr (error->message, "no file can be written in") == NULL || strstr (error->message, "Permission denied") == NULL)
    return 3;
  return 0;
}

static void
test_read_only_folder (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (GError) nowhere = NULL, folder = NULL;

  g_assert_cmpint (g_chmod (place->folder, 0555), ==, 0);
  in_child (open_without_permission, place->path);
  g_assert_cmpint (g_chmod (place->folder, 0755), ==, 0);

  g_assert_null (lw_project_open ("/nowhere/a.lampwork", &nowhere));
  g_assert_error (nowhere, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN);
  g_assert_null (lw_project_open (place->folder, &folder));
  g_assert_error (folder, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_A_PROJECT);
  g_autofree char *lock = g_strconcat (place->folder, "-lock", NULL);
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
}

static void
limit_file_size (rlim_t bytes)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
note_changes_cb (LwProject *project, guint changes, gpointer data)
{
  *(guint *) data |= changes;
}

static void
iterate_until (guint *changes, guint wanted)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while ((*changes & wanted) != wanted && g_get_monotonic_time () < deadline)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  g_assert_cmphex (*changes & wanted, ==, wanted);
}

/* When the file cannot grow, calls fail and say why, samples wait in memory, and when there is room again nothing is missing. */
static void
test_disk_full (LwTestPlace *place, gconstpointer data)
{
  LwProject *project = lw_test_open (place->path);
  LwRecorder *recorder = lw_recorder_new (4096);
  g_autofree char *big = g_strdup_printf ("{\"a\":\"%*s\"}", 1 << 20, "");
  g_autofree char *wal = g_strconcat (place->path, "-wal", NULL);
  g_autoptr (GError) error = NULL;
  guint changes = 0;
  GStatBuf st;

  g_signal_connect (project, "changed", G_CALLBACK (note_changes_cb), &changes);
  signal (SIGXFSZ, SIG_IGN);
  lw_project_set_recorder (project, recorder);
  gint64 id = lw_project_begin_demonstration (project, "arm-7", 7, NULL, NULL, &error);
  g_assert_no_error (error);

  g_assert_cmpint (g_stat (wal, &st), ==, 0);
  limit_file_size ((rlim_t) st.st_size + 10000);
  g_assert_cmpint (lw_project_begin_run (project, 0, big, &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, "test.lampwork"));
  lw_recorder_start (recorder, id);
  for (guint i = 0; i < 2000; i++) {
    LwSample sample = lw_test_sample (id, i, 7);
    lw_recorder_sink (&sample, recorder);
  }
  changes = 0;
  iterate_until (&changes, LW_PROJECT_CHANGE_SAVING);
  g_autofree char *saving = lw_project_dup_saving_error (project);
  g_assert_nonnull (saving);

  limit_file_size (RLIM_INFINITY);
  changes = 0;
  iterate_until (&changes, LW_PROJECT_CHANGE_SAVING);
  g_assert_null (lw_project_dup_saving_error (project));
  g_clear_error (&error);
  g_assert_true (lw_project_end_demonstration (project, id, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (GArray) samples = lw_project_load_samples (project, id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (samples->len, ==, 2000);
  for (guint i = 0; i < samples->len; i++) {
    LwSample expected = lw_test_sample (id, i, 7);
    lw_test_assert_same_sample (&g_array_index (samples, LwSample, i), &expected);
  }
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, NULL);
  g_assert_cmpuint (runs->len, ==, 0);

  lw_project_set_recorder (project, NULL);
  lw_recorder_free (recorder);
  lw_test_close (project);
}

static gpointer
work_begin_run (LwProject *project, gpointer data, GError **error)
{
  GThread **thread = data;

  *thread = g_thread_self ();
  return lw_project_begin_run (project, 0, "{}", error) > 0 ? g_strdup ("done") : NULL;
}

static gpointer
work_fail (LwProject *project, gpointer data, GError **error)
{
  lw_project_rename (project, 77, "x", error);
  return NULL;
}

static void
take_result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
test_async (LwTestPlace *place, gconstpointer data)
{
  LwProject *project = lw_test_open (place->path);
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread = NULL;
  guint changes = 0;

  g_signal_connect (project, "changed", G_CALLBACK (note_changes_cb), &changes);
  lw_project_call_async (project, work_begin_run, &thread, NULL, g_free, take_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_autofree char *done = lw_project_call_finish (project, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (done, ==, "done");
  g_assert_true (thread != NULL && thread != g_thread_self ());
  g_clear_object (&result);
  iterate_until (&changes, LW_PROJECT_CHANGE_RUNS);

  lw_project_call_async (project, work_fail, NULL, NULL, NULL, take_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (lw_project_call_finish (project, result, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_clear_object (&result);

  /* A change on its way when the project goes is dropped, not delivered to freed memory. */
  lw_project_begin_run (project, 0, "{}", NULL);
  lw_test_close (project);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* ---- readers while the writer writes ---- */

typedef struct {
  LwProject *project;
  gint       stop;
  gint64     id;
  guint      n_reads;
} Watch;

static gpointer
watch_thread (gpointer data)
{
  Watch *watch = data;
  size_t last = 0;

  while (!g_atomic_int_get (&watch->stop)) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = lw_project_list_demonstrations (watch->project, &error);
    g_assert_no_error (error);
    g_autoptr (GArray) samples = lw_project_load_samples (watch->project, watch->id, &error);
    g_assert_no_error (error);
    const LwDemonstrationInfo *info = g_ptr_array_index (list, 0);
    /* Whole commits only: what is listed is there, and it only grows. */
    g_assert_cmpuint (info->n_samples, >=, last);
    g_assert_cmpuint (samples->len, >=, info->n_samples);
    for (guint i = 0; i < samples->len; i++)
      g_assert_cmpuint (g_array_index (samples, LwSample, i).cycle, ==, 1000 + i);
    last = samples->len;
    watch->n_reads++;
  }
  return NULL;
}

static void
test_readers (LwTestPlace *place, gconstpointer data)
{
  LwProject *project = lw_test_open (place->path);
  LwRecorder *recorder = lw_recorder_new (1024);
  GThread *threads[3];
  Watch watches[3];
  g_autoptr (GError) error = NULL;

  lw_project_set_recorder (project, recorder);
  gint64 id = lw_project_begin_demonstration (project, "arm-7", 7, NULL, NULL, &error);
  lw_recorder_start (recorder, id);
  for (int i = 0; i < 3; i++) {
    watches[i] = (Watch){ .project = project, .id = id };
    threads[i] = g_thread_new ("watch", watch_thread, &watches[i]);
  }
  for (guint i = 0; i < 1500; i++) {
    LwSample sample = lw_test_sample (id, i, 7);
    lw_recorder_sink (&sample, recorder);
    g_usleep (1000);
  }
  lw_recorder_stop (recorder);
  g_assert_true (lw_project_end_demonstration (project, id, NULL, NULL, &error));
  for (int i = 0; i < 3; i++) {
    g_atomic_int_set (&watches[i].stop, 1);
    g_thread_join (threads[i]);
    g_assert_cmpuint (watches[i].n_reads, >, 3);
  }
  g_autoptr (GArray) samples = lw_project_load_samples (project, id, &error);
  g_assert_cmpuint (samples->len, ==, 1500);
  lw_project_set_recorder (project, NULL);
  lw_recorder_free (recorder);
  lw_test_close (project);
}

/* Many threads give commands at once; each sees its own done. */
static gpointer
runs_thread (gpointer data)
{
  for (int i = 0; i < 25; i++) {
    g_autoptr (GError) error = NULL;
    gint64 run = lw_project_begin_run (data, 0, "{}", &error);
    g_assert_no_error (error);
    /* one that fails in the same transaction as others that do not */
    g_assert_false (lw_project_add_iteration (data, run, 0, "no JSON", NULL, &error));
    g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
    g_assert_true (lw_project_end_run (data, run, "complete", NULL));
  }
  return NULL;
}

static void
test_commands (LwTestPlace *place, gconstpointer data)
{
  LwProject *project = lw_test_open (place->path);
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("runs", runs_thread, project);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, NULL);
  g_assert_cmpuint (runs->len, ==, 100);
  for (guint i = 0; i < runs->len; i++) {
    const LwRunInfo *run = g_ptr_array_index (runs, i);
    g_assert_cmpstr (run->ended, ==, "complete");
    g_assert_cmpuint (run->n_iterations, ==, 0);
  }
  lw_test_close (project);
}

#define ADD(path, function) g_test_add ("/project/" path, LwTestPlace, NULL, lw_test_place_init, function, lw_test_place_clear)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("open", test_open);
  ADD ("busy", test_busy);
  ADD ("stale-lock", test_stale_lock);
  ADD ("read-only-folder", test_read_only_folder);
  ADD ("disk-full", test_disk_full);
  ADD ("async", test_async);
  ADD ("readers", test_readers);
  ADD ("commands", test_commands);
  return g_test_run ();
}
