/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-cli.h"
#include "lw-promp.h"

/* The movement primitive of a file of demonstrations, before and after it was told what the movement has to do. */
typedef struct {
  LwBasis          basis;
  size_t           n, n_joints; /* demonstrations, and joints of each */
  double           duration;    /* s: their mean, or as asked for */
  LwWeightGaussian prior, adapted;
  size_t           n_via, n_tip; /* what was asked for: values of joints, places of the tip */
  gboolean         raised;       /* some of it repeats or contradicts itself */
  double           tip_residual; /* m, of the adapted mean movement */
} LwCliPrimitive;

typedef struct {
  const char  *file;      /* for messages */
  int          basis;     /* functions a joint, or LW_CLI_NO_NUMBER */
  double       ridge, shrinkage;
  double       duration;  /* s, 0: the demonstrations' mean */
  char       **via, **velocity, **tip; /* as lw-cli-via.h reads them, each nullable */
  const char  *arm;       /* whose tip */
} LwCliPrimitiveWishes;

/* FALSE with an error for the person who asked; lw_cli_primitive_clear() either way. */
gboolean lw_cli_primitive_fit   (LwCliPrimitive *self, const LwDemonstrations *set, const LwCliPrimitiveWishes *wishes,
                                 GError **error);
gboolean lw_cli_primitive_adapt (LwCliPrimitive *self, const LwCliPrimitiveWishes *wishes, GError **error);
void     lw_cli_primitive_clear (LwCliPrimitive *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwCliPrimitive, lw_cli_primitive_clear)
