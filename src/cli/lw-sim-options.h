/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-servo-bus.h"

/* What lampwork-sim was asked for. Main thread. */
typedef struct {
  char    *arm;      /* profile, or path of one */
  char    *protocol; /* NULL = the profile's */
  char    *pty;      /* a name that leads to the port */
  int      tcp;      /* -1 = no */
  char    *address;  /* to listen at */
  int      baud;     /* 0 = the profile's */
  int      firmware; /* 0 = each model's usual one */
  int      return_delay; /* us */
  double   jitter;   /* us */
  double   usb_latency;  /* ms */
  double   rate;     /* Hz, of an arm that speaks lines */
  double   lost, corrupt;
  char    *faults;   /* file */
  gint64   seed;
  gboolean seed_given;
  gboolean heavy, echo;

  char    *scale;    /* format; NULL = none */
  char    *scale_pty;
  double   scale_load; /* g */
  gboolean scale_stream;
  int      scale_tcp;
} LwSimOptions;

/* FALSE with @error, a sentence, when the command line is at fault. --help ends the program, as GLib does it. */
gboolean lw_sim_options_parse (LwSimOptions *self, int *argc, char ***argv, GError **error);
void     lw_sim_options_clear (LwSimOptions *self);
