#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten demonstrations on Wayland without a mouse: wayland.py LAMPWORK

sway draws nowhere, wtype presses the keys, AT-SPI looks. Skipped, with the reason, where one of the two is not installed."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from lampwork_steps import Person
from lampwork_ui import App, Desktop, Scenario

DEMONSTRATIONS = 10
PAGES = ('Arm', 'Teach', 'Data', 'Model', 'Learn', 'Perform')
MOST_TABS = 40
NOBODY = 65534


class WaylandApp(App):
    """There is one window, and it has the keyboard."""

    def x_windows(self):
        return [(0, 0, 0, self.desktop.width, self.desktop.height)]

    def _focus(self):
        pass

    def keys(self, *names):
        for name in names:
            *modifiers, key = name.split('+')
            command = ['wtype']
            for modifier in modifiers:
                command += ['-M', modifier]
            command += ['-k', key]
            for modifier in reversed(modifiers):
                command += ['-m', modifier]
            subprocess.run(command, check=True, capture_output=True)
            time.sleep(0.05)


class WaylandDesktop(Desktop):
    def __init__(self):
        super().__init__()
        self._folder = tempfile.mkdtemp(prefix='lampwork-sway-')
        config = os.path.join(self._folder, 'config')
        with open(config, 'w', encoding='utf-8') as stream:
            stream.write(f'output * resolution {self.width}x{self.height}\ndefault_border none\nxwayland disable\n')
        environment = {**os.environ, 'HOME': self._folder, 'XDG_RUNTIME_DIR': self._folder, 'WLR_BACKENDS': 'headless', 'WLR_RENDERER': 'pixman', 'WLR_LIBINPUT_NO_DEVICES': '1'}
        nobody = {}
        if os.geteuid() == 0: # sway refuses to be root
            os.chown(self._folder, NOBODY, NOBODY)
            nobody = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []}
        self._spawn(['sway', '-c', config], env=environment, cwd=self._folder, **nobody)
        deadline = time.monotonic() + 20
        while not (sockets := [name for name in os.listdir(self._folder) if re.fullmatch(r'wayland-\d+', name)]):
            assert time.monotonic() < deadline, 'sway did not start'
            time.sleep(0.05)
        os.environ.update({'WAYLAND_DISPLAY': os.path.join(self._folder, sockets[0]), 'GDK_BACKEND': 'wayland'})
        self._spawn(['wtype', '-s', '3600000']) # a keyboard that stays: a window without one has no focus

    def close(self):
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, command, **environment):
        return WaylandApp(self, command, environment)


def main():
    missing = [name for name in ('sway', 'wtype') if shutil.which(name) is None]
    if missing:
        print(f'1..0 # SKIP {" and ".join(missing)} not installed')
        return
    scenario = Scenario()
    with WaylandDesktop() as desktop, desktop.start([sys.argv[1]]) as app:
        person = Person(app)

        def go(title):
            app.keys(f'ctrl+{PAGES.index(title) + 1}')
            tab = app.find('tab', title)
            app.wait(lambda: 'selected' in tab.states(), f'the page {title}')
            return app.find(None, f'{title} page')

        def press(role, name, under, key='Return'):
            widget = app.find(role, name, under=under)
            app.wait(widget.is_sensitive, f'{widget!r} to be possible')
            for _ in range(MOST_TABS):
                if 'focused' in widget.states():
                    app.keys(key)
                    return
                app.keys('Tab')
            raise AssertionError(f'{widget!r} was not reached by {MOST_TABS} tabs')

        with scenario.step('a new project, the simulated arm'):
            app.keys('ctrl+n')
            app.find('label', re.compile(r'^Project 1\.lampwork'))
            press('button', 'Connect', go('Arm'))
            person.wait_mode('Connected')

        with scenario.step(f'{DEMONSTRATIONS} demonstrations by the keyboard'):
            page = go('Teach')
            app.keys('g')
            person.wait_mode('Guide')
            press('checkbox', re.compile('^Count in'), page, key='Return')
            app.wait(lambda: 'checked' not in app.find('checkbox', re.compile('^Count in'), under=page).states(), 'the count-in to be off')
            record = app.find('button', 'Record (Space)', under=page)
            for n in range(1, DEMONSTRATIONS + 1):
                app.keys('space')
                app.wait(lambda: record.current_name() == 'Stop recording (Space)', f'recording {n} to begin')
                time.sleep(0.5)
                app.keys('space')
                app.wait(lambda: record.current_name() == 'Record (Space)', f'recording {n} to end')
                time.sleep(0.2) # its end is being written
            app.wait(lambda: len(app.find_all('list item', re.compile('·'), under=page)) == DEMONSTRATIONS, f'{DEMONSTRATIONS} demonstrations in the list')

        with scenario.step('Esc stops, Ctrl+Q quits'):
            app.keys('Escape')
            person.wait_mode('Stopped')
            app.keys('ctrl+q')
            assert app.wait_end(30) == 0
            assert not app.complaints(), app.complaints()
    scenario.end()


if __name__ == '__main__':
    sys.exit(main())
