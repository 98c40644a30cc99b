#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the driver to the probe window: test-driver.py PROBE-WINDOW"""
import sys

from lampwork_ui import Desktop, Failure, Scenario


def main():
    scenario = Scenario()
    with Desktop() as desktop, desktop.start(sys.argv[1:]) as app:
        def said(line):
            app.wait(lambda: line in app.log().splitlines(), f'the window to print {line!r}')

        with scenario.step('buttons, toggles and switches'):
            app.find('button', 'Stop').press()
            said('clicked stop')
            hold = app.find('button', 'Hold')
            hold.press()
            said('toggled 1')
            assert 'pressed' in hold.states()
            torque = app.find('switch', 'Torque')
            torque.click()
            said('switch 1')
            assert 'checked' in torque.states()

        with scenario.step('values'):
            scale = app.find('slider', 'KL bound')
            scale.value = 0.5
            said('scale 0.5')
            assert scale.value == 0.5
            app.find('spin button', 'Components').value = 4
            said('spin 4')

        with scenario.step('text'):
            entry = app.find('text box', 'Context x')
            entry.text = '1.25'
            said('entry 1.25')
            app.find('text box', 'Row entry').text = 'abc'
            said('entry abc')
            entry.click(repeat=3)
            app.type('7.5')
            app.wait(lambda: entry.text == '7.5', 'the typed text to replace the old one')

        with scenario.step('combo box'):
            app.find('combo box', 'Task').choose('Reach target')
            said('chosen 1')

        with scenario.step('menu'):
            app.find('button', 'Main menu').press()
            assert app.find('menu item', 'Quit it')
            app.keys('Escape')
            said('key Escape')

        with scenario.step('mouse'):
            plot = app.find('widget', 'Plot')
            bounds = plot.bounds()
            plot.drag((0, 0), (0.5, 0.5), (0.5, 0), seconds=0.2)
            said('drag from 0 0')
            said(f'drag by {round(bounds.x + 0.5 * (bounds.width - 1)) - bounds.x} 0')

        with scenario.step('pages'):
            plot, second = app.find('widget', 'Plot'), app.find('button', 'On the second page')
            assert plot.is_shown() and not second.is_shown()
            app.page('Second')
            app.wait(second.is_shown, 'the second page')
            assert not plot.is_shown()
            second.press()
            said('clicked second')
            app.page('First')
            app.wait(plot.is_shown, 'the first page')
            assert app.find('slider', under=app.find(name='First page')).name == 'KL bound'

        with scenario.step('pixels'):
            assert len(app.find('widget', 'Plot').colours(share=0.1)) == 4
            assert list(app.find('widget', 'Scene').colours(share=0.9)) == [(51, 102, 153)]

        with scenario.step('failures are told'):
            try:
                app.find('button', 'Nowhere', timeout=0.2)
            except Failure as failure:
                assert 'Nowhere' in str(failure)
            else:
                raise AssertionError('a widget that is not there was found')

        with scenario.step('the end'):
            assert not app.complaints(), app.complaints()
            app.close_window()
            assert app.wait_end() == 0
    scenario.end()


main()
