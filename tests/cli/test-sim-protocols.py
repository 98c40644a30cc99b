#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lampwork-sim to clients written from the protocols' documents alone: test-sim-protocols.py LAMPWORK-SIM

Dynamixel 2.0, Feetech STS and lines of text, on a pseudo-terminal and over TCP, with faults from a script and a scale beside the arm.
"""
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

SPEEDS = {57600: termios.B57600, 115200: termios.B115200, 1000000: termios.B1000000}
BROADCAST = 0xFE


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def check(self, name, holds, said=''):
        self.count += 1
        self.bad += not holds
        print(f'{"ok" if holds else "not ok"} {self.count} - {name}', flush=True)
        if not holds:
            print(f'# {said}', flush=True)

    def end(self):
        print(f'1..{self.count}')
        sys.exit(1 if self.bad else 0)


class Port:
    """A descriptor with bytes read ahead: a pseudo-terminal set up like a serial port, or a socket."""

    def __init__(self, name, baud=1000000):
        self.ahead = b''
        if name.startswith('tcp:'):
            _, host, number = name.split(':')
            self.socket = socket.create_connection((host, int(number)), 5)
            self.fd = self.socket.fileno()
            return
        self.socket = None
        self.fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
        self.set_speed(baud)

    def set_speed(self, baud):
        settings = termios.tcgetattr(self.fd)
        settings[0] = settings[1] = settings[3] = 0
        settings[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        settings[4] = settings[5] = SPEEDS[baud]
        settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self.fd, termios.TCSANOW, settings)

    def write(self, data):
        os.write(self.fd, data)

    def more(self, deadline):
        """Reads on; False when the time is over or the line gone."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            return False
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            return False
        self.ahead += data
        return bool(data)

    def is_gone(self, seconds=5.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    if not os.read(self.fd, 4096):
                        return True
                except OSError:
                    return True
        return False

    def close(self):
        if self.socket is not None:
            self.socket.close()
        else:
            os.close(self.fd)


def little(data, signed=False):
    return int.from_bytes(data, 'little', signed=signed)


def crc16(data):
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xffff
    return value


class Dynamixel:
    """Each reply is (id, error, data)."""
    PING, READ, WRITE, REG_WRITE, ACTION, REBOOT = 1, 2, 3, 4, 5, 8
    SYNC_READ, SYNC_WRITE, FAST_SYNC_READ, BULK_READ, BULK_WRITE = 0x82, 0x83, 0x8A, 0x92, 0x93

    def __init__(self, port):
        self.port = port

    def send(self, servo, instruction, params=b''):
        body = bytes([instruction]) + params
        body = body.replace(b'\xff\xff\xfd', b'\xff\xff\xfd\xfd')
        packet = b'\xff\xff\xfd\x00' + bytes([servo]) + (len(body) + 2).to_bytes(2, 'little') + body
        self.port.ahead = b''
        self.port.write(packet + crc16(packet).to_bytes(2, 'little'))

    def receive(self, n, seconds=1.0):
        replies, deadline = [], time.monotonic() + seconds
        while len(replies) < n:
            data = self.port.ahead
            at = data.find(b'\xff\xff\xfd\x00')
            if at >= 0 and len(data) >= at + 7 and len(data) >= at + 7 + little(data[at + 5:at + 7]):
                end = at + 7 + little(data[at + 5:at + 7])
                packet, self.port.ahead = data[at:end], data[end:]
                if crc16(packet[:-2]) == little(packet[-2:]):
                    body = packet[8:-2].replace(b'\xff\xff\xfd\xfd', b'\xff\xff\xfd')
                    replies.append((packet[4], body[0], body[1:] if packet[4] != BROADCAST else packet[8:]))
            elif not self.port.more(deadline):
                break
        return replies

    def ask(self, servo, instruction, params=b'', seconds=1.0):
        self.send(servo, instruction, params)
        replies = self.receive(1, seconds)
        return replies[0] if replies else None

    def read(self, servo, address, size):
        reply = self.ask(servo, self.READ, address.to_bytes(2, 'little') + size.to_bytes(2, 'little'))
        return little(reply[2], size == 4) if reply and reply[0] == servo and len(reply[2]) == size else None

    def write(self, servo, address, size, value):
        reply = self.ask(servo, self.WRITE, address.to_bytes(2, 'little') + (value % (1 << 8 * size)).to_bytes(size, 'little'))
        return reply[1] if reply else None


class Feetech:
    PING, READ, WRITE, REG_WRITE, ACTION, RESTART, CALIBRATE, SYNC_READ, SYNC_WRITE = 1, 2, 3, 4, 5, 8, 0x0B, 0x82, 0x83

    def __init__(self, port):
        self.port = port

    def send(self, servo, instruction, params=b''):
        body = bytes([servo, len(params) + 2, instruction]) + params
        self.port.ahead = b''
        self.port.write(b'\xff\xff' + body + bytes([~sum(body) & 0xff]))

    def receive(self, n, seconds=1.0):
        replies, deadline = [], time.monotonic() + seconds
        while len(replies) < n:
            data = self.port.ahead
            if len(data) >= 4 and len(data) >= data[3] + 4:
                packet, self.port.ahead = data[:data[3] + 4], data[data[3] + 4:]
                if packet[:2] == b'\xff\xff' and ~sum(packet[2:-1]) & 0xff == packet[-1]:
                    replies.append((packet[2], packet[4], packet[5:-1]))
            elif not self.port.more(deadline):
                break
        return replies

    def ask(self, servo, instruction, params=b'', seconds=1.0):
        self.send(servo, instruction, params)
        replies = self.receive(1, seconds)
        return replies[0] if replies else None

    def read(self, servo, address, size):
        reply = self.ask(servo, self.READ, bytes([address, size]))
        return little(reply[2]) if reply and reply[0] == servo and len(reply[2]) == size else None

    def write(self, servo, address, size, value):
        reply = self.ask(servo, self.WRITE, bytes([address]) + value.to_bytes(size, 'little'))
        return reply[1] if reply else None


class Sim:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([sys.argv[1], *arguments], stdout=subprocess.PIPE, text=True)
        self.name = self.process.stdout.readline().strip()
        self.began = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def wait_for(holds, seconds=5.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def dynamixel(tap, folder):
    link = os.path.join(folder, 'dynamixel')
    with Sim('--arm', 'koch-v1.1', '--pty', link):
        port = Port(link)
        bus = Dynamixel(port)
        bus.send(BROADCAST, bus.PING)
        found = [(reply[0], little(reply[2][:2])) for reply in bus.receive(6)]
        tap.check('dynamixel: all of a Koch answer a ping to all, in order',
                  found == [(1, 1060), (2, 1060), (3, 1200), (4, 1200), (5, 1200), (6, 1200)], found)
        bus.send(BROADCAST, bus.SYNC_READ, bytes([132, 0, 4, 0, 1, 2, 3, 4, 5, 6]))
        replies = bus.receive(6)
        here = [little(reply[2], True) for reply in replies]
        tap.check('dynamixel: sync read, one reply each', [reply[0] for reply in replies] == [1, 2, 3, 4, 5, 6], replies)
        bus.send(BROADCAST, bus.FAST_SYNC_READ, bytes([132, 0, 4, 0, 1, 2, 3, 4, 5, 6]))
        blocks = bus.receive(1)
        fast = [(blocks[0][2][1 + 8 * i], little(blocks[0][2][2 + 8 * i:6 + 8 * i], True)) for i in range(6)] if blocks else []
        tap.check('dynamixel: fast sync read says the same in one packet', [place for _, place in fast] == here and [servo for servo, _ in fast] == [1, 2, 3, 4, 5, 6], fast)
        bus.send(BROADCAST, bus.BULK_READ, bytes([1, 144, 0, 2, 0, 2, 146, 0, 1, 0]))
        replies = bus.receive(2)
        tap.check('dynamixel: bulk read of different items', [(reply[0], len(reply[2])) for reply in replies] == [(1, 2), (2, 1)], replies)
        tap.check('dynamixel: what is read-only says access error', bus.write(1, 132, 4, 0) == 7)
        tap.check('dynamixel: no torque, no motion', bus.write(1, 116, 4, here[0] + 100) == 0 and bus.read(1, 132, 4) == here[0])
        bus.write(1, 116, 4, here[0])
        tap.check('dynamixel: torque locks the EEPROM', bus.write(1, 64, 1, 1) == 0 and bus.write(1, 9, 1, 0) == 7)
        bus.send(BROADCAST, bus.SYNC_WRITE, bytes([116, 0, 4, 0, 1]) + (here[0] + 60).to_bytes(4, 'little'))
        tap.check('dynamixel: a synchronously written goal is reached', wait_for(lambda: abs(bus.read(1, 132, 4) - here[0] - 60) < 6), bus.read(1, 132, 4))
        bus.ask(1, bus.REG_WRITE, bytes([116, 0]) + here[0].to_bytes(4, 'little'))
        tap.check('dynamixel: a registered write waits', bus.read(1, 69, 1) == 1 and bus.read(1, 116, 4) == here[0] + 60)
        bus.send(BROADCAST, bus.ACTION)
        tap.check('dynamixel: and is done at the action', bus.read(1, 69, 1) == 0 and bus.read(1, 116, 4) == here[0])
        tap.check('dynamixel: reboot, and torque is off', bus.ask(1, bus.REBOOT) == (1, 0, b'') and wait_for(lambda: bus.read(1, 64, 1) == 0))
        tap.check('dynamixel: another speed, answered at the old one', bus.write(2, 8, 1, 1) == 0 and bus.ask(2, bus.PING, seconds=0.1) is None)
        port.set_speed(57600)
        tap.check('dynamixel: at 57600 that servo answers, the others do not', bus.ask(2, bus.PING) is not None and bus.ask(1, bus.PING, seconds=0.1) is None)
        port.close()


def feetech(tap, folder):
    link = os.path.join(folder, 'feetech')
    with Sim('--arm', 'so-101', '--pty', link):
        port = Port(link)
        bus = Feetech(port)
        tap.check('feetech: model and firmware', [bus.read(servo, 3, 2) for servo in range(1, 7)] == [777] * 6 and bus.read(1, 0, 1) == 3)
        port.write(bytes.fromhex('FFFF010201FC'))
        tap.check('feetech: a bad checksum is met with silence', not bus.receive(1, 0.1))
        bus.send(BROADCAST, bus.SYNC_READ, bytes([56, 2, 1, 2, 3, 4, 5, 6]))
        replies = bus.receive(6)
        here = [little(reply[2]) for reply in replies]
        tap.check('feetech: sync read, one reply each', [reply[0] for reply in replies] == [1, 2, 3, 4, 5, 6], replies)
        bus.write(1, 55, 1, 0)
        offset = (here[0] - 1500) % 4096 if here[0] > 1500 else 1 << 11 | 1500 - here[0]
        bus.write(1, 31, 2, offset)
        tap.check('feetech: present = actual - offset', bus.read(1, 56, 2) == 1500, (here[0], bus.read(1, 56, 2)))
        bus.write(1, 21, 1, 16)
        bus.write(1, 55, 1, 1)
        bus.write(1, 22, 1, 77)
        bus.send(1, bus.RESTART)
        began = time.monotonic()
        tap.check('feetech: a restart is silent for a while', bus.ask(1, bus.PING, seconds=0.3) is None)
        tap.check('feetech: and over in less than two seconds', wait_for(lambda: bus.ask(1, bus.PING, seconds=0.05) is not None) and time.monotonic() - began < 2.5)
        tap.check('feetech: what was written with the lock open is there, the other is not', [bus.read(1, 21, 1), bus.read(1, 22, 1)] == [16, 32])
        goals = bytes([42, 2, 1]) + (1500).to_bytes(2, 'little')
        bus.send(BROADCAST, bus.SYNC_WRITE, goals)
        bus.write(1, 40, 1, 1)
        bus.send(BROADCAST, bus.SYNC_WRITE, goals[:3] + (1600).to_bytes(2, 'little'))
        tap.check('feetech: a synchronously written goal is reached', wait_for(lambda: abs(bus.read(1, 56, 2) - 1600) < 8), bus.read(1, 56, 2))
        tap.check('feetech: here becomes the middle', bus.write(2, 40, 1, 128) == 0 and bus.read(2, 56, 2) == 2048)
        bus.write(3, 55, 1, 0)
        bus.ask(3, bus.WRITE, bytes([5, 9]))
        tap.check('feetech: another id', bus.ask(9, bus.PING) is not None and bus.ask(3, bus.PING, seconds=0.1) is None)
        port.close()


def lines(tap):
    with Sim('--arm', 'planar-2', '--protocol', 'lines', '--tcp', '0', '--rate', '50') as sim:
        port = Port(sim.name)

        def line():
            deadline = time.monotonic() + 2
            while b'\n' not in port.ahead and port.more(deadline):
                pass
            text, _, port.ahead = port.ahead.partition(b'\n')
            return [float(word) for word in text.split()]

        def latest():
            port.ahead = b''
            while select.select([port.fd], [], [], 0)[0]:
                os.read(port.fd, 4096)
            line()
            return line()

        line()
        first = line()
        count = 1
        while count < 25:
            last, count = line(), count + 1
        passed = (last[0] - first[0]) % 2**32  # the counter wraps
        pace = 24e6 / passed if passed else 0
        tap.check('lines: time, angles, velocities', len(first) == 5 and 0 < passed < 5e6, first)
        tap.check('lines: at the rate asked for', 45 < pace < 55, pace)
        start = latest()
        port.write(b'g 0.1 0.1\n')
        time.sleep(0.3)
        tap.check('lines: a limp arm does not go', max(abs(a - b) for a, b in zip(latest()[1:3], start[1:3])) < 0.02)
        port.write(b'hold\r\nnonsense\ng 0.1\ng x y\n')
        port.write(b'g %.3f %.3f\n' % (start[1] + 0.2, start[2] - 0.2))
        tap.check('lines: with power it does', wait_for(lambda: abs(latest()[1] - start[1] - 0.2) < 0.02 and abs(latest()[2] - start[2] + 0.2) < 0.02), latest())
        port.write(b'g %.3f %.3f\n' % (start[1], start[2]))
        time.sleep(0.1)
        port.write(b'stop\n')
        time.sleep(0.3)
        stopped = latest()
        time.sleep(0.2)
        tap.check('lines: stop stops', max(abs(value) for value in latest()[3:5]) < 0.05 and abs(stopped[1] - start[1]) > 0.02, (start, stopped))
        port.close()

        second, third = Port(sim.name), Port(sim.name)
        tap.check('tcp: the next program is served', second.more(time.monotonic() + 2))
        tap.check('tcp: another waits until it has left', not third.more(time.monotonic() + 0.3))
        second.close()
        tap.check('tcp: and then has its turn', third.more(time.monotonic() + 2))
        third.close()


def faults(tap, folder):
    link, script = os.path.join(folder, 'faulty'), os.path.join(folder, 'faults.txt')
    with open(script, 'w', encoding='utf-8') as file:
        file.write('# seconds from the start\nheat 2 85\nvoltage 11.0\necho on\nfrom 0 to 2.5 s missing 4\nfrom 3.5 to 4.5 s hang-up\n')
    with Sim('--arm', 'so-101', '--pty', link, '--faults', script) as sim:
        port = Port(link)
        bus = Feetech(port)
        bus.send(1, bus.PING)
        replies = bus.receive(2, 0.5)
        tap.check('faults: the adapter hears itself', replies == [(1, bus.PING, b''), (1, 0, b'')], replies)

        def read(servo, address):
            bus.send(servo, bus.READ, bytes([address, 1]))
            replies = bus.receive(2, 0.3)
            return (replies[1][1], replies[1][2][0]) if len(replies) == 2 and len(replies[1][2]) == 1 else None

        tap.check('faults: one servo is hot, and says so', read(2, 63) is not None and read(2, 63)[0] == 4 and 80 <= read(2, 63)[1] <= 85, read(2, 63))
        tap.check('faults: the supply sags', read(1, 62) == (0, 110), read(1, 62))
        tap.check('faults: one servo is missing', read(4, 63) is None or time.monotonic() - sim.began > 2.4)
        tap.check('faults: and comes back', wait_for(lambda: read(4, 63) is not None))
        tap.check('faults: the cable is pulled', port.is_gone())
        port.close()
        tap.check('faults: the port is gone', wait_for(lambda: not os.path.lexists(link) or time.monotonic() - sim.began > 4.4))
        tap.check('faults: and comes back under its name', wait_for(lambda: os.path.lexists(link)))
        port = Port(link)
        bus = Feetech(port)
        bus.send(1, bus.PING)
        tap.check('faults: with the servos behind it', len(bus.receive(2, 1.0)) == 2)
        port.close()

    with open(script, 'w', encoding='utf-8') as file:
        file.write('lost 0.1\nat 2 s hevy 3\n')
    result = subprocess.run([sys.argv[1], '--faults', script], capture_output=True, text=True, timeout=20, check=False)
    tap.check('faults: a mistake is named by line and word', result.returncode == 2 and 'line 2' in result.stderr and '“hevy”' in result.stderr, result.stderr)


def scale(tap, folder):
    link, pan = os.path.join(folder, 'arm'), os.path.join(folder, 'scale')
    with Sim('--arm', 'planar-2', '--pty', link, '--scale', 'a&d', '--scale-pty', pan, '--scale-load', '123.45', '--scale-stream') as sim:
        tap.check('scale: its port is printed next', sim.process.stdout.readline().strip() == pan)
        port = Port(pan, 115200)
        tap.check('scale: it settles on what lies on it', wait_for(lambda: port.more(time.monotonic() + 1) and b'ST,+00123.45  g\r\n' in port.ahead, 8), port.ahead)
        port.close()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        dynamixel(tap, folder)
        feetech(tap, folder)
        lines(tap)
        faults(tap, folder)
        scale(tap, folder)
    for arguments in (['--protocol', 'rs232'], ['--tcp', '0', '--pty', '/tmp/x'], ['--scale-load', '3'], ['--scale', 'steelyard'], ['--usb-latency', '-1']):
        result = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, timeout=20, check=False)
        tap.check(f'{" ".join(arguments)} is refused in one line', result.returncode == 2 and not result.stdout and result.stderr.count('\n') == 1, result.stderr)
    tap.end()


main()
