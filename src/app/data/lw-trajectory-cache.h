/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-session.h"

G_BEGIN_DECLS

/* Trajectories of the project's demonstrations, read once on a worker and kept: recorded samples never change. Main thread. */
typedef struct LwTrajectoryCache LwTrajectoryCache;

/* @arrived (nullable) is called in the main loop after one or more came in. */
LwTrajectoryCache *lw_trajectory_cache_new  (LwSession *session, void (*arrived) (gpointer data), gpointer data);
void               lw_trajectory_cache_free (LwTrajectoryCache *self); /* (nullable); answers on their way are dropped */
/* (transfer none) (nullable) NULL while it is being read: arrived() follows. */
LwTrajectory      *lw_trajectory_cache_get  (LwTrajectoryCache *self, gint64 id);
/* Another project is open. */
void               lw_trajectory_cache_clear (LwTrajectoryCache *self);

G_END_DECLS
