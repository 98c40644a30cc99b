/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-words.h"

#include <glib/gi18n.h>
#include <math.h>

/* ---- progress ---- */

static guint
n_wanted (LwSession *session)
{
  const LwLearnSettings *told = lw_session_get_run_settings (session);

  return told != NULL ? (guint) told->iterations : 0;
}

double
lw_learn_fraction (const LwLearnProgress *p, guint wanted)
{
  double part = p->n_episodes > 0 ? (double) p->episode / (double) p->n_episodes : 0.0;
  gboolean sampling = p->phase == LW_LEARN_SAMPLING || p->phase == LW_LEARN_WAITING;
  double within = sampling ? 0.3 * part : p->phase == LW_LEARN_IMPROVING ? 0.3 + 0.4 * p->improve_fraction : 0.7 + 0.3 * part;

  return p->iteration == 0 || wanted == 0 ? 0.0 : CLAMP (((double) p->iteration - 1.0 + within) / (double) wanted, 0.0, 1.0);
}

/* Time left from what finished iterations took; pauses are not in it. NaN: none has finished. */
static double
seconds_left (LwSession *session, double fraction)
{
  GPtrArray *iterations = lw_session_get_iterations (session);
  double sum = 0.0;

  for (guint i = 1; i < iterations->len; i++)
    sum += ((LwIteration *) g_ptr_array_index (iterations, i))->seconds;
  return iterations->len < 2 ? (double) NAN : sum / (iterations->len - 1) * (1.0 - fraction) * n_wanted (session);
}

static char *
time_words (double seconds)
{
  int s = (int) ceil (seconds);

  return s < 90 ? g_strdup_printf (_("%d s left"), s) : g_strdup_printf (_("%d min left"), (s + 30) / 60);
}

static const char *
phase_words (LwLearnPhase phase)
{
  switch (phase)
    {
    case LW_LEARN_SAMPLING: return _("trying");
    case LW_LEARN_IMPROVING: return _("improving");
    case LW_LEARN_WAITING: return _("waiting for the reward");
    default: return _("testing");
    }
}

char *
lw_learn_progress_words (LwSession *session, double fraction, gboolean ending)
{
  const LwLearnProgress *p = lw_session_get_run_progress (session);
  double left = seconds_left (session, fraction);
  g_autofree char *time = isfinite (left) ? time_words (left) : NULL;

  if (!lw_session_is_running (session) && lw_session_get_skill (session) == NULL)
    return g_strdup (_("Fit a model first, on the Model page"));
  if (!lw_session_is_running (session))
    return g_strdup (lw_session_get_iterations (session)->len > 0 ? _("Run ended") : _("Ready"));
  if (ending)
    return g_strdup (_("Ending after the episode in hand"));
  if (lw_session_is_paused (session))
    return g_strdup_printf (_("Paused in iteration %u of %u"), p->iteration, n_wanted (session));
  if (p->iteration == 0)
    return g_strdup (_("Trying out imitation"));
  if (time == NULL)
    return g_strdup_printf (_("Iteration %u of %u · %s"), p->iteration, n_wanted (session), phase_words (p->phase));
  return g_strdup_printf (_("Iteration %u of %u · %s · %s"), p->iteration, n_wanted (session), phase_words (p->phase), time);
}

/* ---- an iteration ---- */

/* As many decimals as the interval leaves a meaning. */
static int
decimals (const LwIteration *it)
{
  return it->return_ci95 > 0.0 ? (int) CLAMP (ceil (-log10 (it->return_ci95)) + 1.0, 0.0, 9.0) : 3;
}

/* What an algorithm does not have is not spoken of. */
static void
add_report (GString *text, const LwLearnerReport *report, guint episodes)
{
  if (isfinite (report->kl))
    g_string_append_printf (text, _(" · KL %.3g"), report->kl);
  if (isfinite (report->kl) && isfinite (report->kl_bound))
    g_string_append_printf (text, _(" of %.3g"), report->kl_bound);
  if (isfinite (report->ess))
    g_string_append_printf (text, _(" · ESS %.0f of %u"), report->ess, episodes);
}

char *
lw_learn_summary_words (const LwIteration *first, const LwIteration *last)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, _("Iteration %u: return %.*f"), last->iteration, decimals (last), last->mean_return);
  if (isfinite (last->return_ci95))
    g_string_append_printf (text, _(" ± %.*f"), decimals (last), last->return_ci95);
  if (last->improved)
    g_string_append_printf (text, _(" (imitation %.*f)"), decimals (first), first->mean_return);
  if (isfinite (last->success))
    g_string_append_printf (text, _(" · success %.0f %%"), 100.0 * last->success);
  if (isfinite (last->success) && last->improved)
    g_string_append_printf (text, _(" (imitation %.0f %%)"), 100.0 * first->success);
  if (last->improved)
    add_report (text, &last->report, last->episodes);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
