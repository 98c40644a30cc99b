# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what `lampwork --bus-log FILE` wrote, and presses keys at a known time of the same clock."""
import collections
import ctypes
import time

SYNC_WRITE, READS = 0x83, (0x01, 0x02, 0x82, 0x8a, 0x92, 0x9a)
TORQUE_ENABLE, GOAL_POSITION = 64, 116
ESCAPE = 0xff1b

Packet = collections.namedtuple('Packet', 't_ns instruction id address parameters')


def read_log(path):
    packets = []
    with open(path, encoding='ascii') as stream:
        next(stream)
        for line in stream:
            if not line.endswith('\n'):
                break  # the program is writing it
            t_ns, instruction, ident, address, parameters = line.rstrip('\n').split('\t')
            packets.append(Packet(int(t_ns), int(instruction, 16), int(ident), int(address), bytes.fromhex(parameters)))
    return packets


def writes(packets):
    return [p for p in packets if p.instruction not in READS]


def goals(packets):
    """[(t_ns, (ticks of each joint))] in order."""
    found = []
    for p in packets:
        if p.instruction == SYNC_WRITE and p.address == GOAL_POSITION:
            size = int.from_bytes(p.parameters[2:4], 'little')
            rows = [p.parameters[at:at + 1 + size] for at in range(4, len(p.parameters), 1 + size)]
            found.append((p.t_ns, tuple(int.from_bytes(row[1:], 'little', signed=True) for row in rows)))
    return found


def is_torque_off(packet):
    return packet.instruction == SYNC_WRITE and packet.address == TORQUE_ENABLE and not any(packet.parameters[5::2])


class Hands:
    """Presses by XTest. Times are those of CLOCK_MONOTONIC just before the X server was told, in ns: what happens after cannot have been earlier."""

    def __init__(self):
        self.x, self.xtst = ctypes.CDLL('libX11.so.6'), ctypes.CDLL('libXtst.so.6')
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XKeysymToKeycode.argtypes = (ctypes.c_void_p, ctypes.c_ulong)
        self.x.XSync.argtypes = (ctypes.c_void_p, ctypes.c_int)
        self.x.XCloseDisplay.argtypes = (ctypes.c_void_p,)
        self.xtst.XTestFakeKeyEvent.argtypes = (ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong)
        self.xtst.XTestFakeButtonEvent.argtypes = (ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong)
        self.display = self.x.XOpenDisplay(None)
        assert self.display, 'no X display'

    def key(self, keysym):
        code = self.x.XKeysymToKeycode(self.display, keysym)
        before = time.monotonic_ns()
        self.xtst.XTestFakeKeyEvent(self.display, code, 1, 0)
        self.x.XSync(self.display, 0)
        self.xtst.XTestFakeKeyEvent(self.display, code, 0, 0)
        self.x.XSync(self.display, 0)
        return before

    def click(self, button=1):
        """Where the pointer is. A button acts when it is let go."""
        self.xtst.XTestFakeButtonEvent(self.display, button, 1, 0)
        self.x.XSync(self.display, 0)
        time.sleep(0.05)
        before = time.monotonic_ns()
        self.xtst.XTestFakeButtonEvent(self.display, button, 0, 0)
        self.x.XSync(self.display, 0)
        return before

    def close(self):
        self.x.XCloseDisplay(self.display)
