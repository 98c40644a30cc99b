/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-model-private.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-mujoco-guard.h"

/* The XML compiler keeps the last model it read in a global of its own. */
static pthread_mutex_t compiler_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__ ((format (printf, 2, 3))) static void
say (LwSimError *error, const char *format, ...)
{
  va_list args;

  if (!error)
    return;
  va_start (args, format);
  vsnprintf (error->text, sizeof error->text, format, args);
  va_end (args);
  for (char *p = error->text; *p; p++) /* MuJoCo's texts span lines */
    if (*p == '\n')
      *p = p[1] && p != error->text ? ' ' : '\0';
}

/* Numbers in XML are written with a point whatever the user's language; another locale may read them differently. */
mjModel *
lw_arm_model_compile (const char *file, const mjVFS *vfs, char *text, size_t text_size)
{
  locale_t c_locale = newlocale (LC_ALL_MASK, "C", NULL);
  locale_t before = c_locale ? uselocale (c_locale) : NULL;
  LwMujocoGuard guard;
  mjModel *volatile m = NULL;

  pthread_mutex_lock (&compiler_lock);
  if (lw_mujoco_guard_enter (&guard))
    {
      m = mj_loadXML (file, vfs, text, (int) text_size);
      lw_mujoco_guard_leave (&guard);
    }
  else
    snprintf (text, text_size, "%s", guard.text);
  pthread_mutex_unlock (&compiler_lock);

  if (c_locale)
    {
      uselocale (before);
      freelocale (c_locale);
    }
  return m;
}

static char *
escape_attribute (const char *text)
{
  char *out = malloc (6 * strlen (text) + 1);
  char *p = out;

  for (; out && *text; text++)
    switch (*text)
      {
      case '&': p = stpcpy (p, "&amp;"); break;
      case '<': p = stpcpy (p, "&lt;"); break;
      case '"': p = stpcpy (p, "&quot;"); break;
      default: *p++ = *text;
      }
  if (out)
    *p = '\0';
  return out;
}

/* The arm's file and the scene's elements as one document in a virtual file system; the arm comes first, so its bodies, joints
 * and geoms have the same numbers with and without a scene. */
static mjModel *
compile_joined (const char *file, const char *scene_xml, char *text, size_t text_size)
{
  static const char name[] = "lampwork-joined.xml";
  char *escaped = escape_attribute (file);
  char *document = NULL;
  mjVFS *vfs = malloc (sizeof *vfs);
  mjModel *m = NULL;
  int length = -1;

  if (escaped)
    length = asprintf (&document, "<mujoco>\n<include file=\"%s\"/>\n<worldbody>\n%s\n</worldbody>\n</mujoco>\n", escaped, scene_xml);
  if (!vfs || length < 0)
    snprintf (text, text_size, "out of memory");
  else
    {
      mj_defaultVFS (vfs);
      if (mj_makeEmptyFileVFS (vfs, name, length) == 0)
        {
          memcpy (vfs->filedata[mj_findFileVFS (vfs, name)], document, (size_t) length);
          m = lw_arm_model_compile (name, vfs, text, text_size);
        }
      mj_deleteVFS (vfs);
    }
  if (length >= 0)
    free (document);
  free (escaped);
  free (vfs);
  return m;
}

/* The n_joints numbers of <numeric name=@name>. */
static const double *
find_numeric (const LwArmModel *self, const char *name, const char *path, LwSimError *error)
{
  int id = mj_name2id (self->m, mjOBJ_NUMERIC, name);

  if (id < 0)
    {
      say (error, "%s: <custom> has no <numeric name=\"%s\">: one number a joint is needed", path, name);
      return NULL;
    }
  if ((size_t) self->m->numeric_size[id] != self->n_joints)
    {
      say (error, "%s: <numeric name=\"%s\"> has %d numbers, but there are %zu actuated joints", path, name, self->m->numeric_size[id],
           self->n_joints);
      return NULL;
    }
  return self->m->numeric_data + self->m->numeric_adr[id];
}

