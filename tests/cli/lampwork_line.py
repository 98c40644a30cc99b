# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated arm in a process of its own, and what a program says to its servos: a relay on the line between them, read by the protocols' documents alone."""
import collections
import re
import socket
import subprocess
import threading
import time

Packet = collections.namedtuple('Packet', 't instruction id params')

PING, READ, SYNC_READ, FAST_SYNC_READ, BULK_READ, FAST_BULK_READ, SYNC_WRITE = 1, 2, 0x82, 0x8a, 0x92, 0x9a, 0x83
READS = (PING, READ, SYNC_READ, FAST_SYNC_READ, BULK_READ, FAST_BULK_READ)


def parse_dynamixel(data):
    """(length, instruction, id, parameters) of each packet in @data; None for the rest."""
    for match in re.finditer(rb'\xff\xff\xfd\x00', data):
        at = match.start()
        size = int.from_bytes(data[at + 5:at + 7], 'little')
        if at + 7 + size <= len(data):
            body = data[at + 7:at + 5 + size].replace(b'\xff\xff\xfd\xfd', b'\xff\xff\xfd')
            yield at, body[0], data[at + 4], body[1:]


def parse_feetech(data):
    at = 0
    while at + 6 <= len(data):
        size = data[at + 3]
        packet = data[at + 2:at + 4 + size]
        if data[at:at + 2] == b'\xff\xff' and size >= 2 and len(packet) == size + 2 and (sum(packet[:-1]) & 0xff) ^ 0xff == packet[-1]:
            yield at, packet[2], packet[0], packet[3:-1]
            at += 4 + size
        else:
            at += 1


PARSERS = {'dynamixel': parse_dynamixel, 'feetech': parse_feetech}
TORQUE, GOAL = {'dynamixel': (64, 1), 'feetech': (40, 1)}, {'dynamixel': (116, 4), 'feetech': (42, 2)}


class Line:
    """with Line(simulator, 'desk-6', 'dynamixel') as line: programs connect to line.address."""

    def __init__(self, simulator, arm, protocol, *more):
        self.command, self.protocol = [simulator, '--arm', arm, '--protocol', protocol, *more], protocol
        self.chunks = []  # (time, bytes), towards the servos

    def __enter__(self):
        self.simulator = subprocess.Popen([*self.command, '--tcp', '0'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.target = int(self.simulator.stdout.readline().strip().rsplit(':', 1)[1])
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.address = f'tcp:127.0.0.1:{self.listener.getsockname()[1]}'
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.listener.close()
        self.simulator.terminate()
        self.simulator.wait(10)
        self.simulator.stdout.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            servos = socket.create_connection(('127.0.0.1', self.target))
            for end in (client, servos):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self._pump, args=(servos, client, None), daemon=True)
            back.start()
            self._pump(client, servos, self.chunks)
            back.join()
            client.close()
            servos.close()

    @staticmethod
    def _pump(source, sink, log):
        try:
            while data := source.recv(4096):
                if log is not None:
                    log.append((time.monotonic(), data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def packets(self):
        """Everything the servos were told so far, with the times of the first bytes."""
        chunks = list(self.chunks)
        data, times = b''.join(chunk for _, chunk in chunks), []
        for t, chunk in chunks:
            times += [t] * len(chunk)
        return [Packet(times[at], *rest) for at, *rest in PARSERS[self.protocol](data)]

    def writes(self):
        return [packet for packet in self.packets() if packet.instruction not in READS]

    def _sync_written(self, address, size):
        """[(time, [value of each servo])] of one register."""
        wide = 2 if self.protocol == 'dynamixel' else 1
        head = address.to_bytes(wide, 'little') + size.to_bytes(wide, 'little')
        found = []
        for packet in self.packets():
            if packet.instruction == SYNC_WRITE and packet.params[:1] == head[:1] and packet.params[:wide] == head[:wide]:
                step = int.from_bytes(packet.params[wide:2 * wide], 'little') + 1
                rows = [packet.params[i + 1:i + 1 + size] for i in range(2 * wide, len(packet.params), step)]
                found.append((packet.t, [int.from_bytes(row, 'little', signed=size == 4) for row in rows]))
        return found

    def torque(self):
        return self._sync_written(*TORQUE[self.protocol])

    def goals(self):
        """Ticks."""
        return self._sync_written(*GOAL[self.protocol])
