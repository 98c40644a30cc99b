#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may include whom, and what the libraries ask the linker for: test-layers.py SOURCE-ROOT BUILD-ROOT"""
import os
import re
import subprocess
import sys

from tap import Tap, project_files, read

# The table of src/DESIGN.md in the order of the data; a folder's dependency re-exports its own.
MAY_INCLUDE = {
    'num': [], 'motion': ['num'], 'latent': ['num'], 'policy': ['num', 'latent'], 'sim': ['num'], 'bus': ['sim'], 'arm': ['bus', 'motion', 'sim'],
    'record': ['arm'], 'task': ['sim', 'motion'], 'store': ['record', 'motion', 'latent', 'policy', 'task'],
    'job': ['record', 'store', 'task', 'policy', 'latent', 'motion'], 'view': ['num'],
}
BARE_C = ('num', 'motion', 'latent', 'policy')
DISPLAY_HEADER = re.compile(r'^(gtk|gdk|gsk|adwaita|cairo|pango|epoxy|graphene)')
DISPLAY_SYMBOL = re.compile(r'^_?(gtk|gdk|gsk|adw|cairo|pango)_')
TOOLKIT_SYMBOL = re.compile(r'^_?(gtk|gdk|gsk|adw)_')
GLIB_HEADER = re.compile(r'^(glib|gio|gobject|gmodule)')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def closure(folder):
    seen = {folder}
    for below in MAY_INCLUDE[folder]:
        seen |= closure(below)
    return seen


def wrong_includes(top, files, folder, home):
    allowed, wrong = closure(folder), []
    for path in files:
        if not path.startswith(f'src/core/{folder}/') or not path.endswith(('.c', '.h')):
            continue
        for bracket, header in INCLUDE.findall(read(top, path)):
            if bracket == '"' and header in home and home[header] not in allowed:
                wrong.append(f'{path} includes {header} of {home[header]}')
            if DISPLAY_HEADER.match(header):
                wrong.append(f'{path} includes {header}: no display below src/draw')
            if folder in BARE_C and GLIB_HEADER.match(header):
                wrong.append(f'{path} includes {header}: C11 alone here')
            if header.startswith('mujoco/') and folder != 'sim':
                wrong.append(f'{path} includes {header}: MuJoCo stays in sim')
    return wrong


def undefined(archive, pattern):
    # An archive may be thin: nm then reads the objects beside it.
    listed = subprocess.run(['nm', '-u', '--format=posix', archive], check=True, capture_output=True, text=True).stdout
    return sorted({f'{os.path.basename(archive)} needs {line.split()[0]}' for line in listed.splitlines() if line and pattern.match(line)})


def main():
    top, build = sys.argv[1:3]
    tap, files = Tap(), project_files(top)
    home = {os.path.basename(path): path.split('/')[2] for path in files if re.match(r'src/core/[^/]+/[^/]+\.h$', path)}

    names = [os.path.basename(path) for path in files if path.startswith('src/') and path.endswith('.h')]
    tap.check('no two headers share a name', sorted({name for name in names if names.count(name) > 1}))
    tap.check('the table names every folder of the core', sorted({path.split('/')[2] for path in files if re.match(r'src/core/[^/]+/', path)} ^ set(MAY_INCLUDE)))
    for folder in MAY_INCLUDE:
        tap.check(f'{folder} includes only what stands before it', wrong_includes(top, files, folder, home))
        archive = os.path.join(build, 'src/core', folder, f'liblw-{folder}.a')
        tap.check(f'{folder} asks for no display',
                  undefined(archive, DISPLAY_SYMBOL) if os.path.exists(archive) else [f'{archive} was not built'])

    tap.check('GTK is included in src/app alone',
              [f'{path} includes {header}' for path in files if path.startswith('src/') and not path.startswith('src/app/') and path.endswith(('.c', '.h'))
               for _, header in INCLUDE.findall(read(top, path)) if re.match(r'^(gtk|gdk|gsk|adwaita)', header)])
    tap.check('the command line leaves drawing to src/draw',
              [f'{path} includes {header}' for path in files if path.startswith('src/cli/') and path.endswith(('.c', '.h'))
               for _, header in INCLUDE.findall(read(top, path)) if DISPLAY_HEADER.match(header)])
    draw = os.path.join(build, 'src/draw/liblw-draw.a')
    tap.check('draw asks for Cairo and Pango, for no widget', undefined(draw, TOOLKIT_SYMBOL) if os.path.exists(draw) else [f'{draw} was not built'])
    for program in ('lampwork-cli', 'lampwork-sim'):
        path = os.path.join(build, 'src/cli', program)
        if os.path.exists(path):
            needed = subprocess.run(['readelf', '-d', path], check=True, capture_output=True, text=True).stdout
            tap.check(f'{program} needs no display library', re.findall(r'\[(lib(?:gtk|adwaita|gdk)[^\]]*)\]', needed))
        else:
            tap.check(f'{program} needs no display library', [f'{path} was not built'])
    sys.exit(tap.end())


main()
