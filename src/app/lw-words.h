/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm.h"
#include "lw-task.h"

/* Words of the layers below in the user's language; static storage. */
const char *lw_words_mode    (LwMode mode);          /* "Guide" */
const char *lw_words_mode_icon (LwMode mode);        /* icon name: never colour alone */
const char *lw_words_mode_class (LwMode mode);       /* CSS class of chips: "chip-guide" */
const char *lw_words_reason  (const LwArmState *state); /* sentence for Stopped and Fault; "" otherwise */
const char *lw_words_task    (const LwTask *task);
char       *lw_words_joint   (const char *name);     /* (transfer full) "joint1", "q1": "Joint 1"; "shoulder_pan": "Shoulder pan" */
const char *lw_words_algorithm (const char *algorithm); /* "lampo-paper": "LAMPO as published" */
const char *lw_words_algorithm_sentence (const char *algorithm); /* what it does, one sentence */
const char *lw_words_setting (const char *setting);  /* learner setting: "KL bound" */
const char *lw_words_setting_sentence (const char *setting); /* what moving it does, one sentence */
char       *lw_words_setting_value (const char *setting, double value); /* (transfer full) "0.2"; for a choice "old to new" or "on", for 0 what it means */
gboolean    lw_words_setting_has_choices (const char *setting); /* its values are words, not numbers */
const char *lw_words_known_setting (guint n); /* (nullable) id of the n-th setting there are words for; NULL past the last */
