#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 while a demonstration is recorded; what the next start opens and says: recovery.py LAMPWORK"""
import os
import re
import signal
import sys
import time

from lampwork_file import ProjectFile
from lampwork_steps import Person
from lampwork_ui import Desktop, Scenario

MOST_LOST = 1.0     # s of the demonstration in hand


def main():
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop:
        path = os.path.join(desktop.home, '.local', 'share', 'lampwork', 'Project 1.lampwork')
        with desktop.start([sys.argv[1]]) as app:
            person = Person(app)
            with scenario.step('one demonstration is recorded, a second is being', app):
                app.keys('ctrl+n')
                person.connect()
                person.guide()
                person.record(lambda: person.rest(0.5))
                with ProjectFile(path) as project:
                    blocks = project.rows('SELECT data FROM block WHERE recording = 1 ORDER BY sequence')
                app.keys('space')
                app.find('button', 'Stop recording (Space)', under=person.page('Teach'))
                began = time.monotonic_ns()
                time.sleep(2)
            killed = time.monotonic_ns()
            os.kill(app.process.pid, signal.SIGKILL)
            app.process.wait()
        with desktop.start([sys.argv[1]]) as app:
            person = Person(app)
            with scenario.step('the next start opens it and says what was recovered', app):
                app.find('label', re.compile(r'^Project 1\.lampwork'))
                said = app.find('label', re.compile('was cut short')).name
                page = person.page('Teach')
                assert len(app.find_all('list item', re.compile('·'), under=page)) == 2
            with scenario.step('nothing but the last moment is lost', app):
                with ProjectFile(path) as project:
                    assert project.one('PRAGMA integrity_check') == 'ok'
                    assert project.rows('SELECT data FROM block WHERE recording = 1 ORDER BY sequence') == blocks
                    assert [row['state'] for row in project.rows('SELECT state FROM recording ORDER BY id')] == ['complete', 'recovered']
                    samples = project.samples(2)
                    assert f'{len(samples)} samples' in said, said
                    lost = (killed - samples[-1].t_ns) / 1e9
                    assert lost <= MOST_LOST, f'the last {lost:.2f} s are lost'
                    assert (samples[0].t_ns - began) / 1e9 < 0.5
            with scenario.step('a third can be recorded', app):
                person.connect()
                person.guide()
                person.record(lambda: person.rest(0.5))
            with scenario.step('quit', app):
                app.keys('ctrl+q')
                assert app.wait_end(30) == 0
                assert not app.complaints(), app.complaints()
        print(f'# {lost:.2f} s lost')
    scenario.end()


main()
