/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-bus.h"

#include <math.h>
#include <string.h>

#include "lw-test-paths.h"

#define STEP_NS G_GINT64_CONSTANT (1000000)
#define LAG     0.03 /* s */

static double
in_one_turn (double angle)
{
  return angle - 2 * M_PI * ceil ((angle - M_PI) / (2 * M_PI));
}

/* What servo @j says of its shaft. */
static double
present (const FakeBus *self, size_t j)
{
  return self->one_turn_encoder ? in_one_turn (self->shaft[j]) : self->shaft[j] - self->taken[j];
}

static void
step_shaft (FakeBus *self, size_t j, double dt)
{
  double gap = self->goal[j] - present (self, j), v = gap / LAG;

  if (self->deaf)
    v = self->speed[j];
  self->speed[j] = CLAMP (v, -self->v_max, self->v_max);
  self->shaft[j] += self->speed[j] * dt;
}

static void
step_torques (FakeBus *self)
{
  double q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], tau[LW_MAX_JOINTS];

  for (size_t j = 0; j < self->base.n_servos; j++)
    {
      tau[j] = self->powered[j] ? self->calibration->sign[j] * self->torque[j] : 0;
      self->load[j] = self->powered[j] ? self->torque[j] : 0;
    }
  lw_dynamics_torque (self->dynamics, tau);
  g_assert_cmpint (lw_dynamics_step (self->dynamics), ==, LW_OK);
  lw_dynamics_get (self->dynamics, q, dq);
  for (size_t j = 0; j < self->base.n_servos; j++)
    {
      double turns = self->shaft[j] - lw_calibration_servo (self->calibration, j, lw_calibration_joint (self->calibration, j, self->shaft[j]));

      self->shaft[j] = lw_calibration_servo (self->calibration, j, q[j]) + turns;
      self->speed[j] = self->calibration->sign[j] * dq[j];
    }
}

static void
advance (FakeBus *self, int64_t t_ns)
{
  for (; self->t_ns + STEP_NS <= t_ns; self->t_ns += STEP_NS)
    {
      if (self->watchdog_ms > 0 && self->t_ns - self->heard_ns > self->watchdog_ms * G_GINT64_CONSTANT (1000000))
        for (size_t j = 0; j < self->base.n_servos; j++)
          {
            self->goal[j] = present (self, j);
            self->torque[j] = 0;
          }
      if (self->torque_control && self->dynamics != NULL)
        step_torques (self);
      else
        for (size_t j = 0; j < self->base.n_servos; j++)
          if (self->powered[j] && !self->triggered)
            step_shaft (self, j, 1e-9 * STEP_NS);
          else
            self->speed[j] = 0;
    }
}

/* Time passes, and the servos hear it. */
static LwBusStatus
transact (FakeBus *self)
{
  self->clock->now_ns += self->slow_ns;
  advance (self, self->clock->now_ns);
  if (self->silent)
    return LW_BUS_TIMEOUT;
  self->heard_ns = self->clock->now_ns;
  return LW_BUS_OK;
}

static unsigned
fake_abilities (const LwServoBus *bus)
{
  return ((const FakeBus *) bus)->abilities;
}

static LwBusStatus
fake_read_health (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  FakeBus    *self = (FakeBus *) bus;
  LwBusStatus status = transact (self);

  (void) deadline_ns;
  if (status != LW_BUS_OK)
    return status;
  out->id = bus->ids[servo];
  out->temperature = self->temperature[servo];
  out->voltage = self->voltage[servo];
  out->hardware_error = self->error[servo];
  return LW_BUS_OK;
}

static LwBusStatus
fake_identify (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  out->model = 1020;
  out->firmware = 45;
  out->supply_min = 10;
  out->supply_max = 14.8;
  out->measures_torque = !((FakeBus *) bus)->fraction;
  out->torque_control = ((FakeBus *) bus)->torque_control;
  g_strlcpy (out->name, "XM430-W350", sizeof out->name);
  return fake_read_health (bus, servo, out, deadline_ns);
}

