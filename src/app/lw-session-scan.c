/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's scan: who is on a port, found out on a worker by reading only. */
#include <glib/gi18n.h>

#include "lw-session-private.h"

#define LAST_ID 30 /* arms are numbered from 1 or 11; the command line scans further */

typedef struct {
  LwSession   *session; /* borrowed: the task holds it */
  char        *port;
  unsigned     protocols, baud;
  LwArmProfile *profile; /* (nullable) who is expected */
  double       begun, share; /* of the whole: before the protocol in hand, and that one's part */
  atomic_bool *cancel;  /* shared */
  GArray      *found;   /* worker's */
} Scan;

static void
scan_free (gpointer data)
{
  Scan *self = data;

  g_free (self->port);
  lw_arm_profile_free (self->profile);
  g_array_unref (self->found);
  g_atomic_rc_box_release (self->cancel);
  g_free (self);
}

/* What the worker has to say, in the main loop. */
typedef struct {
  LwSession   *session;
  double       fraction;
  gboolean     any;
  LwFoundServo found;
} News;

static gboolean
deliver (gpointer data)
{
  News *news = data;

  if (news->any)
    {
      g_array_append_val (news->session->found, news->found);
      lw_session_emit (news->session, "scan-changed");
    }
  g_signal_emit_by_name (news->session, "scan-progress", news->fraction);
  return G_SOURCE_REMOVE;
}

static void
news_free (gpointer data)
{
  News *news = data;

  g_object_unref (news->session);
  g_free (news);
}

static void
report (const LwScanProgress *progress, const LwFoundServo *found, void *data)
{
  Scan *self = data;
  News *news;

  if (found == NULL && progress->id % 8 != 0)
    return;
  news = g_new0 (News, 1);
  news->session = g_object_ref (self->session);
  news->fraction = self->begun + self->share * progress->fraction;
  if (found != NULL)
    {
      news->any = TRUE;
      news->found = *found;
    }
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, news, news_free);
}

static LwBusStatus
scan_protocol (Scan *self, LwTransport *line, LwProtocol protocol)
{
  size_t n = 0;
  LwScanPlan plan = { .protocols = 1u << protocol, .bauds = lw_servo_scan_bauds (protocol, &n), .last_id = LAST_ID, .stop_at_first_speed = TRUE };

  plan.n_bauds = n;
  if (self->baud != 0)
    {
      plan.bauds = &self->baud;
      plan.n_bauds = 1;
    }
  return lw_servo_scan (line, &plan, report, self, self->cancel, self->found);
}

static void
scan_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Scan *self = data;
  g_autoptr (GError) error = NULL;
  LwTransport *line = lw_transport_open (self->port, self->baud != 0 ? self->baud : 1000000, &error);
  LwBusStatus status = LW_BUS_OK;

  self->share = 1.0 / __builtin_popcount (self->protocols);
  if (line == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH && status == LW_BUS_OK; protocol++)
    if ((self->protocols & 1u << protocol) != 0)
      {
        status = scan_protocol (self, line, protocol);
        self->begun += self->share;
      }
  lw_transport_free (line);
  if (status == LW_BUS_GONE)
    g_task_return_new_error (task, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, _("%s was unplugged"), self->port);
  else if (self->found->len == 0 && status == LW_BUS_OK)
    g_task_return_new_error (task, LW_BUS_ERROR, LW_BUS_ERROR_SILENT, _("Nothing answers on %s"), self->port);
  else
    g_task_return_boolean (task, TRUE);
}

/* What the found servos show beside that they are there: who is missing, doubled, at another speed, hot. */
static void
judge (LwSession *self, const Scan *scan)
{
  g_autoptr (GArray) facts = g_array_new (FALSE, FALSE, sizeof (LwTroubleFacts));

  if (self->found->len == 0)
    return;
  lw_trouble_from_scan (self->found, scan->port, scan->profile != NULL ? scan->profile->baud : 0, scan->profile, facts);
  for (guint i = 0; i < facts->len; i++)
    g_ptr_array_add (self->scan_troubles, lw_trouble_new (&g_array_index (facts, LwTroubleFacts, i)));
}

static void
scan_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Scan *scan = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->scanning = FALSE;
  g_clear_pointer (&self->scan_cancel, g_atomic_rc_box_release);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_auto (LwDevice) device = { .port = g_strdup (scan->port), .baud = scan->baud };

      lw_session_emit_trouble (self, &device, error);
    }
  else if (!atomic_load (scan->cancel))
    judge (self, scan);
  g_signal_emit_by_name (self, "scan-progress", 1.0);
  lw_session_emit (self, "scan-changed");
}

