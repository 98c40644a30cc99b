/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-import.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lw-model-convert.h"
#include "lw-paths.h"
#include "lw-skill.h" /* LW_JOB_ERROR */

#define TIMEOUT_MS   30000
#define MAX_SAID     65536 /* bytes that are listened to */
#define MAX_CPU_S    20
#define MAX_MEMORY   ((rlim_t) 2 << 30)
#define MAX_WRITTEN  ((rlim_t) 64 << 20)
#define NOTE         "note: "
#define FAILURE      "error: "

/* A sanitizer's shadow memory is larger than any limit. */
#ifdef __has_feature
#if __has_feature (address_sanitizer) || __has_feature (thread_sanitizer)
#define SHADOWED
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SHADOWED
#endif

/* ---- in the program of its own ---- */

static void
limit (int resource, rlim_t most)
{
  const struct rlimit limits = { most, most };

  setrlimit (resource, &limits); /* where the system allows less already, that holds */
}

int
lw_model_check_main (int argc, char **argv)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError)    error = NULL;

  if (argc != 3)
    {
      fputs (FAILURE "two arguments are needed: the file to read and the file to write\n", stdout);
      return 2;
    }
#ifndef SHADOWED
  limit (RLIMIT_AS, MAX_MEMORY);
#endif
  limit (RLIMIT_CPU, MAX_CPU_S);
  limit (RLIMIT_FSIZE, MAX_WRITTEN);
  limit (RLIMIT_CORE, 0);
  if (!lw_model_convert (argv[1], argv[2], notes, &error))
    {
      printf (FAILURE "%s\n", g_strdelimit (error->message, "\r\n", ' '));
      return 1;
    }
  for (guint i = 0; i < notes->len; i++)
    printf (NOTE "%s\n", g_strdelimit (notes->pdata[i], "\r\n", ' '));
  return 0;
}

/* ---- the caller ---- */

typedef struct {
  pid_t    pid;
  int      fd;
  GString *said;
  gboolean timed_out;
  int      status; /* of waitpid() */
} Child;

static gboolean
start (Child *child, const char *in, const char *out, GError **error)
{
  const char *program = lw_path_check_model ();
  char       *arguments[] = { (char *) program, (char *) in, (char *) out, NULL };
  posix_spawn_file_actions_t actions;
  int         pipes[2], failure;

  if (pipe2 (pipes, O_CLOEXEC) != 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STORE, "no pipe to %s: %s", program, g_strerror (errno));
      return FALSE;
    }
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2 (&actions, pipes[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen (&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  failure = posix_spawn (&child->pid, program, &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy (&actions);
  close (pipes[1]);
  if (failure == 0)
    {
      child->fd = pipes[0];
      return TRUE;
    }
  close (pipes[0]);
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STORE, "%s, which looks models through, cannot be started: %s", program, g_strerror (failure));
  return FALSE;
}

static void
listen_until_end (Child *child, unsigned timeout_ms)
{
  const gint64 deadline = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  char         part[4096];

  for (;;)
    {
      const gint64  left = (deadline - g_get_monotonic_time ()) / 1000;
      struct pollfd waiting = { child->fd, POLLIN, 0 };
      ssize_t       n;

      child->timed_out = left <= 0;
      if (child->timed_out || child->said->len > MAX_SAID)
        break;
      if (poll (&waiting, 1, (int) left) <= 0)
        continue;
      n = read (child->fd, part, sizeof part);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      g_string_append_len (child->said, part, n);
    }
  if (child->timed_out || child->said->len > MAX_SAID)
    kill (child->pid, SIGKILL);
  close (child->fd);
  while (waitpid (child->pid, &child->status, 0) < 0 && errno == EINTR)
    ;
}

/* What it said; FALSE with the reason, in words. */
static gboolean
judge (const Child *child, const char *file, GPtrArray *notes, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (child->said->str, "\n", -1);

  if (child->timed_out)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: reading it takes too long", file);
  else if (child->said->len > MAX_SAID)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: there is too much to say about it", file);
  else if (WIFSIGNALED (child->status) && WTERMSIG (child->status) == SIGXCPU)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: reading it takes too long", file);
  else if (WIFSIGNALED (child->status))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: the program that read it crashed (%s): the file is broken or too large", file,
                 g_strsignal (WTERMSIG (child->status)));
  else if (WEXITSTATUS (child->status) != 0)
    {
      const char *said = lines[0] != NULL && g_str_has_prefix (lines[0], FAILURE) ? lines[0] + strlen (FAILURE) : NULL;

      if (said != NULL && g_utf8_validate (said, -1, NULL))
        g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, said);
      else
        g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: the program that read it gave up without a word", file);
    }
  else
    {
      for (int i = 0; lines[i] != NULL; i++)
        if (g_str_has_prefix (lines[i], NOTE))
          g_ptr_array_add (notes, g_utf8_make_valid (lines[i] + strlen (NOTE), -1));
      return TRUE;
    }
  return FALSE;
}

