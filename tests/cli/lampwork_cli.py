# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of lampwork-cli share: running it, golden arrays, and .npy files without NumPy."""
import array
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'house'))
from tap import Tap  # noqa: E402  (the same TAP lines as the house's tests)

PROGRAM = os.path.abspath(sys.argv[1])
SHARED = os.environ.get('LW_SHARED_DIR', '')
DATA = os.environ.get('LW_DATA_DIR', '')
LONG = os.environ.get('LW_LONG') == '1'
SAMPLES = os.path.join(DATA, 'samples', 'reach-target.csv')


class Result:
    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def said(self):
        return f'{" ".join(self.arguments)}: exit code {self.code}\n{self.err}'


def run(*arguments, env=None, cwd=None, timeout=100):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, encoding='utf-8', timeout=timeout, check=False, cwd=cwd,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
    return Result(arguments, done.returncode, done.stdout, done.stderr)


def succeeds(result):
    """Objections, for Tap.check."""
    return [] if result.code == 0 else [result.said()]


def shared(*parts):
    path = os.path.join(SHARED, *parts)
    return path if os.path.exists(path) else None


def read_npy(path):
    """(shape, values in C order) of a float64 or int64 file."""
    with open(path, 'rb') as stream:
        data = stream.read()
    length, = struct.unpack('<H', data[8:10])
    header = data[10:10 + length].decode('latin-1')
    shape = tuple(int(n) for n in re.search(r"'shape': \(([^)]*)\)", header).group(1).split(',') if n.strip())
    values = array.array('q' if '<i8' in header else 'd', data[10 + length:])
    return shape, list(values)


def write_npy(path, shape, values, kind='<f8', order=False):
    text = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}), }}"
    text += ' ' * (-(len(text) + 11) % 64) + '\n'
    with open(path, 'wb') as stream:
        stream.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(text)) + text.encode())
        array.array('q' if kind == '<i8' else 'd', values).tofile(stream)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)
    return path


def without_timing(result):
    return [{key: value for key, value in line.items() if key != 'seconds'} for line in result.lines()]


class Folder:
    """A temporary folder: with Folder() as path."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='lampwork-cli-')
        return self.path

    def __exit__(self, *unused):
        shutil.rmtree(self.path)


__all__ = ['Tap', 'Folder', 'Result', 'run', 'succeeds', 'shared', 'read_npy', 'write_npy', 'write', 'without_timing', 'PROGRAM', 'SHARED', 'DATA', 'LONG', 'SAMPLES']