static LwBusStatus
fake_read (LwServoBus *bus, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns)
{
  FakeBus    *self = (FakeBus *) bus;
  LwBusStatus status;

  *t_request_ns = self->clock->now_ns;
  status = transact (self);
  *t_reply_ns = self->clock->now_ns;
  if (self->missed)
    {
      self->missed = false;
      return LW_BUS_TIMEOUT;
    }
  if (self->lost_reads > 0 && self->powered[0])
    {
      self->lost_reads--;
      status = LW_BUS_TIMEOUT;
    }
  if (status != LW_BUS_OK)
    {
      self->clock->now_ns = MAX (self->clock->now_ns, deadline_ns);
      return status;
    }
  for (size_t j = 0; j < bus->n_servos; j++)
    out[j] = (LwServoReading){
      .angle = present (self, j),
      .velocity = self->speed[j] + (j == 0 ? self->creep : 0),
      .load = self->load[j],
      .valid = (self->mute >> j & 1) == 0,
      .alert = self->error[j] != 0 && !self->quiet,
    };
  return LW_BUS_OK;
}

static LwBusStatus
fake_write_goals (LwServoBus *bus, const double *angle, int64_t deadline_ns)
{
  FakeBus    *self = (FakeBus *) bus;
  LwBusStatus status = transact (self);
  FakeGoal   *entry = &self->goals[self->n_goals];

  (void) deadline_ns;
  self->n_writes++;
  if (self->lost_goals > 0 && self->powered[0])
    {
      self->lost_goals--;
      return LW_BUS_OK;
    }
  g_assert_cmpuint (self->n_goals, <, FAKE_MAX_GOALS);
  entry->t_ns = self->clock->now_ns;
  memcpy (entry->angle, angle, sizeof entry->angle);
  self->n_goals++;
  self->wrong += self->torque_control ? 1 : 0;
  for (size_t j = 0; j < bus->n_servos && status == LW_BUS_OK && !self->deaf && !self->triggered; j++)
    self->goal[j] = (self->abilities & LW_BUS_MANY_TURNS) ? angle[j] : CLAMP (angle[j], -M_PI, M_PI);
  return LW_BUS_OK;
}

static LwBusStatus
fake_read_goals (LwServoBus *bus, double *angle, int64_t deadline_ns)
{
  FakeBus    *self = (FakeBus *) bus;
  LwBusStatus status = transact (self);

  (void) deadline_ns;
  if (!(self->abilities & LW_BUS_READS_BACK) && self->n_goals > 0)
    memcpy (angle, self->goals[self->n_goals - 1].angle, bus->n_servos * sizeof *angle);
  else
    memcpy (angle, self->goal, bus->n_servos * sizeof *angle);
  return status;
}

/* A servo with one turn takes its count off when its torque comes on. */
static LwBusStatus
fake_set_torque (LwServoBus *bus, bool on, int64_t deadline_ns)
{
  FakeBus *self = (FakeBus *) bus;

  (void) deadline_ns;
  self->n_writes++;
  if (transact (self) != LW_BUS_OK)
    return LW_BUS_OK;
  if (on && !self->powered[0])
    {
      self->shaft[0] += self->jolt;
      memcpy (self->at_power, self->torque, sizeof self->at_power);
    }
  for (size_t j = 0; j < bus->n_servos; j++)
    {
      if (on && !self->powered[j] && !(self->abilities & LW_BUS_MANY_TURNS))
        self->taken[j] += present (self, j) - in_one_turn (present (self, j));
      if (j == 0 && !on && self->lost_offs > 0)
        {
          self->lost_offs--;
          continue;
        }
      self->powered[j] = on && (self->error[j] == 0);
      self->speed[j] = on ? self->speed[j] : 0;
    }
  return LW_BUS_OK;
}

static LwBusStatus
fake_get_torque (LwServoBus *bus, bool *on, int64_t deadline_ns)
{
  FakeBus    *self = (FakeBus *) bus;
  LwBusStatus status = transact (self);

  (void) deadline_ns;
  if (status == LW_BUS_OK)
    memcpy (on, self->powered, bus->n_servos * sizeof *on);
  return status;
}

