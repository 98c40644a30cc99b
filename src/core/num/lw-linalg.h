/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* sum_i a_i b_i, with the wide registers that plain loops do not get (a sum may not be reordered by the compiler). */
double   lw_dot (const double *a, const double *b, size_t n);

/* Factorisations over LAPACKE. Matrices are row-major views; nothing inverts a matrix explicitly. */

/* A = L L'. @a (n x n, symmetric; the lower half is read) receives L, its strict upper half zeros.
 * LW_ERR_NOT_SPD leaves @a clobbered: pass a copy where the input is needed. */
LwStatus lw_chol_factor    (const LwMat *a) LW_MUST_USE;
void     lw_chol_solve     (const LwMat *l, double *b);           /* b (n) <- (L L')^-1 b */
void     lw_chol_solve_mat (const LwMat *l, const LwMat *b);      /* B (n x m) <- (L L')^-1 B */
void     lw_tri_solve      (const LwMat *l, bool trans, double *b); /* b <- L^-1 b or L'^-1 b */
void     lw_tri_solve_mat  (const LwMat *l, bool trans, const LwMat *b);
void     lw_tri_solve_rows (const LwMat *l, bool trans, const LwMat *b); /* every row b of B (m x n) as in lw_tri_solve() */
double   lw_chol_logdet    (const LwMat *l);                      /* log |L L'| = 2 sum log L_ii */

/* Symmetric eigen-decomposition A = V' diag(values) V with the eigenvectors as ROWS of @a on return,
 * values ascending. LW_ERR_SOLVER if LAPACK does not converge, LW_ERR_NOT_FINITE on NaN. Allocates LAPACK's scratch. */
LwStatus lw_eig_sym  (const LwMat *a, double *values) LW_MUST_USE;
/* The @d <= n largest eigenvalues of symmetric @a (n x n, clobbered), descending, with their eigenvectors as rows of @vectors
 * (d x n): a quarter of the time of all of them. Errors as of lw_eig_sym(). */
LwStatus lw_eig_sym_leading (const LwMat *a, size_t d, double *values, const LwMat *vectors) LW_MUST_USE;
/* Thin SVD A (m x n) = U diag(s) Vt, r = min(m, n): @u (m x r, nullable), @s (r, descending), @vt (r x n, nullable). @a is
 * clobbered. */
LwStatus lw_svd_thin (const LwMat *a, const LwMat *u, double *s, const LwMat *vt) LW_MUST_USE;
/* Thin QR A (m x n) = Q R, r = min(m, n): @a is clobbered; @q (m x r), @r (r x n, upper). */
LwStatus lw_qr_thin  (const LwMat *a, const LwMat *q, const LwMat *r) LW_MUST_USE;
