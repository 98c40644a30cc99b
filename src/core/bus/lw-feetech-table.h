/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Control table of the STS and SMS series (Feetech, memory table; LeRobot's table where the vendor's is silent): where each item lies, how many bytes it has, what a unit is
 * worth. Below LW_FEETECH_EPROM_END lies what outlasts the power, when LW_FEETECH_LOCK is 0 while it is written. */
#define LW_FEETECH_TABLE_SIZE 87
#define LW_FEETECH_EPROM_END  40

#define LW_FEETECH_CENTRE        2048                        /* tick of zero angle */
#define LW_FEETECH_TICKS         4096                        /* a turn */
#define LW_FEETECH_RAD_PER_TICK  (2.0 * M_PI / LW_FEETECH_TICKS)
#define LW_FEETECH_COARSE_SPEED  50     /* step/s a unit of speed, where bit 2 of the phase is 0; else 1 */
#define LW_FEETECH_TOP_SPEED     3400   /* step/s: more than any of them turns */
#define LW_FEETECH_ACCEL_UNIT    100    /* step/s^2 a unit; 0 = as hard as it can, 254 at most */
#define LW_FEETECH_LOAD_UNIT     1e-3   /* of full output, a unit */
#define LW_FEETECH_CURRENT_UNIT  6.5e-3 /* A a unit */
#define LW_FEETECH_VOLT_UNIT     0.1    /* V a unit */
#define LW_FEETECH_DELAY_UNIT_US 2      /* us a unit of the return delay */

/* Sign bits of the fields that are sign and magnitude. */
#define LW_FEETECH_POSITION_SIGN 15 /* goal and present position */
#define LW_FEETECH_SPEED_SIGN    15
#define LW_FEETECH_CURRENT_SIGN  15
#define LW_FEETECH_LOAD_SIGN     10
#define LW_FEETECH_OFFSET_SIGN   11
#define LW_FEETECH_MAX_OFFSET    2047 /* either way. Present = encoder - offset, mod 4096: the other way round than in a Dynamixel */

/* address, size */
#define LW_FEETECH_ITEMS(X)        \
  X (FIRMWARE_MAJOR,       0, 1)   \
  X (FIRMWARE_MINOR,       1, 1)   \
  X (BYTE_ORDER,           2, 1)   \
  X (MODEL,                3, 2)   \
  X (ID,                   5, 1)   \
  X (BAUD,                 6, 1)   \
  X (RETURN_DELAY,         7, 1)   \
  X (RESPONSE_LEVEL,       8, 1)   \
  X (MIN_POSITION,         9, 2)   \
  X (MAX_POSITION,        11, 2)   \
  X (MAX_TEMPERATURE,     13, 1)   \
  X (MAX_VOLTAGE,         14, 1)   \
  X (MIN_VOLTAGE,         15, 1)   \
  X (MAX_TORQUE,          16, 2)   \
  X (PHASE,               18, 1)   \
  X (UNLOAD_CONDITION,    19, 1)   \
  X (LED_CONDITION,       20, 1)   \
  X (POSITION_P_GAIN,     21, 1)   \
  X (POSITION_D_GAIN,     22, 1)   \
  X (POSITION_I_GAIN,     23, 1)   \
  X (MIN_START_FORCE,     24, 1)   \
  X (INTEGRAL_LIMIT,      25, 1)   \
  X (DEAD_ZONE_CW,        26, 1)   \
  X (DEAD_ZONE_CCW,       27, 1)   \
  X (PROTECTION_CURRENT,  28, 2)   \
  X (ANGULAR_RESOLUTION,  30, 1)   \
  X (OFFSET,              31, 2)   \
  X (MODE,                33, 1)   \
  X (PROTECTIVE_TORQUE,   34, 1)   \
  X (PROTECTION_TIME,     35, 1)   \
  X (OVERLOAD_TORQUE,     36, 1)   \
  X (VELOCITY_P_GAIN,     37, 1)   \
  X (OVERCURRENT_TIME,    38, 1)   \
  X (VELOCITY_I_GAIN,     39, 1)   \
  X (TORQUE_ENABLE,       40, 1)   \
  X (ACCELERATION,        41, 1)   \
  X (GOAL_POSITION,       42, 2)   \
  X (GOAL_TIME,           44, 2)   \
  X (GOAL_SPEED,          46, 2)   \
  X (TORQUE_LIMIT,        48, 2)   \
  X (LOCK,                55, 1)   \
  X (PRESENT_POSITION,    56, 2)   \
  X (PRESENT_SPEED,       58, 2)   \
  X (PRESENT_LOAD,        60, 2)   \
  X (PRESENT_VOLTAGE,     62, 1)   \
  X (PRESENT_TEMPERATURE, 63, 1)   \
  X (ASYNC_FLAG,          64, 1)   \
  X (STATUS,              65, 1)   \
  X (MOVING,              66, 1)   \
  X (GOAL_READBACK,       67, 2)   \
  X (PRESENT_CURRENT,     69, 2)   \
  X (MOVING_THRESHOLD,    80, 1)   \
  X (TIME_STEP,           81, 1)   \
  X (SPEED_UNIT,          82, 1)   \
  X (MAX_SPEED,           84, 1)   \
  X (MAX_ACCELERATION,    85, 1)   \
  X (ACCELERATION_UNIT,   86, 1)

