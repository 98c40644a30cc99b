/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables that were split by seeds become one again. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "lw-compare-table.h"
#include "lw-skill.h"

/* ---- are they of one kind? ---- */

static JsonNode *
parse (const char *settings)
{
  return settings != NULL ? json_from_string (settings, NULL) : NULL;
}

static char *
value_of (JsonObject *o, const char *name)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL ? json_to_string (node, FALSE) : g_strdup ("not there");
}

/* (nullable) (transfer full) "name is a, in the other b" of the first member of @a or @b that differs. */
static char *
first_difference (JsonObject *a, JsonObject *b)
{
  JsonObject *const both[] = { a, b };

  for (int side = 0; side < 2; side++)
    {
      g_autoptr (GList) names = json_object_get_members (both[side]);

      for (GList *l = names; l != NULL; l = l->next)
        {
          g_autofree char *x = value_of (a, l->data), *y = value_of (b, l->data);

          if (strcmp (x, y) != 0)
            return g_strdup_printf ("“%s” is %s and %s", (const char *) l->data, x, y);
        }
    }
  return NULL;
}

static gboolean
check_settings (const LwCompareTable *a, const LwCompareTable *b, const char *name_a, const char *name_b, GError **error)
{
  g_autoptr (JsonNode) x = NULL, y = NULL;
  g_autofree char *difference = NULL;

  if (g_strcmp0 (a->fingerprint, b->fingerprint) == 0)
    return TRUE;
  x = parse (a->settings);
  y = parse (b->settings);
  if (x != NULL && y != NULL && JSON_NODE_HOLDS_OBJECT (x) && JSON_NODE_HOLDS_OBJECT (y))
    difference = first_difference (json_node_get_object (x), json_node_get_object (y));
  if (difference != NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s and %s have different settings: %s", name_a, name_b, difference);
  else
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                 "%s and %s have different settings (%s and %s); the .json tables say which", name_a, name_b,
                 a->fingerprint != NULL ? a->fingerprint : "none", b->fingerprint != NULL ? b->fingerprint : "none");
  return FALSE;
}

/* ---- rows in order ---- */

typedef struct {
  GPtrArray *tasks, *algorithms; /* names, in the order of their first rows */
} Order;

static guint
rank_of (const GPtrArray *names, const char *name)
{
  guint i = 0;

  while (i < names->len && g_ptr_array_index (names, i) != name)
    i++;
  return i;
}

static int
by_order (gconstpointer x, gconstpointer y, gpointer data)
{
  const LwCompareRow *a = x, *b = y;
  const Order *order = data;
  guint task_a = rank_of (order->tasks, a->task), task_b = rank_of (order->tasks, b->task);
  guint algorithm_a = rank_of (order->algorithms, a->algorithm), algorithm_b = rank_of (order->algorithms, b->algorithm);

  if (task_a != task_b)
    return task_a < task_b ? -1 : 1;
  if (algorithm_a != algorithm_b)
    return algorithm_a < algorithm_b ? -1 : 1;
  if (a->seed != b->seed)
    return a->seed < b->seed ? -1 : 1;
  return (a->iteration > b->iteration) - (a->iteration < b->iteration);
}

static void
sort_rows (LwCompareTable *table)
{
  Order order = { g_ptr_array_new (), g_ptr_array_new () };

  for (guint i = 0; i < table->rows->len; i++)
    {
      const LwCompareRow *row = &g_array_index (table->rows, LwCompareRow, i);

      if (rank_of (order.tasks, row->task) == order.tasks->len)
        g_ptr_array_add (order.tasks, (gpointer) row->task);
      if (rank_of (order.algorithms, row->algorithm) == order.algorithms->len)
        g_ptr_array_add (order.algorithms, (gpointer) row->algorithm);
    }
  g_array_sort_with_data (table->rows, by_order, &order);
  g_ptr_array_unref (order.tasks);
  g_ptr_array_unref (order.algorithms);
}

/* Adds @from's rows; @seeds maps a seed to the name of the table that has it. */
static gboolean
take_rows (LwCompareTable *to, const LwCompareTable *from, const char *name, GHashTable *seeds, GError **error)
{
  for (guint i = 0; i < from->rows->len; i++)
    {
      const LwCompareRow *row = &g_array_index (from->rows, LwCompareRow, i);
      gint64 seed = (gint64) row->seed;
      const char *owner = g_hash_table_lookup (seeds, &seed);

      if (owner == NULL)
        g_hash_table_insert (seeds, g_memdup2 (&seed, sizeof seed), (gpointer) name);
      else if (owner != name)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "seed %" G_GUINT64_FORMAT " is in both %s and %s", row->seed,
                       owner, name);
          return FALSE;
        }
      lw_compare_table_add (to, row);
    }
  return TRUE;
}

LwCompareTable *
lw_compare_table_merge (LwCompareTable *const *tables, const char *const *names, guint n, GError **error)
{
  g_autoptr (LwCompareTable) all = NULL;
  g_autoptr (GHashTable) seeds = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  guint with_settings = 0;

  for (guint i = 1; i < n; i++)
    if (!check_settings (tables[0], tables[i], names[0], names[i], error))
      return NULL;
  while (with_settings < n - 1 && tables[with_settings]->settings == NULL)
    with_settings++;
  all = lw_compare_table_new (g_strdup (tables[with_settings]->settings));
  if (all->fingerprint == NULL)
    all->fingerprint = g_strdup (tables[0]->fingerprint);
  for (guint i = 0; i < n; i++)
    if (!take_rows (all, tables[i], names[i], seeds, error))
      return NULL;
  sort_rows (all);
  return g_steal_pointer (&all);
}
