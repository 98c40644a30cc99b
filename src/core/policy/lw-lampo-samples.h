/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-model.h"

/* The episodes LAMPO has seen, and what the fixed model says of them, computed once when they are added.
 * Arrays "by sample" have their samples contiguous: element (row, i) is at row * stride + i; the stride is a multiple of
 * LW_LAMPO_BLOCK and the elements beyond n are zero, so that kernels run over whole blocks. Owned storage; owner thread. */
#define LW_LAMPO_BLOCK 64

typedef struct {
  const LwLampoModel *model;   /* borrowed */
  size_t  n, stride;
  LwMat   contexts;            /* (stride x dc) first n rows; the data's units */
  size_t *k;                   /* (n) component of each sample */
  double *reward;              /* (n) */
  double *z;                   /* (d x stride) latent points, by sample */
  double *u;                   /* (K*r x stride) Q_k'(c_i - c_k), by sample */
  double *fixed;               /* (K x stride) what log N(c_i | C_k mu + c_k, A_k) has that no policy changes, by sample */
  double *emission;            /* (n) log N(c_i | C_k z_i + c_k, sigma_k^2 I) at the sample's own k */
  double *scratch;             /* (r) one projection */
} LwLampoSamples;

void     lw_lampo_samples_init  (LwLampoSamples *self, const LwLampoModel *model);
void     lw_lampo_samples_clear (LwLampoSamples *self);
/* Adds @n samples: @contexts (n x dc), @k (n) below K, @z (n x d), @rewards (n). LW_ERR_NOT_FINITE, LW_ERR_RANGE for a k
 * and for contexts and points beyond LW_LAMPO_LARGE, LW_ERR_SHAPE, LW_ERR_MEMORY: then nothing is added. */
LwStatus lw_lampo_samples_add (LwLampoSamples *self, const LwMat *contexts, const size_t *k, const LwMat *z,
                               const double *rewards) LW_MUST_USE;

/* Samples rounded up to whole blocks. */
static inline size_t
lw_lampo_samples_padded (const LwLampoSamples *self)
{
  return (self->n + LW_LAMPO_BLOCK - 1) / LW_LAMPO_BLOCK * LW_LAMPO_BLOCK;
}
