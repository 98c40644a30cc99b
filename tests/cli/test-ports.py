#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ports, scan, and arms on ports: test-ports.py LAMPWORK-CLI LAMPWORK-SIM

The arm is simulated by another process, on a pseudo-terminal and on the network."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

from lampwork_cli import PROGRAM, Folder, Tap, run, succeeds

SIM = os.path.abspath(sys.argv[2])
tap = Tap()


class Simulator:
    """with Simulator('--arm', 'desk-6', ...) as the process that has printed its port."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.process = subprocess.Popen([SIM, *self.arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.process.stdout.readline()
        return self.process

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def servos(result):
    return [(line['id'], line['protocol'], line['model']) for line in result.lines()]


def wants(what, result):
    return [] if what else [result.said() + result.out]


with Folder() as folder:
    home = {'XDG_DATA_HOME': folder}
    pty = os.path.join(folder, 'arm')

    # ---- ports ----
    empty = run('ports', '--json', env=home)
    tap.check('the ports are listed, no pseudo-terminal among them', succeeds(empty) + wants(all(not line['port'].startswith('/dev/pts') for line in empty.lines()), empty))
    kept = run('ports', '--remember', 'bench', '--port', 'tcp:127.0.0.1:4000', '--arm', 'desk-6', '--baud', '57600', '--json', env=home)
    known = [line for line in kept.lines() if line.get('name') == 'bench'] if kept.code == 0 else []
    tap.check('an arm is remembered', succeeds(kept) + wants(known == [{'key': 'tcp:127.0.0.1:4000', 'name': 'bench', 'arm': 'desk-6', 'baud': 57600}], kept))
    tap.check('and shown', wants('bench, desk-6' in run('ports', env=home).out, kept))
    for wrong, said in ((['--remember', 'x', '--port', '/dev/x', '--arm', 'tentacle'], 'tentacle'), (['--remember', 'x'], '--port'), (['--port', '/dev/x'], '--remember'),
                        (['--forget', 'nobody'], 'nobody'), (['--baud', '0'], '--baud'), (['more'], 'options only')):
        refused = run('ports', *wrong, env=home)
        tap.check('refused: ports ' + ' '.join(wrong), wants(refused.code == 2 and said in refused.err, refused))
    forgot = run('ports', '--forget', 'bench', '--json', env=home)
    tap.check('an arm is forgotten', succeeds(forgot) + wants(not any('name' in line for line in forgot.lines()), forgot))

    # ---- scan: the simulated arm of either protocol ----
    for arm, expected in (('so-101', [(i, 'feetech', 777) for i in range(1, 7)]), ('omx', [(i, 'dynamixel', 1060) for i in (11, 12, 13)] + [(i, 'dynamixel', 1200) for i in (14, 15, 16)])):
        found = run('scan', '--arm', arm, '--json', env=home)
        tap.check(f'scan --arm {arm}', succeeds(found) + wants(servos(found) == expected and not found.err, found))
    table = run('scan', '--arm', 'so-101', '--ids', '2-3', env=home)
    tap.check('as a table; who was not asked is not missing', wants('STS3215' in table.out and '°C' in table.out and not table.err, table))

    # ---- scan and record on a port ----
    with Simulator('--arm', 'desk-6', '--pty', pty):
        found = run('scan', '--port', pty, '--ids', '0-10', '--json', env=home)
        tap.check('scan --port', succeeds(found) + wants([line['id'] for line in found.lines()] == [1, 2, 3, 4, 5, 6], found))
        other = run('scan', '--port', pty, '--arm', 'omx', '--json', env=home)
        tap.check('the wrong kind of arm is noticed', wants(other.code == 0 and '11 (' in other.err and 'does not answer' not in other.out, other))
        feetech = run('scan', '--port', pty, '--protocol', 'feetech', '--ids', '0-6', env=home)
        tap.check('nobody speaks that protocol: said, with what to do, exit code 1', wants(feetech.code == 1 and 'No servo answers' in feetech.err and '--baud all' in feetech.err, feetech))
        process = subprocess.Popen([PROGRAM, 'scan', '--port', pty, '--ids', '0-252', '--json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **home})
        time.sleep(1.0)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        tap.check('Ctrl+C ends a scan', [] if process.returncode == 1 and 'interrupted' in err and time.monotonic() - began < 5 else [f'{process.returncode}: {out}{err}'])

        csv = os.path.join(folder, 'held.csv')
        unnamed = run('record', '--port', pty, '--output', csv, '--seconds', '0.5', env=home)
        tap.check('a port alone does not say which arm it is', wants(unnamed.code == 2 and '--arm' in unnamed.err, unnamed))
        held = run('record', '--port', pty, '--profile', 'desk-6', '--output', csv, '--seconds', '0.5', '--json', env=home)
        tap.check('record on a port', succeeds(held) + wants(held.code == 0 and held.lines()[0]['samples'] > 20, held))
        busy = subprocess.Popen([PROGRAM, 'record', '--port', pty, '--arm', 'desk-6', '--output', os.path.join(folder, 'b.csv'), '--seconds', '5'], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env={**os.environ, **home})
        time.sleep(1.5)
        second = run('record', '--port', pty, '--arm', 'desk-6', '--output', csv, '--seconds', '0.5', env=home)
        tap.check('a port in use is said so, with a command', wants(second.code == 1 and 'in use' in second.err and 'fuser -v' in second.err, second))
        busy.send_signal(signal.SIGINT)
        busy.wait(20)

    port = free_port()
    with Simulator('--arm', 'planar-2', '--tcp', str(port)):
        address = f'tcp:127.0.0.1:{port}'
        found = run('scan', '--port', address, '--ids', '1-3', '--json', env=home)
        tap.check('scan over the network', succeeds(found) + wants([line['id'] for line in found.lines()] == [1, 2], found))
        run('ports', '--remember', 'left arm', '--port', address, '--arm', 'planar-2', env=home)
        held = run('record', '--port', 'left arm', '--output', os.path.join(folder, 'c.csv'), '--seconds', '0.5', '--json', env=home)
        tap.check('an arm by the name it was given', succeeds(held) + wants(held.code == 0 and held.lines()[0]['samples'] > 20, held))
    gone = run('record', '--port', 'left arm', '--output', os.path.join(folder, 'd.csv'), '--seconds', '0.5', env=home)
    tap.check('nobody there any more', wants(gone.code == 1 and 'Nobody answers at' in gone.err, gone))

    for wrong, said in (([], '--port'), (['--port', pty, '--baud', 'fast'], 'fast'), (['--port', pty, '--ids', '9-1'], '9-1'), (['--port', pty, '--ids', '253'], '253'),
                        (['--port', pty, '--protocol', 'lines'], 'lines'), (['--arm', 'tentacle'], 'tentacle'), (['--port', pty, 'more'], 'options only')):
        refused = run('scan', *wrong, env=home)
        tap.check('refused: scan ' + ' '.join(wrong).replace(folder, '…'), wants(refused.code == 2 and said in refused.err, refused))
    missing = run('scan', '--port', pty, env=home)
    tap.check('no such port', wants(missing.code == 1 and 'There is no port' in missing.err, missing))
sys.exit(tap.end())
