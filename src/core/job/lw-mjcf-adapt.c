/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A foreign MJCF: MuJoCo writes it out whole, with includes and defaults resolved; files are then named by their whole paths,
 * and what commands and measures in it makes room for the arm's own motors. */
#include <math.h>
#include <string.h>

#include "lw-model-convert-private.h"
#include "lw-model-outline.h"
#include "lw-skill.h" /* LW_JOB_ERROR */

#define HALF_TURN 3.14159

typedef struct {
  const char     *path;
  LwModelOutline  outline;
  GPtrArray      *joint_nodes; /* (element-type LwXmlNode) of the outline's joints, in their order */
  GPtrArray      *body_nodes;  /* (element-type LwXmlNode) by body id; NULL for the world */
  bool           *moved;       /* (n_joints) by a motor of the arm */
  LwForeignArm   *out;
  GPtrArray      *notes;
  GError        **error;
} Adaptation;

static gboolean
refuse (Adaptation *self, const LwOutlineJoint *joint, const char *text)
{
  g_autofree char *file = g_path_get_basename (self->path);

  if (joint != NULL)
    g_set_error (self->error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: joint “%s”: %s", file, joint->name, text);
  else
    g_set_error (self->error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %s", file, text);
  return FALSE;
}

/* Bodies and joints have their numbers in the order of the document. */
static void
collect (Adaptation *self, LwXmlNode *node)
{
  for (guint i = 0; i < node->children->len; i++)
    {
      LwXmlNode *child = node->children->pdata[i];

      if (strcmp (child->name, "joint") == 0 || strcmp (child->name, "freejoint") == 0)
        g_ptr_array_add (self->joint_nodes, child);
    }
  for (guint i = 0; i < node->children->len; i++)
    {
      LwXmlNode *child = node->children->pdata[i];

      if (strcmp (child->name, "body") == 0)
        {
          g_ptr_array_add (self->body_nodes, child);
          collect (self, child);
        }
    }
}

/* ---- files ---- */

static void
name_file (LwXmlNode *node, const char *folder, const char *below)
{
  const char      *file = lw_xml_get (node, "file");
  g_autofree char *joined = NULL, *whole = NULL;

  if (file == NULL || g_path_is_absolute (file))
    return;
  joined = below != NULL && g_path_is_absolute (below) ? g_build_filename (below, file, NULL) : g_build_filename (folder, below != NULL ? below : ".", file, NULL);
  whole = g_canonicalize_filename (joined, NULL);
  lw_xml_set (node, "file", whole);
}

static void
name_files (Adaptation *self)
{
  g_autofree char *whole = g_canonicalize_filename (self->path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  LwXmlNode       *compiler = lw_xml_child (self->out->mujoco, "compiler"), *asset = lw_xml_child (self->out->mujoco, "asset");
  const char      *meshes = compiler != NULL ? lw_xml_get (compiler, "meshdir") : NULL, *textures = compiler != NULL ? lw_xml_get (compiler, "texturedir") : NULL;

  for (guint i = 0; asset != NULL && i < asset->children->len; i++)
    {
      LwXmlNode *node = asset->children->pdata[i];

      name_file (node, folder, strcmp (node->name, "texture") == 0 ? textures : meshes);
    }
  if (compiler != NULL)
    {
      lw_xml_unset (compiler, "meshdir");
      lw_xml_unset (compiler, "texturedir");
      lw_xml_unset (compiler, "strippath");
    }
}

/* ---- joints ---- */

static gboolean
choose_joints (Adaptation *self)
{
  const LwModelOutline *outline = &self->outline;
  gboolean              any_driven = FALSE;
  gsize                 n = 0;

  for (gsize i = 0; i < outline->n_joints; i++)
    any_driven = any_driven || (outline->joints[i].driven && outline->joints[i].kind == LW_OUTLINE_HINGE);
  for (gsize i = 0; i < outline->n_joints; i++)
    {
      const LwOutlineJoint *joint = &outline->joints[i];

      self->moved[i] = joint->kind == LW_OUTLINE_HINGE && !joint->follows && (joint->driven || !any_driven);
      n += self->moved[i];
    }
  if (n == 0)
    return refuse (self, NULL, "it has no joint that turns");
  if (n > LW_MAX_JOINTS)
    {
      g_autofree char *text = g_strdup_printf ("it has %zu joints that turn; %d at most can be moved", n, LW_MAX_JOINTS);

      return refuse (self, NULL, text);
    }
  for (gsize i = 0; i < outline->n_joints; i++)
    for (gsize j = 0; j < outline->n_joints; j++)
      if (outline->joints[i].kind != LW_OUTLINE_HINGE && !outline->joints[i].follows && self->moved[j]
          && lw_model_outline_below (outline, outline->joints[j].body, outline->joints[i].body))
        return refuse (self, &outline->joints[i], outline->joints[i].kind == LW_OUTLINE_FREE ? "the arm floats on it; fix its base to the world"
                                                                                             : "carries joints that turn; an arm here turns in all its joints");
  return TRUE;
}

/* Slides that something drove, and that nothing does now. */
static void
still_sliding (Adaptation *self)
{
  for (gsize i = 0; i < self->outline.n_joints; i++)
    {
      const LwOutlineJoint *joint = &self->outline.joints[i];

      if (joint->kind == LW_OUTLINE_SLIDE && joint->driven && !joint->follows)
        lw_model_note (self->notes, "joint “%s” slides: it has no motor here, an arm turns in all its joints", joint->name);
    }
}

static void
take_joints (Adaptation *self)
{
  for (gsize i = 0; i < self->outline.n_joints; i++)
    {
      const LwOutlineJoint *from = &self->outline.joints[i];
      LwXmlNode            *node = self->joint_nodes->pdata[i];
      LwForeignJoint       *to;

      if (!self->moved[i])
        continue;
      to = &self->out->joints[self->out->n_joints++];
      *to = (LwForeignJoint){ .lower = from->lower, .upper = from->upper, .velocity = NAN, .acceleration = NAN, .torque = from->torque, .home = from->home };
      lw_model_joint_name (lw_xml_get (node, "name") != NULL ? lw_xml_get (node, "name") : "", i + 1, self->notes, to->name);
      if (!from->limited)
        {
          to->lower = -HALF_TURN;
          to->upper = HALF_TURN;
          lw_xml_set (node, "limited", "true");
          lw_model_note (self->notes, "joint “%s” has no range: half a turn to either side is assumed", to->name);
        }
      lw_xml_set_numbers (node, "range", (double[]){ to->lower, to->upper }, 2); /* MuJoCo writes radians, to six digits */
      if (lw_xml_get (node, "name") == NULL || strcmp (lw_xml_get (node, "name"), to->name) != 0)
        {
          LwXmlNode *equality = lw_xml_child (self->out->mujoco, "equality");

          for (guint k = 0; equality != NULL && lw_xml_get (node, "name") != NULL && k < equality->children->len; k++)
            for (int end = 0; end < 2; end++)
              {
                LwXmlNode  *tie = equality->children->pdata[k];
                const char *key = end == 0 ? "joint1" : "joint2", *name = lw_xml_get (tie, key);

                if (name != NULL && strcmp (name, lw_xml_get (node, "name")) == 0)
                  lw_xml_set (tie, key, to->name);
              }
          lw_xml_set (node, "name", to->name);
        }
    }
}

/* What the file says of speeds and the like in our own words is kept. */
static void
take_own_limits (Adaptation *self)
{
  static const struct {
    const char *name;
    gsize       offset;
  } rows[] = {
    { "velocity_limit", G_STRUCT_OFFSET (LwForeignJoint, velocity) }, { "acceleration_limit", G_STRUCT_OFFSET (LwForeignJoint, acceleration) },
    { "torque_limit", G_STRUCT_OFFSET (LwForeignJoint, torque) }, { "home", G_STRUCT_OFFSET (LwForeignJoint, home) },
  };
  LwXmlNode *custom = lw_xml_child (self->out->mujoco, "custom");

  for (guint i = custom != NULL ? custom->children->len : 0; i > 0; i--)
    {
      LwXmlNode  *node = custom->children->pdata[i - 1];
      const char *name = lw_xml_get (node, "name");
      double      values[LW_MAX_JOINTS];
      gboolean    ours = FALSE;

      for (gsize r = 0; name != NULL && r < G_N_ELEMENTS (rows); r++)
        if (strcmp (node->name, "numeric") == 0 && strcmp (name, rows[r].name) == 0)
          {
            ours = TRUE;
            if (lw_xml_get_numbers (node, "data", values, self->out->n_joints))
              for (gsize j = 0; j < self->out->n_joints; j++)
                G_STRUCT_MEMBER (double, &self->out->joints[j], rows[r].offset) = values[j];
          }
      if (strcmp (node->name, "text") == 0 && name != NULL && strcmp (name, "title") == 0)
        {
          g_free (self->out->title);
          self->out->title = g_strdup (lw_xml_get (node, "data"));
          ours = TRUE;
        }
      if (ours)
        g_ptr_array_remove_index (custom->children, i - 1);
    }
}

/* ---- the tip ---- */

static void
find_site (LwXmlNode *node, LwXmlNode **best, int *best_sound)
{
  for (guint i = 0; i < node->children->len; i++)
    {
      LwXmlNode  *child = node->children->pdata[i];
      const char *name = lw_xml_get (child, "name");
      int         sound = strcmp (child->name, "site") != 0 || name == NULL ? 0 : strcmp (name, "tip") == 0 ? G_MAXINT : lw_model_sounds_like_tip (name);

      if (sound > *best_sound)
        {
          *best = child;
          *best_sound = sound;
        }
      if (strcmp (child->name, "body") == 0)
        find_site (child, best, best_sound);
    }
}

/* The body farthest along the arm's own joints that is no finger. */
static int
last_body (Adaptation *self)
{
  const LwModelOutline *outline = &self->outline;
  int                   best = -1, best_depth = -1;
  gboolean              best_finger = TRUE;

  for (int body = 1; body < (int) outline->n_bodies; body++)
    {
      const char *name = lw_xml_get (self->body_nodes->pdata[body], "name");
      gboolean    finger = name != NULL && lw_model_sounds_like_finger (name);
      int         depth = 0;

      for (gsize i = 0; i < outline->n_joints; i++)
        depth += self->moved[i] && lw_model_outline_below (outline, body, outline->joints[i].body);
      if (depth > 0 && ((best_finger && !finger) || (best_finger == finger && depth > best_depth)))
        {
          best = body;
          best_depth = depth;
          best_finger = finger;
        }
    }
  return best;
}

static void
put_tip (Adaptation *self)
{
  LwXmlNode *found = NULL, *site, *body;
  int        sound = 0;

  find_site (lw_xml_child (self->out->mujoco, "worldbody"), &found, &sound);
  if (sound == G_MAXINT)
    return;
  body = found != NULL ? found->parent : self->body_nodes->pdata[last_body (self)];
  site = lw_xml_add (body, "site");
  lw_xml_set (site, "name", "tip");
  for (guint i = 0; found != NULL && i < found->keys->len; i++)
    if (strcmp (found->keys->pdata[i], "pos") == 0 || strcmp (found->keys->pdata[i], "quat") == 0)
      lw_xml_set (site, found->keys->pdata[i], found->values->pdata[i]);
  if (found != NULL)
    lw_model_note (self->notes, "the tip is site “%s”", lw_xml_get (found, "name"));
  else
    lw_model_note (self->notes, "the tip is where body “%s” begins; a site named “tip” in the file says otherwise", lw_xml_get (body, "name") != NULL ? lw_xml_get (body, "name") : "");
}

static gboolean
adapt (Adaptation *self)
{
  static const char *const dropped[] = { "actuator", "sensor", "keyframe" };
  LwXmlNode *worldbody = lw_xml_child (self->out->mujoco, "worldbody");

  if (worldbody == NULL)
    return refuse (self, NULL, "it has no joint that turns");
  g_ptr_array_add (self->body_nodes, NULL);
  collect (self, worldbody);
  if (self->joint_nodes->len != self->outline.n_joints || self->body_nodes->len != self->outline.n_bodies)
    return refuse (self, NULL, "its bodies are made in a way that cannot be followed");
  name_files (self);
  if (!choose_joints (self))
    return FALSE;
  still_sliding (self);
  self->out->title = g_strdup (lw_xml_get (self->out->mujoco, "model"));
  for (gsize i = 0; i < G_N_ELEMENTS (dropped); i++)
    lw_xml_remove (self->out->mujoco, dropped[i]);
  take_joints (self);
  take_own_limits (self);
  put_tip (self);
  return TRUE;
}

gboolean
lw_mjcf_adapt (const char *path, const char *scratch_path, LwForeignArm *out, GPtrArray *notes, GError **error)
{
  g_autofree char *file = g_path_get_basename (path);
  Adaptation       self = { .path = path, .out = out, .notes = notes, .error = error };
  LwSimError       problem = { "" };
  gboolean         ok;

  if (!lw_model_outline_read (&self.outline, path, scratch_path, &problem))
    {
      gboolean collada = strstr (problem.text, ".dae") != NULL || strstr (problem.text, "Unknown mesh file type") != NULL;

      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %s%s", file, problem.text, collada ? "; save the mesh as STL (binary) or OBJ, and name that in the file" : "");
      return FALSE;
    }
  self.joint_nodes = g_ptr_array_new ();
  self.body_nodes = g_ptr_array_new ();
  self.moved = g_new0 (bool, self.outline.n_joints + 1);
  out->mujoco = lw_xml_read (scratch_path, error);
  ok = out->mujoco != NULL && adapt (&self);
  g_free (self.moved);
  g_ptr_array_unref (self.body_nodes);
  g_ptr_array_unref (self.joint_nodes);
  lw_model_outline_clear (&self.outline);
  return ok;
}
