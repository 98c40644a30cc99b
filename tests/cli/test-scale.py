#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""scale, and learning from one: against the scale of lampwork-sim, from a program, and from a person's answers."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

from lampwork_cli import LONG, PROGRAM, Folder, Tap, run, succeeds, without_timing, write

SIM = os.path.abspath(sys.argv[2])
POUR = ['learn', '--task', 'pour', '--generate', '40', '--episodes', '10', '--evaluate', '20', '--json']
tap = Tap()


@contextlib.contextmanager
def scale(folder, *options):
    """A simulated scale; the name of its port."""
    path = os.path.join(folder, 'scale')
    process = subprocess.Popen([SIM, '--scale-pty', path, *options], stdout=subprocess.DEVNULL)
    try:
        for _ in range(500):
            if os.path.exists(path):
                break
            time.sleep(0.02)
        yield path
    finally:
        process.terminate()
        process.wait(20)


def said(result, *words, code=None):
    return [result.said()] if (code is not None and result.code != code) or any(word not in result.err for word in words) else []


def program(folder, name, body):
    return 'command:python3 ' + write(folder, name, 'import json, sys\nfor line in sys.stdin:\n    q = json.loads(line)\n' + body)


with Folder() as folder:
    with scale(folder, '--scale', 'a&d', '--scale-load', '123.45', '--scale-stream') as port:
        result = run('scale', '--port', port, '--stable')
        tap.check('a scale that prints by itself is found and read', succeeds(result) + said(result, 'A&D on ') + ([] if result.out == '123.45 g\n' else [result.out]))
        result = run('scale', '--port', port, '--tare', '--json')
        reading = json.loads(result.out)
        tap.check('tare', succeeds(result) + ([] if abs(reading['grams']) <= 0.02 and reading['status'] == 'value' else [reading]))
        result = run('scale', '--port', port, '--format', 'sbi', '--timeout', '1')
        tap.check('told wrongly it is not believed', said(result, 'No scale answers', code=1))
        watching = subprocess.Popen([PROGRAM, 'scale', '--port', port, '--watch', '--json'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        rows = [json.loads(watching.stdout.readline()) for _ in range(12)]
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=20)
        gaps = [b['seconds'] - a['seconds'] for a, b in zip(rows, rows[1:])]
        tap.check('watching until interrupted', [rows] if watching.returncode != 0 or any(not 0 <= gap < 2 for gap in gaps) or abs(sum(gaps) - 1.1) > 0.6 else [])
    with scale(folder, '--scale', 'mt-sics', '--scale-load', '50') as port:
        result = run('scale', '--port', port, '--stable')
        tap.check('one that answers', succeeds(result) + said(result, 'MT-SICS') + ([] if result.out == '50.00 g\n' else [result.out]))
        # 50 g are wanted, the first time; nothing is poured: it is tared, and shows 0.
        at_scale = [*POUR, '--iterations', '1', '--reward', 'scale:' + port, '--context-from', 'scale:' + port]
        result = run(*at_scale, '--episodes', '1')
        tap.check('learning at it: contexts and scores are weighed', succeeds(result) + said(result, 'contexts from MT-SICS', 'rewards from MT-SICS') +
                  [line for line in result.lines()[1:] if abs(line['training_return'] + 50) > 0.1])
        if LONG: # it takes the minute that a person has to put something on it
            tap.check('without a context there is no movement', said(run(*at_scale, '--episodes', '1'), 'The scale shows 0 g', 'between 20 and 140 g', code=1))

    tap.check('no port', said(run('scale'), '--port', code=2))
    tap.check('no such port', said(run('scale', '--port', '/nowhere'), '/nowhere', code=1))
    tap.check('no such format', said(run('scale', '--port', 'x', '--format', 'stone'), 'mt-sics', code=2))
    tap.check('no such framing', said(run('scale', '--port', 'x', '--baud', '9600', '--framing', '9X1'), '7E1', code=2))

    plain, sim, again = (run(*POUR, '--iterations', '4', *more) for more in ([], ['--reward', 'scale:sim=ohaus'], ['--reward', 'scale:sim=ohaus']))
    tap.check('through the bytes of a simulated scale', succeeds(plain) + succeeds(sim) + said(sim, 'rewards from Ohaus'))
    tap.check('the same bits every time', [] if without_timing(sim) == without_timing(again) else ['they differ'])
    tap.check('and the numbers of the simulated world, but for the last digit', [(a['training_return'], b['training_return'])
              for a, b in zip(plain.lines()[1:], sim.lines()[1:]) if abs(a['training_return'] - b['training_return']) > 0.5])
    tap.check('pour learns', [] if sim.lines()[4]['return'] > sim.lines()[0]['return'] + 2 else [line['return'] for line in sim.lines()])

    project = os.path.join(folder, 'p.lampwork')
    answers = program(folder, 'answers.py', '''    c = q.get('context')
    print(json.dumps({'context': [60 + q['episode']]}) if q['ask'] == 'context' else
          json.dumps({'none': 'the cup fell'}) if q['episode'] == 3 else json.dumps({'measures': [c[0] - 2]}), flush=True)
''')
    options = [*POUR[:-3], '--json', '--project', project, '--reward', answers, '--context-from', answers]
    result = run(*options, '--iterations', '2')
    lines = result.lines()
    tap.check('a program gives contexts and measures', succeeds(result) + said(result, 'Episode 4 of iteration 1 has no score', 'the cup fell') +
              [line for line in lines[1:] if abs(line['training_return'] + 2) > 1e-9] + ([] if lines[2]['episodes'] == 18 else [lines[2]]))
    tap.check('which is not tested where the task cannot know', [line for line in lines if line['return'] is not None])
    result = run('learn', '--project', project, '--resume', '1', '--iterations', '3', '--json')
    tap.check('and the run goes on with the same program', succeeds(result) + said(result, 'rewards from the program') + ([] if len(result.lines()) == 1 else [result.out]))
    dies = program(folder, 'dies.py', '    sys.exit(5)\n')
    tap.check('its death is said', said(run(*POUR, '--iterations', '1', '--reward', dies), 'exit code 5', 'is kept', code=1))
    tap.check('so is a scale where none can be', said(run('learn', '--task', 'reacher-1', '--reward', 'scale:sim'), 'not scored by a mass', code=2))
    tap.check('and a source that is none', said(run('learn', '--task', 'pour', '--reward', 'oracle'), 'scale:PORT', code=2))

    asked = subprocess.run([PROGRAM, 'learn', '--task', 'reacher-1', '--generate', '30', '--episodes', '4', '--iterations', '1', '--reward', 'ask', '--json'],
                           input='0.5\nwhat\ns\n\nf\n', capture_output=True, text=True, timeout=100, check=False)
    last = json.loads(asked.stdout.splitlines()[-1])
    tap.check('a person is asked', [asked.stderr] if asked.returncode or asked.stderr.count('reward (a number') != 5 or 'skipped by hand' not in asked.stderr else [])
    tap.check('and counts', [last] if abs(last['training_return'] - 0.5) > 1e-9 or last['episodes'] != 3 else [])

    waiting = subprocess.Popen([PROGRAM, 'learn', '--task', 'reacher-1', '--generate', '30', '--episodes', '4', '--iterations', '1', '--reward', 'ask'],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seen = ''
    while 'reward (a number' not in seen:
        seen += waiting.stderr.read(1)
    waiting.send_signal(signal.SIGINT)
    began = time.monotonic()
    waiting.wait(20)
    rest = waiting.stderr.read()
    waiting.stdin.close()
    tap.check('an interrupt ends the waiting', [rest] if waiting.returncode != 1 or 'stopped' not in rest or time.monotonic() - began > 5 else [])
sys.exit(tap.end())
