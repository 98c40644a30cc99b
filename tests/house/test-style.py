#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cheap rules of the house about the files themselves: test-style.py SOURCE-ROOT"""
import re
import sys

from tap import Tap, project_files, read

TOP = {'meson.build', 'meson_options.txt', 'src', 'ui', 'resources', 'data', 'po', 'tests', 'README.md', 'COPYING', '.ci', '.gitignore', '.clang-format'}
LONGEST = 700
NEED_LICENCE = ('.c', '.h', '.py', '.sh', '.css', '.glsl', '.vert', '.frag', '.svg', '.xml', '.in', '.1', '.sql')
# Spelled so that this file does not object to itself.
LEFTOVER = re.compile(r'\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K|not implement[e]d|place[h]older|coming so[o]n|dumm[y]|for no[w])\b', re.IGNORECASE)
LEFTOVER_FINE = re.compile(r'place[h]older[-_]text|set_place[h]older|type="place[h]older"', re.IGNORECASE) # GTK's own words
ASSERTION = re.compile(r'g_assert|lw_assert|lw_test_')


def main():
    top = sys.argv[1]
    tap, files = Tap(), project_files(sys.argv[1])
    text = {path: read(top, path) for path in files if not path.endswith(('.png', '.npy', '.lampwork'))}

    tap.check('the top level holds what it is meant to hold', sorted({path.split('/')[0] for path in files} - TOP))
    tap.check('every source names its licence in the first lines',
              [path for path in text if path.endswith(NEED_LICENCE) and path != 'po/POTFILES.in' and '/testdata/' not in path
               and 'SPDX-License-Identifier: ' not in '\n'.join(text[path].splitlines()[:4])])
    tap.check(f'no file has more than {LONGEST} lines: look for the seam',
              [f'{path}: {text[path].count(chr(10))} lines' for path in text if path.endswith(('.c', '.h', '.py')) and text[path].count('\n') > LONGEST])
    tap.check('nothing is left behind for later',
              [f'{path}:{number}: {line.strip()[:120]}' for path in text if path.startswith(('src/', 'ui/', 'data/', 'resources/', 'tests/', 'README'))
               and not path.endswith(('.csv', '.po')) for number, line in enumerate(text[path].splitlines(), 1)
               if LEFTOVER.search(line) and not LEFTOVER_FINE.search(line)])
    tap.check('every header is included once',
              [path for path in text if path.startswith('src/') and path.endswith('.h') and '#pragma once' not in text[path]])
    tap.check('no tab and no blank at the end of a line',
              [f'{path}:{number}' for path in text if path.endswith(('.c', '.h', '.py', '.sh', '.ui', 'meson.build'))
               for number, line in enumerate(text[path].splitlines(), 1) if '\t' in line or line != line.rstrip()])
    tests = [path for path in text if re.match(r'tests/.*/test-[^/]*\.c$', path)]
    tap.check('every test file asserts something', [path for path in tests if not ASSERTION.search(text[path])])
    sys.exit(tap.end())


main()
