/* SPDX-License-Identifier: GPL-3.0-or-later */
/* URDF to MJCF: links are bodies, joints their joints, visuals their geoms. MuJoCo's own reader of URDF drops links that are
 * fixed and takes two meshes of one name for the same; both are common. */
#include <math.h>
#include <string.h>

#include "lw-mesh-find.h"
#include "lw-model-convert-private.h"
#include "lw-skill.h" /* LW_JOB_ERROR */

#define HALF_TURN 3.14159 /* of a joint without stops: less than pi, so that one turn of an encoder holds it */

#define MAX_LINKS 500

typedef struct Link Link;

typedef enum { FIXED, TURNS, SLIDES, STILL } Kind; /* STILL: slides, but stands still here */

typedef struct {
  const LwXmlNode *node;
  const char      *name;
  Kind             kind;
  gboolean         endless;
  const LwXmlNode *mimic;   /* (nullable) */
  Link            *parent, *child;
} Joint;

struct Link {
  const LwXmlNode *node;
  const char      *name;
  Joint           *from;     /* the joint it hangs from; NULL: the root */
  GPtrArray       *joints;   /* (element-type Joint) that hang from it, in the file's order */
  gsize            n_turning;/* turning joints between it and the root */
};

typedef struct {
  const char   *path;
  char         *folder;
  GPtrArray    *links;       /* (element-type Link) */
  GPtrArray    *joints;      /* (element-type Joint) */
  GHashTable   *by_name;     /* link name -> Link */
  GHashTable   *joint_names; /* URDF name -> name here */
  GHashTable   *materials;   /* name -> <material> */
  GHashTable   *meshes;      /* path and scale -> asset name */
  LwXmlNode    *asset, *equality;
  Link         *tip;
  LwForeignArm *out;
  GPtrArray    *notes;
  GError      **error;
} Conversion;

static void
free_link (gpointer data)
{
  Link *link = data;

  g_ptr_array_unref (link->joints);
  g_free (link);
}

/* ---- reading ---- */

static gboolean
vector (const Conversion *self, const LwXmlNode *node, const char *key, double *out, gsize n)
{
  if (node == NULL || lw_xml_get (node, key) == NULL || lw_xml_get_numbers (node, key, out, n))
    return TRUE;
  return lw_model_refuse (node, self->path, self->error, n == 1 ? "“%s” must be a number" : "“%s” must be %d numbers", key, (int) n);
}

static gboolean
read_links (Conversion *self, const LwXmlNode *robot)
{
  for (guint i = 0; i < robot->children->len; i++)
    {
      const LwXmlNode *node = robot->children->pdata[i];
      Link            *link;

      if (strchr (node->name, ':') != NULL && g_str_has_prefix (node->name, "xacro"))
        return lw_model_refuse (node, self->path, self->error, "this is a xacro file; make a URDF of it first: xacro FILE > arm.urdf");
      if (strcmp (node->name, "material") == 0 && lw_xml_get (node, "name") != NULL)
        g_hash_table_insert (self->materials, (gpointer) lw_xml_get (node, "name"), (gpointer) node);
      if (strcmp (node->name, "link") != 0)
        continue;
      if (lw_xml_get (node, "name") == NULL)
        return lw_model_refuse (node, self->path, self->error, "has no name");
      if (g_hash_table_contains (self->by_name, lw_xml_get (node, "name")))
        return lw_model_refuse (node, self->path, self->error, "stands there twice");
      if (self->links->len == MAX_LINKS)
        return lw_model_refuse (node, self->path, self->error, "there are more than %d links; an arm has fewer", MAX_LINKS);
      link = g_new0 (Link, 1);
      link->node = node;
      link->name = lw_xml_get (node, "name");
      link->joints = g_ptr_array_new ();
      g_ptr_array_add (self->links, link);
      g_hash_table_insert (self->by_name, (gpointer) link->name, link);
    }
  return TRUE;
}

