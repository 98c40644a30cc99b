#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop, pressed while LAMPO is inside the optimiser and the arm moves: stop.py LAMPWORK

The log of what the simulated arm was told says when the last goal came that was not the one it then holds. Then the same with a menu and a dialog open,
by the button instead of the key, and that Reset moves nothing."""
import os
import re
import sys
import time

from lampwork_bus import ESCAPE, Hands, goals, read_log, writes
from lampwork_file import ProjectFile
from lampwork_steps import Person
from lampwork_ui import Desktop, Failure, Scenario

LATEST_MS = 100     # after the key: a goal that is not the hold
MOVEMENT_SPEED = 10 # percent: a learned movement that is still going when Stop comes, on a busy machine too
MOVING = 4          # goals in the last 100 ms, each another one: the arm is moving
JOINT_SPEED = 15    # percent: a joint is still on its way across its range when a dialog has opened on a busy machine
EPISODES = 500      # an iteration: the optimiser has so much to do that it is met at work


class Stops(Person):
    def __init__(self, app, log):
        super().__init__(app)
        self.log, self.hands, self.delays = log, Hands(), []

    def arm_it(self, speed=JOINT_SPEED):
        page = self.page('Arm')
        for button, mode in (('Hold', 'Hold'), ('Arm', 'Armed')):
            self.app.find('button', button, under=page).press()
            self.wait_mode(mode)
        self.app.find('slider', 'Speed, percent', under=page).value = speed

    def send_joint(self, place):
        """The first joint is told to go a long way."""
        bar = self.app.find('slider', 'Joint 1, degrees', under=self.page('Arm'))
        for attempt in range(3): # a click while the page still slides in goes nowhere, for a person too
            bar.click((place, 0.5))
            try:
                self.app.wait(self.is_moving, 'the arm to move', timeout=5)
                return
            except Failure:
                if attempt == 2:
                    raise

    def is_moving(self, before_ns=None):
        told = goals(read_log(self.log))
        before_ns = before_ns or time.monotonic_ns()
        return len({goal for t_ns, goal in told if before_ns - 100_000_000 < t_ns < before_ns}) >= MOVING

    def wait_moving(self, improving=None):
        """@improving: a bar of progress that must say so too, looked at last."""
        self.app.wait(lambda: self.is_moving() and (improving is None or 'improving' in improving.current_name()),
                      'the arm to move' + (' while LAMPO is inside the optimiser' if improving else ''))

    def check(self, pressed_ns):
        """Until the arm is Stopped; then what the bus carried since the press."""
        app = self.app
        self.wait_mode('Stopped', timeout=5)
        app.find('label', re.compile('^Stopped\\. '), timeout=5) # confirmed
        time.sleep(0.3)
        told = goals(read_log(self.log))
        assert told[-1][0] > pressed_ns, 'the log has nothing from after the press: is it complete?'
        hold = told[-1][1]
        others = [t_ns for t_ns, goal in told if goal != hold]
        assert self.is_moving(pressed_ns), 'the arm was not moving when Stop was pressed'
        delay = (max(others) - pressed_ns) / 1e6
        self.delays.append(delay)
        assert delay <= LATEST_MS, f'a goal that is not the hold came {delay:.1f} ms after Stop'

    def check_latched(self):
        """Neither the bar nor Reset moves anything: no goal but the hold from Stop until the arm is armed again."""
        hold = goals(read_log(self.log))[-1][1]
        from_ns = time.monotonic_ns()
        self.app.find('slider', 'Joint 1, degrees', under=self.page('Arm')).click((0.5, 0.5))
        time.sleep(0.3)
        assert self.mode() == 'Stopped'
        self.app.find('button', 'Reset').press()
        self.wait_mode('Connected')
        reset_ns = time.monotonic_ns()
        time.sleep(0.5)
        packets = [p for p in read_log(self.log) if p.t_ns > from_ns]
        assert all(goal == hold for _, goal in goals(packets)), 'a goal after Stop was not the hold'
        late = writes([p for p in packets if p.t_ns > reset_ns])
        assert not late, f'{len(late)} packets written after Reset, first to address {late[0].address}'


def main():
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop:
        log = os.path.join(desktop.home, 'bus.tsv')
        with desktop.start([sys.argv[1], '--sample', '--bus-log', log]) as app:
            person = Stops(app, log)
            with scenario.step('the arm is armed, the model fitted', app):
                person.connect()
                person.arm_it(MOVEMENT_SPEED)
                person.fit()

            with scenario.step('Esc inside the optimiser while the arm runs a movement', app):
                start, progress = person.prepare_run(iterations=1000, episodes_an_iteration=EPISODES)
                page = person.page('Perform')
                app.find('button', 'Preview', under=page).press()
                run = app.find('button', 'Run on the arm', under=page)
                app.wait(run.is_sensitive, 'a movement to be possible')
                run.press()
                person.wait_mode('Running')
                person.wait_moving()
                start.press()
                app._focus()
                person.wait_moving(progress)
                pressed_ns = person.hands.key(ESCAPE)
                person.check(pressed_ns)
                app.wait(lambda: progress.current_name() == 'Run ended', 'the run to end', timeout=2)

            with scenario.step('Stop latches; Reset moves nothing', app):
                person.check_latched()

            with scenario.step('Esc inside the optimiser while a joint goes across its range', app):
                person.arm_it()
                person.start_run(iterations=1000)
                person.send_joint(0.9)
                person.wait_moving(progress)
                person.check(person.hands.key(ESCAPE))
                app.wait(lambda: progress.current_name() == 'Run ended', 'the run to end', timeout=2)
                person.check_latched()

            with scenario.step('Esc with a menu open', app):
                person.arm_it()
                person.send_joint(0.1)
                app.find('button', 'Menu').press()
                app.wait(lambda: len(app.x_windows()) == 2, 'the menu')
                person.check(person.hands.key(ESCAPE))
                app.wait(lambda: len(app.x_windows()) == 1, 'the menu to close')
                person.check_latched()

            with scenario.step('Esc with a dialog open', app):
                person.arm_it()
                person.send_joint(0.9)
                app.find('button', 'Menu').press()
                app.find('menu item', 'About Lampwork').press()
                app.wait(lambda: len(app.windows()) == 2, 'the dialog')
                app._focus()
                person.check(person.hands.key(ESCAPE))
                app.wait(lambda: len(app.windows()) == 1, 'the dialog to close')
                person.check_latched()

            with scenario.step('the Stop button', app):
                person.arm_it()
                person.send_joint(0.1)
                app.pointer('mousemove', *app.find('button', 'Stop')._at((0.5, 0.5)))
                person.check(person.hands.click())
                person.check_latched()

            with scenario.step('quit', app):
                app.keys('ctrl+q')
                assert app.wait_end(30) == 0
                assert not app.complaints(), app.complaints()
        with scenario.step('the file says that the runs were stopped'):
            with ProjectFile(os.path.join(desktop.home, '.local', 'share', 'lampwork', 'Sample.lampwork')) as project:
                assert [row['ended'] for row in project.rows('SELECT ended FROM run')] == ['stopped', 'stopped']
        print('# last goal that was not the hold, ms after Stop: ' + ', '.join(f'{delay:.1f}' for delay in person.delays))
    scenario.end()


main()
