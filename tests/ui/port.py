#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An arm on a port, for each protocol that can be searched for: looked for, connected by reading only, its cable pulled and plugged in again: port.py LAMPWORK SIMULATOR"""
import os
import re
import sys
import time

from lampwork_servos import Cable
from lampwork_steps import Person
from lampwork_ui import Desktop, Scenario

ARMS = (('so-101', 'SO-101'), ('koch-v1.1', 'Koch v1.1'))


def device_words(app):
    """What the header says the device is; it is the one label of the status “Device”."""
    return app.find('label', under=app.find('status', 'Device')).current_name()


def choose(app, page, path, title):
    app.find('combo box', 'Device', under=page).choose('Other port or network address')
    app.find('text box', 'Port, or host:port', under=page).text = path
    app.find('combo box', 'Arm', under=page).choose(title)


def written(app, page):
    """Words of the packets that were written to servos since the list was cleared."""
    return [line for line in app.find('text box', 'Packets on the bus', under=page).text.splitlines() if line.strip()]


def work(app, scenario, cable, title):
    person = Person(app)
    page = person.page('Arm')

    with scenario.step(f'{title}: servos are found, at the speed they have', app):
        choose(app, page, cable.path, title)
        app.find('tab', 'Servos', under=page).press()
        app.find('button', 'Look for servos', under=page).press()
        app.find('button', 'Cancel the search', under=page)
        app.find('button', 'Look for servos', under=page, timeout=60)
        app.find('label', re.compile('^6 servos answer'), under=page)

    with scenario.step(f'{title}: connecting only reads', app):
        app.find('tab', 'Packets', under=page).press()
        only = app.find('checkbox', 'Only what is written to servos', under=page)

        def is_checked():
            """A click while the view is still changing goes past it."""
            if 'checked' not in only.states():
                only.click()
                time.sleep(0.3)
            return 'checked' in only.states()
        app.wait(is_checked, 'only what is written to be listed')
        app.find('button', 'Clear', under=page).press()
        connect = app.find('button', 'Connect', under=page)
        app.wait(connect.is_sensitive, 'the search to be over')
        connect.press()
        person.wait_mode('Connected')
        assert device_words(app) == cable.path, device_words(app)
        time.sleep(1.0)
        assert not written(app, page), written(app, page)[:3]

    with scenario.step(f'{title}: torque on, and off again', app):
        app.find('button', 'Hold', under=page).press()
        person.wait_mode('Hold')
        app.wait(lambda: written(app, page), 'writes to be listed')
        app.find('button', 'Release', under=page).press()
        person.wait_mode('Connected')

    with scenario.step(f'{title}: the cable is pulled while a demonstration is recorded', app):
        person.guide()
        teach = person.page('Teach')
        count_in = app.find('checkbox', 'Count in 3 – 2 – 1', under=teach)
        if 'checked' in count_in.states():
            count_in.click()
        before = len(app.find_all('list item', re.compile('·'), under=teach))
        app.keys('space')
        app.find('button', 'Stop recording (Space)', under=teach)
        time.sleep(1.5)
        cable.pull()
        person.wait_mode('Fault', timeout=3)
        app.wait(lambda: device_words(app) == 'Disconnected', 'the header to say that it is gone', timeout=3)
        app.wait(lambda: len(app.find_all('list item', re.compile('·'), under=teach)) == before + 1, 'what was recorded to be listed')

    with scenario.step(f'{title}: plugged in again', app):
        cable.plug()
        app.find('button', 'Reconnect', timeout=10).press()
        app.wait(lambda: device_words(app) == cable.path, 'the arm to be back', timeout=15)
        person.wait_mode('Connected')
        app.find('button', 'Disconnect', under=person.page('Arm')).press()
        app.wait(lambda: device_words(app) == 'Disconnected', 'the arm to be left')


def main():
    program, simulator = sys.argv[1:3]
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop, desktop.start([program, '--sample']) as app:
        for arm, title in ARMS:
            with Cable(simulator, arm, os.path.join(desktop.home, arm)) as cable:
                work(app, scenario, cable, title)
        assert not app.complaints(), app.complaints()
    scenario.end()


if __name__ == '__main__':
    sys.exit(main())
