/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-lines-clock.h"
#include "lw-lines-codec.h"
#include "lw-reply-time.h"
#include "lw-servo-bus.h"

/* The driver for arms that speak lines of text (lw-lines-codec.h): they say where they are at their own rate, and are told
 * where to go. Nothing can be asked or read back: read_goals and get_torque say what was told last (torque: off before the
 * first word), and a stop is confirmed by standstill.
 *
 * Counters: each read() asks every joint once; answered with a new line that has its number, corrupt when all that came was
 * damaged, else lost. late counts bytes of lines that were passed over because a newer one was already there. */
#define MAX_READS   64  /* of what is there already: a line that babbles without end shows as missing */
#define ALLOWANCE   G_GINT64_CONSTANT (1000000) /* ns a line may have waited in an adapter, the quickest of them */

typedef struct {
  LwServoBus    base;
  LwLinesClock  clock;
  bool          in_rest;    /* what comes is the rest of a line whose beginning is lost */
  size_t        n_input;
  uint8_t       input[4 * LW_LINES_MAX_LINE];
  LwLinesSample sample;     /* the newest line */
  int64_t       stamp_ns;   /* of it */
  double        velocity[LW_MAX_JOINTS];
  size_t        n_bytes;    /* of it */
  bool          is_new;     /* it has not been read */
  bool          damaged;    /* a line was, since the last read */
  size_t        n_odd;      /* numbers in a line that was good, but of another arm; 0 = none */
  bool          cut;        /* the last line told may have left in part: the next one must not be read as its rest */
  bool          torque_told;
  double        goal_told[LW_MAX_JOINTS]; /* NaN before the first */
} LwLines;

static unsigned
lines_abilities (const LwServoBus *bus)
{
  (void) bus;
  return LW_BUS_MANY_TURNS;
}

static int64_t
now_ns (const LwLines *self)
{
  return lw_clock_now (self->base.transport->clock);
}

/* What the line says, or how far the joint went since the line before. NaN of a joint makes the next difference none. */
static double
velocity_of (const LwLines *self, const LwLinesSample *sample, size_t i, int64_t stamp_ns)
{
  size_t n = self->base.n_servos;
  uint32_t dt_us = sample->t_us - self->sample.t_us;
  double velocity = sample->n == 2 * n ? sample->values[n + i] : NAN;

  if (isnan (velocity) && self->sample.n > 0 && stamp_ns > self->stamp_ns && dt_us > 0)
    velocity = (sample->values[i] - self->sample.values[i]) / (dt_us * 1e-6);
  return isnan (velocity) ? 0 : velocity;
}

static void
take_sample (LwLines *self, const LwLinesSample *sample, size_t n_bytes)
{
  size_t n = self->base.n_servos;
  int64_t stamp_ns;

  if (sample->n != n && sample->n != 2 * n)
    {
      self->n_odd = sample->n;
      self->damaged = true;
      return;
    }
  if (!lw_lines_clock_take (&self->clock, sample->t_us, now_ns (self), &stamp_ns))
    {
      self->base.counters.late += n_bytes;
      return;
    }
  for (size_t i = 0; i < n; i++)
    self->velocity[i] = velocity_of (self, sample, i, stamp_ns);
  if (self->is_new)
    self->base.counters.late += self->n_bytes;
  self->sample = *sample;
  self->stamp_ns = stamp_ns;
  self->n_bytes = n_bytes;
  self->is_new = true;
}

static void
take_input (LwLines *self)
{
  size_t at = 0;
  LwLinesResult result = LW_LINES_EMPTY;

  while (at < self->n_input && result != LW_LINES_MORE)
    {
      const uint8_t *bytes = self->input + at;
      size_t used;
      LwLinesSample sample;

      if (self->in_rest)
        {
          bool found;

          at += lw_lines_skip (bytes, self->n_input - at, &found);
          self->in_rest = !found;
          continue;
        }
      result = lw_lines_parse (bytes, self->n_input - at, &sample, &used);
      at += used;
      if (result == LW_LINES_VALID)
        take_sample (self, &sample, used);
      if (result != LW_LINES_INVALID)
        continue;
      self->damaged = true;
      (void) lw_lines_skip (bytes + used - 1, 1, &self->in_rest);
      self->in_rest = !self->in_rest;
    }
  self->n_input -= at;
  memmove (self->input, self->input + at, self->n_input);
}

