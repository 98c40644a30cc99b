/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "lw-cli-plot.h"
#include "lw-cli-primitive.h"
#include "lw-json-writer.h"
#include "lw-promp-marginal.h"

static const char description[] =
  "Fits one movement primitive to all demonstrations of FILE (what \"fit\" takes), tells it what the movement\n"
  "has to do, and writes the likeliest movement that does it, which \"replay\" and \"fit\" read:\n"
  "  --via 0.5:q0=0.4,q2=-1~0.01   joints at a phase, rad; after ~ the standard deviation, exact without\n"
  "  --velocity 1:q0=0             the same for velocities, rad/s\n"
  "  --tip 1:0.4,0.1,0.9~0.002     the tip of the arm, m\n"
  "Phase 0 is the start, 1 the end; each may be given several times, and all hold together. Joints are named\n"
  "as in a .csv file. What was not asked for follows from how the demonstrations vary.\n\n"
  "Example: lampwork-cli adapt reach.csv --tip 1:0.4,0.1,0.9 --output new.csv";

#define N_PHASES 101

typedef struct {
  LwCliInput  input;
  LwCliPrimitiveWishes wishes;
  const char *output;
  int         samples;
  gint64      seed;
  double      out_rate;
  gboolean    json;
} Options;

/* ---- what comes of it ---- */

/* The mean, then @options->samples movements drawn. */
static gboolean
write_csv (const LwCliPrimitive *self, const Options *options, GError **error)
{
  size_t n = 1 + (size_t) options->samples;
  g_autoptr (LwDemonstrations) set = lw_demonstrations_new (n, self->n_joints, 0);
  LwMat w = { 0 };
  LwStatus status = set != NULL ? lw_mat_alloc (&w, n, self->adapted.n_weights) : LW_ERR_MEMORY;
  LwRng rng;

  if (status == LW_OK)
    {
      LwMat drawn = lw_mat_block (&w, 1, 0, n - 1, w.cols);

      set->trajectories = g_new0 (LwTrajectory *, n);
      for (size_t k = 0; k < w.cols; k++)
        w.data[k] = self->adapted.mu_w[k];
      lw_rng_init (&rng, (uint64_t) options->seed, LW_RNG_PREVIEW, 0, 0);
      if (n > 1)
        status = lw_promp_sample_many (&self->adapted, &rng, &drawn);
    }
  for (size_t i = 0; status == LW_OK && i < n; i++)
    status = lw_promp_rollout (&self->basis, lw_mat_row (&w, i), self->n_joints, self->duration, options->out_rate,
                               &set->trajectories[i]);
  lw_mat_clear (&w);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "%s", options->output);
      return FALSE;
    }
  return lw_csv_write (set, options->output, error);
}

static gboolean
plot (const LwCliPrimitive *self, const char *path, GError **error)
{
  double z[N_PHASES];
  LwMat mean = { 0 }, std = { 0 };
  LwStatus status = lw_mat_alloc (&mean, N_PHASES, self->n_joints);
  gboolean ok;

  for (size_t i = 0; i < N_PHASES; i++)
    z[i] = (double) i / (N_PHASES - 1);
  if (status == LW_OK)
    status = lw_mat_alloc (&std, N_PHASES, self->n_joints);
  if (status == LW_OK)
    status = lw_promp_band (&self->basis, &self->adapted, self->n_joints, z, N_PHASES, &mean, &std);
  if (status != LW_OK)
    lw_job_set_error (error, status, "%s", path);
  ok = status == LW_OK && lw_cli_plot_band (z, N_PHASES, &mean, &std, self->n, path, error);
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  return ok;
}

/* How much more certain the movement got: mean standard deviation over joints and phases, after against before. */
static double
mean_std (const LwCliPrimitive *self, const LwWeightGaussian *g)
{
  double z[N_PHASES], sum = 0.0;
  LwMat mean = { 0 }, std = { 0 };

  for (size_t i = 0; i < N_PHASES; i++)
    z[i] = (double) i / (N_PHASES - 1);
  if (lw_mat_alloc (&mean, N_PHASES, self->n_joints) != LW_OK || lw_mat_alloc (&std, N_PHASES, self->n_joints) != LW_OK ||
      lw_promp_band (&self->basis, g, self->n_joints, z, N_PHASES, &mean, &std) != LW_OK)
    sum = (double) NAN;
  for (size_t i = 0; isfinite (sum) && i < N_PHASES * self->n_joints; i++)
    sum += std.data[i];
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  return sum / (double) (N_PHASES * self->n_joints);
}

static void
report (const LwCliPrimitive *self, const Options *options)
{
  double before = mean_std (self, &self->prior), after = mean_std (self, &self->adapted);

  if (options->json)
    {
      LwJsonWriter json;
      g_autofree char *line = NULL;

      lw_json_begin (&json);
      lw_json_integer (&json, "demonstrations", (int64_t) self->n);
      lw_json_integer (&json, "joints", (int64_t) self->n_joints);
      lw_json_integer (&json, "basis", (int64_t) self->basis.n);
      lw_json_real (&json, "duration", self->duration);
      lw_json_integer (&json, "joint_values", (int64_t) self->n_via);
      lw_json_integer (&json, "tip_places", (int64_t) self->n_tip);
      lw_json_real (&json, "tip_distance", self->tip_residual);
      lw_json_boolean (&json, "raised", self->raised);
      lw_json_real (&json, "std_before", before);
      lw_json_real (&json, "std_after", after);
      lw_json_integer (&json, "samples", options->samples);
      line = lw_json_end (&json);
      puts (line);
      return;
    }
  printf (_("%zu demonstrations, %zu joints, %zu basis functions a joint, %.2f s\n"), self->n, self->n_joints, self->basis.n,
          self->duration);
  printf (_("%zu values of joints and %zu places of the tip asked for"), self->n_via, self->n_tip);
  if (self->n_tip > 0)
    printf (_("; the tip gets within %.2g mm"), 1e3 * self->tip_residual);
  printf (_("\nmean standard deviation %.4f rad before, %.4f rad after\n"), before, after);
  if (self->raised)
    printf (_("some of what was asked for repeats or contradicts itself: it is met on average\n"));
}

