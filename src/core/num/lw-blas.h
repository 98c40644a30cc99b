/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Threads inside BLAS, for the whole process: call once at start. The matrices here are small, so more than one costs more than
 * it brings and takes the arm thread's core. */
void lw_blas_set_threads (int n);
