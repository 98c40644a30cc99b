#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An installed Lampwork is whole and finds its own things: test-install.py SOURCE-ROOT BUILD-ROOT (window|bare)

Installs below a folder of its own (DESTDIR), looks for every file, and starts the programs from there, away from the sources and without LW_DATA_DIR.
"""
import glob
import os
import subprocess
import sys
import tempfile

from tap import Tap, project_files

APP_ID = 'org.lampwork.Lampwork'
BARE = ['bin/lampwork-cli', 'bin/lampwork-sim', 'libexec/lampwork-check-model', 'share/man/man1/lampwork-cli.1', 'share/man/man1/lampwork-sim.1']
WINDOW = ['bin/lampwork', 'share/man/man1/lampwork.1', f'share/applications/{APP_ID}.desktop', f'share/metainfo/{APP_ID}.metainfo.xml',
          f'share/glib-2.0/schemas/{APP_ID}.gschema.xml', f'share/mime/packages/{APP_ID}.xml',
          f'share/icons/hicolor/scalable/apps/{APP_ID}.svg', f'share/icons/hicolor/symbolic/apps/{APP_ID}-symbolic.svg']


def start(home, root, *command):
    """None when it ends well, otherwise what it said."""
    clean = {name: value for name, value in os.environ.items()
             if name in ('PATH', 'LANG', 'LC_ALL', 'DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'GSK_RENDERER', 'LIBGL_ALWAYS_SOFTWARE')}
    share = os.path.join(root, 'share')
    environment = {**clean, 'HOME': home, 'XDG_DATA_DIRS': f'{share}:/usr/share', 'GSETTINGS_BACKEND': 'memory', 'G_DEBUG': 'fatal-criticals'}
    try:
        result = subprocess.run([os.path.join(root, 'bin', command[0]), *command[1:]], env=environment, cwd=home, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    except OSError as error:
        return f'{command}: {error}'
    except subprocess.TimeoutExpired as error:
        return f'{command}: still running after {error.timeout} s'
    return None if result.returncode == 0 else f'{command}: ended with {result.returncode}\n{result.stdout[-2000:]}'


def main():
    top, build, kind = sys.argv[1:4]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        destination, home = os.path.join(folder, 'root'), os.path.join(folder, 'home')
        os.mkdir(home)
        installed = subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--quiet'], env={**os.environ, 'DESTDIR': destination},
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        tap.check('meson install', [installed.stdout[-3000:]] if installed.returncode else [])
        roots = [os.path.dirname(path) for path in glob.glob(f'{destination}/**/bin', recursive=True)]
        root = roots[0] if roots else destination

        data = [f'share/lampwork/{path[5:]}' for path in project_files(top)
                if path.startswith(('data/arms/', 'data/samples/')) and not path.endswith('meson.build')]
        wanted = BARE + data + (WINDOW if kind == 'window' else [])
        tap.check('every file is there', [path for path in wanted if not os.path.exists(os.path.join(root, path))])
        tap.check('arms and samples are there', [f'none in data/{name}' for name in ('arms', 'samples') if not any(f'lampwork/{name}/' in path for path in data)])

        def begin(*command):
            return [said for said in [start(home, root, *command)] if said]
        tap.check('lampwork-cli starts', begin('lampwork-cli', '--help'))
        tap.check('lampwork-sim starts', begin('lampwork-sim', '--help'))
        if kind == 'window':
            subprocess.run(['glib-compile-schemas', '--strict', os.path.join(root, 'share/glib-2.0/schemas')], check=True)
            if os.environ.get('DISPLAY'):
                tap.check('the window opens with the sample project, in an empty home directory', begin('lampwork', '--sample', '--exit-after-startup'))
                tap.check('the sample project was made from the installed samples',
                          [] if glob.glob(f'{home}/.local/share/lampwork/*.lampwork') else ['no project in ~/.local/share/lampwork'])
            else:
                tap.skip('the window opens with the sample project, in an empty home directory', 'no display')
    sys.exit(tap.end())


main()
