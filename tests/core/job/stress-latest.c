/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread publishes 200 000 values, another takes what it finds: values only grow, the last one always arrives, each is freed once. No GLib, so that a thread
 * sanitizer build sees every access. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lw-latest.h"

#define N 200000

typedef struct {
  long value;
  long twice; /* a torn value would not fit */
} Value;

static LwLatest    box;
static atomic_long n_freed;

static void
value_free (void *value)
{
  atomic_fetch_add_explicit (&n_freed, 1, memory_order_relaxed);
  free (value);
}

static void *
publish (void *unused)
{
  for (long i = 1; i <= N; i++)
    {
      Value *value = malloc (sizeof *value);

      *value = (Value){ i, 2 * i };
      lw_latest_put (&box, value);
    }
  return unused;
}

int
main (void)
{
  pthread_t thread;
  long last = 0, n_seen = 0;

  lw_latest_init (&box, value_free);
  if (pthread_create (&thread, NULL, publish, NULL) != 0)
    return EXIT_FAILURE;
  while (last < N)
    {
      Value *value = lw_latest_take (&box);

      if (value == NULL)
        continue;
      if (value->value <= last || value->twice != 2 * value->value)
        {
          fprintf (stderr, "%ld after %ld, twice %ld\n", value->value, last, value->twice);
          return EXIT_FAILURE;
        }
      last = value->value;
      n_seen++;
      value_free (value);
    }
  pthread_join (thread, NULL);
  lw_latest_clear (&box);
  if (atomic_load (&n_freed) != N)
    {
      fprintf (stderr, "%d published, %ld freed\n", N, atomic_load (&n_freed));
      return EXIT_FAILURE;
    }
  printf ("%d published, %ld taken, the last one among them\n", N, n_seen);
  return EXIT_SUCCESS;
}
