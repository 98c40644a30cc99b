/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One writer, two readers: no reader ever sees half of a value, and each sees them grow. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lw-snapshot.h"

#define N_VALUES 50000

typedef struct {
  uint64_t number;
  double   copies[37];
  uint32_t last; /* the size is not a whole number of words without padding */
} Value;

static LwSnapshot       snapshot;
static _Atomic uint64_t words[LW_SNAPSHOT_WORDS (Value)];

static void *
watch (void *data)
{
  uint64_t before = 0, seen = 0;

  while (before < N_VALUES)
    {
      Value value;

      lw_snapshot_get (&snapshot, &value, sizeof value);
      for (int i = 0; i < 37; i++)
        if (value.copies[i] != (double) value.number)
          {
            fprintf (stderr, "torn: %d of value %llu\n", i, (unsigned long long) value.number);
            exit (1);
          }
      if (value.last != (uint32_t) value.number || value.number < before)
        {
          fprintf (stderr, "value %llu after %llu\n", (unsigned long long) value.number, (unsigned long long) before);
          exit (1);
        }
      seen += value.number != before;
      before = value.number;
    }
  if (seen < 10)
    {
      fprintf (stderr, "only %llu values were seen\n", (unsigned long long) seen);
      exit (1);
    }
  printf ("# a reader saw %llu of %d values\n", (unsigned long long) seen, N_VALUES);
  return NULL;
}

int
main (void)
{
  pthread_t readers[2];
  Value     value = { 0 };

  snapshot.words = words;
  snapshot.n_words = sizeof words / sizeof *words;
  for (int i = 0; i < 2; i++)
    if (pthread_create (&readers[i], NULL, watch, NULL) != 0)
      return 1;
  for (uint64_t number = 1; number <= N_VALUES; number++)
    {
      value.number = number;
      value.last = (uint32_t) number;
      for (int i = 0; i < 37; i++)
        value.copies[i] = (double) number;
      lw_snapshot_put (&snapshot, &value, sizeof value);
      /* Values come one a control cycle in life; back to back no reader would get one whole. */
      if (number % 100 == 0)
        nanosleep (&(struct timespec){ 0, 20000 }, NULL);
    }
  for (int i = 0; i < 2; i++)
    pthread_join (readers[i], NULL);
  return 0;
}