static LwIo
read_some (LwLines *self, int64_t deadline_ns)
{
  LwTransport *transport = self->base.transport;
  size_t n = 0;
  LwIo io = transport->klass->read (transport, self->input + self->n_input, sizeof self->input - self->n_input, &n, deadline_ns);

  self->n_input += n;
  take_input (self);
  return io;
}

/* Takes what is waiting; then, without a line among it, waits for one. */
static LwBusStatus
wait_for_line (LwLines *self, int64_t deadline_ns)
{
  LwIo io = LW_IO_OK;
  int n_late = 0;

  for (int i = 0; i < MAX_READS && io == LW_IO_OK; i++)
    io = read_some (self, 0);
  if (io == LW_IO_TIMEOUT)
    io = LW_IO_OK;
  while (!self->is_new && io == LW_IO_OK && n_late < MAX_READS)
    {
      io = read_some (self, deadline_ns);
      n_late += now_ns (self) >= deadline_ns ? 1 : 0;
    }
  if (io != LW_IO_OK && io != LW_IO_TIMEOUT)
    return LW_BUS_GONE;
  if (self->is_new)
    return LW_BUS_OK;
  return self->damaged ? LW_BUS_CORRUPT : LW_BUS_TIMEOUT;
}

static void
count (LwLines *self, size_t i, bool valid, LwBusStatus status)
{
  LwBusCounters *all = &self->base.counters, *one = &self->base.servo_counters[i];

  one->sent++;
  (*(valid ? &all->answered : status == LW_BUS_CORRUPT ? &all->corrupt : &all->lost))++;
  (*(valid ? &one->answered : status == LW_BUS_CORRUPT ? &one->corrupt : &one->lost))++;
}

static void
stamp (LwLines *self, int64_t *t_request_ns, int64_t *t_reply_ns)
{
  int64_t wire_ns = lw_wire_time (self->base.transport->baud, self->n_bytes);

  *t_reply_ns = self->stamp_ns;
  *t_request_ns = self->stamp_ns - wire_ns - ALLOWANCE;
  self->base.counters.round_trip_ns = MAX (0, self->clock.heard_ns - self->stamp_ns) + wire_ns;
  lw_round_trips_add (&self->base.round_trips, self->base.counters.round_trip_ns);
}

static LwBusStatus
lines_read (LwServoBus *bus, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns)
{
  LwLines *self = (LwLines *) bus;
  LwBusStatus status = wait_for_line (self, deadline_ns);

  *t_request_ns = *t_reply_ns = 0;
  if (status == LW_BUS_OK)
    stamp (self, t_request_ns, t_reply_ns);
  for (size_t i = 0; i < bus->n_servos; i++)
    {
      out[i].valid = self->is_new && !isnan (self->sample.values[i]);
      count (self, i, out[i].valid, status);
      if (!out[i].valid)
        continue;
      out[i].angle = self->sample.values[i];
      out[i].velocity = self->velocity[i];
      out[i].load = 0;
      out[i].alert = false;
    }
  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    if (!out[i].valid)
      status = LW_BUS_TIMEOUT;
  self->is_new = false;
  self->damaged = false;
  return status;
}

static LwBusStatus
lines_identify (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwLines *self = (LwLines *) bus;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  self->n_odd = 0;
  self->damaged = false;
  status = self->sample.n > 0 ? LW_BUS_OK : wait_for_line (self, deadline_ns);
  if (status == LW_BUS_CORRUPT && self->n_odd > 0)
    {
      bus->device_error = (uint8_t) self->n_odd;
      return LW_BUS_DEVICE;
    }
  if (status == LW_BUS_OK && isnan (self->sample.values[servo]))
    return LW_BUS_TIMEOUT;
  if (status != LW_BUS_OK)
    return status;
  *out = (LwServoIdentity){ .id = bus->ids[servo], .voltage = NAN, .temperature = NAN, .name = "text lines" };
  return LW_BUS_OK;
}

