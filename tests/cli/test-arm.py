#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""record and replay on the simulated arm, in real time; and the README's commands as they stand there."""
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

from lampwork_cli import DATA, PROGRAM, Folder, Tap, run, succeeds

tap = Tap()


def read_rows(path):
    with open(path, encoding='utf-8') as stream:
        header, *lines = stream.read().splitlines()
    return header.split(','), [[float(cell) for cell in line.split(',')] for line in lines]


with Folder() as folder:
    csv, project, out = (os.path.join(folder, name) for name in ('two.csv', 'p.lampwork', 'out'))
    targets = [(0.4, 0.1, 0.9), (0.3, -0.2, 1.0)]
    recorded = run('record', '--output', csv, '--seconds', '2', '--json', *(f'--hand={",".join(map(str, target))}' for target in targets))
    header, rows = read_rows(csv) if recorded.code == 0 else ([], [])
    tap.check('two demonstrations are recorded', succeeds(recorded) + ([] if [line['demonstration'] for line in recorded.lines()] == [1, 2] else [recorded.out]))
    tap.check('as columns with units', [] if header == ['demo', 't'] + [f'q{j}' for j in range(7)] + ['x [m]', 'y [m]', 'z [m]'] else [header])
    steps = [b[1] - a[1] for a, b in zip(rows, rows[1:]) if a[0] == b[0]]
    tap.check('with measured times', ([] if all(step > 0 for step in steps) and len({round(step, 7) for step in steps}) > 20 else ['the stamps are equidistant'])
              + ([] if 0.0095 < sum(steps) / len(steps) < 0.0115 else [f'{sum(steps) / len(steps)} s a sample']))
    for demo, target in zip(sorted({row[0] for row in rows}), targets):
        end = [row for row in rows if row[0] == demo][-1][9:]
        tap.check(f'the tip of demonstration {demo:.0f} came to rest where it was drawn', [] if max(abs(a - b) for a, b in zip(end, target)) < 0.05 else [f'{end}, {target}'])
    tap.check('nothing else is left', [] if os.listdir(folder) == ['two.csv'] else os.listdir(folder))

    began = time.monotonic()
    replayed = run('replay', csv, '--number', '2', '--speed', '1', '--json')
    took = time.monotonic() - began
    report = replayed.lines()[0] if replayed.code == 0 else {'planned_seconds': 0, 'samples': 0, 'rms': 9}
    tap.check('the second one is replayed', succeeds(replayed) + ([] if report['rms'] < 0.02 and report['samples'] > 150 else [replayed.out]))
    tap.check('in about the time it took', [] if 1.9 < report['planned_seconds'] < 5 and took < 20 else [f'{report} in {took:.1f} s'])

    # From where the arm stands, moving with the first sample, to the demonstration's end, in less time.
    far = lambda a, b: max(abs(x - y) for x, y in zip(a, b))
    here = run('replay', csv, '--number', '2', '--speed', '1', '--from', 'here', '--retime', 'optimal', '--json')
    quick = here.lines()[0] if here.code == 0 and replayed.code == 0 else {'first': [0], 'last': [9], 'planned_seconds': 9, 'rms': 9}
    tap.check('it starts where the arm stands', succeeds(here) + ([] if far(quick['first'], report.get('first', [])) > 0.1 else [here.out]))
    tap.check('and ends as the demonstration', [] if far(quick['last'], report.get('last', [])) < 1e-6 else [replayed.out, here.out])
    tap.check('in the shortest time', [] if quick['planned_seconds'] < 0.8 * report['planned_seconds'] and quick['rms'] < 0.05 else [here.out])
    place = [0.1, 0.2, 0.1, -1.4, 0.0, 1.6, 0.5]
    there = run('replay', csv, '--number', '2', '--speed', '1', '--from', ','.join(map(str, place)), '--json')
    tap.check('it starts where it is told', succeeds(there) + ([] if there.code == 0 and far(there.lines()[0]['first'], place) < 1e-9 else [there.out]))
    for wrong in (['--from', '1,2'], ['--from', '1,x'], ['--from', ''], ['--from', '1,2,3,4,5,6,nan'], ['--retime', 'fast']):
        refused = run('replay', csv, *wrong)
        tap.check('refused: ' + ' '.join(wrong), [] if refused.code == 2 and wrong[0] in refused.err else [refused.said()])

    kept = run('record', '--output', project, '--seconds', '1', '--hand', '.4,.1,.9', '--json')
    more = run('record', '--output', project, '--seconds', '1', '--hand', '.3,.1,.9', '--json')
    exported = run('export', project, out)
    tap.check('a project is added to', succeeds(kept) + succeeds(more) + succeeds(exported))
    header, rows = read_rows(os.path.join(out, 'demonstrations.csv'))
    tap.check('and exported', [] if sorted({row[0] for row in rows}) == [1.0, 2.0] else [sorted({row[0] for row in rows})])
    direct, through = run('fit', project, '--components', '1', '--latent', '1', '--json'), run('fit', os.path.join(out, 'demonstrations.csv'), '--components', '1', '--latent', '1', '--json')
    tap.check('what was exported fits as the project does', [] if direct.code == through.code == 0 and direct.out == through.out else [direct.out + direct.err, through.out + through.err])

    # Ctrl+C while recording keeps what there is.
    stopped = os.path.join(folder, 'stopped.lampwork')
    process = subprocess.Popen([PROGRAM, 'record', '--output', stopped, '--seconds', '60', '--json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    text, err = process.communicate(timeout=20)
    tap.check('Ctrl+C ends a recording and keeps it', [] if process.returncode == 0 and json.loads(text)['samples'] > 50 else [f'{process.returncode}: {text}{err}'])

    # Ctrl+C while the arm moves is Stop.
    process = subprocess.Popen([PROGRAM, 'replay', csv, '--speed', '0.1'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    text, err = process.communicate(timeout=30)
    tap.check('Ctrl+C stops a replay', [] if process.returncode == 1 and 'stopped before the end' in err and not text else [f'{process.returncode}: {text}{err}'])

# ---- the README, as it stands ----

top = os.path.dirname(os.path.abspath(DATA))
with open(os.path.join(top, 'README.md'), encoding='utf-8') as stream:
    section = re.search(r'^## On the command line\n(.*?)^## ', stream.read(), re.MULTILINE | re.DOTALL).group(1)
commands = [shlex.split(line, comments=True) for line in re.findall(r'^ {4}lampwork-cli (.*)$', section, re.MULTILINE)]
tap.check('the README shows every command but demonstrate', [] if {command[0] for command in commands} >= {'fit', 'learn', 'record', 'replay', 'export'} else commands)
with Folder() as folder:
    os.symlink(os.path.join(top, 'data'), os.path.join(folder, 'data'))
    for command in commands:
        tap.check('README: ' + ' '.join(command), succeeds(run(*command, cwd=folder)))
sys.exit(tap.end())
