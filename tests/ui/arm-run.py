#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""LAMPO on the simulated arm, through bus and limiter; then the window is closed in the middle of a movement: arm-run.py LAMPWORK"""
import json
import os
import re
import sys

from lampwork_bus import goals, is_torque_off, read_log
from lampwork_file import ProjectFile
from lampwork_steps import Person
from lampwork_ui import Desktop, Scenario

EPISODES = 3    # an iteration
REST = 0.05     # rad from the resting pose, at the end


def check_run(project):
    (run,) = project.rows('SELECT id, settings, ended FROM run')
    assert json.loads(run['settings'])['runner'] == 'arm', run['settings']
    assert run['ended'] == 'ended', run['ended']
    episodes = project.rows('SELECT iteration, rollout, aborted, reward FROM episode WHERE run = ? ORDER BY iteration, episode', run['id'])
    whole = [episode for episode in episodes if not episode['aborted']]
    assert len([episode for episode in whole if episode['iteration'] == 1]) == EPISODES
    assert episodes[-1]['aborted'] and episodes[-1]['reward'] is None, 'the movement that closing cut short counts'
    for episode in whole:
        assert project.one('SELECT kind || state FROM recording WHERE id = ?', episode['rollout']) == 'rolloutcomplete'
        samples = project.samples(episode['rollout'])
        running = [sample for sample in samples if sample.mode == 'Running']
        assert len(running) > 50, len(running)
        assert max(abs(q - goal) for sample in running for q, goal in zip(sample.q, sample.goal)) < 0.2, 'the arm is far from what it was told'
    assert project.one('SELECT max(iteration) FROM iteration WHERE run = ?', run['id']) >= 1


def main():
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop:
        log = os.path.join(desktop.home, 'bus.tsv')
        with desktop.start([sys.argv[1], '--sample', '--bus-log', log]) as app:
            person = Person(app)
            with scenario.step('the arm is armed, the model fitted', app):
                person.connect()
                person.fit()
                page = person.page('Arm')
                for button, mode in (('Hold', 'Hold'), ('Arm', 'Armed')):
                    app.find('button', button, under=page).press()
                    person.wait_mode(mode)
                app.find('slider', 'Speed, percent', under=page).value = 100

            with scenario.step('one iteration on the arm', app):
                page = person.page('Learn')
                app.find('combo box', 'Where', under=page).choose('On the connected arm')
                start, _ = person.prepare_run(episodes_an_iteration=EPISODES, iterations=50)
                start.press()
                line = app.find('label', re.compile(r'^Iteration \d+: return'), under=page, timeout=60)
                person.wait_iterations(line, 1)

            with scenario.step('closing in the middle of a movement', app):
                person.wait_mode('Running')
                app.keys('ctrl+q')
                assert app.wait_end(30) == 0
                assert not app.complaints(), app.complaints()

        with scenario.step('the arm was lowered before it was let go'):
            packets = read_log(log)
            told = goals(packets)
            off = [packet.t_ns for packet in packets if is_torque_off(packet)]
            assert off and off[-1] > told[-1][0], 'the torque was not switched off at the end'
            # The first goal of all is where the simulated arm stands at first: at rest.
            assert max(abs(a - b) for a, b in zip(told[-1][1], told[0][1])) * 6.2832 / 4096 < REST, (told[0][1], told[-1][1])

        with scenario.step('what the project file holds'):
            with ProjectFile(os.path.join(desktop.home, '.local', 'share', 'lampwork', 'Sample.lampwork')) as project:
                check_run(project)
    scenario.end()


main()
