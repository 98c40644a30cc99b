/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lw-arrays.h"
#include "lw-demonstrations.h"
#include "lw-recorder.h"
#include "lw-verdict.h"

/**
 * LwProject:
 *
 * The project file (*.lampwork, SQLite in WAL mode; schema in schema.sql beside this header). One writer thread owns the only
 * writing connection: it drains the recorder's ring (a transaction at most every 100 ms) and serves the calls below, which wait
 * for their commit and may come from any thread but the arm's; a window calls them through lw_project_call_async(). Reading
 * calls use read-only connections of their own.
 *
 * ::changed (LwProjectChange what) is emitted in the main context that was the thread default when the project was opened.
 */
#define LW_TYPE_PROJECT (lw_project_get_type ())
G_DECLARE_FINAL_TYPE (LwProject, lw_project, LW, PROJECT, GObject)

typedef enum {
  LW_PROJECT_CHANGE_DEMONSTRATIONS = 1 << 0,
  LW_PROJECT_CHANGE_MODELS         = 1 << 1,
  LW_PROJECT_CHANGE_RUNS           = 1 << 2,
  LW_PROJECT_CHANGE_UNDO           = 1 << 3,
  LW_PROJECT_CHANGE_SAVING         = 1 << 4, /* lw_project_dup_saving_error() came or went */
} LwProjectChange;

#define LW_PROJECT_ERROR (lw_project_error_quark ())
typedef enum {
  LW_PROJECT_ERROR_OPEN,          /* cannot be opened, or was closed */
  LW_PROJECT_ERROR_NOT_A_PROJECT,
  LW_PROJECT_ERROR_NEWER,         /* format of a later version */
  LW_PROJECT_ERROR_BUSY,          /* open elsewhere */
  LW_PROJECT_ERROR_WRITE,         /* disk full, read-only, ... */
  LW_PROJECT_ERROR_READ,          /* damaged */
  LW_PROJECT_ERROR_NOT_FOUND,
  LW_PROJECT_ERROR_INVALID,       /* the values given, or the set as a whole, do not fit: the text says which */
} LwProjectError;
GQuark      lw_project_error_quark (void);

/* Opens or creates @path. Demonstrations that a kill left open are closed with what reached the disk and marked as recovered.
 * One Lampwork at a time: a second one gets LW_PROJECT_ERROR_BUSY, which names the process that has it open; there is no
 * read-only mode. */
LwProject  *lw_project_open          (const char *path, GError **error);
/* Ends the writer thread after everything queued is on disk; called by the last unref too. */
void        lw_project_close         (LwProject *self);
const char *lw_project_get_path      (LwProject *self);
/* Wall-clock time of the last commit, seconds since the epoch: "saved 14:02". Any thread. */
gint64      lw_project_get_saved_at  (LwProject *self);
/* Why what is being recorded could not be saved the last time it was tried ("x.lampwork cannot grow: the disk is full"); it is
 * kept in memory and tried again twice a second. NULL when all is well. Any thread. (transfer full) */
char       *lw_project_dup_saving_error (LwProject *self);
/* The ring the writer drains from now on; borrowed, NULL to detach (waits until it is empty). */
void        lw_project_set_recorder  (LwProject *self, LwRecorder *recorder);

/* Any of the waiting calls, on a worker thread: work() runs there, @callback in the caller's context. */
typedef gpointer (*LwProjectWork) (LwProject *self, gpointer data, GError **error);
void        lw_project_call_async    (LwProject *self, LwProjectWork work, gpointer data, GDestroyNotify free_data, GDestroyNotify free_result,
                                      GAsyncReadyCallback callback, gpointer user_data);
gpointer    lw_project_call_finish   (LwProject *self, GAsyncResult *result, GError **error);

/* ---- demonstrations ---- */
typedef struct {
  char  *name;
  char  *unit;   /* (nullable) */
  double value;  /* NaN: not given yet */
} LwContextValue;

