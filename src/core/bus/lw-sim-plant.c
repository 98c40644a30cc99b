/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-plant.h"

#include <string.h>

#include "lw-sim-tuning.h"

#define STEP (LW_SIM_STEP_NS * 1e-9)

enum { HAND_BODY, HAND_POINT, HAND_TARGET = HAND_POINT + 3, HAND_WORDS = HAND_TARGET + 3 };

static uint64_t
word_of (double value)
{
  uint64_t word;

  memcpy (&word, &value, sizeof word);
  return word;
}

static double
value_of (uint64_t word)
{
  double value;

  memcpy (&value, &word, sizeof value);
  return value;
}

static void
publish_truth (LwSimPlant *self)
{
  double q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS];
  uint64_t words[2 * LW_MAX_JOINTS];

  lw_dynamics_get (self->dynamics, q, dq);
  for (size_t i = 0; i < self->n_devices; i++)
    {
      words[i] = word_of (q[i]);
      words[self->n_devices + i] = word_of (dq[i]);
    }
  lw_mailbox_put (&self->truth, words, (unsigned) (2 * self->n_devices));
}

static bool
place_devices (LwSimPlant *self, const LwSimPlantSetup *setup, const LwSimTuning *tuning, const double *q)
{
  const LwJointInfo *joints = lw_arm_model_joints (self->model);

  for (size_t i = 0; i < self->n_devices; i++)
    {
      LwSimDeviceSetup device = {
        .motor = {
          .tau_max = joints[i].tau_max,
          .v_max = joints[i].v_max,
          .stiffness = tuning->stiffness[i],
          .damping = tuning->damping[i],
          .loss = tuning->loss[i],
        },
        .id = setup->ids[i],
        .model = setup->models != NULL ? setup->models[i] : 0,
        .firmware = setup->firmware,
        .baud = setup->baud,
        .return_delay = setup->return_delay,
        .seed = setup->seed,
      };

      self->middle[i] = 0.5 * (joints[i].lower + joints[i].upper);
      self->devices[i] = setup->device (&device, q[i] - self->middle[i], 0);
      if (self->devices[i] == NULL)
        return false;
    }
  return true;
}

bool
lw_sim_plant_init (LwSimPlant *self, const LwSimPlantSetup *setup)
{
  const LwJointInfo *joints = lw_arm_model_joints (setup->model);
  LwSimTuning tuning;
  double home[LW_MAX_JOINTS];
  const double *q0;

  memset (self, 0, sizeof *self);
  lw_mailbox_init (&self->hand);
  lw_mailbox_init (&self->truth);
  self->model = lw_arm_model_ref (setup->model);
  self->n_devices = lw_arm_model_n_joints (setup->model);
  self->balanced = setup->balanced;
  for (size_t i = 0; i < self->n_devices; i++)
    home[i] = joints[i].home;
  q0 = setup->q0 != NULL ? setup->q0 : home;
  self->dynamics = lw_dynamics_new (setup->model, STEP);
  self->kinematics = lw_kinematics_new (setup->model);
  if (self->dynamics == NULL || self->kinematics == NULL || lw_sim_tune (setup->model, home, STEP, &tuning) != LW_OK
      || !place_devices (self, setup, &tuning, q0))
    {
      lw_sim_plant_clear (self);
      return false;
    }
  self->hand_stiffness = tuning.hand_stiffness;
  self->hand_damping = tuning.hand_damping;
  lw_dynamics_set (self->dynamics, q0, NULL);
  publish_truth (self);
  return true;
}

void
lw_sim_plant_clear (LwSimPlant *self)
{
  for (size_t i = 0; i < self->n_devices && self->devices[i] != NULL; i++)
    {
      self->devices[i]->klass->free (self->devices[i]);
      self->devices[i] = NULL;
    }
  lw_dynamics_free (self->dynamics);
  lw_kinematics_free (self->kinematics);
  lw_arm_model_unref (self->model);
  self->dynamics = NULL;
  self->kinematics = NULL;
  self->model = NULL;
}

