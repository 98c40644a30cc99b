#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""learn: what it prints, that it repeats, that it goes on, and that it learns. LW_LONG=1 takes more seeds."""
import json
import locale
import os
import signal
import statistics
import subprocess
import sys
import time

from lampwork_cli import LONG, PROGRAM, Folder, Tap, run, shared, succeeds, without_timing

KEYS = ['iteration', 'episodes', 'success', 'return', 'return_ci95', 'J', 'kl', 'kl_bound', 'context_kl', 'ess', 'entropy', 'evaluations', 'solver', 'seconds']
AFTER_IMPROVEMENT = ['J', 'kl', 'kl_bound', 'context_kl', 'ess', 'entropy', 'evaluations', 'solver', 'training_return']
tap = Tap()


def schema(lines, iterations, episodes, has_success):
    objections = [] if [line['iteration'] for line in lines] == list(range(iterations + 1)) else ['iterations are not 0, 1, 2, …']
    for line in lines:
        i = line['iteration']
        objections += [f'{i}: no {key}' for key in KEYS if key not in line]
        if line['episodes'] != i * episodes:
            objections.append(f'{i}: {line["episodes"]} episodes')
        for key in AFTER_IMPROVEMENT:
            if (line[key] is None) != (i == 0):
                objections.append(f'{i}: {key} is {line[key]}')
        if (line['success'] is not None) != has_success or (has_success and not 0 <= line['success'] <= 1):
            objections.append(f'{i}: success is {line["success"]}')
        if i and not line['kl'] <= line['kl_bound'] * (1 + 1e-6):
            objections.append(f'{i}: KL {line["kl"]} above its bound {line["kl_bound"]}')
        if not line['return_ci95'] > 0:
            objections.append(f'{i}: no interval')
    return objections


short = ['learn', '--task', 'reacher-2', '--iterations', '3', '--json']
first = run(*short, '--seed', '7')
tap.check('one object an iteration', succeeds(first) or schema(first.lines(), 3, 20, False))
tap.check('the same seed gives the same bits', [] if without_timing(run(*short, '--seed', '7')) == without_timing(first) else ['the second run differs'])
tap.check('another seed gives others', [] if without_timing(run(*short, '--seed', '8')) != without_timing(first) else ['the same'])
tap.check('numbers keep their 17 digits', [] if any(len(line['J'].__repr__().lstrip('-0.').replace('.', '')) >= 15 for line in first.lines()[1:]) else [first.out])
obstacle = run('learn', '--task', 'reacher-obstacle', '--iterations', '1', '--episodes', '50', '--evaluate', '60', '--json')
tap.check('a task that says success', succeeds(obstacle) or schema(obstacle.lines(), 1, 50, True))
people = run('learn', '--task', 'reacher-1', '--iterations', '1')
tap.check('a table for people', [] if people.code == 0 and len(people.out.splitlines()) == 3 and '±' in people.out else [people.said() + people.out])
tap.check('no progress bar where there is no terminal', [people.err] if people.err else [])
published = run(*short, '--published').lines()
paper = run(*short, '--algorithm', 'lampo-paper', '--context-noise', '0.3').lines()
tap.check('--published is the paper\'s search, on the published model', [] if published[0]['return'] != run(*short).lines()[0]['return'] and published[1]['J'] != paper[1]['J'] else ['no'])
by_name = run(*short, '--seed', '7', '--set', 'kl_bound=0.01')
tap.check('--set reaches the algorithm', [] if [line['kl_bound'] for line in by_name.lines()[1:]] == [0.01] * 3 else [by_name.out])

# A German locale would write 0,5.
try:
    locale.setlocale(locale.LC_NUMERIC, 'de_DE.UTF-8')
    locale.setlocale(locale.LC_NUMERIC, 'C')
    german = run(*short, '--seed', '7', '--set', 'kl_bound=0.2', env={'LC_ALL': 'de_DE.UTF-8', 'LANGUAGE': 'C'})
    tap.check('numbers in a locale with a decimal comma', [] if without_timing(german) == without_timing(first) else [german.said() + german.out])
except locale.Error:
    tap.skip('numbers in a locale with a decimal comma', 'the locale de_DE.UTF-8 is not installed')

