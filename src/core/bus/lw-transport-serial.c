/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <math.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "lw-descriptor.h"

#define MAX_SPEED_ERROR 0.03 /* of a byte's ten bits, a third of one */

/* libserialport opens and configures the port; bytes go through poll() on its descriptor, because its own blocking reads
 * measure time with the wall clock and spin on a port that was unplugged. */
typedef struct {
  LwTransport     base;
  LwDescriptor    line;
  struct sp_port *port; /* owned; NULL once it hung up */
} LwTransportSerial;

static void
close_port (struct sp_port *port, int fd)
{
  (void) ioctl (fd, TIOCNXCL); /* it belongs to the line, not to this descriptor */
  sp_close (port);
  sp_free_port (port);
}

/* An unplugged adapter whose descriptor stays open comes back under another name: the port is left at once, not when its owner gets round to it. */
static LwIo
leave_if_gone (LwTransportSerial *self, LwIo io)
{
  if (io == LW_IO_GONE)
    {
      close_port (g_steal_pointer (&self->port), self->line.fd);
      self->line.fd = -1;
    }
  return io;
}

static LwIo
transport_serial_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwTransportSerial *self = (LwTransportSerial *) transport;

  if (self->port == NULL)
    return LW_IO_GONE;
  return leave_if_gone (self, lw_descriptor_write (&self->line, bytes, n, deadline_ns, &transport->last_errno));
}

static LwIo
transport_serial_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportSerial *self = (LwTransportSerial *) transport;

  *n = 0;
  if (self->port == NULL)
    return LW_IO_GONE;
  return leave_if_gone (self, lw_descriptor_read (&self->line, bytes, max, n, deadline_ns, &transport->last_errno));
}

static LwIo
transport_serial_flush (LwTransport *transport)
{
  LwTransportSerial *self = (LwTransportSerial *) transport;

  if (self->port == NULL)
    return LW_IO_GONE;
  return leave_if_gone (self, lw_descriptor_flush (&self->line, &transport->last_errno));
}

/* Drivers that cannot do a speed refuse it, or keep another one and say nothing: what counts is what the port is set to afterwards. */
static gboolean
run_at (struct sp_port *port, unsigned baud)
{
  struct sp_port_config *config = NULL;
  int got = 0;
  gboolean ok = sp_set_baudrate (port, (int) baud) == SP_OK && sp_new_config (&config) == SP_OK && sp_get_config (port, config) == SP_OK
                && sp_get_config_baudrate (config, &got) == SP_OK;

  sp_free_config (config);
  return ok && fabs ((double) got - baud) <= MAX_SPEED_ERROR * baud;
}

/* Bytes that still leave at the old speed would be cut off in the middle. Bounded, unlike tcdrain(), which waits half a minute for a stuck adapter. */
static void
let_out (const LwTransportSerial *self)
{
  const int64_t byte_ns = INT64_C (10000000000) / self->base.baud;
  int waiting = 0;

  for (int tries = 0; tries < 100 && ioctl (self->line.fd, TIOCOUTQ, &waiting) == 0 && waiting > 0; tries++)
    {
      int64_t wait_ns = MIN ((waiting + 1) * byte_ns, INT64_C (10000000));

      nanosleep (&(struct timespec){ .tv_nsec = wait_ns }, NULL);
    }
}

static LwIo
transport_serial_set_baud (LwTransport *transport, unsigned baud)
{
  LwTransportSerial *self = (LwTransportSerial *) transport;

  if (self->port == NULL)
    return LW_IO_GONE;
  let_out (self);
  if (baud > 0 && baud <= INT_MAX && run_at (self->port, baud))
    return transport_serial_flush (transport); /* what came in around the change is noise */
  (void) run_at (self->port, transport->baud);
  if (transport_serial_flush (transport) == LW_IO_GONE)
    return LW_IO_GONE;
  transport->last_errno = EINVAL;
  return LW_IO_FAILED;
}

static void
transport_serial_free (LwTransport *transport)
{
  LwTransportSerial *self = (LwTransportSerial *) transport;

  if (self->port != NULL)
    close_port (self->port, self->line.fd);
  g_free (self);
}

static const LwTransportClass serial_class = {
  .kind = "serial",
  .write = transport_serial_write,
  .read = transport_serial_read,
  .flush = transport_serial_flush,
  .set_baud = transport_serial_set_baud,
  .free = transport_serial_free,
};

static void
set_open_error (GError **error, const char *path, int code)
{
  if (code == EACCES || code == EPERM)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_PERMISSION,
                 "No permission to open %s: add this user to the group “dialout” and log in again", path);
  else if (code == EBUSY)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_BUSY, "%s is in use by another program", path);
  else if (code == ENOENT || code == ENXIO || code == ENODEV || code == ENOTDIR)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND, "There is no port %s", path);
  else
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "%s could not be opened: %s", path, g_strerror (code));
}

