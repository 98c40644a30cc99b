/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-json-writer.h"
#include "lw-lampo-objective.h"
#include "lw-npy.h"
#include "lw-skill.h"

static const char description[] =
  "DIR holds .npy arrays: W (K, D, d), means (K, D), sigma_sq (K), x_new, x_old, x_first\n"
  "([base K | mu K*d | s K*d]), z (N, d), k (N), c (N, dc), r (N), and log_den_batch or log_den_mix (N);\n"
  "D = dc + m with the context's rows first. Other files are ignored. With --prefix m0_ the arrays are\n"
  "DIR/m0_W.npy and so on.\n\n"
  "Prints one JSON object with 17 digits: J (normalised importance sampling, without regulariser) and the\n"
  "divergences g_new_old = mean KL(new||old), g_old_new, h = context KL(first||new), each with its gradient,\n"
  "and the effective sample size.";

enum { A_W, A_MEANS, A_SIGMA_SQ, A_X_NEW, A_X_OLD, A_X_FIRST, A_Z, A_K, A_C, A_R, A_LOG_DEN, N_ARRAYS };

static const char *const names[N_ARRAYS] = { "W", "means", "sigma_sq", "x_new", "x_old", "x_first", "z", "k", "c", "r", NULL };

static char *
path_of (const char *dir, const char *prefix, const char *name)
{
  g_autofree char *file = g_strconcat (prefix, name, ".npy", NULL);

  return g_build_filename (dir, file, NULL);
}

/* Which denominator is meant; NULL after saying why it is not clear. */
static const char *
denominator (const char *dir, const char *prefix, const char *wanted)
{
  g_autofree char *batch = path_of (dir, prefix, "log_den_batch"), *mix = path_of (dir, prefix, "log_den_mix");
  gboolean has_batch = g_file_test (batch, G_FILE_TEST_EXISTS), has_mix = g_file_test (mix, G_FILE_TEST_EXISTS);

  if (wanted != NULL && strcmp (wanted, "batch") != 0 && strcmp (wanted, "mix") != 0)
    lw_cli_fail (LW_CLI_USAGE, _("objective: --denominator is batch or mix, not “%s”"), wanted);
  else if (wanted == NULL && has_batch && has_mix)
    lw_cli_fail (LW_CLI_USAGE, _("%s: both %slog_den_batch.npy and %slog_den_mix.npy are there; choose with --denominator batch|mix"), dir, prefix, prefix);
  else if (wanted != NULL ? strcmp (wanted, "batch") == 0 ? !has_batch : !has_mix : !has_batch && !has_mix)
    lw_cli_fail (LW_CLI_USAGE, _("%s: %slog_den_%s.npy is missing"), dir, prefix, wanted != NULL ? wanted : "batch.npy or log_den_mix");
  else
    return (wanted != NULL ? strcmp (wanted, "batch") == 0 : has_batch) ? "log_den_batch" : "log_den_mix";
  return NULL;
}

static int
shape_error (const char *dir, const char *prefix, int which, const char *den, const char *expected, const LwNpy *found)
{
  GString *shape = g_string_new ("(");
  int code;

  for (size_t i = 0; i < found->n_dims; i++)
    g_string_append_printf (shape, i > 0 ? ", %zu" : "%zu", found->dims[i]);
  code = lw_cli_fail (LW_CLI_USAGE, _("%s/%s%s.npy: its shape is %s), expected %s"), dir, prefix, which == A_LOG_DEN ? den : names[which], shape->str, expected);
  g_string_free (shape, TRUE);
  return code;
}

static gboolean
has_shape (const LwNpy *a, size_t n_dims, size_t d0, size_t d1)
{
  return a->n_dims == n_dims && a->dims[0] == d0 && (n_dims < 2 || a->dims[1] == d1);
}

/* Every shape follows from W (K, D, d) and z (N, d). */
static int
check_shapes (const char *dir, const char *prefix, const char *den, const LwNpy *a)
{
  size_t K, D, d, N;

  if (a[A_W].n_dims != 3)
    return shape_error (dir, prefix, A_W, den, "(K, D, d)", &a[A_W]);
  K = a[A_W].dims[0];
  D = a[A_W].dims[1];
  d = a[A_W].dims[2];
  if (a[A_Z].n_dims != 2 || a[A_Z].dims[1] != d)
    return shape_error (dir, prefix, A_Z, den, "(N, d), d as in W", &a[A_Z]);
  N = a[A_Z].dims[0];
  if (!has_shape (&a[A_MEANS], 2, K, D))
    return shape_error (dir, prefix, A_MEANS, den, "(K, D) as in W", &a[A_MEANS]);
  if (!has_shape (&a[A_SIGMA_SQ], 1, K, 0))
    return shape_error (dir, prefix, A_SIGMA_SQ, den, "(K) as in W", &a[A_SIGMA_SQ]);
  for (int i = A_X_NEW; i <= A_X_FIRST; i++)
    if (!has_shape (&a[i], 1, K + 2 * K * d, 0))
      return shape_error (dir, prefix, i, den, "(K + 2 K d) as in W", &a[i]);
  if (a[A_C].n_dims != 2 || a[A_C].dims[0] != N || a[A_C].dims[1] == 0 || a[A_C].dims[1] >= D)
    return shape_error (dir, prefix, A_C, den, "(N, dc), N as in z, 0 < dc < D", &a[A_C]);
  for (int i = A_K; i <= A_LOG_DEN; i++)
    if (i != A_C && !has_shape (&a[i], 1, N, 0))
      return shape_error (dir, prefix, i, den, "(N) as in z", &a[i]);
  return LW_CLI_OK;
}

