/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "lw-demonstrations.h"
#include "lw-project.h"
#include "lw-skill.h"
#include "lw-task.h"

/* Exit codes of every command. */
enum { LW_CLI_OK = 0, LW_CLI_FAILED = 1, LW_CLI_USAGE = 2 /* bad input or options: one line on standard error */ };

/* What an option holds that was not given; nobody asks for that. */
#define LW_CLI_NO_NUMBER G_MININT
#define LW_CLI_NO_AMOUNT (-G_MAXDOUBLE)

/* A command gets its own arguments (argv[0] = its name). */
typedef struct {
  const char *name;
  const char *summary; /* one line */
  int (*run) (int argc, char **argv);
} LwCliCommand;

int lw_cli_fit       (int argc, char **argv);
int lw_cli_adapt     (int argc, char **argv);
int lw_cli_learn     (int argc, char **argv);
int lw_cli_objective (int argc, char **argv);
int lw_cli_record    (int argc, char **argv);
int lw_cli_replay    (int argc, char **argv);
int lw_cli_export    (int argc, char **argv);
int lw_cli_demonstrate (int argc, char **argv);
int lw_cli_arms      (int argc, char **argv);
int lw_cli_compare   (int argc, char **argv);
int lw_cli_ports     (int argc, char **argv);
int lw_cli_scan      (int argc, char **argv);
int lw_cli_scale     (int argc, char **argv);

/* Parses @options with a help that has @description below the options. FALSE: said, exit with *@code. */
gboolean lw_cli_parse (const char *command, const char *arguments, const char *description, const GOptionEntry *options,
                       int *argc, char ***argv, int *code);
/* @n was not given, or is @least or more. */
gboolean lw_cli_is_number (int n, int least);
/* @x was not given, or is finite and not negative. */
gboolean lw_cli_is_amount (double x);
/* "lampwork-cli: …" on standard error; returns @code. */
int      lw_cli_fail  (int code, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Bad input and bad numbers end with 2, everything else with 1. */
int      lw_cli_fail_error (const GError *error);

/* Mean ± 95 % CI after five iterations, for people: a block a task, a row an algorithm (element-type LwCompareSummary). */
void     lw_cli_print_comparison (const GArray *summary);

/* ---- progress ---- */

/* A bar with time left on a terminal, on standard error; silent elsewhere. */
typedef struct {
  gboolean on;
  gint64   began;
  int      shown; /* per mille */
} LwCliProgress;

void lw_cli_progress_begin (LwCliProgress *self, gboolean wanted);
void lw_cli_progress_show  (LwCliProgress *self, double fraction, const char *what);
void lw_cli_progress_end   (LwCliProgress *self);

/* ---- input ---- */

/* Where demonstrations come from; see the options in lw-cli-input.c. */
typedef struct {
  char  *file;        /* .csv, .npy or .lampwork */
  int    context_dim; /* of a .npy matrix; -1 = not given */
  int    basis;       /* LW_CLI_NO_NUMBER = not given */
  double rate;        /* Hz, of a .csv without t */
} LwCliInput;

LwDemonstrations *lw_cli_read_demonstrations (const LwCliInput *input, GError **error);
/* A project that is there; opening would make an empty one. */
LwProject        *lw_cli_open_project (const char *path, GError **error);
/* FALSE, with @error, when more components are asked for (LW_CLI_NO_NUMBER: none) than there are demonstrations. */
gboolean          lw_cli_check_components (const char *file, int components, size_t n, GError **error);
/* Fits, and says so on standard error when K or d had to be lowered. @progress (nullable). */
LwSkill          *lw_cli_fit_set (const LwDemonstrations *set, const LwFitSettings *settings, LwCliProgress *progress, GError **error);

/* ---- interrupts ---- */

/* Raised by SIGINT, SIGTERM and SIGHUP; a second SIGINT ends the process. */
extern atomic_bool lw_cli_stop;
/* It was not SIGINT: nobody pressed Stop, the program is to go. An arm is then lowered to rest, not left standing where it was stopped. */
extern atomic_bool lw_cli_leave;
void lw_cli_catch_interrupt (void);
