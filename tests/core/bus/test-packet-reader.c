/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person reads of the traffic, for the vendors' own examples; and the log that carries it. */
#include <string.h>

#include "lw-packet-reader.h"
#include "lw-sim-bus.h"
#include "lw-transport-log.h"

static void
says (LwProtocol protocol, bool requests, const uint8_t *bytes, size_t n, const char *words)
{
  LwPacketReader reader;
  LwPacketText   text;

  /* Byte by byte: nothing comes before the last. */
  lw_packet_reader_init (&reader, protocol, requests);
  for (size_t i = 0; i < n; i++)
    {
      g_assert_false (lw_packet_reader_next (&reader, &text));
      lw_packet_reader_add (&reader, bytes + i, 1);
    }
  g_assert_true (lw_packet_reader_next (&reader, &text));
  g_assert_false (text.damaged);
  g_assert_cmpuint (text.n, ==, n);
  g_assert_cmpstr (text.words, ==, words);
  g_assert_false (lw_packet_reader_next (&reader, &text));
}

#define SAYS(protocol, requests, words, ...) \
  do \
    { \
      static const uint8_t bytes[] = { __VA_ARGS__ }; \
      says (protocol, requests, bytes, sizeof bytes, words); \
    } \
  while (0)

static void
test_dynamixel (void)
{
  SAYS (LW_PROTOCOL_DYNAMIXEL, true, "ping to 1", 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x03, 0x00, 0x01, 0x19, 0x4E);
  SAYS (LW_PROTOCOL_DYNAMIXEL, true, "ping to all", 0xFF, 0xFF, 0xFD, 0x00, 0xFE, 0x03, 0x00, 0x01, 0x31, 0x42);
  SAYS (LW_PROTOCOL_DYNAMIXEL, true, "read 132, 4 bytes: 1", 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x07, 0x00, 0x02, 0x84, 0x00, 0x04, 0x00, 0x1D, 0x15);
  SAYS (LW_PROTOCOL_DYNAMIXEL, true, "write 116, 4 bytes: 1", 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x09, 0x00, 0x03, 0x74, 0x00, 0x00, 0x02, 0x00, 0x00, 0xCA, 0x89);
  SAYS (LW_PROTOCOL_DYNAMIXEL, true, "sync read 132, 4 bytes: 1 2", 0xFF, 0xFF, 0xFD, 0x00, 0xFE, 0x09, 0x00, 0x82, 0x84, 0x00, 0x04, 0x00, 0x01, 0x02, 0xCE,
        0xFA);
  SAYS (LW_PROTOCOL_DYNAMIXEL, true, "sync write 116, 4 bytes: 1 2", 0xFF, 0xFF, 0xFD, 0x00, 0xFE, 0x11, 0x00, 0x83, 0x74, 0x00, 0x04, 0x00, 0x01, 0x96, 0x00,
        0x00, 0x00, 0x02, 0xAA, 0x00, 0x00, 0x00, 0x82, 0x87);
  SAYS (LW_PROTOCOL_DYNAMIXEL, false, "status of 1: error 80, 4 bytes", 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x08, 0x00, 0x55, 0x80, 0xFD, 0xFF, 0xFF, 0xFF, 0x96, 0x2C);
  SAYS (LW_PROTOCOL_DYNAMIXEL, false, "status of 1: ok", 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x04, 0x00, 0x55, 0x00, 0xA1, 0x0C);
}

static void
test_feetech (void)
{
  SAYS (LW_PROTOCOL_FEETECH, true, "read 56, 2 bytes: 1", 0xFF, 0xFF, 0x01, 0x04, 0x02, 0x38, 0x02, 0xBE);
  SAYS (LW_PROTOCOL_FEETECH, false, "status of 1: ok, 2 bytes", 0xFF, 0xFF, 0x01, 0x04, 0x00, 0x18, 0x05, 0xDD);
  SAYS (LW_PROTOCOL_FEETECH, true, "sync read 56, 2 bytes: 1 2 3 4 5 6", 0xFF, 0xFF, 0xFE, 0x0A, 0x82, 0x38, 0x02, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x26);
  SAYS (LW_PROTOCOL_FEETECH, true, "sync write 40, 1 bytes: 1 2 3 4 5 6", 0xFF, 0xFF, 0xFE, 0x10, 0x83, 0x28, 0x01, 0x01, 0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00,
        0x05, 0x00, 0x06, 0x00, 0x30);
  SAYS (LW_PROTOCOL_FEETECH, true, "restart to 1", 0xFF, 0xFF, 0x01, 0x02, 0x08, 0xF4);
}

static void
test_lines (void)
{
  SAYS (LW_PROTOCOL_LINES, true, "g 0.1 -0.2", 'g', ' ', '0', '.', '1', ' ', '-', '0', '.', '2', '\r', '\n');
}

