#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""All six pages without a mouse, and nothing that takes the focus without a name: keyboard.py LAMPWORK

Connects, records ten demonstrations, leaves one out, fits, learns, moves a slider, previews and runs the movement, with keys alone. In the simulation a hand
that guides the arm is a mouse, so what is recorded here is an arm that stands still."""
import os
import re
import sys
import time

from lampwork_steps import Person
from lampwork_ui import ACCESSIBLE, Desktop, Scenario

PAGES = ('Arm', 'Teach', 'Data', 'Model', 'Learn', 'Perform')
VIEWS = ('Joints', 'Servos', 'Calibrate', 'Limits', 'Alarms', 'Packets')
DEMONSTRATIONS = 10
MOST_TABS = 80
CLASS_NAME = re.compile(r'^(Gtk|Adw|Lw)[A-Z]\w*$')
FOCUSABLE = 1 << 11


class Typist(Person):
    def go(self, title):
        """A page by its number, not by its tab."""
        self.app.keys(f'ctrl+{PAGES.index(title) + 1}')
        tab = self.app.find('tab', title)
        self.app.wait(lambda: 'selected' in tab.states(), f'the page {title}')
        return self.page(title)

    def tab_to(self, role, name, under):
        """Tab until it has the focus."""
        widget = self.app.find(role, name, under=under)
        for _ in range(MOST_TABS):
            if 'focused' in widget.states():
                return widget
            self.app.keys('Tab')
            time.sleep(0.03)
        raise AssertionError(f'{widget!r} was not reached by {MOST_TABS} tabs')

    def press_by_key(self, role, name, under, key='Return'):
        widget = self.app.find(role, name, under=under)
        self.app.wait(widget.is_sensitive, f'{widget!r} to be possible')
        self.tab_to(role, name, under)
        self.app.keys(key)
        return widget


def nameless(app):
    """What can take the focus and tells a screen reader nothing."""
    widgets = list(app.walk())
    states = app._call_many([(widget.path, ACCESSIBLE, 'GetState', None) for widget in widgets])
    found = []
    for widget, answer in zip(widgets, states):
        if answer is not None and answer[0][0] & FOCUSABLE and (not widget.name.strip() or CLASS_NAME.match(widget.name)):
            if any(a.name == 'AdwToastWidget' for a in widget._ancestors()):
                continue # libadwaita 1.2 gives the button that closes a toast no name
            above = [f'{a.role} {a.name!r}' for a in widget._ancestors() if a.name and not CLASS_NAME.match(a.name)][:2]
            found.append(f'{widget.role} {widget.name!r} in ' + ' in '.join(above))
    return found


def main():
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop, desktop.start([sys.argv[1]]) as app:
        typist = Typist(app)
        with scenario.step('a new project', app):
            app.keys('ctrl+n')
            app.find('label', re.compile(r'^Project 1\.lampwork'))

        with scenario.step('connect', app):
            typist.press_by_key('button', 'Connect', typist.go('Arm'))
            typist.wait_mode('Connected')

        with scenario.step('the views of the arm, by arrows; what takes the focus there has a name', app):
            page = typist.page('Arm')
            typist.tab_to('tab', VIEWS[0], page)
            for view in VIEWS[1:]:
                app.keys('Right', 'space')
                tab = app.find('tab', view, under=page)
                app.wait(lambda: 'selected' in tab.states(), f'the view {view}')
                found = nameless(app)
                assert not found, f'{view}: {len(found)} without a name:\n' + '\n'.join(found)

        with scenario.step('a limit is changed and applied', app):
            typist.tab_to('tab', VIEWS[-1], page)
            app.keys(*['Left', 'space'] * (len(VIEWS) - 1 - VIEWS.index('Limits')))
            spin = typist.tab_to('spin button', 'Joint 1: Speed, °/s', page)
            app.keys('ctrl+a')
            app.type('40')
            app.keys('Tab')
            app.wait(lambda: abs(spin.value - 40) < 0.5, 'the number to be taken')
            before = app.find('label', re.compile('^limits [0-9A-F]')).current_name()
            typist.press_by_key('button', 'Apply', page)
            app.wait(lambda: any(text.startswith('limits ') and text != before for text in app.texts()), 'another code')
            typist.wait_mode('Connected')
            typist.tab_to('tab', 'Limits', page)
            app.keys(*['Left', 'space'] * VIEWS.index('Limits'))
            app.find('slider', 'Joint 1, degrees', under=page)

        with scenario.step(f'record {DEMONSTRATIONS} demonstrations', app):
            page = typist.go('Teach')
            typist.press_by_key('checkbox', re.compile('^Count in'), page)
            app.wait(lambda: 'checked' not in app.find('checkbox', re.compile('^Count in'), under=page).states(), 'the count-in to be off')
            record = app.find('button', 'Record (Space)', under=page)
            for n in range(1, DEMONSTRATIONS + 1):
                app.keys('space')
                app.wait(lambda: record.current_name() == 'Stop recording (Space)', f'recording {n} to begin')
                time.sleep(0.6)
                app.keys('space')
                app.wait(lambda: record.current_name() == 'Record (Space)', f'recording {n} to end')
                time.sleep(0.2) # its end is being written
            app.wait(lambda: len(app.find_all('list item', re.compile('·'), under=page)) == DEMONSTRATIONS, f'{DEMONSTRATIONS} demonstrations in the list')

        with scenario.step('Delete discards the last, Ctrl+Z brings it back', app):
            rows = lambda: len(app.find_all('list item', re.compile('·'), under=page))
            app.keys('Delete')
            app.wait(lambda: rows() == DEMONSTRATIONS - 1, 'one to be gone')
            app.keys('ctrl+z')
            app.wait(lambda: rows() == DEMONSTRATIONS, 'it to be back')

        with scenario.step('leave one out', app):
            page = typist.go('Data')
            typist.press_by_key('checkbox', 'Use Demonstration 3', page, key='space')
            app.find('label', re.compile(f'^{DEMONSTRATIONS} demonstrations, {DEMONSTRATIONS - 1} in use'), under=page)

        with scenario.step('fit', app):
            page = typist.go('Model')
            typist.press_by_key('button', 'Fit', page)
            app.find('label', re.compile('Log-likelihood'), under=page, timeout=30)

        with scenario.step('look at other K and d, and go back', app):
            typist.press_by_key('button', 'Suggest K and d', page)
            app.find('button', 'Back to the model', under=page, timeout=60)
            assert app.find('button', re.compile(r'^Use K = \d+, d = \d+$'), under=page).is_sensitive()
            typist.press_by_key('button', 'Back to the model', page)
            app.wait(lambda: not app.find_all('button', 'Back to the model', under=page, shown=True), 'the model to be back')

        with scenario.step('another algorithm has other settings', app):
            page = typist.go('Learn')
            for keys, slider in ((('Down', 'Down'), 'Weight of the past'), (('Home',), 'Regularisation')):
                typist.tab_to('combo box', 'Algorithm', page)
                app.keys('space')
                app.wait(lambda: len(app.x_windows()) == 2, 'the list')
                app.keys(*keys, 'Return')
                app.wait(lambda: len(app.x_windows()) == 1, 'the list to close')
                app.find('slider', slider, under=page)

        with scenario.step('learn and move a slider', app):
            typist.press_by_key('button', 'Start', page)
            app.find('label', re.compile(r'^Iteration \d+: return'), under=page, timeout=30)
            slider = typist.tab_to('slider', 'KL bound', page)
            before = slider.value
            app.keys('Right', 'Right')
            app.wait(lambda: slider.value > before, 'the slider to move')
            app.keys('Escape')
            app.wait(lambda: app.find('progress bar', under=page).name == 'Run ended', 'the run to end')

        with scenario.step('arm the arm, move a joint', app):
            page = typist.go('Arm')
            if typist.mode() == 'Stopped':
                typist.press_by_key('button', 'Reset', None)
                typist.wait_mode('Connected')
            for button, mode in (('Hold', 'Hold'), ('Arm', 'Armed')):
                typist.press_by_key('button', button, page)
                typist.wait_mode(mode)
            typist.tab_to('slider', 'Joint 1, degrees', page)
            app.keys(*['shift+Right'] * 4)
            app.wait(lambda: any(re.match(r'^(19|20)\.\d°$', text) for text in app.texts(page)), 'joint 1 to be at 20°')

        with scenario.step('preview and run', app):
            page = typist.go('Perform')
            typist.press_by_key('button', 'Preview', page)
            app.find('label', re.compile('slower than learned'), under=page)
            typist.press_by_key('button', 'Run on the arm', page)
            app.wait(lambda: typist.mode() == 'Running' or len(app.windows()) == 2, 'the movement or a question')
            if len(app.windows()) == 2:
                app.keys('Return')
            typist.wait_mode('Running')
            app.keys('Escape')
            typist.wait_mode('Stopped')

        with scenario.step('the menu by F10', app):
            app.keys('F10')
            app.wait(lambda: len(app.x_windows()) == 2, 'the menu')
            app.keys('Escape')
            app.wait(lambda: len(app.x_windows()) == 1, 'the menu to close')

        with scenario.step('everything that takes the focus has a name', app):
            found = nameless(app)
            assert not found, f'{len(found)} without a name:\n' + '\n'.join(found)

        with scenario.step('quit by Ctrl+Q', app):
            app.keys('ctrl+q')
            assert app.wait_end(30) == 0
            assert not app.complaints(), app.complaints()
    scenario.end()


main()
