#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: one clear line that names file, row and column, exit code 2, nothing half-written."""
import os
import sys

from lampwork_cli import SAMPLES, Folder, Tap, run, write, write_npy

GOOD = 'demo,t,q0,q1,x\n' + ''.join(f'{d},{0.1 * i:.1f},{0.01 * i * d},{0.5 - 0.02 * i},{d}.5\n' for d in (1, 2, 3) for i in range(8))
tap = Tap()


def refused(title, arguments, *words):
    with Folder() as folder:
        arguments = [argument(folder) if callable(argument) else argument for argument in arguments]
        before = sorted(os.listdir(folder))
        result = run(*arguments, cwd=folder)
        objections = [] if result.code == 2 else [f'exit code {result.code}']
        if result.err.count('\n') != 1 or not result.err.startswith('lampwork-cli: '):
            objections.append('not one line on standard error: ' + result.err)
        if result.out:
            objections.append('on standard output: ' + result.out)
        objections += [f'“{word}” is not in: {result.err}' for word in words if word not in result.err]
        left = sorted(os.listdir(folder))
        if left != before:
            objections.append(f'left behind: {set(left) - set(before)}')
        tap.check('refused: ' + title, objections)


def csv(text):
    return lambda folder: write(folder, 'in.csv', text)


def npy(shape, values, **more):
    def make(folder):
        path = os.path.join(folder, 'in.npy')
        write_npy(path, shape, values, **more)
        return path
    return make


def bytes_of(name, data):
    def make(folder):
        path = os.path.join(folder, name)
        with open(path, 'wb') as stream:
            stream.write(data)
        return path
    return make


def changed(row, column, value):
    """GOOD with one cell changed; rows as an editor counts them."""
    lines = GOOD.splitlines()
    cells = lines[row - 1].split(',')
    cells[column] = value
    lines[row - 1] = ','.join(cells)
    return csv('\n'.join(lines) + '\n')


FIT = ['fit', '--components', '1', '--project', 'new.lampwork', '--plot', 'new.svg']
refused('no such file', FIT + ['nothing.csv'], 'nothing.csv')
refused('a folder', FIT + [lambda folder: '/'], '/')
refused('an empty file', FIT + [csv('')], 'in.csv')
refused('a header alone', FIT + [csv('demo,t,q0\n')], 'in.csv')
refused('no header', FIT + [csv('1,0.0,0.5\n1,0.1,0.6\n')], 'in.csv', 'row 1')
refused('no joints', FIT + [csv('demo,t,x\n1,0,1\n1,1,1\n')], 'in.csv', 'q')
refused('no demo column', FIT + [csv('t,q0\n0,1\n1,1\n')], 'in.csv', 'demo')
refused('no t: --rate is offered', FIT + [csv('demo,q0\n1,0\n1,1\n')], 'in.csv', '--rate')
refused('text in a number', FIT + [changed(5, 2, 'abc')], 'in.csv', 'row 5', 'q0', 'abc')
refused('an empty cell', FIT + [changed(5, 3, '')], 'in.csv', 'row 5', 'q1')
refused('NaN', FIT + [changed(6, 3, 'nan')], 'in.csv', 'row 6', 'q1')
refused('infinity', FIT + [changed(6, 3, 'inf')], 'in.csv', 'row 6', 'q1')
refused('a decimal comma', FIT + [changed(6, 3, '"0,5"')], 'in.csv', 'row 6', 'q1')
refused('times that go back', FIT + [changed(4, 1, '0.05')], 'in.csv', 'row 4', 'column t')
refused('a time twice', FIT + [changed(4, 1, '0.1')], 'in.csv', 'row 4', 'column t')
refused('a context that changes', FIT + [changed(7, 4, '9')], 'in.csv', 'row 7', 'x')
refused('a row too short', FIT + [csv(GOOD + '3,0.9,0.1\n')], 'in.csv', 'row 26')
refused('a row too long', FIT + [csv(GOOD + '3,0.9,0.1,0.1,3.5,7\n')], 'in.csv', 'row 26')
refused('a single sample', FIT + [csv('demo,t,q0\n1,0,0\n')], 'in.csv')
refused('a rate that is none', FIT + ['--rate', 'nan', csv('demo,q0\n1,0\n1,1\n')], '--rate')
refused('a negative rate', FIT + ['--rate', '-5', csv('demo,q0\n1,0\n1,1\n')], '--rate')
refused('more components than demonstrations', ['fit', '--components', '7', csv(GOOD)], 'in.csv', '7 components', '3 demonstrations')
refused('bytes that are no text', FIT + [bytes_of('in.csv', bytes(range(128, 256)))], 'in.csv')

