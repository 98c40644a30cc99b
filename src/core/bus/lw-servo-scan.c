/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-servo-scan-private.h"

/* First every id is pinged, none waited for longer than a servo takes: an adapter that holds replies back for its 16 ms hands them over while the next ids are
 * pinged, and a reply says whose it is. Then whoever was heard is looked at closely. */
#define MS           G_GINT64_CONSTANT (1000000)
#define RETURN_DELAY (508 * MS / 1000) /* the longest a servo can be set to */
#define SLACK        (4 * MS)          /* of the system, and of an adapter without a timer of its own */
#define LINGER       (30 * MS)         /* after the last ping: adapters hold back for 16 ms */
#define SLICE        (5 * MS)          /* how long a cancel is not noticed meanwhile */
#define LOOK         (300 * MS)
#define N_IDS        256
#define ECHO_IDS     4                 /* so many ids that all echo, and nobody else: it is the adapter */
#define MAX_STEPS    64

typedef struct {
  LwProtocol protocol;
  unsigned   baud;
} Step;

typedef struct {
  LwTransport          *transport;
  const LwScanPlan     *plan;
  LwScanReport          report;
  void                 *data;
  const atomic_bool    *cancel;
  GArray               *found;
  const LwScanProtocol *protocol;
  LwScanProgress        progress;
  size_t                n_pinged, n_pings; /* ids tried, and to be tried, at all speeds */
  size_t                n_input;
  uint8_t               input[256];
  uint8_t               last;           /* id pinged last */
  uint8_t               replies[N_IDS]; /* at this speed */
  uint8_t               echoes[N_IDS];  /* what may have been one, or a reply */
  bool                  noise[N_IDS];   /* while it was the last */
} Scan;

static const unsigned line_bauds[] = { 115200, 1000000, 57600, 9600 };

const unsigned *
lw_servo_scan_bauds (LwProtocol protocol, size_t *n)
{
  static const unsigned dynamixel[] = { 1000000, 57600, 115200, 2000000, 3000000, 4000000, 4500000, 9600 };
  static const unsigned feetech[] = { 1000000, 115200, 500000, 250000, 128000, 57600, 76800, 38400 };

  switch (protocol)
    {
    case LW_PROTOCOL_DYNAMIXEL:
      *n = G_N_ELEMENTS (dynamixel);
      return dynamixel;
    case LW_PROTOCOL_FEETECH:
      *n = G_N_ELEMENTS (feetech);
      return feetech;
    case LW_PROTOCOL_LINES:
    default:
      *n = G_N_ELEMENTS (line_bauds);
      return line_bauds;
    }
}

/* --- what is tried ---------------------------------------------------------------------------------------------------------------- */

static bool
speaks_at (LwProtocol protocol, unsigned baud)
{
  size_t n;
  const unsigned *bauds = lw_servo_scan_bauds (protocol, &n);

  for (size_t i = 0; i < n; i++)
    if (bauds[i] == baud)
      return true;
  return false;
}

static void
add_step (const Scan *scan, Step *steps, size_t *n, LwProtocol protocol, unsigned baud)
{
  if ((scan->plan->protocols >> protocol & 1) == 0 || *n == MAX_STEPS)
    return;
  for (size_t i = 0; i < *n; i++)
    if (steps[i].protocol == protocol && steps[i].baud == baud)
      return;
  steps[(*n)++] = (Step){ protocol, baud };
}

