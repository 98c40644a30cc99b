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

static const struct {
  const char *setting, *name, *sentence;
} settings[] = {
  { "kl_bound", N_("KL bound"), N_("How far the policy may move in one iteration: small is careful, large is bold.") },
  { "kl_direction", N_("KL direction"), N_("Which way the distance is measured: from the old policy to the new, or back.") },
  { "regularisation", N_("Regularisation"), N_("How strongly the policy is held to the contexts it was taught; 0 switches it off.") },
  { "context_kl_bound", N_("Context KL bound"), N_("The farthest the policy's contexts may drift from those taught; 0 switches it off.") },
  { "context_kl_direction", N_("Context KL direction"), N_("Which way the drift of contexts is measured.") },
  { "max_iterations", N_("Solver iterations"), N_("Steps the optimiser may take in one improvement.") },
  { "normalised", N_("Normalised weights"), N_("Self-normalised importance sampling: steadier, slightly biased.") },
  { "guard", N_("Bound guard"), N_("Takes back a step that ended outside the KL bound.") },
  { "strata", N_("Stratified weights"), N_("Weighs episodes within each component's contexts, so that no context outvotes another.") },
  { "gate_bound", N_("Component choice bound"), N_("How far the choice of component for a context may drift from imitation with every 100 episodes; 0 switches it off.") },
  { "min_ess", N_("Least effective samples"), N_("Keeps a step from resting on a handful of lucky episodes; 0 switches it off.") },
  { "reward_unit", N_("Unit of rewards"), N_("What the optimiser counts rewards in: their spread, or as they are (as published).") },
  { "denominator", N_("Weights against"), N_("What an episode is weighed against: all policies so far, mixed, or the one that drew it.") },
};

const char *
lw_words_setting (const char *setting)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].setting, setting) == 0)
      return _(settings[i].name);
  return setting;
}

const char *
lw_words_setting_sentence (const char *setting)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].setting, setting) == 0)
      return _(settings[i].sentence);
  return "";
}

static const struct {
  const char *setting, *off, *on;
} choices[] = {
  { "kl_direction", N_("old to new"), N_("new to old") },
  { "context_kl_direction", N_("taught to new"), N_("new to taught") },
  { "denominator", N_("all policies"), N_("its own") },
  { "normalised", N_("off"), N_("on") },
  { "strata", N_("off"), N_("on") },
  { "guard", N_("off"), N_("on") },
};

char *
lw_words_setting_value (const char *setting, double value)
{
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    if (strcmp (choices[i].setting, setting) == 0)
      return g_strdup (value != 0.0 ? _(choices[i].on) : _(choices[i].off));
  return g_strdup_printf ("%.3g", value);
}
