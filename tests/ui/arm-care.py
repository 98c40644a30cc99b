#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an arm needs beside moving: calibrated, limited, watched, helped with a slow adapter, found powered: arm-care.py LAMPWORK SIMULATOR"""
import glob
import json
import math
import os
import re
import sys
import time

from lampwork_servos import Cable, Hand
from lampwork_steps import Person
from lampwork_ui import Desktop, Scenario

DATA = os.environ.get('LW_DATA_DIR', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'data'))
OTHER_WAY = 'Shoulder pan'
FAULTS = """at 0 s heat 3 30
at {warm} s heat 3 64
at {hot} s heat 3 74
at {over} s heat 3 40
"""
LATENCY_MS = 16
REFUSAL = 'restart.*(hot|°C|degrees)|(hot|°C|degrees).*restart'


class Keeper(Person):
    def view(self, title):
        page = self.page('Arm')
        tab = self.app.find('tab', title, under=page)
        if 'selected' not in tab.states():
            tab.press()
            self.app.wait(lambda: 'selected' in tab.states(), f'the view {title}')
        return page

    def press_shown(self, name):
        """A button that has just come into sight: GTK presses none that is not on the screen yet."""
        button = self.app.find('button', name, under=self.page('Arm'), shown=True)
        self.app.wait(button.is_sensitive, f'{name} to be possible')
        button.press()

    def choose(self, port, title):
        page = self.page('Arm')
        if not self.app.find_all('text box', 'Port, or host:port', under=page, shown=True):
            self.app.find('combo box', 'Device', under=page).choose('Other port or network address')
        self.app.find('text box', 'Port, or host:port', under=page).text = port
        arm = self.app.find('combo box', 'Arm', under=page)
        if not any(text == title for text in self.app.texts(arm)):
            arm.choose(title)
        return page

    def connect(self):
        self.app.find('button', 'Connect', under=self.page('Arm')).press()
        self.wait_mode('Connected', timeout=30)

    def disconnect(self):
        page = self.page('Arm')
        self.app.find('button', 'Disconnect', under=page).press()
        self.app.find('button', 'Connect', under=page, timeout=30)

    def code(self):
        """Of the limits, in the status line."""
        return self.app.find('label', re.compile('^limits [0-9A-F]')).current_name()

    def banner(self, pattern, timeout=15):
        return self.app.find('label', re.compile(pattern), timeout=timeout, shown=True)


def limits_of(profile):
    with open(os.path.join(DATA, 'arms', profile + '.json'), encoding='utf-8') as stream:
        return json.load(stream)['joints']


# Joints by their ids near a stop, -1 or 1; the others in the zero pose. The floor is not touched on the way.
SWEEP = (({1: -1, 4: -1, 6: -1}, 2.4), ({1: 1, 2: -1, 3: 1, 6: 1}, 2.6), ({2: 1, 3: -1}, 2.6), ({4: 1}, 1.7), ({}, 1.2))


def near_stop(joint, end):
    inwards = 0.005 * (joint['upper'] - joint['lower'])
    return {-1: joint['lower'] + inwards, 0: 0.0, 1: joint['upper'] - inwards}[end]


def sweep(app, hand, joints, page):
    """Every joint from just before one stop to just before the other, then the zero pose."""
    for ends, seconds in SWEEP:
        hand.move([joint['zero'] + near_stop(joint, ends.get(joint['id'], 0)) for joint in joints])
        time.sleep(seconds)
    step = app.find('button', 'Next', under=page)
    app.wait(step.is_sensitive, 'every joint to be swept')
    hand.let_go()
    return step


def calibrate(app, person, hand, scenario, calibrations):
    joints = limits_of('so-101')

    with scenario.step('19: a calibration that is cancelled leaves servos and files unchanged', app):
        page = person.choose(hand.address, 'SO-101')
        person.connect()
        before = person.code()
        person.view('Calibrate')
        person.press_shown('Calibrate')
        sweep(app, hand, joints, page).press()
        app.find('button', 'Finish', under=page)
        app.find('button', 'Cancel', under=page).press()
        app.find('button', 'Calibrate', under=page, shown=True)
        assert not glob.glob(calibrations), 'cancelled, and kept in a file'
        assert not hand.written, hand.written
        assert person.code() == before

    with scenario.step('19: Finish keeps it, and the arm comes back with it', app):
        person.press_shown('Calibrate')
        sweep(app, hand, joints, page).press()
        app.find('checkbox', f'{OTHER_WAY} turns the other way', under=page).click()
        hand.move([joint['zero'] + (0.5 if joint['id'] == 1 else 0.0) for joint in joints])
        time.sleep(0.7)
        hand.let_go()
        app.find('button', 'Finish', under=page).press()
        app.wait(lambda: glob.glob(calibrations), 'the file')
        app.find('label', 'Calibrated. The arm is connected again with it.')
        person.wait_mode('Connected')
        assert not hand.written, hand.written
        with open(glob.glob(calibrations)[0], encoding='utf-8') as stream:
            kept = {joint['name']: joint for joint in json.load(stream)['joints']}
        for joint in joints:
            flipped = joint['name'] == 'shoulder_pan'
            assert kept[joint['name']]['sign'] == (-1 if flipped else 1), kept[joint['name']]
            if not flipped:
                assert abs(kept[joint['name']]['zero'] - joint['zero']) < math.radians(4), kept[joint['name']]
        person.view('Joints')
        app.wait(lambda: any(re.match(r'^[-−]2[789]\.\d°$', text) for text in app.texts(page)), 'the joint to turn the other way')

    with scenario.step('the next connection uses it', app):
        person.disconnect()
        person.connect()
        app.wait(lambda: any(re.match(r'^[-−]2[789]\.\d°$', text) for text in app.texts(page)), 'the joint to turn the other way')
        person.disconnect()


