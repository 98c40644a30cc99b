/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>

#include "lw-assert-close.h"
#include "lw-demonstrations.h"
#include "lw-test-paths.h"
#include "lw-test-store.h"

/* Parenthesised: clang takes a bare pair of strings in a table for a forgotten comma. */
#define BOM(text) ("\xef\xbb\xbf" text)

static char *
write_text (const LwTestPlace *place, const char *text)
{
  char *path = g_build_filename (place->folder, "a.csv", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static LwDemonstrations *
read_text (const LwTestPlace *place, const char *text, double rate_hz)
{
  g_autofree char *path = write_text (place, text);
  GError *error = NULL;
  LwDemonstrations *set = lw_csv_read (path, rate_hz, &error);

  g_assert_no_error (error);
  g_assert_nonnull (set);
  return set;
}

static void
test_reads (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (LwDemonstrations) set = read_text (place,
                                                "demo,x [m],t,q3,q1,mass\n"
                                                "7,0.5,10,1,2,-1e-3\n"
                                                "7,0.5,10.25,3,4,-0.001\n"
                                                "a b,.75,0,+5,6.,2\n"
                                                "a b,.75,1e-3,7,8,2\n"
                                                "a b,.75,2e-3,9,10,2",
                                                0);

  g_assert_cmpuint (set->n, ==, 2);
  g_assert_cmpuint (set->n_joints, ==, 2);
  g_assert_cmpuint (set->n_context, ==, 2);
  g_assert_cmpstr (set->context_names[0], ==, "x");
  g_assert_cmpstr (set->context_units[0], ==, "m");
  g_assert_cmpstr (set->context_names[1], ==, "mass");
  g_assert_null (set->context_units[1]);
  g_assert_true (lw_mat_get (&set->contexts, 0, 0) == 0.5 && lw_mat_get (&set->contexts, 0, 1) == -1e-3);
  g_assert_true (lw_mat_get (&set->contexts, 1, 0) == 0.75 && lw_mat_get (&set->contexts, 1, 1) == 2);
  g_assert_null (set->ids);
  g_assert_null (set->params.data);

  const LwTrajectory *first = set->trajectories[0], *second = set->trajectories[1];
  g_assert_cmpuint (first->n_samples, ==, 2);
  g_assert_true (first->t[0] == 0 && first->t[1] == 0.25); /* from the start */
  /* joints in the order of the file, not of their numbers */
  g_assert_true (lw_mat_get (&first->q, 0, 0) == 1 && lw_mat_get (&first->q, 0, 1) == 2 && lw_mat_get (&first->q, 1, 1) == 4);
  g_assert_cmpuint (second->n_samples, ==, 3);
  g_assert_true (second->t[2] == 2e-3 && lw_mat_get (&second->q, 2, 1) == 10);
}

/* What other programs write: CRLF, byte order mark, quotes, spaces, blank lines. */
static void
test_dialects (LwTestPlace *place, gconstpointer data)
{
  static const char *const texts[] = {
    "demo,t,q0,\"a,\"\"b\"\r\n0,0,1,5\r\n0,1,2,5\r\n",
    BOM ("demo,t,q0,\"a,\"\"b\"\n0,0,1,5\n0,1,2,5\n"),
    "\"demo\" , \"t\",\"q0\",\"a,\"\"b\"\n\"0\",\"0\" ,\"1\", \"5\"\n0,1,2,5",
    "\n  \ndemo, t , q0,\t\"a,\"\"b\" \n\n 0 , 0 , 1 , 5\n\n0,1,2,5.0\n\n\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LwDemonstrations) set = read_text (place, texts[i], 0);
    g_assert_cmpuint (set->n, ==, 1);
    g_assert_cmpstr (set->context_names[0], ==, "a,\"b");
    g_assert_true (lw_mat_get (&set->contexts, 0, 0) == 5);
    g_assert_true (lw_mat_get (&set->trajectories[0]->q, 0, 0) == 1 && lw_mat_get (&set->trajectories[0]->q, 1, 0) == 2);
    g_assert_true (set->trajectories[0]->t[1] == 1);
  }
}

static void
test_rate (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (LwDemonstrations) set = read_text (place, "demo,q0\n0,1\n0,2\n0,3\n1,5\n1,6\n", 50);

  g_assert_cmpuint (set->n, ==, 2);
  g_assert_true (set->trajectories[0]->t[1] == 1 / 50.0 && set->trajectories[0]->t[2] == 2 / 50.0
                 && set->trajectories[1]->t[1] == 1 / 50.0);
}

static void
assert_refused (const char *path, double rate_hz, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_csv_read (path, rate_hz, &error));
  if (error == NULL || strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error != NULL ? error->message : "", words);
  g_assert_error (error, LW_IMPORT_ERROR, code);
  g_assert_null (strchr (error->message, '\n'));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_refuses (LwTestPlace *place, gconstpointer data)
{
  static const struct {
    const char *text;
    int         code;
    const char *words;
  } cases[] = {
    { "", LW_IMPORT_ERROR_FORMAT, "a.csv is empty" },
    { "\n \r\n\n", LW_IMPORT_ERROR_FORMAT, "a.csv is empty; a header" },
    { BOM (""), LW_IMPORT_ERROR_FORMAT, "a.csv is empty; a header" },
    { "demo,t,q0\n", LW_IMPORT_ERROR_SHAPE, "a.csv has a header and no rows; at least one demonstration" },
    { "t,q0\n0,1\n", LW_IMPORT_ERROR_FORMAT, "a.csv, row 1: there is no column demo" },
    { "demo,q0\n0,1\n0,2\n", LW_IMPORT_ERROR_FORMAT,
      "a.csv, row 1: there is no column t (time in s); give the sampling rate instead with --rate" },
    { "demo,t,x\n0,1,2\n", LW_IMPORT_ERROR_FORMAT, "a.csv, row 1: there is no column q0" },
    { "demo,t,q,q1a\n0,1,2,3\n", LW_IMPORT_ERROR_FORMAT, "there is no column q0" },
    { "demo;t;q0\n0;0;1\n", LW_IMPORT_ERROR_FORMAT, "columns must be separated by commas" },
    { "demo\tt\tq0\n0\t0\t1\n", LW_IMPORT_ERROR_FORMAT, "columns must be separated by commas" },
    { "0,0,1\n0,1,2\n", LW_IMPORT_ERROR_FORMAT, "a.csv, row 1, column 1: 0 is a number; a header" },
    { "demo,t,q0,q0\n", LW_IMPORT_ERROR_FORMAT, "a.csv, row 1, column 4: the name q0 is there twice" },
    { "demo,t,q0,x [m],x\n", LW_IMPORT_ERROR_FORMAT, "column 5: the name x is there twice" },
    { "demo,t,q0,\n0,0,1,2\n", LW_IMPORT_ERROR_FORMAT, "a.csv, row 1, column 4: a name was expected" },
    { "demo,t,\"q0\n0,0,1\n", LW_IMPORT_ERROR_FORMAT, "row 1, column 3: a quote is not closed" },
    { "demo,t,q0\n0,0,\"1\"2\n", LW_IMPORT_ERROR_FORMAT, "row 2, column 3: a quote is not closed, or text follows it" },
    { "demo,t,q0,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10,q11,q12,q13,q14,q15,q16\n", LW_IMPORT_ERROR_FORMAT,
      "column 19: there are more joints than 16" },
    { "demo,t,q0\n0,0,1\n0,1\n", LW_IMPORT_ERROR_SHAPE, "a.csv, row 3: 2 columns; 3 as in the header were expected" },
    { "demo,t,q0\n0,0,1\n\n0,1,2,3\n", LW_IMPORT_ERROR_SHAPE, "a.csv, row 4: 4 columns; 3" },
    { "demo,t,q0\n0,0,1\n0,1,two\n", LW_IMPORT_ERROR_VALUE, "a.csv, row 3, column q0: “two” is no number" },
    { "demo,t,q0\n0,0,1\n0,x,2\n", LW_IMPORT_ERROR_VALUE, "a.csv, row 3, column t: “x” is no number" },
    { "demo,t,q0\n0,0,1\n0,1,1.5.2\n", LW_IMPORT_ERROR_VALUE, "“1.5.2” is no number" },
    { "demo,t,q0\n0,0,1\n0,1,0x10\n", LW_IMPORT_ERROR_VALUE, "“0x10” is no number" },
    { "demo,t,q0\n0,0,1\n0,1,1e\n", LW_IMPORT_ERROR_VALUE, "“1e” is no number" },
    { "demo,t,q0\n0,0,1\n0,1,--1\n", LW_IMPORT_ERROR_VALUE, "“--1” is no number" },
    { "demo,t,q0\n0,0,1\n0,1,\n", LW_IMPORT_ERROR_VALUE, "row 3, column q0: it is empty; a number was expected" },
    { "demo,t,q0\n0,0,1\n0,1,nan\n", LW_IMPORT_ERROR_VALUE, "row 3, column q0: nan; a finite number was expected" },
    { "demo,t,q0\n0,0,-Inf\n0,1,1\n", LW_IMPORT_ERROR_VALUE, "row 2, column q0: -Inf; a finite" },
    { "demo,t,q0\n0,NaN,1\n0,1,1\n", LW_IMPORT_ERROR_VALUE, "row 2, column t: NaN; a finite" },
    { "demo,t,q0\n0,0,1e999\n0,1,1\n", LW_IMPORT_ERROR_VALUE, "row 2, column q0: 1e999; a finite" },
    { "demo,t,q0\n0,0.31,1\n0,0.31,2\n", LW_IMPORT_ERROR_VALUE,
      "a.csv, row 3, column t: 0.31 is not later than 0.31 in row 2; times must increase within a demonstration" },
    { "demo,t,q0\n0,0.5,1\n\n0,0.31,2\n", LW_IMPORT_ERROR_VALUE, "a.csv, row 4, column t: 0.31 is not later than 0.5 in row 2" },
    { "demo,t,q0\n0,-1e300,1\n0,1,2\n0,2,2\n", LW_IMPORT_ERROR_VALUE, "2 is not later than 1 in row 3" },
    { "demo,t,q0,x\n0,0,1,5\n0,1,2,6\n", LW_IMPORT_ERROR_VALUE,
      "a.csv, row 3, column x: 6 differs from 5 in row 2; a context must be constant within a demonstration" },
    { "demo,t,q0,x\n0,0,1,left\n0,1,2,left\n", LW_IMPORT_ERROR_VALUE, "row 2, column x: “left” is no number" },
    { "demo,t,q0,x\n0,0,1,nan\n0,1,2,nan\n", LW_IMPORT_ERROR_VALUE, "row 2, column x: nan; a finite" },
    { "demo,t,q0,x\n0,0,1,\n0,1,2,\n", LW_IMPORT_ERROR_VALUE, "row 2, column x: it is empty" },
    { "demo,t,q0\n0,0,1\n1,0,1\n1,1,2\n", LW_IMPORT_ERROR_VALUE,
      "a.csv, row 2, column demo: demonstration 0 has one row; at least 2" },
    { "demo,t,q0\n0,0,1\n0,1,1\n1,0,2\n", LW_IMPORT_ERROR_VALUE, "a.csv, row 4, column demo: demonstration 1 has one row" },
    { "demo,t,q0\n,0,1\n,1,1\n", LW_IMPORT_ERROR_VALUE, "row 2, column demo: it is empty" },
    { "demo,t,q0\n0,0,1\n0,1,1\n1,0,1\n1,1,1\n0,2,1\n", LW_IMPORT_ERROR_VALUE,
      "row 6, column demo: demonstration 0 already ended in row 3" },
    { "demo,t,q0\n0,0,\xff\xfe\n", LW_IMPORT_ERROR_FORMAT, "a.csv, row 2: byte 0xff is not UTF-8 text" },
    { "\xff\xfe\x20", LW_IMPORT_ERROR_FORMAT, "a.csv, row 1: byte 0xff" },
    { "demo,t,q0\n0,0,\x01\x02\n", LW_IMPORT_ERROR_VALUE, "“??” is no number" },
    { "demo,t,q0,a\rb\n0,0,1,\x1b\n", LW_IMPORT_ERROR_VALUE, "column a?b: “?”" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = write_text (place, cases[i].text);
    assert_refused (path, 0, cases[i].code, cases[i].words);
  }

  g_autofree char *path = write_text (place, "demo,q0\n0,1\n0,2\n");
  assert_refused (path, -5, LW_IMPORT_ERROR_FORMAT, "--rate");
  assert_refused (path, NAN, LW_IMPORT_ERROR_FORMAT, "--rate");
  g_assert_true (g_file_set_contents (path, "demo,t,q0\n0,0,\0", 15, NULL));
  assert_refused (path, 0, LW_IMPORT_ERROR_FORMAT, "row 2: byte 0x00 is not UTF-8 text");
  assert_refused (place->folder, 0, LW_IMPORT_ERROR_OPEN, "is a folder; a file was expected");
  assert_refused ("/nowhere/a.csv", 0, LW_IMPORT_ERROR_OPEN, "/nowhere/a.csv: there is no such file");
  assert_refused ("/dev/null", 0, LW_IMPORT_ERROR_OPEN, "not a regular file");
}

/* A line of 8 MB: an excerpt in the message, no more. */
static void
test_huge_lines (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("demo,t,q0\n0,0,");
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 1 << 20; i++)
    g_string_append (text, "ABCDEFÄ");
  g_autofree char *path = write_text (place, text->str);
  g_assert_null (lw_csv_read (path, 0, &error));
  g_assert_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE);
  g_assert_cmpuint (strlen (error->message), <, 200);
  g_assert_nonnull (strstr (error->message, "…”"));

  /* A number may be long. */
  g_string_assign (text, "demo,t,q0\n0,0,0.");
  for (int i = 0; i < 1 << 16; i++)
    g_string_append_c (text, '3');
  g_string_append (text, "\n0,1,1\n");
  g_autoptr (LwDemonstrations) set = read_text (place, text->str, 0);
  g_assert_true (lw_mat_get (&set->trajectories[0]->q, 0, 0) == 1.0 / 3);

  /* Many columns. */
  g_string_assign (text, "demo,t,q0");
  for (int i = 0; i < 100000; i++)
    g_string_append_printf (text, ",c%d", i);
  g_autofree char *wide = write_text (place, text->str);
  assert_refused (wide, 0, LW_IMPORT_ERROR_SHAPE, "no rows");
}

/* Every truncation of a good file is read or refused in one line. */
static void
test_truncated (LwTestPlace *place, gconstpointer data)
{
  static const char text[] = "\xef\xbb\xbf"
                             "demo,t,q0,\"q1\",x [m]\r\n0,0,1.5,-2e-3,5\r\n0,0.01,1.6,\"3\",5\r\n1,0,2,4,6\r\n1,0.01,2,4,6\r\n";
  guint n_read = 0;

  for (size_t n = 1; n < sizeof text; n++) {
    g_autofree char *path = g_build_filename (place->folder, "a.csv", NULL);
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, text, (gssize) n, NULL));
    g_autoptr (LwDemonstrations) set = lw_csv_read (path, 0, &error);
    g_assert_true ((set != NULL) == (error == NULL));
    n_read += set != NULL;
    if (error != NULL)
      g_assert_null (strchr (error->message, '\n'));
  }
  /* behind the first demonstration, behind all of it, and with its last line ends missing */
  g_assert_cmpuint (n_read, >=, 4);

  /* and so is every file with one byte changed */
  for (size_t at = 0; at < sizeof text - 1; at++) {
    char copy[sizeof text];
    g_autoptr (GError) error = NULL;
    memcpy (copy, text, sizeof text);
    copy[at] = (char) (copy[at] ^ (1 << (at % 8)));
    g_autofree char *path = g_build_filename (place->folder, "a.csv", NULL);
    g_assert_true (g_file_set_contents (path, copy, sizeof text - 1, NULL));
    g_autoptr (LwDemonstrations) set = lw_csv_read (path, 100, &error);
    if (set == NULL)
      g_assert_true (g_utf8_validate (error->message, -1, NULL) && strchr (error->message, '\n') == NULL);
  }
}

