/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-figure-private.h"

#include <math.h>

G_DEFINE_TYPE (LwFigure, lw_figure, G_TYPE_OBJECT)

enum { CHANGED, CURSOR_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
lw_figure_finalize (GObject *object)
{
  LwFigure *self = LW_FIGURE (object);

  g_ptr_array_unref (self->layers);
  g_free (self->title);
  g_free (self->x.title);
  g_free (self->y.title);
  g_strfreev (self->categories);
  g_free (self->empty_text);
  G_OBJECT_CLASS (lw_figure_parent_class)->finalize (object);
}

static void
lw_figure_class_init (LwFigureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = lw_figure_finalize;
  signals[CHANGED] = g_signal_new ("changed", LW_TYPE_FIGURE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CURSOR_CHANGED] = g_signal_new ("cursor-changed", LW_TYPE_FIGURE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lw_figure_init (LwFigure *self)
{
  self->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_layer_free);
  self->x.fixed = self->y.fixed = lw_range_empty ();
  self->view_x = self->view_y = self->linked_x = lw_range_empty ();
  self->cursor = self->anchor = NAN;
  self->legend_visible = TRUE;
}

LwFigure *
lw_figure_new (const char *title)
{
  LwFigure *self = g_object_new (LW_TYPE_FIGURE, NULL);

  self->title = g_strdup (title);
  return self;
}

void
lw_figure_invalidate (LwFigure *self)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  if (self->frozen > 0)
    self->changed = TRUE;
  else
    g_signal_emit (self, signals[CHANGED], 0);
}

void
lw_figure_freeze (LwFigure *self)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->frozen++;
}

void
lw_figure_thaw (LwFigure *self)
{
  g_return_if_fail (LW_IS_FIGURE (self));
  g_return_if_fail (self->frozen > 0);

  if (--self->frozen > 0 || !self->changed)
    return;
  self->changed = FALSE;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
set_text (LwFigure *self, char **member, const char *text)
{
  if (g_strcmp0 (*member, text) == 0)
    return;
  g_free (*member);
  *member = g_strdup (text);
  lw_figure_invalidate (self);
}

void
lw_figure_set_title (LwFigure *self, const char *title)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  set_text (self, &self->title, title);
}

const char *
lw_figure_get_title (LwFigure *self)
{
  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  return self->title;
}

void
lw_figure_set_empty_text (LwFigure *self, const char *text)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  set_text (self, &self->empty_text, text);
}

static void
set_axis (LwFigure *self, LwFigureAxis *axis, const char *title, LwUnit unit)
{
  gboolean new_unit = axis->unit != unit;

  axis->unit = unit;
  if (g_strcmp0 (axis->title, title) != 0)
    set_text (self, &axis->title, title);
  else if (new_unit)
    lw_figure_invalidate (self);
}

void
lw_figure_set_x_axis (LwFigure *self, const char *title, LwUnit unit)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  set_axis (self, &self->x, title, unit);
}

void
lw_figure_set_y_axis (LwFigure *self, const char *title, LwUnit unit)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  set_axis (self, &self->y, title, unit);
}

void
lw_figure_set_x_scale (LwFigure *self, LwScale scale)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->x.scale = scale;
  lw_figure_invalidate (self);
}

void
lw_figure_set_y_scale (LwFigure *self, LwScale scale)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->y.scale = scale;
  lw_figure_invalidate (self);
}

void
lw_figure_set_x_range (LwFigure *self, LwRange range)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->x.fixed = range;
  lw_figure_invalidate (self);
}

void
lw_figure_set_y_range (LwFigure *self, LwRange range)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->y.fixed = range;
  lw_figure_invalidate (self);
}

void
lw_figure_set_x_follow (LwFigure *self, double width)
{
  g_return_if_fail (LW_IS_FIGURE (self));
  g_return_if_fail (width >= 0);

  self->x_follow = width;
  lw_figure_invalidate (self);
}

void
lw_figure_set_y_least (LwFigure *self, double width)
{
  g_return_if_fail (LW_IS_FIGURE (self));
  g_return_if_fail (width >= 0);

  self->y_least = width;
  lw_figure_invalidate (self);
}

void
lw_figure_set_equal_aspect (LwFigure *self, gboolean equal)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->equal_aspect = !!equal;
  lw_figure_invalidate (self);
}

gboolean
lw_figure_get_equal_aspect (LwFigure *self)
{
  g_return_val_if_fail (LW_IS_FIGURE (self), FALSE);

  return self->equal_aspect;
}

void
lw_figure_set_x_categories (LwFigure *self, const char * const *names)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  g_strfreev (self->categories);
  self->categories = g_strdupv ((char **) names);
  lw_figure_invalidate (self);
}

void
lw_figure_set_legend_visible (LwFigure *self, gboolean visible)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  self->legend_visible = !!visible;
  lw_figure_invalidate (self);
}

void
lw_figure_set_view (LwFigure *self, LwRange x, LwRange y)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  if (lw_range_equal (self->view_x, x) && lw_range_equal (self->view_y, y))
    return;
  self->view_x = x;
  self->view_y = y;
  lw_figure_invalidate (self);
}

void
lw_figure_set_linked_x (LwFigure *self, LwRange range)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  if (lw_range_equal (self->linked_x, range))
    return;
  self->linked_x = range;
  lw_figure_invalidate (self);
}

void
lw_figure_get_view (LwFigure *self, LwRange *x, LwRange *y)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  *x = self->view_x;
  *y = self->view_y;
}

static gboolean
same_number (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

void
lw_figure_invalidate_live (LwFigure *self)
{
  if (self->frozen > 0)
    self->changed = TRUE;
  else
    g_signal_emit (self, signals[CURSOR_CHANGED], 0);
}

void
lw_figure_set_cursor (LwFigure *self, double x)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  if (same_number (self->cursor, x))
    return;
  self->cursor = x;
  g_signal_emit (self, signals[CURSOR_CHANGED], 0);
}

double
lw_figure_get_cursor (LwFigure *self)
{
  g_return_val_if_fail (LW_IS_FIGURE (self), (double) NAN);

  return self->cursor;
}

void
lw_figure_set_anchor (LwFigure *self, double x)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  if (same_number (self->anchor, x))
    return;
  self->anchor = x;
  g_signal_emit (self, signals[CURSOR_CHANGED], 0);
}

double
lw_figure_get_anchor (LwFigure *self)
{
  g_return_val_if_fail (LW_IS_FIGURE (self), (double) NAN);

  return self->anchor;
}