static gboolean
check_apart (const char *in, const char *out, unsigned timeout_ms, GPtrArray *notes, GError **error)
{
  g_autofree char *file = g_path_get_basename (in);
  Child            child = { .said = g_string_new (NULL) };
  gboolean         ok = start (&child, in, out, error);

  if (ok)
    {
      listen_until_end (&child, timeout_ms);
      ok = judge (&child, file, notes, error);
    }
  g_string_free (child.said, TRUE);
  return ok;
}

/* Names of files and profiles: letters, digits, dot, dash, underscore, and something besides dots. */
static char *
choose_name (const char *file, const char *wanted, GError **error)
{
  g_autofree char *base = wanted != NULL ? g_strdup (wanted) : g_path_get_basename (file);
  char            *dot = wanted == NULL ? strrchr (base, '.') : NULL;

  if (dot != NULL && dot > base)
    *dot = '\0';
  if (wanted == NULL)
    g_strcanon (base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_", '-');
  if (*base == '.' || *base == '\0' || strspn (base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_") != strlen (base))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s” cannot be the name of an arm: letters, digits, dots, dashes and underscores can be in it", base);
      return NULL;
    }
  return g_steal_pointer (&base);
}

static gboolean
prepare_folder (const char *folder, GError **error)
{
  if (g_mkdir_with_parents (folder, 0755) == 0)
    return TRUE;
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STORE, "%s: %s", folder, g_strerror (errno));
  return FALSE;
}

/* The profile of the model at @fresh, which will stand at @model. */
static LwArmProfile *
make_profile (const char *fresh, const char *model_path, const char *name, const LwModelImportSettings *settings, GError **error)
{
  LwSimError    problem = { "" };
  LwArmModel   *model = lw_arm_model_load (fresh, NULL, &problem);
  LwArmProfile *profile = NULL;

  if (model == NULL)
    g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, problem.text);
  else if (settings->first_id + lw_arm_model_n_joints (model) > 253)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "servo ids from %u on do not suffice for %zu joints; the last one is 252", settings->first_id,
                 lw_arm_model_n_joints (model));
  else
    {
      profile = lw_arm_profile_from_model (model, model_path, settings->protocol, settings->first_id);
      g_free (profile->id);
      profile->id = g_strdup (name);
    }
  lw_arm_model_unref (model);
  return profile;
}

static LwModelImport *
import (const char *file, const char *folder, const char *name, const LwModelImportSettings *settings, GError **error)
{
  g_autofree char *model_name = g_strconcat (name, ".xml", NULL), *profile_name = g_strconcat (name, ".json", NULL);
  g_autofree char *fresh_name = g_strdup_printf (".%s.new.xml", name);
  g_autofree char *model_path = g_build_filename (folder, model_name, NULL), *fresh = g_build_filename (folder, fresh_name, NULL);
  g_autoptr (LwModelImport) self = g_new0 (LwModelImport, 1);

  self->profile_path = g_build_filename (folder, profile_name, NULL);
  self->notes = g_ptr_array_new_with_free_func (g_free);
  if (!settings->replace && (g_file_test (model_path, G_FILE_TEST_EXISTS) || g_file_test (self->profile_path, G_FILE_TEST_EXISTS)))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "there is an arm “%s” already in %s; give this one another name, or say that it is to be replaced", name, folder);
      return NULL;
    }
  if (!prepare_folder (folder, error) || !check_apart (file, fresh, settings->timeout_ms != 0 ? settings->timeout_ms : TIMEOUT_MS, self->notes, error)
      || (self->profile = make_profile (fresh, model_path, name, settings, error)) == NULL)
    {
      g_unlink (fresh);
      return NULL;
    }
  if (g_rename (fresh, model_path) != 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STORE, "%s: %s", model_path, g_strerror (errno));
      g_unlink (fresh);
      return NULL;
    }
  if (!lw_arm_profile_save (self->profile, self->profile_path, error))
    return NULL;
  return g_steal_pointer (&self);
}

LwModelImport *
lw_model_import (const char *file, const LwModelImportSettings *settings, GError **error)
{
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "lampwork", "arms", NULL);
  g_autofree char *name = choose_name (file, settings->name, error);
  g_autofree char *folder = g_canonicalize_filename (settings->folder != NULL ? settings->folder : own, NULL);
  g_autofree char *whole = g_canonicalize_filename (file, NULL);

  if (name == NULL)
    return NULL;
  if (!g_file_test (whole, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: there is no such file", file);
      return NULL;
    }
  return import (whole, folder, name, settings, error);
}

void
lw_model_import_free (LwModelImport *self)
{
  if (self == NULL)
    return;
  lw_arm_profile_free (self->profile);
  g_free (self->profile_path);
  if (self->notes != NULL)
    g_ptr_array_unref (self->notes);
  g_free (self);
}
