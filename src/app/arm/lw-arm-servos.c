/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-servos.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-words.h"

#define N_COLUMNS 10
#define UPDATE_TICKS 15 /* twice a second */

struct _LwArmServos
{
  AdwBin parent_instance;

  LwSession *session; /* owned */

  /* template */
  GtkLabel       *note;
  GtkBox         *troubles;
  GtkProgressBar *progress;
  GtkGrid        *grid;
  GtkMenuButton  *change_button;
  GtkSpinButton  *new_id;
  GtkDropDown    *new_speed;
  GtkButton      *id_button, *speed_button;

  GtkLabel *cells[LW_MAX_JOINTS][N_COLUMNS]; /* borrowed: of the connected arm */
  size_t    n_shown;                         /* rows of the connected arm; 0 = a scan is shown */
  guint     ticks;
};

G_DEFINE_FINAL_TYPE (LwArmServos, lw_arm_servos, ADW_TYPE_BIN)

/* ---- the table ---- */

static GtkLabel *
add_cell (LwArmServos *self, int column, int row, const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), column < 2 ? 0.0f : 1.0f);
  gtk_widget_add_css_class (label, style);
  gtk_grid_attach (self->grid, label, column, row, 1, 1);
  return GTK_LABEL (label);
}

static void
begin_table (LwArmServos *self, const char *const *heads)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  for (int i = 0; heads[i] != NULL; i++)
    add_cell (self, i, 0, _(heads[i]), "heading-small");
}

static void
say (GtkLabel *label, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (GtkLabel *label, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (strcmp (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

/* ---- of the connected arm ---- */

static void
build_connected (LwArmServos *self)
{
  static const char *const heads[] = {
    N_("Joint"), N_("Servo"), N_("Id"), N_("Firmware"), N_("Volt"), N_("°C"), N_("Asked"), N_("Lost"), N_("Damaged"), N_("Too late"), NULL
  };
  LwArm *arm = lw_session_get_arm (self->session);
  const LwServoIdentity *identities = lw_arm_get_identities (arm);
  LwArmModel *model = lw_arm_get_model (arm);
  const LwJointInfo *joints = lw_arm_model_joints (model);

  begin_table (self, heads);
  self->n_shown = lw_arm_model_n_joints (model);
  for (size_t j = 0; j < self->n_shown; j++)
    {
      g_autofree char *name = lw_words_joint (joints[j].name), *id = g_strdup_printf ("%u", identities[j].id);
      g_autofree char *firmware = g_strdup_printf ("%u", identities[j].firmware);
      const char *texts[N_COLUMNS] = { name, identities[j].name, id, firmware, "–", "–", "–", "–", "–", "–" };

      for (int i = 0; i < N_COLUMNS; i++)
        self->cells[j][i] = add_cell (self, i, (int) j + 1, texts[i], i == 0 ? "joint-name" : "numeric");
    }
}

static void
update_connected (LwArmServos *self)
{
  LwArmLink link;

  lw_arm_get_link (lw_session_get_arm (self->session), &link);
  for (size_t j = 0; j < MIN (self->n_shown, link.n_servos); j++)
    {
      const LwBusCounters *c = &link.servos[j];
      GtkLabel **cells = self->cells[j];

      if (isfinite (link.voltage[j]))
        say (cells[4], "%.1f", link.voltage[j]);
      if (isfinite (link.temperature[j]))
        say (cells[5], "%.0f", link.temperature[j]);
      say (cells[6], "%" G_GUINT64_FORMAT, c->sent);
      say (cells[7], "%" G_GUINT64_FORMAT, c->lost);
      say (cells[8], "%" G_GUINT64_FORMAT, c->corrupt);
      say (cells[9], "%" G_GUINT64_FORMAT, c->overdue);
    }
  if (isfinite (link.round_trip_median))
    say (self->note, _("A reading of all takes %.1f ms (median; 99 %% of them %.1f ms): at most %.0f readings a second."), 1e3 * link.round_trip_median,
         1e3 * link.round_trip_p99, link.achievable_hz);
}

/* ---- of a search ---- */

static void
build_found (LwArmServos *self)
{
  static const char *const heads[] = { N_("Speed"), N_("Servo"), N_("Id"), N_("Firmware"), N_("Volt"), N_("°C"), N_("Return delay"), NULL };
  GArray *found = lw_session_get_found (self->session);

  self->n_shown = 0;
  begin_table (self, heads);
  for (guint i = 0; i < found->len; i++)
    {
      const LwFoundServo *servo = &g_array_index (found, LwFoundServo, i);
      g_autofree char *speed = servo->baud > 0 ? g_strdup_printf ("%u", servo->baud) : g_strdup ("–");
      g_autofree char *id = g_strdup_printf (servo->doubled ? _("%u, two of them") : "%u", servo->identity.id);
      g_autofree char *firmware = g_strdup_printf ("%u", servo->identity.firmware), *volt = g_strdup_printf ("%.1f", servo->identity.voltage);
      g_autofree char *heat = g_strdup_printf ("%.0f", servo->identity.temperature), *delay = g_strdup_printf (_("%u µs"), servo->return_delay_us);
      const char *texts[] = { speed, servo->identity.name, id, firmware, volt, heat, delay };

      for (int c = 0; c < (int) G_N_ELEMENTS (texts); c++)
        add_cell (self, c, (int) i + 1, texts[c], "numeric");
    }
}

static void
say_found (LwArmServos *self)
{
  GArray *found = lw_session_get_found (self->session);

  if (lw_session_is_scanning (self->session))
    say (self->note, ngettext ("Looking for servos, by reading only: %u so far.", "Looking for servos, by reading only: %u so far.", found->len), found->len);
  else if (found->len > 0)
    say (self->note, ngettext ("%u servo answers.", "%u servos answer.", found->len), found->len);
  else
    say (self->note, "%s", _("Choose a port and look for servos, or connect an arm."));
}

/* What the servos that were found show, a sentence and what to do each. */
static void
show_troubles (LwArmServos *self, GPtrArray *troubles)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->troubles))) != NULL)
    gtk_box_remove (self->troubles, child);
  for (guint i = 0; troubles != NULL && i < troubles->len; i++)
    {
      const LwTrouble *trouble = g_ptr_array_index (troubles, i);
      g_autofree char *text = g_strjoin (" ", trouble->what, trouble->action, NULL);
      GtkWidget *label = gtk_label_new (text);

      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
      gtk_widget_set_tooltip_text (label, trouble->works);
      gtk_widget_add_css_class (label, "warning");
      gtk_box_append (self->troubles, label);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->troubles), troubles != NULL && troubles->len > 0);
}

