/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reply-ledger.h"

#define MS G_GINT64_CONSTANT (1000000)

/* Six bytes around the data, as on a Feetech bus: a reply of 6 has 12, one of 7 has 13. */
typedef struct {
  LwServoBus    bus;
  LwReplyLedger ledger;
} Books;

static void
open_books (Books *self)
{
  *self = (Books){ .bus = { .n_servos = 4 } };
  lw_reply_ledger_init (&self->ledger, &self->bus, 6);
}

static void
ask (Books *self, size_t n, uint16_t length, int64_t now_ns)
{
  for (size_t servo = 0; servo < n; servo++)
    lw_reply_ledger_asked (&self->ledger, servo, length, now_ns);
}

static void
assert_servo (const Books *self, size_t servo, uint64_t answered, uint64_t lost, uint64_t corrupt, uint64_t overdue)
{
  const LwBusCounters *one = &self->bus.servo_counters[servo];

  g_assert_cmpuint (one->answered, ==, answered);
  g_assert_cmpuint (one->lost, ==, lost);
  g_assert_cmpuint (one->corrupt, ==, corrupt);
  g_assert_cmpuint (one->overdue, ==, overdue);
}

static void
assert_sums (const Books *self)
{
  LwBusCounters sum = { 0 };

  for (size_t i = 0; i < self->bus.n_servos; i++)
    {
      const LwBusCounters *one = &self->bus.servo_counters[i];

      g_assert_cmpuint (one->sent, ==, one->answered + one->lost + one->corrupt + one->overdue);
      sum.answered += one->answered;
      sum.lost += one->lost;
      sum.corrupt += one->corrupt;
      sum.overdue += one->overdue;
      sum.late += one->late;
    }
  g_assert_cmpuint (self->bus.counters.answered, ==, sum.answered);
  g_assert_cmpuint (self->bus.counters.lost, ==, sum.lost);
  g_assert_cmpuint (self->bus.counters.corrupt, ==, sum.corrupt);
  g_assert_cmpuint (self->bus.counters.overdue, ==, sum.overdue);
  g_assert_cmpuint (self->bus.counters.late, ==, sum.late);
}

/* One answered, one lost, one corrupt, one late. */
static void
test_counting (void)
{
  Books books;

  open_books (&books);
  ask (&books, 4, 6, 0);
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 0, 6, MS), ==, LW_REPLY_ANSWER);
  books.ledger.expected[1].head_seen = true; /* of servo 2: servo 0 is off the list */
  lw_reply_ledger_garbage (&books.ledger, 12);
  g_assert_cmpuint (lw_reply_ledger_give_up (&books.ledger, 0, 2 * MS), ==, 1);
  assert_servo (&books, 0, 1, 0, 0, 0);
  assert_servo (&books, 1, 0, 1, 0, 0);
  assert_servo (&books, 2, 0, 0, 1, 0);
  assert_servo (&books, 3, 0, 1, 0, 0);
  assert_sums (&books);
  /* Nobody's: another length, one who has answered. */
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 3, 7, 3 * MS), ==, LW_REPLY_UNKNOWN);
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 0, 6, 3 * MS), ==, LW_REPLY_UNKNOWN);
  /* Owed: no longer lost; once. */
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 3, 6, 3 * MS), ==, LW_REPLY_OVERDUE);
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 3, 6, 3 * MS), ==, LW_REPLY_UNKNOWN);
  assert_servo (&books, 3, 0, 0, 0, 1);
  g_assert_cmpuint (books.bus.counters.late, ==, 12);
  assert_sums (&books);
}

/* Bytes that come after an exchange was given up belong to who was missing in it: decided by the next good reply. */
static void
test_late_garbage (void)
{
  Books books;

  open_books (&books);
  ask (&books, 3, 6, 0);
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 0, 6, MS), ==, LW_REPLY_ANSWER);
  g_assert_cmpuint (lw_reply_ledger_give_up (&books.ledger, 0, 2 * MS), ==, 0);
  assert_servo (&books, 1, 0, 1, 0, 0);
  lw_reply_ledger_garbage (&books.ledger, 12); /* of servo 1: its head was hit */
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 2, 6, 3 * MS), ==, LW_REPLY_OVERDUE);
  assert_servo (&books, 1, 0, 0, 1, 0);
  assert_servo (&books, 2, 0, 0, 0, 1);
  assert_sums (&books);
  /* Decided: bytes that come later are another's. */
  ask (&books, 1, 7, 4 * MS);
  lw_reply_ledger_garbage (&books.ledger, 13);
  g_assert_cmpuint (lw_reply_ledger_give_up (&books.ledger, 0, 5 * MS), ==, 1);
  assert_servo (&books, 0, 1, 0, 1, 0);
  assert_servo (&books, 1, 0, 0, 1, 0);
  /* Half of one is of none in the end: its rest never comes. */
  ask (&books, 1, 8, 6 * MS);
  g_assert_cmpuint (lw_reply_ledger_give_up (&books.ledger, 6, 7 * MS), ==, 0);
  assert_servo (&books, 0, 1, 1, 1, 0);
  assert_sums (&books);
}