MATRIX = ['--context-dim', '1', '--basis', '2']
refused('a matrix without its sizes', ['fit', npy((3, 4), [0.0] * 12)], 'in.npy', '--context-dim', '--basis')
refused('a matrix of another width', ['fit', *MATRIX, npy((3, 5), [0.0] * 15)], 'in.npy')
refused('a matrix with too few columns', ['fit', '--context-dim', '9', '--basis', '2', npy((3, 5), [0.0] * 15)], 'in.npy')
refused('a matrix without rows', ['fit', *MATRIX, npy((0, 4), [])], 'in.npy')
refused('a vector', ['fit', *MATRIX, npy((4,), [0.0] * 4)], 'in.npy')
refused('NaN in a matrix', ['fit', *MATRIX, npy((3, 4), [0.0] * 5 + [float('nan')] + [0.0] * 6)], 'in.npy')
refused('a matrix cut off', ['fit', *MATRIX, npy((30, 4), [0.0] * 12)], 'in.npy')
refused('a broken header', ['fit', *MATRIX, bytes_of('in.npy', b'\x93NUMPY\x01\x00\x76\x00{broken')], 'in.npy')
refused('no NumPy file', ['fit', *MATRIX, bytes_of('in.npy', b'hello\n')], 'in.npy')
refused('a project that is none', ['fit', bytes_of('in.lampwork', b'hello\n' * 200)], 'in.lampwork')
refused('a project that is not there', ['fit', 'nothing.lampwork'], 'nothing.lampwork')

for options in (['--basis', '1'], ['--basis', '0'], ['--basis', '1000'], ['--components', '0'], ['--latent', '-1'], ['--latent', 'x'], ['--ridge', 'nan'],
                ['--ridge', '-1'], ['--context-noise', 'inf'], ['--seed', '-1'], ['--seed', '1.5'], ['--plot', 'x.gif'], ['--plot', 'none/x.svg'], ['--no-such']):
    refused('fit ' + ' '.join(options), ['fit', *options, csv(GOOD)])
refused('two files', ['fit', csv(GOOD), 'another.csv'])

LEARN = ['learn', '--project', 'new.lampwork']
refused('an unknown task', [*LEARN, '--task', 'juggling'], 'juggling')
refused('an unknown algorithm', [*LEARN, '--task', 'reacher-1', '--algorithm', 'magic'], 'magic')
refused('another context size', [*LEARN, '--task', 'reach-target', '--demonstrations', csv(GOOD)], 'in.csv', '1 context', '3')
refused('too few joints', [*LEARN, '--task', 'reach-target', '--demonstrations', csv(GOOD.replace(',x\n', ',x,y,z\n').replace('.5\n', '.5,0,0\n'))], '7', '2')
refused('more components than the task makes', [*LEARN, '--task', 'reacher-1', '--generate', '5', '--components', '9'], '9 components')
for options in (['--episodes', '0'], ['--evaluate', '-1'], ['--iterations', '-1'], ['--kl-bound', 'nan'], ['--kl-bound', '-1'], ['--kl-bound', '0'],
                ['--kl-direction', 'up'], ['--regularisation', 'x'], ['--context-noise', '-1'], ['--generate', '0'], ['--seed', '-3'], ['--set', 'kl_bound'],
                ['--set', 'no_such=1'], ['--set', 'guard=0.5'], ['--set', 'kl_bound=nan'], ['--plot', 'x'], ['--resume', '1', '--task', 'reacher-1'], ['extra']):
    refused('learn ' + ' '.join(options), [*LEARN, *([] if '--resume' in options else ['--task', 'reacher-1']), *options])
refused('no project to resume', ['learn', '--resume', '1'], '--project')
refused('a project to resume that is not there', [*LEARN, '--resume', '1'], 'new.lampwork')

refused('an unknown command', ['juggle'], 'juggle')
refused('record to nowhere', ['record'], '--output')
refused('record to another kind of file', ['record', '-o', 'x.txt', '--seconds', '1'], '--output')
refused('record on an unknown arm', ['record', '-o', 'x.lampwork', '--seconds', '1', '--arm', 'tentacle'], 'tentacle', 'arm-7')
refused('record into a folder that is not there', ['record', '-o', 'none/x.csv', '--seconds', '1'], 'none/x.csv')
refused('record with a hand that is no place', ['record', '-o', 'x.csv', '--seconds', '1', '--hand', '1,2'], '--hand', '1,2')
refused('record with a hand and no time', ['record', '-o', 'x.csv', '--hand', '1,2,3'], '--seconds')
refused('record without a terminal', ['record', '-o', 'x.csv'], '--seconds')
for options in (['--seconds', '0'], ['--seconds', 'nan'], ['--rate', '10'], ['--rate', 'nan'], ['--count', '0'], ['--baud', '0']):
    refused('record ' + ' '.join(options), ['record', '-o', 'x.csv', *(['--seconds', '1'] if '--seconds' not in options else []), *options])
refused('replay of nothing', ['replay'], 'file')
refused('replay of a demonstration that is not there', ['replay', SAMPLES, '--number', '25'], '25', '24')
for options in (['--speed', '0'], ['--speed', '1.1'], ['--speed', 'nan'], ['--rate', '1000'], ['--number', '0'], ['--arm', 'tentacle']):
    refused('replay ' + ' '.join(options), ['replay', SAMPLES, *options])
refused('replay of too few joints', ['replay', csv(GOOD)], '2 joints', '7')
refused('export of nothing', ['export'], 'project')
refused('export of a project that is not there', ['export', 'nothing.lampwork', 'out'], 'nothing.lampwork')
refused('export of what is no project', ['export', bytes_of('in.lampwork', b'x' * 4096), 'out'], 'in.lampwork')
for options in (['--count', '0'], ['--rate', '0'], ['--rate', 'nan'], ['--output', 'x.npy'], ['--task', 'juggling']):
    refused('demonstrate ' + ' '.join(options), ['demonstrate', *([] if '--output' in options else ['--output', 'x.csv']), *options])
sys.exit(tap.end())