static LwBusStatus
fake_set_watchdog (LwServoBus *bus, unsigned timeout_ms, int64_t deadline_ns)
{
  FakeBus *self = (FakeBus *) bus;

  (void) deadline_ns;
  self->n_writes++;
  if (transact (self) != LW_BUS_OK)
    return LW_BUS_OK;
  self->triggered = self->triggered && timeout_ms != 0;
  self->wrong += self->triggered ? 1 : 0;
  self->watchdog_ms = timeout_ms;
  return LW_BUS_OK;
}

static LwBusStatus
fake_get_watchdog (LwServoBus *bus, bool *triggered, int64_t deadline_ns)
{
  FakeBus *self = (FakeBus *) bus;

  (void) deadline_ns;
  for (size_t j = 0; j < bus->n_servos; j++)
    triggered[j] = self->triggered;
  return transact (self);
}

static LwBusStatus
fake_set_control (LwServoBus *bus, bool torque, int64_t deadline_ns)
{
  FakeBus *self = (FakeBus *) bus;
  double   q[LW_MAX_JOINTS];

  (void) deadline_ns;
  if (transact (self) != LW_BUS_OK)
    return LW_BUS_TIMEOUT;
  self->n_writes++;
  for (size_t j = 0; j < bus->n_servos; j++)
    {
      if (self->powered[j])
        {
          self->wrong++;
          return LW_BUS_DEVICE;
        }
      self->torque[j] = 0;
      q[j] = lw_calibration_joint (self->calibration, j, self->shaft[j]);
    }
  if (torque && !self->torque_control)
    lw_dynamics_set (self->dynamics, q, NULL);
  if (!torque && self->torque_control)
    self->shaft[0] += self->slip;
  self->torque_control = torque;
  return LW_BUS_OK;
}

static LwBusStatus
fake_write_torques (LwServoBus *bus, const double *torque, int64_t deadline_ns)
{
  FakeBus *self = (FakeBus *) bus;

  (void) deadline_ns;
  self->wrong += self->torque_control ? 0 : 1;
  self->n_torques++;
  memcpy (self->torques, torque, bus->n_servos * sizeof *torque);
  if (transact (self) == LW_BUS_OK && !self->deaf)
    memcpy (self->torque, torque, bus->n_servos * sizeof *torque);
  return LW_BUS_OK;
}

static LwBusStatus
fake_reboot (LwServoBus *bus, size_t servo, int64_t deadline_ns)
{
  FakeBus *self = (FakeBus *) bus;

  (void) deadline_ns;
  self->n_writes++;
  self->n_reboots++;
  self->error[servo] = 0;
  self->powered[servo] = false;
  return transact (self);
}

static void
fake_free (LwServoBus *bus)
{
  FakeBus *self = (FakeBus *) bus;

  lw_dynamics_free (self->dynamics);
  g_free (self->goals);
  g_free (self);
}

static const LwServoBusClass fake_class = {
  .protocol = "fake",
  .abilities = fake_abilities,
  .identify = fake_identify,
  .read = fake_read,
  .write_goals = fake_write_goals,
  .read_goals = fake_read_goals,
  .set_torque = fake_set_torque,
  .get_torque = fake_get_torque,
  .set_watchdog = fake_set_watchdog,
  .get_watchdog = fake_get_watchdog,
  .read_health = fake_read_health,
  .set_control = fake_set_control,
  .write_torques = fake_write_torques,
  .reboot = fake_reboot,
  .free = fake_free,
};

/* What a bus without the ability has none of. */
static const LwServoBusClass bare_class = {
  .protocol = "bare",
  .abilities = fake_abilities,
  .identify = fake_identify,
  .read = fake_read,
  .write_goals = fake_write_goals,
  .read_goals = fake_read_goals,
  .set_torque = fake_set_torque,
  .get_torque = fake_get_torque,
  .read_health = fake_read_health,
  .free = fake_free,
};

