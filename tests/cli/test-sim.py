#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lampwork-sim answers on its port as a servo would: test-sim.py LAMPWORK-SIM

The packets are those of Robotis' manual (ping, and its status packet) with the checksum they print.
"""
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

PING = bytes.fromhex('FFFFFD0001030001194E')
PING_ALL = bytes.fromhex('FFFFFD00FE0300013142')
HEADER = bytes.fromhex('FFFFFD00')


def crc(packet):
    """CRC-16, polynomial 0x8005, most significant bit first, starting from 0."""
    value = 0
    for byte in packet:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xffff
    return value


def exchange(port, request, n, seconds=2.0):
    """Writes @request and reads until @n status packets have arrived."""
    os.write(port, request)
    received, deadline = b'', time.monotonic() + seconds
    while received.count(HEADER) < n or len(received) < received.rfind(HEADER) + 14:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([port], [], [], left)[0]:
            break
        received += os.read(port, 4096)
    return [HEADER + rest for rest in received.split(HEADER)[1:]]


def main():
    count, bad = 0, 0

    def check(name, holds, said=''):
        nonlocal count, bad
        count += 1
        bad += not holds
        print(f'{"ok" if holds else "not ok"} {count} - {name}', flush=True)
        if not holds and said:
            print(f'# {said}')

    with tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, 'arm')
        process = subprocess.Popen([sys.argv[1], '--arm', 'desk-6', '--link', link], stdout=subprocess.PIPE, text=True)
        try:
            check('it prints the port', process.stdout.readline().strip() == link)
            for attempt in ('a program', 'the next program'):
                port = os.open(link, os.O_RDWR | os.O_NOCTTY)
                replies = exchange(port, PING, 1)
                check(f'{attempt} pings servo 1', len(replies) == 1 and replies[0][4:9] == bytes([1, 7, 0, 0x55, 0]), replies)
                check('the reply has a right checksum', bool(replies) and crc(replies[0][:-2]) == int.from_bytes(replies[0][-2:], 'little'), replies)
                os.close(port)
            port = os.open(link, os.O_RDWR | os.O_NOCTTY)
            ids = [reply[4] for reply in exchange(port, PING_ALL, 6)]
            check('six servos answer a ping to all, in order', ids == [1, 2, 3, 4, 5, 6], ids)
            os.close(port)
            process.send_signal(signal.SIGTERM)
            check('SIGTERM ends it well', process.wait(10) == 0)
            check('the link is gone', not os.path.lexists(link))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    for arguments in (['--arm', 'nothing'], ['--baud', '1'], ['--lost', '2'], ['extra']):
        result = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, timeout=20, check=False)
        check(f'{" ".join(arguments)} is refused in one line',
              result.returncode == 2 and not result.stdout and result.stderr.count('\n') == 1, result.stderr)
    print(f'1..{count}')
    sys.exit(1 if bad else 0)


main()
