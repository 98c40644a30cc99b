/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 11. A program that records from an arm, with its own thread and at a hundred readings a second, dies at random moments (kill -9). What the store alone survives is tested with it;
 * here the samples are an arm's, and every one that reached the file is compared with what the arm gave. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lw-device.h"
#include "lw-rng.h"
#include "lw-test-paths.h"
#include "lw-test-store.h"
#include "on-both.h"

#define MOST_RECORDINGS 400
#define MOST_SAMPLES    300
#define PER_SECOND      100
#define LATE            4 /* every fourth program dies 1.8 s into a demonstration: late enough to lose more than a second */

/* What the program did until its death, where the other one can see it. */
typedef struct {
  _Atomic int64_t  recording; /* in progress; 0 = none */
  _Atomic uint32_t n[MOST_RECORDINGS];
  _Atomic uint32_t ended[MOST_RECORDINGS];
  LwSample         samples[MOST_RECORDINGS][MOST_SAMPLES]; /* as the arm gave them, by recording */
} Ledger;

static Ledger *
map_ledger (const char *path, int flags)
{
  int     fd = open (path, flags, 0600);
  Ledger *ledger;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, sizeof (Ledger)), ==, 0);
  ledger = mmap (NULL, sizeof (Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (ledger != MAP_FAILED);
  close (fd);
  return ledger;
}

/* ---- the program that dies ---- */

typedef struct {
  Ledger     *ledger;
  LwRecorder *recorder;
} Witness;

static void
note (const LwSample *sample, void *data)
{
  Witness *self = data;
  int64_t  id = atomic_load (&self->ledger->recording);
  uint32_t n = id > 0 ? atomic_load (&self->ledger->n[id]) : 0;

  if (id > 0)
    {
      g_assert_cmpuint (n, <, MOST_SAMPLES);
      self->ledger->samples[id][n] = *sample;
    }
  lw_recorder_sink (sample, self->recorder);
  if (id > 0)
    atomic_store (&self->ledger->n[id], n + 1);
}

G_NORETURN static void
record_until_killed (const char *protocol, const char *path, const char *ledger_path, guint64 seed)
{
  Witness             witness = { map_ledger (ledger_path, O_RDWR), lw_recorder_new (1024) };
  const LwDeviceHooks hooks = { .sink = note, .sink_data = &witness };
  LwProject          *project = lw_test_open (path);
  g_autoptr (GError)  error = NULL;
  LwDevice            device;
  LwDeviceArm         arm;
  LwRng               rng;

  lw_rng_init (&rng, seed, LW_RNG_TEST, 1, 0);
  lw_project_set_recorder (project, witness.recorder);
  lw_device_init (&device);
  device.profile = lw_device_find_profile ("desk-6", &error);
  g_assert_no_error (error);
  g_assert_true (lw_protocol_from_name (protocol, &device.profile->protocol));
  lw_device_connect (&device, NULL, &hooks, &arm, &error);
  g_assert_no_error (error);
  g_assert_true (lw_arm_request (arm.arm, LW_REQUEST_GUIDE, NULL) && lw_arm_wait_mode (arm.arm, LW_MODE_GUIDE, 3000));
  for (;;)
    {
      gint64 id = lw_project_begin_demonstration (project, "desk-6", 6, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (id, <, MOST_RECORDINGS);
      atomic_store (&witness.ledger->recording, id);
      lw_recorder_start (witness.recorder, id);
      g_usleep (seed % LATE == 0 ? 2500000 : 100000 + lw_rng_u32 (&rng) % 500000);
      lw_recorder_stop (witness.recorder);
      atomic_store (&witness.ledger->recording, 0);
      g_assert_true (lw_project_end_demonstration (project, id, NULL, NULL, &error));
      atomic_store (&witness.ledger->ended[id], 1);
    }
}

/* ---- the one that looks ---- */

static pid_t
start (const char *protocol, const char *path, const char *ledger, guint seed)
{
  g_autofree char *number = g_strdup_printf ("%u", seed), *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--record", (char *) protocol, (char *) path, (char *) ledger, number, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

/* How many of the arm's samples at the end of @info are not in the file; all that are, are the arm's, without a hole. */
static guint
lost_of (LwProject *project, const Ledger *ledger, const LwDemonstrationInfo *info)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) samples = lw_project_load_samples (project, info->id, &error);
  guint n = atomic_load (&ledger->n[info->id]), first = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (samples->len, ==, info->n_samples);
  if (samples->len == 0)
    return n;
  while (first < n && ledger->samples[info->id][first].t_ns != g_array_index (samples, LwSample, 0).t_ns)
    first++;
  g_assert_cmpuint (first, <=, 2); /* noted just before the recorder began */
  /* One more than is counted may have been on its way. */
  g_assert_cmpuint (first + samples->len, <=, MIN (n + 1, MOST_SAMPLES));
  for (guint i = 0; i < samples->len; i++)
    lw_test_assert_same_sample (&g_array_index (samples, LwSample, i), &ledger->samples[info->id][first + i]);
  return n > first + samples->len ? n - first - samples->len : 0;
}

static void
test_kill (gconstpointer data)
{
  const guint      n_kills = lw_test_is_long () ? 100 : 4;
  LwTestPlace      place;
  g_autofree char *ledger_path = NULL;
  Ledger          *ledger;
  guint            most = 0, n_recovered = 0, n_listed = 0;
  LwRng            rng;

  lw_rng_init (&rng, 11, LW_RNG_TEST, 0, 0);
  lw_test_place_init (&place, NULL);
  ledger_path = g_build_filename (place.folder, "ledger", NULL);
  ledger = map_ledger (ledger_path, O_RDWR | O_CREAT);
  for (guint k = 0; k < n_kills; k++)
    {
      g_autoptr (GPtrArray) list = NULL;
      LwProject *project;
      int        status;
      pid_t      pid;

      atomic_store (&ledger->recording, 0);
      pid = start (lw_protocol_name (protocol_of (data)), place.path, ledger_path, k);
      while (atomic_load (&ledger->recording) == 0 && waitpid (pid, &status, WNOHANG) == 0)
        g_usleep (1000);
      g_usleep (k % LATE == 0 ? 1800000 : 50000 + lw_rng_u32 (&rng) % 900000);
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);

      project = lw_test_open (place.path);
      list = lw_project_list_demonstrations (project, NULL);
      n_recovered = 0;
      for (guint i = 0; i < list->len; i++)
        {
          const LwDemonstrationInfo *info = g_ptr_array_index (list, i);
          guint lost = lost_of (project, ledger, info);

          g_assert_true (info->complete);
          /* The last one may have been complete just before the program could say so. */
          if (i == list->len - 1 && !info->recovered)
            atomic_store (&ledger->ended[info->id], 1);
          g_assert_true (info->recovered == !atomic_load (&ledger->ended[info->id]));
          g_assert_cmpuint (lost, <=, atomic_load (&ledger->ended[info->id]) ? 2 : PER_SECOND);
          most = MAX (most, lost);
          n_recovered += info->recovered;
        }
      n_listed = list->len;
      lw_test_close (project);
    }
  g_test_message ("%u kills, %u demonstrations, %u of them recovered, at most %u samples of one lost", n_kills, n_listed, n_recovered, most);
  g_assert_cmpuint (n_recovered, >=, n_kills / 2);
  munmap (ledger, sizeof (Ledger));
  lw_test_place_clear (&place, NULL);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = { { "/product/11-kill-while-recording-an-arm", test_kill } };

  if (argc == 6 && g_str_equal (argv[1], "--record"))
    record_until_killed (argv[2], argv[3], argv[4], g_ascii_strtoull (argv[5], NULL, 10));
  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