def change_limits(app, person, scenario, desktop):
    with scenario.step('limits are changed, in force, and stored with what is recorded', app):
        page = person.page('Arm')
        app.find('combo box', 'Device', under=page).choose('Simulated arm')
        person.connect()
        before = person.code()
        person.view('Limits')
        app.find('spin button', 'Joint 1: Speed, °/s', under=page).value = 40
        app.find('button', 'Apply', under=page).press()
        app.wait(lambda: person.code() != before, 'another code')
        person.wait_mode('Connected')
        assert os.path.exists(os.path.join(desktop.home, '.local', 'share', 'lampwork', 'arms', 'arm-7.json'))
        return person.code()


def heat(app, person, scenario, simulator, desktop):
    script = os.path.join(desktop.home, 'faults')
    with open(script, 'w', encoding='utf-8') as stream:
        stream.write(FAULTS.format(warm=10, hot=16, over=30))
    with Cable(simulator, 'koch-v1.1', os.path.join(desktop.home, 'koch'), '--faults', script) as cable:
        with scenario.step('34: a servo that becomes warm is an alarm, in words', app):
            page = person.choose(cable.path, 'Koch v1.1')
            person.connect()
            app.find('button', 'Hold', under=page).press()
            person.wait_mode('Hold')
            person.view('Alarms')
            app.find('label', 'Warning', under=page, timeout=30)
            person.banner('^Servo 3 .*°C')
        with scenario.step('34: too hot stops the arm, held, and says so', app):
            person.wait_mode('Fault', timeout=30)
            app.find('label', 'Stopped the arm', under=page)
            person.banner('[Hh]ot|heat')
        with scenario.step('34: no restart while it is hot; afterwards it can go on', app):
            restart = app.find('button', 'Restart the servo of Elbow flex', under=page)
            restart.press()
            app.find('label', re.compile(REFUSAL))
            app.find('label', 'Over', under=page, timeout=40)
            restart.press()
            app.wait(lambda: not app.find_all('button', re.compile('^Restart the servo'), under=page), 'the servo to be back', timeout=20)
            app.find('button', 'Reset', shown=True).press()
            person.wait_mode('Connected')
            app.find('button', 'Hold', under=page).press()
            person.wait_mode('Hold')
        with scenario.step('left powered: found again, it is said and can be lowered', app):
            app.process.kill()
            app.process.wait()
            with desktop.start([sys.argv[1], '--sample']) as again:
                keeper = Keeper(again)
                page = keeper.choose(cable.path, 'Koch v1.1')
                keeper.connect()
                keeper.banner('^The arm was left powered')
                again.find('button', 'Lower to rest', shown=True).press()
                again.wait(lambda: not again.find_all('button', 'Lower to rest', shown=True), 'the arm to be lowered', timeout=30)
                keeper.wait_mode('Connected', timeout=30)
                assert not again.complaints(), again.complaints()


def main():
    program, simulator = sys.argv[1:3]
    scenario = Scenario(os.environ.get('LW_UI_PICTURES'))
    with Desktop() as desktop:
        with desktop.start([program, '--sample']) as app:
            person = Keeper(app)
            with Hand(simulator, 'so-101', range(1, 7)) as hand:
                calibrate(app, person, hand, scenario, os.path.join(desktop.home, '.local', 'share', 'lampwork', 'calibrations', '*.json'))
            code = change_limits(app, person, scenario, desktop)
            app.keys('ctrl+q')
            assert app.wait_end(30) == 0
            assert not app.complaints(), app.complaints()

        with desktop.start([program, '--sample']) as app:
            person = Keeper(app)
            with scenario.step('limits are kept for the next start', app):
                person.page('Arm')
                person.connect()
                assert person.code() == code, (person.code(), code)
                person.disconnect()

            with Cable(simulator, 'so-101', os.path.join(desktop.home, 'slow'), '--usb-latency', str(LATENCY_MS)) as cable:
                with scenario.step('23: an adapter of 16 ms: the rate it allows', app):
                    person.choose(cable.path, 'SO-101')
                    app.find('spin button', 'Control rate, Hz', under=person.page('Arm')).value = 50
                    person.connect()
                    said = person.banner(r'answers after \d+ ms: at most \d+ readings a second', timeout=20).name
                    ms, rate = map(int, re.search(r'after (\d+) ms: at most (\d+) readings', said).groups())
                    # A question asked right before the adapter hands over is answered sooner.
                    assert LATENCY_MS * 0.5 <= ms <= LATENCY_MS * 2 and 20 <= rate <= 2000 / LATENCY_MS, said
                    person.disconnect()

            heat(app, person, scenario, simulator, desktop)
    scenario.end()


if __name__ == '__main__':
    sys.exit(main())
