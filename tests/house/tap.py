# SPDX-License-Identifier: GPL-3.0-or-later
"""TAP lines for the checks of this folder, and the list of the project's files."""
import os
import subprocess


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def check(self, name, objections):
        """One test; @objections: what is wrong, one string each; none is a pass."""
        self.count += 1
        print(f'{"not ok" if objections else "ok"} {self.count} - {name}', flush=True)
        for objection in objections:
            print('\n'.join('# ' + line for line in str(objection).splitlines()), flush=True)
        self.bad += bool(objections)

    def skip(self, name, reason):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {reason}', flush=True)

    def end(self):
        print(f'1..{self.count}')
        return 1 if self.bad else 0


def project_files(top):
    """Relative paths of what belongs to the project: what git tracks, or every file of an unpacked archive."""
    if os.path.exists(os.path.join(top, '.git')):
        listed = subprocess.run(['git', '-c', 'safe.directory=*', '-C', top, 'ls-files', '-z'], check=True, capture_output=True, text=True).stdout
        return sorted(path for path in listed.split('\0') if path and os.path.exists(os.path.join(top, path)))
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith('build') and name != '__pycache__']
        found += [os.path.relpath(os.path.join(folder, name), top) for name in names]
    return sorted(found)


def read(top, path):
    with open(os.path.join(top, path), encoding='utf-8', errors='replace') as stream:
        return stream.read()
