#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""arms: the kinds of arm that are known, and a new one from a URDF."""
import json
import os
import sqlite3
import sys

from lampwork_cli import DATA, Folder, Tap, run, succeeds, write

tap = Tap()
KINDS = len([name for name in os.listdir(os.path.join(DATA, 'arms')) if name.endswith('.json')])

URDF = '''<robot name="My arm">
<link name="base"/>
<link name="upper"><inertial><mass value="0.2"/><inertia ixx="1e-4" iyy="1e-4" izz="1e-4"/></inertial>
<visual><geometry><box size="0.1 0.02 0.02"/></geometry></visual></link>
<link name="hand"><inertial><mass value="0.1"/><inertia ixx="1e-4" iyy="1e-4" izz="1e-4"/></inertial></link>
<joint name="lift" type="revolute"><parent link="base"/><child link="upper"/><axis xyz="0 1 0"/><limit lower="-1" upper="2" velocity="3" effort="4"/></joint>
<joint name="turn" type="continuous"><parent link="upper"/><child link="hand"/><origin xyz="0.1 0 0"/></joint>
</robot>
'''

with Folder() as folder:
    home = {'XDG_DATA_HOME': os.path.join(folder, 'data')}
    listed = run('arms', env=home)
    rows = listed.out.splitlines()[1:]
    tap.check('every arm has a line', succeeds(listed) + ([] if len(rows) == KINDS and not listed.err else [listed.out, listed.err]))
    widowx = [row for row in rows if row.startswith('widowx-250s')]
    tap.check('with its servos, shadows behind them', [] if len(widowx) == 1 and '1, 2/3, 4/5, 6-9' in widowx[0] and '1000000' in widowx[0] else widowx)
    tap.check('simulated ones say so', [] if all(('simulated only' in row) == row.startswith(('arm-7', 'desk-6', 'planar-')) for row in rows) else rows)
    objects = {line['id']: line for line in run('arms', '--json', env=home).lines()}
    so101 = objects.get('so-101', {})
    tap.check('as JSON', [] if len(objects) == KINDS and so101.get('protocol') == 'feetech' and so101.get('n_joints') == 6 and so101.get('ids') == [1, 2, 3, 4, 5, 6]
              and so101.get('joints', '').startswith('shoulder_pan shoulder_lift') and os.path.isfile(so101.get('model', '')) else [so101])

    path = write(folder, 'my arm.urdf', URDF)
    made = run('arms', '--import', path, '--name', 'mine', '--protocol', 'feetech', '--first-id', '11', env=home)
    profile = os.path.join(folder, 'data', 'lampwork', 'arms', 'mine.json')
    tap.check('a URDF becomes an arm', succeeds(made) + ([] if '“mine”: an arm of 2 joints' in made.out and profile in made.out else [made.out]))
    tap.check('what was supplied is said', [] if 'no speed limit for “turn”' in made.err and 'the tip is link “hand”' in made.err else [made.err])
    stored = json.load(open(profile, encoding='utf-8'))
    tap.check('its profile', [] if [joint['id'] for joint in stored['joints']] == [11, 12] and stored['joints'][0]['upper'] == 2 and stored['title'] == 'My arm'
              and stored['model'] == 'mine.xml' else [stored])
    tap.check('it is listed with the others', [] if 'mine ' in run('arms', env=home).out else ['it is not there'])
    again = run('arms', '--import', path, '--name', 'mine', env=home)
    tap.check('not twice', [] if again.code == 2 and 'there is an arm “mine” already' in again.err and again.err.count('\n') == 1 else [again.said()])
    tap.check('unless it is to be replaced', succeeds(run('arms', '--import', path, '--name', 'mine', '--replace', env=home)))

    broken = write(folder, 'broken.urdf', URDF.replace('0.1 0.02 0.02', '0.1 0.02'))
    refused = run('arms', '--import', broken, env=home)
    tap.check('a broken file: file, line and element', [] if refused.code == 2 and 'broken.urdf, line 4: <box>: “size” must be 3 numbers' in refused.err else [refused.said()])
    odd = write(os.path.join(folder, 'data', 'lampwork', 'arms'), 'odd.json', '{')
    left_out = run('arms', env=home)
    tap.check('a profile that cannot be read is left out and named', succeeds(left_out) + ([] if 'left out: odd.json' in left_out.err and os.path.exists(odd) else [left_out.err]))
    for arguments in (['--name', 'x'], ['--import', path, '--protocol', 'can'], ['--first-id', '300'], ['what']):
        result = run('arms', *arguments, env=home)
        tap.check(f'arms {" ".join(arguments[-2:])}', [] if result.code == 2 and result.err.count('\n') == 1 else [result.said()])

    # With which arm a demonstration was made stands in the project: profile and calibration as they were, and the code of the limits.
    joints = [{'name': joint['name'], 'id': joint['id'], 'sign': 1, 'zero': -0.5 * (joint['lower'] + joint['upper']), 'lower': joint['lower'], 'upper': joint['upper']}
              for joint in json.load(open(os.path.join(DATA, 'arms', 'so-101.json'), encoding='utf-8'))['joints']]
    calibration = write(folder, 'calibration.json', json.dumps({'profile': 'so-101', 'joints': joints}))
    project = os.path.join(folder, 'p.lampwork')
    options = ['record', '--arm', 'so-101', '--seconds', '0.3', '--hand', '0.3,0.1,0.2', '--output', project]
    tap.check('two demonstrations', succeeds(run(*options, env=home)) + succeeds(run(*options, '--calibration', calibration, env=home)))
    kept = sqlite3.connect(project).execute('SELECT r.limits, a.profile, a.calibration FROM recording r JOIN recording_arm u ON u.recording = r.id'
                                            ' JOIN arm a ON a.id = u.arm ORDER BY r.id').fetchall()
    tap.check('with their arm', [] if len(kept) == 2 and all(len(row[0]) == 4 and json.loads(row[1])['title'] == 'SO-101' for row in kept) else [kept])
    tap.check('and its calibration', [] if kept[0][2] is None and [joint['zero'] for joint in json.loads(kept[1][2])['joints']] == [joint['zero'] for joint in joints]
              else [kept[0][2], kept[1][2]])
sys.exit(tap.end())
