#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""objective against the golden arrays: 1e-9 relative, every value and gradient; and what it refuses."""
import json
import os
import shutil
import sys

from lampwork_cli import Folder, Tap, read_npy, run, shared, succeeds, write_npy

NAMES = ['W', 'means', 'sigma_sq', 'x_new', 'x_old', 'x_first', 'z', 'k', 'c', 'r']
tap = Tap()
golden = shared('golden', 'lampo')


def differs(name, found, expected):
    """Relative to the largest entry of a gradient, to the value itself otherwise."""
    scale = max(abs(v) for v in expected)
    worst = max(abs(a - b) for a, b in zip(found, expected))
    if len(found) != len(expected) or not worst <= 1e-9 * scale:
        return [f'{name}: off by {worst:g}, {worst / scale:g} of the largest']
    return []


def compare(result, pairs):
    if result.code:
        return [result.said()]
    if result.out.count('\n') != 1:
        return ['more than one line']
    found = json.loads(result.out)
    objections = []
    for name, file in pairs:
        _, expected = read_npy(os.path.join(golden, file + '.npy'))
        value = found[name]
        objections += differs(name, value if isinstance(value, list) else [value], expected)
    return objections


if golden is None:
    tap.skip('golden arrays', 'there is no LW_SHARED_DIR')
    sys.exit(tap.end())

for model in ('m0', 'm1'):
    pairs = [('g_new_old', model + '_g_forward'), ('g_new_old_grad', model + '_g_forward_grad'), ('g_old_new', model + '_g_reverse'),
             ('g_old_new_grad', model + '_g_reverse_grad'), ('h', model + '_h'), ('h_grad', model + '_h_grad')]
    batch = run('objective', golden, '--prefix', model + '_', '--denominator', 'batch')
    tap.check(f'{model} with the batch denominator', compare(batch, pairs + [('J', model + '_J'), ('J_grad', model + '_J_grad')]))
    _, weights = read_npy(os.path.join(golden, model + '_weights.npy'))
    ess = 1 / sum(w * w for w in weights)
    tap.check(f'{model}: effective sample size', differs('ess', [json.loads(batch.out)['ess']], [ess]))

    # J of the mixture, regularised, is J - 1e-4 h.
    mix = run('objective', golden, '--prefix', model + '_', '--denominator', 'mix')
    objections = succeeds(mix)
    if not objections:
        values = json.loads(mix.out)
        for name, expected in (('J', read_npy(os.path.join(golden, model + '_J_mix_reg.npy'))[1]), ('J_grad', read_npy(os.path.join(golden, model + '_J_mix_reg_grad.npy'))[1])):
            h = values['h_grad'] if name == 'J_grad' else [values['h']]
            J = values['J_grad'] if name == 'J_grad' else [values['J']]
            objections += differs(name, [a - 1e-4 * b for a, b in zip(J, h)], expected)
    tap.check(f'{model} with the mixture denominator', objections)
    both = run('objective', golden, '--prefix', model + '_')
    tap.check(f'{model}: both denominators are there, one must be chosen', [] if both.code == 2 and '--denominator' in both.err and not both.out else [both.said()])

syn = run('objective', golden, '--prefix', 'syn_')
tap.check('syn', compare(syn, [('g_new_old', 'syn_g_forward'), ('g_new_old_grad', 'syn_g_forward_grad'), ('g_old_new', 'syn_g_reverse'),
                               ('g_old_new_grad', 'syn_g_reverse_grad'), ('h', 'syn_h'), ('h_grad', 'syn_h_grad')]))


def refuses(title, change, *words):
    with Folder() as folder:
        for name in NAMES + ['log_den_mix']:
            shutil.copy(os.path.join(golden, f'syn_{name}.npy'), os.path.join(folder, f'{name}.npy'))
        shutil.copy(os.path.join(golden, 'README.md') if os.path.exists(os.path.join(golden, 'README.md')) else __file__, os.path.join(folder, 'notes.txt'))
        change(folder)
        result = run('objective', folder)
        objections = [] if result.code == 2 and not result.out and result.err.count('\n') == 1 else [result.said()]
        objections += [f'“{word}” is not in: {result.err}' for word in words if word not in result.err]
        tap.check('refused: ' + title, objections)


def replace(name, shape, values, **more):
    return lambda folder: write_npy(os.path.join(folder, name + '.npy'), shape, values, **more)


def change_one(name, index, value):
    def change(folder):
        path = os.path.join(folder, name + '.npy')
        shape, values = read_npy(path)
        values[index] = value
        write_npy(path, shape, values, kind='<i8' if name == 'k' else '<f8')
    return change


for missing in NAMES + ['log_den_mix']:
    refuses(f'no {missing}', lambda folder, name=missing: os.remove(os.path.join(folder, name + '.npy')), missing if missing != 'log_den_mix' else 'log_den')
refuses('NaN in z', change_one('z', 7, float('nan')), 'z.npy')
refuses('infinity in r', change_one('r', 0, float('inf')), 'r.npy')
refuses('a component that is not there', change_one('k', 4, 3), 'k.npy', 'element 4', '0 to 2')
refuses('a negative variance', change_one('sigma_sq', 1, -1.0), 'sigma_sq.npy', 'element 1')
refuses('a standard deviation of 0', change_one('x_old', 14, 0.0), 'x_old.npy', 'element 14')
refuses('W of two dimensions', replace('W', (18, 2), [1.0] * 36), 'W.npy', '(18, 2)', '(K, D, d)')
refuses('z of other latent dimensions', replace('z', (40, 3), [0.0] * 120), 'z.npy', '(40, 3)')
refuses('fewer rewards than samples', replace('r', (39,), [0.0] * 39), 'r.npy', '(39)')
refuses('x of another model', replace('x_new', (14,), [1.0] * 14), 'x_new.npy', '(14)')
refuses('a header cut off', lambda folder: open(os.path.join(folder, 'c.npy'), 'wb').write(b'\x93NUMPY\x01\x00\x76\x00{'), 'c.npy')
refuses('text for an array', lambda folder: open(os.path.join(folder, 'c.npy'), 'w').write('1 2 3\n'), 'c.npy')
for arguments, word in ((['objective', '/no/such/folder'], '/no/such/folder'), (['objective'], 'folder'), (['objective', golden, '--denominator', 'none'], 'none'),
                        (['objective', golden, '--prefix', 'none_'], 'none_')):
    result = run(*arguments)
    tap.check('refused: ' + ' '.join(arguments[:1] + arguments[2:]), [] if result.code == 2 and word in result.err and result.err.count('\n') == 1 else [result.said()])
sys.exit(tap.end())
