/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <poll.h>

/* Where programs reach something simulated: a pseudo-terminal, by a name of the caller's too, or a TCP port that serves one program after the other.
 * The simulated thing answers on a thread of its own; this is the main thread's part. */
typedef struct {
  gpointer   device; /* borrowed */
  gboolean (*serve) (gpointer device, int fd, GError **error); /* takes @fd, also on failure */

  const char *link;    /* (nullable) borrowed */
  const char *address; /* borrowed */
  int         number;  /* TCP port; -1 = pseudo-terminal */
  char        name[128]; /* what is printed: a path, or tcp:ADDRESS:PORT */
  gboolean    linked;
  int         client;  /* pty: our own hold on the other end, without which the line hangs up whenever a program closes it */
  int         listener, peer; /* TCP */
} LwSimPort;

/* Not open yet. @link (nullable) and @address are borrowed; @number -1 for a pseudo-terminal. */
void     lw_sim_port_init  (LwSimPort *self, const char *link, const char *address, int number);
/* Opens; what was opened is undone by close() also on failure. */
gboolean lw_sim_port_open  (LwSimPort *self, GError **error);
/* What to wait for; fd < 0: nothing. */
void     lw_sim_port_watch (const LwSimPort *self, struct pollfd *out);
/* Somebody came or went. */
gboolean lw_sim_port_dispatch (LwSimPort *self, short revents, GError **error);
/* The cable is pulled: programs see a hang-up, and the name is gone until open() plugs it in again. The device must have let go of its end. */
void     lw_sim_port_close (LwSimPort *self);