static LwDemonstrations *
make_set (void)
{
  LwDemonstrations *set = lw_demonstrations_new (5, 7, 2);

  set->context_names[0] = g_strdup ("x");
  set->context_units[0] = g_strdup ("m");
  set->context_names[1] = g_strdup ("he said \"a, b\"");
  set->trajectories = g_new0 (LwTrajectory *, set->n);
  for (size_t i = 0; i < set->n; i++) {
    set->trajectories[i] = lw_test_trajectory ((guint) i, 40 + 7 * i, 7);
    lw_mat_set (&set->contexts, i, 0, 1.0 / (3 + (double) i));
    lw_mat_set (&set->contexts, i, 1, i == 0 ? -1e-300 : 1e17 * (double) i);
  }
  return set;
}

static void
assert_same_set (const LwDemonstrations *a, const LwDemonstrations *b)
{
  g_assert_cmpuint (a->n, ==, b->n);
  g_assert_cmpuint (a->n_joints, ==, b->n_joints);
  g_assert_cmpuint (a->n_context, ==, b->n_context);
  for (size_t j = 0; j < a->n_context; j++) {
    g_assert_cmpstr (a->context_names[j], ==, b->context_names[j]);
    g_assert_cmpstr (a->context_units[j], ==, b->context_units[j]);
  }
  g_assert_cmpmem (a->contexts.data, a->n * a->n_context * 8, b->contexts.data, b->n * b->n_context * 8);
  for (size_t i = 0; i < a->n; i++) {
    const LwTrajectory *p = a->trajectories[i], *q = b->trajectories[i];
    g_assert_cmpmem (p->t, p->n_samples * 8, q->t, q->n_samples * 8);
    g_assert_cmpmem (p->q.data, p->n_samples * a->n_joints * 8, q->q.data, q->n_samples * b->n_joints * 8);
  }
}

