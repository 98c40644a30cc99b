/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pthread.h>

#include "lw-scale.h"
#include "lw-sim-scale.h"
#include "race.h"

/* For ThreadSanitizer: the simulated scale's thread, a client that reads and tares, somebody who changes the load and pulls
 * plugs, and somebody who says stop, all at once. A plain program, since GLib's own locks look like races to the sanitizer. It
 * also checks that what is read was on the pan. */
#define LEAST 10.0 /* g */
#define MOST  90.0

typedef struct {
  LwSimScale  *sim;
  LwScale     *scale;
  atomic_bool  stop, done;
  int          n_calls; /* a session */
  int          n_read;
} Scene;

static void *
be_client (void *data)
{
  Scene *scene = data;

  for (int k = 0; k < scene->n_calls; k++)
    {
      int64_t deadline_ns = lw_scale_now (scene->scale) + 300 * G_GINT64_CONSTANT (1000000);
      LwScaleReading reading;
      LwWeighing result;

      if (k % 10 == 9)
        result = lw_scale_tare (scene->scale, &scene->stop, deadline_ns);
      else
        {
          result = lw_scale_read (scene->scale, &scene->stop, deadline_ns, &reading, NULL);
          if (result == LW_WEIGH_OK && reading.status == LW_SCALE_VALUE)
            {
              scene->n_read++;
              check (fabs (reading.grams) <= MOST, "the number was never on the pan");
            }
        }
      check (result != LW_WEIGH_GONE && result != LW_WEIGH_FAILED, "the line is lost");
      if (result == LW_WEIGH_STOPPED)
        atomic_store (&scene->stop, false);
    }
  atomic_store (&scene->done, true);
  return NULL;
}

static void *
be_cook (void *data)
{
  Scene *scene = data;

  for (unsigned k = 0; !atomic_load (&scene->done); k++)
    {
      double load = LEAST + (k * 7 % 81);

      lw_sim_scale_set_load (scene->sim, load);
      check (lw_sim_scale_get_load (scene->sim) == load, "the load was not kept");
      lw_sim_scale_set_reply_delay (scene->sim, k % 5 == 4 ? 0.05 : 0.001);
      sleep_ms (3);
    }
  return NULL;
}

static void *
be_mischief (void *data)
{
  Scene *scene = data;

  for (unsigned k = 0; !atomic_load (&scene->done); k++)
    {
      lw_sim_scale_set_faults (scene->sim, k % 16 == 15 ? LW_SIM_SCALE_SILENT : k % 8 == 7 ? LW_SIM_SCALE_RESTLESS : 0);
      if (k % 32 == 31)
        atomic_store (&scene->stop, true);
      sleep_ms (11);
    }
  lw_sim_scale_set_faults (scene->sim, 0);
  return NULL;
}

static void
race (bool stream)
{
  void *(*const roles[]) (void *) = { be_client, be_cook, be_mischief };
  LwSimScaleConfig config;
  Scene scene = { .n_calls = stream ? 60 : 15 }; /* a question takes its tenth of a second */

  lw_sim_scale_config_init (&config);
  config.format = stream ? LW_SCALE_AND : LW_SCALE_SICS;
  config.stream = stream;
  config.rate = 100;
  config.tau = 0.005;
  config.settle = 0.02;
  scene.sim = lw_sim_scale_new (&config);
  check (scene.sim != NULL, "simulator");
  lw_sim_scale_set_load (scene.sim, LEAST);
  for (int session = 0; session < 2; session++)
    {
      int fd = lw_sim_scale_connect (scene.sim, NULL);
      LwScaleReading reading;
      pthread_t threads[3];

      check (fd >= 0, "connect");
      scene.scale = lw_scale_new (lw_transport_fd_new (fd, "Simulated scale"), config.format, NULL, NULL);
      check (scene.scale != NULL, "scale");
      atomic_store (&scene.done, false);
      atomic_store (&scene.stop, false);
      for (int i = 0; i < 3; i++)
        check (pthread_create (&threads[i], NULL, roles[i], &scene) == 0, "thread");
      for (int i = 0; i < 3; i++)
        pthread_join (threads[i], NULL);
      lw_sim_scale_set_faults (scene.sim, LW_SIM_SCALE_HANG_UP);
      check (lw_scale_read (scene.scale, NULL, lw_scale_now (scene.scale) + INT64_C (10000000000), &reading, NULL) == LW_WEIGH_GONE,
             "it did not hang up");
      lw_scale_free (scene.scale);
      lw_sim_scale_disconnect (scene.sim);
      lw_sim_scale_set_faults (scene.sim, 0);
    }
  check (scene.n_read > scene.n_calls / 2, "the client read too little");
  lw_sim_scale_free (scene.sim);
}

int
main (void)
{
  race (true);
  race (false);
  puts ("ok");
  return 0;
}
