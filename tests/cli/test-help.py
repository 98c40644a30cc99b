#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Help teaches: every command, its options, an example; and every example of the help runs as far as its arguments go."""
import re
import sys

from lampwork_cli import Tap, run

tap = Tap()
overview = run('--help')
commands = re.findall(r'^  ([a-z]+) +\S', overview.out, re.MULTILINE)
tap.check('the overview names the commands', [] if set(commands) >= {'fit', 'learn', 'objective', 'record', 'replay', 'export'} else [overview.out])
tap.check('help goes to standard output', [overview.err] if overview.err or overview.code else [])
for command in commands:
    result = run(command, '--help')
    objections = [result.said()] if result.code or result.err else []
    objections += [f'lines longer than 110: {line}' for line in result.out.splitlines() if len(line) > 110]
    if not re.search(r'lampwork-cli ' + command + r' \S', result.out):
        objections.append('there is no example')
    for option in re.findall(r'^ +(?:-\w, )?--([a-z-]+)(.*)$', result.out, re.MULTILINE):
        if not option[1].strip():
            objections.append(f'--{option[0]} is not explained')
    tap.check(f'{command} --help', objections)

nothing = run()
tap.check('without a command: the overview, exit code 2', [] if nothing.code == 2 and nothing.out == overview.out else [nothing.said()])
version = run('--version')
tap.check('--version', [] if re.fullmatch(r'lampwork-cli \d+\.\d+\.\d+\n', version.out) and version.code == 0 else [version.said()])
sys.exit(tap.end())
