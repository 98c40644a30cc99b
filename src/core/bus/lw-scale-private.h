/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-scale.h"

/* For the files lw-scale*.c only. */
typedef struct {
  const char *now;  /* asks for a value, moving or not */
  const char *tare;
  const char *zero;
  bool        answers; /* tare and zero are answered, and nothing may be asked before */
} LwScaleCommands;

struct LwScale {
  LwTransport    *transport; /* owned */
  LwScaleFormat   format;    /* LW_SCALE_ANY while it is found out */
  bool            guessed;   /* of the formats that begin with the number it is one: which one may turn out */
  const char     *question;  /* that it answers, unless it is streaming */
  bool            streaming;
  char            title[192];
  LwScaleCounters counters;

  uint8_t         line[LW_SCALE_MAX_LINE + 2];
  size_t          n_line;
  bool            skipping;  /* until the next end of a line */
  uint8_t         input[64];
  size_t          n_input, at_input;
  int64_t         input_ns;  /* when input came */
  unsigned        n_late;    /* reads in a row that came after their deadline */

  unsigned        owed;      /* answers given up, which may come yet */
  int64_t         owed_until_ns;
  int64_t         asked_ns;
};

const LwScaleCommands *lw_scale_commands (LwScaleFormat format);
/* The next line, whatever it says. */
LwWeighing lw_scale_take_line (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns);
LwWeighing lw_scale_send      (LwScale *self, const char *command, int64_t deadline_ns);
/* Throws away what came in. */
LwWeighing lw_scale_flush     (LwScale *self);
/* Sends @command and takes what answers it: a value, or what stands for one. */
LwWeighing lw_scale_ask       (LwScale *self, const char *command, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns);
bool       lw_scale_tells_a_load (const LwScaleReading *reading);
/* Sends @command on a line that is quiet. */
LwWeighing lw_scale_begin_question (LwScale *self, const char *command, const atomic_bool *stop, int64_t deadline_ns);
/* Its answer, should it come yet, is not the next one's. */
void       lw_scale_give_up        (LwScale *self);
/* Waits for two stable values in a row that agree, and, when @zero, are nothing; refused when they stay something else. */
LwWeighing lw_scale_wait_for_rest  (LwScale *self, bool zero, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns);
