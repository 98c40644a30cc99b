/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-profile.h"
#include "lw-servo-scan.h"
#include "lw-watch.h"

/* The failures people have with arms: recognised from what the lower layers say, and put in words of one shape. Pure; any
 * thread; nothing here touches a line. */
typedef enum {
  LW_TROUBLE_NO_PERMISSION,
  LW_TROUBLE_PORT_BUSY,
  LW_TROUBLE_NO_PORT,
  LW_TROUBLE_PORT_SPEED,          /* the adapter cannot do the speed */
  LW_TROUBLE_NOTHING_ANSWERS,
  LW_TROUBLE_WRONG_SPEED,         /* servos answer at another one */
  LW_TROUBLE_MISSING_ID,
  LW_TROUBLE_DOUBLED_ID,
  LW_TROUBLE_WRONG_MODEL,
  LW_TROUBLE_TIME_OUTS,
  LW_TROUBLE_ADAPTER_LATENCY,
  LW_TROUBLE_RETURN_DELAY,
  LW_TROUBLE_VOLTAGE,
  LW_TROUBLE_OVERLOAD,
  LW_TROUBLE_OVERHEATING,
  LW_TROUBLE_HARDWARE,            /* any other error a servo reports of itself */
  LW_TROUBLE_OFFSET_TOO_LARGE,
  LW_TROUBLE_CALIBRATION_DIFFERS,
  LW_TROUBLE_CABLE_PULLED,
  LW_TROUBLE_OTHER,
} LwTroubleKind;

#define LW_N_TROUBLE_KINDS 20

/* What is known of it. Names are borrowed: they must live until lw_trouble_new(). */
typedef struct {
  LwTroubleKind       kind;
  const char         *port;       /* (nullable) NULL = the simulated arm */
  const LwArmProfile *profile;    /* (nullable) gives the joints their names */
  size_t              n_ids;      /* the servos concerned */
  uint8_t             ids[LW_MAX_JOINTS];
  unsigned            baud;       /* as it was asked for */
  unsigned            other_baud; /* WRONG_SPEED: where they answer */
  double              value;      /* TIME_OUTS: fraction unanswered; ADAPTER_LATENCY, RETURN_DELAY: s; VOLTAGE: V; OVERHEATING: degrees C; OVERLOAD: fraction; offsets,
                                   * differences: rad; WRONG_MODEL: model number. NaN: not known */
  double              limit;      /* what it should be at most (VOLTAGE: or at least); WRONG_MODEL: what was expected. NaN: not known */
  double              rate_hz;    /* ADAPTER_LATENCY, RETURN_DELAY: readings a second that are possible; NaN: not known */
  char                technical[256];
} LwTroubleFacts;

/* In whole sentences, translated. */
typedef struct {
  LwTroubleKind kind;
  char         *what;    /* what happened, naming the thing */
  char         *works;   /* what still works */
  char         *action;  /* the one thing to do */
  char         *command; /* (nullable) for a terminal, to be copied */
  char         *details; /* the technical text, with more to try */
} LwTrouble;

/* "no-permission": in JSON and in tests. Static. */
const char *lw_trouble_kind_name  (LwTroubleKind kind);
void        lw_trouble_facts_init (LwTroubleFacts *self, LwTroubleKind kind);
LwTrouble  *lw_trouble_new        (const LwTroubleFacts *facts);
void        lw_trouble_free       (LwTrouble *self); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrouble, lw_trouble_free)
/* "What. Works. Action", the command on a line of its own: for a terminal. (transfer full) */
char       *lw_trouble_to_text    (const LwTrouble *self);

/* ---- recognising; @port and @profile nullable as above ----
 * Those with a GArray append (element-type LwTroubleFacts), the worst first, and return how many; the others fill @out when they return TRUE. */

/* Errors of LW_BUS_ERROR, LW_ARM_ERROR and LW_PROFILE_ERROR as lw_device_connect() gives them; always recognised, as LW_TROUBLE_OTHER if need be. */
void     lw_trouble_from_error       (const GError *error, const char *port, unsigned baud, const LwArmProfile *profile, LwTroubleFacts *out);
/* A finished scan (element-type LwFoundServo) against the arm that was expected at @baud. Without a profile: only what is wrong with any arm. */
size_t   lw_trouble_from_scan        (const GArray *found, const char *port, unsigned baud, const LwArmProfile *profile, GArray *out);
/* What the servos say of themselves (@n of them) when they are identified: model, voltage, heat, errors. */
size_t   lw_trouble_from_identities  (const LwServoIdentity *identities, size_t n, LwProtocol protocol, const char *port, const LwArmProfile *profile, GArray *out);
/* What they keep: return delay, offset, and (@expected nullable, with NaN where it is not known) what the calibration says they keep. All (n). */
size_t   lw_trouble_from_stored      (const LwServoStored *held, const LwServoStored *expected, const uint8_t *ids, size_t n, LwProtocol protocol, const char *port,
                                      const LwArmProfile *profile, GArray *out);
/* Servos that leave more than 1 % of at least 200 questions unanswered. */
gboolean lw_trouble_from_counters    (const LwBusCounters *counters, const uint8_t *ids, size_t n, const char *port, const LwArmProfile *profile, LwTroubleFacts *out);
/* An adapter that holds answers back (product.md 23): the median of whole readings is more than 8 ms longer than the bytes of @n
 * servos at @baud (0: no bytes to wait for) and their @return_delay take. */
gboolean lw_trouble_from_round_trips (const LwRoundTrips *trips, size_t n, unsigned baud, double return_delay, const char *port, LwTroubleFacts *out);
/* The same from the time of a short question (s) and the rate it allows, as the arm thread measures them. */
gboolean lw_trouble_from_latency     (double latency, double achievable_hz, const char *port, LwTroubleFacts *out);
/* An alarm that began; FALSE for one that is over. @joint of the alarm counts in the profile's order. */
gboolean lw_trouble_from_alarm       (const LwAlarm *alarm, LwProtocol protocol, const char *port, const LwArmProfile *profile, LwTroubleFacts *out);
/* Why the arm is at fault; FALSE for reasons that are no trouble of the hardware. */
gboolean lw_trouble_from_reason      (LwReason reason, const char *port, const LwArmProfile *profile, LwTroubleFacts *out);
