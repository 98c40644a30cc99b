/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lw-learn-run.h"

char *lw_learn_settings_to_json (const LwLearnSettings *settings, const LwLearner *learner, const char *runner);
