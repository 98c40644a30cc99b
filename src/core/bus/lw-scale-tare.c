/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tare and zero: sent, answered where the format answers, and believed when the scale shows it. */
#include <string.h>

#include "lw-scale-private.h"

/* "T S 10.00 g", "Z A", Radwag's "T A" and then "T D"; "T I" while it moves; anything else refuses. */
static LwWeighing
wait_for_answer (LwScale *self, char command, const atomic_bool *stop, int64_t deadline_ns)
{
  for (;;)
    {
      LwScaleReading line;
      LwWeighing result = lw_scale_take_line (self, stop, deadline_ns, &line, NULL);

      if (result != LW_WEIGH_OK)
        {
          lw_scale_give_up (self);
          return result;
        }
      if (line.status == LW_SCALE_ERROR_CODE)
        return LW_WEIGH_REFUSED;
      if (line.status != LW_SCALE_ANSWER || line.command[0] != command)
        continue;
      if (line.code[0] == 'A' && self->format == LW_SCALE_RADWAG)
        continue; /* under way */
      if (line.code[0] == 'I')
        return LW_WEIGH_RESTLESS;
      return strchr ("ASD", line.code[0]) != NULL ? LW_WEIGH_OK : LW_WEIGH_REFUSED;
    }
}

/* As often as it takes: one that moved too long forgets the command, with a word or without. */
static LwWeighing
come_to_zero (LwScale *self, const char *command, const atomic_bool *stop, int64_t deadline_ns)
{
  LwScaleReading reading;
  LwWeighing result;

  do
    {
      result = lw_scale_begin_question (self, command, stop, deadline_ns);
      if (result == LW_WEIGH_OK && lw_scale_commands (self->format)->answers)
        {
          result = wait_for_answer (self, command[0], stop, deadline_ns);
          if (result == LW_WEIGH_REFUSED)
            break;
        }
      if (result == LW_WEIGH_OK)
        result = lw_scale_wait_for_rest (self, true, stop, deadline_ns, &reading, NULL);
    }
  while ((result == LW_WEIGH_RESTLESS || result == LW_WEIGH_REFUSED) && lw_scale_now (self) < deadline_ns);
  return result;
}

LwWeighing
lw_scale_tare (LwScale *self, const atomic_bool *stop, int64_t deadline_ns)
{
  /* In the words of all three that it may be: each takes the other two for noise. */
  if (self->guessed)
    return come_to_zero (self, "T\r\n\033U\r\nt\r\n", stop, deadline_ns);
  return come_to_zero (self, lw_scale_commands (self->format)->tare, stop, deadline_ns);
}

LwWeighing
lw_scale_zero (LwScale *self, const atomic_bool *stop, int64_t deadline_ns)
{
  if (self->guessed)
    return come_to_zero (self, "Z\r\n\033V\r\nt\r\n", stop, deadline_ns);
  return come_to_zero (self, lw_scale_commands (self->format)->zero, stop, deadline_ns);
}