/* What shapes do not say: components that exist, variances and densities that are some. */
static int
check_values (const char *dir, const char *prefix, const LwNpy *a)
{
  size_t K = a[A_W].dims[0], d = a[A_W].dims[2], N = a[A_Z].dims[0];

  for (size_t i = 0; i < N; i++)
    if (!(a[A_K].data[i] >= 0.0 && a[A_K].data[i] < (double) K) || a[A_K].data[i] != floor (a[A_K].data[i]))
      return lw_cli_fail (LW_CLI_USAGE, _("%s/%sk.npy, element %zu: %g is no component; 0 to %zu were expected"), dir, prefix, i, a[A_K].data[i], K - 1);
  for (size_t k = 0; k < K; k++)
    if (!(a[A_SIGMA_SQ].data[k] > 0.0))
      return lw_cli_fail (LW_CLI_USAGE, _("%s/%ssigma_sq.npy, element %zu: %g; a variance above 0 was expected"), dir, prefix, k, a[A_SIGMA_SQ].data[k]);
  for (int x = A_X_NEW; x <= A_X_FIRST; x++)
    for (size_t i = K + K * d; i < K + 2 * K * d; i++)
      if (a[x].data[i] == 0.0)
        return lw_cli_fail (LW_CLI_USAGE, _("%s/%s%s.npy, element %zu: a standard deviation of 0"), dir, prefix, names[x], i);
  return LW_CLI_OK;
}

static int
evaluate (const char *dir, const LwNpy *a)
{
  size_t K = a[A_W].dims[0], D = a[A_W].dims[1], d = a[A_W].dims[2], N = a[A_Z].dims[0], n_x = K + 2 * K * d;
  g_autofree double *grads = g_new0 (double, 4 * n_x);
  g_autofree int64_t *k = g_new (int64_t, N);
  g_autofree char *line = NULL;
  LwLampoArrays in = {
    .W = lw_mat_view (a[A_W].data, K * D, d), .means = lw_mat_view (a[A_MEANS].data, K, D), .sigma_sq = a[A_SIGMA_SQ].data,
    .x_new = a[A_X_NEW].data, .x_old = a[A_X_OLD].data, .x_first = a[A_X_FIRST].data, .z = lw_mat_view (a[A_Z].data, N, d), .k = k,
    .c = lw_mat_view (a[A_C].data, N, a[A_C].dims[1]), .r = a[A_R].data, .log_den = a[A_LOG_DEN].data,
  };
  LwLampoQuantities q = { .J_grad = grads, .g_new_old_grad = grads + n_x, .g_old_new_grad = grads + 2 * n_x, .h_grad = grads + 3 * n_x };
  LwStatus status;
  LwJsonWriter json;

  for (size_t i = 0; i < N; i++)
    k[i] = (int64_t) a[A_K].data[i];
  status = lw_lampo_objective_from_arrays (&in, &q);
  if (status != LW_OK)
    return lw_cli_fail (LW_CLI_USAGE, _("%s: these arrays make no policy: %s"), dir, lw_status_text (status));
  lw_json_begin (&json);
  lw_json_real (&json, "J", q.J);
  lw_json_reals (&json, "J_grad", q.J_grad, n_x);
  lw_json_real (&json, "g_new_old", q.g_new_old);
  lw_json_reals (&json, "g_new_old_grad", q.g_new_old_grad, n_x);
  lw_json_real (&json, "g_old_new", q.g_old_new);
  lw_json_reals (&json, "g_old_new_grad", q.g_old_new_grad, n_x);
  lw_json_real (&json, "h", q.h);
  lw_json_reals (&json, "h_grad", q.h_grad, n_x);
  lw_json_real (&json, "ess", q.ess);
  line = lw_json_end (&json);
  puts (line);
  return LW_CLI_OK;
}

int
lw_cli_objective (int argc, char **argv)
{
  g_autofree char *prefix = NULL, *wanted = NULL;
  LwNpy arrays[N_ARRAYS] = { 0 };
  const char *den;
  int code = LW_CLI_OK;
  const GOptionEntry options[] = {
    { "prefix", 0, 0, G_OPTION_ARG_STRING, &prefix, N_("Beginning of every file name"), "TEXT" },
    { "denominator", 0, 0, G_OPTION_ARG_STRING, &wanted, N_("Which density the samples came from: batch or mix"), "batch|mix" },
    { NULL },
  };

  if (!lw_cli_parse ("objective", "DIR", description, options, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return lw_cli_fail (LW_CLI_USAGE, _("objective: name one folder of arrays; see lampwork-cli objective --help"));
  if (!g_file_test (argv[1], G_FILE_TEST_IS_DIR))
    return lw_cli_fail (LW_CLI_USAGE, _("%s: there is no such folder"), argv[1]);
  den = denominator (argv[1], prefix != NULL ? prefix : "", wanted);
  if (den == NULL)
    return LW_CLI_USAGE;

  for (int i = 0; code == LW_CLI_OK && i < N_ARRAYS; i++)
    {
      g_autofree char *path = path_of (argv[1], prefix != NULL ? prefix : "", i == A_LOG_DEN ? den : names[i]);
      g_autoptr (GError) error = NULL;

      if (!lw_npy_read (path, TRUE, &arrays[i], &error))
        code = lw_cli_fail_error (error);
    }
  if (code == LW_CLI_OK)
    code = check_shapes (argv[1], prefix != NULL ? prefix : "", den, arrays);
  if (code == LW_CLI_OK)
    code = check_values (argv[1], prefix != NULL ? prefix : "", arrays);
  if (code == LW_CLI_OK)
    code = evaluate (argv[1], arrays);
  for (int i = 0; i < N_ARRAYS; i++)
    lw_npy_clear (&arrays[i]);
  return code;
}
