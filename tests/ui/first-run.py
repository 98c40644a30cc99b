#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty home to a policy that learned, with mouse and keyboard: first-run.py LAMPWORK [--sample]

Connect, guide the arm to three places and record that, fit, learn with a slider moved on the way, Stop, quit; then what the project file holds.
With --sample: the same with the demonstrations that come with the program."""
import itertools
import json
import math
import os
import re
import sys

from lampwork_bus import goals, is_torque_off, read_log
from lampwork_file import ProjectFile
from lampwork_steps import Person
from lampwork_ui import Desktop, Scenario

# Where the gripper is drawn at first and where it is dragged to, as fractions of the 3D view. The hand takes hold where it let go.
GRIPPER = (0.540, 0.215)
PLACES = ((0.61, 0.40), (0.45, 0.35), (0.58, 0.55))
SLIDER_AFTER = 3        # iterations
ITERATIONS = 5          # at least, before Stop


def teach(person, app, scenario):
    with scenario.step('a new project by Ctrl+N', app):
        app.keys('ctrl+n')
        app.find('label', re.compile(r'^Project 1\.lampwork'))

    with scenario.step('connect the simulated arm', app):
        person.connect()

    with scenario.step('guide the arm to three places and record it', app):
        view = person.guide()
        hand = GRIPPER
        for place in PLACES:
            def move(begin=hand, end=place):
                person.rest(0.3)
                view.drag(begin, end, end, seconds=2.4) # the second half still: the arm comes after
                person.rest(0.3)
            person.record(move)
            hand = place


def learn(person, app, scenario):
    with scenario.step('learn; a slider moves after the third iteration', app):
        line = person.start_run(iterations=40, episodes_an_iteration=50)
        person.wait_iterations(line, SLIDER_AFTER)
        slider = app.find('slider', 'KL bound')
        slider.value = math.log10(0.5)
        person.wait_iterations(line, max(ITERATIONS, person.iterations(line) + 2))

    with scenario.step('Stop ends the run', app):
        person.stop()
        page = person.page('Learn')
        app.wait(lambda: not app.find('button', 'End run', under=page).is_sensitive(), 'the run to end', timeout=5)


def quit_well(person, app, scenario, log, lowers):
    with scenario.step('quit', app):
        if lowers:
            app.find('button', 'Reset').press() # Stop found the arm in Guide: it is limp
            person.wait_mode('Connected')
            app.find('button', 'Hold (H)', under=person.page('Teach')).press()
            person.wait_mode('Hold')
            held = goals(read_log(log))[-1]
        app.keys('ctrl+q')
        assert app.wait_end(30) == 0
        assert not app.complaints(), app.complaints()
    if lowers:
        with scenario.step('the arm was lowered before it was let go'):
            packets = read_log(log)
            off = [p.t_ns for p in packets if is_torque_off(p)]
            rest = goals(packets)[-1]
            assert rest[0] > held[0] and rest[1] != held[1], 'the arm was not moved to rest'
            assert off and off[-1] > rest[0], 'the torque was not switched off at the end'


def check_demonstrations(project):
    """Three, complete, moved by hand, with stamps that were measured and the tip's last place as context."""
    rows = project.rows("SELECT id, state, source, n_samples, n_dropped, first_ns, last_ns FROM recording WHERE kind = 'demonstration'")
    assert len(rows) == len(PLACES), len(rows)
    places = []
    for row in rows:
        assert (row['state'], row['source'], row['n_dropped']) == ('complete', 'measured', 0), tuple(row)
        samples = project.samples(row['id'])
        assert len(samples) == row['n_samples'] > 100, (len(samples), row['n_samples'])
        assert (samples[0].t_ns, samples[-1].t_ns) == (row['first_ns'], row['last_ns'])
        steps = [b.t_ns - a.t_ns for a, b in itertools.pairwise(samples)]
        assert min(steps) > 0
        assert len(set(steps)) > len(steps) // 2, 'equidistant time stamps were computed, not measured'
        assert all(sample.mode == 'Guide' for sample in samples)
        moved = max(max(s.q[j] for s in samples) - min(s.q[j] for s in samples) for j in range(7))
        assert moved > 0.1, f'demonstration {row["id"]} moved {moved:.3f} rad at most'
        context = project.contexts(row['id'])
        assert list(context) == ['x', 'y', 'z'], context
        places.append(tuple(context.values()))
    for a, b in itertools.combinations(places, 2):
        assert math.dist(a, b) > 0.05, f'two demonstrations ended at the same place: {places}'


