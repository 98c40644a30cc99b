/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-port-list.h"

#include <libserialport.h>
#include <unistd.h>

#include "lw-transport.h"

/* In the order in which they are offered. Chips that sit on servo boards sit on other boards, too: a hint, never a decision. */
typedef enum { RANK_SERVO, RANK_PERHAPS_SERVO, RANK_OTHER_USB, RANK_OTHER } Rank;

typedef struct {
  uint16_t    vid, pid;
  Rank        rank;
  const char *text;
} Hint;

/* hardware.md 5.12 */
static const Hint hints[] = {
  { 0x0403, 0x6014, RANK_SERVO, "Dynamixel U2D2" },
  { 0x2f5d, 0x2202, RANK_SERVO, "Dynamixel OpenRB-150" },
  { 0x1a86, 0x55d3, RANK_SERVO, "Feetech servo board (CH343)" },
  { 0x0403, 0x6001, RANK_PERHAPS_SERVO, "USB2Dynamixel or other FTDI adapter" },
  { 0x1a86, 0x7523, RANK_PERHAPS_SERVO, "Feetech FE-URT-1 or scale cable (CH340)" },
  { 0x1a86, 0x55d4, RANK_PERHAPS_SERVO, "servo board (CH9102)" },
  { 0x2f5d, 0x0103, RANK_PERHAPS_SERVO, "OpenCR, or OpenRB-150 waiting for firmware" },
  { 0x10c4, 0xea60, RANK_OTHER_USB, "CP210x adapter" },
  { 0x067b, 0x2303, RANK_OTHER_USB, "scale cable (PL2303)" },
};

static const Hint *
find_hint (uint16_t vid, uint16_t pid)
{
  for (size_t i = 0; i < G_N_ELEMENTS (hints); i++)
    if (hints[i].vid == vid && hints[i].pid == pid)
      return &hints[i];
  return NULL;
}

const char *
lw_port_hint (uint16_t vid, uint16_t pid)
{
  const Hint *hint = find_hint (vid, pid);

  return hint != NULL ? hint->text : NULL;
}

void
lw_port_free (LwPort *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self->description);
  g_free (self->product);
  g_free (self->manufacturer);
  g_free (self->serial);
  g_free (self);
}

static Rank
rank_of (const LwPort *port)
{
  const Hint *hint = find_hint (port->vid, port->pid);

  if (hint != NULL)
    return hint->rank;
  return port->vid != 0 ? RANK_OTHER_USB : RANK_OTHER;
}

/* ttyUSB2 before ttyUSB10. */
static int
compare_paths (const char *a, const char *b)
{
  while (*a != '\0' && *b != '\0')
    if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
      {
        char *end_a, *end_b;
        guint64 x = g_ascii_strtoull (a, &end_a, 10), y = g_ascii_strtoull (b, &end_b, 10);

        if (x != y)
          return x < y ? -1 : 1;
        a = end_a;
        b = end_b;
      }
    else if (*a++ != *b++)
      return (guchar) a[-1] < (guchar) b[-1] ? -1 : 1;
  return (*a != '\0') - (*b != '\0');
}

static int
compare_ports (gconstpointer a, gconstpointer b)
{
  const LwPort *left = *(const LwPort *const *) a, *right = *(const LwPort *const *) b;
  Rank rank_left = rank_of (left), rank_right = rank_of (right);

  return rank_left != rank_right ? (int) rank_left - (int) rank_right : compare_paths (left->path, right->path);
}

void
lw_port_list_arrange (GPtrArray *ports)
{
  for (guint i = 0; i < ports->len; i++)
    {
      LwPort *port = g_ptr_array_index (ports, i);

      port->hint = lw_port_hint (port->vid, port->pid);
    }
  g_ptr_array_sort (ports, compare_ports);
}

/* Some cheap adapters give an empty serial number, some text that is not UTF-8. */
static char *
copy_words (const char *words)
{
  char *text = words != NULL ? g_strstrip (g_utf8_make_valid (words, -1)) : NULL;

  if (text != NULL && *text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

static LwPort *
port_of (const struct sp_port *port)
{
  LwPort *self = g_new0 (LwPort, 1);
  int vid = 0, pid = 0;

  self->path = g_strdup (sp_get_port_name (port));
  self->description = copy_words (sp_get_port_description (port));
  self->accessible = access (self->path, R_OK | W_OK) == 0;
  if (sp_get_port_transport (port) == SP_TRANSPORT_USB && sp_get_port_usb_vid_pid (port, &vid, &pid) == SP_OK)
    {
      self->vid = (uint16_t) vid;
      self->pid = (uint16_t) pid;
      self->product = copy_words (sp_get_port_usb_product (port));
      self->manufacturer = copy_words (sp_get_port_usb_manufacturer (port));
      self->serial = copy_words (sp_get_port_usb_serial (port));
    }
  if (self->description == NULL)
    self->description = g_path_get_basename (self->path);
  return self;
}

GPtrArray *
lw_port_list (GError **error)
{
  GPtrArray *ports;
  struct sp_port **found = NULL;

  if (sp_list_ports (&found) != SP_OK)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "The serial ports cannot be listed: %s", g_strerror (sp_last_error_code ()));
      return NULL;
    }
  ports = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
  for (size_t i = 0; found[i] != NULL; i++)
    g_ptr_array_add (ports, port_of (found[i]));
  sp_free_port_list (found);
  lw_port_list_arrange (ports);
  return ports;
}

const LwPort *
lw_port_find (GPtrArray *ports, uint16_t vid, uint16_t pid, const char *serial)
{
  const LwPort *match = NULL;

  for (guint i = 0; vid != 0 && i < ports->len; i++)
    {
      const LwPort *port = g_ptr_array_index (ports, i);

      if (port->vid != vid || port->pid != pid || g_strcmp0 (port->serial, serial) != 0)
        continue;
      if (match != NULL)
        return NULL;
      match = port;
    }
  return match;
}
