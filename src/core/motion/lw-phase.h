/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-basis.h"

/* Phase z and its first two derivatives by time, 1/s and 1/s^2. */
typedef struct {
  double z, zdot, zddot;
} LwPhasePoint;

#define LW_PHASE_MAX_CHANGES 32

/* From time to phase. Before @start the movement waits at z = 0; then its tempo dz/dt = 1 / duration, which may change
 * later, each time along 3u^2 - 2u^3, so that z, dz/dt and d2z/dt2 are continuous and z never runs back. A stroke ends at z
 * = 1 and is held there; it may start and end at speed. A rhythm goes round: z in [0, 1). A value without storage of its
 * own. */
typedef struct {
  LwBasisKind kind;
  double      start; /* s */
  size_t      n_knots;
  struct {
    double t;    /* s; the tempo is constant up to the first knot, */
    double over; /* s; from t to t + over it goes to @rate, and stays there until the next knot */
    double rate; /* 1/s */
    double z;    /* phase at t, not wrapped */
  } knot[LW_PHASE_MAX_CHANGES + 1];
} LwPhase;

/* Constant tempo: z = (t - @start) / @duration. LW_ERR_RANGE unless @duration (of the stroke, or of one period) is positive;
 * LW_ERR_NOT_FINITE. */
LwStatus     lw_phase_init         (LwPhase *self, LwBasisKind kind, double start, double duration) LW_MUST_USE;
/* From @t on, within @over s, the tempo becomes that of a whole movement in @duration s. LW_ERR_RANGE when @t lies before
 * the start or before the end of the last change, @over is negative or the duration is not positive, or there were
 * LW_PHASE_MAX_CHANGES; with @over = 0 the tempo jumps. LW_ERR_NOT_FINITE. */
LwStatus     lw_phase_change_tempo (LwPhase *self, double t, double over, double duration) LW_MUST_USE;
LwPhasePoint lw_phase_at           (const LwPhase *self, double t);
/* When phase @z, not wrapped, is reached, s; lw_phase_time (self, 1) is the end of a stroke. NaN for z < 0 or NaN. */
double       lw_phase_time         (const LwPhase *self, double z);

/* A phase that movements of this kind have: finite, and within [0, 1] for a stroke. LW_ERR_NOT_FINITE, LW_ERR_RANGE. */
LwStatus     lw_phase_point_check  (const LwPhasePoint *self, LwBasisKind kind) LW_MUST_USE;

/* What is asked about: positions, velocities or accelerations. */
typedef enum { LW_ORDER_POSITION = 0, LW_ORDER_VELOCITY = 1, LW_ORDER_ACCELERATION = 2 } LwOrder;
#define LW_N_ORDERS 3

/* Rows of psi and its derivatives by time, by the chain rule:
 *   psi,  psi' zdot,  psi'' zdot^2 + psi' zddot
 * @rows (n_orders x n), 1 <= n_orders <= LW_N_ORDERS. */
void         lw_basis_eval_time    (const LwBasis *basis, const LwPhasePoint *at, size_t n_orders, const LwMat *rows);
/* Position, velocity and acceleration (n_joints, rad, rad/s, rad/s^2; each nullable) of the movement @w (joint-major,
 * n_joints n). */
void         lw_basis_movement     (const LwBasis *basis, const double *w, size_t n_joints, const LwPhasePoint *at, double *q,
                                    double *v, double *a);
