#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""adapt: what is asked of a movement holds in the file that is written; what cannot be asked is refused in one line."""
import json
import os
import sys

from lampwork_cli import SAMPLES, Folder, Tap, run, succeeds, write, write_npy

tap = Tap()


def movements(path):
    """Rows [t, q0, …] of each movement of a .csv without contexts."""
    with open(path, encoding='utf-8') as stream:
        header, *lines = stream.read().splitlines()
    assert header.startswith('demo,t,q0'), header
    found = {}
    for line in lines:
        demo, *numbers = line.split(',')
        found.setdefault(demo, []).append([float(number) for number in numbers])
    return list(found.values())


def at(movement, phase):
    """Joints, linearly between two rows."""
    place = phase * (len(movement) - 1)
    i = min(int(place), len(movement) - 2)
    return [(a + (b - a) * (place - i)) for a, b in zip(movement[i][1:], movement[i + 1][1:])]


def near(what, got, wanted, tolerance):
    return [] if abs(got - wanted) <= tolerance else [f'{what}: {got} instead of {wanted}']


with Folder() as folder:
    out, again, other = (os.path.join(folder, name) for name in ('out.csv', 'again.csv', 'other.csv'))
    via = ['--via', '0.5:q2=0.25,q5=1.4', '--via', '0.8:q0=-0.1~0.001', '--output-rate', '500']
    result = run('adapt', SAMPLES, *via, '--output', out, '--json')
    tap.check('joints pass where they are told to', succeeds(result))
    mean, = movements(out)
    tap.check('exactly, and nearly', near('q2', at(mean, 0.5)[2], 0.25, 1e-6) + near('q5', at(mean, 0.5)[5], 1.4, 1e-6) + near('q0', at(mean, 0.8)[0], -0.1, 2e-3))
    report = json.loads(result.out)
    tap.check('the report', [f'{key}: {report[key]}' for key, value in {'demonstrations': 24, 'joints': 7, 'basis': 20, 'joint_values': 3, 'tip_places': 0,
              'samples': 0, 'raised': False}.items() if report[key] != value] + ([] if report['std_after'] < report['std_before'] else [report]))
    tap.check('nothing is asked: the mean of the demonstrations', succeeds(run('adapt', SAMPLES, '--output', other)))
    tap.check('which is not what was asked for before', [] if abs(at(movements(other)[0], 0.5)[2] - 0.25) > 0.05 else ['it is'])

    result = run('adapt', SAMPLES, '--velocity', '0.5:q1=0.4', '--duration', '2', '--output-rate', '1000', '--output', out)
    moved = movements(out)[0]
    tap.check('a velocity, rad/s at the duration asked for', succeeds(result) +
              near('q1', (at(moved, 0.501)[1] - at(moved, 0.499)[1]) / 0.004, 0.4, 1e-4) + near('duration', moved[-1][0], 2, 1e-9))

    result = run('adapt', SAMPLES, '--tip', '1:0.3,0.1,1.0~0.0001', '--output', out, '--json')
    report = json.loads(result.out or '{}')
    tap.check('the tip goes where it is told to', succeeds(result) + ([] if report.get('tip_distance', 1) < 1e-4 and report.get('tip_places') == 1 else [report]))
    tips = ['--tip', '1:0.3,0.1,1.0~0.0001', '--tip', '0.5:0.28,0,1.1~0.1', '--via', '0.9:q6=0.7~0.01']
    result = run('adapt', SAMPLES, *tips, '--samples', '5', '--seed', '3', '--output', out, '--json')
    tap.check('through two places, with a joint', succeeds(result) + ([] if json.loads(result.out or '{}').get('tip_places') == 2 else [result.out]))
    tap.check('five more movements are drawn', [] if len(movements(out)) == 6 else [len(movements(out))])
    run('adapt', SAMPLES, *tips, '--samples', '5', '--seed', '3', '--output', again)
    run('adapt', SAMPLES, *tips, '--samples', '5', '--seed', '4', '--output', other)
    with open(out, 'rb') as one, open(again, 'rb') as two, open(other, 'rb') as three:
        data = one.read()
        tap.check('the same seed draws the same', [] if data == two.read() else ['the bytes differ'])
        tap.check('another seed does not', [] if data != three.read() else ['the bytes are the same'])
    tap.check('the mean does not depend on it', [] if movements(out)[0] == movements(other)[0] and movements(out)[1] != movements(other)[1] else ['it does'])
    tap.check('fit reads it', succeeds(run('fit', out, '--components', '1', '--latent', '1')))
    for end, beginning in (('.svg', b'<?xml'), ('.png', b'\x89PNG'), ('.pdf', b'%PDF')):
        plot = os.path.join(folder, 'band' + end)
        result = run('adapt', SAMPLES, *tips, '--plot', plot)
        with open(plot, 'rb') as stream:
            data = stream.read()
        tap.check('the band as ' + end, succeeds(result) + ([] if data.startswith(beginning) and len(data) > 8000 else [data[:40]]))

    # Parameters as they come: two joints, three functions, a context in front.
    matrix = os.path.join(folder, 'm.npy')
    values = [number for i in range(9) for number in (0.1 * i, 2.0, *((i * i * (k + 2) + 3 * k) % 7 / 7 for k in range(6)))]
    write_npy(matrix, (9, 8), values)
    result = run('adapt', matrix, '--context-dim', '1', '--basis', '3', '--via', '0:q0=0.3', '--via', '1:q1=0.9', '--output', out)
    tap.check('a matrix of parameters', succeeds(result) + near('q0', at(movements(out)[0], 0)[0], 0.3, 1e-9) + near('q1', at(movements(out)[0], 1)[1], 0.9, 1e-9))

    torn = run('adapt', SAMPLES, '--via', '0.5:q0=0.1', '--via', '0.5:q0=0.3', '--output', out, '--json')
    tap.check('what contradicts itself is met on average, and said', succeeds(torn) + ([] if json.loads(torn.out)['raised'] else [torn.out])
              + near('q0', at(movements(out)[0], 0.5)[0], 0.2, 1e-3))

    one = write(folder, 'one.csv', 'demo,t,q0\n' + ''.join(f'1,{0.1 * i:.1f},{i / 30:.4f}\n' for i in range(40)))
    os.remove(out)
    wrong = {
        'no file': ['--output', out], 'no output': [SAMPLES, '--via', '0.5:q0=1'], 'not a .csv': [SAMPLES, '--output', out + '.txt'],
        'a phase outside': [SAMPLES, '--via', '1.5:q0=1', '--output', out], 'no phase': [SAMPLES, '--via', 'q0=1', '--output', out],
        'no such joint': [SAMPLES, '--via', '0.5:q7=1', '--output', out], 'no joint': [SAMPLES, '--via', '0.5:0=1', '--output', out],
        'a huge joint': [SAMPLES, '--via', '0.5:q99999999999999999999=1', '--output', out],
        'no value': [SAMPLES, '--via', '0.5:q0=', '--output', out], 'not a number': [SAMPLES, '--via', '0.5:q0=nan', '--output', out],
        'a comma too many': [SAMPLES, '--via', '0.5:q0=1,', '--output', out], 'words behind': [SAMPLES, '--via', '0.5:q0=1 rad', '--output', out],
        'negative deviation': [SAMPLES, '--via', '0.5:q0=1~-1', '--output', out], 'two numbers for a place': [SAMPLES, '--tip', '1:0.3,0.2', '--output', out],
        'four numbers for a place': [SAMPLES, '--tip', '1:0.3,0.2,0.1,0', '--output', out], 'a phase outside for the tip': [SAMPLES, '--tip', '-1:0.3,0.2,1', '--output', out],
        'an arm that is not there': [SAMPLES, '--tip', '1:0.3,0.1,1', '--arm', 'arm-9', '--output', out],
        'an arm with more joints': [one, '--tip', '1:0.3,0.1,1', '--output', out], 'one demonstration, exactly elsewhere': [one, '--via', '1:q0=5', '--output', out],
        'negative duration': [SAMPLES, '--duration', '-1', '--output', out], 'shrinkage above one': [SAMPLES, '--shrinkage', '2', '--output', out],
        'one basis function': [SAMPLES, '--basis', '1', '--output', out], 'too many': [SAMPLES, '--basis', '1000', '--output', out],
        'a file that is not there': [os.path.join(folder, 'none.csv'), '--output', out], 'a plot of no kind': [SAMPLES, '--plot', 'band.txt'],
    }
    for name, arguments in wrong.items():
        result = run('adapt', *arguments)
        tap.check(name, [] if result.code == 2 and result.err.count('\n') == 1 and not os.path.exists(out) else [result.said()])
    tap.check('one demonstration, with a deviation, stays as it is', succeeds(run('adapt', one, '--via', '1:q0=5~0.1', '--output', out)))
sys.exit(tap.end())