typedef struct {
  gint64     id;
  char      *label;
  gint64     created;       /* seconds since the epoch */
  char      *arm;           /* "arm-7" */
  char      *limits;        /* limits code, nullable */
  size_t     n_joints;
  size_t     n_samples;
  double     seconds;
  gboolean   used;          /* FALSE: excluded by the person */
  gboolean   complete;      /* FALSE while it is being recorded */
  gboolean   recovered;     /* closed after a crash */
  gboolean   measured;      /* FALSE: imported or generated */
  LwVerdict  verdict;
  GArray    *contexts;      /* of LwContextValue */
} LwDemonstrationInfo;

LwDemonstrationInfo *lw_demonstration_info_copy (const LwDemonstrationInfo *self);
void        lw_demonstration_info_free (LwDemonstrationInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwDemonstrationInfo, lw_demonstration_info_free)

/* A new, empty demonstration, committed: its id (> 0) is what lw_recorder_start() takes. @contexts may be empty or NULL. 0 on error. */
gint64      lw_project_begin_demonstration (LwProject *self, const char *arm, size_t n_joints, const char *limits, const GArray *contexts, GError **error);
/* The same for a movement the arm is about to execute: measured and kept, but not among the demonstrations. Its id is what
 * LwEpisode.rollout names. */
gint64      lw_project_begin_rollout       (LwProject *self, const char *arm, size_t n_joints, const char *limits, GError **error);
/* With which arm a recording is made, right after it was begun, once: the contents of the profile's and (nullable) the
 * calibration's file. LW_PROJECT_ERROR_INVALID when they are not JSON. */
gboolean    lw_project_set_arm             (LwProject *self, gint64 recording, const char *profile, const char *calibration, GError **error);
/* NULL for what is not known. (transfer full) */
gboolean    lw_project_load_arm            (LwProject *self, gint64 recording, char **profile, char **calibration, GError **error);
/* For both: stops the recorder if it still records @id, waits until the ring has given all of it (or the arm has been silent for
 * 250 ms), computes the verdict (joint ranges (n_joints), nullable; start pose: where the first demonstration on this arm began)
 * and marks it complete. */
gboolean    lw_project_end_demonstration   (LwProject *self, gint64 id, const double *q_min, const double *q_max, GError **error);
/* A value the program knows by itself (the tip's final position, a scale's reading): fills a context that has none. No edit, so
 * undo passes it by; what a person gave stands. */
gboolean    lw_project_fill_context        (LwProject *self, gint64 id, const char *name, const char *unit, double value, GError **error);
/* A movement that was not measured here (import, generator): its own time stamps. 0 on error. */
/* @label NULL: by number. */
gint64      lw_project_add_demonstration   (LwProject *self, const char *arm, const char *label, const LwTrajectory *trajectory, const GArray *contexts, GError **error);
/* All of @set (trajectories) in one transaction: either every one is there afterwards or none. Labels are given by number. */
gboolean    lw_project_add_demonstrations  (LwProject *self, const char *arm, const LwDemonstrations *set, GError **error);
/* (element-type LwDemonstrationInfo) in order of creation, deleted ones left out. */
GPtrArray  *lw_project_list_demonstrations (LwProject *self, GError **error);
/* Samples as measured (n x LwSample in a GArray). */
GArray     *lw_project_load_samples        (LwProject *self, gint64 id, GError **error);
/* The same as time from the first stamp and joint positions. */
LwTrajectory *lw_project_load_trajectory   (LwProject *self, gint64 id, GError **error);
/* All finished demonstrations in use, for a fit. Contexts are those of any of them, in order of first appearance; an error names
 * the demonstration and the field that is missing (LW_PROJECT_ERROR_INVALID), and NOT_FOUND says that there is none. */
LwDemonstrations *lw_project_load_set      (LwProject *self, GError **error);
/* The same of @arm only, with @fields (NULL-terminated) as contexts, in that order; demonstrations that have contexts, but none
 * of these, were made for something else and are left out. */
LwDemonstrations *lw_project_load_set_for  (LwProject *self, const char *arm, const char *const *fields, GError **error);

