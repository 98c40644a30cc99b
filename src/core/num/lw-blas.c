/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-blas.h"

#include <cblas.h>

void
lw_blas_set_threads (int n)
{
  openblas_set_num_threads (n);
}
