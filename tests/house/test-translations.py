#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file with words for people is listed for translators: test-translations.py SOURCE-ROOT [--write]

With --write it writes the list, po/POTFILES.in, instead of checking it.
"""
import os
import re
import sys

from tap import Tap, project_files, read

MARKED = {
    '.c': re.compile(r'(?<![A-Za-z0-9_])(N?C?_|g?_?d?n?p?gettext|g_d[np]?gettext2?) ?\('),
    '.ui': re.compile(r'translatable="(yes|true)"'),
    '.in': re.compile(r'.'),
    '.gschema.xml': re.compile(r'<summary>'),
}


def main():
    top = sys.argv[1]
    tap, files = Tap(), project_files(top)
    listed = [line for line in read(top, 'po/POTFILES.in').splitlines() if line and not line.startswith('#')]
    marked = [path for path in files if path.startswith(('src/', 'ui/', 'data/'))
              for ending, pattern in MARKED.items() if path.endswith(ending) and pattern.search(read(top, path))]
    if '--write' in sys.argv[2:]:
        with open(os.path.join(top, 'po/POTFILES.in'), 'w', encoding='utf-8') as stream:
            stream.write('# Every file with words for people: tests/house/test-translations.py . --write\n' + ''.join(path + '\n' for path in sorted(marked)))
        return
    tap.check('po/POTFILES.in names every file with words for people', sorted(set(marked) - set(listed)))
    tap.check('po/POTFILES.in names nothing that is not there', sorted(set(listed) - set(files)))
    tap.check('po/POTFILES.in is sorted', [] if listed == sorted(listed) else ['sort it'])
    tap.check('po/LINGUAS and the catalogues agree',
              sorted(set(read(top, 'po/LINGUAS').split()) ^ {path[3:-3] for path in files if re.match(r'po/[^/]+\.po$', path)}))
    sys.exit(tap.end())


main()
