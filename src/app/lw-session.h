/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lw-arm.h"
#include "lw-bus-log.h"
#include "lw-device.h"
#include "lw-learn-run.h"
#include "lw-mppca-select.h"
#include "lw-port-list.h"
#include "lw-project.h"
#include "lw-recorder.h"
#include "lw-runner.h"
#include "lw-servo-scan.h"
#include "lw-sim-bus.h"
#include "lw-skill.h"
#include "lw-task.h"
#include "lw-transport-log.h"
#include "lw-trouble.h"

G_BEGIN_DECLS

/**
 * LwSession:
 *
 * What the pages share: the open project, the arm and its simulator, the recorder, the fitted skill, the task and the learning run. Main thread only; it starts
 * workers and threads, and everything they have to say arrives here as signals in the main loop. Pages never touch a thread.
 *
 * Signals (all run-last, no return value):
 *  ::tick                    about 30 times a second while an arm is connected, after lw_session_get_arm_state() was refreshed
 *  ::samples (pointer LwSample*, guint n)   what the arm measured since the last tick, in order
 *  ::connection-changed      arm connected, disconnected, link lost
 *  ::ports-changed           ports or kinds of arms are others
 *  ::scan-progress (double fraction)
 *  ::scan-changed            a scan began or ended, or a servo was found
 *  ::condition-changed       lw_session_get_condition() is another one
 *  ::mode-changed            the arm's mode or reason is another one
 *  ::recording-changed       recording began or ended
 *  ::demonstrations-changed  the list of lw_session_get_demonstrations() was replaced
 *  ::project-changed         another project file is open (also fires the others)
 *  ::saving-changed          lw_session_get_saving_error() came or went
 *  ::undo-changed            labels of undo and redo may be different
 *  ::fit-progress (double fraction, string what)
 *  ::skill-changed           a fit ended well, a stored model was loaded, or there is none
 *  ::select-progress (double fraction)
 *  ::selection-changed       a choice of K and d began or ended
 *  ::task-changed
 *  ::run-changed             a learning run began, paused, went on, or ended
 *  ::question-changed        lw_session_get_question() is another one
 *  ::run-progress            lw_session_get_run_progress() was refreshed
 *  ::run-iteration           an iteration was added to lw_session_get_iterations()
 *  ::message (string text, string undo_label)  something was done or failed: shown as a toast; undo_label "" = no Undo button
 *  ::details (string headline, string text)    an error with technical text: shown as a toast with Details
 */
#define LW_TYPE_SESSION (lw_session_get_type ())
G_DECLARE_FINAL_TYPE (LwSession, lw_session, LW, SESSION, GObject)

LwSession *lw_session_new (void);
/* Ends what is going on and lowers the arm, in the background; ::connection-changed follows, and lw_session_is_down() is TRUE then. */
void       lw_session_wind_down (LwSession *self);
gboolean   lw_session_is_down   (LwSession *self);
/* Ends runs, lowers and releases the arm, closes the project: before the last unref. Blocks until the arm is down. */
void       lw_session_shut_down (LwSession *self);

/* ---- project ---- */
/* Opens or creates @path on a worker, after any that was asked for before; ::project-changed or ::details follows. Nothing happens when it is open already. */
void        lw_session_open_project      (LwSession *self, const char *path);
LwProject  *lw_session_get_project       (LwSession *self);       /* (nullable) (transfer none) */
const char *lw_session_get_saving_error  (LwSession *self);       /* (nullable) why what is recorded waits in memory: "x.lampwork cannot grow: the disk is full" */
/* (element-type LwDemonstrationInfo) as of the last ::demonstrations-changed; never NULL. */
GPtrArray  *lw_session_get_demonstrations (LwSession *self);
/* Any of the project's waiting calls from the main loop; a failure becomes ::details, @done (nullable) is called in either case. */
typedef void (*LwSessionDone) (LwSession *self, gpointer result, gpointer data);
void        lw_session_call_project      (LwSession *self, const char *what, LwProjectWork work, gpointer data, GDestroyNotify free_data,
                                          GDestroyNotify free_result, LwSessionDone done, gpointer done_data);
/* Edits; each toast offers Undo. */
void        lw_session_delete_demonstration (LwSession *self, gint64 id);
void        lw_session_set_used          (LwSession *self, gint64 id, gboolean used);
void        lw_session_set_context       (LwSession *self, gint64 id, const char *name, const char *unit, double value);
void        lw_session_rename            (LwSession *self, gint64 id, const char *label);
void        lw_session_undo              (LwSession *self);
void        lw_session_redo              (LwSession *self);
const char *lw_session_get_undo_label    (LwSession *self); /* (nullable) */
const char *lw_session_get_redo_label    (LwSession *self); /* (nullable) */

