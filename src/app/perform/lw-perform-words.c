/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-perform-words.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-words.h"

#define DEGREE (G_PI / 180.0)
#define WORTH_SAYING (5.0 * DEGREE)
#define AS_LEARNED 1.05 /* retimed by less than this is the same speed to a person */

char *
lw_perform_verdict_words (const LwPlan *plan, const LwArmModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *closest = lw_words_joint (lw_arm_model_joints (model)[plan->closest_joint].name);

  if (plan->retimed_by > AS_LEARNED)
    g_string_append_printf (text, _("%.1f s, %.1f times slower than learned"), plan->duration, plan->retimed_by);
  else
    g_string_append_printf (text, _("%.1f s, as fast as learned"), plan->duration);
  g_string_append_printf (text, _("\nPeak %.0f°/s, %.0f %% of what the joint may do"), plan->peak_speed / DEGREE, 100.0 * plan->peak_fraction);
  g_string_append_printf (text, _("\nClosest limit: %s, %.0f° away"), closest, plan->closest_limit / DEGREE);
  if (plan->limited != 0)
    g_string_append_printf (text, _("\nThe limits cut the path, by up to %.1f°"), plan->deviation / DEGREE);
  if (plan->far > LW_PERFORM_FAR)
    g_string_append_printf (text, _("\nThe start is %.0f° away; the arm goes there first"), plan->far / DEGREE);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
lw_perform_far_words (const LwPlan *plan, const LwArmModel *model, const double *q)
{
  g_autoptr (GString) text = g_string_new (_("Before the movement the arm goes to its start:\n"));
  size_t begin = MIN (plan->n_ramp, plan->goals->n_samples - 1);

  for (size_t j = 0; j < plan->goals->n_joints; j++)
    {
      double by = lw_mat_get (&plan->goals->q, begin, j) - q[j];
      g_autofree char *name = lw_words_joint (lw_arm_model_joints (model)[j].name);

      if (fabs (by) > WORTH_SAYING)
        g_string_append_printf (text, _("\n%s by %+.0f°"), name, by / DEGREE);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