void
lw_session_scan (LwSession *self, const char *port, unsigned protocols, unsigned baud, const LwArmProfile *profile)
{
  g_autoptr (GTask) task = NULL;
  Scan *scan;

  if (self->arm != NULL || self->connecting || self->scanning || self->winding_down)
    return;
  g_array_set_size (self->found, 0);
  g_ptr_array_set_size (self->scan_troubles, 0);
  if (self->scan_port != port)
    {
      g_free (self->scan_port);
      self->scan_port = g_strdup (port);
    }
  self->scanning = TRUE;
  self->scan_cancel = g_atomic_rc_box_new0 (atomic_bool);
  scan = g_new0 (Scan, 1);
  scan->session = self;
  scan->port = g_strdup (port);
  scan->protocols = protocols;
  scan->baud = baud;
  scan->profile = profile != NULL ? lw_arm_profile_copy (profile) : NULL;
  scan->cancel = g_atomic_rc_box_acquire (self->scan_cancel);
  scan->found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo));
  task = g_task_new (self, NULL, scan_done, NULL);
  g_task_set_source_tag (task, lw_session_scan);
  g_task_set_task_data (task, scan, scan_free);
  g_task_run_in_thread (task, scan_thread);
  lw_session_emit (self, "scan-changed");
}

void
lw_session_cancel_scan (LwSession *self)
{
  if (self->scan_cancel != NULL)
    atomic_store (self->scan_cancel, true);
}

/* ---- another id or speed for a servo that is alone ---- */

typedef struct {
  char        *port;
  LwFoundServo servo;
  uint8_t      id;
  unsigned     baud; /* 0: the id is to be changed */
} Change;

static void
change_free (gpointer data)
{
  Change *self = data;

  g_free (self->port);
  g_free (self);
}

static void
change_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Change *self = data;
  g_autoptr (GError) error = NULL;
  LwTransport *line = lw_transport_open (self->port, self->servo.baud, &error);
  gboolean ok = FALSE;

  if (line != NULL)
    ok = self->baud == 0 ? lw_servo_set_id (line, self->servo.protocol, self->servo.identity.id, self->id, &error)
                         : lw_servo_set_speed (line, self->servo.protocol, self->servo.identity.id, self->baud, &error);
  lw_transport_free (line);
  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
change_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Change *change = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->scanning = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      lw_session_emit_error (self, _("The servo was not changed"), error);
      lw_session_emit (self, "scan-changed");
      return;
    }
  lw_session_emit_message (self, NULL, _("The servo answers under its new number or speed."));
  lw_session_scan (self, change->port, 1u << change->servo.protocol, change->baud != 0 ? change->baud : change->servo.baud, NULL);
  lw_session_emit (self, "scan-changed");
}

void
lw_session_change_servo (LwSession *self, uint8_t id, unsigned baud)
{
  g_autoptr (GTask) task = NULL;
  Change *change;

  if (self->arm != NULL || self->connecting || self->scanning || self->found->len != 1)
    return;
  change = g_new0 (Change, 1);
  *change = (Change){ .port = g_strdup (self->scan_port), .servo = g_array_index (self->found, LwFoundServo, 0), .id = id, .baud = baud };
  self->scanning = TRUE;
  task = g_task_new (self, NULL, change_done, NULL);
  g_task_set_source_tag (task, lw_session_change_servo);
  g_task_set_task_data (task, change, change_free);
  g_task_run_in_thread (task, change_thread);
  lw_session_emit (self, "scan-changed");
}

gboolean
lw_session_is_scanning (LwSession *self)
{
  return self->scanning;
}

GPtrArray *
lw_session_get_scan_troubles (LwSession *self)
{
  return self->scan_troubles;
}

unsigned
lw_session_get_found_baud (LwSession *self, const char *port, const LwArmProfile *profile)
{
  unsigned baud = 0;

  if (g_strcmp0 (port, self->scan_port) != 0)
    return 0;
  for (guint i = 0; i < self->found->len; i++)
    {
      const LwFoundServo *servo = &g_array_index (self->found, LwFoundServo, i);

      if (servo->protocol != profile->protocol || servo->baud == 0)
        continue;
      if (servo->baud == profile->baud || (baud != 0 && servo->baud != baud))
        return 0;
      baud = servo->baud;
    }
  return baud;
}

GArray *
lw_session_get_found (LwSession *self)
{
  return self->found;
}

void
lw_session_scan_init (LwSession *self)
{
  self->found = g_array_new (FALSE, FALSE, sizeof (LwFoundServo));
  self->scan_troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_trouble_free);
}
