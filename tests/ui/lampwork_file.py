# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a project file behind the program's back: its tables by SQL, its samples by the layout that src/core/store/lw-sample-block.h gives."""
import collections
import sqlite3
import struct

HEADER = struct.Struct('<4sHHHHI')
MEASURED = struct.Struct('<qiIIfBBBBI')     # before q, dq, load, goal
MODES = ('Disconnected', 'Connected', 'Guide', 'Hold', 'Armed', 'Running', 'Stopped', 'Fault')

Sample = collections.namedtuple('Sample', 't_ns cycle dropped mode q dq load goal')


class ProjectFile:
    def __init__(self, path):
        self.database = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
        self.database.row_factory = sqlite3.Row

    def rows(self, sql, *values):
        return self.database.execute(sql, values).fetchall()

    def one(self, sql, *values):
        """The only value of the only row."""
        (row,) = self.rows(sql, *values)
        (value,) = row
        return value

    def samples(self, recording):
        """As measured, in order, over all blocks."""
        found = []
        for (data,) in self.rows('SELECT data FROM block WHERE recording = ? ORDER BY sequence', recording):
            magic, version, kind, joints, _, records = HEADER.unpack_from(data)
            assert (magic, version, kind) == (b'LWSB', 1, 1), (magic, version, kind)
            size = MEASURED.size + 32 * joints
            assert len(data) == HEADER.size + records * size
            for at in range(HEADER.size, len(data), size):
                t_ns, _, cycle, dropped, _, mode, _, _, _, _ = MEASURED.unpack_from(data, at)
                numbers = struct.unpack_from(f'<{4 * joints}d', data, at + MEASURED.size)
                found.append(Sample(t_ns, cycle, dropped, MODES[mode], *(numbers[i * joints:(i + 1) * joints] for i in range(4))))
        return found

    def contexts(self, demonstration):
        """{name: value}"""
        return {row['name']: row['value'] for row in self.rows('SELECT name, value FROM context WHERE demonstration = ? ORDER BY position', demonstration)}

    def close(self):
        self.database.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
