#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""compare: what it prints and writes, that it can be split and merged, that Ctrl+C leaves a table, and what it refuses."""
import csv
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time

from lampwork_cli import PROGRAM, Folder, Tap, run, shared, succeeds, write

KEYS = ['task', 'algorithm', 'seed', 'iteration', 'episodes', 'return', 'return_ci95', 'success', 'J', 'kl', 'ess', 'entropy', 'seconds', 'error']
T95 = {2: 4.302652729749464, 3: 3.182446305284263}  # Student's t by degrees of freedom
tap = Tap()


def read(path):
    with open(path, encoding='utf-8') as stream:
        return stream.read()


def check_table(path, tasks, algorithms, seeds, iterations):
    table = json.loads(read(path))
    rows = table['rows']
    wanted = [(t, a, s, i) for t in tasks for a in algorithms for s in seeds for i in range(iterations + 1)]
    objections = [] if [(r['task'], r['algorithm'], r['seed'], r['iteration']) for r in rows] == wanted else ['the rows are not tasks x algorithms x seeds x iterations']
    objections += [f'a row has {sorted(r)}' for r in rows if list(r) != KEYS][:1]
    objections += [f'{r}' for r in rows if r['error'] is not None or r['return'] is None or (r['J'] is None) != (r['iteration'] == 0)]
    objections += [] if table['complete'] is True else ['it says that it is not complete']
    return table, objections


def check_summary(table, seeds):
    objections = []
    for line in table['summary']:
        values = [r['return'] for r in table['rows'] if all(r[key] == line[key] for key in ('task', 'algorithm', 'iteration'))]
        expected = (len(seeds), statistics.mean(values), T95[len(values) - 1] * statistics.stdev(values) / len(values) ** 0.5, statistics.median(values))
        found = (line['n'], line['return'], line['return_ci95'], line['return_median'])
        if any(abs(a - b) > 1e-9 * abs(a) for a, b in zip(expected, found)):
            objections.append(f'{line["task"]} {line["algorithm"]} {line["iteration"]}: {found}, expected {expected}')
    return objections


