/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buses that can do less, or count differently: no watchdog, nothing to read back, encoders that jump, servos that count turns. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "fake-bus.h"
#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

#define MS   G_GINT64_CONSTANT (1000000)
#define TURN (2 * G_PI)

/* Every goal at most v_max dt from the one before it. Returns how many there were. */
static size_t
assert_one_step_ahead (const FakeArm *f, size_t from)
{
  const double dt = 1 / f->setup.rate_hz;

  for (size_t i = MAX (from, 1); i < f->bus->n_goals; i++)
    for (size_t j = 0; j < f->bus->base.n_servos; j++)
      g_assert_cmpfloat (fabs (f->bus->goals[i].angle[j] - f->bus->goals[i - 1].angle[j]), <=, f->setup.limits.v_max[j] * dt * (1 + 1e-9));
  return f->bus->n_goals - from;
}

/* product.md 9, without a watchdog: whatever delays the thread, a late goal is the next step and not a leap that makes up for it. */
static void
test_never_more_than_a_step (void)
{
  FakeArm f;
  LwRng   rng;
  double  q[LW_MAX_JOINTS];
  size_t  from;
  int     seconds = lw_test_is_long () ? 120 : 10;

  lw_rng_init (&rng, 41, LW_RNG_TEST, 0, 0);
  fake_arm_init (&f, "desk-6", LW_BUS_READS_BACK);
  fake_arm_connect (&f);
  fake_arm_arm (&f);
  from = f.bus->n_goals;
  for (int i = 0; i < 100 * seconds; i++)
    {
      if (lw_rng_uniform (&rng) < 0.05)
        {
          lw_arm_get_start (f.arm, q);
          for (size_t j = 0; j < 6; j++)
            q[j] = f.setup.limits.q_min[j] + lw_rng_uniform (&rng) * (f.setup.limits.q_max[j] - f.setup.limits.q_min[j]);
          lw_arm_move_to (f.arm, q, NULL);
        }
      if (lw_rng_uniform (&rng) < 0.03) /* the thread was held up */
        f.next_ns += (int64_t) (1e9 * 0.3 * lw_rng_uniform (&rng));
      if (lw_rng_uniform (&rng) < 0.004)
        {
          lw_arm_stop (f.arm);
          fake_arm_run (&f, 0.5);
          fake_arm_request (&f, LW_REQUEST_RESET);
          fake_arm_until (&f, LW_MODE_CONNECTED, 0.2);
          fake_arm_arm (&f);
        }
      f.bus->silent = lw_rng_uniform (&rng) < 0.05;
      fake_arm_cycle (&f);
    }
  g_assert_cmpuint (assert_one_step_ahead (&f, from), >, (size_t) (50 * seconds));
  fake_arm_clear (&f);
}

/* Nothing to read back: Stop is confirmed when the arm stands, and says that it is no more than that. A moving arm is not confirmed. */
static void
test_standstill (void)
{
  for (int deaf = 0; deaf < 2; deaf++)
    {
      FakeArm f;
      double  q[LW_MAX_JOINTS];
      int64_t call;

      fake_arm_init (&f, "arm-7", 0);
      fake_arm_connect (&f);
      fake_arm_arm (&f);
      lw_arm_get_start (f.arm, q);
      q[0] += 1.5;
      g_assert_true (lw_arm_move_to (f.arm, q, NULL));
      fake_arm_run (&f, 0.6);
      g_assert_cmpfloat (fabs (fake_arm_state (&f).dq[0]), >, 0.5);
      call = f.clock.now_ns;
      f.bus->deaf = deaf;
      lw_arm_stop (f.arm);
      while (f.clock.now_ns - call < 600 * MS)
        {
          fake_arm_cycle (&f);
          if (fake_arm_state (&f).stop_confirmed)
            g_assert_cmpfloat (fabs (f.bus->speed[0]), <, 0.1);
        }
      g_assert_cmpint (fake_arm_state (&f).stop_confirmed, ==, !deaf);
      g_assert_cmpint (fake_arm_state (&f).by_standstill, ==, !deaf);
      g_assert_cmpint (fake_arm_state (&f).mode, ==, deaf ? LW_MODE_FAULT : LW_MODE_STOPPED);
      fake_arm_clear (&f);
    }
}

/* With the servos' own word, standing still is not all. */
static void
test_read_back (void)
{
  FakeArm f;

  fake_arm_init (&f, "planar-2", FAKE_ALL);
  fake_arm_connect (&f);
  fake_arm_arm (&f);
  lw_arm_stop (f.arm);
  fake_arm_run (&f, 0.4);
  g_assert_true (fake_arm_state (&f).stop_confirmed);
  g_assert_false (fake_arm_state (&f).by_standstill);
  fake_arm_clear (&f);
}