static gboolean
read_kind (Conversion *self, Joint *joint)
{
  const char *type = lw_xml_get (joint->node, "type");

  if (type != NULL && strcmp (type, "fixed") == 0)
    joint->kind = FIXED;
  else if (type != NULL && strcmp (type, "revolute") == 0)
    joint->kind = TURNS;
  else if (type != NULL && strcmp (type, "continuous") == 0)
    {
      joint->kind = TURNS;
      joint->endless = TRUE;
    }
  else if (type != NULL && strcmp (type, "prismatic") == 0)
    joint->kind = SLIDES;
  else
    return lw_model_refuse (joint->node, self->path, self->error, "joints of type “%s” cannot be part of an arm; revolute, continuous, prismatic and fixed can",
                            type != NULL ? type : "");
  return TRUE;
}

static Link *
joint_end (Conversion *self, const LwXmlNode *node, const char *which)
{
  const LwXmlNode *end = lw_xml_child (node, which);
  const char      *name = end != NULL ? lw_xml_get (end, "link") : NULL;
  Link            *link = name != NULL ? g_hash_table_lookup (self->by_name, name) : NULL;

  if (name == NULL)
    lw_model_refuse (node, self->path, self->error, "has no <%s link=…>", which);
  else if (link == NULL)
    lw_model_refuse (node, self->path, self->error, "there is no link “%s”", name);
  return link;
}

static gboolean
read_joints (Conversion *self, const LwXmlNode *robot)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < robot->children->len; i++)
    {
      const LwXmlNode *node = robot->children->pdata[i];
      Joint           *joint;

      if (strcmp (node->name, "joint") != 0)
        continue;
      joint = g_new0 (Joint, 1);
      g_ptr_array_add (self->joints, joint);
      joint->node = node;
      joint->name = lw_xml_get (node, "name");
      joint->mimic = lw_xml_child (node, "mimic");
      if (joint->name == NULL)
        return lw_model_refuse (node, self->path, self->error, "has no name");
      if (!g_hash_table_add (names, (gpointer) joint->name))
        return lw_model_refuse (node, self->path, self->error, "stands there twice");
      if (!read_kind (self, joint) || (joint->parent = joint_end (self, node, "parent")) == NULL || (joint->child = joint_end (self, node, "child")) == NULL)
        return FALSE;
      if (joint->child->from != NULL)
        return lw_model_refuse (node, self->path, self->error, "link “%s” already hangs from joint “%s”", joint->child->name, joint->child->from->name);
      joint->child->from = joint;
      g_ptr_array_add (joint->parent->joints, joint);
    }
  return TRUE;
}

static Joint *
joint_called (const Conversion *self, const char *name)
{
  for (guint i = 0; name != NULL && i < self->joints->len; i++)
    if (strcmp (((Joint *) self->joints->pdata[i])->name, name) == 0)
      return self->joints->pdata[i];
  return NULL;
}

/* ---- the tree ---- */

/* Counts turning joints, and sees that there are no loops: every link is reached once from the root. */
static gsize
walk (Conversion *self, Link *link, gsize n_turning)
{
  gsize n = 1;

  link->n_turning = n_turning;
  for (guint i = 0; i < link->joints->len; i++)
    {
      Joint *joint = link->joints->pdata[i];

      n += walk (self, joint->child, n_turning + (joint->kind == TURNS && joint->mimic == NULL));
    }
  return n;
}

static gboolean
carries_turning (const Link *link)
{
  for (guint i = 0; i < link->joints->len; i++)
    {
      const Joint *joint = link->joints->pdata[i];

      if ((joint->kind == TURNS && joint->mimic == NULL) || carries_turning (joint->child))
        return TRUE;
    }
  return FALSE;
}

static gboolean
settle_sliding (Conversion *self)
{
  for (guint i = 0; i < self->joints->len; i++)
    {
      Joint *joint = self->joints->pdata[i];
      Joint *leader = joint->mimic != NULL ? joint_called (self, lw_xml_get (joint->mimic, "joint")) : NULL;

      if (joint->mimic != NULL && leader == NULL)
        return lw_model_refuse (joint->node, self->path, self->error, "follows joint “%s”, which is not there",
                                lw_xml_get (joint->mimic, "joint") != NULL ? lw_xml_get (joint->mimic, "joint") : "");
      if (joint->mimic != NULL && (leader->kind != TURNS || leader->mimic != NULL))
        {
          lw_model_note (self->notes, "joint “%s” follows “%s”, which does not turn by a motor: it stands still", joint->name, leader->name);
          joint->kind = STILL;
        }
      if (joint->kind == SLIDES && joint->mimic == NULL)
        {
          if (carries_turning (joint->child))
            return lw_model_refuse (joint->node, self->path, self->error, "slides and carries joints that turn; an arm here turns in all its joints");
          lw_model_note (self->notes, "joint “%s” slides: it stands still here, an arm turns in all its joints", joint->name);
          joint->kind = STILL;
        }
    }
  return TRUE;
}

