#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmark lines (one JSON object each, anywhere in the text on standard input) as a Markdown table."""
import json
import re
import sys


def time(us):
    for limit, unit, scale in ((1e3, 'µs', 1), (1e6, 'ms', 1e3), (float('inf'), 's', 1e6)):
        if us < limit:
            return f'{us / scale:.3g} {unit}'


print('| benchmark | sizes | median | p99 | times its floor |')
print('|---|---|--:|--:|--:|')
seen = set()
for line in sys.stdin:
    found = re.search(r'\{"name": .*\}', line)
    if not found or found.group() in seen:
        continue
    seen.add(found.group())
    b = json.loads(found.group())
    if b.get('unit') != 'us':
        continue
    floor = f'{b["ratio"]:.2g} ({b["floor"]})' if 'ratio' in b else ''
    print(f'| {b["name"]} | {b["sizes"]} | {time(b["median"])} | {time(b["p99"])} | {floor} |')
