/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-fit-report.h"

#include <glib/gi18n.h>
#include <math.h>

char *
lw_fit_report_words (const LwSkill *skill)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, ngettext ("%zu demonstration of %.2f s on average", "%zu demonstrations of %.2f s on average", skill->params.rows),
                          skill->params.rows, skill->mean_duration);
  if (isfinite (skill->largest_rms))
    g_string_append_printf (text, _("\nWorst fitted %.2f° RMS"), skill->largest_rms * 180.0 / G_PI);
  if (!skill->lowered) /* else the notice says it */
    g_string_append_printf (text, ngettext ("\nK = %zu component of d = %zu dimensions", "\nK = %zu components of d = %zu dimensions", skill->K), skill->K, skill->d);
  g_string_append_printf (text, ngettext ("\nLog-likelihood %.1f each (%zu EM iteration)",
                                          "\nLog-likelihood %.1f each (%zu EM iterations)", skill->report.iterations),
                          skill->report.log_likelihood, skill->report.iterations);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
lw_fit_report_notice (const LwSkill *skill)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (skill->lowered)
    g_string_append_printf (text, ngettext ("K = %zu, d = %zu: %zu demonstration allows no more (%zu and %zu were asked for).",
                                            "K = %zu, d = %zu: %zu demonstrations allow no more (%zu and %zu were asked for).", skill->params.rows),
                            skill->K, skill->d, skill->params.rows, skill->settings.K, skill->settings.d);
  if (skill->report.n_on_floor > 0)
    g_string_append_printf (text, ngettext ("%s%zu component rests on the noise floor.", "%s%zu components rest on the noise floor.", skill->report.n_on_floor),
                            text->len > 0 ? " " : "", skill->report.n_on_floor);
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
