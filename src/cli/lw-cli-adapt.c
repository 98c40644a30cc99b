/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "lw-cli-plot.h"
#include "lw-cli-via.h"
#include "lw-cli.h"
#include "lw-json-writer.h"
#include "lw-kinematics.h"
#include "lw-paths.h"
#include "lw-promp-marginal.h"
#include "lw-promp-task-space.h"

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
  char      **via, **velocity, **tip;
  const char *arm, *output;
  int         samples;
  gint64      seed;
  double      duration, out_rate, ridge, shrinkage;
  gboolean    json;
} Options;

/* The primitive, before and after. */
typedef struct {
  LwBasis          basis;
  size_t           n, n_joints;
  double           duration;
  LwWeightGaussian prior, adapted;
  size_t           n_via, n_tip;
  gboolean         raised;
  double           tip_residual; /* m, of the mean movement */
} Adapt;

static void
adapt_clear (Adapt *self)
{
  lw_weight_gaussian_clear (&self->prior);
  lw_weight_gaussian_clear (&self->adapted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Adapt, adapt_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwObservations, lw_observations_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

/* ---- the primitive of the demonstrations ---- */

static gboolean
fit (Adapt *self, const LwDemonstrations *set, const Options *options, GError **error)
{
  size_t n_basis = options->input.basis != LW_CLI_NO_NUMBER ? (size_t) options->input.basis : set->trajectories != NULL || set->n_basis == 0 ? 20 : set->n_basis;
  LwStatus status = lw_basis_init_stroke (&self->basis, n_basis);
  LwMat weights = { 0 };
  size_t i = 0;

  self->n = set->n;
  self->n_joints = set->n_joints;
  self->duration = 0.0;
  if (status == LW_OK)
    status = lw_mat_alloc (&weights, set->n, set->n_joints * n_basis);
  for (; status == LW_OK && i < set->n; i++)
    {
      double *w = lw_mat_row (&weights, i);

      if (set->trajectories != NULL)
        {
          status = lw_promp_fit_weights (&self->basis, set->trajectories[i], options->ridge, w, NULL);
          self->duration += lw_trajectory_duration (set->trajectories[i]) / (double) set->n;
        }
      else
        {
          const double *row = lw_mat_row (&set->params, i);

          for (size_t k = 0; k < weights.cols; k++)
            w[k] = row[1 + k];
          self->duration += (row[0] > 0.0 ? row[0] : 1.0) / (double) set->n;
        }
    }
  if (status != LW_OK && i > 0)
    lw_job_set_error (error, status, _("Demonstration %zu"), i);
  else if (status == LW_OK)
    {
      status = lw_promp_fit_gaussian (&weights, options->shrinkage, &self->prior);
      if (status != LW_OK)
        lw_job_set_error (error, status, "%s", options->input.file);
    }
  else
    lw_job_set_error (error, status, _("%zu basis functions"), n_basis);
  lw_mat_clear (&weights);
  if (options->duration > 0.0)
    self->duration = options->duration;
  return status == LW_OK;
}

/* ---- joints ---- */

static gboolean
condition_joints (Adapt *self, const Options *options, LwWeightGaussian *out, GError **error)
{
  g_auto (LwObservations) stack = { 0 };
  const struct { char **texts; LwOrder order; } asked[] = { { options->via, LW_ORDER_POSITION }, { options->velocity, LW_ORDER_VELOCITY } };
  bool raised = false;
  LwStatus status = lw_observations_init (&stack, &self->basis, self->n_joints);

  for (size_t k = 0; status == LW_OK && k < G_N_ELEMENTS (asked); k++)
    for (char **text = asked[k].texts; text != NULL && *text != NULL; text++)
      if (!lw_cli_via_add (&stack, *text, asked[k].order, 1.0 / self->duration, error))
        return FALSE;
  self->n_via = stack.n;
  if (status == LW_OK)
    status = lw_observations_condition (&stack, &self->prior, out, &raised);
  if (status == LW_ERR_NOT_SPD)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                   _("the demonstrations do not vary where something is asked for, or not so many ways; give standard deviations with ~, or --shrinkage"));
      return FALSE;
    }
  if (status != LW_OK)
    lw_job_set_error (error, status, "%s", options->input.file);
  self->raised = self->raised || raised;
  return status == LW_OK;
}

/* ---- the tip ---- */

typedef struct {
  LwKinematics *kinematics;
  size_t        n_joints; /* of the arm; a movement may have more (a gripper's) */
} Arm;

