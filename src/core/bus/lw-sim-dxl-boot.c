/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-dxl-private.h"

#define BOOT_TIME_NS       500000000
#define FACTORY_BAUD       1   /* code: 57600 */
#define FACTORY_DELAY      250 /* 500 us */
#define NO_RESET_OF_ALL    42  /* firmware from which on nobody makes the whole bus forget its ids */

static const LwSimDeviceClass dxl_class;

/* RAM that a servo can find as it was, after switching on. */
static const struct {
  uint16_t address, size;
} kept_ram[] = { { LW_DXL_VELOCITY_I_GAIN, 16 }, { LW_DXL_PROFILE_ACCEL, 8 } };

void
lw_sim_dxl_reset_gains (LwSimDxl *self)
{
  const LwSimDxlModel *model = self->model;

  PUT (self, VELOCITY_I_GAIN, model->velocity_i);
  PUT (self, VELOCITY_P_GAIN, model->velocity_p);
  PUT (self, POSITION_D_GAIN, model->position_d);
  PUT (self, POSITION_I_GAIN, model->position_i);
  PUT (self, POSITION_P_GAIN, model->position_p);
  PUT (self, FEEDFORWARD_1, 0);
  PUT (self, FEEDFORWARD_2, 0);
  PUT (self, PROFILE_VELOCITY, 0);
  PUT (self, PROFILE_ACCEL, 0);
  PUT (self, GOAL_PWM, GET (self, PWM_LIMIT));
  PUT (self, GOAL_CURRENT, GET (self, CURRENT_LIMIT));
  PUT (self, GOAL_VELOCITY, 0);
}

/* Every indirect byte stands for itself at first. */
static void
reset_indirect (LwSimDxl *self)
{
  size_t n;
  const LwSimDxlIndirect *runs = lw_sim_dxl_indirect (self->model, GET (self, FIRMWARE), &n);

  for (size_t i = 0; i < n; i++)
    for (uint16_t k = 0; k < runs[i].n; k++)
      lw_dynamixel_put (self->table + runs[i].address + 2 * k, 2, runs[i].data + k);
}

static void
restore_ram (LwSimDxl *self)
{
  size_t n;
  const LwSimDxlIndirect *runs = lw_sim_dxl_indirect (self->model, GET (self, FIRMWARE), &n);

  for (size_t i = 0; i < G_N_ELEMENTS (kept_ram); i++)
    memcpy (self->table + kept_ram[i].address, self->backup + kept_ram[i].address, kept_ram[i].size);
  for (size_t i = 0; i < n; i++)
    memcpy (self->table + runs[i].address, self->backup + runs[i].address, 2u * runs[i].n);
}

static bool
has_backup (const LwSimDxl *self)
{
  return self->backup[LW_DXL_MODEL_NUMBER] != 0;
}

/* Switched on: what is not EEPROM begins anew. */
static void
start (LwSimDxl *self)
{
  int startup = self->table[LW_DXL_STARTUP];

  memset (self->table + LW_DXL_EEPROM_END, 0, self->size - LW_DXL_EEPROM_END);
  PUT (self, STATUS_RETURN, 2);
  lw_sim_dxl_reset_gains (self);
  reset_indirect (self);
  PUT (self, BACKUP_READY, has_backup (self));
  if ((startup & LW_SIM_DXL_START_RESTORED) != 0 && has_backup (self))
    restore_ram (self);
  self->turns = 0;
  lw_sim_dxl_wrap (self);
  lw_sim_dxl_stay (self);
  PUT (self, TORQUE_ENABLE, (startup & LW_SIM_DXL_START_POWERED) != 0);
  self->registered = false;
  self->shut_down = false;
  self->overloaded = 0;
  self->t_boot_ns = self->t_heard_ns = self->base.motor.t_ns;
}

uint8_t
lw_sim_dxl_reboot (LwSimDxl *self)
{
  start (self);
  self->t_awake_ns = self->base.motor.t_ns + BOOT_TIME_NS;
  return LW_DYNAMIXEL_ERROR_NONE;
}

