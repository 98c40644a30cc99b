/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <math.h>

#include "lw-json-writer.h"

static void
test_text (void)
{
  LwJsonWriter json;
  g_autofree char *text = NULL, *empty = NULL;
  char *first[] = { (char *) "x", (char *) "a \"b\"" }, *second[] = { (char *) "m", (char *) "" };

  lw_json_begin (&json);
  lw_json_integer (&json, "i", G_MININT64);
  lw_json_boolean (&json, "b", TRUE);
  lw_json_string (&json, "s", "°\\\"\n");
  lw_json_string (&json, "n", NULL);
  lw_json_null (&json, "z");
  lw_json_reals (&json, "r", (double[]){ 1.0, NAN, -0.5 }, 3);
  lw_json_pairs (&json, "p", first, second, 2);
  text = lw_json_end (&json);
  g_assert_cmpstr (text, ==, "{\"i\":-9223372036854775808,\"b\":true,\"s\":\"°\\\\\\\"\\u000a\",\"n\":null,\"z\":null,\"r\":[1,null,-0.5],"
                             "\"p\":[[\"x\",\"m\"],[\"a \\\"b\\\"\",\"\"]]}");
  lw_json_begin (&json);
  empty = lw_json_end (&json);
  g_assert_cmpstr (empty, ==, "{}");
}

/* Each comes back from a parser to the last bit, those with an exponent and no point among them. */
static void
test_reals (void)
{
  static const double values[] = { 0.0, 1.0, -1.0, 0.1, 1.0 / 3.0, 1e-8, 1e-300, 1e22, 1.7976931348623157e308, 2.2250738585072014e-308, 1e15 + 0.5, -1e-5 };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      LwJsonWriter json;
      g_autofree char *text = NULL;
      g_autoptr (JsonParser) parser = json_parser_new ();
      GError *error = NULL;

      lw_json_begin (&json);
      lw_json_real (&json, "v", values[i]);
      text = lw_json_end (&json);
      json_parser_load_from_data (parser, text, -1, &error);
      g_assert_no_error (error);
      g_assert_true (json_object_get_double_member (json_node_get_object (json_parser_get_root (parser)), "v") == values[i]);
    }
}

static void
test_not_finite (void)
{
  LwJsonWriter json;
  g_autofree char *text = NULL;

  lw_json_begin (&json);
  lw_json_real (&json, "a", NAN);
  lw_json_real (&json, "b", INFINITY);
  lw_json_real (&json, "c", -INFINITY);
  text = lw_json_end (&json);
  g_assert_cmpstr (text, ==, "{\"a\":null,\"b\":null,\"c\":null}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-writer/text", test_text);
  g_test_add_func ("/json-writer/reals", test_reals);
  g_test_add_func ("/json-writer/not-finite", test_not_finite);
  return g_test_run ();
}