void
lw_sim_plant_skip_to (LwSimPlant *self, int64_t t_ns)
{
  int64_t skipped = t_ns - self->t_ns;

  self->t_ns = t_ns;
  for (size_t i = 0; i < self->n_devices; i++)
    {
      LwSimDevice *device = self->devices[i];

      device->motor.t_ns += skipped;
      device->motor.t_goal_ns += skipped;
      if (device->klass->skip != NULL)
        device->klass->skip (device, skipped);
    }
}

static void
follow_hand (LwSimPlant *self)
{
  uint64_t words[HAND_WORDS];
  double point[3], target[3];

  if (!lw_mailbox_take (&self->hand, words, HAND_WORDS, &self->hand_seen))
    return;
  for (int i = 0; i < 3; i++)
    {
      point[i] = value_of (words[HAND_POINT + i]);
      target[i] = value_of (words[HAND_TARGET + i]);
    }
  lw_dynamics_hand (self->dynamics, (int) (int64_t) words[HAND_BODY], point, target, self->hand_stiffness, self->hand_damping);
}

/* A state MuJoCo cannot continue from: the arm stands where it last was, its devices in shutdown. */
static void
recover (LwSimPlant *self, const double *q)
{
  lw_dynamics_hand (self->dynamics, -1, NULL, NULL, 0, 0);
  lw_dynamics_set (self->dynamics, q, NULL);
  for (size_t i = 0; i < self->n_devices; i++)
    self->devices[i]->klass->fail (self->devices[i], self->devices[i]->klass->shock);
}

static void
step (LwSimPlant *self)
{
  double q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], gravity[LW_MAX_JOINTS], tau[LW_MAX_JOINTS];

  lw_dynamics_get (self->dynamics, q, dq);
  lw_kinematics_set (self->kinematics, q);
  lw_kinematics_gravity (self->kinematics, gravity);
  for (size_t i = 0; i < self->n_devices; i++)
    {
      LwSimDevice *device = self->devices[i];

      tau[i] = device->klass->step (device, q[i] - self->middle[i], dq[i], gravity[i], STEP, self->t_ns);
      lw_dynamics_balance (self->dynamics, i, self->balanced && !device->klass->powered (device));
    }
  lw_dynamics_torque (self->dynamics, tau);
  self->t_ns += LW_SIM_STEP_NS;
  if (lw_dynamics_step (self->dynamics) != LW_OK)
    recover (self, q);
}

void
lw_sim_plant_run (LwSimPlant *self, int64_t t_ns)
{
  if (self->t_ns + LW_SIM_STEP_NS > t_ns)
    return;
  follow_hand (self);
  while (self->t_ns + LW_SIM_STEP_NS <= t_ns)
    step (self);
  publish_truth (self);
}

void
lw_sim_plant_block (LwSimPlant *self, size_t joint, bool on)
{
  uint32_t bit = UINT32_C (1) << joint;

  if (on == ((self->blocked & bit) != 0))
    return;
  self->blocked ^= bit;
  lw_dynamics_block (self->dynamics, joint, on);
}

void
lw_sim_plant_hand (LwSimPlant *self, int body, const double point[3], const double target[3])
{
  uint64_t words[HAND_WORDS] = { 0 };

  words[HAND_BODY] = (uint64_t) (int64_t) body;
  for (int i = 0; i < 3 && body >= 0; i++)
    {
      words[HAND_POINT + i] = word_of (point[i]);
      words[HAND_TARGET + i] = word_of (target[i]);
    }
  lw_mailbox_put (&self->hand, words, HAND_WORDS);
}

void
lw_sim_plant_truth (LwSimPlant *self, double *q, double *dq)
{
  uint64_t words[2 * LW_MAX_JOINTS];
  uint32_t nothing_seen = UINT32_MAX; /* odd: never a finished value */

  while (!lw_mailbox_take (&self->truth, words, (unsigned) (2 * self->n_devices), &nothing_seen))
    continue;
  for (size_t i = 0; i < self->n_devices; i++)
    {
      if (q != NULL)
        q[i] = value_of (words[i]);
      if (dq != NULL)
        dq[i] = value_of (words[self->n_devices + i]);
    }
}
