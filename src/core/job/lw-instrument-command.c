/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lw-instrument.h"
#include "lw-json-writer.h"
#include "lw-skill.h"
#include "lw-transport.h"

#define MS G_GINT64_CONSTANT (1000000)
#define ANSWER_NS (60000 * MS)
#define SLICE_NS (20 * MS)  /* stop is seen within */
#define LEAVE_US 500000     /* that a program has to go when it is not needed any more, and again when it was told to */
#define MAX_ANSWER 65536

typedef struct {
  LwInstrument base;
  char        *name;     /* of the program */
  LwTransport *line;     /* its standard input and output */
  GPid         pid;      /* 0: it has ended */
  int          status;   /* as waitpid() says, when it has */
  GString     *input;    /* came, and not yet a whole line */
  guint        owed;     /* answers that came too late to be used */
} LwInstrumentCommand;

static int64_t
now_ns (void)
{
  return lw_clock_now (lw_clock_monotonic ());
}

/* ---- the program ---- */

static gboolean
has_ended (LwInstrumentCommand *self)
{
  if (self->pid != 0 && waitpid (self->pid, &self->status, WNOHANG) == self->pid)
    self->pid = 0;
  return self->pid == 0;
}

static gboolean
ends_within (LwInstrumentCommand *self, int us)
{
  for (int waited = 0; !has_ended (self); waited += 5000)
    {
      if (waited >= us)
        return FALSE;
      g_usleep (5000);
    }
  return TRUE;
}

static LwInstrumentResult
fail_dead (LwInstrumentCommand *self, GError **error)
{
  const gboolean ended = ends_within (self, LEAVE_US);

  if (ended && WIFSIGNALED (self->status))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” was ended by signal %d. What was learned until here is kept", self->name,
                 WTERMSIG (self->status));
  else if (ended)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” ended (exit code %d) instead of answering. What was learned until here is kept",
                 self->name, WEXITSTATUS (self->status));
  else
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” closed its output. What was learned until here is kept", self->name);
  return LW_INSTRUMENT_FAILED;
}

/* (transfer full) A line without its end; NULL while there is none. */
static char *
take_line (LwInstrumentCommand *self)
{
  const char *end = memchr (self->input->str, '\n', self->input->len);
  char *line;

  if (end == NULL)
    return NULL;
  line = g_strndup (self->input->str, (gsize) (end - self->input->str));
  g_string_erase (self->input, 0, end - self->input->str + 1);
  return line;
}

static LwInstrumentResult
ask (LwInstrumentCommand *self, const char *question, const atomic_bool *stop, char **answer, GError **error)
{
  g_autofree char *line = g_strconcat (question, "\n", NULL);
  const int64_t deadline_ns = now_ns () + ANSWER_NS;
  LwIo io = self->line->klass->write (self->line, (const uint8_t *) line, strlen (line), now_ns () + 1000 * MS);

  while (io == LW_IO_OK || io == LW_IO_TIMEOUT)
    {
      uint8_t bytes[4096];
      size_t n = 0;

      while ((*answer = take_line (self)) != NULL)
        {
          if (self->owed == 0)
            return LW_INSTRUMENT_OK;
          self->owed--;
          g_free (*answer);
        }
      if (stop != NULL && atomic_load (stop))
        {
          self->owed++;
          return LW_INSTRUMENT_STOPPED;
        }
      if (now_ns () >= deadline_ns)
        {
          self->owed++;
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” did not answer within %d s", self->name, (int) (ANSWER_NS / (1000 * MS)));
          return LW_INSTRUMENT_NONE;
        }
      io = self->line->klass->read (self->line, bytes, sizeof bytes, &n, MIN (deadline_ns, now_ns () + SLICE_NS));
      if (io == LW_IO_OK)
        g_string_append_len (self->input, (const char *) bytes, (gssize) n);
      if (self->input->len > MAX_ANSWER)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” writes without end of line", self->name);
          return LW_INSTRUMENT_FAILED;
        }
    }
  return fail_dead (self, error);
}

/* ---- questions and answers ---- */

static gboolean
take_number (JsonNode *node, double *out)
{
  const GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type != G_TYPE_DOUBLE && type != G_TYPE_INT64)
    return FALSE;
  *out = json_node_get_double (node);
  return isfinite (*out);
}

static gboolean
take_numbers (JsonNode *node, double *out, size_t n)
{
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return n == 1 && take_number (node, out);
  array = json_node_get_array (node);
  if (json_array_get_length (array) != n)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    if (!take_number (json_array_get_element (array, (guint) i), &out[i]))
      return FALSE;
  return TRUE;
}

/* The answer as JSON; NONE when the program says that there is nothing. */
static LwInstrumentResult
ask_json (LwInstrumentCommand *self, const char *question, JsonParser *parser, JsonNode **root, char **answer, const atomic_bool *stop, GError **error)
{
  LwInstrumentResult result = ask (self, question, stop, answer, error);
  JsonNode *none;

  if (result != LW_INSTRUMENT_OK)
    return result;
  *root = json_parser_load_from_data (parser, *answer, -1, NULL) ? json_parser_get_root (parser) : NULL;
  if (*root != NULL && JSON_NODE_HOLDS_OBJECT (*root) && (none = json_object_get_member (json_node_get_object (*root), "none")) != NULL)
    {
      const char *why = JSON_NODE_HOLDS_VALUE (none) && json_node_get_value_type (none) == G_TYPE_STRING ? json_node_get_string (none) : "no reason given";

      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” has nothing to say: %s", self->name, why);
      return LW_INSTRUMENT_NONE;
    }
  return LW_INSTRUMENT_OK;
}