static Link *
find_root (Conversion *self, const LwXmlNode *robot)
{
  Link *root = NULL;

  for (guint i = 0; i < self->links->len; i++)
    {
      Link *link = self->links->pdata[i];

      if (link->from != NULL)
        continue;
      if (root != NULL)
        {
          lw_model_refuse (link->node, self->path, self->error, "hangs from no joint, and neither does link “%s”: an arm stands on one link", root->name);
          return NULL;
        }
      root = link;
    }
  if (root == NULL)
    {
      lw_model_refuse (robot, self->path, self->error, self->links->len > 0 ? "its joints go round in a circle: no link is the first" : "has no links");
      return NULL;
    }
  if (walk (self, root, 0) != self->links->len)
    {
      lw_model_refuse (robot, self->path, self->error, "its joints go round in a circle");
      return NULL;
    }
  return root;
}

/* The link that sounds most like a tool's place; without one, the farthest from the root by turning joints that is no finger. */
static void
choose_tip (Conversion *self)
{
  int   best_sound = -1;
  gsize best_turning = 0;

  for (guint i = 0; i < self->links->len; i++)
    {
      Link *link = self->links->pdata[i];
      int   sound = lw_model_sounds_like_tip (link->name);

      if (link->n_turning == 0 || (lw_model_sounds_like_finger (link->name) && self->tip != NULL))
        continue;
      if (self->tip == NULL || lw_model_sounds_like_finger (self->tip->name) || sound > best_sound || (sound == best_sound && link->n_turning >= best_turning))
        {
          self->tip = link;
          best_sound = sound;
          best_turning = link->n_turning;
        }
    }
}

/* ---- writing ---- */

static gboolean
put_origin (Conversion *self, const LwXmlNode *from, LwXmlNode *to)
{
  const LwXmlNode *origin = lw_xml_child (from, "origin");
  double           xyz[3] = { 0 }, rpy[3] = { 0 };

  if (!vector (self, origin, "xyz", xyz, 3) || !vector (self, origin, "rpy", rpy, 3))
    return FALSE;
  lw_xml_set_numbers (to, "pos", xyz, 3);
  if (rpy[0] != 0 || rpy[1] != 0 || rpy[2] != 0)
    lw_xml_set_numbers (to, "euler", rpy, 3);
  return TRUE;
}

static gboolean
put_inertial (Conversion *self, const Link *link, LwXmlNode *body)
{
  static const char *const keys[] = { "ixx", "iyy", "izz", "ixy", "ixz", "iyz" }; /* MuJoCo's order */
  const LwXmlNode *inertial = lw_xml_child (link->node, "inertial");
  const LwXmlNode *mass = inertial != NULL ? lw_xml_child (inertial, "mass") : NULL;
  const LwXmlNode *inertia = inertial != NULL ? lw_xml_child (inertial, "inertia") : NULL;
  double           kilograms = 0, moments[6] = { 0 };
  LwXmlNode       *out;

  if (!vector (self, mass, "value", &kilograms, 1))
    return FALSE;
  for (int i = 0; i < 6; i++)
    if (!vector (self, inertia, keys[i], &moments[i], 1))
      return FALSE;
  if (kilograms < 0)
    return lw_model_refuse (mass, self->path, self->error, "the mass of link “%s” is negative", link->name);
  if (kilograms > 0 && moments[0] > 0 && moments[1] > 0 && moments[2] > 0)
    {
      out = lw_xml_add (body, "inertial");
      lw_xml_set_numbers (out, "mass", &kilograms, 1);
      lw_xml_set_numbers (out, "fullinertia", moments, 6);
      return put_origin (self, inertial, out);
    }
  if (link->from != NULL && (link->from->kind == TURNS || link->from->kind == SLIDES)) /* what moves has a mass */
    {
      if (kilograms == 0)
        lw_model_note (self->notes, "link “%s” has no mass: 1 g is assumed", link->name);
      out = lw_xml_add (body, "inertial");
      lw_xml_set (out, "pos", "0 0 0");
      lw_xml_set_numbers (out, "mass", kilograms > 0 ? &kilograms : &(double){ 0.001 }, 1);
      lw_xml_set (out, "diaginertia", "1e-6 1e-6 1e-6");
    }
  return TRUE;
}

