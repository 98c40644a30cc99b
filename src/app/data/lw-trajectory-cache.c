/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-trajectory-cache.h"

#include <glib/gi18n.h>

struct LwTrajectoryCache {
  LwSession  *session;    /* owned */
  GHashTable *known;      /* id → LwTrajectory, NULL while being read */
  void      (*arrived) (gpointer data);
  gpointer    data;
  guint       generation; /* of the project: answers of an earlier one are dropped */
  int         ref_count;  /* the owner and every request on its way */
  gboolean    closed;
};

typedef struct {
  LwTrajectoryCache *cache;
  gint64             id;
  guint              generation;
} Request;

static void
cache_unref (LwTrajectoryCache *self)
{
  if (--self->ref_count > 0)
    return;
  g_hash_table_unref (self->known);
  g_object_unref (self->session);
  g_free (self);
}

static void
unref_trajectory (gpointer data)
{
  lw_trajectory_unref (data); /* takes NULL */
}

LwTrajectoryCache *
lw_trajectory_cache_new (LwSession *session, void (*arrived) (gpointer data), gpointer data)
{
  LwTrajectoryCache *self = g_new0 (LwTrajectoryCache, 1);

  self->session = g_object_ref (session);
  self->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, unref_trajectory);
  self->arrived = arrived;
  self->data = data;
  self->ref_count = 1;
  return self;
}

void
lw_trajectory_cache_free (LwTrajectoryCache *self)
{
  if (self == NULL)
    return;
  self->closed = TRUE;
  cache_unref (self);
}

void
lw_trajectory_cache_clear (LwTrajectoryCache *self)
{
  self->generation++;
  g_hash_table_remove_all (self->known);
}

static gpointer
load_work (LwProject *project, gpointer data, GError **error)
{
  return lw_project_load_trajectory (project, *(const gint64 *) data, error);
}

static void
load_done (LwSession *session, gpointer result, gpointer data)
{
  Request *request = data;
  LwTrajectoryCache *self = request->cache;

  if (result != NULL && !self->closed && request->generation == self->generation)
    {
      g_hash_table_insert (self->known, g_memdup2 (&request->id, sizeof request->id), result);
      if (self->arrived != NULL)
        self->arrived (self->data);
    }
  else
    lw_trajectory_unref (result);
  cache_unref (self);
  g_free (request);
}

LwTrajectory *
lw_trajectory_cache_get (LwTrajectoryCache *self, gint64 id)
{
  gpointer found = NULL;
  Request *request;

  if (g_hash_table_lookup_extended (self->known, &id, NULL, &found))
    return found;
  g_hash_table_insert (self->known, g_memdup2 (&id, sizeof id), NULL);
  request = g_new (Request, 1);
  *request = (Request){ self, id, self->generation };
  self->ref_count++;
  lw_session_call_project (self->session, _("A demonstration cannot be read; the others can"), load_work, g_memdup2 (&id, sizeof id), g_free,
                           unref_trajectory, load_done, request);
  return NULL;
}