/* FTDI adapters hold bytes back for 16 ms unless asked not to. Adapters without such a timer refuse; nothing is lost then. */
static void
ask_for_low_latency (int fd)
{
  struct serial_struct settings;

  if (ioctl (fd, TIOCGSERIAL, &settings) < 0)
    return;
  settings.flags |= ASYNC_LOW_LATENCY;
  (void) ioctl (fd, TIOCSSERIAL, &settings);
}

/* Boards that restart when DTR rises (OpenRB-150, ESP32) would do so at every opening: without HUPCL the line stays up when the port is closed. */
static void
keep_lines_up (int fd)
{
  struct termios settings;

  if (tcgetattr (fd, &settings) < 0)
    return;
  settings.c_cflag &= ~(tcflag_t) HUPCL;
  (void) tcsetattr (fd, TCSANOW, &settings);
}

/* Two programs on one bus corrupt each other's packets. The lock keeps out those who ask. */
static gboolean
claim (int fd, const char *path, GError **error)
{
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  set_open_error (error, path, errno == EWOULDBLOCK ? EBUSY : errno);
  return FALSE;
}

static gboolean
configure (struct sp_port *port, int fd, unsigned baud, LwFraming framing, const char *path, GError **error)
{
  const enum sp_parity parity = framing.parity == 'E' ? SP_PARITY_EVEN : framing.parity == 'O' ? SP_PARITY_ODD : SP_PARITY_NONE;

  if (sp_set_bits (port, framing.data_bits) != SP_OK || sp_set_parity (port, parity) != SP_OK || sp_set_stopbits (port, framing.stop_bits) != SP_OK
      || sp_set_flowcontrol (port, SP_FLOWCONTROL_NONE) != SP_OK)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "%s does not accept %u%c%u", path, framing.data_bits, framing.parity, framing.stop_bits);
      return FALSE;
    }
  keep_lines_up (fd);
  if (baud == 0 || baud > INT_MAX || !run_at (port, baud))
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SPEED, "%s cannot run at %u baud", path, baud);
      return FALSE;
    }
  return TRUE;
}

/* A pseudo-terminal (a simulator, socat) has no speed and libserialport does not know it: raw bytes on its descriptor. */
static LwTransport *
open_pseudo_terminal (const char *path, GError **error)
{
  struct termios settings;
  int fd = open (path, O_RDWR | O_NOCTTY | O_CLOEXEC);

  if (fd < 0)
    {
      set_open_error (error, path, errno);
      return NULL;
    }
  if (!claim (fd, path, error))
    {
      close (fd);
      return NULL;
    }
  if (tcgetattr (fd, &settings) == 0)
    {
      cfmakeraw (&settings);
      (void) tcsetattr (fd, TCSANOW, &settings);
    }
  return lw_transport_fd_new (fd, path);
}

LwTransport *
lw_transport_serial_open (const char *path, unsigned baud, GError **error)
{
  return lw_transport_serial_open_as (path, baud, LW_FRAMING_8N1, error);
}

LwTransport *
lw_transport_serial_open_as (const char *path, unsigned baud, LwFraming framing, GError **error)
{
  g_autofree char *resolved = NULL;
  struct sp_port *port = NULL;
  LwTransportSerial *self;
  char *real;
  int fd = -1;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  /* libserialport looks the name up under /sys/class/tty, where the links of /dev/serial/by-id do not exist. */
  real = realpath (path, NULL);
  if (real == NULL)
    {
      set_open_error (error, path, errno);
      return NULL;
    }
  resolved = g_strdup (real);
  free (real);
  if (sp_get_port_by_name (resolved, &port) != SP_OK)
    {
      if (g_str_has_prefix (resolved, "/dev/pts/"))
        return open_pseudo_terminal (resolved, error);
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_NOT_FOUND, "%s is not a serial port", path);
      return NULL;
    }
  if (sp_open (port, SP_MODE_READ_WRITE) != SP_OK)
    {
      set_open_error (error, path, sp_last_error_code ());
      sp_free_port (port);
      return NULL;
    }
  if (sp_get_port_handle (port, &fd) != SP_OK || !claim (fd, path, error) || !configure (port, fd, baud, framing, path, error))
    {
      if (error != NULL && *error == NULL)
        set_open_error (error, path, EIO);
      sp_close (port);
      sp_free_port (port);
      return NULL;
    }
  (void) ioctl (fd, TIOCEXCL); /* and those who do not ask for the lock */
  ask_for_low_latency (fd);
  sp_flush (port, SP_BUF_BOTH);

  self = g_new0 (LwTransportSerial, 1);
  self->base.klass = &serial_class;
  self->base.clock = lw_clock_monotonic ();
  self->base.baud = baud;
  g_strlcpy (self->base.name, path, sizeof self->base.name);
  self->port = port;
  lw_descriptor_init (&self->line, fd);
  return &self->base;
}