/* ---- another id or speed ---- */

static const LwFoundServo *
single_servo (LwArmServos *self)
{
  GArray *found = lw_session_get_found (self->session);

  return found->len == 1 && !g_array_index (found, LwFoundServo, 0).doubled ? &g_array_index (found, LwFoundServo, 0) : NULL;
}

static void
offer_change (LwArmServos *self)
{
  const LwFoundServo *servo = single_servo (self);
  gboolean possible = servo != NULL && !lw_session_is_scanning (self->session) && !lw_session_is_connected (self->session)
                      && !lw_session_is_connecting (self->session);
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  const unsigned *bauds;
  size_t n;

  gtk_widget_set_sensitive (GTK_WIDGET (self->change_button), possible);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->change_button),
                               possible ? _("Gives the one servo on the line another id or speed") : _("Possible when exactly one servo answers"));
  if (!possible)
    return;
  bauds = lw_servo_scan_bauds (servo->protocol, &n);
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", bauds[i]);

      gtk_string_list_append (list, text);
    }
  gtk_drop_down_set_model (self->new_speed, G_LIST_MODEL (list));
  gtk_spin_button_set_value (self->new_id, servo->identity.id);
}

static void
id_clicked (GtkButton *button, LwArmServos *self)
{
  gtk_menu_button_popdown (self->change_button);
  lw_session_change_servo (self->session, (uint8_t) gtk_spin_button_get_value_as_int (self->new_id), 0);
}

static void
speed_clicked (GtkButton *button, LwArmServos *self)
{
  const LwFoundServo *servo = single_servo (self);
  guint i = gtk_drop_down_get_selected (self->new_speed);
  const unsigned *bauds;
  size_t n;

  gtk_menu_button_popdown (self->change_button);
  if (servo == NULL)
    return;
  bauds = lw_servo_scan_bauds (servo->protocol, &n);
  if (i < n)
    lw_session_change_servo (self->session, servo->identity.id, bauds[i]);
}

/* ---- when ---- */

static void
update (LwArmServos *self)
{
  gboolean connected = lw_session_is_connected (self->session);

  gtk_widget_set_visible (GTK_WIDGET (self->progress), lw_session_is_scanning (self->session));
  offer_change (self);
  show_troubles (self, connected ? NULL : lw_session_get_scan_troubles (self->session));
  if (connected && self->n_shown == 0)
    build_connected (self);
  else if (!connected)
    {
      build_found (self);
      say_found (self);
    }
}

static void
tick (LwArmServos *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && self->n_shown > 0 && self->ticks++ % UPDATE_TICKS == 0)
    update_connected (self);
}

static void
scan_progress (LwSession *session, double fraction, LwArmServos *self)
{
  gtk_progress_bar_set_fraction (self->progress, fraction);
}

static void
lw_arm_servos_dispose (GObject *object)
{
  LwArmServos *self = LW_ARM_SERVOS (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_servos_parent_class)->dispose (object);
}

static void
lw_arm_servos_class_init (LwArmServosClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_servos_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-servos.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwArmServos, name)
  CHILD (note);
  CHILD (troubles);
  CHILD (progress);
  CHILD (grid);
  CHILD (change_button);
  CHILD (new_id);
  CHILD (new_speed);
  CHILD (id_button);
  CHILD (speed_button);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, id_clicked);
  gtk_widget_class_bind_template_callback (widget, speed_clicked);
}

static void
lw_arm_servos_init (LwArmServos *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_arm_servos_new (LwSession *session)
{
  LwArmServos *self = g_object_new (LW_TYPE_ARM_SERVOS, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "scan-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "scan-progress", G_CALLBACK (scan_progress), self, 0);
  g_signal_connect_object (session, "tick", G_CALLBACK (tick), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