void
fake_arm_init (FakeArm *self, const char *arm, unsigned abilities)
{
  g_autofree char *file = g_strdup_printf ("arms/%s.xml", arm);
  g_autofree char *path = lw_test_data_path (file);
  LwSimError       error = { "" };
  FakeBus         *bus = g_new0 (FakeBus, 1);

  memset (self, 0, sizeof *self);
  self->model = lw_arm_model_load (path, NULL, &error);
  g_assert_cmpstr (error.text, ==, "");
  lw_fake_clock_init (&self->clock);
  lw_arm_setup_init (&self->setup, self->model);
  lw_calibration_centre (self->model, &self->setup.calibration);
  self->setup.clock = &self->clock.base;
  bus->base.klass = (abilities & (LW_BUS_HAS_WATCHDOG | LW_BUS_HAS_TORQUE | LW_BUS_HAS_REBOOT)) ? &fake_class : &bare_class;
  bus->base.n_servos = lw_arm_model_n_joints (self->model);
  bus->clock = &self->clock;
  bus->abilities = abilities;
  bus->calibration = &self->setup.calibration; /* the right one, until a test says otherwise */
  bus->v_max = 10;
  bus->slow_ns = 300000;
  bus->goals = g_new0 (FakeGoal, FAKE_MAX_GOALS);
  if (abilities & LW_BUS_HAS_TORQUE)
    bus->dynamics = lw_dynamics_new (self->model, 1e-9 * STEP_NS);
  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    {
      bus->base.ids[j] = (uint8_t) (1 + j);
      bus->temperature[j] = 30;
      bus->voltage[j] = 12;
    }
  self->bus = bus;
  fake_arm_place (self, NULL);
}

void
fake_arm_place (FakeArm *self, const double *q0)
{
  for (size_t j = 0; j < self->bus->base.n_servos; j++)
    self->bus->shaft[j] = self->bus->goal[j]
        = lw_calibration_servo (&self->setup.calibration, j, q0 != NULL ? q0[j] : lw_arm_model_joints (self->model)[j].home);
}

void
fake_arm_connect (FakeArm *self)
{
  GError *error = NULL;

  self->bus->t_ns = self->bus->heard_ns = self->clock.now_ns;
  self->arm = lw_arm_new (&self->setup);
  g_assert_nonnull (self->arm);
  lw_arm_connect_stepped (self->arm, &self->bus->base, &error);
  g_assert_no_error (error);
  self->next_ns = self->clock.now_ns;
}

void
fake_arm_clear (FakeArm *self)
{
  lw_arm_free (self->arm);
  lw_arm_model_unref (self->model);
}

void
fake_arm_cycle (FakeArm *self)
{
  self->clock.now_ns = MAX (self->clock.now_ns, self->next_ns);
  advance (self->bus, self->clock.now_ns);
  lw_arm_cycle (self->arm);
  self->next_ns = MAX (self->next_ns + (int64_t) (1e9 / self->setup.rate_hz), self->clock.now_ns);
}

void
fake_arm_run (FakeArm *self, double seconds)
{
  int64_t end = self->next_ns + (int64_t) (1e9 * seconds);

  while (self->next_ns < end)
    fake_arm_cycle (self);
}

LwArmState
fake_arm_state (FakeArm *self)
{
  LwArmState state;

  memset (&state, 0xff, sizeof state);
  lw_arm_get_state (self->arm, &state);
  return state;
}

void
fake_arm_until (FakeArm *self, LwMode mode, double seconds)
{
  int64_t end = self->next_ns + (int64_t) (1e9 * seconds);

  while (fake_arm_state (self).mode != mode && self->next_ns < end)
    fake_arm_cycle (self);
  g_assert_cmpstr (lw_mode_name (fake_arm_state (self).mode), ==, lw_mode_name (mode));
}

void
fake_arm_request (FakeArm *self, LwArmRequest request)
{
  GError *error = NULL;

  lw_arm_request (self->arm, request, &error);
  g_assert_no_error (error);
}

void
fake_arm_arm (FakeArm *self)
{
  fake_arm_request (self, LW_REQUEST_HOLD);
  fake_arm_until (self, LW_MODE_HOLD, 0.2);
  fake_arm_request (self, LW_REQUEST_ARM);
  fake_arm_until (self, LW_MODE_ARMED, 0.1);
  lw_arm_set_speed (self->arm, 1);
}