/* Not only to 1e-9: to the last bit. */
static void
test_round_trip (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (LwDemonstrations) set = make_set ();
  g_autofree char *path = g_build_filename (place->folder, "out.csv", NULL);
  GError *error = NULL;

  g_assert_true (lw_csv_write (set, path, &error));
  g_assert_no_error (error);
  g_autoptr (LwDemonstrations) back = lw_csv_read (path, 0, &error);
  g_assert_no_error (error);
  assert_same_set (set, back);
}

/* The decimal comma of the program's locale changes nothing, in either direction. */
static void
test_locale (LwTestPlace *place, gconstpointer data)
{
  static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "nl_NL.UTF-8", "ru_RU.UTF-8" };
  g_autoptr (LwDemonstrations) set = make_set ();
  g_autofree char *path = g_build_filename (place->folder, "out.csv", NULL);
  g_autofree char *plain = NULL, *localised = NULL;
  GError *error = NULL;
  size_t i = 0;

  g_assert_true (lw_csv_write (set, path, &error));
  g_assert_true (g_file_get_contents (path, &plain, NULL, NULL));
  while (i < G_N_ELEMENTS (names) && setlocale (LC_NUMERIC, names[i]) == NULL)
    i++;
  if (i == G_N_ELEMENTS (names) || *localeconv ()->decimal_point != ',') {
    setlocale (LC_NUMERIC, "C");
    g_test_skip ("no locale with a decimal comma is installed");
    return;
  }
  g_assert_true (lw_csv_write (set, path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &localised, NULL, NULL));
  g_autoptr (LwDemonstrations) back = lw_csv_read (path, 0, &error);
  setlocale (LC_NUMERIC, "C");
  g_assert_no_error (error);
  g_assert_cmpstr (localised, ==, plain);
  assert_same_set (set, back);
}

