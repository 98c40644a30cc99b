/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-observations.h"

/* What is asked of a movement, as words of the command line. */

/* "PHASE:q0=VALUE[,q3=VALUE…][~STD]": adds one observation a joint. @rate: phases a second, what velocities are counted in. */
gboolean lw_cli_via_add (LwObservations *stack, const char *text, LwOrder order, double rate, GError **error);
/* "PHASE:x,y,z[~STD]": m; @std 0 when there is none. */
gboolean lw_cli_tip_parse (const char *text, double *phase, double tip[3], double *std, GError **error);