with Folder() as folder:
    def at(name):
        return os.path.join(folder, name)

    small = ['compare', '--task', 'reacher-1,reacher-3', '--algorithms', 'lampo,lampo:published,tight=lampo', '--set', 'tight:kl_bound=0.001', '--iterations', '2',
             '--episodes', '10', '--evaluate', '20', '--generate', '40']
    first = run(*small, '--seeds', '4', '--output', at('all.json'), '--output', at('all.csv'), '--plot', at('all.svg'))
    tap.check('it runs', succeeds(first) or ([first.err] if first.err else []))
    whole, objections = check_table(at('all.json'), ['reacher-1', 'reacher-3'], ['lampo', 'lampo:published', 'tight'], [1, 2, 3, 4], 2)
    tap.check('one row a task, algorithm, seed and iteration', objections)
    tap.check('mean, 95 % CI, median and n over the seeds', check_summary(whole, [1, 2, 3, 4]))
    settings = whole['settings']
    tap.check('the settings are all there', [] if settings['reacher-1/tight/kl_bound'] == 0.001 and settings['reacher-1/lampo:published/kl_bound'] == 0.5
              and settings['reacher-3/lampo:published/restarts'] == 500
              and settings['reacher-3/lampo:published/published_start'] and not settings['reacher-3/lampo/published_start'] and settings['reacher-3/demonstrations'] == 40 else [f'{settings}'])
    with open(at('all.csv'), encoding='utf-8', newline='') as stream:
        plain = list(csv.DictReader(stream))
    tap.check('the CSV holds the same rows', [] if len(plain) == len(whole['rows']) and all(
        float(a['return']) == b['return'] and a['task'] == b['task'] and (a['J'] == '') == (b['J'] is None) for a, b in zip(plain, whole['rows'])) else ['it differs'])
    tap.check('a table for people', [] if first.out.count('±') > 10 and re.search(r'reacher-3: return, mean ± 95 % CI', first.out) else [first.out])
    drawn = read(at('all.svg'))
    tap.check('the plot is drawn', [] if '<svg' in drawn and len(drawn) > 10000 else [drawn[:300]])

    # ---- split and merged ----
    run(*small, '--seeds', '4', '--no-times', '--jobs', '1', '-o', at('one.json'), '-o', at('one.csv'))
    for part in ('1-1', '2-3', '4-4'):
        run(*small, '--seed-range', part, '--no-times', '--jobs', '3', '-o', at(f'{part}.json'), '-o', at(f'{part}.csv'))
    for kind in ('json', 'csv'):
        merged = run('compare', '--merge', *[at(f'{part}.{kind}') for part in ('4-4', '1-1', '2-3')], '--no-times', '-o', at(f'merged.{kind}'))
        tap.check(f'merged {kind} tables are the table of one run, byte for byte',
                  succeeds(merged) or ([] if read(at(f'merged.{kind}')) == read(at(f'one.{kind}')) else ['they differ']))
    lines = merged.out
    tap.check('and its summary is printed', [] if lines == run('compare', '--merge', at('one.json')).out != '' else [lines])
    overlapping = run('compare', '--merge', at('all.json'), at('2-3.json'), '-o', at('no.json'))
    tap.check('overlapping seeds are refused', [] if overlapping.code == 2 and 'seed 2 is in both' in overlapping.err and not os.path.exists(at('no.json')) else [overlapping.said()])
    run(*[{'10': '11'}.get(word, word) for word in small], '--seed-range', '9-9', '-o', at('other.json'), '-o', at('other.csv'))
    other = run('compare', '--merge', at('1-1.json'), at('other.json'), '-o', at('no.json'))
    tap.check('different settings are refused, and named', [] if other.code == 2 and '“reacher-1/episodes” is 10 and 11' in other.err else [other.said()])
    other = run('compare', '--merge', at('1-1.csv'), at('other.csv'), '-o', at('no.csv'))
    tap.check('by their fingerprint in CSV', [] if other.code == 2 and 'different settings' in other.err else [other.said()])

    # ---- Ctrl+C ----
    process = subprocess.Popen([PROGRAM, 'compare', '--task', 'reacher-2', '--iterations', '400', '--seeds', '6', '--evaluate', '20', '--algorithms', 'lampo', '-o', at('part.json')],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)
    took = time.monotonic() - began
    part = json.loads(read(at('part.json')))
    stopped = [row['seed'] for row in part['rows'] if row['error'] == 'stopped']
    objections = [] if process.returncode == 1 and 'not complete' in err and err.count('\n') == 1 else [f'exit code {process.returncode}: {err}']
    objections += [] if took < 2.0 else [f'it took {took:.2f} s']
    objections += [] if part['complete'] is False and stopped else ['the table does not say that it is partial']
    objections += [] if any(row['error'] is None for row in part['rows']) else ['what was done is not there']
    tap.check('Ctrl+C writes what there is', objections)

    # ---- what goes wrong ----
    bad = write(folder, 'bad.csv', 'demo,t,q1,q2,x,y\n' + ''.join(f'{d},{t},{0.1 * t + 0.01 * d},0,1,{"" if d == 3 else 1}\n' for d in range(1, 9) for t in range(5)))
    refused = [
        (['compare'], '--task'),
        (['compare', '--task', 'knitting'], 'knitting'),
        (['compare', '--task', 'reacher-1', '--algorithms', 'magic'], 'magic'),
        (['compare', '--task', 'reacher-1', '--algorithms', 'lampo,lampo'], 'twice'),
        (['compare', '--task', 'reacher-1', '--set', 'lampo:no_such=1'], 'no_such'),
        (['compare', '--task', 'reacher-1', '--set', 'kl_bound=1'], 'ALGORITHM:NAME=NUMBER'),
        (['compare', '--task', 'reacher-1', '--seed-range', '3'], '--seed-range'),
        (['compare', '--task', 'reacher-1', '--seed-range', '5-3'], '--seed-range'),
        (['compare', '--task', 'reacher-1', '--seeds', '2', '--seed-range', '1-2'], 'give one'),
        (['compare', '--task', 'reacher-1', '--seeds', '0'], 'at least 1'),
        (['compare', '--task', 'reacher-1', '-o', at('table.txt')], '.csv or .json'),
        (['compare', '--task', 'reacher-1', '-o', '/no/where/t.csv'], 'no folder'),
        (['compare', '--task', 'reacher-1', '--plot', at('plot.bmp')], '.svg'),
        (['compare', '--task', 'reacher-1,reacher-2', '--demonstrations', bad], 'TASK=FILE'),
        (['compare', '--task', 'reacher-1', '--demonstrations', 'reacher-2=' + bad], 'reacher-2='),
        (['compare', '--task', 'reacher-1', '--demonstrations', at('none.csv')], 'none.csv'),
        (['compare', '--task', 'reach-target', '--demonstrations', bad], 'bad.csv'),
        (['compare', '--merge'], '--merge'),
        (['compare', '--merge', at('all.json'), '--task', 'reacher-1'], '--merge'),
        (['compare', '--merge', at('none.json')], 'none.json'),
        (['compare', '--merge', bad], 'columns'),
        (['compare', at('all.json')], '--merge'),
        (['compare', '--merge', at('1-1.csv'), '-o', at('no.json')], 'settings'),
    ]
    for arguments, word in refused:
        result = run(*arguments)
        tap.check(f'refused: {" ".join(arguments).replace(folder, "…")}',
                  [] if result.code == 2 and word in result.err and result.err.count('\n') == 1 and not result.out else [result.said()])

    # ---- from files ----
    demonstrations = shared('data', 'reach_target.npy')
    if demonstrations is None:
        tap.skip('one sheet of the planar reacher and reach-target', 'there is no LW_SHARED_DIR')
    else:
        sheet = run('compare', '--task', 'reacher-1,reacher-2,reacher-3,reacher-4,reach-target', '--demonstrations', 'reach-target=' + demonstrations, '--seeds', '2',
                    '--iterations', '1', '--evaluate', '20', '--episodes', '20', '-o', at('sheet.json'), '--plot', at('sheet.pdf'))
        table, objections = check_table(at('sheet.json'), ['reacher-1', 'reacher-2', 'reacher-3', 'reacher-4', 'reach-target'], ['lampo'], [1, 2], 1)
        with open(at('sheet.pdf'), 'rb') as stream:
            pdf = stream.read()
        objections += [] if pdf.startswith(b'%PDF') and len(pdf) > 5000 else ['there is no sheet']
        objections += [] if table['settings']['reach-target/demonstrations'] == 600 and table['settings']['reacher-1/demonstrations'] == 100 else ['other demonstrations']
        objections += [] if all((r['success'] is not None) == (r['task'] == 'reach-target') for r in table['rows']) else ['success is where it is not scored']
        tap.check('one sheet of the planar reacher and reach-target', succeeds(sheet) or objections)

    own = run('compare', '--task', 'reach-target', '--generate', '20', '--seeds', '1', '--iterations', '1', '--evaluate', '10', '--episodes', '10', '-o', at('own.csv'))
    tap.check('reach-target with demonstrations of its own', succeeds(own))

sys.exit(tap.end())
