/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-scale-private.h"

#include <math.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define OVERLOAD_STEPS 9          /* beyond the capacity, as the rules for scales have it */
#define UNDERLOAD_STEPS 20        /* below the empty pan */

void
lw_sim_scale_config_init (LwSimScaleConfig *config)
{
  *config = (LwSimScaleConfig){ .format = LW_SCALE_AND, .capacity = 2000.0, .step = 0.01, .tau = 0.25, .rate = 10.0, .settle = 0.6,
                                .reply_delay = 0.03, .parity = 'N' };
}

static bool
makes_sense (const LwSimScaleConfig *c)
{
  return (size_t) c->format < LW_SCALE_N_FORMATS && isfinite (c->capacity) && c->step >= 1e-4 && c->step <= 100.0 && c->capacity >= 100.0 * c->step
         && c->capacity <= 1e5 && c->tau >= 0.0 && c->tau <= 10.0 && c->rate >= 0.5 && c->rate <= 100.0 && c->settle >= 0.0 && c->settle <= 10.0
         && c->reply_delay >= 0.0 && c->reply_delay <= 60.0 && (c->parity == 'N' || c->parity == 'E' || c->parity == 'O');
}

LwSimScale *
lw_sim_scale_new (const LwSimScaleConfig *config)
{
  LwSimScale *self;
  int wake_fd;

  if (!makes_sense (config) || (wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
    return NULL;
  self = g_new0 (LwSimScale, 1);
  self->config = *config;
  while (self->decimals < 4 && fabs (config->step * pow (10.0, self->decimals) - round (config->step * pow (10.0, self->decimals))) > 1e-9)
    self->decimals++;
  atomic_init (&self->load, 0.0);
  atomic_init (&self->reply_delay, config->reply_delay);
  atomic_init (&self->faults, 0);
  atomic_init (&self->quit, false);
  self->fd = -1;
  self->wake_fd = wake_fd;
  self->streaming = config->stream;
  return self;
}

void
lw_sim_scale_free (LwSimScale *self)
{
  if (self == NULL)
    return;
  lw_sim_scale_disconnect (self);
  close (self->wake_fd);
  g_free (self);
}

void
lw_sim_scale_set_load (LwSimScale *self, double grams)
{
  atomic_store (&self->load, grams);
}

double
lw_sim_scale_get_load (const LwSimScale *self)
{
  return atomic_load (&self->load);
}

void
lw_sim_scale_set_faults (LwSimScale *self, unsigned faults)
{
  atomic_store (&self->faults, faults);
}

void
lw_sim_scale_set_reply_delay (LwSimScale *self, double seconds)
{
  atomic_store (&self->reply_delay, seconds);
}

void
lw_sim_scale_set_pan (LwSimScale *self, double (*load) (int64_t t_ns, void *data), void *data)
{
  self->pan = load;
  self->pan_data = data;
}

LwScaleStatus
lw_sim_scale_shown (const LwSimScale *self, double *grams)
{
  const double step = self->config.step, gross = self->gross - self->zero;

  *grams = step * round ((gross - self->tare) / step);
  if (gross > self->config.capacity + OVERLOAD_STEPS * step)
    return LW_SCALE_OVERLOAD;
  return gross < -UNDERLOAD_STEPS * step ? LW_SCALE_UNDERLOAD : LW_SCALE_VALUE;
}

/* ---- in time ---- */

static bool
has_fault (const LwSimScale *self, LwSimScaleFault fault)
{
  return (atomic_load_explicit (&self->faults, memory_order_relaxed) & (unsigned) fault) != 0;
}

static void
settle_waiting (LwSimScale *self)
{
  const LwSimScaleWaiting what = self->waiting;

  if (what == LW_SIM_SCALE_IDLE || (!self->stable && self->now_ns < self->waiting_until_ns))
    return;
  self->waiting = LW_SIM_SCALE_IDLE;
  if (self->stable && what == LW_SIM_SCALE_TO_TARE)
    self->tare = self->gross - self->zero;
  else if (self->stable && what == LW_SIM_SCALE_TO_ZERO)
    {
      self->zero = self->gross;
      self->tare = 0.0;
    }
  lw_sim_scale_acknowledge (self, what, self->stable);
}

/* The lag in closed form over the time since the last look; then whether it stands still, and what is to be said. */
static void
look (LwSimScale *self, int64_t t_ns)
{
  const double dt = 1e-9 * (double) (t_ns - self->t_ns);
  const double load = self->pan != NULL ? self->pan (t_ns, self->pan_data) : atomic_load (&self->load);

  self->gross += (load - self->gross) * (self->config.tau > 0.0 ? -expm1 (-dt / self->config.tau) : 1.0);
  self->t_ns = self->now_ns = t_ns;
  if (fabs (self->gross - self->reference) >= self->config.step || has_fault (self, LW_SIM_SCALE_RESTLESS))
    {
      self->reference = self->gross;
      self->still_ns = t_ns;
    }
  self->stable = 1e-9 * (double) (t_ns - self->still_ns) >= self->config.settle;
  settle_waiting (self);
  if (self->streaming)
    lw_sim_scale_print (self, NULL);
}

void
lw_sim_scale_run (LwSimScale *self, int64_t t_ns)
{
  while (self->next_ns <= t_ns)
    {
      look (self, self->next_ns);
      self->next_ns += (int64_t) (1e9 / self->config.rate);
    }
  self->now_ns = t_ns;
}

void
lw_sim_scale_advance (LwSimScale *self, int64_t t_ns)
{
  g_return_if_fail (!self->running);
  lw_sim_scale_run (self, t_ns);
}

void
lw_sim_scale_reset (LwSimScale *self, int64_t t_ns)
{
  self->n_command = self->n_lines = self->n_said = 0;
  self->waiting = LW_SIM_SCALE_IDLE;
  self->streaming = self->config.stream;
  /* What lay there before anybody listened has come to rest. */
  if (self->t_ns == 0)
    self->gross = self->reference = self->pan != NULL ? self->pan (t_ns, self->pan_data) : atomic_load (&self->load);
  self->t_ns = self->now_ns = self->next_ns = t_ns;
  self->still_ns = t_ns - (int64_t) (1e9 * self->config.settle);
}

int64_t
lw_sim_scale_next (const LwSimScale *self)
{
  return self->n_lines > 0 ? MIN (self->next_ns, self->lines[self->first_line].due_ns) : self->next_ns;
}

/* ---- bytes ---- */

void
lw_sim_scale_hear (LwSimScale *self, const uint8_t *bytes, size_t n)
{
  const bool by_byte = lw_sim_scale_obeys_bytes (self->config.format);

  if (has_fault (self, LW_SIM_SCALE_SILENT))
    return;
  for (size_t i = 0; i < n; i++)
    {
      const char c = (char) (bytes[i] & 0x7F);
      const bool end = c == '\r' || c == '\n';

      if (!end && self->n_command + 1 < sizeof self->command)
        self->command[self->n_command++] = c;
      /* ESC belongs to the byte behind it. */
      if ((end || (by_byte && c != '\033')) && self->n_command > 0)
        {
          self->command[self->n_command] = '\0';
          self->n_command = 0;
          lw_sim_scale_obey (self, self->command);
        }
    }
}

size_t
lw_sim_scale_say (LwSimScale *self, uint8_t *bytes, size_t max)
{
  size_t n = 0;

  while (self->n_lines > 0 && n < max)
    {
      const LwSimScaleLine *line = &self->lines[self->first_line];
      const size_t part = MIN (line->n - self->n_said, max - n);

      if (line->due_ns > self->now_ns)
        break;
      memcpy (bytes + n, line->bytes + self->n_said, part);
      n += part;
      self->n_said += part;
      if (self->n_said < line->n)
        break;
      self->n_said = 0;
      self->first_line = (self->first_line + 1) % LW_SIM_SCALE_MAX_WAITING;
      self->n_lines--;
    }
  return has_fault (self, LW_SIM_SCALE_SILENT) ? 0 : n;
}
