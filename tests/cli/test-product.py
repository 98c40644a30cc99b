#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of the command line with an arm on a port, Dynamixel and Feetech, each check named after its item: test-product.py LAMPWORK-CLI LAMPWORK-SIM"""
import json
import math
import os
import signal
import subprocess
import sys
import time

from lampwork_cli import DATA, PROGRAM, Folder, Tap, run, succeeds, write
from lampwork_line import Line

SIM = os.path.abspath(sys.argv[2])
TICKS_PER_RAD = 4096 / (2 * math.pi)
REST = 0.02  # rad
tap = Tap()


def movement():
    """Joint 1 to and fro, six seconds."""
    rows = ['demo,t,q0,q1,q2,q3,q4,q5']
    for i in range(301):
        rows.append(f'1,{0.02 * i},{0.8 * math.sin(math.pi * i / 300) ** 2},' + ','.join(['0'] * 5))
    return '\n'.join(rows) + '\n'


def profile(folder, protocol):
    """desk-6 with servos of @protocol."""
    with open(os.path.join(DATA, 'arms', 'desk-6.json'), encoding='utf-8') as stream:
        arm = json.load(stream)
    arm.update(protocol=protocol, model=os.path.abspath(os.path.join(DATA, 'arms', arm['model'])))
    return write(folder, f'desk-{protocol}.json', json.dumps(arm))


def wants(what, said):
    return [] if what else [said]


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_under_way(line):
    """The arm is powered, and far from where its torque came on."""
    told = line.goals()
    return len(told) > 50 and max(abs(a - b) for a, b in zip(told[0][1], told[-1][1])) > 0.2 * TICKS_PER_RAD


def lowered(line, since):
    """Objections to an arm that should have been lowered to rest from @since on before it was let go."""
    told, torque = line.goals(), line.torque()
    after = [goal for t, goal in told if t > since]
    if not torque or any(torque[-1][1]):
        return ['torque was not switched off']
    if not told or torque[-1][0] < told[-1][0]:
        return ['goals came after torque was off']
    astray = max(abs(a - b) for a, b in zip(told[0][1], told[-1][1])) / TICKS_PER_RAD
    longest = max(abs(a - b) for old, new in zip(after, after[1:]) for a, b in zip(old, new)) / TICKS_PER_RAD
    # The simulated arm is at rest where its torque came on first.
    return wants(len(after) > 20, f'only {len(after)} goals on the way down') + wants(astray < REST, f'let go {astray:.3f} rad from rest') + wants(
        longest < 0.1, f'a step of {longest:.3f} rad on the way down')


def test_leave(line, arm, path, home, number, name):
    command = [PROGRAM, 'replay', path, '--port', line.address, '--arm', arm, '--speed', '1', '--from', 'here']
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=home)
    moving = wait_until(lambda: is_under_way(line) or process.poll() is not None, 20) and process.poll() is None
    since = time.monotonic()
    process.send_signal(number)
    if name == 'terminal closes':
        process.send_signal(number)  # shell and kernel both tell
    out, err = process.communicate(timeout=40)
    objections = wants(moving, 'the arm did not move') + wants(process.returncode == 1 and 'stopped before the end' in err, f'exit {process.returncode}: {out}{err}')
    tap.check(f'/product/10-{name.replace(" ", "-")}/{line.protocol}', objections + lowered(line, since))


def test_record(line, arm, path, home):
    process = subprocess.Popen([PROGRAM, 'record', '--port', line.address, '--arm', arm, '--output', path, '--seconds', '60', '--json'], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=home)
    wait_until(lambda: len(line.packets()) > 200 or process.poll() is not None, 20)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    powered = [values for _, values in line.torque() if any(values)]
    tap.check(f'/product/10-sigterm-while-recording/{line.protocol}',
              wants(process.returncode == 0 and json.loads(out)['samples'] > 20, f'exit {process.returncode}: {out}{err}') + wants(not powered, 'torque was switched on'))


with Folder() as folder:
    home = {**os.environ, 'XDG_DATA_HOME': folder}
    path = write(folder, 'movement.csv', movement())
    for protocol in ('dynamixel', 'feetech'):
        arm = profile(folder, protocol)
        with Line(SIM, arm, protocol) as line:
            found = run('scan', '--port', line.address, '--arm', arm, '--json', env=home)
            every = run('scan', '--port', line.address, '--protocol', protocol, '--ids', '0-20', '--baud', 'all', '--json', env=home)
            ports = run('ports', '--remember', 'bench', '--port', line.address, '--arm', arm, env=home)
            tap.check(f'/product/04-scan-and-ports-write-nothing/{protocol}',
                      succeeds(found) + succeeds(every) + succeeds(ports) + wants(len(found.lines()) == 6, found.out) + wants(len(line.packets()) > 20, 'nothing was asked')
                      + wants(not line.writes(), f'{len(line.writes())} packets written, the first {line.writes()[:1]}'))
        with Line(SIM, arm, protocol) as line:
            test_record(line, arm, os.path.join(folder, f'{protocol}.lampwork'), home)
        for number, name in ((signal.SIGTERM, 'sigterm'), (signal.SIGHUP, 'terminal closes')):
            with Line(SIM, arm, protocol) as line:
                test_leave(line, arm, path, home, number, name)
sys.exit(tap.end())
