/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-words.h"

#include <glib/gi18n.h>
#include <string.h>

static const struct {
  const char *name, *icon, *style;
} modes[] = {
  [LW_MODE_DISCONNECTED] = { N_("Disconnected"), "network-offline-symbolic", "chip-quiet" },
  [LW_MODE_CONNECTED]    = { N_("Connected"), "network-transmit-receive-symbolic", "chip-quiet" },
  [LW_MODE_GUIDE]        = { N_("Guide"), "input-touchpad-symbolic", "chip-guide" },
  [LW_MODE_HOLD]         = { N_("Hold"), "media-playback-pause-symbolic", "chip-hold" },
  [LW_MODE_ARMED]        = { N_("Armed"), "security-medium-symbolic", "chip-armed" },
  [LW_MODE_RUNNING]      = { N_("Running"), "media-playback-start-symbolic", "chip-running" },
  [LW_MODE_STOPPED]      = { N_("Stopped"), "process-stop-symbolic", "chip-stopped" },
  [LW_MODE_FAULT]        = { N_("Fault"), "dialog-warning-symbolic", "chip-fault" },
};

const char *
lw_words_mode (LwMode mode)
{
  return _(modes[mode].name);
}

const char *
lw_words_mode_icon (LwMode mode)
{
  return modes[mode].icon;
}

const char *
lw_words_mode_class (LwMode mode)
{
  return modes[mode].style;
}

const char *
lw_words_reason (const LwArmState *state)
{
  if (state->mode == LW_MODE_STOPPED)
    {
      if (state->limp)
        return _("Stopped – arm is limp. Reset when you are ready.");
      if (!state->stop_confirmed)
        return _("Stopping: waiting for the arm to confirm.");
    }
  switch (state->reason)
    {
    case LW_REASON_STOP: return _("Stopped. The arm holds its place; nothing moves before Reset, Arm and a new command.");
    case LW_REASON_MAIN_LOOP: return _("The window did not answer for half a second while the arm was running, so the arm stopped by itself.");
    case LW_REASON_LINK_LOST: return _("The line to the arm is gone. What was recorded is kept. Check the cable, then connect again.");
    case LW_REASON_NO_ANSWER: return _("The servos stopped answering. Check power and cable, then Reset.");
    case LW_REASON_TRACKING: return _("The arm does not follow its goals. Is something in its way? Clear it, then Reset.");
    case LW_REASON_HARDWARE: return _("A servo reports a hardware error. See the Arm page, remove the cause, then Reset.");
    case LW_REASON_NOT_CONFIRMED: return _("Stop not confirmed – cut the power.");
    case LW_REASON_HOT: return _("A servo is too hot, so the arm stopped and holds its place. Reset, lower it to rest, and let it cool.");
    case LW_REASON_VOLTAGE_LOW: return _("The supply voltage is too low, so the arm stopped. Check the power supply, then Reset.");
    case LW_REASON_VOLTAGE_HIGH: return _("The supply voltage is too high, so the arm stopped. Support the arm, switch it off, and check the power supply.");
    case LW_REASON_LOAD: return _("A servo pressed with all its strength for too long, so the arm stopped. Clear what it presses against, then Reset.");
    case LW_REASON_OUT_OF_RANGE: return _("A joint stands outside the range stored in its servo, so the torque stayed off. Move it back by hand, or calibrate the arm, then Reset.");
    case LW_REASON_NONE:
    default: return "";
    }
}

const char *
lw_words_task (const LwTask *task)
{
  return _(task->info.title);
}

char *
lw_words_joint (const char *name)
{
  const char *digits = name + strcspn (name, "0123456789");
  char *words;

  if (*digits != '\0' && (g_str_has_prefix (name, "joint") || *name == 'q') && strspn (digits, "0123456789") == strlen (digits))
    return g_strdup_printf (_("Joint %s"), digits);
  words = g_strdelimit (g_strdup (name), "_", ' ');
  words[0] = g_ascii_toupper (words[0]);
  return words;
}

