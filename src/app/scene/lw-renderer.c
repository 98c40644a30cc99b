/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-renderer.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <string.h>

/* The renderer's name from a context without a surface; NULL when there is none. */
static char *
renderer_name (void)
{
  static const EGLint wanted[] = { EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE };
  EGLDisplay display;
  EGLConfig config;
  EGLContext context;
  EGLint n = 0;
  char *name = NULL;

  if (!epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless"))
    return NULL;
  display = eglGetPlatformDisplayEXT (EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
  if (display == EGL_NO_DISPLAY || !eglInitialize (display, NULL, NULL))
    return NULL;
  if (eglBindAPI (EGL_OPENGL_API) && eglChooseConfig (display, wanted, &config, 1, &n) && n == 1 &&
      (context = eglCreateContext (display, config, EGL_NO_CONTEXT, NULL)) != EGL_NO_CONTEXT)
    {
      if (eglMakeCurrent (display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
        name = g_strdup ((const char *) glGetString (GL_RENDERER));
      eglMakeCurrent (display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
      eglDestroyContext (display, context);
    }
  eglTerminate (display);
  return name;
}

gboolean
lw_renderer_is_software (void)
{
  static gsize once;
  static gboolean software;

  if (g_once_init_enter (&once))
    {
      g_autofree char *name = renderer_name ();

      software = name == NULL || strstr (name, "llvmpipe") != NULL || strstr (name, "softpipe") != NULL || strstr (name, "swrast") != NULL;
      g_once_init_leave (&once, 1);
    }
  return software;
}

void
lw_renderer_choose (void)
{
  if (g_getenv ("GSK_RENDERER") == NULL && lw_renderer_is_software ())
    g_setenv ("GSK_RENDERER", "cairo", FALSE);
}
