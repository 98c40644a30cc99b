/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-scale-number.h"
#include "lw-scale-reading.h"

/* For lw-scale-reading.c: @text, printable and without the line's end, as a line of @format or of any. False leaves @out as it was, which is as
 * lw_scale_reading_parse() begins. */
bool lw_scale_layout_parse (LwScaleCursor text, LwScaleFormat format, LwScaleReading *out);
