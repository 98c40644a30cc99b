/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* An XML document of elements and attributes, as URDF and MJCF are: read with GLib's parser, changed, written. Texts between
 * elements are dropped. Any thread. */
typedef struct LwXmlNode LwXmlNode;

struct LwXmlNode {
  char      *name;
  int        line;      /* where it stands in the file; 0: made here */
  LwXmlNode *parent;    /* (nullable) */
  GPtrArray *keys;      /* (element-type utf8) */
  GPtrArray *values;    /* (element-type utf8) */
  GPtrArray *children;  /* (element-type LwXmlNode) */
};

/* At most 32 MiB, 200 000 elements, 500 deep. Errors (LW_JOB_ERROR_INPUT) name file and line. */
LwXmlNode  *lw_xml_read   (const char *path, GError **error);
LwXmlNode  *lw_xml_new    (const char *name);
void        lw_xml_free   (LwXmlNode *self); /* (nullable) with all below */
const char *lw_xml_get    (const LwXmlNode *self, const char *key); /* NULL when it is not there */
void        lw_xml_set    (LwXmlNode *self, const char *key, const char *value);
void        lw_xml_set_numbers (LwXmlNode *self, const char *key, const double *values, gsize n);
/* FALSE unless the attribute is @n finite numbers and nothing else; @out may then be half written. */
gboolean    lw_xml_get_numbers (const LwXmlNode *self, const char *key, double *out, gsize n);
void        lw_xml_unset  (LwXmlNode *self, const char *key);
LwXmlNode  *lw_xml_child  (const LwXmlNode *self, const char *name); /* the first of that name; NULL without one */
LwXmlNode  *lw_xml_add    (LwXmlNode *self, const char *name);       /* at the end */
void        lw_xml_remove (LwXmlNode *self, const char *name);       /* every child of that name */
/* The document as text. (transfer full) */
char       *lw_xml_write  (const LwXmlNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwXmlNode, lw_xml_free)