/* Where servos usually are, first; then everywhere else. */
static void
add_all_speeds (const Scan *scan, Step *steps, size_t *n)
{
  static const Step usual[] = {
    { LW_PROTOCOL_DYNAMIXEL, 1000000 }, { LW_PROTOCOL_DYNAMIXEL, 57600 }, { LW_PROTOCOL_FEETECH, 1000000 },
    { LW_PROTOCOL_DYNAMIXEL, 115200 }, { LW_PROTOCOL_FEETECH, 115200 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (usual); i++)
    add_step (scan, steps, n, usual[i].protocol, usual[i].baud);
  for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
    {
      size_t n_bauds;
      const unsigned *bauds = lw_servo_scan_bauds (protocol, &n_bauds);

      for (size_t i = 0; i < n_bauds; i++)
        add_step (scan, steps, n, protocol, bauds[i]);
    }
}

static size_t
make_steps (const Scan *scan, Step *steps)
{
  size_t n = 0;

  if (scan->transport->klass->set_baud == NULL)
    for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
      add_step (scan, steps, &n, protocol, scan->transport->baud);
  else if (scan->plan->n_bauds == 0)
    add_all_speeds (scan, steps, &n);
  else
    for (size_t i = 0; i < scan->plan->n_bauds; i++)
      for (LwProtocol protocol = LW_PROTOCOL_DYNAMIXEL; protocol <= LW_PROTOCOL_FEETECH; protocol++)
        if (speaks_at (protocol, scan->plan->bauds[i]))
          add_step (scan, steps, &n, protocol, scan->plan->bauds[i]);
  return n;
}

static size_t
n_ids (const Scan *scan, LwProtocol protocol)
{
  uint8_t last = MIN (scan->plan->last_id, lw_scan_protocol (protocol)->max_id);

  return last >= scan->plan->first_id ? (size_t) (last - scan->plan->first_id) + 1 : 0;
}

/* --- pings ------------------------------------------------------------------------------------------------------------------------ */

static bool
is_cancelled (const Scan *scan)
{
  return scan->cancel != NULL && atomic_load_explicit (scan->cancel, memory_order_relaxed);
}

static int64_t
now_ns (const Scan *scan)
{
  return lw_clock_now (scan->transport->clock);
}

static void
tell (Scan *scan, const LwFoundServo *found)
{
  scan->progress.fraction = scan->n_pings > 0 ? (double) scan->n_pinged / (double) scan->n_pings : 1.0;
  if (scan->report != NULL)
    scan->report (&scan->progress, found, scan->data);
}

static void
take_input (Scan *scan)
{
  LwHeard heard = LW_HEARD_NOISE;

  while (scan->n_input > 0 && heard != LW_HEARD_MORE)
    {
      uint8_t id = 0;
      size_t used = 0;

      heard = scan->protocol->listen (scan->input, scan->n_input, &id, &used);
      if (heard == LW_HEARD_REPLY && scan->replies[id] < UINT8_MAX)
        scan->replies[id]++;
      else if (heard == LW_HEARD_EITHER && scan->echoes[id] < UINT8_MAX)
        scan->echoes[id]++;
      else if (heard == LW_HEARD_NOISE)
        scan->noise[scan->last] = true;
      scan->n_input -= used;
      memmove (scan->input, scan->input + used, scan->n_input);
    }
}

static LwBusStatus
listen_until (Scan *scan, int64_t until_ns)
{
  LwTransport *transport = scan->transport;

  while (now_ns (scan) < until_ns)
    {
      size_t n = 0;
      LwIo io = transport->klass->read (transport, scan->input + scan->n_input, sizeof scan->input - scan->n_input, &n, until_ns);

      if (io == LW_IO_GONE || io == LW_IO_FAILED)
        return LW_BUS_GONE;
      scan->n_input += n;
      take_input (scan);
    }
  return LW_BUS_OK;
}

static LwBusStatus
ping (Scan *scan, uint8_t id)
{
  LwTransport *transport = scan->transport;
  uint8_t request[LW_SCAN_MAX_PING];
  size_t n = scan->protocol->build_ping (request, id);
  size_t n_bytes = n + scan->protocol->reply_bytes;
  int64_t wire_ns = scan->progress.baud > 0 ? (int64_t) n_bytes * 10 * 1000000000 / scan->progress.baud : 0;
  int64_t until_ns = now_ns (scan) + wire_ns + RETURN_DELAY + SLACK;
  LwIo io;

  scan->last = id;
  io = transport->klass->write (transport, request, n, until_ns);
  if (io == LW_IO_GONE || io == LW_IO_FAILED)
    return LW_BUS_GONE;
  return listen_until (scan, until_ns);
}

static LwBusStatus
ping_all (Scan *scan)
{
  size_t n = n_ids (scan, scan->protocol->protocol);
  LwBusStatus status = LW_BUS_OK;

  scan->n_input = 0;
  memset (scan->replies, 0, sizeof scan->replies);
  memset (scan->echoes, 0, sizeof scan->echoes);
  memset (scan->noise, 0, sizeof scan->noise);
  for (size_t i = 0; i < n && status == LW_BUS_OK; i++)
    {
      if (is_cancelled (scan))
        return LW_BUS_TIMEOUT;
      scan->progress.id = (uint8_t) (scan->plan->first_id + i);
      tell (scan, NULL);
      status = ping (scan, scan->progress.id);
      scan->n_pinged++;
    }
  for (int64_t end_ns = now_ns (scan) + LINGER; now_ns (scan) < end_ns && status == LW_BUS_OK;)
    status = is_cancelled (scan) ? LW_BUS_TIMEOUT : listen_until (scan, MIN (end_ns, now_ns (scan) + SLICE));
  if (scan->n_input > 0)
    scan->noise[scan->last] = true;
  return status;
}

/* --- who was heard ----------------------------------------------------------------------------------------------------------------- */

static bool
adapter_echoes (const Scan *scan)
{
  size_t n = n_ids (scan, scan->protocol->protocol), n_echoes = 0;

  for (size_t i = 0; i < n; i++)
    n_echoes += scan->echoes[scan->plan->first_id + i] > 0 ? 1 : 0;
  return n >= ECHO_IDS && n_echoes == n;
}

static LwBusStatus
look_at (Scan *scan, uint8_t id)
{
  LwFoundServo found = { .protocol = scan->protocol->protocol, .baud = scan->progress.baud, .identity = { .id = id } };
  unsigned return_delay_us = 0;
  bool doubled = false;
  LwBusStatus status = scan->protocol->look (scan->transport, id, &found.identity, &return_delay_us, &doubled, now_ns (scan) + LOOK);

  if (status == LW_BUS_GONE)
    return status;
  found.doubled = doubled || scan->replies[id] > 1;
  found.return_delay_us = (uint16_t) return_delay_us;
  if (status != LW_BUS_OK && !found.doubled && scan->replies[id] == 0)
    return LW_BUS_OK; /* it was noise, or an echo */
  g_array_append_val (scan->found, found);
  scan->progress.id = id;
  scan->progress.n_found++;
  tell (scan, &found);
  return LW_BUS_OK;
}

static LwBusStatus
look_at_all (Scan *scan)
{
  bool echoes = adapter_echoes (scan);
  size_t n = n_ids (scan, scan->protocol->protocol);
  LwBusStatus status = LW_BUS_OK;

  for (size_t i = 0; i < n && status == LW_BUS_OK; i++)
    {
      uint8_t id = (uint8_t) (scan->plan->first_id + i);

      if (scan->replies[id] == 0 && !scan->noise[id] && (scan->echoes[id] == 0 || (echoes && scan->echoes[id] == 1)))
        continue;
      status = is_cancelled (scan) ? LW_BUS_TIMEOUT : look_at (scan, id);
    }
  return status;
}

static LwBusStatus
try_step (Scan *scan, const Step *step)
{
  LwTransport *transport = scan->transport;
  LwIo io = transport->baud == step->baud ? LW_IO_OK : lw_transport_set_baud (transport, step->baud);
  LwBusStatus status;

  scan->protocol = lw_scan_protocol (step->protocol);
  scan->progress.protocol = step->protocol;
  scan->progress.baud = step->baud;
  if (io == LW_IO_GONE)
    return LW_BUS_GONE;
  if (io != LW_IO_OK) /* this line cannot do it */
    {
      scan->n_pinged += n_ids (scan, step->protocol);
      return LW_BUS_OK;
    }
  if (transport->klass->flush (transport) == LW_IO_GONE)
    return LW_BUS_GONE;
  status = ping_all (scan);
  return status != LW_BUS_OK ? status : look_at_all (scan);
}

LwBusStatus
lw_servo_scan (LwTransport *transport, const LwScanPlan *plan, LwScanReport report, void *data, const atomic_bool *cancel, GArray *found)
{
  Scan scan = { .transport = transport, .plan = plan, .report = report, .data = data, .cancel = cancel, .found = found };
  unsigned baud = transport->baud;
  Step steps[MAX_STEPS];
  size_t n = make_steps (&scan, steps);
  LwBusStatus status = LW_BUS_OK;

  g_return_val_if_fail (found != NULL && g_array_get_element_size (found) == sizeof (LwFoundServo), LW_BUS_DEVICE);

  for (size_t i = 0; i < n; i++)
    scan.n_pings += n_ids (&scan, steps[i].protocol);
  for (size_t i = 0; i < n && status == LW_BUS_OK; i++)
    {
      status = try_step (&scan, &steps[i]);
      if (plan->stop_at_first_speed && scan.progress.n_found > 0)
        break;
    }
  if (status == LW_BUS_OK)
    {
      scan.n_pinged = scan.n_pings;
      tell (&scan, NULL);
    }
  if (transport->baud != baud && lw_transport_set_baud (transport, baud) != LW_IO_OK)
    return LW_BUS_GONE;
  return status;
}