with Folder() as folder:
    project = os.path.join(folder, 'run.lampwork')
    plot = os.path.join(folder, 'curve.svg')
    kept = run(*short, '--seed', '7', '--project', project, '--plot', plot)
    tap.check('keeping a run changes nothing', succeeds(kept) or ([] if without_timing(kept) == without_timing(first) else ['it differs']))
    with open(plot, encoding='utf-8') as stream:
        text = stream.read()
    tap.check('the curve is drawn', [] if '<svg' in text and len(text) > 5000 else [text[:500]])
    out = os.path.join(folder, 'out')
    run('export', project, out)
    with open(os.path.join(out, 'runs', '1.jsonl'), encoding='utf-8') as stream:
        stored = stream.read()
    tap.check('the project holds what was printed, to the letter', [] if stored == kept.out else ['it differs'])
    more = run('learn', '--project', project, '--resume', '1', '--iterations', '5', '--json')
    whole = run('learn', '--task', 'reacher-2', '--iterations', '5', '--json', '--seed', '7')
    tap.check('a run goes on as if it had not stopped', succeeds(more) or ([] if without_timing(more) == without_timing(whole)[4:] else [more.out]))
    again = run('learn', '--project', project, '--resume', '2')
    tap.check('there is no second run', [] if again.code == 2 and again.err.count('\n') == 1 else [again.said()])

    # Ctrl+C: what was printed is whole, what was done is kept, and it goes on from there.
    process = subprocess.Popen([PROGRAM, 'learn', '--task', 'reacher-2', '--iterations', '5000', '--evaluate', '20', '--json', '--project', os.path.join(folder, 'stopped.lampwork')],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline(), process.stdout.readline()]
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    rest, err = process.communicate(timeout=30)
    took = time.monotonic() - began
    lines += rest.splitlines()
    objections = [] if process.returncode == 1 and err.count('\n') == 1 else [f'exit code {process.returncode}: {err}']
    objections += [] if took < 1.0 else [f'it took {took:.2f} s']
    done = [json.loads(line)['iteration'] for line in lines if line]
    objections += [] if done == list(range(len(done))) else [f'iterations {done}']
    tap.check('Ctrl+C ends it within a second', objections)
    onward = run('learn', '--project', os.path.join(folder, 'stopped.lampwork'), '--resume', '1', '--iterations', str(len(done)), '--json')
    tap.check('and it goes on with the next iteration', succeeds(onward) or ([] if [line['iteration'] for line in onward.lines()] == [len(done)] else [onward.out]))


# ---- it learns ----

def table(title, runs):
    for seed, lines in runs:
        row = ' '.join(f'{line["return"]:9.4f}' for line in lines)
        wins = '' if lines[0]['success'] is None else f'   success {lines[0]["success"]:.3f} -> {lines[-1]["success"]:.3f}'
        print(f'# {title} seed {seed:2}: {row}  ± {lines[-1]["return_ci95"]:.4f}{wins}')


demonstrations = shared('data', 'reach_target.npy')
if demonstrations is None:
    tap.skip('reach-target from published demonstrations', 'there is no LW_SHARED_DIR')
else:
    runs = [(seed, run('learn', '--task', 'reach-target', '--demonstrations', demonstrations, '--context-dim', '3', '--basis', '20', '--seed', str(seed), '--json').lines())
            for seed in range(1, 11 if LONG else 3)]
    table('reach-target', runs)
    tap.check('reach-target: the mean return rises on every seed, by more than its interval',
              [f'seed {seed}' for seed, lines in runs if not lines[-1]['return'] > lines[0]['return'] + lines[-1]['return_ci95']]
              + [f'seed {seed}: {problem}' for seed, lines in runs for problem in schema(lines, 10, 100, True)])

runs = [(seed, run('learn', '--task', 'reacher-4', '--seed', str(seed), '--json').lines()) for seed in range(1, 41 if LONG else 11)]
table('reacher-4', runs)
worse = [f'seed {seed} ends at {lines[-1]["return"]:.4f}, began at {lines[0]["return"]:.4f} ± {lines[0]["return_ci95"]:.4f}' for seed, lines in runs
         if lines[-1]['return'] < lines[0]['return'] - min(lines[0]['return_ci95'], lines[-1]['return_ci95'])]
tap.check('reacher-4: no seed ends worse than its imitation by more than the smaller interval', worse)
gain = [lines[-1]['return'] - lines[0]['return'] for _, lines in runs]
tap.check('reacher-4: the mean return improves on imitation', [] if statistics.mean(gain) > 0 else [f'{statistics.mean(gain):.5f}'])
sys.exit(tap.end())
