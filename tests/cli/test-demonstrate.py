#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""demonstrate, fit and export: the samples can be made again, files come back as they went."""
import json
import os
import sys

from lampwork_cli import SAMPLES, Folder, Tap, read_npy, run, succeeds

tap = Tap()


def rows(path):
    with open(path, encoding='utf-8') as stream:
        header, *lines = stream.read().splitlines()
    return header, [[float(cell) for cell in line.split(',')] for line in lines]


def differ(one, other, tolerance):
    (header, a), (other_header, b) = rows(one), rows(other)
    if header != other_header or len(a) != len(b):
        return [f'{header} and {other_header}, {len(a)} and {len(b)} rows']
    worst = max(abs(x - y) for left, right in zip(a, b) for x, y in zip(left, right))
    return [] if worst <= tolerance else [f'off by {worst:g}']


with Folder() as folder:
    made, again, csv = (os.path.join(folder, name) for name in ('made.csv', 'again.csv', 'out.csv'))
    options = ['demonstrate', '--task', 'reach-target', '--count', '24', '--seed', '2', '--rate', '25']
    tap.check('samples are made', succeeds(run(*options, '--output', made)) + succeeds(run(*options, '--output', again)))
    with open(made, 'rb') as one, open(again, 'rb') as other:
        tap.check('the same options give the same file', [] if one.read() == other.read() else ['the bytes differ'])
    # Another machine's sine may round otherwise: a digit of the sixth decimal.
    tap.check('the samples of the project are these', differ(made, SAMPLES, 2.1e-6))
    tap.check('in a file of moderate size', [] if 100e3 < os.path.getsize(SAMPLES) < 250e3 else [os.path.getsize(SAMPLES)])
    planar = run('demonstrate', '--task', 'reacher-3', '--count', '5', '--output', csv)
    tap.check('planar tasks demonstrate as well', succeeds(planar) + ([] if len({row[0] for row in rows(csv)[1]}) == 5 else ['not 5 demonstrations']))

    project, out, plot = os.path.join(folder, 'p.lampwork'), os.path.join(folder, 'out'), os.path.join(folder, 'band')
    fitted = run('fit', SAMPLES, '--json', '--project', project, '--plot', plot + '.svg')
    report = json.loads(fitted.out)
    tap.check('fit tells what it made of the samples', succeeds(fitted) + [f'{key}: {report[key]}' for key, value in
              {'demonstrations': 24, 'joints': 7, 'contexts': 3, 'basis': 20, 'components': 4, 'latent': 3, 'lowered': True}.items() if report[key] != value]
              + ([] if 0 < report['largest_rms'] < 0.002 else ['worst fit']))
    tap.check('K was lowered, and it says so', [] if '24 demonstrations allow 4 components' in fitted.err and fitted.err.count('\n') == 1 else [fitted.err])
    for end, beginning in (('.svg', b'<?xml'), ('.png', b'\x89PNG'), ('.pdf', b'%PDF')):
        result = run('fit', SAMPLES, '--plot', plot + end)
        with open(plot + end, 'rb') as stream:
            data = stream.read()
        tap.check('the band as ' + end, succeeds(result) + ([] if data.startswith(beginning) and len(data) > 8000 else [data[:40]]))
    same = run('fit', SAMPLES, '--json')
    tap.check('a fit repeats to the bit', [] if same.out == fitted.out else ['it differs'])

    tap.check('export of a model', succeeds(run('export', project, out)))
    shape, weights = read_npy(os.path.join(out, 'model', 'params.npy'))
    tap.check('the parameters of every demonstration', [] if shape == (24, 141) and all(value == value for value in weights) else [shape])
    settings = json.load(open(os.path.join(out, 'model', 'settings.json'), encoding='utf-8'))
    tap.check('with their settings', [] if settings['components_wanted'] == 6 and settings['contexts'] == [['x', 'm'], ['y', 'm'], ['z', 'm']] else [settings])
    # What was exported is a matrix of parameters like any other: contexts beside it, it fits alike.
    means = read_npy(os.path.join(out, 'model', 'means.npy'))[0]
    tap.check('and the mixture', [] if means == (4, 144) else [means])

    empty = os.path.join(folder, 'empty')
    result = run('export', project, empty)
    tap.check('no demonstrations, no file of them', [] if not os.path.exists(os.path.join(empty, 'demonstrations.csv')) and result.code == 0 else [result.said()])
sys.exit(tap.end())
