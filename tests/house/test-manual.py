#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual pages name every option and command that the programs' own help names, and no other: test-manual.py SOURCE-ROOT BUILD-ROOT (window|bare)"""
import os
import re
import subprocess
import sys

from tap import Tap, read

PROGRAMS = {'lampwork-cli': 'src/cli', 'lampwork-sim': 'src/cli', 'lampwork': 'src/app'}
# GLib's and GTK's own, the same in every program.
COMMON = {'--help', '--help-all', '--help-gapplication', '--help-gtk', '--version', '--display'}


def help_of(program, *command):
    result = subprocess.run([program, *command, '--help'], capture_output=True, text=True, timeout=30, check=False)
    if result.returncode:
        raise RuntimeError(f'{os.path.basename(program)} {" ".join(command)} --help ended with {result.returncode}: {result.stderr}')
    return result.stdout


def main():
    top, build, kind = sys.argv[1:4]
    tap = Tap()
    for name, folder in PROGRAMS.items():
        if name == 'lampwork' and kind != 'window':
            continue
        manual = read(top, f'data/man/{name}.1')
        told = {'-' + option for option in re.findall(r'Fl (-[a-z][a-z-]*)', manual)}
        try:
            overview = help_of(os.path.join(build, folder, name))
            commands = re.findall(r'^  ([a-z]+) +\S', overview, re.MULTILINE) if name == 'lampwork-cli' else []
            text = overview + ''.join(help_of(os.path.join(build, folder, name), command) for command in commands)
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            tap.check(f'{name} explains itself', [error])
            continue
        offered = set(re.findall(r'^\s+(?:-\w, )?(--[a-z][a-z-]*)', text, re.MULTILINE))
        tap.check(f'the manual of {name} names every command', [command for command in commands if f'Ss {command}' not in manual])
        tap.check(f'the manual of {name} names every option', sorted(offered - told - COMMON))
        tap.check(f'the manual of {name} names no option that is not there', sorted(told - offered - COMMON))
    sys.exit(tap.end())


main()