static LwStatus
tip_map (void *data, const double *q, double *x, const LwMat *jacobian)
{
  Arm *arm = data;
  LwMat own = lw_mat_block (jacobian, 0, 0, 3, arm->n_joints);

  lw_kinematics_set (arm->kinematics, q);
  lw_kinematics_tip (arm->kinematics, x, NULL);
  lw_mat_fill (jacobian, 0.0);
  lw_kinematics_jacobian (arm->kinematics, &own);
  return LW_OK;
}

static gboolean
condition_tips (Adapt *self, const Options *options, const LwWeightGaussian *prior, Arm *arm, GError **error)
{
  size_t n = g_strv_length (options->tip);
  g_autofree LwTaskSpaceObservation *seen = g_new0 (LwTaskSpaceObservation, n);
  g_autofree double *numbers = g_new0 (double, 12 * n); /* tip, covariance */
  g_autofree LwMat *covs = g_new0 (LwMat, n);
  g_autofree double *q = g_new (double, self->n_joints);
  const LwForwardMap map = { self->n_joints, 3, tip_map, arm };
  LwTaskSpaceReport report = { 0 };
  LwStatus status;

  for (size_t i = 0; i < n; i++)
    {
      double *tip = numbers + 12 * i, std;

      if (!lw_cli_tip_parse (options->tip[i], &seen[i].at.z, tip, &std, error))
        return FALSE;
      for (size_t k = 0; k < 3; k++)
        tip[3 + 4 * k] = std * std;
      covs[i] = lw_mat_view (tip + 3, 3, 3);
      seen[i].x = tip;
      seen[i].cov = &covs[i];
    }
  status = lw_promp_condition_task_space (&self->basis, prior, &map, seen, n, &self->adapted, &report);
  if (status == LW_ERR_NOT_SPD)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("the demonstrations do not move the tip at a phase where --tip asks for it"));
  else if (status == LW_ERR_SOLVER)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_NUMERICS, _("no posture near the demonstrations was found for --tip; give a standard deviation with ~"));
  else if (status != LW_OK)
    lw_job_set_error (error, status, "--tip");
  for (size_t i = 0; status == LW_OK && i < n; i++)
    {
      double tip[3], jac[3 * LW_MAX_JOINTS], off = 0.0;
      g_autofree double *wide = self->n_joints > LW_MAX_JOINTS ? g_new (double, 3 * self->n_joints) : NULL;
      LwMat jacobian = lw_mat_view (wide != NULL ? wide : jac, 3, self->n_joints);

      lw_basis_movement (&self->basis, self->adapted.mu_w, self->n_joints, &seen[i].at, q, NULL, NULL);
      status = tip_map (arm, q, tip, &jacobian);
      for (size_t k = 0; k < 3; k++)
        off += (tip[k] - seen[i].x[k]) * (tip[k] - seen[i].x[k]);
      self->tip_residual = fmax (self->tip_residual, sqrt (off));
    }
  self->n_tip = n;
  return status == LW_OK;
}

static gboolean
adapt (Adapt *self, const Options *options, GError **error)
{
  g_auto (LwWeightGaussian) joints = { 0 };
  g_autofree char *path = NULL;
  LwSimError sim = { "" };
  LwArmModel *model;
  Arm arm = { 0 };
  gboolean ok = FALSE;

  if (!condition_joints (self, options, &joints, error))
    return FALSE;
  if (options->tip == NULL)
    {
      self->adapted = joints;
      joints = (LwWeightGaussian){ 0 };
      return TRUE;
    }
  path = g_strdup_printf ("%s/%s.xml", lw_path_arms (), options->arm);
  model = lw_arm_model_load (path, NULL, &sim);
  if (model == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("there is no arm “%s”: %s"), options->arm, sim.text);
      return FALSE;
    }
  arm.n_joints = lw_arm_model_n_joints (model);
  arm.kinematics = lw_kinematics_new (model);
  if (arm.kinematics == NULL)
    lw_job_set_error (error, LW_ERR_MEMORY, "%s", options->arm);
  else if (self->n_joints < arm.n_joints)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("the demonstrations move %zu joints, the arm has %zu"), self->n_joints, arm.n_joints);
  else
    ok = condition_tips (self, options, &joints, &arm, error);
  lw_kinematics_free (arm.kinematics);
  lw_arm_model_unref (model);
  return ok;
}

/* ---- what comes of it ---- */

/* The mean, then @options->samples movements drawn. */
static gboolean
write_csv (const Adapt *self, const Options *options, GError **error)
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
    status = lw_promp_rollout (&self->basis, lw_mat_row (&w, i), self->n_joints, self->duration, options->out_rate, &set->trajectories[i]);
  lw_mat_clear (&w);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "%s", options->output);
      return FALSE;
    }
  return lw_csv_write (set, options->output, error);
}