/* ---- what can be connected ---- */
/* (element-type LwArmProfile) installed and the person's own; never NULL. */
GPtrArray  *lw_session_get_profiles      (LwSession *self);
const LwArmProfile *lw_session_find_profile (LwSession *self, const char *id); /* (nullable) */
/* After one was added or changed: reads them again; ::ports-changed. */
void        lw_session_reload_profiles   (LwSession *self);
/* (element-type LwPort) as of the last look; never NULL. */
GPtrArray  *lw_session_get_ports         (LwSession *self);
void        lw_session_refresh_ports     (LwSession *self); /* on a worker; ::ports-changed when they are others */
/* Looks for servos on @port, by reading: protocols as in LwScanPlan; at @baud only, or (0) at every speed. @profile (nullable, copied): the servos that should be there.
 * Not while an arm is connected. ::scan-progress, ::scan-changed. */
void        lw_session_scan              (LwSession *self, const char *port, unsigned protocols, unsigned baud, const LwArmProfile *profile);
void        lw_session_cancel_scan       (LwSession *self);
gboolean    lw_session_is_scanning       (LwSession *self);
/* (element-type LwTrouble) what the last scan showed, once it has ended; never NULL. */
GPtrArray  *lw_session_get_scan_troubles (LwSession *self);
/* The one speed at which the last scan found servos of @profile's kind on @port, when it is not the profile's; else 0. */
unsigned    lw_session_get_found_baud    (LwSession *self, const char *port, const LwArmProfile *profile);
/* Gives the one servo of the last scan another id (@baud 0), or the speed @baud; then scans again. Refused in words unless it is alone and limp. */
void        lw_session_change_servo      (LwSession *self, uint8_t id, unsigned baud);
/* (element-type LwFoundServo) what the last scan found so far; never NULL. */
GArray     *lw_session_get_found         (LwSession *self);

/* ---- arm ---- */
/* Connects @device (copied) on a worker, by reading only. Over a port a calibration known for that arm is used. */
void        lw_session_connect           (LwSession *self, const LwDevice *device);
/* The device connected, else the last; its profile is NULL before the first. */
const LwDevice *lw_session_get_device    (LwSession *self);
/* (nullable) What is wrong and holds while the arm is connected: the worst. */
const LwTrouble *lw_session_get_condition (LwSession *self);
/* (nullable) Where an arm that was unplugged is plugged in again: lw_session_reconnect() connects it there. */
const char *lw_session_get_found_port    (LwSession *self);
void        lw_session_reconnect         (LwSession *self);
/* A simulated arm by its profile ("arm-7"). */
void        lw_session_connect_simulated (LwSession *self, const char *arm_id, double rate_hz);
/* What simulated arms are told from the next connection on goes to @log (transfer full). Once, before anything is connected. */
void        lw_session_set_bus_log       (LwSession *self, LwBusLog *log);
/* What passes on the bus of whatever is connected; never NULL. One looks at a time. */
LwTransportLog *lw_session_get_traffic   (LwSession *self);
LwProtocol  lw_session_get_protocol      (LwSession *self); /* of the connected arm, else of the last */
void        lw_session_disconnect        (LwSession *self);
gboolean    lw_session_is_connected      (LwSession *self);
gboolean    lw_session_is_connecting     (LwSession *self); /* or disconnecting, when one is connected */
gboolean    lw_session_is_simulated      (LwSession *self);
const char *lw_session_get_device_name   (LwSession *self); /* "Simulated arm", "Disconnected" */
/* After a hardware error; ::message when it is refused. */
void        lw_session_reboot_servo       (LwSession *self, size_t joint);
/* Keeps @profile as the person's own version of this kind of arm; a limp arm that is connected is connected again with it. */
void        lw_session_change_profile     (LwSession *self, const LwArmProfile *profile);

/* ---- calibration ---- */
/* Keeps @calibration and the travel of each joint (n_joints, rad) for the arm in hand, @in_servos also in their own memory, and connects again with it. The arm must be limp;
 * of the simulated arm it holds until it is disconnected. ::message or ::details says how it went. */
void        lw_session_calibrate          (LwSession *self, const LwCalibration *calibration, const double *lower, const double *upper, gboolean in_servos);
/* The same with a calibration made by LeRobot. */
void        lw_session_import_calibration (LwSession *self, const char *path);

LwArm      *lw_session_get_arm           (LwSession *self); /* (nullable) */
LwSimBus   *lw_session_get_simulator     (LwSession *self); /* (nullable) */
/* The connected arm's model, else that of the arm the task is made for; never NULL. */
LwArmModel *lw_session_get_arm_model     (LwSession *self);
const LwArmState *lw_session_get_arm_state (LwSession *self); /* as of the last ::tick; mode Disconnected without an arm */
/* TRUE when done at once or already so; FALSE after a ::message that says why not. */
gboolean    lw_session_request           (LwSession *self, LwArmRequest request);
gboolean    lw_session_move_to           (LwSession *self, const double *q);
void        lw_session_set_speed         (LwSession *self, double speed);
/* In Guide the servos carry the arm's weight, or torque is off; of the connected arm, and of those that are connected later. */
void        lw_session_set_gravity_help  (LwSession *self, gboolean on);
gboolean    lw_session_can_help          (LwSession *self); /* the connected arm's servos can */
/* Everything that moves or learns: arm, run, fit in progress, recording of a limp arm. */
void        lw_session_stop              (LwSession *self);
gboolean    lw_session_can_stop          (LwSession *self);