static void
test_write_errors (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->folder, "out.csv", NULL);
  static const char *const impossible[] = { "t", "demo", "q0", "", "a\nb" };

  for (size_t i = 0; i < G_N_ELEMENTS (impossible); i++) {
    g_autoptr (LwDemonstrations) set = make_set ();
    g_autoptr (GError) error = NULL;
    g_free (set->context_names[0]);
    set->context_names[0] = g_strdup (impossible[i]);
    g_assert_false (lw_csv_write (set, path, &error));
    g_assert_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE);
  }

  g_autoptr (LwDemonstrations) set = make_set (), params = lw_demonstrations_new (3, 2, 0), none = lw_demonstrations_new (0, 2, 0);
  g_autoptr (GError) folder = NULL, nowhere = NULL, shape = NULL, empty = NULL, nan_context = NULL;
  g_assert_false (lw_csv_write (set, place->folder, &folder));
  g_assert_error (folder, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE);
  g_assert_false (lw_csv_write (set, "/nowhere/out.csv", &nowhere));
  g_assert_error (nowhere, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE);
  g_assert_false (lw_csv_write (params, path, &shape));
  g_assert_error (shape, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE);
  g_assert_false (lw_csv_write (none, path, &empty));
  g_assert_error (empty, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE);
  lw_mat_set (&set->contexts, 1, 1, NAN);
  g_assert_false (lw_csv_write (set, path, &nan_context));
  g_assert_error (nan_context, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE);
  g_assert_nonnull (strstr (nan_context->message, "demonstration 2"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS)); /* nothing half-written */
}