/* The name of the mesh asset; NULL with the error set. */
static const char *
mesh_asset (Conversion *self, const LwXmlNode *mesh, const char *found)
{
  double           scale[3] = { 1, 1, 1 };
  g_autofree char *stem = NULL, *key = NULL, *name = NULL;
  const char      *known;
  LwXmlNode       *asset;
  char            *dot;

  if (!vector (self, mesh, "scale", scale, 3))
    return NULL;
  key = g_strdup_printf ("%s\n%a %a %a", found, scale[0], scale[1], scale[2]);
  known = g_hash_table_lookup (self->meshes, key);
  if (known != NULL)
    return known;
  stem = g_path_get_basename (found);
  dot = strrchr (stem, '.');
  *dot = '\0';
  name = g_strdup_printf ("%s-%u", stem, g_hash_table_size (self->meshes) + 1); /* two folders may hold one name */
  asset = lw_xml_add (self->asset, "mesh");
  lw_xml_set (asset, "name", name);
  lw_xml_set (asset, "file", found);
  lw_xml_set_numbers (asset, "scale", scale, 3);
  known = name;
  g_hash_table_insert (self->meshes, g_steal_pointer (&key), g_steal_pointer (&name));
  return known;
}

typedef enum { SHAPE_DONE, SHAPE_UNREADABLE, SHAPE_FAILED } ShapeResult;

/* A mesh that MuJoCo does not read is no failure yet: the link's collision geometry may stand in. */
static ShapeResult
put_mesh (Conversion *self, const LwXmlNode *mesh, LwXmlNode *geom)
{
  const char      *reference = lw_xml_get (mesh, "filename"), *asset;
  g_autofree char *found = reference != NULL ? lw_mesh_find (reference, self->folder) : NULL;

  if (found == NULL)
    {
      lw_model_refuse (mesh, self->path, self->error, "the mesh file “%s” is not there", reference != NULL ? reference : "");
      return SHAPE_FAILED;
    }
  if (lw_mesh_kind (found) != LW_MESH_READABLE)
    {
      lw_model_refuse (mesh, self->path, self->error,
                       lw_mesh_kind (found) == LW_MESH_TEXT_STL ? "the mesh “%s” is an STL written as text; save it as binary STL"
                                                                : "the mesh “%s” is in a format that cannot be read; save it as STL (binary) or OBJ, and name that in the file",
                       reference);
      return SHAPE_UNREADABLE;
    }
  asset = mesh_asset (self, mesh, found);
  if (asset == NULL)
    return SHAPE_FAILED;
  lw_xml_set (geom, "type", "mesh");
  lw_xml_set (geom, "mesh", asset);
  return SHAPE_DONE;
}

static ShapeResult
put_shape (Conversion *self, const LwXmlNode *holder, LwXmlNode *geom)
{
  const LwXmlNode *geometry = lw_xml_child (holder, "geometry");
  const LwXmlNode *shape = geometry != NULL && geometry->children->len > 0 ? geometry->children->pdata[0] : NULL;
  double           size[3] = { NAN, NAN, NAN }, sizes[3];
  gsize            n = 0;

  if (shape == NULL)
    {
      lw_model_refuse (holder, self->path, self->error, "has no shape in its <geometry>");
      return SHAPE_FAILED;
    }
  if (strcmp (shape->name, "mesh") == 0)
    return put_mesh (self, shape, geom);
  if (strcmp (shape->name, "box") == 0)
    {
      if (!vector (self, shape, "size", size, 3))
        return SHAPE_FAILED;
      for (n = 0; n < 3; n++)
        sizes[n] = 0.5 * size[n];
    }
  else if (strcmp (shape->name, "sphere") == 0 || strcmp (shape->name, "cylinder") == 0 || strcmp (shape->name, "capsule") == 0)
    {
      gboolean sphere = strcmp (shape->name, "sphere") == 0;

      if (!vector (self, shape, "radius", &sizes[0], 1) || !vector (self, shape, "length", &size[1], 1))
        return SHAPE_FAILED;
      if (lw_xml_get (shape, "radius") == NULL)
        sizes[0] = NAN;
      sizes[1] = 0.5 * size[1];
      n = sphere ? 1 : 2;
    }
  else
    {
      lw_model_refuse (shape, self->path, self->error, "this shape is not known; box, cylinder, capsule, sphere and mesh are");
      return SHAPE_FAILED;
    }
  for (gsize i = 0; i < n; i++)
    if (!(sizes[i] > 0))
      {
        lw_model_refuse (shape, self->path, self->error, "its sizes must be there and greater than zero");
        return SHAPE_FAILED;
      }
  lw_xml_set (geom, "type", shape->name);
  lw_xml_set_numbers (geom, "size", sizes, n);
  return SHAPE_DONE;
}