/* What was counted as corrupt, half of it being there when time was up, may yet arrive whole. */
static void
test_whole_after_all (void)
{
  Books books;

  open_books (&books);
  ask (&books, 1, 6, 0);
  g_assert_cmpuint (lw_reply_ledger_give_up (&books.ledger, 7, MS), ==, 1);
  assert_servo (&books, 0, 0, 0, 1, 0);
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 0, 6, 2 * MS), ==, LW_REPLY_OVERDUE);
  assert_servo (&books, 0, 0, 0, 0, 1);
  assert_sums (&books);
}

/* Where heads do not tell, sizes do. */
static void
test_sizes (void)
{
  Books books;

  open_books (&books);
  ask (&books, 1, 6, 0);
  (void) lw_reply_ledger_give_up (&books.ledger, 0, MS);
  lw_reply_ledger_asked (&books.ledger, 1, 10, MS);
  lw_reply_ledger_garbage (&books.ledger, 16);
  g_assert_cmpuint (lw_reply_ledger_give_up (&books.ledger, 0, 2 * MS), ==, 1);
  assert_servo (&books, 0, 0, 1, 0, 0);
  assert_servo (&books, 1, 0, 0, 1, 0);
  lw_reply_ledger_waive (&books.ledger, 16); /* an echo */
  (void) lw_reply_ledger_give_up (&books.ledger, 0, 2 * MS);
  assert_servo (&books, 1, 0, 1, 0, 0);
  assert_sums (&books);
}

static void
test_owing (void)
{
  Books books;

  open_books (&books);
  g_assert_false (lw_reply_ledger_owes_any (&books.ledger, 0));
  lw_reply_ledger_asked (&books.ledger, 1, 6, 90 * MS);
  g_assert_true (lw_reply_ledger_expects (&books.ledger, 1, 6, 90 * MS));
  g_assert_false (lw_reply_ledger_owes (&books.ledger, 1, 6, 90 * MS)); /* not given up */
  g_assert_false (lw_reply_ledger_owes_any (&books.ledger, 90 * MS));
  (void) lw_reply_ledger_give_up (&books.ledger, 0, 100 * MS);
  lw_reply_ledger_asked (&books.ledger, 1, 7, 110 * MS);
  (void) lw_reply_ledger_give_up (&books.ledger, 0, 120 * MS);
  g_assert_true (lw_reply_ledger_owes (&books.ledger, 1, 6, 150 * MS));
  g_assert_false (lw_reply_ledger_owes (&books.ledger, 1, 6, 150 * MS + 1));
  g_assert_true (lw_reply_ledger_owes (&books.ledger, 1, 7, 150 * MS + 1));
  g_assert_false (lw_reply_ledger_owes (&books.ledger, 0, 7, 120 * MS));
  g_assert_true (lw_reply_ledger_owes_any (&books.ledger, 170 * MS));
  g_assert_false (lw_reply_ledger_owes_any (&books.ledger, 170 * MS + 1));
  g_assert_cmpint (lw_reply_ledger_take (&books.ledger, 1, 7, 171 * MS), ==, LW_REPLY_UNKNOWN); /* too late to be that one */
  assert_sums (&books);
}

/* More than there is room for: the oldest go, the youngest are known. */
static void
test_full (void)
{
  Books books;

  open_books (&books);
  for (uint16_t i = 0; i < 3 * LW_REPLY_LEDGER_SIZE; i++)
    {
      lw_reply_ledger_asked (&books.ledger, i % 4, i, i);
      (void) lw_reply_ledger_give_up (&books.ledger, 0, i);
    }
  for (uint16_t i = 0; i < 3 * LW_REPLY_LEDGER_SIZE; i++)
    g_assert_cmpint (lw_reply_ledger_owes (&books.ledger, i % 4, i, MS), ==, i >= 2 * LW_REPLY_LEDGER_SIZE);
  g_assert_cmpuint (books.bus.counters.lost, ==, 3 * LW_REPLY_LEDGER_SIZE);
  assert_sums (&books);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reply-ledger/counting", test_counting);
  g_test_add_func ("/reply-ledger/late-garbage", test_late_garbage);
  g_test_add_func ("/reply-ledger/whole-after-all", test_whole_after_all);
  g_test_add_func ("/reply-ledger/sizes", test_sizes);
  g_test_add_func ("/reply-ledger/owing", test_owing);
  g_test_add_func ("/reply-ledger/full", test_full);
  return g_test_run ();
}
