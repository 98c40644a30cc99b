/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdatomic.h>

#include "lw-rollout.h"
#include "lw-scale-reading.h"
#include "lw-task.h"

/* Where a context or a score comes from when the task cannot know it by itself: a scale, another program, a person. A learning
 * run asks it, on the run's thread, and waits; every call sees @stop within 20 ms. One may serve as both; owner thread (the
 * run's) once the run has begun. */
typedef struct LwInstrument LwInstrument;

typedef enum {
  LW_INSTRUMENT_OK,
  LW_INSTRUMENT_NONE,    /* nothing this time, @error says in words why: the episode has no score and is not learned from */
  LW_INSTRUMENT_STOPPED, /* no @error */
  LW_INSTRUMENT_FAILED,  /* it is gone, @error says how: the run ends */
} LwInstrumentResult;

/* One episode. Valid during the call. */
typedef struct {
  const LwTask    *task;
  guint            iteration;
  guint            episode;  /* within the iteration, from 0 */
  const double    *context;  /* (task->info.n_context) as drawn, or as it was given */
  const LwRollout *rollout;  /* what became of the movement; NULL before */
} LwTrial;

typedef struct {
  double  reward;    /* NaN: the task scores from the measures */
  int     success;   /* 0, 1; -1: the task says */
  double *measures;  /* (task->info.n_measures) of the caller's, NaN before */
} LwObservation;

typedef struct {
  const char *kind; /* "scale", "command", "hand" */
  /* A context for the next episode: @context (n_context) comes as drawn, what the instrument knows replaces it. NULL: it has none to give. */
  LwInstrumentResult (*context) (LwInstrument *self, const LwTrial *trial, double *context, const atomic_bool *stop, GError **error);
  /* Right before the movement (nullable): tares. */
  LwInstrumentResult (*prepare) (LwInstrument *self, const LwTrial *trial, const atomic_bool *stop, GError **error);
  /* After the movement. NULL: it has nothing to say of it. */
  LwInstrumentResult (*observe) (LwInstrument *self, const LwTrial *trial, LwObservation *out, const atomic_bool *stop, GError **error);
  void               (*free)    (LwInstrument *self);
} LwInstrumentClass;

struct LwInstrument {
  const LwInstrumentClass *klass;
  char                     title[256]; /* for people: "A&D on /dev/ttyUSB0, 2400 baud 7E1" */
};

#define LW_INSTRUMENT_CONTEXTS (1u << 0)
#define LW_INSTRUMENT_SCORES (1u << 1)

/* By name: "scale:PORT" (a path, or tcp:host:port), "scale:sim" (a simulated A&D scale under the task's own simulated world;
 * "scale:sim=FORMAT" another one), "command:PROGRAM ARGUMENTS…".
 * @use says what it is wanted for; NULL, with LW_JOB_ERROR_INPUT or LW_BUS_ERROR in words, when it is not to be had or cannot do
 * that for @task (borrowed).
 * May take some seconds: not on the main thread. */
LwInstrument *lw_instrument_open (const char *name, const LwTask *task, unsigned use, const atomic_bool *stop, GError **error);
void          lw_instrument_free (LwInstrument *self); /* (nullable) */

/* A scale weighs the first measure, or context, of the task that is a mass. It tares before the movement (3 s to come to zero),
 * and reads the first stable value after it (10 s, beginning half a second after the end: what still falls has landed). As
 * context: the first stable value inside the context's range (60 s). */
LwInstrument *lw_instrument_scale_open (const char *port, const LwTask *task, unsigned use, const atomic_bool *stop, GError **error);
/* The bytes of a simulated scale of @format on a clock of its own: no time passes. */
LwInstrument *lw_instrument_scale_sim  (LwScaleFormat format, const LwTask *task, unsigned use, GError **error);

/* Another program, started once. For every question it reads one line, a JSON object, and writes one line:
 *   {"ask": "context", "iteration": 1, "episode": 0}                                     → 80, or [80, …], or {"context": [80, …]}
 *   {"ask": "reward", "iteration": 1, "episode": 0, "context": [80], "duration": 3.4, "joints": [… at the end], "tip": [x, y, z]}
 *                              → -1.5, or {"reward": -1.5, "success": true}, or {"measures": [78.5]} for a task that is scored by them
 * and {"none": "why"} when there is nothing this time. 60 s for an answer; one that comes later is read and not used. Its standard error is ours. */
LwInstrument *lw_instrument_command_new (const char *command_line, const LwTask *task, GError **error);

/* A person: @ask (on the run's thread, must not block) shows the question, one of the answers below (any thread) ends the wait;
 * there is no time limit but Stop. */
typedef void (*LwInstrumentAsk) (LwInstrument *self, const LwTrial *trial, unsigned use, gpointer data);
LwInstrument *lw_instrument_hand_new     (LwInstrumentAsk ask, gpointer data);
void          lw_instrument_hand_reward  (LwInstrument *self, double reward, int success);
void          lw_instrument_hand_context (LwInstrument *self, const double *context, size_t n_context);
void          lw_instrument_hand_skip    (LwInstrument *self);
