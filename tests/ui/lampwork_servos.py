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
import threading

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


class Hand:
    """Feetech servos behind a network bridge, and a hand that moves their joints: the bridge slips goals for the simulator in between what the program sends, and
    switches the torque off again. What the program itself writes to servos is kept in `written`."""

    def __init__(self, simulator, arm, ids):
        self.ids, self.written, self._lock = ids, [], threading.Lock()
        self.process = subprocess.Popen([simulator, '--arm', arm, '--tcp', '0'], stdout=subprocess.PIPE, text=True)
        port = int(re.search(r'(\d+)\s*$', self.process.stdout.readline())[1])
        self._servos = socket.create_connection(('127.0.0.1', port))
        self._servos.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self._listener.getsockname()[1]
        self._ending = False
        self._thread = threading.Thread(target=self._bridge, daemon=True)
        self._thread.start()

    def _bridge(self):
        while not self._ending:
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with client:
                    self._serve(client)

    def _serve(self, client):
        held = b''
        while not self._ending:
            for ready in select.select([client, self._servos], [], [], 0.1)[0]:
                data = ready.recv(4096)
                if not data:
                    return
                if ready is self._servos:
                    client.sendall(data)
                    continue
                held += data
                while len(held) >= 4 and len(held) >= 4 + held[3]:
                    whole, held = held[:4 + held[3]], held[4 + held[3]:]
                    if whole[4] in WRITES:
                        self.written.append(f'{WRITES[whole[4]]} to {whole[2]}: {whole[5:-1].hex(" ")}')
                    self._send(whole)

    def _send(self, data):
        with self._lock:
            self._servos.sendall(data)

    def _write_all(self, address, values):
        """One packet for all: nobody answers."""
        parameters = bytes([address, len(values[0])]) + b''.join(bytes([servo]) + value for servo, value in zip(self.ids, values))
        self._send(packet(EVERYBODY, 0x83, parameters))

    def move(self, angles):
        """All joints go to these angles of their shafts, rad."""
        self._write_all(TORQUE_ENABLE, [b'\x01'] * len(self.ids))
        self._write_all(ACCELERATION, [struct.pack('<BhHH', 40, min(4095, max(0, round(2048 + angle * 2048 / math.pi))), 0, 1300) for angle in angles])

    def let_go(self):
        self._write_all(TORQUE_ENABLE, [b'\x00'] * len(self.ids))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ending = True
        self._listener.close()
        self._servos.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
