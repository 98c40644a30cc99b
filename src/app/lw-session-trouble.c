/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the arm in hand, or with one that could not be connected, as the session tells it. */
#include <glib/gi18n.h>
#include <string.h>

#include "lw-session-private.h"

#define LOOK_TICKS 30 /* about once a second */

void
lw_session_emit_trouble (LwSession *self, const LwDevice *device, const GError *error)
{
  g_autoptr (LwTrouble) trouble = NULL;
  g_autofree char *headline = NULL, *text = NULL;
  LwTroubleFacts facts;

  lw_trouble_from_error (error, device->port, device->profile != NULL ? lw_device_get_baud (device) : device->baud, device->profile, &facts);
  trouble = lw_trouble_new (&facts);
  headline = g_strjoin (" ", trouble->what, trouble->action, NULL);
  text = g_strjoin ("\n\n", trouble->works, trouble->details, trouble->command, NULL);
  lw_session_emit_details (self, headline, text);
}

/* ---- conditions: what holds while an arm is connected ---- */

static gboolean
find_alarm (LwSession *self, LwTroubleFacts *facts)
{
  const LwDevice *device = &self->device;
  LwArmAlarms alarms;

  lw_arm_get_alarms (self->arm, &alarms);
  for (uint32_t back = 0; back < LW_ARM_N_ALARMS; back++)
    {
      const LwAlarm *alarm = lw_arm_alarms_get (&alarms, back);

      if (alarm == NULL)
        return FALSE;
      /* What is over is for the list of alarms. */
      if (alarm->level != LW_ALARM_OVER && alarms.levels[alarm->kind][alarm->joint] == alarm->level
          && lw_trouble_from_alarm (alarm, device->profile->protocol, device->port, device->profile, facts))
        return TRUE;
    }
  return FALSE;
}

static gboolean
find_condition (LwSession *self, LwTroubleFacts *facts)
{
  const LwDevice *device = &self->device;
  uint8_t ids[LW_MAX_JOINTS];
  LwArmLink link;

  if (find_alarm (self, facts))
    return TRUE;
  lw_arm_get_link (self->arm, &link);
  for (size_t j = 0; j < link.n_servos; j++)
    ids[j] = device->profile->joints[j].id;
  return lw_trouble_from_counters (link.servos, ids, link.n_servos, device->port, device->profile, facts)
         || lw_trouble_from_latency (link.latency, link.achievable_hz, device->port, facts);
}

static void
take_condition (LwSession *self, LwTrouble *condition)
{
  gboolean same = condition == NULL ? self->condition == NULL : self->condition != NULL && g_str_equal (condition->what, self->condition->what);

  lw_trouble_free (self->condition);
  self->condition = condition;
  if (!same)
    lw_session_emit (self, "condition-changed");
}

void
lw_session_look_for_trouble (LwSession *self)
{
  LwTroubleFacts facts;

  if (self->arm == NULL || self->device.profile == NULL)
    take_condition (self, NULL);
  else if (self->look++ % LOOK_TICKS == 0)
    take_condition (self, find_condition (self, &facts) ? lw_trouble_new (&facts) : NULL);
}

const LwTrouble *
lw_session_get_condition (LwSession *self)
{
  return self->condition;
}
