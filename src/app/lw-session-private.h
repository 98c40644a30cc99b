/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-bus-log.h"
#include "lw-calibration-file.h"
#include "lw-latest.h"
#include "lw-runner-feed.h"
#include "lw-session.h"

#define LW_UI_TICK_MS 33

struct _LwSession
{
  GObject parent_instance;

  /* project */
  LwProject  *project;         /* (nullable) */
  GThreadPool *opener;         /* one thread; NULL after shut_down() */
  GAsyncQueue *openings;       /* what it opened, on the way to the main loop */
  GQueue      wanted;          /* paths to open after the one in hand */
  gboolean    opening;
  char       *saving_error;    /* (nullable) */
  GPtrArray  *demonstrations;
  char       *undo_label, *redo_label;
  guint       list_serial;     /* the newest list asked for: older answers are dropped */

  /* arm */
  LwArmModel   *arm_model;     /* of the arm in hand */
  LwKinematics *kinematics;    /* of arm_model, main thread */
  LwSimBus     *simulator;     /* (nullable) */
  LwTransportLog *traffic;     /* what passes on the bus of whatever is connected */
  LwBusLog     *bus_log;       /* (nullable) listens to each simulator */
  LwArm        *arm;           /* (nullable) */
  LwArmState    state;
  LwRecorder   *recorder;      /* the arm thread feeds it, the project's writer drains it */
  LwSampleRing *display;       /* arm thread -> main loop, for live traces; full = nobody looks, nothing is lost that matters */
  LwRunnerFeed  feed;          /* samples for the runner of a run on the arm */
  gboolean      gravity_help;  /* wanted */
  gboolean      connecting;    /* or disconnecting: a worker has the arm in hand */
  gboolean      winding_down;  /* nothing is connected or looked for any more */
  LwDevice      device;        /* connected, else the last; no profile before the first */
  char         *device_key;    /* (nullable) what an arm on a port is known by */

  /* what can be connected */
  GPtrArray    *profiles;      /* of LwArmProfile; NULL until somebody asks */
  GPtrArray    *ports;         /* of LwPort */
  gboolean      listing;       /* a worker looks for ports */
  guint         search;        /* source, while an unplugged arm is missing */
  char         *lost_key, *found_port; /* (nullable) that arm, and where it is again */

  LwTrouble    *condition;     /* (nullable) the worst that holds of the arm in hand */
  guint         look;          /* ticks */

  /* scan */
  gboolean      scanning;
  atomic_bool  *scan_cancel;   /* of the scan in progress, shared with its worker */
  GArray       *found;         /* of LwFoundServo */
  char         *scan_port;     /* (nullable) where they were looked for */
  GPtrArray    *scan_troubles; /* of LwTrouble: what the last scan showed */
  guint         tick;          /* source */

  /* recording */
  gint64   recording;          /* demonstration in progress, 0 = none */
  gboolean recording_starts;   /* its row is being made */
  gboolean recording_ends;     /* its end is being written */

  /* model */
  LwSkill     *skill;          /* (nullable) */
  gint64       model_id;
  gboolean     fitting;
  guint        model_serial;   /* the newest stored model asked for: older answers are dropped */
  atomic_bool *fit_stop;       /* of the fit in progress, shared with its worker */
  atomic_bool *select_stop;    /* of the choice in progress, shared with its worker; NULL: none */
  LwMppcaSelection selection;  /* of skill; no cells: none */

  /* task */
  LwTask     *task;
  LwArmModel *task_model;      /* (nullable) of the task's arm, while another one was in hand */
  gboolean    making;          /* demonstrations of the task's own */

  /* learning */
  LwLearnRun     *run;         /* (nullable) the run in hand or the last */
  LwRunner       *runner;      /* of run */
  LwSkill        *run_skill;
  LwInstrument   *instrument;  /* (nullable) of run: where its rewards come from, */
  LwTask         *instrument_task; /* and the task it was opened for */
  atomic_bool    *opening_stop;/* of the one being opened, shared with its worker; NULL: none */
  char           *question;    /* (nullable) what the run asks the person */
  gboolean        run_active, run_paused, run_on_arm;
  GPtrArray      *iterations;  /* of LwIteration */
  GPtrArray      *policies;    /* of LwArrays, one an iteration */
  GArray         *changes;     /* of LwSettingChange */
  guint           history_serial; /* the newest stored run asked for */
  LwLearnSettings told;        /* what the run in hand or the last one was told; task "" = there is none */
  LwLearnProgress progress;
  LwLatest       progress_box;
  atomic_bool     progress_pending;
};

