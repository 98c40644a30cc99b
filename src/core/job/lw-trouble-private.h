/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-trouble.h"

/* "/dev/ttyUSB0", or what the simulated arm is called. */
const char *lw_trouble_port_of   (const LwTroubleFacts *facts);
/* "Servo 3 (elbow_flex)", "Servos 3, 4". (transfer full) */
char       *lw_trouble_servos_of (const LwTroubleFacts *facts);
/* For ngettext(). */
gulong      lw_trouble_number_of (const LwTroubleFacts *facts);

/* What there is to say of one kind: fills the texts of @out. */
typedef void LwTroubleSay (const LwTroubleFacts *facts, LwTrouble *out);

LwTroubleSay lw_trouble_say_no_permission, lw_trouble_say_port_busy, lw_trouble_say_no_port, lw_trouble_say_port_speed,
  lw_trouble_say_nothing_answers, lw_trouble_say_cable_pulled, lw_trouble_say_wrong_speed, lw_trouble_say_missing_id,
  lw_trouble_say_doubled_id, lw_trouble_say_wrong_model, lw_trouble_say_time_outs, lw_trouble_say_adapter_latency,
  lw_trouble_say_return_delay;
LwTroubleSay lw_trouble_say_voltage, lw_trouble_say_overload, lw_trouble_say_overheating, lw_trouble_say_hardware,
  lw_trouble_say_offset_too_large, lw_trouble_say_calibration_differs;

/* ---- recognising ---- */

void   lw_trouble_begin           (LwTroubleFacts *out, LwTroubleKind kind, const char *port, const LwArmProfile *profile);
void   lw_trouble_add_id          (LwTroubleFacts *facts, uint8_t id);
/* What a reading of @n servos takes at best, s; @baud 0: no bytes to wait for. */
double lw_trouble_reading_seconds (size_t n, unsigned baud, double return_delay);
