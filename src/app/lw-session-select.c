/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which K and d demonstrations left out speak for, on a worker. */
#include <glib/gi18n.h>
#include <math.h>

#include "lw-session-private.h"
#include "lw-skill-select.h"

#define PER_MILLE 1000.0
#define MOST 16 /* values of K, and of d */

typedef struct {
  LwSession       *session;  /* owned; touched in the main loop only */
  LwSkill         *skill;    /* owned */
  size_t           K[MOST], d[MOST], n_K, n_d;
  atomic_bool      stop, pending;
  atomic_int       fraction; /* per mille */
  LwMppcaSelection table;    /* result */
  int              ref_count;
} Select;

static Select *
select_ref (Select *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
select_unref (gpointer data)
{
  Select *self = data;

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  lw_mppca_selection_clear (&self->table);
  lw_skill_unref (self->skill);
  g_object_unref (self->session);
  g_free (self);
}

static gboolean
show_progress (gpointer data)
{
  Select *self = data;

  atomic_store (&self->pending, false);
  if (self->session->select_stop == &self->stop)
    g_signal_emit_by_name (self->session, "select-progress", atomic_load (&self->fraction) / PER_MILLE);
  return G_SOURCE_REMOVE;
}

static void
select_progress (double fraction, const char *what, gpointer data)
{
  Select *self = data;

  atomic_store (&self->fraction, (int) lround (PER_MILLE * fraction));
  if (!atomic_exchange (&self->pending, true))
    g_timeout_add_full (G_PRIORITY_DEFAULT, LW_UI_TICK_MS, show_progress, select_ref (self), select_unref);
}

static void
select_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Select *self = data;
  LwMppcaSelectSettings grid;
  g_autoptr (GError) error = NULL;

  lw_mppca_select_settings_init (&grid);
  grid.K = self->K;
  grid.n_K = self->n_K;
  grid.d = self->d;
  grid.n_d = self->n_d;
  grid.folds = CLAMP (self->skill->params.rows, 2, grid.folds);
  grid.threads = MAX (g_get_num_processors (), 2) - 1; /* the window and an arm want one */
  if (lw_skill_select (self->skill, &grid, select_progress, self, &self->stop, &self->table, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
lw_session_drop_selection (LwSession *self)
{
  lw_session_cancel_select (self);
  lw_mppca_selection_clear (&self->selection);
}

static void
select_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Select *select = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  self->select_stop = NULL;
  if (ok && select->skill == self->skill)
    {
      lw_mppca_selection_clear (&self->selection);
      self->selection = select->table;
      select->table = (LwMppcaSelection){ 0 };
    }
  else if (g_error_matches (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED))
    lw_session_emit_message (self, NULL, _("Choice of K and d stopped"));
  else if (!ok)
    lw_session_emit_error (self, _("K and d cannot be chosen from these demonstrations"), error);
  lw_session_emit (self, "selection-changed");
}

/* @values, rising, with @own among them, as far as @most. */
static size_t
fill (const size_t *values, size_t n, size_t own, size_t most, size_t *out)
{
  size_t m = 0;
  gboolean placed = own < 1 || own > most;

  for (size_t i = 0; i < n && values[i] <= most; i++)
    {
      if (!placed && own <= values[i])
        {
          placed = TRUE;
          if (own < values[i])
            out[m++] = own;
        }
      out[m++] = values[i];
    }
  if (!placed)
    out[m++] = own;
  return m;
}

void
lw_session_select (LwSession *self, guint K, guint d)
{
  static const size_t usual_K[] = { 1, 2, 3, 4, 6, 8, 12 }, usual_d[] = { 1, 2, 3, 4, 5, 6 };
  g_autoptr (GTask) task = NULL;
  size_t most_K = LW_MAX_COMPONENTS, most_d = G_MAXSIZE, one = 1;
  const LwSkill *skill = self->skill;
  Select *select;

  if (self->select_stop != NULL || self->fitting || skill == NULL)
    return;
  lw_mppca_limit (skill->params.rows, skill->n_context + skill->params.cols, &most_K, &one);
  lw_mppca_limit (skill->params.rows, skill->n_context + skill->params.cols, &one, &most_d);
  select = g_new0 (Select, 1);
  select->ref_count = 1;
  select->session = g_object_ref (self);
  select->skill = lw_skill_ref (self->skill);
  select->n_K = fill (usual_K, G_N_ELEMENTS (usual_K), K, most_K, select->K);
  select->n_d = fill (usual_d, G_N_ELEMENTS (usual_d), d, most_d, select->d);
  atomic_init (&select->stop, false);
  atomic_init (&select->pending, false);
  atomic_init (&select->fraction, 0);
  lw_mppca_selection_clear (&self->selection);
  self->select_stop = &select->stop;
  task = g_task_new (self, NULL, select_done, NULL);
  g_task_set_source_tag (task, lw_session_select);
  g_task_set_task_data (task, select, select_unref);
  g_task_run_in_thread (task, select_thread);
  lw_session_emit (self, "selection-changed");
}

gboolean
lw_session_is_selecting (LwSession *self)
{
  return self->select_stop != NULL;
}

void
lw_session_cancel_select (LwSession *self)
{
  if (self->select_stop != NULL)
    atomic_store (self->select_stop, true);
}

const LwMppcaSelection *
lw_session_get_selection (LwSession *self)
{
  return self->selection.n_cells > 0 ? &self->selection : NULL;
}