enum {
#define X(name, address, size) LW_FEETECH_##name = address, LW_FEETECH_##name##_SIZE = size,
  LW_FEETECH_ITEMS (X)
#undef X
};

typedef enum {
  LW_FEETECH_MODE_POSITION = 0,
  LW_FEETECH_MODE_SPEED    = 1,
  LW_FEETECH_MODE_PWM      = 2,
  LW_FEETECH_MODE_STEP     = 3, /* a goal is a way to go, not a place */
} LwFeetechMode;

/* Values of LW_FEETECH_TORQUE_ENABLE. */
typedef enum {
  LW_FEETECH_TORQUE_OFF    = 0,
  LW_FEETECH_TORQUE_ON     = 1,
  LW_FEETECH_TORQUE_DAMP   = 2,
  LW_FEETECH_TORQUE_CENTRE = 128, /* no torque at all: here is 2048 from now on */
} LwFeetechTorque;

/* Bits of LW_FEETECH_PHASE; 12 from the factory. */
typedef enum {
  LW_FEETECH_PHASE_DRIVER     = 1 << 0, /* the motor turns the other way */
  LW_FEETECH_PHASE_FINE_SPEED = 1 << 2, /* a unit of speed is 1 step/s, not 50 */
  LW_FEETECH_PHASE_ZERO_FAST  = 1 << 3, /* goal speed 0 = as fast as it can, else standing still */
  LW_FEETECH_PHASE_MANY_TURNS = 1 << 4, /* the position counts beyond one turn */
  LW_FEETECH_PHASE_FEEDBACK   = 1 << 7, /* the position counts the other way */
} LwFeetechPhase;

/* Bits of LW_FEETECH_STATUS and of every reply's status byte: what ails the servo, not what was wrong with the request; the rest of the reply is good. */
typedef enum {
  LW_FEETECH_STATUS_VOLTAGE  = 1 << 0,
  LW_FEETECH_STATUS_ENCODER  = 1 << 1,
  LW_FEETECH_STATUS_HEAT     = 1 << 2,
  LW_FEETECH_STATUS_CURRENT  = 1 << 3,
  LW_FEETECH_STATUS_OVERLOAD = 1 << 5,
} LwFeetechStatus;

/* What the driver itself refuses, as LwServoBus.device_error: above the status bits. */
typedef enum {
  LW_FEETECH_REFUSED_NUMBER = 0x80, /* a goal that is not finite */
  LW_FEETECH_REFUSED_MODE,          /* a servo is not in position mode */
  LW_FEETECH_REFUSED_SERIES,        /* big endian: another series */
  LW_FEETECH_REFUSED_TORQUE,        /* writing what is kept, with torque on */
  LW_FEETECH_REFUSED_RANGE,         /* an offset or limits that cannot be stored */
  LW_FEETECH_REFUSED_VALUE,         /* the servo kept another value */
} LwFeetechRefusal;

/* A short English phrase for a refusal or for status bits, the gravest of them ("the servo is too hot"). Static, any thread. */
const char *lw_feetech_error_text (uint8_t device_error);

#define LW_FEETECH_MODEL_STS3215  777
#define LW_FEETECH_MODEL_STS3250  2825
#define LW_FEETECH_MODEL_SM8512BL 11272
#define LW_FEETECH_MODEL_SCS0009  1284 /* of another series: words are big endian, other registers */

/* What differs between models. */
typedef struct {
  uint16_t    number;
  const char *name;
  double      stall_torque; /* N m at @volt; 0 = not of this series */
  double      volt;
} LwFeetechModel;

/* NULL for a model number not known here. Any thread. */
const LwFeetechModel *lw_feetech_model (uint16_t number);

/* Speeds by their code in LW_FEETECH_BAUD, as the vendor lists them. */
#define LW_FEETECH_N_BAUDS 8
extern const unsigned lw_feetech_bauds[LW_FEETECH_N_BAUDS];

/* The offset in ticks, in the classic form (bit 11 the sign) and in the newest (bit 12 adds 2048). */
int32_t lw_feetech_offset (uint16_t word);