static gboolean
plot (const Adapt *self, const char *path, GError **error)
{
  double z[N_PHASES];
  LwPhasePoint at[N_PHASES];
  LwMat mean = { 0 }, std = { 0 };
  LwStatus status = lw_mat_alloc (&mean, N_PHASES, self->n_joints);
  gboolean ok;

  for (size_t i = 0; i < N_PHASES; i++)
    {
      z[i] = (double) i / (N_PHASES - 1);
      at[i] = (LwPhasePoint){ z[i], 1.0 / self->duration, 0.0 };
    }
  if (status == LW_OK)
    status = lw_mat_alloc (&std, N_PHASES, self->n_joints);
  if (status == LW_OK)
    status = lw_promp_band_order (&self->basis, &self->adapted, self->n_joints, at, N_PHASES, LW_ORDER_POSITION, &mean, &std);
  if (status != LW_OK)
    lw_job_set_error (error, status, "%s", path);
  ok = status == LW_OK && lw_cli_plot_band (z, N_PHASES, &mean, &std, self->n, path, error);
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  return ok;
}

/* How much more certain the movement got: mean standard deviation over joints and phases, after against before. */
static double
mean_std (const Adapt *self, const LwWeightGaussian *g)
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
report (const Adapt *self, const Options *options)
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
  printf (_("%zu demonstrations, %zu joints, %zu basis functions a joint, %.2f s\n"), self->n, self->n_joints, self->basis.n, self->duration);
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
  Options o = { .input = { .context_dim = -1, .basis = LW_CLI_NO_NUMBER }, .seed = 1, .out_rate = 100.0, .ridge = 1e-6 };
  g_autofree char *arm = NULL, *output = NULL, *plot_path = NULL;
  g_auto (GStrv) via = NULL, velocity = NULL, tip = NULL;
  g_auto (Adapt) self = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  int code = 0;
  const GOptionEntry options[] = {
    { "via", 0, 0, G_OPTION_ARG_STRING_ARRAY, &via, N_("Joints at a phase, rad"), "P:qJ=X,…" },
    { "velocity", 0, 0, G_OPTION_ARG_STRING_ARRAY, &velocity, N_("Velocities at a phase, rad/s"), "P:qJ=X,…" },
    { "tip", 0, 0, G_OPTION_ARG_STRING_ARRAY, &tip, N_("Place of the arm's tip at a phase, m"), "P:X,Y,Z" },
    { "arm", 0, 0, G_OPTION_ARG_STRING, &arm, N_("Whose tip: arm-7, desk-6, planar-7 or planar-2 (arm-7)"), "ARM" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("The .csv file to write: the likeliest movement, then --samples"), "FILE" },
    { "samples", 0, 0, G_OPTION_ARG_INT, &o.samples, N_("Movements drawn from what is left open (0)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, N_("Seed; the same seed gives the same file (1)"), "N" },
    { "duration", 0, 0, G_OPTION_ARG_DOUBLE, &o.duration, N_("Of the movement, s (the demonstrations' mean)"), "S" },
    { "output-rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.out_rate, N_("Samples a second written, above 0 to 1000 (100)"), "HZ" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &plot_path, N_("Draw every joint's mean and band: .svg, .png or .pdf"), "FILE" },
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &o.input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &o.input.basis, N_("Basis functions a joint (20)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "ridge", 0, 0, G_OPTION_ARG_DOUBLE, &o.ridge, N_("Ridge of the weight fit (1e-6)"), "LAMBDA" },
    { "shrinkage", 0, 0, G_OPTION_ARG_DOUBLE, &o.shrinkage, N_("Of the covariance to its diagonal, 0 to 1 (0)"), "A" },
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
  if (!(o.duration >= 0.0) || isinf (o.duration) || !(o.out_rate > 0.0 && o.out_rate <= 1000.0) || !lw_cli_is_amount (o.ridge) ||
      !(o.shrinkage >= 0.0 && o.shrinkage <= 1.0))
    return lw_cli_fail (LW_CLI_USAGE, _("adapt: --duration and --ridge are not negative, --output-rate is above 0 to 1000 Hz, --shrinkage 0 to 1"));
  if (plot_path != NULL && !lw_cli_plot_check (plot_path, &error))
    return lw_cli_fail_error (error);
  o.input.file = argv[1];
  o.via = via;
  o.velocity = velocity;
  o.tip = tip;
  o.arm = arm != NULL ? arm : "arm-7";
  o.output = output;
  set = lw_cli_read_demonstrations (&o.input, &error);
  if (set == NULL || !fit (&self, set, &o, &error) || !adapt (&self, &o, &error) || (output != NULL && !write_csv (&self, &o, &error)) ||
      (plot_path != NULL && !plot (&self, plot_path, &error)))
    return lw_cli_fail_error (error);
  report (&self, &o);
  return LW_CLI_OK;
}
