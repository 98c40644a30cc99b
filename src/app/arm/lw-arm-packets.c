/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-packets.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-packet-reader.h"

#define N_LINES 400
#define SHOW_MS 250

struct _LwArmPackets
{
  AdwBin parent_instance;

  LwSession *session; /* owned */

  /* template */
  GtkToggleButton *pause;
  GtkCheckButton  *writes_only;
  GtkTextView     *view;
  GtkLabel        *note;

  LwPacketReader requests, replies;
  GQueue         lines;     /* of char* */
  int64_t        first_ns;  /* time zero of the column; 0 = none yet */
  guint          source;
  gboolean       changed;
};

G_DEFINE_FINAL_TYPE (LwArmPackets, lw_arm_packets, ADW_TYPE_BIN)

static gboolean
is_write (const LwPacketText *text)
{
  return strstr (text->words, "write") != NULL || g_str_has_prefix (text->words, "reboot") || g_str_has_prefix (text->words, "restart")
         || g_str_has_prefix (text->words, "set middle") || g_str_has_prefix (text->words, "factory") || g_str_has_prefix (text->words, "action")
         || g_str_has_prefix (text->words, "g ") || g_str_equal (text->words, "hold") || g_str_equal (text->words, "free") || g_str_equal (text->words, "stop");
}

static void
add_lines (LwArmPackets *self, LwPacketReader *reader, int64_t t_ns)
{
  gboolean writes_only = gtk_check_button_get_active (self->writes_only);
  LwPacketText text;

  while (lw_packet_reader_next (reader, &text))
    {
      if (writes_only && (!reader->requests || !is_write (&text)))
        continue;
      g_queue_push_tail (&self->lines, g_strdup_printf ("%12.6f  %s  %-44s  %s", 1e-9 * (double) (t_ns - self->first_ns), reader->requests ? "→" : "←",
                                                        text.words, text.hex));
      if (self->lines.length > N_LINES)
        g_free (g_queue_pop_head (&self->lines));
      self->changed = TRUE;
    }
}

static void
take (LwArmPackets *self)
{
  LwTransportLog *log = lw_session_get_traffic (self->session);
  LwProtocol protocol = lw_session_get_protocol (self->session);
  LwTransportChunk chunks[64];
  size_t n;

  if (protocol != self->requests.protocol)
    {
      lw_packet_reader_init (&self->requests, protocol, true);
      lw_packet_reader_init (&self->replies, protocol, false);
    }
  while ((n = lw_transport_log_take (log, chunks, G_N_ELEMENTS (chunks))) > 0)
    for (size_t i = 0; i < n; i++)
      {
        LwPacketReader *reader = chunks[i].out ? &self->requests : &self->replies;

        if (self->first_ns == 0)
          self->first_ns = chunks[i].t_ns;
        lw_packet_reader_add (reader, chunks[i].bytes, chunks[i].n);
        add_lines (self, reader, chunks[i].t_ns);
      }
}

static char *
all_text (LwArmPackets *self)
{
  GString *text = g_string_new (NULL);

  for (GList *l = self->lines.head; l != NULL; l = l->next)
    {
      g_string_append (text, l->data);
      if (l->next != NULL)
        g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static void
show (LwArmPackets *self)
{
  g_autofree char *text = all_text (self);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter end;

  gtk_text_buffer_set_text (buffer, text, -1);
  gtk_text_buffer_get_end_iter (buffer, &end);
  gtk_text_iter_set_line_offset (&end, 0);
  gtk_text_view_scroll_to_iter (self->view, &end, 0.0, TRUE, 0.0, 1.0);
  self->changed = FALSE;
}

static void
say_note (LwArmPackets *self)
{
  if (!lw_session_is_connected (self->session) && self->lines.length == 0)
    gtk_label_set_text (self->note, _("Nothing passes: no arm is connected."));
  else if (gtk_toggle_button_get_active (self->pause))
    gtk_label_set_text (self->note, _("Paused. Only this list rests: the arm and every recording go on."));
  else
    gtk_label_set_text (self->note, "");
}

static gboolean
look (gpointer data)
{
  LwArmPackets *self = data;

  take (self);
  if (self->changed)
    show (self);
  say_note (self);
  return G_SOURCE_CONTINUE;
}

/* Listens while there is somebody to look. */
static void
update_listening (LwArmPackets *self)
{
  gboolean listens = gtk_widget_get_mapped (GTK_WIDGET (self)) && !gtk_toggle_button_get_active (self->pause);

  lw_transport_log_enable (lw_session_get_traffic (self->session), listens);
  if (listens && self->source == 0)
    self->source = g_timeout_add (SHOW_MS, look, self);
  else if (!listens)
    g_clear_handle_id (&self->source, g_source_remove);
  say_note (self);
}

static void
pause_toggled (GtkToggleButton *button, LwArmPackets *self)
{
  update_listening (self);
}

static void
clear_clicked (GtkButton *button, LwArmPackets *self)
{
  g_queue_clear_full (&self->lines, g_free);
  self->first_ns = 0;
  show (self);
  say_note (self);
}

static void
copy_clicked (GtkButton *button, LwArmPackets *self)
{
  g_autofree char *text = all_text (self);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

static void
lw_arm_packets_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lw_arm_packets_parent_class)->map (widget);
  update_listening (LW_ARM_PACKETS (widget));
}

static void
lw_arm_packets_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lw_arm_packets_parent_class)->unmap (widget);
  update_listening (LW_ARM_PACKETS (widget));
}

static void
lw_arm_packets_dispose (GObject *object)
{
  LwArmPackets *self = LW_ARM_PACKETS (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_queue_clear_full (&self->lines, g_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_packets_parent_class)->dispose (object);
}

static void
lw_arm_packets_class_init (LwArmPacketsClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_packets_dispose;
  widget->map = lw_arm_packets_map;
  widget->unmap = lw_arm_packets_unmap;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-packets.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwArmPackets, name)
  CHILD (pause);
  CHILD (writes_only);
  CHILD (view);
  CHILD (note);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, pause_toggled);
  gtk_widget_class_bind_template_callback (widget, clear_clicked);
  gtk_widget_class_bind_template_callback (widget, copy_clicked);
}

static void
lw_arm_packets_init (LwArmPackets *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lw_packet_reader_init (&self->requests, LW_PROTOCOL_DYNAMIXEL, true);
  lw_packet_reader_init (&self->replies, LW_PROTOCOL_DYNAMIXEL, false);
}

GtkWidget *
lw_arm_packets_new (LwSession *session)
{
  LwArmPackets *self = g_object_new (LW_TYPE_ARM_PACKETS, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