/* ---- algorithms ---- */

static const struct {
  const char *algorithm, *name, *sentence;
} algorithms[] = {
  { "lampo", N_("LAMPO"), N_("Improves latent movements by all episodes so far; corrections follow the context.") },
  { "lampo-paper", N_("LAMPO as published"), N_("The policy of the paper: contexts and movements are tied together in each component.") },
  { "ct", N_("CT"), N_("Principal components, a mixture of Gaussians, and forgetting: the paper's first comparison.") },
  { "gmm-reps", N_("GMM + REPS"), N_("As CT, but over whole movements instead of their principal components.") },
  { "creps", N_("Contextual REPS"), N_("Searches one correction of the movement that varies smoothly with the context.") },
  { "cma-es", N_("CMA-ES"), N_("Evolves one correction of the movement, the same for every context.") },
};

const char *
lw_words_algorithm (const char *algorithm)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (strcmp (algorithms[i].algorithm, algorithm) == 0)
      return _(algorithms[i].name);
  return algorithm;
}

const char *
lw_words_algorithm_sentence (const char *algorithm)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (strcmp (algorithms[i].algorithm, algorithm) == 0)
      return _(algorithms[i].sentence);
  return "";
}

/* ---- their settings ---- */

#define MOST_CHOICES 3

static const struct {
  const char *setting, *name, *sentence;
  const char *zero;                  /* (nullable) what 0 means */
  const char *choices[MOST_CHOICES]; /* (nullable) of 0, 1, 2: instead of numbers */
} settings[] = {
  { "kl_bound", N_("KL bound"), N_("How far the policy may move in one iteration: small is careful, large is bold.") },
  { "regularisation", N_("Regularisation"), N_("How strongly the policy is held to the contexts it was taught; 0 switches it off."), N_("off") },
  { "exploration", N_("Exploration"), N_("How widely it tries at first: 1 is as widely as the demonstrations differ for one context.") },
  { "forgetting", N_("Weight of the past"), N_("How much earlier episodes still count beside new ones: 1 forgets nothing.") },
  { "caution", N_("Caution"), N_("Standard errors taken off what a step promises: more trusts only what many episodes agree on."), N_("off") },
  { "step_bound", N_("Step bound"), N_("The farthest a step may take the policy itself, in KL bounds of its episodes.") },
  { "kl_direction", N_("KL direction"), N_("Which way the distance is measured: from the old policy to the new, or back."), NULL, { N_("old to new"), N_("new to old") } },
  { "context_kl_bound", N_("Context KL bound"), N_("The farthest the policy's contexts may drift from those taught; 0 switches it off."), N_("off") },
  { "context_kl_direction", N_("Context KL direction"), N_("Which way the drift of contexts is measured."), NULL, { N_("taught to new"), N_("new to taught") } },
  { "gate_bound", N_("Component choice bound"), N_("How far the choice of component for a context may drift from imitation with every 100 episodes; 0 switches it off."), N_("off") },
  { "min_ess", N_("Least effective samples"), N_("Keeps a step from resting on a handful of lucky episodes; 0 switches it off."), N_("off") },
  { "mean", N_("What is corrected"), N_("The movement that corrections are added to: the mixture's, a regression's, or the one that predicts demonstrations better."), NULL,
    { N_("the mixture's"), N_("the regression's"), N_("the better one") } },
  { "slopes", N_("Corrections follow the context"), N_("Lets corrections vary with the context within a component."), NULL,
    { N_("off"), N_("on"), N_("where that is few numbers") } },
  { "features", N_("Corrections by context"), N_("How corrections vary with the context."), NULL, { N_("constant"), N_("linear"), N_("quadratic") } },
  { "baseline", N_("Reward by context"), N_("What is taken off a reward because some contexts score more than others whatever is tried."), NULL,
    { N_("constant"), N_("linear"), N_("quadratic") } },
  { "degree", N_("Degree of the regression"), N_("How the movement that is corrected depends on the context: 1 linear, 2 quadratic, and so on; 0 is chosen by leaving demonstrations out."), N_("automatic") },
  { "components", N_("Components"), N_("Gaussians in the mixture; 0 takes as many as the model has."), N_("as the model") },
  { "dimensions", N_("Dimensions searched"), N_("Leading directions of the demonstrated movements; 0 takes as many as the model has."), N_("as the model") },
  { "reuse", N_("Iterations reused"), N_("Earlier iterations whose episodes count beside the newest."), N_("none") },
  { "prior_gate", N_("Inertia of weights"), N_("Episodes it takes to change a component's weight: more is steadier, less is quicker."), N_("none") },
  { "prior_offset", N_("Inertia of corrections"), N_("Episodes it takes to correct a component's movement."), N_("none") },
  { "prior_slope", N_("Inertia of slopes"), N_("Episodes it takes to let a correction vary with the context."), N_("none") },
  { "prior_scale", N_("Inertia of spread"), N_("Episodes it takes to widen or narrow what a component tries."), N_("none") },
  { "mean_prior", N_("Inertia of corrections"), N_("Episodes it takes to change the correction."), N_("none") },
  { "covariance_prior", N_("Inertia of spread"), N_("Episodes it takes to widen or narrow what is tried."), N_("none") },
  { "covariance_floor", N_("Least variance"), N_("What every component keeps in every direction, so that it never stops trying.") },
  { "strata", N_("Stratified weights"), N_("Weighs episodes within each component's contexts, so that no context outvotes another."), NULL, { N_("off"), N_("on") } },
  { "normalised", N_("Normalised weights"), N_("Self-normalised importance sampling: steadier, slightly biased."), NULL, { N_("off"), N_("on") } },
  { "denominator", N_("Weights against"), N_("What an episode is weighed against: all policies so far, mixed, or the one that drew it."), NULL, { N_("all policies"), N_("its own") } },
  { "reward_unit", N_("Unit of rewards"), N_("What the optimiser counts rewards in: their spread, or as they are (as published)."), NULL, { N_("their spread"), N_("as they are") } },
  { "guard", N_("Bound guard"), N_("Takes back a step that ended outside the KL bound."), NULL, { N_("off"), N_("on") } },
  { "max_iterations", N_("Solver iterations"), N_("Steps the optimiser may take in one improvement.") },
};

