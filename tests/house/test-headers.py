#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each header compiles alone, with the flags and include folders of its own folder: test-headers.py SOURCE-ROOT BUILD-ROOT

The flags are those of a source of the same folder, so a header that leans on what its includers included, or on a folder that its own may not see,
does not compile. The same list of commands tells whether a test was written and never built.
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

from tap import Tap, project_files


def flags_by_folder(commands):
    flags = {}
    for source, entry in commands:
        folder = os.path.dirname(source)
        if source.endswith('.c') and folder.startswith('src/'):
            words, kept, skip = shlex.split(entry['command']), [], False
            for word in words:
                if skip:
                    skip = False
                elif word in ('-o', '-MF', '-MQ', '-MT'):
                    skip = True
                elif word not in ('-c', '-MD', '-MMD', entry['file']):
                    kept.append(word)
            kept.append('-fdiagnostics-color=never')
            if kept not in flags.setdefault(folder, []):
                flags[folder].append(kept)
    return flags


def objection(top, build, flags, header):
    folder = os.path.dirname(header)
    if folder not in flags:
        return f'{header}: no source of {folder} is compiled, so nothing says with which flags'
    twice = f'#include "{os.path.basename(header)}"\n' * 2
    for kept in flags[folder]:  # a folder may hold two libraries; the header belongs to one of them
        command = kept + ['-I' + os.path.join(top, folder), '-Werror', '-fsyntax-only', '-x', 'c', '-']
        result = subprocess.run(command, input=twice, cwd=build, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return None
    return f'{header}:\n{result.stderr[:1500]}'


def main():
    top, build = sys.argv[1:3]
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as stream:
        commands = [(os.path.relpath(os.path.realpath(os.path.join(entry['directory'], entry['file'])), os.path.realpath(top)), entry)
                    for entry in json.load(stream)]
    tap, flags, files = Tap(), flags_by_folder(commands), project_files(top)
    with_window = any(folder.startswith('src/app') for folder in flags)
    headers = [path for path in files if path.startswith('src/') and path.endswith('.h')
               and (with_window or not path.startswith('src/app/'))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(headers, pool.map(lambda header: objection(top, build, flags, header), headers)))
    for folder in dict.fromkeys(os.path.dirname(header) for header in headers):
        tap.check(f'headers of {folder} stand alone', [text for header, text in found.items() if os.path.dirname(header) == folder and text])
    built = {source for source, _ in commands}
    tap.check('every C file belongs to the build', [path for path in files if path.endswith('.c') and path not in built and (
        with_window or not path.startswith(('src/app/', 'tests/app/', 'tests/ui/')))])
    sys.exit(tap.end())


main()
