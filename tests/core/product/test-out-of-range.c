/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 5. A servo takes no goal outside the range stored in it. An arm that stands there is not powered: with whatever goal it would leap. The clock is injected. */
#include <math.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "on-both.h"

#define TICK (2 * G_PI / 4096)

/* Some other program has stored a range in the first servo that leaves out where it stands. */
static void
store_range_beside (ArmFixture *f, LwProtocol protocol, double angle)
{
  static const uint8_t ids[] = { 1, 2, 3, 4, 5, 6 };
  LwServoBus     *bus = lw_servo_bus_new (protocol, lw_sim_bus_direct (f->sim, &f->clock), ids, 6);
  int64_t         second = G_GINT64_CONSTANT (1000000000);
  LwServoIdentity identity;
  LwServoStored   stored;

  g_assert_cmpint (bus->klass->identify (bus, 0, &identity, f->clock.now_ns + second), ==, LW_BUS_OK);
  g_assert_cmpint (bus->klass->read_stored (bus, 0, &stored, f->clock.now_ns + second), ==, LW_BUS_OK);
  stored.min = angle + 0.5;
  stored.max = angle + 1.0;
  g_assert_cmpint (bus->klass->write_stored (bus, 0, &stored, f->clock.now_ns + second), ==, LW_BUS_OK);
  lw_servo_bus_free (bus);
}

static void
test_stays_limp (gconstpointer data)
{
  ArmFixture f;
  double     before[LW_MAX_JOINTS], after[LW_MAX_JOINTS], angle;

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  fixture_run (&f, 0.2);
  angle = fixture_state (&f).angle[0];
  lw_arm_disconnect (f.arm);
  store_range_beside (&f, protocol_of (data), angle);

  fixture_connect (&f);
  fixture_run (&f, 0.2);
  lw_sim_bus_truth (f.sim, before, NULL);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_FAULT, 1);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_OUT_OF_RANGE);
  g_assert_true (fixture_state (&f).limp);
  fixture_run (&f, 1);
  lw_sim_bus_truth (f.sim, after, NULL);
  lw_assert_close_array (after, before, 6, 0, 3 * TICK);
  g_assert_true (fixture_state (&f).limp);
  if (protocol_of (data) == LW_PROTOCOL_DYNAMIXEL) /* nothing watches over a limp arm */
    g_assert_cmpint (bus_tap_last (&f.tap, ADDRESS_WATCHDOG, 0)->value[0], ==, 0);

  /* Moved into the range it is powered like any other. */
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_until (&f, LW_MODE_CONNECTED, 1);
  lw_arm_disconnect (f.arm);
  store_range_beside (&f, protocol_of (data), angle - 0.7);
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 1);
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  static const ProductTest tests[] = { { "/product/05-no-power-outside-the-servos-range", test_stays_limp } };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
