/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* Doubles in files: 8 bytes, little endian, every bit kept (NaN payloads too). */

static inline void
lw_put_doubles (GByteArray *out, const double *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    guint64 bits;
    memcpy (&bits, &x[i], 8);
    bits = GUINT64_TO_LE (bits);
    g_byte_array_append (out, (const guint8 *) &bits, 8);
  }
}

/* Returns the place behind the last one read. */
static inline const guint8 *
lw_get_doubles (const guint8 *at, double *x, size_t n)
{
  for (size_t i = 0; i < n; i++, at += 8) {
    guint64 bits;
    memcpy (&bits, at, 8);
    bits = GUINT64_FROM_LE (bits);
    memcpy (&x[i], &bits, 8);
  }
  return at;
}
