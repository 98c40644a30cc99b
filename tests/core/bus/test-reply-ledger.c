/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reply-ledger.h"

#define MS G_GINT64_CONSTANT (1000000)

typedef struct {
  LwServoBus    bus;
  LwReplyLedger ledger;
} Books;

static void
open_books (Books *self)
{
  *self = (Books){ .bus = { .n_servos = 3 } };
  lw_reply_ledger_init (&self->ledger, &self->bus);
}

static void
assert_counters (const LwBusCounters *counters, uint64_t sent, uint64_t answered, uint64_t lost, uint64_t corrupt, uint64_t overdue)
{
  g_assert_cmpuint (counters->sent, ==, sent);
  g_assert_cmpuint (counters->answered, ==, answered);
  g_assert_cmpuint (counters->lost, ==, lost);
  g_assert_cmpuint (counters->corrupt, ==, corrupt);
  g_assert_cmpuint (counters->overdue, ==, overdue);
}

static void
test_counting (void)
{
  Books books;

  open_books (&books);
  for (size_t servo = 0; servo < 3; servo++)
    lw_reply_ledger_asked (&books.ledger, servo);
  lw_reply_ledger_answered (&books.ledger, 0);
  lw_reply_ledger_missing (&books.ledger, 1, 6, false, 0);
  lw_reply_ledger_missing (&books.ledger, 2, 6, true, 0);
  assert_counters (&books.bus.servo_counters[0], 1, 1, 0, 0, 0);
  assert_counters (&books.bus.servo_counters[1], 1, 0, 1, 0, 0);
  assert_counters (&books.bus.servo_counters[2], 1, 0, 0, 1, 0);
  /* Not owed: another length, another servo. */
  g_assert_false (lw_reply_ledger_overdue (&books.ledger, 1, 7, 13, MS));
  g_assert_false (lw_reply_ledger_overdue (&books.ledger, 0, 6, 12, MS));
  assert_counters (&books.bus.counters, 0, 1, 1, 1, 0);
  /* Owed: no longer lost, or corrupt; once. */
  g_assert_true (lw_reply_ledger_overdue (&books.ledger, 1, 6, 12, MS));
  g_assert_true (lw_reply_ledger_overdue (&books.ledger, 2, 6, 12, MS));
  g_assert_false (lw_reply_ledger_overdue (&books.ledger, 1, 6, 12, MS));
  assert_counters (&books.bus.counters, 0, 1, 0, 0, 2);
  assert_counters (&books.bus.servo_counters[1], 1, 0, 0, 0, 1);
  assert_counters (&books.bus.servo_counters[2], 1, 0, 0, 0, 1);
  g_assert_cmpuint (books.bus.counters.late, ==, 24);
}

static void
test_owing (void)
{
  Books books;

  open_books (&books);
  g_assert_false (lw_reply_ledger_owes_any (&books.ledger, 0));
  lw_reply_ledger_missing (&books.ledger, 1, 6, false, 100 * MS);
  lw_reply_ledger_missing (&books.ledger, 1, 7, true, 120 * MS);
  g_assert_true (lw_reply_ledger_owes (&books.ledger, 1, 6, 150 * MS));
  g_assert_false (lw_reply_ledger_owes (&books.ledger, 1, 6, 150 * MS + 1));
  g_assert_true (lw_reply_ledger_owes (&books.ledger, 1, 7, 150 * MS + 1));
  g_assert_false (lw_reply_ledger_owes (&books.ledger, 0, 7, 120 * MS));
  g_assert_true (lw_reply_ledger_owes_any (&books.ledger, 170 * MS));
  g_assert_false (lw_reply_ledger_owes_any (&books.ledger, 170 * MS + 1));
  g_assert_false (lw_reply_ledger_overdue (&books.ledger, 1, 7, 13, 171 * MS)); /* too late to be that one */
  lw_reply_ledger_missing (&books.ledger, 1, 8, false, 172 * MS);
  lw_reply_ledger_forget (&books.ledger);
  g_assert_false (lw_reply_ledger_owes_any (&books.ledger, 172 * MS));
}

/* More than there is room for: the oldest go, the youngest are known. */
static void
test_full (void)
{
  Books books;

  open_books (&books);
  for (uint16_t i = 0; i < 3 * LW_REPLY_LEDGER_OWED; i++)
    lw_reply_ledger_missing (&books.ledger, i % 3, i, false, i);
  for (uint16_t i = 0; i < 3 * LW_REPLY_LEDGER_OWED; i++)
    g_assert_cmpint (lw_reply_ledger_owes (&books.ledger, i % 3, i, MS), ==, i >= 2 * LW_REPLY_LEDGER_OWED);
  g_assert_cmpuint (books.bus.counters.lost, ==, 3 * LW_REPLY_LEDGER_OWED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reply-ledger/counting", test_counting);
  g_test_add_func ("/reply-ledger/owing", test_owing);
  g_test_add_func ("/reply-ledger/full", test_full);
  return g_test_run ();
}
