/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-servo-bus.h"

/* What must hold must hold for servos of either kind: each test runs once for Dynamixel and once for Feetech, which its path ends with. */
typedef struct {
  const char *path; /* "/product/08-cable-pull": the item's number in the list of what must hold */
  void (*test) (gconstpointer protocol);
} ProductTest;

static inline LwProtocol
protocol_of (gconstpointer data)
{
  return (LwProtocol) GPOINTER_TO_INT (data);
}

static inline void
add_on_both (const ProductTest *tests, size_t n)
{
  static const LwProtocol protocols[] = { LW_PROTOCOL_DYNAMIXEL, LW_PROTOCOL_FEETECH };

  for (size_t i = 0; i < n; i++)
    for (size_t p = 0; p < G_N_ELEMENTS (protocols); p++)
      {
        g_autofree char *path = g_strdup_printf ("%s/%s", tests[i].path, lw_protocol_name (protocols[p]));

        g_test_add_data_func (path, GINT_TO_POINTER (protocols[p]), tests[i].test);
      }
}