static gboolean
put_colour (Conversion *self, const LwXmlNode *visual, LwXmlNode *geom)
{
  const LwXmlNode *material = lw_xml_child (visual, "material");
  const LwXmlNode *colour = material != NULL ? lw_xml_child (material, "color") : NULL;
  double           rgba[4] = { 0.8, 0.81, 0.83, 1 };

  if (material != NULL && colour == NULL && lw_xml_get (material, "name") != NULL)
    {
      const LwXmlNode *named = g_hash_table_lookup (self->materials, lw_xml_get (material, "name"));

      colour = named != NULL ? lw_xml_child (named, "color") : NULL;
    }
  if (!vector (self, colour, "rgba", rgba, 4))
    return FALSE;
  lw_xml_set_numbers (geom, "rgba", rgba, 4);
  return TRUE;
}

/* Every <visual> (or <collision>) of the link as a geom. */
static ShapeResult
put_geoms (Conversion *self, const Link *link, const char *which, LwXmlNode *body)
{
  const guint before = body->children->len;

  for (guint i = 0; i < link->node->children->len; i++)
    {
      const LwXmlNode *holder = link->node->children->pdata[i];
      LwXmlNode       *geom;
      ShapeResult      result;

      if (strcmp (holder->name, which) != 0)
        continue;
      geom = lw_xml_add (body, "geom");
      result = put_shape (self, holder, geom);
      if (result == SHAPE_DONE && (!put_origin (self, holder, geom) || !put_colour (self, holder, geom)))
        result = SHAPE_FAILED;
      if (result != SHAPE_DONE)
        {
          g_ptr_array_remove_range (body->children, before, body->children->len - before);
          return result;
        }
    }
  return SHAPE_DONE;
}

static gboolean
put_picture (Conversion *self, const Link *link, LwXmlNode *body)
{
  gboolean    has_visual = lw_xml_child (link->node, "visual") != NULL, has_collision = lw_xml_child (link->node, "collision") != NULL;
  ShapeResult result = put_geoms (self, link, has_visual ? "visual" : "collision", body);

  if (result == SHAPE_UNREADABLE && has_visual && has_collision)
    {
      g_autofree char *said = g_strdup ((*self->error)->message);

      g_clear_error (self->error);
      result = put_geoms (self, link, "collision", body);
      if (result == SHAPE_DONE)
        lw_model_note (self->notes, "%s; the collision shapes of link “%s” are shown instead", said, link->name);
    }
  return result == SHAPE_DONE;
}

/* Motor's joint @joint: its limits to @out. */
static gboolean
read_limits (Conversion *self, const Joint *joint, LwForeignJoint *out)
{
  const LwXmlNode *limit = lw_xml_child (joint->node, "limit");

  *out = (LwForeignJoint){ .lower = NAN, .upper = NAN, .velocity = NAN, .acceleration = NAN, .torque = NAN, .home = NAN };
  if (!vector (self, limit, "lower", &out->lower, 1) || !vector (self, limit, "upper", &out->upper, 1) || !vector (self, limit, "velocity", &out->velocity, 1)
      || !vector (self, limit, "effort", &out->torque, 1))
    return FALSE;
  if (limit != NULL && !joint->endless) /* URDF: what is not said is 0 */
    {
      out->lower = isfinite (out->lower) ? out->lower : 0;
      out->upper = isfinite (out->upper) ? out->upper : 0;
    }
  if (joint->endless || !(out->upper > out->lower))
    {
      if (!joint->endless)
        lw_model_note (self->notes, "joint “%s” has no range: half a turn to either side is assumed", joint->name);
      out->lower = -HALF_TURN;
      out->upper = HALF_TURN;
    }
  return TRUE;
}