/* Volts and degrees have no word in these lines: NaN. */
static LwBusStatus
lines_read_health (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  (void) deadline_ns;
  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  out->id = bus->ids[servo];
  out->voltage = out->temperature = NAN;
  out->hardware_error = 0;
  return LW_BUS_OK;
}

static LwBusStatus
tell (LwServoBus *bus, const char *line, size_t n, int64_t deadline_ns)
{
  LwLines *self = (LwLines *) bus;
  char text[1 + LW_LINES_MAX_LINE] = "\n";
  size_t n_end = self->cut ? 1 : 0;
  LwIo io;

  memcpy (text + n_end, line, n);
  io = bus->transport->klass->write (bus->transport, (const uint8_t *) text, n_end + n, deadline_ns);
  self->cut = io == LW_IO_TIMEOUT;
  if (io == LW_IO_TIMEOUT)
    return LW_BUS_TIMEOUT;
  if (io != LW_IO_OK)
    return LW_BUS_GONE;
  bus->counters.sent++;
  return LW_BUS_OK;
}

static LwBusStatus
lines_write_goals (LwServoBus *bus, const double *angle, int64_t deadline_ns)
{
  LwLines *self = (LwLines *) bus;
  char line[LW_LINES_MAX_LINE];
  size_t n = lw_lines_build_goals (line, sizeof line, angle, bus->n_servos);
  LwBusStatus status;

  if (n == 0)
    {
      bus->device_error = 0;
      return LW_BUS_DEVICE;
    }
  status = tell (bus, line, n, deadline_ns);
  if (status == LW_BUS_OK)
    memcpy (self->goal_told, angle, bus->n_servos * sizeof *angle);
  return status;
}

static LwBusStatus
lines_read_goals (LwServoBus *bus, double *angle, int64_t deadline_ns)
{
  (void) deadline_ns;
  memcpy (angle, ((LwLines *) bus)->goal_told, bus->n_servos * sizeof *angle);
  return LW_BUS_OK;
}

static LwBusStatus
lines_set_torque (LwServoBus *bus, bool on, int64_t deadline_ns)
{
  const char *line = on ? "hold\n" : "free\n";
  LwBusStatus status = tell (bus, line, strlen (line), deadline_ns);

  if (status == LW_BUS_OK)
    ((LwLines *) bus)->torque_told = on;
  return status;
}

static LwBusStatus
lines_get_torque (LwServoBus *bus, bool *on, int64_t deadline_ns)
{
  (void) deadline_ns;
  for (size_t i = 0; i < bus->n_servos; i++)
    on[i] = ((LwLines *) bus)->torque_told;
  return LW_BUS_OK;
}

static void
lines_free (LwServoBus *bus)
{
  lw_transport_free (bus->transport);
  g_free (bus);
}

static const LwServoBusClass lines_class = {
  .protocol = "Lines of text",
  .abilities = lines_abilities,
  .identify = lines_identify,
  .read = lines_read,
  .write_goals = lines_write_goals,
  .read_goals = lines_read_goals,
  .set_torque = lines_set_torque,
  .get_torque = lines_get_torque,
  .read_health = lines_read_health,
  .free = lines_free,
};

LwServoBus *
lw_lines_new (LwTransport *transport, const uint8_t *ids, size_t n_servos)
{
  LwLines *self;

  g_return_val_if_fail (transport != NULL, NULL);
  g_return_val_if_fail (n_servos > 0 && n_servos <= LW_MAX_JOINTS, NULL);

  self = g_new0 (LwLines, 1);
  self->base.klass = &lines_class;
  self->base.transport = transport;
  self->base.n_servos = n_servos;
  memcpy (self->base.ids, ids, n_servos);
  self->in_rest = true;
  for (size_t i = 0; i < n_servos; i++)
    self->goal_told[i] = NAN;
  return &self->base;
}
