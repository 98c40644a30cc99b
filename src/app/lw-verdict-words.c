/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-verdict-words.h"

#include <glib/gi18n.h>
#include <math.h>

char *
lw_verdict_words (const LwDemonstrationInfo *info)
{
  const LwVerdict *v = &info->verdict;
  unsigned findings = lw_verdict_findings (v);
  g_autoptr (GString) text = g_string_new (NULL);

  if (!info->complete)
    return g_strdup (_("being recorded"));
  if (info->recovered)
    g_string_append (text, _("recovered after a crash; "));
  if (!info->measured)
    return g_string_free (g_string_append (g_steal_pointer (&text), _("not recorded here")), FALSE);
  if (v->n_gaps > 0)
    g_string_append_printf (text, ngettext ("%zu gap, longest %.0f ms; ", "%zu gaps, longest %.0f ms; ", v->n_gaps), v->n_gaps, 1e3 * v->longest_gap);
  if (v->n_limit_hits > 0)
    g_string_append_printf (text, ngettext ("%zu sample at a joint limit; ", "%zu samples at a joint limit; ", v->n_limit_hits), v->n_limit_hits);
  if (findings & LW_FINDING_JITTER)
    g_string_append_printf (text, _("jitter %.1f ms; "), 1e3 * v->jitter_p99);
  if (findings & LW_FINDING_MOVING_START)
    g_string_append (text, _("starts in motion; "));
  if (findings & LW_FINDING_MOVING_END)
    g_string_append (text, _("ends in motion; "));
  if (findings & LW_FINDING_SHAKE)
    g_string_append (text, _("jerky; "));
  if (findings & LW_FINDING_START_POSE)
    g_string_append_printf (text, _("starts %.0f° from where the first began; "), v->start_distance * 180.0 / G_PI);
  if (text->len == 0)
    return g_strdup (_("clean"));
  g_string_truncate (text, text->len - 2);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
lw_verdict_facts (const LwDemonstrationInfo *info)
{
  const LwVerdict *v = &info->verdict;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, ngettext ("%.2f s, %zu sample", "%.2f s, %zu samples", info->n_samples), info->seconds, info->n_samples);
  if (!info->measured || info->n_samples < 2)
    return g_string_free (g_steal_pointer (&text), FALSE);
  if (v->n_gaps > 0)
    g_string_append_printf (text, ngettext ("\n%zu gap, longest %.0f ms", "\n%zu gaps, longest %.0f ms", v->n_gaps), v->n_gaps, 1e3 * v->longest_gap);
  else
    g_string_append (text, _("\nNo gaps"));
  g_string_append_printf (text, _(", jitter p99 %.1f ms"), 1e3 * v->jitter_p99);
  if (v->n_limit_hits > 0)
    g_string_append_printf (text, ngettext ("\n%zu sample at a joint limit", "\n%zu samples at a joint limit", v->n_limit_hits), v->n_limit_hits);
  g_string_append_printf (text, _("\nStill for %.1f s before and %.1f s after"), v->still_start, v->still_end);
  g_string_append_printf (text, _("\nJerk %.0f (about 20 is a smooth stroke)"), v->jerk);
  if (isfinite (v->start_distance))
    g_string_append_printf (text, _("\nStarts %.1f° from where the first began"), v->start_distance * 180.0 / G_PI);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
lw_context_words (const LwDemonstrationInfo *info)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < info->contexts->len; i++)
    {
      const LwContextValue *c = &g_array_index (info->contexts, LwContextValue, i);
      gboolean unit = c->unit != NULL && (i + 1 == info->contexts->len || g_strcmp0 (c->unit, g_array_index (info->contexts, LwContextValue, i + 1).unit) != 0);

      if (i > 0)
        g_string_append (text, " · ");
      if (isfinite (c->value))
        g_string_append_printf (text, "%s %.3f%s%s", c->name, c->value, unit ? " " : "", unit ? c->unit : "");
      else
        g_string_append_printf (text, _("%s missing"), c->name);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : g_strdup (_("no context"));
}