static gboolean
put_joint (Conversion *self, const Joint *joint, LwXmlNode *body)
{
  const LwXmlNode *axis = lw_xml_child (joint->node, "axis"), *dynamics = lw_xml_child (joint->node, "dynamics");
  double           xyz[3] = { 1, 0, 0 }, damping = 0.1, friction = 0;
  LwForeignJoint   limits;
  LwXmlNode       *node;
  char             name[32];

  if (joint->kind == FIXED || joint->kind == STILL)
    return TRUE;
  if (!vector (self, axis, "xyz", xyz, 3) || !vector (self, dynamics, "damping", &damping, 1) || !vector (self, dynamics, "friction", &friction, 1)
      || !read_limits (self, joint, &limits))
    return FALSE;
  if (!(xyz[0] * xyz[0] + xyz[1] * xyz[1] + xyz[2] * xyz[2] > 1e-12))
    return lw_model_refuse (axis != NULL ? axis : joint->node, self->path, self->error, "the axis of joint “%s” has no direction", joint->name);
  if (joint->mimic == NULL && self->out->n_joints == LW_MAX_JOINTS)
    return lw_model_refuse (joint->node, self->path, self->error, "is the arm's joint %d; %d at most can be moved", LW_MAX_JOINTS + 1, LW_MAX_JOINTS);

  lw_model_joint_name (joint->name, g_hash_table_size (self->joint_names) + 1, self->notes, name);
  g_hash_table_insert (self->joint_names, (gpointer) joint->name, g_strdup (name));
  node = lw_xml_add (body, "joint");
  lw_xml_set (node, "name", name);
  lw_xml_set (node, "type", joint->kind == TURNS ? "hinge" : "slide");
  lw_xml_set_numbers (node, "axis", xyz, 3);
  lw_xml_set_numbers (node, "damping", &(double){ fmax (damping, 0) }, 1);
  lw_xml_set_numbers (node, "frictionloss", &(double){ joint->mimic == NULL ? fmax (friction, 0) : 0 }, 1);
  lw_xml_set (node, "armature", "0.005"); /* a gear: without it light links make the simulation stiff */
  if (joint->mimic == NULL)
    {
      lw_xml_set_numbers (node, "range", (double[]){ limits.lower, limits.upper }, 2);
      memcpy (limits.name, name, sizeof limits.name);
      self->out->joints[self->out->n_joints++] = limits;
    }
  return TRUE;
}

static gboolean
put_link (Conversion *self, const Link *link, LwXmlNode *parent)
{
  gboolean   is_world = link->from == NULL && strcmp (link->name, "world") == 0; /* that is what MuJoCo calls what it has already */
  LwXmlNode *body = is_world ? parent : lw_xml_add (parent, "body");

  if (!is_world)
    {
      lw_xml_set (body, "name", strcmp (link->name, "world") == 0 ? "world link" : link->name);
      if ((link->from != NULL && (!put_origin (self, link->from->node, body) || !put_joint (self, link->from, body))) || !put_inertial (self, link, body))
        return FALSE;
    }
  if (!put_picture (self, link, body))
    return FALSE;
  if (link == self->tip)
    {
      LwXmlNode *site = lw_xml_add (body, "site");

      lw_xml_set (site, "name", "tip");
      lw_xml_set (site, "size", "0.003");
    }
  for (guint i = 0; i < link->joints->len; i++)
    if (!put_link (self, ((Joint *) link->joints->pdata[i])->child, body))
      return FALSE;
  return TRUE;
}

