#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""fit --select: a table, what it suggests, and what auto makes of it."""
import os
import random
import sys

from lampwork_cli import Folder, Tap, run, succeeds, write_npy

N, BASIS, COMPONENTS = 90, 4, 3
tap = Tap()


def demonstrations(folder):
    """Three groups of movements, each linear in a context of one number."""
    draw = random.Random(1)
    rows = []
    slopes = [[draw.gauss(0, 1) for _ in range(BASIS)] for _ in range(COMPONENTS)]
    for i in range(N):
        k = i % COMPONENTS
        c = draw.gauss(0, 1)
        rows += [5.0 * k + c, 1.0 + 0.01 * draw.gauss(0, 1)] + [3.0 * k + c * s + 0.02 * draw.gauss(0, 1) for s in slopes[k]]
    path = os.path.join(folder, 'in.npy')
    write_npy(path, (N, 2 + BASIS), rows)
    return path


with Folder() as folder:
    data = demonstrations(folder)
    fit = ['fit', data, '--context-dim', '1', '--basis', str(BASIS), '--context-noise', '0']
    grid = ['--try-components', '1,3,60', '--try-latent', '1,2']

    result = run(*fit, *grid, '--select', '--json', '--plot', 'k.svg', cwd=folder)
    lines = result.lines() if result.code == 0 else []
    cells = [line for line in lines if 'components' in line]
    words = [line for line in lines if 'criterion' in line]
    tap.check('--select: a line for every cell', succeeds(result) + [str(c) for c in [[(c['components'], c['latent']) for c in cells]]
                                                                      if c != [(K, d) for K in (1, 3, 60) for d in (1, 2)]])
    tap.check('what cannot be fitted says so', [str(c) for c in cells if (c['components'] == 60) != (c['failed_fits'] == 6)
                                                or (c['components'] == 60) != (c['held_out'] is None)])
    tap.check('every criterion suggests the three groups', [str(w) for w in words if w['suggested_components'] != 3]
              + ([] if {w['criterion'] for w in words} == {'held-out', 'conditional', 'imitation', 'bic'} else [str(words)]))
    tap.check('with contexts, imitation is what auto goes by', [] if [w['criterion'] for w in words if w['chosen']] == ['imitation'] else [str(words)])
    tap.check('curves', [] if os.path.exists(os.path.join(folder, 'k.svg')) else ['there is no k.svg'])

    again = run(*fit, *grid, '--select', '--json', '--threads', '3')
    tap.check('the number of threads does not show', [] if again.out == result.out else [again.said()])

    table = run(*fit, *grid, '--select')
    tap.check('in columns', succeeds(table) + ([] if 'imitation suggests 3 components' in table.out else [table.out]))

    chosen = run(*fit, *grid, '--components', 'auto', '--latent', 'auto', '--json')
    tap.check('auto fits the suggestion', succeeds(chosen) + ([] if chosen.code or chosen.lines()[0]['components'] == 3 else [chosen.out]))
    half = run(*fit, *grid, '--components', '2', '--latent', 'auto', '--json')
    tap.check('what is given stays', succeeds(half) + ([] if half.code or half.lines()[0]['components'] == 2 else [half.out]))

    for title, more in (('a size that is none', ['--components', 'many']), ('a list that is none', ['--select', '--try-latent', '1,x']),
                        ('a criterion that is none', ['--select', '--criterion', 'taste']), ('no threads', ['--select', '--threads', '0']),
                        ('nothing that can be fitted', ['--components', 'auto', '--try-components', '80'])):
        result = run(*fit, *more)
        tap.check('refused: ' + title, [] if result.code == 2 and result.err.count('\n') == 1 and not result.out else [result.said()])
sys.exit(tap.end())
