/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Any URDF or MJCF file as a model by the conventions of lw-arm-model.h: what the file lacks (motors, tip, limits, home, title)
 * is supplied from what it says, else by defaults, and told in @notes (element-type utf8). Meshes are referenced where they are.
 * Joints that turn become the arm's; joints that slide follow one that turns (mimic, equality) or stand still. Errors name file
 * and element (LW_JOB_ERROR_INPUT).
 *
 * Writes @out_path and reads it once as the arm it is; parsers of meshes may crash on a foreign file, so lw_model_import() runs
 * this in a process of its own. */
gboolean lw_model_convert (const char *path, const char *out_path, GPtrArray *notes, GError **error);
