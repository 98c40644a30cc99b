# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated arms on ports, in a process of their own, and a hand on one of them."""
import contextlib
import math
import os
import re
import select
import signal
import socket
import struct
import subprocess

WRITES = {3: 'WRITE', 4: 'REG WRITE', 5: 'ACTION', 6: 'RESET', 8: 'REBOOT', 0x83: 'SYNC WRITE'} # Feetech's instructions that change a servo
TORQUE_ENABLE, ACCELERATION, GOAL_POSITION = 40, 41, 42
EVERYBODY = 0xFE


class Cable:
    """A simulated arm on a port of that name, as long as it is plugged in."""

    def __init__(self, simulator, arm, path, *options):
        self.command, self.path, self.process = [simulator, '--arm', arm, '--pty', path, *options], path, None

    def plug(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().strip() == self.path

    def pull(self):
        """As a cable goes: without a word. The link that stays behind leads nowhere."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.unlink(self.path)

    def unplug(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def __enter__(self):
        self.plug()
        return self

    def __exit__(self, *_):
        self.unplug()


def packet(servo, instruction, parameters=b''):
    body = bytes([servo, len(parameters) + 2, instruction]) + parameters
    return b'\xff\xff' + body + bytes([~sum(body) & 0xFF])


def bridge(listener, servos, hand):
    """One program after the other, until @hand is closed. Packets stay whole."""
    client, held = None, b''
    while True:
        for ready in select.select([hand, servos, client or listener], [], [])[0]:
            if ready is listener:
                client, held = listener.accept()[0], b''
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                continue
            data = ready.recv(4096)
            if ready is client and not data:
                client.close()
                client = None
            elif not data:
                return
            elif ready is hand:
                servos.sendall(data)
            elif ready is servos and client is not None:
                client.sendall(data)
            elif ready is client:
                held += data
                while len(held) >= 4 and len(held) >= 4 + held[3]:
                    whole, held = held[:4 + held[3]], held[4 + held[3]:]
                    if whole[4] in WRITES:
                        hand.send(f'{WRITES[whole[4]]} to {whole[2]}: {whole[5:-1].hex(" ")}'.encode())
                    servos.sendall(whole)


class Hand:
    """Feetech servos behind a network bridge, and a hand that moves their joints: the bridge slips goals for the simulator in between what the program sends, and
    switches the torque off again. It is a process of its own: what this one does must not hold up an arm that waits 10 ms. What the program itself writes to servos is
    kept."""

    def __init__(self, simulator, arm, ids):
        self.ids, self._written = ids, []
        self.process = subprocess.Popen([simulator, '--arm', arm, '--tcp', '0'], stdout=subprocess.PIPE, text=True)
        port = int(re.search(r'(\d+)\s*$', self.process.stdout.readline())[1])
        servos = socket.create_connection(('127.0.0.1', port))
        servos.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % listener.getsockname()[1]
        self._bridge, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = os.fork()
        if self._pid == 0:
            self._bridge.close() # ours alone: when it closes, the bridge ends
            with contextlib.suppress(OSError):
                bridge(listener, servos, there)
            os._exit(0)
        for end in (servos, listener, there):
            end.close()

    @property
    def written(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self._written.append(self._bridge.recv(4096, socket.MSG_DONTWAIT).decode())
        return self._written

    def _write_all(self, address, values):
        """One packet for all: nobody answers."""
        parameters = bytes([address, len(values[0])]) + b''.join(bytes([servo]) + value for servo, value in zip(self.ids, values))
        self._bridge.send(packet(EVERYBODY, 0x83, parameters))

    def move(self, angles):
        """All joints go to these angles of their shafts, rad."""
        self._write_all(TORQUE_ENABLE, [b'\x01'] * len(self.ids))
        self._write_all(ACCELERATION, [struct.pack('<BhHH', 40, min(4095, max(0, round(2048 + angle * 2048 / math.pi))), 0, 1300) for angle in angles])

    def let_go(self):
        self._write_all(TORQUE_ENABLE, [b'\x00'] * len(self.ids))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._bridge.close()
        os.waitpid(self._pid, 0)
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