/* ---- recording ---- */
gboolean    lw_session_start_recording   (LwSession *self);
/* @keep FALSE discards what was recorded. */
void        lw_session_stop_recording    (LwSession *self, gboolean keep);
gboolean    lw_session_is_recording      (LwSession *self);
void        lw_session_get_recorder_state (LwSession *self, LwRecorderState *out);
/* Tip of the arm as measured, world, m; FALSE without an arm. */
gboolean    lw_session_get_tip           (LwSession *self, double pos[3]);

/* ---- model ---- */
/* Fits the demonstrations in use that were made on the task's arm, with the task's context, on a worker; ::fit-progress, then ::skill-changed or ::details. */
void        lw_session_fit               (LwSession *self, const LwFitSettings *settings);
gboolean    lw_session_is_fitting        (LwSession *self);
void        lw_session_cancel_fit        (LwSession *self);
LwSkill    *lw_session_get_skill         (LwSession *self); /* (nullable) */
gint64      lw_session_get_model_id      (LwSession *self);
/* Judges a grid of K and d, @K and @d among them as far as there are demonstrations for it, by how the skill's demonstrations speak for them, on a worker;
 * ::select-progress, then ::selection-changed. Nothing without a skill, or while one or a fit is going. */
void        lw_session_select            (LwSession *self, guint K, guint d);
gboolean    lw_session_is_selecting      (LwSession *self);
void        lw_session_cancel_select     (LwSession *self);
/* (nullable) Of lw_session_get_skill(); until that is another one. The criterion that counts is lw_skill_select_criterion(). */
const LwMppcaSelection *lw_session_get_selection (LwSession *self);

/* ---- task ---- */
LwTask     *lw_session_get_task          (LwSession *self); /* never NULL */
/* Model and last run of the task before leave; ::task-changed follows in any case. */
void        lw_session_set_task          (LwSession *self, const char *id);
/* Of the arm the task is made for, whatever is connected; never NULL. */
LwArmModel *lw_session_get_task_model    (LwSession *self);
/* Demonstrations in use on the task's arm. */
guint       lw_session_count_for_task    (LwSession *self);
/* The task can make demonstrations, and the project has none for its arm. */
gboolean    lw_session_can_make_demonstrations (LwSession *self);
/* Makes them on a worker; they become the project's: ::demonstrations-changed follows. */
void        lw_session_make_demonstrations (LwSession *self);

/* ---- learning ---- */
/* @on_arm: through bus and limiter instead of kinematically. FALSE after a ::message. With settings.rewards_from a scale or program is opened first, on a worker:
 * the run begins when it is there, or ::details says why not. "ask": the person at the window, by lw_session_get_question(). */
gboolean    lw_session_start_run         (LwSession *self, const LwLearnSettings *settings, gboolean on_arm);
gboolean    lw_session_is_starting       (LwSession *self); /* a scale or program is being opened */
/* (nullable) What the run asks the person, as a sentence; ::question-changed when it is another one. */
const char *lw_session_get_question      (LwSession *self);
/* The reward of the episode that was asked for; NaN: none, the episode is not learned from. Nothing when nothing was asked. */
void        lw_session_answer            (LwSession *self, double reward);
void        lw_session_pause_run         (LwSession *self, gboolean pause);
void        lw_session_end_run           (LwSession *self);
gboolean    lw_session_is_running        (LwSession *self); /* a run exists and has not ended */
gboolean    lw_session_is_paused         (LwSession *self);
/* Takes effect at the next iteration of the run that is going; nothing without one, or where the algorithm has no such setting now. */
void        lw_session_set_run_setting   (LwSession *self, const char *name, double value);
const LwLearnProgress *lw_session_get_run_progress (LwSession *self);
/* What the run in hand or the last one was told at its start; NULL when there is none. */
const LwLearnSettings *lw_session_get_run_settings (LwSession *self);
/* (element-type LwIteration) of the run in hand or the last one; never NULL. */
GPtrArray  *lw_session_get_iterations    (LwSession *self);
/* Slider marks: (element-type LwSettingChange) @iteration = the one it acts at. */
GArray     *lw_session_get_setting_changes (LwSession *self);
/* The skill whose movements that policy makes: the one the run began with, or for imitation (0) the one of the Model page. (nullable) (transfer none) */
LwSkill    *lw_session_get_policy_skill (LwSession *self, guint iteration);
/* Movement [duration | weights] (m) for a context by the policy after @iteration of the last run (G_MAXUINT: the newest; 0 or no run: imitation).
 * Movement is written to @movement (params.cols of lw_session_get_policy_skill()). FALSE after a ::message. */
gboolean    lw_session_policy_movement   (LwSession *self, guint iteration, const double *context, double *movement);

/* ---- perform ---- */
/* What would be emitted from where the arm stands (transfer full, nullable after a ::message). */
LwPlan     *lw_session_plan              (LwSession *self, const LwTrajectory *movement);
/* Runs exactly @plan; ::tick shows progress in the arm state. */
gboolean    lw_session_run_plan          (LwSession *self, LwPlan *plan);

G_END_DECLS
