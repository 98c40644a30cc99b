/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-instrument.h"
#include "lw-scale.h"
#include "lw-sim-scale.h"
#include "lw-skill.h"

#define S G_GINT64_CONSTANT (1000000000)
#define TARE_NS (3 * S)
#define LANDING_NS (S / 2)
#define REST_NS (10 * S)
#define CONTEXT_NS (60 * S)
#define BEAKER 80.0 /* g: stands on the simulated pan */

typedef struct {
  LwInstrument  base;
  const LwTask *task;     /* borrowed */
  LwScale      *scale;
  size_t        measure;  /* index; n_measures: none is a mass */
  size_t        mass;     /* index of the context; n_context: none is */
  double        measure_grams, mass_grams; /* in one of the task's units */

  /* of a simulated one */
  LwSimScale   *sim;      /* (nullable) */
  LwFakeClock   clock;
  LwTrajectory *landing;  /* (nullable) what comes onto the pan, from began_ns on */
  int64_t       began_ns;
} LwInstrumentScale;

/* Grams in one of @unit, 0 when it is no mass. */
static double
grams_in (const char *unit)
{
  return strcmp (unit, "g") == 0 ? 1.0 : strcmp (unit, "kg") == 0 ? 1000.0 : strcmp (unit, "mg") == 0 ? 1e-3 : 0.0;
}

/* ---- how it ends ---- */

static LwInstrumentResult
end (LwInstrumentScale *self, LwWeighing result, const char *doing, GError **error)
{
  switch (result)
    {
    case LW_WEIGH_OK:
      return LW_INSTRUMENT_OK;
    case LW_WEIGH_STOPPED:
      return LW_INSTRUMENT_STOPPED;
    case LW_WEIGH_GONE:
    case LW_WEIGH_FAILED:
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The scale (%s) is gone: %s. What was learned until here is kept", self->base.title,
                   lw_weighing_text (result));
      return LW_INSTRUMENT_FAILED;
    default:
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "%s: %s", doing, lw_weighing_text (result));
      return LW_INSTRUMENT_NONE;
    }
}

/* ---- what a run asks ---- */

static LwInstrumentResult
scale_context (LwInstrument *instrument, const LwTrial *trial, double *context, const atomic_bool *stop, GError **error)
{
  LwInstrumentScale *self = (LwInstrumentScale *) instrument;
  const LwContextInfo *info = &self->task->info.contexts[self->mass];
  const int64_t deadline_ns = lw_scale_now (self->scale) + CONTEXT_NS;
  double seen = NAN;

  if (self->sim != NULL) /* somebody puts down what was drawn */
    lw_sim_scale_set_load (self->sim, context[self->mass] * self->mass_grams);
  for (;;)
    {
      LwScaleReading reading;
      const LwWeighing result = lw_scale_read_stable (self->scale, stop, deadline_ns, &reading, NULL);

      if (result == LW_WEIGH_OK)
        {
          seen = reading.grams / self->mass_grams;
          if (seen >= info->lower && seen <= info->upper)
            {
              context[self->mass] = seen;
              return LW_INSTRUMENT_OK;
            }
        }
      else if (result == LW_WEIGH_STOPPED || result == LW_WEIGH_GONE || result == LW_WEIGH_FAILED || isnan (seen))
        return end (self, result, "The context could not be weighed", error);
      else if (lw_scale_now (self->scale) >= deadline_ns)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The scale shows %g %s; %s is between %g and %g %s", seen, info->unit, info->name, info->lower,
                       info->upper, info->unit);
          return LW_INSTRUMENT_NONE;
        }
    }
}

static double
pan (int64_t t_ns, void *data)
{
  LwInstrumentScale *self = data;
  double landed[LW_MAX_CONTEXT];

  if (self->landing == NULL)
    return lw_sim_scale_get_load (self->sim);
  lw_trajectory_at (self->landing, 1e-9 * (double) (t_ns - self->began_ns), landed);
  return lw_sim_scale_get_load (self->sim) + landed[self->measure] * self->measure_grams;
}

static LwInstrumentResult
scale_prepare (LwInstrument *instrument, const LwTrial *trial, const atomic_bool *stop, GError **error)
{
  LwInstrumentScale *self = (LwInstrumentScale *) instrument;

  if (self->sim != NULL)
    {
      g_clear_pointer (&self->landing, lw_trajectory_unref); /* the beaker was emptied */
      lw_sim_scale_set_load (self->sim, BEAKER);
      lw_sim_scale_advance (self->sim, self->clock.now_ns += 5 * S);
    }
  return end (self, lw_scale_tare (self->scale, stop, lw_scale_now (self->scale) + TARE_NS), "The scale could not be tared", error);
}

/* The movement in the simulated world: its time passes on the scale's clock. */
static gboolean
let_it_land (LwInstrumentScale *self, const LwTrial *trial, GError **error)
{
  LwTrajectory *seen = NULL;

  if (!self->task->klass->simulate (self->task, trial->context, trial->rollout, &seen, error))
    return FALSE;
  self->landing = seen;
  self->began_ns = self->clock.now_ns;
  self->clock.now_ns += (int64_t) (1e9 * lw_trajectory_duration (trial->rollout->measured));
  lw_sim_scale_advance (self->sim, self->clock.now_ns);
  return TRUE;
}