/* product.md 5, as 1.11 of the servos' facts has it: limp, a shaft was turned by hand through more than a turn. Its torque comes on: what it says of itself falls back to
 * one turn, and the arm does not move; nor does it when the first motion begins. */
static void
test_turned_by_hand (void)
{
  const struct {
    unsigned abilities;
    bool     one_turn_encoder, middle;
  } kinds[] = {
    { FAKE_ALL, false, true },
    { FAKE_ALL, false, false },
    { LW_BUS_READS_BACK, true, true },
    { FAKE_ALL | LW_BUS_MANY_TURNS, false, true },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (int turns = -2; turns <= 2; turns++)
      {
        FakeArm f;
        double  before[LW_MAX_JOINTS], start[LW_MAX_JOINTS];
        double  true_q = 0.4;

        fake_arm_init (&f, "desk-6", kinds[i].abilities);
        f.bus->one_turn_encoder = kinds[i].one_turn_encoder;
        for (size_t j = 0; j < 6 && kinds[i].middle; j++)
          f.setup.calibration.middle[j] = 0.5 * (f.setup.limits.q_min[j] + f.setup.limits.q_max[j]);
        fake_arm_connect (&f);
        fake_arm_request (&f, LW_REQUEST_GUIDE);
        fake_arm_until (&f, LW_MODE_GUIDE, 0.1);
        for (int step = 0; step < 100; step++)
          {
            f.bus->shaft[4] += (turns * TURN + true_q) / 100;
            fake_arm_cycle (&f);
          }
        if (kinds[i].middle) /* limp, any turn is the same place */
          lw_assert_close (fake_arm_state (&f).q[4], lw_arm_model_joints (f.model)[4].home + true_q, 0, 1e-6);
        memcpy (before, f.bus->shaft, sizeof before);
        fake_arm_request (&f, LW_REQUEST_HOLD);
        fake_arm_until (&f, LW_MODE_HOLD, 0.2);
        fake_arm_run (&f, 0.5);
        lw_assert_close_array (f.bus->shaft, before, 6, 0, 1e-9);
        lw_assert_close (fake_arm_state (&f).q[4], lw_arm_model_joints (f.model)[4].home + true_q, 0, 1e-6);
        /* And on: a small motion is a small motion. */
        fake_arm_request (&f, LW_REQUEST_ARM);
        fake_arm_until (&f, LW_MODE_ARMED, 0.1);
        lw_arm_get_start (f.arm, start);
        start[4] -= 0.2;
        g_assert_true (lw_arm_move_to (f.arm, start, NULL));
        fake_arm_run (&f, 3);
        lw_assert_close (f.bus->shaft[4], before[4] - 0.2, 0, 1e-3);
        g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_ARMED);
        fake_arm_clear (&f);
      }
}

/* The encoder's jump lies inside the travel: measured joints do not jump, on either kind of servo; one that knows a single turn is not powered, with a sentence. */
static void
test_encoder_jump (void)
{
  for (int many = 0; many < 2; many++)
    {
      FakeArm            f;
      g_autoptr (GError) error = NULL;
      double             last, q0[LW_MAX_JOINTS] = { 0 }, start[LW_MAX_JOINTS];

      fake_arm_init (&f, "desk-6", many ? FAKE_ALL | LW_BUS_MANY_TURNS : LW_BUS_READS_BACK);
      f.bus->one_turn_encoder = !many;
      f.setup.calibration.zero[0] = 2.5; /* the jump at q = 0.64 */
      f.setup.calibration.middle[0] = 0;
      q0[0] = -1.8;
      fake_arm_place (&f, q0);
      fake_arm_connect (&f);
      fake_arm_request (&f, LW_REQUEST_GUIDE);
      fake_arm_until (&f, LW_MODE_GUIDE, 0.1);
      last = fake_arm_state (&f).q[0];
      lw_assert_close (last, -1.8, 0, 1e-9);
      for (int i = 0; i < 120; i++)
        {
          f.bus->shaft[0] += 0.03;
          fake_arm_cycle (&f);
          lw_assert_close (fake_arm_state (&f).q[0] - last, 0.03, 0, 1e-9);
          last = fake_arm_state (&f).q[0];
        }
      if (!many)
        {
          size_t writes = f.bus->n_writes;

          g_assert_false (lw_arm_request (f.arm, LW_REQUEST_HOLD, &error));
          g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
          g_assert_nonnull (strstr (error->message, "joint 1 (shoulder_pan)"));
          fake_arm_run (&f, 0.2);
          g_assert_cmpuint (f.bus->n_writes, ==, writes);
        }
      else
        {
          /* Through the jump under power, there and back. */
          fake_arm_arm (&f);
          for (int way = 0; way < 2; way++)
            {
              lw_arm_get_start (f.arm, start);
              start[0] = way ? 1.5 : -1.5;
              g_assert_true (lw_arm_move_to (f.arm, start, NULL));
              fake_arm_run (&f, 5);
              lw_assert_close (fake_arm_state (&f).q[0], start[0], 0, 1e-3);
            }
          assert_one_step_ahead (&f, 2);
        }
      fake_arm_clear (&f);
    }
}

