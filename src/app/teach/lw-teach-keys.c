/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-teach-keys.h"

typedef struct {
  LwTeachKeyFunc      func;
  gpointer            data;
  GtkEventController *keys;   /* owned by the toplevel while mapped */
  GtkWidget          *root;   /* borrowed while mapped */
  guint               pedal;  /* 0: none */
  void              (*chosen) (guint keyval, gpointer data); /* (nullable) waits for the pedal's key */
  gpointer            chosen_data;
} Keys;

static gboolean
pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state, Keys *self)
{
  static const struct { guint key; LwTeachCommand command; } keys[] = {
    { GDK_KEY_space, LW_TEACH_RECORD }, { GDK_KEY_KP_Space, LW_TEACH_RECORD }, { GDK_KEY_r, LW_TEACH_AGAIN }, { GDK_KEY_Delete, LW_TEACH_DISCARD },
    { GDK_KEY_g, LW_TEACH_GUIDE }, { GDK_KEY_h, LW_TEACH_HOLD },
  };
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self->root));

  if (self->chosen != NULL)
    {
      void (*chosen) (guint, gpointer) = self->chosen;

      self->chosen = NULL;
      chosen (keyval == GDK_KEY_Escape ? 0 : gdk_keyval_to_lower (keyval), self->chosen_data);
      return keyval == GDK_KEY_Escape ? GDK_EVENT_PROPAGATE : GDK_EVENT_STOP;
    }
  if (focus != NULL && GTK_IS_EDITABLE (focus))
    return GDK_EVENT_PROPAGATE;
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  if (self->pedal != 0 && gdk_keyval_to_lower (keyval) == self->pedal)
    {
      self->func (LW_TEACH_RECORD, self->data);
      return GDK_EVENT_STOP;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (gdk_keyval_to_lower (keyval) == keys[i].key)
      {
        self->func (keys[i].command, self->data);
        return GDK_EVENT_STOP;
      }
  return GDK_EVENT_PROPAGATE;
}

static void
mapped (GtkWidget *page, Keys *self)
{
  self->root = GTK_WIDGET (gtk_widget_get_root (page));
  self->keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (self->keys, GTK_PHASE_CAPTURE);
  g_signal_connect (self->keys, "key-pressed", G_CALLBACK (pressed), self);
  gtk_widget_add_controller (self->root, self->keys);
}

static void
unmapped (GtkWidget *page, Keys *self)
{
  if (self->keys != NULL)
    gtk_widget_remove_controller (self->root, self->keys);
  self->keys = NULL;
  self->root = NULL;
}

static void
free_keys (gpointer data, GClosure *closure)
{
  g_free (data);
}

void
lw_teach_keys_install (GtkWidget *page, LwTeachKeyFunc func, gpointer data)
{
  Keys *self = g_new0 (Keys, 1);

  self->func = func;
  self->data = data;
  g_object_set_data (G_OBJECT (page), "teach-keys", self);
  g_signal_connect (page, "map", G_CALLBACK (mapped), self);
  g_signal_connect_data (page, "unmap", G_CALLBACK (unmapped), self, free_keys, 0);
}

static Keys *
keys_of (GtkWidget *page)
{
  return g_object_get_data (G_OBJECT (page), "teach-keys");
}

void
lw_teach_keys_set_pedal (GtkWidget *page, guint keyval)
{
  keys_of (page)->pedal = gdk_keyval_to_lower (keyval);
}

void
lw_teach_keys_learn_pedal (GtkWidget *page, void (*chosen) (guint keyval, gpointer data), gpointer data)
{
  keys_of (page)->chosen = chosen;
  keys_of (page)->chosen_data = data;
}

void
lw_teach_keys_forget_pedal (GtkWidget *page)
{
  keys_of (page)->chosen = NULL;
}