/* Emissions, so that each signal is named once. */
void lw_session_emit_message (LwSession *self, const char *undo_label, const char *format, ...) G_GNUC_PRINTF (3, 4);
void lw_session_emit_error   (LwSession *self, const char *headline, const GError *error);
void lw_session_emit_details (LwSession *self, const char *headline, const char *text);
void lw_session_emit         (LwSession *self, const char *signal);

/* Parts, each in the file of its name. */
void lw_session_arm_init      (LwSession *self);
void lw_session_arm_clear     (LwSession *self);
void lw_session_device_init   (LwSession *self);
void lw_session_device_clear  (LwSession *self);
void lw_session_scan_init     (LwSession *self);
/* Disconnects on a worker, then calls @after (nullable) with @data in the main loop. FALSE: not now; it was said why, and @after is not called. */
gboolean lw_session_leave_arm (LwSession *self, void (*after) (LwSession *self, gpointer data), gpointer data);
/* Looks for the ports once a second while an arm that was unplugged is missing. */
void lw_session_watch_link    (LwSession *self);
/* It was left, or is connected again: where it is plugged in is nobody's concern. */
void lw_session_forget_lost_arm (LwSession *self);
/* The 30 Hz source while an arm is connected. */
gboolean lw_session_tick      (gpointer data);
/* Once a second: the worst that holds of the arm in hand. */
void lw_session_look_for_trouble (LwSession *self);
/* What a device could not do, as a trouble with what still works and one action. */
void lw_session_emit_trouble  (LwSession *self, const LwDevice *device, const GError *error);
void lw_session_learn_init    (LwSession *self);
void lw_session_learn_clear   (LwSession *self);
void lw_session_model_clear   (LwSession *self);
/* Opens what settings->rewards_from names on a worker, then begins the run. */
void lw_session_open_rewards  (LwSession *self, const LwLearnSettings *settings, gboolean on_arm);
void lw_session_cancel_start  (LwSession *self);
void lw_session_forget_question (LwSession *self);
/* Takes @instrument (nullable) and the @task it was opened for. FALSE after it was said why. */
gboolean lw_session_begin_run (LwSession *self, const LwLearnSettings *settings, gboolean on_arm, LwInstrument *instrument, LwTask *task);
/* What was chosen for another skill. */
void lw_session_drop_selection (LwSession *self);
void lw_session_project_init  (LwSession *self);
void lw_session_project_clear (LwSession *self);
/* Re-reads list and undo labels. */
void lw_session_reload        (LwSession *self);
/* Loads the newest model of the project that fits the task. */
void lw_session_load_model    (LwSession *self);
/* The stored model @id (0: the newest). Slow: not on the main thread. */
LwSkill *lw_session_read_skill (LwProject *project, gint64 id, gint64 *found, GError **error);
/* Shows the project's last run on the task as it is stored; @any: on whatever task, which becomes the session's. */
void lw_session_load_run      (LwSession *self, gboolean any);
/* Slider changes that were asked for an iteration that the run did not come to. */
void lw_session_forget_late_changes (LwSession *self);
void lw_session_iteration_free (gpointer iteration);
void lw_session_arrays_free   (gpointer arrays);
/* The arm in hand becomes @arm_id's. */
gboolean    lw_session_load_arm_model (LwSession *self, const char *arm_id, GError **error);
/* Takes @model. */
void        lw_session_take_arm_model (LwSession *self, LwArmModel *model);
LwArmModel *lw_session_read_arm_model (const char *arm_id, GError **error);
/* The arm thread's sink: recorder, display, feed. */
void lw_session_sink          (const LwSample *sample, void *data);
