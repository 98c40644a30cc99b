/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated arm that speaks lines: what it says when, and what it obeys. */
#include <math.h>
#include <string.h>

#include "lw-test-bus.h"

typedef struct {
  LwTestBus    bus;
  LwTransport *transport;
  size_t       n;
  char         text[4096];
} Rig;

static void
rig_open (Rig *rig, unsigned baud, double rate)
{
  LwSimBusConfig config;

  *rig = (Rig){ .n = 0 };
  lw_sim_bus_config_init (&config);
  config.protocol = LW_PROTOCOL_LINES;
  config.jitter_us = 0;
  config.baud = baud;
  config.rate = rate;
  test_bus_init (&rig->bus, "planar-2", &config);
  rig->transport = lw_sim_bus_direct (rig->bus.sim, &rig->bus.clock);
}

static void
rig_close (Rig *rig)
{
  lw_transport_free (rig->transport);
  test_bus_close (&rig->bus);
}

static void
say (Rig *rig, const char *text)
{
  g_assert_cmpint (rig->transport->klass->write (rig->transport, (const uint8_t *) text, strlen (text), G_MAXINT64), ==, LW_IO_OK);
}

/* Everything that comes within @ms. */
static void
hear (Rig *rig, double ms)
{
  int64_t deadline_ns = rig->bus.clock.now_ns + (int64_t) (ms * MS);
  size_t got;

  rig->n = 0;
  while (rig->n < sizeof rig->text - 1
         && rig->transport->klass->read (rig->transport, (uint8_t *) rig->text + rig->n, sizeof rig->text - 1 - rig->n, &got, deadline_ns) == LW_IO_OK)
    rig->n += got;
  rig->text[rig->n] = '\0';
}

/* The words of the last whole line. */
static unsigned
last_line (Rig *rig, double *out)
{
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) words = NULL;
  unsigned n;

  hear (rig, 25);
  lines = g_strsplit (rig->text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), >=, 2);
  words = g_strsplit (lines[g_strv_length (lines) - 2], " ", -1);
  n = g_strv_length (words);
  g_assert_cmpuint (n, <=, 5);
  for (unsigned i = 0; i < n; i++)
    out[i] = g_ascii_strtod (words[i], NULL);
  return n;
}

static void
test_saying (void)
{
  double q[2], dq[2], line[5];
  Rig rig;

  rig_open (&rig, 1000000, 0);
  g_assert_cmpuint (last_line (&rig, line), ==, 5);
  lw_sim_bus_truth (rig.bus.sim, q, dq);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpfloat_with_epsilon (line[1 + i], q[i] - rig.bus.middle[i], 1e-3);
      g_assert_cmpfloat_with_epsilon (line[3 + i], dq[i], 1e-2);
    }
  g_assert_cmpfloat_with_epsilon (line[0], (double) rig.bus.clock.now_ns / 1000, 25000);
  /* The counter is one of 32 bits. */
  lw_transport_free (rig.transport);
  rig.bus.clock.now_ns = ((int64_t) UINT32_MAX + 1) * 1000;
  rig.transport = lw_sim_bus_direct (rig.bus.sim, &rig.bus.clock);
  last_line (&rig, line);
  g_assert_cmpfloat (line[0], <, 26000);
  rig_close (&rig);
}

/* As often as it wants to, or as the line lets it. */
static void
test_rate (void)
{
  static const struct {
    unsigned baud;
    double   rate;
    unsigned least, most; /* lines in a tenth of a second */
  } cases[] = { { 1000000, 0, 9, 11 }, { 1000000, 200, 19, 21 }, { 9600, 200, 1, 3 } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      unsigned n = 0;
      Rig rig;

      rig_open (&rig, cases[i].baud, cases[i].rate);
      hear (&rig, 100);
      for (const char *at = rig.text; (at = strchr (at, '\n')) != NULL; at++)
        n++;
      g_assert_cmpuint (n, >=, cases[i].least);
      g_assert_cmpuint (n, <=, cases[i].most);
      rig_close (&rig);
    }
}

