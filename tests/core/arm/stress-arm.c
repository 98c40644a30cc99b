/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An arm thread, a simulator thread, and four threads that want everything at once, for a thread sanitizer to look at: requests, targets, runs, Stop,
 * recording, the state, the link, the alarms, gravity help, restarts; Stop from a pedal's thread as well. On Dynamixel and on Feetech servos. The command queue alone,
 * with many producers. No GLib main loop, no GLib threads. */
#include <linux/input.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bus-tap.h"
#include "lw-arm.h"
#include "lw-command-queue.h"
#include "lw-pedal.h"

#define CHECK(condition) \
  do \
    { \
      if (!(condition)) \
        { \
          fprintf (stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
          exit (1); \
        } \
    } \
  while (0)

#define SECONDS 4

static LwArmModel *model;
static LwArm      *arm;
static atomic_bool finished;
static atomic_uint n_samples, n_stops, n_presses, n_runs, n_moves, n_looks, n_reboots;

static void
pause_ms (long ms)
{
  struct timespec t = { 0, ms * 1000000 };

  nanosleep (&t, NULL);
}

static void
count_sample (const LwSample *sample, void *data)
{
  atomic_fetch_add (&n_samples, 1);
}

/* To Armed, from wherever the arm is. */
static void *
command (void *data)
{
  while (!atomic_load (&finished))
    {
      LwArmState state;
      double     q[LW_MAX_JOINTS];

      lw_arm_get_state (arm, &state);
      switch (state.mode)
        {
        case LW_MODE_STOPPED:
        case LW_MODE_FAULT: lw_arm_request (arm, LW_REQUEST_RESET, NULL); break;
        case LW_MODE_CONNECTED: lw_arm_request (arm, LW_REQUEST_HOLD, NULL); break;
        case LW_MODE_HOLD: lw_arm_request (arm, LW_REQUEST_ARM, NULL); break;
        case LW_MODE_ARMED:
          lw_arm_get_start (arm, q);
          q[0] += 0.1;
          if (lw_arm_move_to (arm, q, NULL))
            atomic_fetch_add (&n_moves, 1);
          break;
        default: break;
        }
      lw_arm_heartbeat (arm);
      pause_ms (3);
    }
  return NULL;
}

static void *
run (void *data)
{
  LwTrajectory *movement = lw_trajectory_new (20, 2);

  while (!atomic_load (&finished))
    {
      double   start[LW_MAX_JOINTS];
      LwPlan  *plan = NULL;
      uint32_t number;

      lw_arm_get_start (arm, start);
      for (size_t i = 0; i < 20; i++)
        {
          movement->t[i] = 0.02 * (double) i;
          for (size_t j = 0; j < 2; j++)
            lw_mat_set (&movement->q, i, j, start[j] + 0.05 * sin (0.1 * (double) i));
        }
      if (!isnan (start[0]) && lw_plan_new (lw_arm_get_limits (arm), model, 100, start, movement, 0.25, &plan) == LW_OK)
        {
          if (lw_arm_run (arm, plan, &number, NULL))
            atomic_fetch_add (&n_runs, 1);
          lw_plan_unref (plan);
        }
      lw_arm_set_speed (arm, 0.5);
      pause_ms (17);
    }
  lw_trajectory_unref (movement);
  return NULL;
}

/* What the window does all the time: look at everything, turn the help up and down, and now and then guide or restart a servo. */
static void *
look (void *data)
{
  for (unsigned i = 0; !atomic_load (&finished); i++)
    {
      LwArmState  state;
      LwArmLink   link;
      LwArmAlarms alarms;

      lw_arm_get_state (arm, &state);
      lw_arm_get_link (arm, &link);
      lw_arm_get_alarms (arm, &alarms);
      CHECK (link.n_servos == 2 && link.servos[0].answered + link.servos[1].answered == link.counters.answered);
      CHECK (lw_arm_state_text (&state)[0] != '\0' || state.mode == LW_MODE_FAULT);
      lw_arm_set_gravity_help (arm, (i / 100) % 2 ? 0.9 : 0);
      if (i % 400 == 399)
        lw_arm_request (arm, LW_REQUEST_GUIDE, NULL);
      if (i > 1000 && atomic_load (&n_reboots) == 0 && lw_arm_reboot (arm, i % 2, NULL))
        atomic_fetch_add (&n_reboots, 1);
      atomic_fetch_add (&n_looks, 1);
      pause_ms (1);
    }
  return NULL;
}

/* On the pedal's thread. */
static void
press (unsigned code, int64_t t_ns, void *data)
{
  lw_arm_stop (arm);
  atomic_fetch_add (&n_presses, 1);
}

/* By itself, and with the foot. */
static void *
stop (void *data)
{
  const struct input_event pressed = { .type = EV_KEY, .code = KEY_B, .value = 1 };
  LwPedal *pedal;
  int      ends[2];

  CHECK (pipe (ends) == 0);
  pedal = lw_pedal_new_fd (ends[0], "pedal", press, NULL, NULL, NULL);
  CHECK (pedal != NULL);
  while (!atomic_load (&finished))
    {
      pause_ms (333);
      CHECK (write (ends[1], &pressed, sizeof pressed) == sizeof pressed);
      lw_arm_stop (arm);
      atomic_fetch_add (&n_stops, 1);
    }
  lw_pedal_free (pedal);
  close (ends[1]);
  return NULL;
}

static void
stress_arm (LwProtocol protocol)
{
  LwSimBusConfig config;
  LwArmSetup     setup;
  LwSimBus      *sim;
  LwSimError     error = { "" };
  BusTap         tap;
  pthread_t      threads[4];
  void *(*mains[4]) (void *) = { command, run, stop, look };
  atomic_uint   *counts[] = { &n_samples, &n_stops, &n_presses, &n_runs, &n_moves, &n_looks, &n_reboots };
  uint8_t        ids[] = { 1, 2 };
  const char    *folder = getenv ("LW_DATA_DIR");
  char           path[512];

  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++)
    atomic_store (counts[i], 0);
  atomic_store (&finished, false);
  snprintf (path, sizeof path, "%s/arms/planar-2.xml", folder != NULL ? folder : "data");
  model = lw_arm_model_load (path, NULL, &error);
  if (model == NULL)
    {
      fprintf (stderr, "%s\n", error.text);
      exit (1);
    }
  lw_arm_error_quark (); /* GLib registers it on first use, without a barrier */
  lw_sim_bus_config_init (&config);
  config.model = model;
  config.protocol = protocol;
  lw_arm_setup_init (&setup, model);
  lw_calibration_centre (model, &setup.calibration);
  setup.watch_main_loop = TRUE;
  setup.sink = count_sample;
  sim = lw_sim_bus_new (&config);
  bus_tap_init (&tap, 100000);
  bus_tap_attach (&tap, sim, protocol);
  arm = lw_arm_new (&setup);
  CHECK (lw_arm_connect (arm, lw_servo_bus_new (protocol, lw_transport_fd_new (lw_sim_bus_connect (sim, NULL), "Simulated arm"), ids, 2), NULL));
  for (int i = 0; i < 4; i++)
    CHECK (pthread_create (&threads[i], NULL, mains[i], NULL) == 0);
  pause_ms (999);
  for (int i = 1; i < SECONDS; i++)
    pause_ms (999);
  atomic_store (&finished, true);
  for (int i = 0; i < 4; i++)
    pthread_join (threads[i], NULL);
  lw_arm_disconnect (arm);
  printf ("# arm, protocol %d: %u samples, %u stops, %u presses, %u runs, %u moves, %u looks, %u restarts, %zu packets\n", (int) protocol, atomic_load (&n_samples),
          atomic_load (&n_stops), atomic_load (&n_presses), atomic_load (&n_runs), atomic_load (&n_moves), atomic_load (&n_looks), atomic_load (&n_reboots),
          bus_tap_count (&tap));
  CHECK (atomic_load (&n_looks) > 100 * SECONDS);
  CHECK (atomic_load (&n_samples) > 50 * SECONDS);
  CHECK (atomic_load (&n_stops) >= 2 * SECONDS);
  CHECK (atomic_load (&n_presses) >= 2 * SECONDS);
  CHECK (atomic_load (&n_runs) >= 1);
  CHECK (atomic_load (&n_moves) >= 1);
  lw_arm_free (arm);
  lw_sim_bus_disconnect (sim);
  lw_sim_bus_free (sim);
  lw_arm_model_unref (model);
  bus_tap_clear (&tap);
}

