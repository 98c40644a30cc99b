/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line that a digital scale sent, understood whatever the maker (hardware.md 7). Pure functions on bytes.
 *
 * None of these formats has a checksum. What is checked: the end of the line, the bytes' common parity (a 7-bit scale read with 8 bits), the words and their order, the
 * widths that A&D, MT-SICS and KERN EW fix, and that no flipped bit makes a line that is not stable read as stable. What no parser can see: a digit that became
 * another digit, and, in formats that begin with the number (Ohaus, Sartorius without label, KERN), a lost
 * beginning; Ohaus' mark of motion comes last and can be lost too. LwScale therefore takes a value as stable only when two lines in a row agree. */
typedef enum {
  LW_SCALE_AND,     /* A&D standard:      "ST,+00123.45  g" */
  LW_SCALE_SICS,    /* Mettler MT-SICS:   "S S     100.00 g"; also Ohaus and KERN (KCP) in that mode */
  LW_SCALE_OHAUS,   /* Ohaus native:      "    192.21 g    ", with "?" behind the unit while it moves */
  LW_SCALE_STGS,    /* CAS and the like:  "ST,GS,+  4.876kg" */
  LW_SCALE_KERN,    /* KERN FKB, PCB:     "    192.21 g", without unit while it moves */
  LW_SCALE_KERN_EW, /* KERN EW, EG:       "+0192.21 G S" */
  LW_SCALE_SBI,     /* Sartorius SBI:     "+   123.56 g  ", or behind a label "N     +  123.56 g  "; without unit while it moves */
  LW_SCALE_RADWAG,  /* Radwag:            "SI ? -    18.50  g" */
  LW_SCALE_ANY,     /* as a question: whichever it is */
} LwScaleFormat;
#define LW_SCALE_N_FORMATS LW_SCALE_ANY

typedef enum {
  LW_SCALE_VALUE,         /* grams and stable hold */
  LW_SCALE_OVERLOAD,      /* more than it can weigh */
  LW_SCALE_UNDERLOAD,     /* less: the pan is missing, or it was zeroed with a load */
  LW_SCALE_BUSY,          /* understood, but it cannot answer at the moment */
  LW_SCALE_ERROR_CODE,    /* an error message: see code */
  LW_SCALE_OTHER_UNIT,    /* pieces, per cent …: no mass */
  LW_SCALE_ANSWER,        /* the answer to a command other than "weigh": see command and code */
  LW_SCALE_NOT_A_READING, /* anything else, a line without its end included */
} LwScaleStatus;

typedef enum { LW_SCALE_NET_UNKNOWN, LW_SCALE_GROSS, LW_SCALE_NET } LwScaleNet;

typedef struct {
  LwScaleStatus status;
  LwScaleFormat format;
  double        grams;      /* NaN without a value */
  double        step;       /* g: one of the last digit shown; NaN without a value */
  bool          stable;     /* the scale says so */
  LwScaleNet    net;
  char          unit[8];    /* as it was sent: "kg"; "" when it sent none */
  char          command[4]; /* of LW_SCALE_ANSWER: "T", "Z", "I4" … */
  char          code[12];   /* of LW_SCALE_ERROR_CODE: "ES", "EC,E01" …; of LW_SCALE_ANSWER its letter: "A", "S", "I", "+" … */
} LwScaleReading;

#define LW_SCALE_MAX_LINE 64

/* One line of @n bytes with its end (CR, LF or both; what comes behind the first end is not looked at). @format narrows what is taken; LW_SCALE_ANY takes all
 * and says which it was. A line without unit (moving, in some formats) counts in grams. Always fills @out; returns its status. Any locale, any thread. */
LwScaleStatus lw_scale_reading_parse (const uint8_t *line, size_t n, LwScaleFormat format, LwScaleReading *out);

/* "a&d", "mt-sics", "ohaus", "st-gs", "kern", "kern-ew", "sbi", "radwag". NULL for LW_SCALE_ANY. */
const char   *lw_scale_format_name      (LwScaleFormat format);
/* The way back; false leaves @out as it was. */
bool          lw_scale_format_from_name (const char *name, LwScaleFormat *out);
/* For people: "A&D". */
const char   *lw_scale_format_title     (LwScaleFormat format);
/* For people, within a sentence: "more than it can weigh". */
const char   *lw_scale_status_text      (LwScaleStatus status);