int
lw_cli_adapt (int argc, char **argv)
{
  Options o = {
    .input = { .context_dim = -1, .basis = LW_CLI_NO_NUMBER },
    .wishes = { .ridge = 1e-6 },
    .seed = 1,
    .out_rate = 100.0,
  };
  g_autofree char *arm = NULL, *output = NULL, *plot_path = NULL;
  g_auto (GStrv) via = NULL, velocity = NULL, tip = NULL;
  g_auto (LwCliPrimitive) self = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  int code = 0;
  const GOptionEntry options[] = {
    { "via", 0, 0, G_OPTION_ARG_STRING_ARRAY, &via, N_("Joints at a phase, rad"), "P:qJ=X,…" },
    { "velocity", 0, 0, G_OPTION_ARG_STRING_ARRAY, &velocity, N_("Velocities at a phase, rad/s"), "P:qJ=X,…" },
    { "tip", 0, 0, G_OPTION_ARG_STRING_ARRAY, &tip, N_("Place of the arm's tip at a phase, m"), "P:X,Y,Z" },
    { "arm", 0, 0, G_OPTION_ARG_STRING, &arm, N_("Whose tip: arm-7, desk-6, planar-7 or planar-2 (arm-7)"), "ARM" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("The .csv file to write: the likeliest movement, then --samples"),
      "FILE" },
    { "samples", 0, 0, G_OPTION_ARG_INT, &o.samples, N_("Movements drawn from what is left open (0)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, N_("Seed; the same seed gives the same file (1)"), "N" },
    { "duration", 0, 0, G_OPTION_ARG_DOUBLE, &o.wishes.duration, N_("Of the movement, s (the demonstrations' mean)"), "S" },
    { "output-rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.out_rate, N_("Samples a second written, above 0 to 1000 (100)"), "HZ" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &plot_path, N_("Draw every joint's mean and band: .svg, .png or .pdf"), "FILE" },
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &o.input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &o.input.basis, N_("Basis functions a joint (20)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "ridge", 0, 0, G_OPTION_ARG_DOUBLE, &o.wishes.ridge, N_("Ridge of the weight fit (1e-6)"), "LAMBDA" },
    { "shrinkage", 0, 0, G_OPTION_ARG_DOUBLE, &o.wishes.shrinkage, N_("Of the covariance to its diagonal, 0 to 1 (0)"), "A" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("One JSON object instead of sentences"), NULL },
    { NULL },
  };

  if (!lw_cli_parse ("adapt", "FILE", description, options, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return lw_cli_fail (LW_CLI_USAGE, _("adapt: name one file of demonstrations; see lampwork-cli adapt --help"));
  if (output == NULL && plot_path == NULL)
    return lw_cli_fail (LW_CLI_USAGE, _("adapt: say where to with --output FILE.csv, or --plot FILE"));
  if (output != NULL && !g_str_has_suffix (output, ".csv"))
    return lw_cli_fail (LW_CLI_USAGE, _("adapt: %s: movements are written to a .csv file"), output);
  if (!lw_cli_is_number (o.input.basis, 2) || o.samples < 0 || o.samples > 100000 || o.seed < 0)
    return lw_cli_fail (LW_CLI_USAGE, _("adapt: --basis is at least 2, --samples 0 to 100000, --seed not negative"));
  if (!(o.wishes.duration >= 0.0) || isinf (o.wishes.duration) || !(o.out_rate > 0.0 && o.out_rate <= 1000.0) ||
      !lw_cli_is_amount (o.wishes.ridge) || !(o.wishes.shrinkage >= 0.0 && o.wishes.shrinkage <= 1.0))
    return lw_cli_fail (LW_CLI_USAGE, _("adapt: --duration and --ridge are not negative, --output-rate is above 0 to 1000 Hz, "
                                        "--shrinkage 0 to 1"));
  if (plot_path != NULL && !lw_cli_plot_check (plot_path, &error))
    return lw_cli_fail_error (error);
  o.input.file = argv[1];
  o.wishes.file = argv[1];
  o.wishes.basis = o.input.basis;
  o.wishes.via = via;
  o.wishes.velocity = velocity;
  o.wishes.tip = tip;
  o.wishes.arm = arm != NULL ? arm : "arm-7";
  o.output = output;
  set = lw_cli_read_demonstrations (&o.input, &error);
  if (set == NULL || !lw_cli_primitive_fit (&self, set, &o.wishes, &error) ||
      !lw_cli_primitive_adapt (&self, &o.wishes, &error) || (output != NULL && !write_csv (&self, &o, &error)) ||
      (plot_path != NULL && !plot (&self, plot_path, &error)))
    return lw_cli_fail_error (error);
  report (&self, &o);
  return LW_CLI_OK;
}