/* A calibration that names the servo's angles a turn further on than a servo of one turn knows them: it is told them as it knows them. */
static void
test_another_turn (void)
{
  FakeArm f;
  double  start[LW_MAX_JOINTS], before;

  fake_arm_init (&f, "desk-6", LW_BUS_READS_BACK);
  f.bus->one_turn_encoder = true;
  f.setup.calibration.middle[4] = 0;
  f.setup.calibration.zero[4] += TURN;
  fake_arm_place (&f, NULL);
  fake_arm_connect (&f);
  fake_arm_arm (&f);
  before = f.bus->shaft[4];
  lw_arm_get_start (f.arm, start);
  start[4] -= 0.2;
  g_assert_true (lw_arm_move_to (f.arm, start, NULL));
  fake_arm_run (&f, 3);
  lw_assert_close (f.bus->shaft[4], before - 0.2, 0, 1e-3);
  fake_arm_clear (&f);
}

/* Found powered: it is said, until somebody takes the arm over; it can be lowered, and leaving it alone writes nothing. */
static void
test_left_powered (void)
{
  for (int lower = 0; lower < 2; lower++)
    {
      FakeArm            f;
      g_autoptr (GError) error = NULL;
      double             q0[LW_MAX_JOINTS];

      fake_arm_init (&f, "desk-6", FAKE_ALL);
      for (size_t j = 0; j < 6; j++)
        {
          q0[j] = lw_arm_model_joints (f.model)[j].home + 0.2;
          f.bus->powered[j] = true;
        }
      fake_arm_place (&f, q0);
      fake_arm_connect (&f);
      fake_arm_run (&f, 0.3);
      g_assert_true (fake_arm_state (&f).found_powered);
      g_assert_false (fake_arm_state (&f).limp);
      g_assert_cmpuint (f.bus->n_writes, ==, 0);
      if (lower)
        {
          fake_arm_request (&f, LW_REQUEST_LOWER);
          fake_arm_until (&f, LW_MODE_RUNNING, 0.2);
          g_assert_false (fake_arm_state (&f).found_powered);
          g_assert_cmpuint (f.bus->watchdog_ms, >, 0);
          fake_arm_until (&f, LW_MODE_CONNECTED, 20);
          g_assert_true (fake_arm_state (&f).limp);
          g_assert_cmpuint (f.bus->watchdog_ms, ==, 0); /* else it triggers as soon as nobody is connected */
          for (size_t j = 0; j < 6; j++)
            lw_assert_close (fake_arm_state (&f).q[j], lw_arm_model_joints (f.model)[j].home, 0, 0.01);
          g_assert_false (lw_arm_request (f.arm, LW_REQUEST_LOWER, &error));
          g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
        }
      fake_arm_clear (&f);
    }
}

/* What a triggered watchdog leaves: a goal far from where the arm stands. Taking over does not let it leap there. */
static void
test_left_far_from_its_goal (void)
{
  FakeArm f;

  fake_arm_init (&f, "desk-6", FAKE_ALL);
  fake_arm_connect (&f);
  lw_arm_disconnect (f.arm);
  fake_arm_clear (&f);

  fake_arm_init (&f, "desk-6", FAKE_ALL);
  for (size_t j = 0; j < 6; j++)
    f.bus->powered[j] = true;
  f.bus->deaf = true; /* the servo does not go for its goal: as after its watchdog */
  f.bus->goal[0] += 0.8;
  fake_arm_connect (&f);
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_cycle (&f);
  g_assert_cmpuint (f.bus->n_goals, >=, 1);
  lw_assert_close (f.bus->goals[0].angle[0], f.bus->shaft[0], 0, 1e-9);
  fake_arm_clear (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/buses/never-more-than-a-step", test_never_more_than_a_step);
  g_test_add_func ("/arm/buses/standstill", test_standstill);
  g_test_add_func ("/arm/buses/read-back", test_read_back);
  g_test_add_func ("/arm/buses/turned-by-hand", test_turned_by_hand);
  g_test_add_func ("/arm/buses/encoder-jump", test_encoder_jump);
  g_test_add_func ("/arm/buses/left-powered", test_left_powered);
  g_test_add_func ("/arm/buses/left-far-from-its-goal", test_left_far_from_its_goal);
  g_test_add_func ("/arm/buses/another-turn", test_another_turn);
  return g_test_run ();
}