static bool
read_joints (LwArmModel *self, const char *path, LwSimError *error)
{
  const mjModel *m = self->m;
  const double *v_max, *a_max, *tau_max, *home;

  if (m->nu < 1 || m->nu > LW_MAX_JOINTS)
    {
      say (error, "%s: %d actuators; an arm has 1 to %d", path, m->nu, LW_MAX_JOINTS);
      return false;
    }
  self->n_joints = (size_t) m->nu;
  for (int i = 0; i < m->nu; i++)
    {
      int joint = m->actuator_trnid[2 * i];

      if (m->actuator_trntype[i] != mjTRN_JOINT || m->jnt_type[joint] != mjJNT_HINGE || !m->jnt_limited[joint]
          || (i > 0 && joint <= m->actuator_trnid[2 * (i - 1)]))
        {
          say (error, "%s: actuator %d must drive a hinge joint that has a range, and actuators must stand in the joints' order", path,
               i + 1);
          return false;
        }
      self->qpos_adr[i] = m->jnt_qposadr[joint];
      self->dof_adr[i] = m->jnt_dofadr[joint];
      self->joints[i].name = m->names + m->name_jntadr[joint];
      self->joints[i].lower = m->jnt_range[2 * joint];
      self->joints[i].upper = m->jnt_range[2 * joint + 1];
    }
  if (!(v_max = find_numeric (self, "velocity_limit", path, error)) || !(a_max = find_numeric (self, "acceleration_limit", path, error))
      || !(tau_max = find_numeric (self, "torque_limit", path, error)) || !(home = find_numeric (self, "home", path, error)))
    return false;
  for (size_t i = 0; i < self->n_joints; i++)
    {
      LwJointInfo *joint = &self->joints[i];

      joint->v_max = v_max[i];
      joint->a_max = a_max[i];
      joint->tau_max = tau_max[i];
      joint->home = home[i];
      if (!(joint->v_max > 0 && joint->a_max > 0 && joint->tau_max > 0))
        {
          say (error, "%s: joint \"%s\" needs limits above zero", path, joint->name);
          return false;
        }
      if (!(joint->home >= joint->lower && joint->home <= joint->upper))
        {
          say (error, "%s: home %g rad of joint \"%s\" lies outside its range %g .. %g", path, joint->home, joint->name, joint->lower,
               joint->upper);
          return false;
        }
    }
  return true;
}

static bool
is_driven (const LwArmModel *self, int qpos_adr)
{
  for (size_t i = 0; i < self->n_joints; i++)
    if (self->qpos_adr[i] == qpos_adr)
      return true;
  return false;
}

static bool
read_followers (LwArmModel *self, const char *path, LwSimError *error)
{
  const mjModel *m = self->m;

  self->followers = calloc ((size_t) m->neq + 1, sizeof *self->followers);
  if (!self->followers)
    {
      say (error, "%s: out of memory", path);
      return false;
    }
  for (int i = 0; i < m->neq; i++)
    {
      LwFollower *follower = &self->followers[self->n_followers];

      if (m->eq_type[i] != mjEQ_JOINT || m->eq_obj2id[i] < 0)
        continue;
      follower->qpos_adr = m->jnt_qposadr[m->eq_obj1id[i]];
      follower->leader_adr = m->jnt_qposadr[m->eq_obj2id[i]];
      if (is_driven (self, follower->qpos_adr) || !is_driven (self, follower->leader_adr))
        continue;
      follower->at = m->qpos0[follower->qpos_adr];
      follower->leader_at = m->qpos0[follower->leader_adr];
      memcpy (follower->poly, m->eq_data + mjNEQDATA * i, sizeof follower->poly);
      self->n_followers++;
    }
  return true;
}

static bool
read_bodies (LwArmModel *self, const char *path, LwSimError *error)
{
  const mjModel *m = self->m;
  int title = mj_name2id (m, mjOBJ_TEXT, "title");

  self->tip_site = mj_name2id (m, mjOBJ_SITE, "tip");
  if (self->tip_site < 0)
    {
      say (error, "%s: no site named \"tip\"", path);
      return false;
    }
  self->arm_body = calloc ((size_t) m->nbody, sizeof *self->arm_body);
  if (!self->arm_body)
    {
      say (error, "%s: out of memory", path);
      return false;
    }
  for (int i = 0; i < m->nu; i++)
    self->arm_body[m->jnt_bodyid[m->actuator_trnid[2 * i]]] = true;
  for (int body = 1; body < m->nbody; body++) /* parents come before children */
    if (self->arm_body[m->body_parentid[body]])
      self->arm_body[body] = true;
  self->title = title >= 0 ? m->text_data + m->text_adr[title] : self->id;
  return true;
}