static gboolean
put_followers (Conversion *self)
{
  for (guint i = 0; i < self->joints->len; i++)
    {
      const Joint *joint = self->joints->pdata[i];
      double       polynomial[5] = { 0, 1, 0, 0, 0 };
      LwXmlNode   *node;

      if (joint->mimic == NULL || joint->kind == STILL || joint->kind == FIXED)
        continue;
      if (!vector (self, joint->mimic, "offset", &polynomial[0], 1) || !vector (self, joint->mimic, "multiplier", &polynomial[1], 1))
        return FALSE;
      node = lw_xml_add (self->equality, "joint");
      lw_xml_set (node, "joint1", g_hash_table_lookup (self->joint_names, joint->name));
      lw_xml_set (node, "joint2", g_hash_table_lookup (self->joint_names, lw_xml_get (joint->mimic, "joint")));
      lw_xml_set_numbers (node, "polycoef", polynomial, 5);
    }
  return TRUE;
}

static LwXmlNode *
put_head (Conversion *self, const char *title)
{
  LwXmlNode *mujoco = lw_xml_new ("mujoco"), *node, *floor;

  self->out->mujoco = mujoco;
  lw_xml_set (mujoco, "model", title);
  node = lw_xml_add (mujoco, "compiler");
  lw_xml_set (node, "angle", "radian");
  lw_xml_set (node, "eulerseq", "XYZ"); /* URDF's roll, pitch, yaw about fixed axes */
  lw_xml_set (node, "autolimits", "true");
  lw_xml_set (node, "balanceinertia", "true");
  lw_xml_set (node, "boundmass", "1e-5");
  lw_xml_set (node, "boundinertia", "1e-9");
  node = lw_xml_add (mujoco, "option");
  lw_xml_set (node, "timestep", "0.001");
  node = lw_xml_add (lw_xml_add (mujoco, "visual"), "global");
  lw_xml_set (node, "fovy", "40");
  node = lw_xml_add (lw_xml_add (mujoco, "default"), "geom");
  lw_xml_set (node, "contype", "0"); /* a picture: foreign meshes overlap in their joints */
  lw_xml_set (node, "conaffinity", "0");
  self->asset = lw_xml_add (mujoco, "asset");
  node = lw_xml_add (mujoco, "worldbody");
  floor = lw_xml_add (node, "geom");
  lw_xml_set (floor, "name", "floor");
  lw_xml_set (floor, "type", "plane");
  lw_xml_set (floor, "size", "1 1 0.1");
  lw_xml_set (floor, "rgba", "0.5 0.5 0.5 0.25");
  self->equality = lw_xml_add (mujoco, "equality");
  return node;
}

static gboolean
convert (Conversion *self, const LwXmlNode *robot)
{
  Link *root;

  if (!read_links (self, robot) || !read_joints (self, robot) || (root = find_root (self, robot)) == NULL || !settle_sliding (self))
    return FALSE;
  choose_tip (self);
  if (self->tip == NULL)
    return lw_model_refuse (robot, self->path, self->error, "has no joint that turns");
  self->out->title = g_strdup (lw_xml_get (robot, "name") != NULL ? lw_xml_get (robot, "name") : "arm");
  if (!put_link (self, root, put_head (self, self->out->title)) || !put_followers (self))
    return FALSE;
  lw_model_note (self->notes, "the tip is link “%s”", self->tip->name);
  return TRUE;
}

gboolean
lw_urdf_convert (const LwXmlNode *robot, const char *path, LwForeignArm *out, GPtrArray *notes, GError **error)
{
  g_autofree char   *whole = g_canonicalize_filename (path, NULL);
  g_autoptr (GError) cause = NULL;
  Conversion         self = {
    .path = path, .folder = g_path_get_dirname (whole), .out = out, .notes = notes, .error = &cause,
    .links = g_ptr_array_new_with_free_func (free_link), .joints = g_ptr_array_new_with_free_func (g_free),
    .by_name = g_hash_table_new (g_str_hash, g_str_equal), .joint_names = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free),
    .materials = g_hash_table_new (g_str_hash, g_str_equal), .meshes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
  };
  gboolean ok = convert (&self, robot);

  if (!ok)
    g_propagate_error (error, g_steal_pointer (&cause));
  g_hash_table_unref (self.meshes);
  g_hash_table_unref (self.materials);
  g_hash_table_unref (self.joint_names);
  g_hash_table_unref (self.by_name);
  g_ptr_array_unref (self.joints);
  g_ptr_array_unref (self.links);
  g_free (self.folder);
  return ok;
}
