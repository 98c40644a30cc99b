/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits of demonstrations, each with Undo. */
#include <glib/gi18n.h>

#include "lw-session-private.h"

typedef enum { EDIT_DELETE, EDIT_USED, EDIT_CONTEXT, EDIT_RENAME } EditKind;

typedef struct {
  EditKind kind;
  gint64   id;
  gboolean flag;
  double   value;
  char    *name, *text;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->name);
  g_free (edit->text);
  g_free (edit);
}

static gpointer
edit_work (LwProject *project, gpointer data, GError **error)
{
  const Edit *e = data;
  gboolean ok = FALSE;

  switch (e->kind)
    {
    case EDIT_DELETE: ok = lw_project_delete (project, e->id, error); break;
    case EDIT_USED: ok = lw_project_set_used (project, e->id, e->flag, error); break;
    case EDIT_CONTEXT: ok = lw_project_set_context (project, e->id, e->name, e->text, e->value, error); break;
    case EDIT_RENAME: ok = lw_project_rename (project, e->id, e->text, error); break;
    }
  return GINT_TO_POINTER (ok);
}

static void
edit_done (LwSession *self, gpointer result, gpointer data)
{
  g_autofree char *said = data;

  if (GPOINTER_TO_INT (result) && said != NULL)
    lw_session_emit_message (self, _("Undo"), "%s", said);
}

static const char *
label_of (LwSession *self, gint64 id)
{
  for (guint i = 0; i < self->demonstrations->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (self->demonstrations, i);

      if (info->id == id)
        return info->label;
    }
  return "";
}

static void
edit (LwSession *self, Edit what, char *said)
{
  lw_session_call_project (self, _("The change was not stored; everything is as it was"), edit_work,
                           g_memdup2 (&what, sizeof what), edit_free, NULL, edit_done, said);
}

void
lw_session_delete_demonstration (LwSession *self, gint64 id)
{
  edit (self, (Edit){ .kind = EDIT_DELETE, .id = id }, g_strdup_printf (_("“%s” deleted"), label_of (self, id)));
}

void
lw_session_set_used (LwSession *self, gint64 id, gboolean used)
{
  edit (self, (Edit){ .kind = EDIT_USED, .id = id, .flag = used },
        g_strdup_printf (used ? _("“%s” is used again") : _("“%s” is left out of fits"), label_of (self, id)));
}

void
lw_session_set_context (LwSession *self, gint64 id, const char *name, const char *unit, double value)
{
  edit (self, (Edit){ .kind = EDIT_CONTEXT, .id = id, .value = value, .name = g_strdup (name), .text = g_strdup (unit) }, NULL);
}

void
lw_session_rename (LwSession *self, gint64 id, const char *label)
{
  edit (self, (Edit){ .kind = EDIT_RENAME, .id = id, .text = g_strdup (label) }, NULL);
}

static gpointer
undo_work (LwProject *project, gpointer data, GError **error)
{
  return GPOINTER_TO_INT (data) ? lw_project_redo (project, error) : lw_project_undo (project, error);
}

static void
undo_done (LwSession *self, gpointer result, gpointer data)
{
  g_autofree char *label = result;

  if (label != NULL)
    lw_session_emit_message (self, NULL, GPOINTER_TO_INT (data) ? _("Redone: %s") : _("Undone: %s"), label);
}

void
lw_session_undo (LwSession *self)
{
  lw_session_call_project (self, _("Undo was not possible; everything is as it was"), undo_work, GINT_TO_POINTER (FALSE), NULL, g_free,
                           undo_done, GINT_TO_POINTER (FALSE));
}

void
lw_session_redo (LwSession *self)
{
  lw_session_call_project (self, _("Redo was not possible; everything is as it was"), undo_work, GINT_TO_POINTER (TRUE), NULL, g_free,
                           undo_done, GINT_TO_POINTER (TRUE));
}