/* ---- edits: each is a row (operation, inverse, time, label); undo and redo survive a restart ---- */
gboolean    lw_project_set_context   (LwProject *self, gint64 id, const char *name, const char *unit, double value, GError **error);
gboolean    lw_project_set_used      (LwProject *self, gint64 id, gboolean used, GError **error);
gboolean    lw_project_rename        (LwProject *self, gint64 id, const char *label, GError **error);
gboolean    lw_project_delete        (LwProject *self, gint64 id, GError **error); /* hidden, never destroyed */
/* What was undone or redone ("Delete “Demonstration 3”"; transfer full), NULL with no error set when there is nothing. */
char       *lw_project_undo          (LwProject *self, GError **error);
char       *lw_project_redo          (LwProject *self, GError **error);
/* Labels of what undo and redo would do; (nullable) (transfer full). */
char       *lw_project_dup_undo_label (LwProject *self);
char       *lw_project_dup_redo_label (LwProject *self);

/* ---- models ---- */
/* @settings: one JSON object; @arrays: everything the model is made of; @demonstrations: ids it was fitted to. */
gint64      lw_project_save_model    (LwProject *self, const char *settings, const LwArrays *arrays, const gint64 *demonstrations, size_t n, GError **error);
/* @id 0 = the latest. NULL with LW_PROJECT_ERROR_NOT_FOUND when there is none; @arrays is initialised by the call. Returns the settings. */
char       *lw_project_load_model    (LwProject *self, gint64 id, gint64 *found, LwArrays *arrays, GError **error);

/* ---- runs ---- */
typedef struct {
  const char *name;   /* "poured mass" */
  const char *unit;
  double      value;  /* NaN: it could not be measured */
} LwMeasure;

typedef struct {
  guint         iteration;   /* whose improvement it feeds, from 1 */
  guint         episode;     /* within the iteration */
  gint64        rollout;     /* recording id of the measured samples, 0 = kinematic */
  gboolean      aborted;
  double        reward;
  int           success;     /* -1: the task does not say */
  const double *context;     /* (n_context) */
  size_t        n_context;
  const double *latent;      /* (n_latent) */
  size_t        n_latent;
  const double *movement;    /* (n_movement) [duration | weights] */
  size_t        n_movement;
  const LwMeasure *measures; /* (n_measures) what instruments measured */
  size_t        n_measures;
  gboolean      once;        /* not stored: it holds what happened only once, as with a rollout */
} LwEpisode;

typedef struct { gint64 id; gint64 created; gint64 model; char *settings; char *ended; /* nullable: how it ended */ guint n_iterations, n_episodes; } LwRunInfo;
typedef struct { guint iteration; char *name; double value; gint64 at; } LwSettingChange;
void        lw_run_info_free         (LwRunInfo *self);

void        lw_episode_free          (LwEpisode *self); /* (nullable) one that load_episodes() made */

gint64      lw_project_begin_run     (LwProject *self, gint64 model, const char *settings, GError **error);
/* In one transaction; committed when it returns. Episodes with a rollout, or that happened once, are then safe from a power cut
 * too; kinematic ones, which the seed gives again, from the death of the program. */
gboolean    lw_project_add_episodes  (LwProject *self, gint64 run, const LwEpisode *episodes, size_t n, GError **error);
/* @report: the JSON object of `learn --json`, to the letter. @state (nullable): the learner's arrays, for resuming. */
gboolean    lw_project_add_iteration (LwProject *self, gint64 run, guint iteration, const char *report, const LwArrays *state, GError **error);
gboolean    lw_project_add_setting_change (LwProject *self, gint64 run, guint iteration, const char *name, double value, GError **error);
gboolean    lw_project_end_run       (LwProject *self, gint64 run, const char *how, GError **error);
GPtrArray  *lw_project_list_runs     (LwProject *self, GError **error);              /* of LwRunInfo */
GPtrArray  *lw_project_load_episodes (LwProject *self, gint64 run, GError **error);  /* of LwEpisode, by iteration and episode */
GPtrArray  *lw_project_load_reports  (LwProject *self, gint64 run, GError **error);  /* of char*: one JSON object an iteration, in order */
GArray     *lw_project_load_setting_changes (LwProject *self, gint64 run, GError **error); /* of LwSettingChange */
/* State after @iteration (the latest when G_MAXUINT); @arrays is initialised by the call. */
gboolean    lw_project_load_state    (LwProject *self, gint64 run, guint iteration, LwArrays *arrays, GError **error);
