/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-feetech-line.h"

/* Questions that are repeated until they are answered or time is up, and values that are written until they are there. Owner thread; no allocation. */
typedef struct {
  uint8_t address;
  uint8_t least, most; /* bytes: all that is wanted, and how many may be asked for so that no late answer has the same length */
} LwFeetechQuestion;

/* The shortest safe length for as many of @servos as possible; 0 when it is safe for none. Who owes too much is left out: he is missing anyway, and costs the others nothing. */
uint8_t     lw_feetech_choose_length (const LwFeetechLine *line, const uint8_t *servos, size_t n, const LwFeetechQuestion *question);
/* Asks @servos (indices, @n of them) together, then whoever is missing alone, the first of them (the suspect) last, as long as there is time. LW_BUS_OK when the line worked: see
 * the answers for who answered. */
LwBusStatus lw_feetech_ask     (LwFeetechLine *line, const uint8_t *servos, size_t n, const LwFeetechQuestion *question, int64_t deadline_ns);
/* What the answers of @servos amount to: LW_BUS_OK when all answered, else LW_BUS_TIMEOUT or LW_BUS_CORRUPT. */
LwBusStatus lw_feetech_judge   (const LwFeetechLine *line, const uint8_t *servos, size_t n);
/* Both for one servo, from the beginning. */
LwBusStatus lw_feetech_ask_one (LwFeetechLine *line, uint8_t servo, const LwFeetechQuestion *question, int64_t deadline_ns);

/* What @servo answered about the register at @address; only where its answer reaches that far. */
static inline const uint8_t *
lw_feetech_answer_at (const LwFeetechLine *line, size_t servo, uint8_t address)
{
  return line->answers[servo].data + (address - line->answers[servo].address);
}

/* Writes @n bytes at @address of @servo and reads them back, again if need be. LW_BUS_DEVICE when the servo answers with others. */
LwBusStatus lw_feetech_put     (LwFeetechLine *line, uint8_t servo, uint8_t address, const uint8_t *bytes, size_t n, int64_t deadline_ns);
/* Opens and closes what outlasts the power. Opening: with torque off only, else LW_BUS_DEVICE and nothing is written. */
LwBusStatus lw_feetech_unlock  (LwFeetechLine *line, uint8_t servo, int64_t deadline_ns);
LwBusStatus lw_feetech_lock    (LwFeetechLine *line, uint8_t servo, int64_t deadline_ns);
