#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Esc is Stop from everywhere: test-stop-key.py LAMPWORK"""
import sys

from lampwork_ui import Desktop, Scenario


def main():
    scenario = Scenario()
    with Desktop() as desktop, desktop.start([sys.argv[1], '--simulated', 'arm-7']) as app:
        def mode():
            """The word in the header, the first label that is a mode."""
            modes = ('Connected', 'Guide', 'Hold', 'Armed', 'Running', 'Stopped', 'Fault')
            return next((widget.name for widget in app.walk() if widget.role == 'label' and widget.name in modes), None)

        def hold():
            app.page('Arm')
            if mode() == 'Stopped':
                app.find('button', 'Reset').press()
                app.wait(lambda: mode() != 'Stopped', 'the arm to be reset')
            app.find('button', 'Hold').press()
            app.wait(lambda: mode() == 'Hold', 'the arm to hold')

        def stopped_by_escape():
            app.keys('Escape')
            app.wait(lambda: mode() == 'Stopped', 'the arm to be stopped')

        with scenario.step('in the window', app):
            hold()
            stopped_by_escape()
        with scenario.step('with a menu open', app):
            hold()
            app.find('button', 'Open').press()
            app.wait(lambda: len(app.x_windows()) == 2, 'the menu')
            stopped_by_escape()
            app.wait(lambda: len(app.x_windows()) == 1, 'the menu to close as well')
        with scenario.step('with a drop-down list open', app):
            hold()
            app.page('Learn')
            app.find('combo box', 'Where').click()
            app.wait(lambda: len(app.x_windows()) == 2, 'the list')
            stopped_by_escape()
        with scenario.step('in another window', app):
            hold()
            app.find('button', 'Menu').press()
            app.find('menu item', 'About Lampwork').press()
            app.wait(lambda: len(app.windows()) == 2, 'the window about the program')
            stopped_by_escape()
        with scenario.step('and nothing complained', app):
            assert not app.complaints(), app.complaints()
    scenario.end()


main()