static char *
id_from_path (const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *base = slash ? slash + 1 : path;
  const char *dot = strrchr (base, '.');

  return strndup (base, dot && dot > base ? (size_t) (dot - base) : strlen (base));
}

LwArmModel *
lw_arm_model_load (const char *path, const char *scene_xml, LwSimError *error)
{
  char text[400] = "";
  LwArmModel *self;
  char *file = realpath (path, NULL);

  if (!file)
    {
      say (error, "%s: %s", path, strerror (errno));
      return NULL;
    }
  self = calloc (1, sizeof *self);
  if (!self || !(self->id = id_from_path (path)))
    {
      say (error, "%s: out of memory", path);
      free (self);
      free (file);
      return NULL;
    }
  atomic_init (&self->ref_count, 1);
  self->m = scene_xml ? compile_joined (file, scene_xml, text, sizeof text) : lw_arm_model_compile (file, NULL, text, sizeof text);
  if (!self->m && scene_xml)
    {
      /* Line numbers alone do not tell whose line it is: if the arm loads by itself, the scene is at fault. */
      char arm_text[400] = "";
      mjModel *alone = lw_arm_model_compile (file, NULL, arm_text, sizeof arm_text);

      if (alone)
        say (error, "scene joined to %s: %s", path, text);
      else
        say (error, "%s: %s", path, arm_text);
      if (alone)
        mj_deleteModel (alone);
    }
  else if (!self->m)
    say (error, "%s: %s", path, text);
  free (file);
  if (!self->m || !read_joints (self, path, error) || !read_followers (self, path, error) || !read_bodies (self, path, error))
    {
      lw_arm_model_unref (self);
      return NULL;
    }
  return self;
}

LwArmModel *
lw_arm_model_ref (LwArmModel *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
lw_arm_model_unref (LwArmModel *self)
{
  if (!self || atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  if (self->m)
    mj_deleteModel (self->m);
  free (self->followers);
  free (self->arm_body);
  free (self->id);
  free (self);
}

size_t
lw_arm_model_n_joints (const LwArmModel *self)
{
  return self->n_joints;
}

const LwJointInfo *
lw_arm_model_joints (const LwArmModel *self)
{
  return self->joints;
}

const char *
lw_arm_model_id (const LwArmModel *self)
{
  return self->id;
}

const char *
lw_arm_model_title (const LwArmModel *self)
{
  return self->title;
}

mjData *
lw_arm_model_new_data (const LwArmModel *self, const mjModel *m)
{
  LwMujocoGuard guard;
  mjData *volatile d = NULL;

  if (lw_mujoco_guard_enter (&guard))
    {
      d = mj_makeData (m);
      lw_mujoco_guard_leave (&guard);
    }
  if (d)
    {
      double home[LW_MAX_JOINTS];

      for (size_t i = 0; i < self->n_joints; i++)
        home[i] = self->joints[i].home;
      lw_arm_model_set_qpos (self, d, home);
    }
  return d;
}

void
lw_arm_model_set_qpos (const LwArmModel *self, mjData *d, const double *q)
{
  for (size_t i = 0; i < self->n_joints; i++)
    d->qpos[self->qpos_adr[i]] = q[i];
  for (size_t i = 0; i < self->n_followers; i++)
    {
      const LwFollower *follower = &self->followers[i];
      double x = d->qpos[follower->leader_adr] - follower->leader_at, y = 0;

      for (int k = 4; k >= 0; k--)
        y = y * x + follower->poly[k];
      d->qpos[follower->qpos_adr] = follower->at + y;
    }
}

bool
lw_arm_model_geom_is_arm (const LwArmModel *self, int geom)
{
  return self->arm_body[self->m->geom_bodyid[geom]];
}

int
lw_arm_model_tip (const LwArmModel *self, double local[3])
{
  for (int i = 0; local != NULL && i < 3; i++)
    local[i] = self->m->site_pos[3 * self->tip_site + i];
  return self->m->site_bodyid[self->tip_site];
}
