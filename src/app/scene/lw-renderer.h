/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* TRUE when OpenGL is drawn by the processor (llvmpipe, softpipe) or not at all. Asked once, before GTK starts: any thread. */
gboolean lw_renderer_is_software (void);
/* Chooses GTK's cairo renderer for such machines, where its GL renderer costs several frames' time; an environment that says otherwise wins. */
void     lw_renderer_choose      (void);
