/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-via.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-skill.h"

static gboolean
refuse (GError **error, const char *text, const char *reason)
{
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %s", text, reason);
  return FALSE;
}

/* The number at *@at, which then stands behind it. */
static gboolean
read_number (const char **at, double *value)
{
  char *end;

  *value = g_ascii_strtod (*at, &end);
  if (end == *at || !isfinite (*value))
    return FALSE;
  *at = end;
  return TRUE;
}

static gboolean
read_phase (const char **at, const char *text, double *phase, GError **error)
{
  if (!read_number (at, phase) || **at != ':')
    return refuse (error, text, _("it begins with a phase and a colon, as in 0.5:"));
  if (!(*phase >= 0.0 && *phase <= 1.0))
    return refuse (error, text, _("a phase is 0 (start) to 1 (end)"));
  ++*at;
  return TRUE;
}

/* "~STD" or nothing, and nothing behind it. */
static gboolean
read_std (const char *at, const char *text, double *std, GError **error)
{
  *std = 0.0;
  if (*at == '\0')
    return TRUE;
  if (*at++ != '~' || !read_number (&at, std) || *at != '\0' || *std < 0.0)
    return refuse (error, text, _("it ends with ~ and a standard deviation, or with the last value"));
  return TRUE;
}

gboolean
lw_cli_via_add (LwObservations *stack, const char *text, LwOrder order, double rate, GError **error)
{
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (LwObservation));
  const char *at = text;
  double phase, std;

  if (!read_phase (&at, text, &phase, error))
    return FALSE;
  do
    {
      LwObservation one = { .at = { phase, rate, 0.0 }, .order = order };
      char *end = NULL;
      guint64 joint = at[0] == 'q' && g_ascii_isdigit (at[1]) ? g_ascii_strtoull (at + 1, &end, 10) : 0;

      if (end == NULL || *end != '=')
        return refuse (error, text, _("a joint and its value are written q0=0.5"));
      if (joint >= stack->n_joints)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: there is no joint q%zu; they are q0 to q%zu"), text,
                       (size_t) joint, stack->n_joints - 1);
          return FALSE;
        }
      one.joint = (size_t) joint;
      at = end + 1;
      if (!read_number (&at, &one.value))
        return refuse (error, text, _("a joint and its value are written q0=0.5"));
      g_array_append_val (seen, one);
    }
  while (*at++ == ',');
  at--;
  if (!read_std (at, text, &std, error))
    return FALSE;
  for (guint i = 0; i < seen->len; i++)
    {
      LwStatus status = lw_observations_add (stack, &g_array_index (seen, LwObservation, i), std * std);

      if (status != LW_OK)
        {
          lw_job_set_error (error, status, "%s", text);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
lw_cli_tip_parse (const char *text, double *phase, double tip[3], double *std, GError **error)
{
  const char *at = text;

  if (!read_phase (&at, text, phase, error))
    return FALSE;
  for (size_t i = 0; i < 3; i++)
    if (!read_number (&at, &tip[i]) || (i < 2 && *at++ != ','))
      return refuse (error, text, _("a place is written x,y,z in m"));
  return read_std (at, text, std, error);
}
