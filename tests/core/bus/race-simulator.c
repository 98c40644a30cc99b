/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pthread.h>

#include "lw-mailbox.h"
#include "lw-sim-bus.h"
#include "race.h"

/* For ThreadSanitizer: the simulator thread, a client on the bus, a hand, an onlooker and somebody who pulls plugs, all at once. A plain program, since
 * GLib's own locks look like races to the sanitizer. It also checks by itself that no value is torn and that the arm does what it is told. */

/* --- mailbox: two writers, one reader, every value all of one piece ----------------------------------------------------------- */

static LwMailbox box;
static _Atomic int n_writing = 2;

static void *
write_box (void *data)
{
  uint64_t base = *(uint64_t *) data;

  for (uint64_t k = 0; k < 50000; k++)
    {
      uint64_t words[LW_MAILBOX_WORDS];

      for (uint64_t i = 0; i < LW_MAILBOX_WORDS; i++)
        words[i] = base + k * LW_MAILBOX_WORDS + i;
      lw_mailbox_put (&box, words, LW_MAILBOX_WORDS);
    }
  atomic_fetch_sub (&n_writing, 1);
  return NULL;
}

static void
race_mailbox (void)
{
  uint64_t bases[2] = { 0, (uint64_t) 1 << 40 };
  uint64_t words[LW_MAILBOX_WORDS];
  uint32_t sequence = 0;
  size_t n_taken = 0;
  pthread_t threads[2];
  bool more = true;

  lw_mailbox_init (&box);
  check (!lw_mailbox_take (&box, words, LW_MAILBOX_WORDS, &sequence), "an empty box has nothing new");
  for (int i = 0; i < 2; i++)
    check (pthread_create (&threads[i], NULL, write_box, &bases[i]) == 0, "thread");
  while (more)
    {
      more = atomic_load (&n_writing) > 0; /* one more look after the last value */
      if (!lw_mailbox_take (&box, words, LW_MAILBOX_WORDS, &sequence))
        continue;
      n_taken++;
      for (uint64_t i = 1; i < LW_MAILBOX_WORDS; i++)
        check (words[i] == words[0] + i, "a value is torn");
    }
  for (int i = 0; i < 2; i++)
    pthread_join (threads[i], NULL);
  check (sequence == 2 * 100000, "the last value was not seen");
  check (n_taken > 0, "no value was seen");
  check (!lw_mailbox_take (&box, words, LW_MAILBOX_WORDS, &sequence), "a value was seen twice");
}

/* --- simulator --------------------------------------------------------------------------------------------------------------- */

typedef struct {
  LwSimBus        *sim;
  LwServoBus      *servos;
  _Atomic bool     done;
  _Atomic size_t   n_tapped;
  size_t           n_read;
} Scene;

static void
tap (const LwSimPacket *packet, void *data)
{
  Scene *scene = data;

  (void) packet;
  atomic_fetch_add (&scene->n_tapped, 1);
}

static int64_t
in_ms (int64_t ms)
{
  return lw_clock_now (lw_clock_monotonic ()) + ms * 1000000;
}

static void *
be_client (void *data)
{
  Scene *scene = data;
  const LwServoBusClass *klass = scene->servos->klass;
  LwServoReading reading[LW_MAX_JOINTS];
  double goal[LW_MAX_JOINTS];
  int64_t t_request_ns, t_reply_ns;
  int n_attempts = 0;

  while (klass->read (scene->servos, reading, &t_request_ns, &t_reply_ns, in_ms (200)) != LW_BUS_OK)
    check (++n_attempts < 100, "first read");
  for (size_t i = 0; i < scene->servos->n_servos; i++)
    goal[i] = reading[i].angle;
  check (klass->write_goals (scene->servos, goal, in_ms (1000)) == LW_BUS_OK, "first goals");
  check (klass->set_torque (scene->servos, true, in_ms (1000)) == LW_BUS_OK, "torque");
  for (int k = 0; k < 150; k++)
    {
      if (klass->read (scene->servos, reading, &t_request_ns, &t_reply_ns, in_ms (50)) == LW_BUS_OK)
        scene->n_read++;
      goal[0] += 0.002;
      (void) klass->write_goals (scene->servos, goal, in_ms (50));
      sleep_ms (3);
    }
  atomic_store (&scene->done, true);
  return NULL;
}

