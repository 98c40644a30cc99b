/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>

#include "lw-application.h"
#include "lw-blas.h"
#include "lw-config.h"
#include "lw-renderer.h"

int
main (int argc, char **argv)
{
  g_autoptr (LwApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LW_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  /* Matrices here are small: threads inside BLAS cost more than they bring, and would take the arm thread's core. */
  lw_blas_set_threads (1);
  lw_renderer_choose ();
  application = lw_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