static LwInstrumentResult
fail_unclear (LwInstrumentCommand *self, const char *answer, const char *wanted, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (answer, (gssize) MIN (strlen (answer), 80));

  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "The program “%s” answered “%s”; %s was asked for", self->name, valid, wanted);
  return LW_INSTRUMENT_FAILED;
}

static JsonNode *
member (JsonNode *root, const char *name)
{
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_object_get_member (json_node_get_object (root), name) : NULL;
}

static void
begin_question (LwJsonWriter *json, const char *what, const LwTrial *trial)
{
  lw_json_begin (json);
  lw_json_string (json, "ask", what);
  lw_json_integer (json, "iteration", trial->iteration);
  lw_json_integer (json, "episode", trial->episode);
}

static LwInstrumentResult
command_context (LwInstrument *instrument, const LwTrial *trial, double *context, const atomic_bool *stop, GError **error)
{
  LwInstrumentCommand *self = (LwInstrumentCommand *) instrument;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *question = NULL, *answer = NULL;
  const size_t n = trial->task->info.n_context;
  double given[LW_MAX_CONTEXT];
  LwJsonWriter json;
  JsonNode *root = NULL, *named;
  LwInstrumentResult result;

  begin_question (&json, "context", trial);
  question = lw_json_end (&json);
  result = ask_json (self, question, parser, &root, &answer, stop, error);
  if (result != LW_INSTRUMENT_OK)
    return result;
  named = member (root, "context");
  if (!take_numbers (named != NULL ? named : root, given, n))
    return fail_unclear (self, answer, "a context", error);
  memcpy (context, given, n * sizeof *context);
  return LW_INSTRUMENT_OK;
}

static LwInstrumentResult
command_observe (LwInstrument *instrument, const LwTrial *trial, LwObservation *out, const atomic_bool *stop, GError **error)
{
  LwInstrumentCommand *self = (LwInstrumentCommand *) instrument;
  const LwTrajectory *path = trial->rollout->measured;
  const size_t last = path->n_samples - 1;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *question = NULL, *answer = NULL;
  LwJsonWriter json;
  JsonNode *root = NULL, *success;
  LwInstrumentResult result;

  begin_question (&json, "reward", trial);
  lw_json_reals (&json, "context", trial->context, trial->task->info.n_context);
  lw_json_real (&json, "duration", lw_trajectory_duration (path));
  lw_json_reals (&json, "joints", lw_mat_row (&path->q, last), path->n_joints);
  if (trial->rollout->tip.rows > last)
    lw_json_reals (&json, "tip", lw_mat_row (&trial->rollout->tip, last), 3);
  question = lw_json_end (&json);
  result = ask_json (self, question, parser, &root, &answer, stop, error);
  if (result != LW_INSTRUMENT_OK)
    return result;
  if (trial->task->info.n_measures > 0 && take_numbers (member (root, "measures"), out->measures, trial->task->info.n_measures))
    return LW_INSTRUMENT_OK;
  if (!take_number (root, &out->reward) && !take_number (member (root, "reward"), &out->reward))
    return fail_unclear (self, answer, "a reward", error);
  success = member (root, "success");
  if (success != NULL && JSON_NODE_HOLDS_VALUE (success) && json_node_get_value_type (success) == G_TYPE_BOOLEAN)
    out->success = json_node_get_boolean (success) ? 1 : 0;
  return LW_INSTRUMENT_OK;
}

/* ---- beginning and end ---- */

static void
command_free (LwInstrument *instrument)
{
  LwInstrumentCommand *self = (LwInstrumentCommand *) instrument;

  lw_transport_free (self->line); /* the end of its input */
  if (self->pid != 0 && !ends_within (self, LEAVE_US))
    {
      kill (self->pid, SIGTERM);
      if (!ends_within (self, LEAVE_US))
        {
          kill (self->pid, SIGKILL);
          (void) waitpid (self->pid, &self->status, 0);
        }
    }
  g_string_free (self->input, TRUE);
  g_free (self->name);
  g_free (self);
}

static const LwInstrumentClass command_class = {
  .kind = "command",
  .context = command_context,
  .observe = command_observe,
  .free = command_free,
};

LwInstrument *
lw_instrument_command_new (const char *command_line, const LwTask *task, GError **error)
{
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) why = NULL;
  LwInstrumentCommand *self;
  GPid pid = 0;
  int ends[2];
  gboolean ok;

  (void) task;
  if (!g_shell_parse_argv (command_line, NULL, &argv, &why))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s” is no command line: %s", command_line, why->message);
      return NULL;
    }
  /* A socket rather than pipes: writing to a program that has ended is then an error and not a signal. */
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "No line to the program “%s”: %s", argv[0], g_strerror (errno));
      return NULL;
    }
  ok = g_spawn_async_with_fds (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, ends[1], ends[1], -1, &why);
  close (ends[1]);
  if (!ok)
    {
      close (ends[0]);
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The program “%s” could not be started: %s", argv[0], why->message);
      return NULL;
    }
  self = g_new0 (LwInstrumentCommand, 1);
  self->base.klass = &command_class;
  self->name = g_path_get_basename (argv[0]);
  self->line = lw_transport_fd_new (ends[0], self->name);
  self->pid = pid;
  self->input = g_string_new (NULL);
  g_snprintf (self->base.title, sizeof self->base.title, "the program “%s”", self->name);
  return &self->base;
}
