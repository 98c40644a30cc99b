#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counting of tests/run.sh hides no failure: test-summarise.py SUMMARISE"""
import json
import os
import subprocess
import sys
import tempfile

from tap import Tap

# (protocol, Meson's result, stdout) -> passed, failed, skipped
CASES = [
    ('two pass, one is skipped', 'tap', 'OK', '1..3\nok 1 /a\nok 2 /b # SKIP no data\nok 3 /c\n', (2, 0, 1)),
    ('one fails', 'tap', 'FAIL', 'ok 1 /a\nnot ok 2 /b\n1..2\n', (1, 1, 0)),
    ('all pass, then it crashes', 'tap', 'ERROR', 'ok 1 /a\n', (1, 1, 0)),
    ('it hangs', 'tap', 'TIMEOUT', 'ok 1 /a\nok 2 /b\n', (2, 1, 0)),
    ('it prints no test', 'tap', 'SKIP', 'hello\n', (0, 1, 0)),
    ('it skips all of itself', 'tap', 'SKIP', '1..0 # SKIP no port\n', (0, 0, 1)),
    ('a plain program passes', 'exitcode', 'OK', 'ok, whatever\n', (1, 0, 0)),
    ('a plain program fails', 'exitcode', 'FAIL', 'ok 1 looks fine\n', (0, 1, 0)),
    ('a plain program skips', 'exitcode', 'SKIP', 'no display\n', (0, 0, 1)),
]


def count(summarise, protocol, result, stdout):
    with tempfile.TemporaryDirectory() as folder:
        log, tests = os.path.join(folder, 'log'), os.path.join(folder, 'tests')
        with open(log, 'w', encoding='utf-8') as stream:
            stream.write(json.dumps({'name': 'lampwork:core / case', 'stdout': stdout, 'result': result, 'returncode': 0}) + '\n')
        with open(tests, 'w', encoding='utf-8') as stream:
            json.dump([{'name': 'case', 'protocol': protocol}], stream)
        output = subprocess.run([sys.executable, summarise, log, tests], check=True, capture_output=True, text=True).stdout
    return tuple(int(word) for word in output.splitlines()[-1].split())


def main():
    tap = Tap()
    for name, protocol, result, stdout, wanted in CASES:
        found = count(sys.argv[1], protocol, result, stdout)
        tap.check(name, [] if found == wanted else [f'counted {found}, wanted {wanted}'])
    sys.exit(tap.end())


main()