static LwInstrumentResult
scale_observe (LwInstrument *instrument, const LwTrial *trial, LwObservation *out, const atomic_bool *stop, GError **error)
{
  LwInstrumentScale *self = (LwInstrumentScale *) instrument;
  LwScaleReading reading;
  LwWeighing result = LW_WEIGH_OK;
  int64_t landed_ns, deadline_ns;

  if (self->sim != NULL && !let_it_land (self, trial, error))
    return LW_INSTRUMENT_FAILED;
  landed_ns = lw_scale_now (self->scale) + LANDING_NS;
  deadline_ns = landed_ns + REST_NS;
  while (result == LW_WEIGH_OK && lw_scale_now (self->scale) < landed_ns)
    result = lw_scale_read (self->scale, stop, deadline_ns, &reading, NULL);
  if (result == LW_WEIGH_OK)
    result = lw_scale_read_stable (self->scale, stop, deadline_ns, &reading, NULL);
  if (result == LW_WEIGH_OK)
    out->measures[self->measure] = reading.grams / self->measure_grams;
  return end (self, result, "The scale gave no value", error);
}

static void
scale_free (LwInstrument *instrument)
{
  LwInstrumentScale *self = (LwInstrumentScale *) instrument;

  lw_scale_free (self->scale);
  lw_sim_scale_free (self->sim);
  lw_trajectory_unref (self->landing);
  g_free (self);
}

static const LwInstrumentClass scale_class = {
  .kind = "scale",
  .context = scale_context,
  .prepare = scale_prepare,
  .observe = scale_observe,
  .free = scale_free,
};

/* ---- opening ---- */

/* NULL, with @error, when @task has no mass to weigh for that. */
static LwInstrumentScale *
scale_for (const LwTask *task, unsigned use, GError **error)
{
  LwInstrumentScale *self = g_new0 (LwInstrumentScale, 1);
  const LwTaskInfo *info = &task->info;

  self->base.klass = &scale_class;
  self->task = task;
  while (self->measure < info->n_measures && (self->measure_grams = grams_in (info->measures[self->measure].unit)) == 0.0)
    self->measure++;
  while (self->mass < info->n_context && (self->mass_grams = grams_in (info->contexts[self->mass].unit)) == 0.0)
    self->mass++;
  if ((use & LW_INSTRUMENT_SCORES) != 0 && self->measure == info->n_measures)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task “%s” is not scored by a mass: a scale cannot score it", info->id);
  else if ((use & LW_INSTRUMENT_CONTEXTS) != 0 && self->mass == info->n_context)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "No context of the task “%s” is a mass: a scale cannot give it", info->id);
  else if ((use & LW_INSTRUMENT_SCORES) != 0 && info->n_measures > 1)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task “%s” is scored by %zu numbers: a scale gives one", info->id, info->n_measures);
  else
    return self;
  g_free (self);
  return NULL;
}

LwInstrument *
lw_instrument_scale_open (const char *port, const LwTask *task, unsigned use, const atomic_bool *stop, GError **error)
{
  LwInstrumentScale *self = scale_for (task, use, error);

  if (self == NULL)
    return NULL;
  self->scale = lw_scale_open (port, NULL, stop, error);
  if (self->scale == NULL)
    {
      scale_free (&self->base);
      return NULL;
    }
  g_strlcpy (self->base.title, lw_scale_get_title (self->scale), sizeof self->base.title);
  return &self->base;
}

LwInstrument *
lw_instrument_scale_sim (LwScaleFormat format, const LwTask *task, unsigned use, GError **error)
{
  LwInstrumentScale *self = scale_for (task, use, error);
  LwSimScaleConfig config;

  if (self == NULL)
    return NULL;
  if ((use & LW_INSTRUMENT_SCORES) != 0 && task->klass->simulate == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task “%s” simulates nothing that could be weighed", task->info.id);
      scale_free (&self->base);
      return NULL;
    }
  lw_sim_scale_config_init (&config);
  config.format = format;
  config.stream = format == LW_SCALE_KERN_EW; /* which is not asked */
  lw_fake_clock_init (&self->clock);
  self->sim = lw_sim_scale_new (&config);
  if (self->sim != NULL)
    {
      lw_sim_scale_set_pan (self->sim, pan, self);
      self->scale = lw_scale_new (lw_sim_scale_direct (self->sim, &self->clock), LW_SCALE_ANY, NULL, error);
    }
  else
    lw_job_set_error (error, LW_ERR_MEMORY, "Simulated scale");
  if (self->scale == NULL)
    {
      scale_free (&self->base);
      return NULL;
    }
  g_strlcpy (self->base.title, lw_scale_get_title (self->scale), sizeof self->base.title);
  return &self->base;
}
