/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-failure.h"

#include <string.h>

#include "lw-arm.h"

typedef struct {
  LwArmFailure failure;
} LwArmErrorPrivate;

static void
lw_arm_error_private_init (LwArmErrorPrivate *self)
{
  memset (self, 0, sizeof *self);
}

static void
lw_arm_error_private_copy (const LwArmErrorPrivate *from, LwArmErrorPrivate *to)
{
  memcpy (to, from, sizeof *to);
}

static void
lw_arm_error_private_clear (LwArmErrorPrivate *self)
{
}

G_DEFINE_EXTENDED_ERROR (LwArmError, lw_arm_error)

void
lw_arm_failure_set (GError **error, const LwArmFailure *failure, const char *what)
{
  GError            *made = g_error_new (LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "%s: %s.", what, lw_bus_status_text (failure->status));
  LwArmErrorPrivate *private = lw_arm_error_get_private (made);

  if (private != NULL)
    private->failure = *failure;
  g_propagate_error (error, made);
}

LwArmFailure
lw_arm_failure_get (const GError *error)
{
  const LwArmErrorPrivate *private = error->domain == LW_ARM_ERROR ? lw_arm_error_get_private (error) : NULL;

  return private != NULL ? private->failure : (LwArmFailure){ .status = LW_BUS_OK };
}
