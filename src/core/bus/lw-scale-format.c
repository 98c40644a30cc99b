/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-scale-reading.h"

static const struct {
  const char *name, *title;
} formats[LW_SCALE_N_FORMATS] = {
  [LW_SCALE_AND] = { "a&d", "A&D" },
  [LW_SCALE_SICS] = { "mt-sics", "MT-SICS (Mettler Toledo)" },
  [LW_SCALE_OHAUS] = { "ohaus", "Ohaus" },
  [LW_SCALE_STGS] = { "st-gs", "ST,GS (CAS and others)" },
  [LW_SCALE_KERN] = { "kern", "KERN FKB or PCB" },
  [LW_SCALE_KERN_EW] = { "kern-ew", "KERN EW or EG" },
  [LW_SCALE_SBI] = { "sbi", "Sartorius SBI" },
  [LW_SCALE_RADWAG] = { "radwag", "Radwag" },
};

const char *
lw_scale_format_name (LwScaleFormat format)
{
  return (size_t) format < LW_SCALE_N_FORMATS ? formats[format].name : NULL;
}

const char *
lw_scale_format_title (LwScaleFormat format)
{
  return (size_t) format < LW_SCALE_N_FORMATS ? formats[format].title : "any";
}

bool
lw_scale_format_from_name (const char *name, LwScaleFormat *out)
{
  for (int i = 0; i < LW_SCALE_N_FORMATS; i++)
    if (g_ascii_strcasecmp (name, formats[i].name) == 0)
      {
        *out = (LwScaleFormat) i;
        return true;
      }
  return false;
}

const char *
lw_scale_status_text (LwScaleStatus status)
{
  switch (status)
    {
    case LW_SCALE_VALUE: return "a value";
    case LW_SCALE_OVERLOAD: return "more than it can weigh";
    case LW_SCALE_UNDERLOAD: return "less than an empty pan";
    case LW_SCALE_BUSY: return "busy";
    case LW_SCALE_ERROR_CODE: return "an error message";
    case LW_SCALE_OTHER_UNIT: return "a number that is no mass";
    case LW_SCALE_ANSWER: return "an answer to a command";
    case LW_SCALE_NOT_A_READING: break;
    }
  return "not a line of a scale";
}
