/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-instrument.h"

#include <string.h>

#include "lw-skill.h"

#define SCALE "scale:"
#define SIMULATED "scale:sim"
#define COMMAND "command:"

static LwInstrument *
open_simulated (const char *format_name, const LwTask *task, unsigned use, GError **error)
{
  LwScaleFormat format = LW_SCALE_AND;

  if (format_name != NULL && !lw_scale_format_from_name (format_name, &format))
    {
      g_autoptr (GString) known = g_string_new (NULL);

      for (int i = 0; i < LW_SCALE_N_FORMATS; i++)
        g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", lw_scale_format_name ((LwScaleFormat) i));
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "There is no scale format “%s”; there are %s", format_name, known->str);
      return NULL;
    }
  return lw_instrument_scale_sim (format, task, use, error);
}

LwInstrument *
lw_instrument_open (const char *name, const LwTask *task, unsigned use, const atomic_bool *stop, GError **error)
{
  if (strcmp (name, SIMULATED) == 0)
    return open_simulated (NULL, task, use, error);
  if (g_str_has_prefix (name, SIMULATED "="))
    return open_simulated (name + strlen (SIMULATED "="), task, use, error);
  if (g_str_has_prefix (name, SCALE) && name[strlen (SCALE)] != '\0')
    return lw_instrument_scale_open (name + strlen (SCALE), task, use, stop, error);
  if (g_str_has_prefix (name, COMMAND))
    return lw_instrument_command_new (name + strlen (COMMAND), task, error);
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s” is no source of contexts or rewards; write scale:PORT, scale:sim or command:PROGRAM", name);
  return NULL;
}

void
lw_instrument_free (LwInstrument *self)
{
  if (self != NULL)
    self->klass->free (self);
}