static gsize
find_setting (const char *setting)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (settings) && strcmp (settings[i].setting, setting) != 0)
    i++;
  return i;
}

const char *
lw_words_setting (const char *setting)
{
  gsize i = find_setting (setting);

  return i < G_N_ELEMENTS (settings) ? _(settings[i].name) : setting;
}

const char *
lw_words_setting_sentence (const char *setting)
{
  gsize i = find_setting (setting);

  return i < G_N_ELEMENTS (settings) ? _(settings[i].sentence) : "";
}

const char *
lw_words_known_setting (guint n)
{
  return n < G_N_ELEMENTS (settings) ? settings[n].setting : NULL;
}

gboolean
lw_words_setting_has_choices (const char *setting)
{
  gsize i = find_setting (setting);

  return i < G_N_ELEMENTS (settings) && settings[i].choices[0] != NULL;
}

char *
lw_words_setting_value (const char *setting, double value)
{
  gsize i = find_setting (setting);

  if (i < G_N_ELEMENTS (settings) && value == 0.0 && settings[i].zero != NULL)
    return g_strdup (_(settings[i].zero));
  for (int choice = 0; i < G_N_ELEMENTS (settings) && choice < MOST_CHOICES; choice++)
    if (value == (double) choice && settings[i].choices[choice] != NULL)
      return g_strdup (_(settings[i].choices[choice]));
  return g_strdup_printf ("%.3g", value);
}
