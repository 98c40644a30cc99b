/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>
#include <stdint.h>

/* Control table of the X series (ROBOTIS e-manual): where each item lies, how many bytes it has, and what a unit is worth.
 * Below LW_DXL_EEPROM_END lies the EEPROM, writable only with torque off. */
#define LW_DXL_TABLE_SIZE 148
#define LW_DXL_EEPROM_END 64

#define LW_DXL_CENTRE        2048                       /* tick of zero angle */
#define LW_DXL_TICKS         4096                       /* a turn */
#define LW_DXL_RAD_PER_TICK  (2.0 * M_PI / LW_DXL_TICKS)
#define LW_DXL_RAD_S_PER_LSB (0.229 * 2.0 * M_PI / 60.0) /* velocity: 0.229 rpm */
#define LW_DXL_MAX_EXTENDED  1048575                    /* ticks, extended position mode */
#define LW_DXL_PWM_FULL      885
#define LW_DXL_WATCHDOG_MS   20                         /* a unit of the bus watchdog */
#define LW_DXL_DELAY_US      2                          /* a unit of the return delay */
#define LW_DXL_MAX_OFFSET    1044479                    /* ticks of the homing offset ... */
#define LW_DXL_MAX_ONE_TURN_OFFSET 1024                 /* ... of which position mode heeds so many */

/* address, size */
#define LW_DXL_ITEMS(X)           \
  X (MODEL_NUMBER,        0, 2)   \
  X (MODEL_INFORMATION,   2, 4)   \
  X (FIRMWARE,            6, 1)   \
  X (ID,                  7, 1)   \
  X (BAUD_RATE,           8, 1)   \
  X (RETURN_DELAY,        9, 1)   \
  X (DRIVE_MODE,         10, 1)   \
  X (OPERATING_MODE,     11, 1)   \
  X (SECONDARY_ID,       12, 1)   \
  X (PROTOCOL,           13, 1)   \
  X (HOMING_OFFSET,      20, 4)   \
  X (MOVING_THRESHOLD,   24, 4)   \
  X (TEMPERATURE_LIMIT,  31, 1)   \
  X (MAX_VOLTAGE,        32, 2)   \
  X (MIN_VOLTAGE,        34, 2)   \
  X (PWM_LIMIT,          36, 2)   \
  X (CURRENT_LIMIT,      38, 2)   \
  X (VELOCITY_LIMIT,     44, 4)   \
  X (MAX_POSITION,       48, 4)   \
  X (MIN_POSITION,       52, 4)   \
  X (SHUTDOWN,           63, 1)   \
  X (TORQUE_ENABLE,      64, 1)   \
  X (LED,                65, 1)   \
  X (STATUS_RETURN,      68, 1)   \
  X (REGISTERED,         69, 1)   \
  X (HARDWARE_ERROR,     70, 1)   \
  X (VELOCITY_I_GAIN,    76, 2)   \
  X (VELOCITY_P_GAIN,    78, 2)   \
  X (POSITION_D_GAIN,    80, 2)   \
  X (POSITION_I_GAIN,    82, 2)   \
  X (POSITION_P_GAIN,    84, 2)   \
  X (FEEDFORWARD_2,      88, 2)   \
  X (FEEDFORWARD_1,      90, 2)   \
  X (BUS_WATCHDOG,       98, 1)   \
  X (GOAL_PWM,          100, 2)   \
  X (GOAL_CURRENT,      102, 2)   \
  X (GOAL_VELOCITY,     104, 4)   \
  X (PROFILE_ACCEL,     108, 4)   \
  X (PROFILE_VELOCITY,  112, 4)   \
  X (GOAL_POSITION,     116, 4)   \
  X (REALTIME_TICK,     120, 2)   \
  X (MOVING,            122, 1)   \
  X (MOVING_STATUS,     123, 1)   \
  X (PRESENT_PWM,       124, 2)   \
  X (PRESENT_CURRENT,   126, 2)   \
  X (PRESENT_VELOCITY,  128, 4)   \
  X (PRESENT_POSITION,  132, 4)   \
  X (VELOCITY_TRAJ,     136, 4)   \
  X (POSITION_TRAJ,     140, 4)   \
  X (PRESENT_VOLTAGE,   144, 2)   \
  X (PRESENT_TEMPERATURE, 146, 1) \
  X (BACKUP_READY,      147, 1)

enum {
#define X(name, address, size) LW_DXL_##name = address, LW_DXL_##name##_SIZE = size,
  LW_DXL_ITEMS (X)
#undef X
};

typedef enum {
  LW_DXL_MODE_CURRENT          = 0,
  LW_DXL_MODE_VELOCITY         = 1,
  LW_DXL_MODE_POSITION         = 3, /* one turn */
  LW_DXL_MODE_EXTENDED         = 4, /* many turns */
  LW_DXL_MODE_CURRENT_POSITION = 5,
  LW_DXL_MODE_PWM              = 16,
} LwDynamixelMode;

/* Bits of LW_DXL_HARDWARE_ERROR and LW_DXL_SHUTDOWN. */
typedef enum {
  LW_DXL_HARDWARE_VOLTAGE  = 1 << 0,
  LW_DXL_HARDWARE_HEAT     = 1 << 2,
  LW_DXL_HARDWARE_ENCODER  = 1 << 3,
  LW_DXL_HARDWARE_SHOCK    = 1 << 4,
  LW_DXL_HARDWARE_OVERLOAD = 1 << 5,
} LwDynamixelHardwareError;

#define LW_DXL_MODEL_XM430_W350 1020
#define LW_DXL_XM430_W350_NM_PER_LSB (2.69e-3 * 4.1 / 2.3) /* 2.69 mA; stall 4.1 N m at 2.3 A */

#define LW_DXL_WATCHDOG_FIRMWARE 38 /* the bus watchdog exists from here on */

/* What differs between models (ROBOTIS e-manual, "Specifications" and "Control Table"). */
typedef struct {
  uint16_t    number;
  const char *name;
  double      gear;
  double      load_unit;       /* one unit of PRESENT_CURRENT: N m, or fraction of full output */
  uint8_t     load_is_torque;  /* it has a current sensor, and thereby current control: GOAL_CURRENT, CURRENT_LIMIT, modes 0 and 5 */
  uint8_t     temperature_limit; /* degrees C, as delivered */
  double      supply_min, supply_max; /* V it is made for */
  uint8_t     fast_firmware;   /* fast reads exist from here on */
  uint8_t     deaf_watchdog;   /* firmware whose watchdog reports to have stopped the motor and has not; 0 = none */
} LwDynamixelModel;

/* NULL for a model number not known here. Any thread. */
const LwDynamixelModel *lw_dynamixel_model (uint16_t number);

/* Speeds by their code in BAUD_RATE; X330 servos do not know the last. */
#define LW_DXL_N_BAUDS 8
extern const unsigned lw_dynamixel_bauds[LW_DXL_N_BAUDS];