/* The EEPROM as delivered. Limits grow with the joint: it has to be moved somehow. */
static void
write_factory_settings (LwSimDxl *self)
{
  const LwSimDxlModel *model = self->model;
  double needed = ceil (1.1 * self->base.motor.setup.v_max / LW_DXL_RAD_S_PER_LSB);
  uint8_t firmware = self->table[LW_DXL_FIRMWARE];

  memset (self->table, 0, LW_DXL_EEPROM_END);
  PUT (self, MODEL_NUMBER, model->number);
  PUT (self, FIRMWARE, firmware);
  PUT (self, ID, 1);
  PUT (self, BAUD_RATE, FACTORY_BAUD);
  PUT (self, RETURN_DELAY, FACTORY_DELAY);
  PUT (self, OPERATING_MODE, LW_DXL_MODE_POSITION);
  PUT (self, SECONDARY_ID, 255);
  PUT (self, PROTOCOL, 2);
  PUT (self, MOVING_THRESHOLD, 10);
  PUT (self, TEMPERATURE_LIMIT, self->traits->temperature_limit);
  PUT (self, MAX_VOLTAGE, model->max_voltage);
  PUT (self, MIN_VOLTAGE, model->min_voltage);
  PUT (self, PWM_LIMIT, LW_DXL_PWM_FULL);
  PUT (self, CURRENT_LIMIT, model->current_limit != 0 ? self->max_current : 0);
  PUT (self, VELOCITY_LIMIT, CLAMP (needed, model->velocity_limit, model->highest_velocity));
  PUT (self, MAX_POSITION, LW_DXL_TICKS - 1);
  PUT (self, MIN_POSITION, 0);
  PUT (self, PWM_SLOPE, model->pwm_slope);
  PUT (self, SHUTDOWN, model->shutdown);
}

/* The code of @baud, or of the next one above that the model has. */
static uint8_t
code_of_baud (const LwSimDxlModel *model, unsigned baud)
{
  uint8_t code = 0;

  while (code < model->max_baud && lw_dynamixel_bauds[code] < baud)
    code++;
  return code;
}

void
lw_sim_dxl_init (LwSimDxl *self, const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  uint16_t number = setup->model != 0 ? setup->model : LW_DXL_MODEL_XM430_W350;

  memset (self, 0, sizeof *self);
  self->base.klass = &dxl_class;
  self->model = lw_sim_dxl_model (number);
  self->traits = lw_dynamixel_model (number);
  lw_sim_motor_init (&self->base.motor, &setup->motor, angle, t_ns);
  PUT (self, FIRMWARE, setup->firmware != 0 ? setup->firmware : self->model->firmware);
  self->size = lw_sim_dxl_table_size (self->model, self->table[LW_DXL_FIRMWARE]);
  if (self->model->current_limit != 0)
    self->max_current = (uint16_t) CLAMP (ceil (setup->motor.tau_max / self->traits->load_unit), self->model->current_limit, 32767);
  self->baud = setup->baud;
  write_factory_settings (self);
  PUT (self, ID, setup->id);
  PUT (self, BAUD_RATE, code_of_baud (self->model, setup->baud));
  PUT (self, RETURN_DELAY, CLAMP (round (setup->return_delay * 1e6 / LW_DXL_DELAY_US), 0, 254));
  start (self);
}

LwSimDevice *
lw_sim_dxl_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  LwSimDxl *self;

  if (setup->model != 0 && (lw_sim_dxl_model (setup->model) == NULL || lw_dynamixel_model (setup->model) == NULL))
    return NULL;
  self = g_new (LwSimDxl, 1);
  lw_sim_dxl_init (self, setup, angle, t_ns);
  return &self->base;
}

uint8_t
lw_sim_dxl_reset (LwSimDxl *self, uint8_t option, bool to_all)
{
  uint8_t id = self->table[LW_DXL_ID], baud = self->table[LW_DXL_BAUD_RATE];

  if (option != LW_DYNAMIXEL_RESET_ALL && option != LW_DYNAMIXEL_RESET_BUT_ID && option != LW_DYNAMIXEL_RESET_BUT_ID_SPEED)
    return LW_DYNAMIXEL_ERROR_RANGE;
  if (option == LW_DYNAMIXEL_RESET_ALL && to_all && GET (self, FIRMWARE) >= NO_RESET_OF_ALL)
    return LW_DYNAMIXEL_ERROR_RESULT;
  write_factory_settings (self);
  if (option != LW_DYNAMIXEL_RESET_ALL)
    PUT (self, ID, id);
  if (option == LW_DYNAMIXEL_RESET_BUT_ID_SPEED)
    PUT (self, BAUD_RATE, baud);
  else
    self->baud = lw_dynamixel_bauds[FACTORY_BAUD];
  return lw_sim_dxl_reboot (self);
}