static void
test_published (void)
{
  g_autofree char *strikes = lw_test_shared_path ("data/barrett_strikes.csv");
  g_autoptr (LwDemonstrations) set = NULL;
  GError *error = NULL;
  size_t shortest = SIZE_MAX, longest = 0;

  if (strikes == NULL)
    return;
  set = lw_csv_read (strikes, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n, ==, 34);
  g_assert_cmpuint (set->n_joints, ==, 7);
  g_assert_cmpuint (set->n_context, ==, 0);
  for (size_t i = 0; i < set->n; i++) {
    shortest = MIN (shortest, set->trajectories[i]->n_samples);
    longest = MAX (longest, set->trajectories[i]->n_samples);
  }
  g_assert_cmpuint (shortest, ==, 175);
  g_assert_cmpuint (longest, ==, 464);
  g_assert_true (lw_mat_get (&set->trajectories[0]->q, 0, 0) == 1.67893016);
  g_assert_true (set->trajectories[0]->t[1] == 0.00200009346);

  g_autofree char *icub = lw_test_shared_path ("data/icub_dataAhead.csv");
  assert_refused (icub, 0, LW_IMPORT_ERROR_FORMAT,
                  "icub_dataAhead.csv, row 1: there is no column t (time in s); give the sampling rate instead with --rate");
  assert_refused (icub, 100, LW_IMPORT_ERROR_FORMAT, "there is no column q0");
}

#define ADD(path, function) g_test_add ("/csv/" path, LwTestPlace, NULL, lw_test_place_init, function, lw_test_place_clear)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("reads", test_reads);
  ADD ("dialects", test_dialects);
  ADD ("rate", test_rate);
  ADD ("refuses", test_refuses);
  ADD ("huge-lines", test_huge_lines);
  ADD ("truncated", test_truncated);
  ADD ("round-trip", test_round_trip);
  ADD ("locale", test_locale);
  ADD ("write-errors", test_write_errors);
  g_test_add_func ("/csv/published", test_published);
  return g_test_run ();
}