#define N_PRODUCERS 3
#define N_COMMANDS  20000

static LwCommandQueue queue;

static void *
produce (void *data)
{
  uint32_t who = *(const uint32_t *) data;

  for (uint32_t i = 0; i < N_COMMANDS;)
    {
      LwCommand c = { .kind = LW_COMMAND_MOVE, .run = i, .q = { who, (double) i * 2 } };

      if (lw_command_queue_push (&queue, &c))
        i++;
    }
  return NULL;
}

/* Nothing lost, nothing torn, each producer's commands in order. */
static void
stress_queue (void)
{
  pthread_t threads[N_PRODUCERS];
  uint32_t  who[N_PRODUCERS] = { 0, 1, 2 }, next[N_PRODUCERS] = { 0 };
  LwCommand c;

  lw_command_queue_init (&queue);
  for (int i = 0; i < N_PRODUCERS; i++)
    CHECK (pthread_create (&threads[i], NULL, produce, &who[i]) == 0);
  for (int taken = 0; taken < N_PRODUCERS * N_COMMANDS;)
    if (lw_command_queue_pop (&queue, &c))
      {
        size_t from = (size_t) c.q[0];

        CHECK (from < N_PRODUCERS && c.run == next[from] && c.q[1] == 2.0 * c.run);
        next[from]++;
        taken++;
      }
  for (int i = 0; i < N_PRODUCERS; i++)
    pthread_join (threads[i], NULL);
  CHECK (!lw_command_queue_pop (&queue, &c));
  for (int i = 0; i < LW_COMMAND_QUEUE_SIZE; i++)
    CHECK (lw_command_queue_push (&queue, &c));
  CHECK (!lw_command_queue_push (&queue, &c)); /* full says so */
  printf ("# queue: %d commands from %d threads\n", N_PRODUCERS * N_COMMANDS, N_PRODUCERS);
}

int
main (void)
{
  stress_queue ();
  stress_arm (LW_PROTOCOL_DYNAMIXEL);
  stress_arm (LW_PROTOCOL_FEETECH);
  return 0;
}
