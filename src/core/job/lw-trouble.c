/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Troubles in words: what every kind of them has in common. */
#include "lw-trouble-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct {
  const char   *name;
  LwTroubleSay *say;
} Kind;

const char *
lw_trouble_port_of (const LwTroubleFacts *facts)
{
  return facts->port != NULL ? facts->port : _("the simulated arm");
}

static const char *
joint_of (const LwTroubleFacts *facts, uint8_t id)
{
  for (size_t j = 0; facts->profile != NULL && j < facts->profile->n_joints; j++)
    if (facts->profile->joints[j].id == id)
      return facts->profile->joints[j].name;
  return NULL;
}

/* "Servo 3 (elbow_flex)", "Servos 3, 4". */
char *
lw_trouble_servos_of (const LwTroubleFacts *facts)
{
  g_autoptr (GString) list = g_string_new (NULL);

  if (facts->n_ids == 0)
    return g_strdup (_("A servo"));
  for (size_t i = 0; i < facts->n_ids; i++)
    {
      const char *joint = joint_of (facts, facts->ids[i]);

      g_string_append_printf (list, "%s%u", i == 0 ? "" : ", ", facts->ids[i]);
      if (joint != NULL)
        g_string_append_printf (list, " (%s)", joint);
    }
  /* Translators: the ids of servos, with the names of their joints: “Servo 3 (elbow_flex)”, “Servos 3, 5” */
  return g_strdup_printf (ngettext ("Servo %s", "Servos %s", facts->n_ids), list->str);
}

gulong
lw_trouble_number_of (const LwTroubleFacts *facts)
{
  return MAX (facts->n_ids, 1);
}

static void
say_other (const LwTroubleFacts *facts, LwTrouble *out)
{
  if (facts->technical[0] == '\0')
    out->what = g_strdup_printf (_("%s does not work."), lw_trouble_port_of (facts));
  else
    out->what = g_strconcat (facts->technical, strchr (".!?", facts->technical[strlen (facts->technical) - 1]) == NULL ? "." : "", NULL);
  out->works = g_strdup (_("Everything that needs no arm works, and so does the simulated arm."));
  out->action = g_strdup (_("Try again; if it stays, switch the arm’s power off and on."));
}

static const Kind kinds[LW_N_TROUBLE_KINDS] = {
  [LW_TROUBLE_NO_PERMISSION] = { "no-permission", lw_trouble_say_no_permission },
  [LW_TROUBLE_PORT_BUSY] = { "port-busy", lw_trouble_say_port_busy },
  [LW_TROUBLE_NO_PORT] = { "no-port", lw_trouble_say_no_port },
  [LW_TROUBLE_PORT_SPEED] = { "port-speed", lw_trouble_say_port_speed },
  [LW_TROUBLE_NOTHING_ANSWERS] = { "nothing-answers", lw_trouble_say_nothing_answers },
  [LW_TROUBLE_WRONG_SPEED] = { "wrong-speed", lw_trouble_say_wrong_speed },
  [LW_TROUBLE_MISSING_ID] = { "missing-id", lw_trouble_say_missing_id },
  [LW_TROUBLE_DOUBLED_ID] = { "doubled-id", lw_trouble_say_doubled_id },
  [LW_TROUBLE_WRONG_MODEL] = { "wrong-model", lw_trouble_say_wrong_model },
  [LW_TROUBLE_TIME_OUTS] = { "time-outs", lw_trouble_say_time_outs },
  [LW_TROUBLE_ADAPTER_LATENCY] = { "adapter-latency", lw_trouble_say_adapter_latency },
  [LW_TROUBLE_RETURN_DELAY] = { "return-delay", lw_trouble_say_return_delay },
  [LW_TROUBLE_VOLTAGE] = { "voltage", lw_trouble_say_voltage },
  [LW_TROUBLE_OVERLOAD] = { "overload", lw_trouble_say_overload },
  [LW_TROUBLE_OVERHEATING] = { "overheating", lw_trouble_say_overheating },
  [LW_TROUBLE_HARDWARE] = { "hardware", lw_trouble_say_hardware },
  [LW_TROUBLE_OFFSET_TOO_LARGE] = { "offset-too-large", lw_trouble_say_offset_too_large },
  [LW_TROUBLE_CALIBRATION_DIFFERS] = { "calibration-differs", lw_trouble_say_calibration_differs },
  [LW_TROUBLE_CABLE_PULLED] = { "cable-pulled", lw_trouble_say_cable_pulled },
  [LW_TROUBLE_OTHER] = { "other", say_other },
};

const char *
lw_trouble_kind_name (LwTroubleKind kind)
{
  g_return_val_if_fail ((unsigned) kind < LW_N_TROUBLE_KINDS, NULL);

  return kinds[kind].name;
}

void
lw_trouble_facts_init (LwTroubleFacts *self, LwTroubleKind kind)
{
  *self = (LwTroubleFacts){ .kind = kind, .value = NAN, .limit = NAN, .rate_hz = NAN };
}

/* What the words leave out, for whoever is asked for help. */
static char *
details_of (const LwTroubleFacts *facts, const char *more)
{
  g_autoptr (GString) text = g_string_new (kinds[facts->kind].name);

  if (facts->port != NULL)
    g_string_append_printf (text, ", %s", facts->port);
  if (facts->baud > 0)
    g_string_append_printf (text, ", %u baud", facts->baud);
  if (facts->profile != NULL)
    g_string_append_printf (text, ", %s", facts->profile->id);
  for (size_t i = 0; i < facts->n_ids; i++)
    g_string_append_printf (text, "%s%u", i == 0 ? ", id " : " ", facts->ids[i]);
  if (isfinite (facts->value))
    g_string_append_printf (text, ", %g", facts->value);
  if (isfinite (facts->limit))
    g_string_append_printf (text, " (%g)", facts->limit);
  if (facts->technical[0] != '\0')
    g_string_append_printf (text, "\n%s", facts->technical);
  if (more != NULL)
    g_string_append_printf (text, "\n%s", more);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LwTrouble *
lw_trouble_new (const LwTroubleFacts *facts)
{
  LwTrouble *self;
  char *more;

  g_return_val_if_fail ((unsigned) facts->kind < LW_N_TROUBLE_KINDS, NULL);

  self = g_new0 (LwTrouble, 1);
  self->kind = facts->kind;
  kinds[facts->kind].say (facts, self);
  more = self->details;
  self->details = details_of (facts, more);
  g_free (more);
  return self;
}

void
lw_trouble_free (LwTrouble *self)
{
  if (self == NULL)
    return;
  g_free (self->what);
  g_free (self->works);
  g_free (self->action);
  g_free (self->command);
  g_free (self->details);
  g_free (self);
}

char *
lw_trouble_to_text (const LwTrouble *self)
{
  return g_strconcat (self->what, " ", self->works, " ", self->action, self->command != NULL ? "\n    " : NULL, self->command, NULL);
}
