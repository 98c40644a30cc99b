/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* "FF FF 01" as bytes, as manuals print them; returns how many. */
static inline size_t
from_hex (const char *text, uint8_t *out)
{
  size_t n = 0;

  for (; *text != '\0'; text++)
    if (*text != ' ')
      {
        out[n++] = (uint8_t) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
        text++;
      }
  return n;
}
