/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lampwork-check-model: reads a foreign model in a process of its own, see lw_model_import(). */
#include "lw-model-import.h"

int
main (int argc, char **argv)
{
  return lw_model_check_main (argc, argv);
}
