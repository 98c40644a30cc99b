/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Makes the sample project at @path, which must not exist, from the demonstrations in @samples_dir (reach-target.csv: arm-7; the file was made
 * by `lampwork-cli demonstrate`).
 * Nothing is left behind on error. Worker or start-up. */
gboolean lw_sample_project_create (const char *path, const char *samples_dir, GError **error);