def check_model(project):
    """One, fitted to every demonstration in use, with K and d that this many allow."""
    (model,) = project.rows('SELECT id, settings, array_set FROM model')
    settings = json.loads(model['settings'])
    fitted = [row['demonstration'] for row in project.rows('SELECT demonstration FROM model_demonstration WHERE model = ?', model['id'])]
    in_use = [row['recording'] for row in project.rows('SELECT recording FROM demonstration WHERE used AND NOT deleted')]
    assert sorted(fitted) == sorted(in_use) and len(fitted) >= len(PLACES), (fitted, in_use)
    components, latent = settings['components'], settings['latent']
    assert 1 <= components <= max(1, len(fitted) // (latent + 2)), settings
    assert components <= settings['components_wanted'] and latent <= settings['latent_wanted'], settings
    assert [name for name, _ in settings['contexts']] == ['x', 'y', 'z'], settings
    arrays = project.rows('SELECT name, n_rows, n_columns, length(data) AS bytes FROM array WHERE array_set = ?', model['array_set'])
    assert arrays and all(row['bytes'] == 8 * row['n_rows'] * row['n_columns'] for row in arrays), [tuple(row) for row in arrays]
    return model['id']


def check_run(project, model):
    (run,) = project.rows('SELECT id, model, settings, ended FROM run')
    assert run['model'] == model
    assert run['ended'] == 'stopped', run['ended']
    reports = [json.loads(row['report']) for row in project.rows('SELECT report FROM iteration WHERE run = ? ORDER BY iteration', run['id'])]
    assert [report['iteration'] for report in reports] == list(range(len(reports)))
    assert len(reports) > ITERATIONS, len(reports)
    for report in reports:
        assert math.isfinite(report['return']) and report['return_ci95'] >= 0.0, report
    for iteration in range(1, len(reports)):
        n = project.one('SELECT count(*) FROM episode WHERE run = ? AND iteration = ? AND NOT aborted', run['id'], iteration)
        assert n == 50, f'iteration {iteration} has {n} episodes'
    (change,) = project.rows('SELECT iteration, name, value FROM setting_change WHERE run = ?', run['id'])
    assert change['name'] == 'kl_bound' and math.isclose(change['value'], 0.5), tuple(change)
    acts = change['iteration']
    assert acts > SLIDER_AFTER, acts
    bounds = [report['kl_bound'] for report in reports[1:]]
    first = json.loads(run['settings'])['kl_bound']
    assert all(math.isclose(b, first) for b in bounds[:acts - 1]), (acts, bounds)
    assert all(math.isclose(b, 0.5) for b in bounds[acts - 1:]), (acts, bounds)


def main():
    program, sample = sys.argv[1], '--sample' in sys.argv
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop:
        log = os.path.join(desktop.home, 'bus.tsv')
        with desktop.start([program, '--bus-log', log] + (['--sample'] if sample else [])) as app:
            person = Person(app)
            if not sample:
                teach(person, app, scenario)
            with scenario.step('fit', app):
                person.fit()
                # So few demonstrations cannot give six components in three dimensions.
                app.find('label', re.compile(r'demonstrations allow no more \(6 and 3 were asked for\)'), under=person.page('Model'))
            learn(person, app, scenario)
            quit_well(person, app, scenario, log, not sample)
        with scenario.step('what the project file holds'):
            name = 'Sample' if sample else 'Project 1'
            path = os.path.join(desktop.home, '.local', 'share', 'lampwork', f'{name}.lampwork')
            with ProjectFile(path) as project:
                assert project.one('PRAGMA integrity_check') == 'ok'
                if not sample:
                    check_demonstrations(project)
                check_run(project, check_model(project))
    scenario.end()


main()
