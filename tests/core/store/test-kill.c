/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lw-rng.h"
#include "lw-test-paths.h"
#include "lw-test-store.h"

/* A child process records one demonstration after the other at 100 Hz and is killed with SIGKILL at a random moment. Of the
 * demonstration in progress at most one second may be lost; everything before stays as it was, to the byte; the file opens and
 * says what it recovered. */

#define N_JOINTS 7
#define PERIOD_US 10000
#define MOST 4096
#define LATE 5 /* every fifth child dies 1.8 s into a demonstration: late enough to lose more than a second */

/* What the child has done so far, where the parent can see it after the child's death. */
typedef struct {
  _Atomic int64_t  recording;     /* in progress; 0 = none yet */
  _Atomic uint32_t n_given[MOST]; /* by recording: samples that lw_recorder_sink() has returned from */
  _Atomic uint32_t ended[MOST];   /* by recording: lw_project_end_demonstration() has returned */
} Ledger;

static Ledger *
map_ledger (const char *path, int flags)
{
  int fd = open (path, flags, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, sizeof (Ledger)), ==, 0);
  Ledger *ledger = mmap (NULL, sizeof (Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (ledger != MAP_FAILED);
  close (fd);
  return ledger;
}

/* ---- the child ---- */

G_NORETURN static void
record_until_killed (const char *path, const char *ledger_path, guint64 seed)
{
  Ledger *ledger = map_ledger (ledger_path, O_RDWR);
  LwProject *project = lw_test_open (path);
  LwRecorder *recorder = lw_recorder_new (1024);
  GError *error = NULL;
  LwRng rng;

  lw_rng_init (&rng, seed, LW_RNG_TEST, 1, 0);
  lw_project_set_recorder (project, recorder);
  for (;;) {
    gint64 id = lw_project_begin_demonstration (project, "arm-7", N_JOINTS, "A3F9", NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (id, <, MOST);
    atomic_store (&ledger->recording, id);
    lw_recorder_start (recorder, id);
    guint n = seed % LATE == 0 ? 250 : 5 + lw_rng_u32 (&rng) % 120;
    gint64 next = g_get_monotonic_time ();
    for (guint i = 0; i < n; i++) {
      LwSample sample = lw_test_sample (id, i, N_JOINTS);
      lw_recorder_sink (&sample, recorder);
      atomic_fetch_add (&ledger->n_given[id], 1);
      next += PERIOD_US;
      g_usleep ((gulong) MAX (next - g_get_monotonic_time (), 0));
    }
    lw_recorder_stop (recorder);
    g_assert_true (lw_project_end_demonstration (project, id, NULL, NULL, &error));
    atomic_store (&ledger->ended[id], 1);
  }
}

/* ---- the parent ---- */

static pid_t
start_child (const char *path, const char *ledger, guint64 seed)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--record", (char *) path, (char *) ledger, number, NULL };
  GError *error = NULL;
  GPid pid;

  g_assert_true (
      g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, &error));
  g_assert_no_error (error);
  return pid;
}

/* Blocks of the recordings up to @last. */
static char *
dump_up_to (const char *path, gint64 last)
{
  g_autofree char *query = g_strdup_printf ("(SELECT 'block', * FROM block WHERE recording <= %" G_GINT64_FORMAT ")", last);

  return lw_test_dump (path, query);
}

static void
assert_whole (LwProject *project, const LwDemonstrationInfo *info)
{
  GError *error = NULL;
  g_autoptr (GArray) samples = lw_project_load_samples (project, info->id, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (samples->len, ==, info->n_samples);
  g_assert_cmpuint (samples->len, ==, info->verdict.n_samples);
  for (guint i = 0; i < samples->len; i++) {
    LwSample expected = lw_test_sample (info->id, i, N_JOINTS);
    lw_test_assert_same_sample (&g_array_index (samples, LwSample, i), &expected);
  }
}

/* Returns how many samples of the one in progress were lost; *before: the last recording that was there already, then the last
 * one there is. */
static guint
check (const char *path, const Ledger *ledger, gint64 *before)
{
  LwProject *project = lw_test_open (path);
  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (project, NULL);
  guint n_recovered = 0, lost = 0;

  for (guint i = 0; i < list->len; i++) {
    const LwDemonstrationInfo *info = g_ptr_array_index (list, i);
    guint n_given = atomic_load (&ledger->n_given[info->id]);
    g_assert_true (info->complete);
    assert_whole (project, info);
    if (info->id <= *before)
      continue;
    if (atomic_load (&ledger->ended[info->id])) {
      g_assert_false (info->recovered);
      g_assert_cmpuint (info->n_samples, ==, n_given);
      continue;
    }
    /* The last one: in progress, or just about to be told that it is complete. */
    g_assert_cmpuint (i, ==, list->len - 1);
    g_assert_cmpuint (info->n_samples, <=, n_given + 1);
    lost = n_given > info->n_samples ? n_given - (guint) info->n_samples : 0;
    n_recovered += info->recovered;
  }
  g_assert_cmpuint (n_recovered, <=, 1);
  if (list->len > 0)
    *before = ((LwDemonstrationInfo *) g_ptr_array_index (list, list->len - 1))->id;
  lw_test_close (project);
  return lost;
}

static void
test_kill (LwTestPlace *place, gconstpointer data)
{
  const guint n_kills = lw_test_is_long () ? 100 : 10;
  g_autofree char *ledger_path = g_build_filename (place->folder, "ledger", NULL);
  Ledger *ledger = map_ledger (ledger_path, O_RDWR | O_CREAT);
  guint most_lost = 0, n_recovered = 0;
  gint64 before = 0;
  LwRng rng;

  lw_rng_init (&rng, 20, LW_RNG_TEST, 0, 0);
  for (guint k = 0; k < n_kills; k++) {
    const gint64 known = before;
    g_autofree char *earlier = known > 0 ? dump_up_to (place->path, known) : NULL;
    int status;

    atomic_store (&ledger->recording, 0);
    pid_t pid = start_child (place->path, ledger_path, k);
    while (atomic_load (&ledger->recording) == 0 && waitpid (pid, &status, WNOHANG) == 0)
      g_usleep (1000);
    g_usleep (k % LATE == 0 ? 1800000 : 50000 + lw_rng_u32 (&rng) % 900000);
    kill (pid, SIGKILL);
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);

    guint lost = check (place->path, ledger, &before);
    g_assert_cmpuint (lost, <=, G_USEC_PER_SEC / PERIOD_US);
    most_lost = MAX (most_lost, lost);
    if (earlier != NULL) {
      g_autofree char *still = dump_up_to (place->path, known);
      g_assert_cmpstr (still, ==, earlier);
    }
  }

  LwProject *project = lw_test_open (place->path);
  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (project, NULL);
  for (guint i = 0; i < list->len; i++)
    n_recovered += ((LwDemonstrationInfo *) g_ptr_array_index (list, i))->recovered;
  lw_test_close (project);
  g_test_message ("%u kills, %u demonstrations, %u of them recovered, at most %u ms of one lost", n_kills, list->len, n_recovered,
                  most_lost * PERIOD_US / 1000);
  g_assert_cmpuint (n_recovered, >=, n_kills / 2);
  munmap (ledger, sizeof (Ledger));
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "--record"))
    record_until_killed (argv[2], argv[3], g_ascii_strtoull (argv[4], NULL, 10));
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/product/11-kill-at-random-moments", LwTestPlace, NULL, lw_test_place_init, test_kill, lw_test_place_clear);
  return g_test_run ();
}