static void *
be_hand (void *data)
{
  Scene *scene = data;
  const double point[3] = { 0, 0, 0 };

  while (!atomic_load (&scene->done))
    {
      const double target[3] = { 1, 0.5, 0 };

      lw_sim_bus_hand (scene->sim, 1, point, target);
      sleep_ms (2);
      lw_sim_bus_let_go (scene->sim);
      sleep_ms (1);
    }
  return NULL;
}

static void *
be_onlooker (void *data)
{
  Scene *scene = data;

  while (!atomic_load (&scene->done))
    {
      double q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS];

      lw_sim_bus_truth (scene->sim, q, dq);
      check (isfinite (q[0]) && isfinite (dq[0]), "the truth is no number");
      sleep_ms (1);
    }
  return NULL;
}

static void *
be_mischief (void *data)
{
  Scene *scene = data;

  for (unsigned k = 0; !atomic_load (&scene->done); k++)
    {
      uint64_t lost, corrupt;

      lw_sim_bus_set_loss (scene->sim, k % 2 == 0 ? 0.05 : 0, k % 3 == 0 ? 0.05 : 0);
      lw_sim_bus_set_faults (scene->sim, k % 16 == 15 ? LW_SIM_FAULT_SILENT : LW_SIM_FAULT_NONE);
      lw_sim_bus_set_missing (scene->sim, 1, k % 8 == 7);
      lw_sim_bus_injected (scene->sim, &lost, &corrupt);
      if (k == 20)
        lw_sim_bus_fail_servo (scene->sim, 1, 1);
      sleep_ms (7);
    }
  return NULL;
}

static void
race_simulator (LwArmModel *model)
{
  void *(*const roles[]) (void *) = { be_client, be_hand, be_onlooker, be_mischief };
  const uint8_t ids[] = { 1, 2 };
  LwSimBusConfig config;
  pthread_t threads[4];
  Scene scene = { 0 };

  lw_sim_bus_config_init (&config);
  config.model = model;
  scene.sim = lw_sim_bus_new (&config);
  check (scene.sim != NULL, "simulator");
  lw_sim_bus_set_tap (scene.sim, tap, &scene);
  for (int session = 0; session < 2; session++)
    {
      int fd = lw_sim_bus_connect (scene.sim, NULL);

      check (fd >= 0, "connect");
      atomic_store (&scene.done, false);
      scene.n_read = 0;
      scene.servos = lw_dynamixel_new (lw_transport_fd_new (fd, "Simulated arm"), ids, 2);
      for (int i = 0; i < 4; i++)
        check (pthread_create (&threads[i], NULL, roles[i], &scene) == 0, "thread");
      for (int i = 0; i < 4; i++)
        pthread_join (threads[i], NULL);
      check (scene.n_read > 20, "the client read too little");
      check (atomic_load (&scene.n_tapped) > 150, "the tap saw too little");
      lw_sim_bus_set_faults (scene.sim, LW_SIM_FAULT_HANG_UP);
      lw_servo_bus_free (scene.servos);
      lw_sim_bus_disconnect (scene.sim);
      lw_sim_bus_set_faults (scene.sim, LW_SIM_FAULT_NONE);
      lw_sim_bus_set_missing (scene.sim, 1, false);
    }
  lw_sim_bus_free (scene.sim);
}

int
main (void)
{
  const char *data = getenv ("LW_DATA_DIR");
  LwSimError error = { "" };
  LwArmModel *model;
  char path[1024];

  check (data != NULL, "LW_DATA_DIR is not set: run the test through meson");
  snprintf (path, sizeof path, "%s/arms/planar-2.xml", data);
  model = lw_arm_model_load (path, NULL, &error);
  check (model != NULL, error.text);
  race_mailbox ();
  race_simulator (model);
  lw_arm_model_unref (model);
  puts ("ok");
  return 0;
}