/* What belongs to no packet is said, and the packet behind it still comes. A flood never fills the reader for good. */
static void
test_damage (void)
{
  static const uint8_t bytes[] = { 1, 2, 3, 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x03, 0x00, 0x01, 0x19, 0x4E };
  uint8_t flood[3 * LW_PACKET_READER_BYTES];
  LwPacketReader reader;
  LwPacketText   text;

  lw_packet_reader_init (&reader, LW_PROTOCOL_DYNAMIXEL, true);
  lw_packet_reader_add (&reader, bytes, sizeof bytes);
  g_assert_true (lw_packet_reader_next (&reader, &text));
  g_assert_true (text.damaged);
  g_assert_cmpuint (text.n, ==, 3);
  g_assert_cmpstr (text.hex, ==, "01 02 03");
  g_assert_true (lw_packet_reader_next (&reader, &text));
  g_assert_cmpstr (text.words, ==, "ping to 1");

  for (LwProtocol protocol = 0; protocol < LW_N_PROTOCOLS; protocol++)
    {
      memset (flood, 0xFF, sizeof flood);
      lw_packet_reader_init (&reader, protocol, false);
      for (size_t i = 0; i < sizeof flood; i += 97)
        lw_packet_reader_add (&reader, flood + i, MIN (97, sizeof flood - i));
      lw_packet_reader_add (&reader, flood, sizeof flood);
      g_assert_cmpuint (reader.n, <=, LW_PACKET_READER_BYTES);
      while (lw_packet_reader_next (&reader, &text))
        g_assert_cmpuint (text.n, >, 0);
    }
}

/* The log shows what passed, only while it is on, and the line behaves as without it. */
static void
test_log (void)
{
  static const uint8_t ping[] = { 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x03, 0x00, 0x01, 0x19, 0x4E };
  g_autofree char *path = g_build_filename (g_getenv ("LW_DATA_DIR"), "arms", "planar-2.xml", NULL);
  LwArmModel *model = lw_arm_model_load (path, NULL, NULL);
  LwTransportLog *log = lw_transport_log_new ();
  LwTransportChunk chunks[8];
  LwPacketReader reader;
  LwPacketText text;
  LwSimBusConfig config;
  LwFakeClock clock;
  LwTransport *line;
  LwSimBus *bus;
  uint8_t reply[64];
  size_t n, n_reply;

  g_assert_nonnull (model);
  lw_sim_bus_config_init (&config);
  config.model = model;
  bus = lw_sim_bus_new (&config);
  lw_fake_clock_init (&clock);
  line = lw_transport_log_wrap (lw_sim_bus_direct (bus, &clock), log);
  for (int on = 0; on < 2; on++)
    {
      lw_transport_log_enable (log, on);
      g_assert_cmpint (line->klass->write (line, ping, sizeof ping, clock.now_ns + 10000000), ==, LW_IO_OK);
      n_reply = 0;
      while (n_reply < 14)
        {
          g_assert_cmpint (line->klass->read (line, reply + n_reply, sizeof reply - n_reply, &n, clock.now_ns + 10000000), ==, LW_IO_OK);
          n_reply += n;
        }
      n = lw_transport_log_take (log, chunks, G_N_ELEMENTS (chunks));
      g_assert_cmpuint (n, >=, on ? 2 : 0);
    }
  g_assert_true (chunks[0].out);
  g_assert_cmpmem (chunks[0].bytes, chunks[0].n, ping, sizeof ping);
  lw_packet_reader_init (&reader, LW_PROTOCOL_DYNAMIXEL, false);
  for (size_t i = 1; i < n; i++)
    {
      g_assert_false (chunks[i].out);
      g_assert_cmpint (chunks[i].t_ns, >=, chunks[i - 1].t_ns);
      lw_packet_reader_add (&reader, chunks[i].bytes, chunks[i].n);
    }
  g_assert_true (lw_packet_reader_next (&reader, &text));
  g_assert_cmpstr (text.words, ==, "status of 1: ok, 3 bytes");

  /* A full log drops and counts; what is in it stays in order. */
  for (int i = 0; i < 3000; i++)
    g_assert_cmpint (line->klass->write (line, ping, sizeof ping, clock.now_ns + 10000000), ==, LW_IO_OK);
  g_assert_cmpuint (lw_transport_log_dropped (log), >, 0);
  lw_transport_free (line);
  for (uint64_t all = 0; (n = lw_transport_log_take (log, chunks, G_N_ELEMENTS (chunks))) > 0; all += n)
    g_assert_cmpuint (all, <, 3000);
  lw_transport_log_unref (log);
  lw_sim_bus_free (bus);
  lw_arm_model_unref (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packet-reader/dynamixel", test_dynamixel);
  g_test_add_func ("/packet-reader/feetech", test_feetech);
  g_test_add_func ("/packet-reader/lines", test_lines);
  g_test_add_func ("/packet-reader/damage", test_damage);
  g_test_add_func ("/transport-log/log", test_log);
  return g_test_run ();
}