static void
test_obeying (void)
{
  double start[5], line[5];
  Rig rig;

  rig_open (&rig, 1000000, 0);
  last_line (&rig, start);
  say (&rig, "g 0.3 0.3\n");
  hear (&rig, 300);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], start[1], 0.01); /* limp */
  say (&rig, "hold\r\n");
  say (&rig, "g 0.3\ng 0.3 x\ng 0.3 nan\ng 0.3 0.3 0.3\ng0.3 0.3\ngo 1 1\n\n\r\n");
  hear (&rig, 300);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], start[1], 0.01); /* not one of them is a goal */
  say (&rig, "g\t0.3,-0.2\n");
  hear (&rig, 1500);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], 0.3, 0.01);
  g_assert_cmpfloat_with_epsilon (line[2], -0.2, 0.01);
  say (&rig, "g -0.3 0.2\n");
  hear (&rig, 60);
  say (&rig, "stop\n");
  hear (&rig, 500);
  last_line (&rig, start);
  g_assert_cmpfloat (start[1], >, -0.25);
  hear (&rig, 300);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], start[1], 5e-3);
  g_assert_cmpfloat_with_epsilon (line[3], 0, 1e-2);
  say (&rig, "free\ng 0.3 -0.2\n");
  hear (&rig, 500);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], start[1], 0.01);
  rig_close (&rig);
}

/* A line in pieces, a flood without an end, a joint that is gone. */
static void
test_trouble (void)
{
  g_autofree char *flood = g_strnfill (5000, 'x');
  double line[5];
  Rig rig;

  rig_open (&rig, 1000000, 0);
  say (&rig, flood);
  hear (&rig, 100);
  say (&rig, "\nho");
  hear (&rig, 20);
  say (&rig, "ld\ng 0.2 ");
  hear (&rig, 20);
  say (&rig, "0.2\n");
  hear (&rig, 1500);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], 0.2, 0.01);
  lw_sim_bus_set_missing (rig.bus.sim, 1, true);
  hear (&rig, 20);
  g_assert_cmpuint (last_line (&rig, line), ==, 5);
  g_assert_false (isnan (line[1]));
  g_assert_true (isnan (line[2]));
  g_assert_true (isnan (line[4]));
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_IGNORE_GOALS);
  lw_sim_bus_set_missing (rig.bus.sim, 1, false);
  say (&rig, "g 0 0\n");
  hear (&rig, 500);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], 0.2, 0.02);
  rig_close (&rig);
}

/* Behind a cut cable it neither hears nor is heard, and goes on when the cable is whole. */
static void
test_cut_cable (void)
{
  double start[5], line[5];
  Rig rig;

  rig_open (&rig, 1000000, 0);
  last_line (&rig, start);
  say (&rig, "hold\n");
  hear (&rig, 20);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_SILENT);
  hear (&rig, 1); /* of a line under way */
  say (&rig, "g 0.3 0.3\n");
  hear (&rig, 500);
  g_assert_cmpuint (rig.n, ==, 0);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_NONE);
  g_assert_cmpuint (last_line (&rig, line), ==, 5);
  g_assert_cmpfloat_with_epsilon (line[1], start[1], 0.01);
  g_assert_cmpfloat (line[0], >, start[0] + 400e3);
  say (&rig, "g 0.3 0.3\n");
  hear (&rig, 1500);
  last_line (&rig, line);
  g_assert_cmpfloat_with_epsilon (line[1], 0.3, 0.01);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-lines/saying", test_saying);
  g_test_add_func ("/sim-lines/rate", test_rate);
  g_test_add_func ("/sim-lines/obeying", test_obeying);
  g_test_add_func ("/sim-lines/trouble", test_trouble);
  g_test_add_func ("/sim-lines/cut-cable", test_cut_cable);
  return g_test_run ();
}