uint8_t
lw_sim_dxl_clear (LwSimDxl *self, const uint8_t *params, size_t n)
{
  static const uint8_t wanted[] = LW_DYNAMIXEL_CLEAR_TURNS;

  if (n < sizeof wanted)
    return LW_DYNAMIXEL_ERROR_LENGTH;
  if (memcmp (params, wanted, sizeof wanted) != 0)
    return LW_DYNAMIXEL_ERROR_RANGE;
  lw_sim_dxl_refresh (self);
  if (GET (self, MOVING) != 0)
    return LW_DYNAMIXEL_ERROR_RESULT;
  lw_sim_dxl_wrap (self);
  lw_sim_dxl_stay (self);
  return LW_DYNAMIXEL_ERROR_NONE;
}

uint8_t
lw_sim_dxl_back_up (LwSimDxl *self, const uint8_t *params, size_t n)
{
  static const uint8_t store[] = LW_DYNAMIXEL_BACKUP_STORE, restore[] = LW_DYNAMIXEL_BACKUP_RESTORE;

  if (GET (self, FIRMWARE) < self->traits->fast_firmware) /* it came with the same firmware */
    return LW_DYNAMIXEL_ERROR_INSTRUCTION;
  if (n < sizeof store)
    return LW_DYNAMIXEL_ERROR_LENGTH;
  if (lw_sim_dxl_powered (self))
    return LW_DYNAMIXEL_ERROR_RESULT;
  if (memcmp (params, store, sizeof store) == 0)
    {
      memcpy (self->backup, self->table, sizeof self->backup);
      PUT (self, BACKUP_READY, 1);
      return LW_DYNAMIXEL_ERROR_NONE;
    }
  if (memcmp (params, restore, sizeof restore) != 0)
    return LW_DYNAMIXEL_ERROR_RANGE;
  if (!has_backup (self))
    return LW_DYNAMIXEL_ERROR_RESULT;
  memcpy (self->table, self->backup, LW_DXL_EEPROM_END);
  self->baud = lw_dynamixel_bauds[self->table[LW_DXL_BAUD_RATE]];
  return lw_sim_dxl_reboot (self);
}

/* --- as a device -------------------------------------------------------------------------------------------------------------- */

static void
dxl_free (LwSimDevice *device)
{
  g_free (device);
}

static double
dxl_step (LwSimDevice *device, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  return lw_sim_dxl_step ((LwSimDxl *) device, angle, velocity, gravity, dt, t_ns);
}

static bool
dxl_powered (const LwSimDevice *device)
{
  return lw_sim_dxl_powered ((const LwSimDxl *) device);
}

static uint8_t
dxl_id (const LwSimDevice *device)
{
  return lw_sim_dxl_id ((const LwSimDxl *) device);
}

static unsigned
dxl_baud (const LwSimDevice *device)
{
  const LwSimDxl *self = (const LwSimDxl *) device;

  return device->motor.t_ns < self->t_awake_ns ? 0 : self->baud;
}

static int64_t
dxl_return_delay (const LwSimDevice *device)
{
  return ((const LwSimDxl *) device)->table[LW_DXL_RETURN_DELAY] * LW_DXL_DELAY_US * 1000;
}

static void
dxl_heard (LwSimDevice *device, int64_t t_ns)
{
  lw_sim_dxl_heard ((LwSimDxl *) device, t_ns);
}

static void
dxl_fail (LwSimDevice *device, uint8_t bits)
{
  lw_sim_dxl_fail ((LwSimDxl *) device, bits);
}

static void
dxl_skip (LwSimDevice *device, int64_t skipped_ns)
{
  LwSimDxl *self = (LwSimDxl *) device;

  self->t_heard_ns += skipped_ns;
  self->t_awake_ns += skipped_ns;
}

static const LwSimDeviceClass dxl_class = {
  .name = "Dynamixel X",
  .overload = LW_DXL_HARDWARE_OVERLOAD,
  .encoder = LW_DXL_HARDWARE_ENCODER,
  .shock = LW_DXL_HARDWARE_SHOCK,
  .free = dxl_free,
  .step = dxl_step,
  .powered = dxl_powered,
  .id = dxl_id,
  .baud = dxl_baud,
  .return_delay = dxl_return_delay,
  .heard = dxl_heard,
  .fail = dxl_fail,
  .skip = dxl_skip,
};
