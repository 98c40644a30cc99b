#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what really ran, from Meson's testlog.json.

    summarise.py LOG TESTS     LOG: meson-logs/testlog.json, TESTS: the output of `meson introspect --tests`

Every TAP line is one test; a program of another kind is one test. A program that ends badly without a failing line, or that prints no test at all,
is one failure. Prints the end of each failing program's output, the reason of each skip, and last "PASSED FAILED SKIPPED" as three numbers.
"""
import json
import re
import sys

TAP_LINE = re.compile(r'^(not )?ok\b\s*\d*\s*-?\s*(.*?)(?:\s*#\s*(SKIP)\b\s*(.*))?$', re.IGNORECASE)
TAP_EMPTY_PLAN = re.compile(r'^1\.\.0\s*#\s*SKIP\s*(.*)$', re.IGNORECASE)
BAD = {'FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS'}
TAIL = 60


def count_tap(output):
    passed, failed, skipped = 0, [], []
    for line in output.splitlines():
        match = TAP_LINE.match(line)
        if match is None:
            empty = TAP_EMPTY_PLAN.match(line)
            if empty:
                skipped.append(('all of it', empty[1]))
            continue
        bad, name, directive, reason = match.groups()
        if directive and not bad:
            skipped.append((name, reason))
        elif bad:
            failed.append(name)
        else:
            passed += 1
    return passed, failed, skipped


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ''


def main():
    with open(sys.argv[2], encoding='utf-8') as stream:
        protocol = {test['name']: test['protocol'] for test in json.load(stream)}
    totals = [0, 0, 0]
    with open(sys.argv[1], encoding='utf-8') as stream:
        runs = [json.loads(line) for line in stream]

    for run in runs:
        stdout, stderr = run.get('stdout') or '', run.get('stderr') or ''
        result = run['result']
        name = run['name'].split(' / ')[-1].split(':')[-1]
        if protocol.get(name, 'tap' if TAP_LINE.search(stdout) else 'exitcode') == 'tap':
            passed, failed, skipped = count_tap(stdout)
            if result in BAD and not failed:
                failed.append(f'ended with {result} (status {run["returncode"]})')
            if not (passed or failed or skipped):
                failed.append('printed no test')
        else:
            passed = 1 if result in ('OK', 'EXPECTEDFAIL') else 0
            skipped = [('', last_line(stdout) or last_line(stderr))] if result == 'SKIP' else []
            failed = [] if passed or skipped else [f'{result} (status {run["returncode"]})']

        for what, reason in skipped:
            print(f'skipped: {name} {what}: {reason or "no reason given"}')
        if failed:
            for what in failed:
                print(f'FAILED: {name}: {what}')
            tail = [line for line in (stdout + stderr).splitlines() if not line.startswith('ok ')][-TAIL:]
            print('\n'.join('    ' + line for line in tail))
        for i, n in enumerate((passed, len(failed), len(skipped))):
            totals[i] += n
    print(*totals)


main()
