/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-primitive.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-cli-via.h"
#include "lw-kinematics.h"
#include "lw-paths.h"
#include "lw-promp-task-space.h"

#define DEFAULT_BASIS 20

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwObservations, lw_observations_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

void
lw_cli_primitive_clear (LwCliPrimitive *self)
{
  lw_weight_gaussian_clear (&self->prior);
  lw_weight_gaussian_clear (&self->adapted);
}

/* ---- from the demonstrations ---- */

/* @weights (n x W) of demonstrations that came as samples. */
static gboolean
fit_weights (const LwCliPrimitive *self, const LwDemonstrations *set, double ridge, const LwMat *weights, GError **error)
{
  size_t failed;
  LwStatus status = lw_promp_fit_weights_many (&self->basis, set->trajectories, set->n, ridge, weights, NULL, &failed);

  if (status != LW_OK)
    lw_job_set_error (error, status, _("Demonstration %zu"), failed + 1);
  return status == LW_OK;
}

gboolean
lw_cli_primitive_fit (LwCliPrimitive *self, const LwDemonstrations *set, const LwCliPrimitiveWishes *wishes, GError **error)
{
  size_t n_basis = set->trajectories != NULL || set->n_basis == 0 ? DEFAULT_BASIS : set->n_basis;
  LwMat weights = { 0 };
  LwStatus status;
  gboolean ok;

  if (wishes->basis != LW_CLI_NO_NUMBER)
    n_basis = (size_t) wishes->basis;
  self->n = set->n;
  self->n_joints = set->n_joints;
  self->duration = 0.0;
  status = lw_basis_init_stroke (&self->basis, n_basis);
  if (status == LW_OK)
    status = lw_mat_alloc (&weights, set->n, set->n_joints * n_basis);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, _("%zu basis functions"), n_basis);
      return FALSE;
    }
  for (size_t i = 0; i < set->n; i++)
    if (set->trajectories != NULL)
      self->duration += lw_trajectory_duration (set->trajectories[i]) / (double) set->n;
    else
      {
        const double *row = lw_mat_row (&set->params, i);

        for (size_t k = 0; k < weights.cols; k++)
          lw_mat_set (&weights, i, k, row[1 + k]);
        self->duration += (row[0] > 0.0 ? row[0] : 1.0) / (double) set->n;
      }
  if (wishes->duration > 0.0)
    self->duration = wishes->duration;
  ok = set->trajectories == NULL || fit_weights (self, set, wishes->ridge, &weights, error);
  if (ok)
    {
      status = lw_promp_fit_gaussian (&weights, wishes->shrinkage, &self->prior);
      ok = status == LW_OK;
      if (!ok)
        lw_job_set_error (error, status, "%s", wishes->file);
    }
  lw_mat_clear (&weights);
  return ok;
}

/* ---- joints ---- */

static gboolean
condition_joints (LwCliPrimitive *self, const LwCliPrimitiveWishes *wishes, LwWeightGaussian *out, GError **error)
{
  g_auto (LwObservations) stack = { 0 };
  const struct { char **texts; LwOrder order; } asked[] = {
    { wishes->via, LW_ORDER_POSITION },
    { wishes->velocity, LW_ORDER_VELOCITY },
  };
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
                   _("the demonstrations do not vary where something is asked for, or not so many ways; give standard "
                     "deviations with ~, or --shrinkage"));
      return FALSE;
    }
  if (status != LW_OK)
    lw_job_set_error (error, status, "%s", wishes->file);
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
condition_tips (LwCliPrimitive *self, const LwCliPrimitiveWishes *wishes, const LwWeightGaussian *prior, Arm *arm, GError **error)
{
  size_t n = g_strv_length (wishes->tip);
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

      if (!lw_cli_tip_parse (wishes->tip[i], &seen[i].at.z, tip, &std, error))
        return FALSE;
      for (size_t k = 0; k < 3; k++)
        tip[3 + 4 * k] = std * std;
      covs[i] = lw_mat_view (tip + 3, 3, 3);
      seen[i].x = tip;
      seen[i].cov = &covs[i];
    }
  status = lw_promp_condition_task_space (&self->basis, prior, &map, seen, n, &self->adapted, &report);
  if (status == LW_ERR_NOT_SPD)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                 _("the demonstrations do not move the tip at a phase where --tip asks for it"));
  else if (status == LW_ERR_SOLVER)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_NUMERICS,
                 _("no posture near the demonstrations was found for --tip; give a standard deviation with ~"));
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

gboolean
lw_cli_primitive_adapt (LwCliPrimitive *self, const LwCliPrimitiveWishes *wishes, GError **error)
{
  g_auto (LwWeightGaussian) joints = { 0 };
  g_autofree char *path = NULL;
  LwSimError sim = { "" };
  LwArmModel *model;
  Arm arm = { 0 };
  gboolean ok = FALSE;

  if (!condition_joints (self, wishes, &joints, error))
    return FALSE;
  if (wishes->tip == NULL)
    {
      self->adapted = joints;
      joints = (LwWeightGaussian){ 0 };
      return TRUE;
    }
  path = g_strdup_printf ("%s/%s.xml", lw_path_arms (), wishes->arm);
  model = lw_arm_model_load (path, NULL, &sim);
  if (model == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("there is no arm “%s”: %s"), wishes->arm, sim.text);
      return FALSE;
    }
  arm.n_joints = lw_arm_model_n_joints (model);
  arm.kinematics = lw_kinematics_new (model);
  if (arm.kinematics == NULL)
    lw_job_set_error (error, LW_ERR_MEMORY, "%s", wishes->arm);
  else if (self->n_joints < arm.n_joints)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("the demonstrations move %zu joints, the arm has %zu"),
                 self->n_joints, arm.n_joints);
  else
    ok = condition_tips (self, wishes, &joints, &arm, error);
  lw_kinematics_free (arm.kinematics);
  lw_arm_model_unref (model);
  return ok;
}
