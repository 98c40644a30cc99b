/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "lw-sim-scale.h"

/* For the files lw-sim-scale*.c only. */
#define LW_SIM_SCALE_MAX_WAITING 32 /* lines on their way out; a host that does not read loses what comes after */
#define LW_SIM_SCALE_MAX_COMMAND 16

typedef struct {
  int64_t due_ns;
  size_t  n;
  uint8_t bytes[LW_SCALE_MAX_LINE];
} LwSimScaleLine;

/* What waits for the pan to stand still. */
typedef enum { LW_SIM_SCALE_IDLE, LW_SIM_SCALE_TO_TARE, LW_SIM_SCALE_TO_ZERO, LW_SIM_SCALE_TO_PRINT } LwSimScaleWaiting;

struct LwSimScale {
  LwSimScaleConfig config;
  int              decimals;

  _Atomic double   load;        /* g */
  _Atomic double   reply_delay; /* s */
  atomic_uint      faults;
  double         (*pan) (int64_t t_ns, void *data); /* (nullable) */
  void            *pan_data;

  /* of the thread, or of whoever steps */
  int64_t          now_ns;
  int64_t          t_ns;        /* of the last look at the pan; 0 = none yet */
  int64_t          next_ns;     /* the next look at the pan */
  double           gross;       /* g, behind the lag, from the zero point */
  double           zero, tare;
  double           reference;   /* of gross, while it stands still */
  int64_t          still_ns;    /* since when */
  bool             stable;
  bool             streaming;

  LwSimScaleWaiting waiting;
  int64_t          waiting_until_ns;
  char             asked[4];    /* the command that waits, as it is answered */

  char             command[LW_SIM_SCALE_MAX_COMMAND];
  size_t           n_command;
  LwSimScaleLine   lines[LW_SIM_SCALE_MAX_WAITING];
  size_t           first_line, n_lines;
  size_t           n_said;      /* of the first line */

  /* of a connection */
  bool             running;
  pthread_t        thread;
  atomic_bool      quit;
  int              fd, wake_fd;
  bool             is_pty;
};

/* Looks at the pan until @t_ns; lines that are due are queued. */
void    lw_sim_scale_run   (LwSimScale *self, int64_t t_ns);
/* What the host wrote, arriving at the time of the last run(). */
void    lw_sim_scale_hear  (LwSimScale *self, const uint8_t *bytes, size_t n);
/* Bytes that are due at the time of the last run(); returns how many. */
size_t  lw_sim_scale_say   (LwSimScale *self, uint8_t *bytes, size_t max);
/* When something happens next by itself. */
int64_t lw_sim_scale_next  (const LwSimScale *self);
/* Nothing heard, nothing to say: a new connection, at @t_ns. */
void    lw_sim_scale_reset (LwSimScale *self, int64_t t_ns);

/* lw-sim-scale-words.c: how each format puts it. */
/* A line that is said @delay_ns from now. */
void    lw_sim_scale_queue       (LwSimScale *self, const char *text, int64_t delay_ns);
/* The number as it stands, in answer to @command; NULL: unasked. */
void    lw_sim_scale_print       (LwSimScale *self, const char *command);
/* What it shows: g, or too much or too little. */
LwScaleStatus lw_sim_scale_shown (const LwSimScale *self, double *grams);
/* The command that waited is done, or (false) given up. */
void    lw_sim_scale_acknowledge (LwSimScale *self, LwSimScaleWaiting what, bool done);
/* One whole command, or one byte for formats that do without line ends. */
void    lw_sim_scale_obey        (LwSimScale *self, const char *command);
bool    lw_sim_scale_obeys_bytes (LwScaleFormat format);
