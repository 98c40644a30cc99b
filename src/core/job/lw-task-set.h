/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-demonstrations.h"
#include "lw-task.h"

/* Sets of demonstrations by seed: made by a task itself, or drawn from a larger set. Any thread. */

/* The task's context names and units into @set, which has none yet. */
void              lw_task_set_name_contexts (LwDemonstrations *set, const LwTask *task);
/* @n demonstrations made by the task itself, as parameters over @n_basis basis functions. NULL, with LW_JOB_ERROR_INPUT, when it
 * cannot or the basis is not possible; LW_TASK_ERROR when making them fails. */
LwDemonstrations *lw_task_set_make (const LwTask *task, size_t n, size_t n_basis, uint64_t seed, GError **error);
/* @n of @set's demonstrations, drawn by @seed without replacement, in the order of @set; contexts and parameters are copied,
 * trajectories shared. NULL, with LW_JOB_ERROR_INPUT, when there are fewer. */
LwDemonstrations *lw_task_set_draw (const LwDemonstrations *set, size_t n, uint64_t seed, GError **error);
