#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes pictures of the six pages, light and dark, as someone sees them in the middle of the work: screenshots.py LAMPWORK [FOLDER] [--update]

A page with a plot that shows fewer than three colours fails: an empty one has paper and ink. --update also puts them into data/screenshots, where README and
metainfo take them from, with 256 colours and less than 200 kB each."""
import argparse
import colorsys
import os
import pathlib
import re
import subprocess
import sys
import time

from lampwork_steps import Person
from lampwork_ui import Desktop, Scenario

GRIPPER, PLACE = (0.540, 0.215), (0.60, 0.42)   # of the 3D view on the Teach page: where the gripper is at first, and where it is dragged
LEAST_COLOURS = 3
GREY = 0.15             # saturation below which a colour is paper or ink
LARGEST = 200_000       # bytes
KEPT = pathlib.Path(__file__).resolve().parents[2] / 'data' / 'screenshots'


def kinds(colours):
    """Paper, ink, and each sixth of the colour circle that is there in more than a few pixels."""
    found = {}
    for (red, green, blue), share in colours.items():
        hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
        kind = ('paper or ink', value > 0.5) if saturation < GREY else ('colour', round(6 * hue) % 6)
        found[kind] = found.get(kind, 0.0) + share
    return {kind for kind, share in found.items() if share > 2e-4}


class Photographer(Person):
    def __init__(self, app, folder, ending):
        super().__init__(app)
        self.folder, self.ending, self.files = folder, ending, []

    def take(self, title):
        """The window, once every plot that is to be seen on the page shows something."""
        page = self.page(title)
        self.app.pointer('mousemove', 2, 2)
        plots = [image for image in self.app.find_all('image', under=page, shown=True) if image.extents().height > 60] # the others are icons
        assert plots, f'the page {title} has no plot'
        for plot in plots:
            self.app.wait(lambda plot=plot: len(kinds(plot.colours())) >= LEAST_COLOURS, f'{LEAST_COLOURS} colours in {plot!r} of the page {title}', timeout=5)
        path = os.path.join(self.folder, title.lower() + self.ending + '.png')
        self.app.find('window', 'Lampwork').screenshot(path)
        self.files.append(path)


def work(app, photographer, scenario):
    with scenario.step('Teach, while a demonstration is recorded', app):
        photographer.connect()
        view = photographer.guide()
        page = photographer.page('Teach')
        app.find('checkbox', re.compile('^Count in'), under=page).click()
        app.keys('space')
        app.find('button', 'Stop recording (Space)', under=page)
        time.sleep(0.5)
        view.drag(GRIPPER, PLACE, PLACE, seconds=3)
        photographer.take('Teach')
        app.keys('space')
        app.find('button', 'Record (Space)', under=page)

    with scenario.step('Data, with one demonstration selected', app):
        photographer.page('Data')
        app.find('list item', re.compile('^Demonstration 7'), under=photographer.page('Data')).click()
        photographer.take('Data')

    with scenario.step('Model, fitted', app):
        photographer.fit()
        photographer.take('Model')

    with scenario.step('Learn, after a slider was moved', app):
        line = photographer.start_run(iterations=12)
        photographer.wait_iterations(line, 4)
        app.find('slider', 'KL bound').value = -0.5
        app.wait(lambda: app.find('progress bar', under=photographer.page('Learn')).name == 'Run ended', 'the run to end', timeout=60)
        photographer.take('Learn')

    with scenario.step('Perform, a preview', app):
        arm = photographer.page('Arm')
        for button, mode in (('Hold', 'Hold'), ('Arm', 'Armed')):
            app.find('button', button, under=arm).press()
            photographer.wait_mode(mode)
        app.find('button', 'Preview', under=photographer.page('Perform')).press()
        time.sleep(1.2) # the ghost is on its way
        photographer.take('Perform')

    with scenario.step('Arm, armed', app):
        photographer.take('Arm')


def keep(files):
    KEPT.mkdir(exist_ok=True)
    for file in files:
        target = KEPT / os.path.basename(file)
        subprocess.run(['convert', file, '-strip', '-dither', 'None', '-colors', '256', '-define', 'png:compression-level=9', f'png8:{target}'], check=True)
        assert target.stat().st_size < LARGEST, f'{target} has {target.stat().st_size} bytes'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('folder', nargs='?', default=os.path.join(os.environ.get('LW_UI_PICTURES', '.'), 'pages'))
    parser.add_argument('--update', action='store_true')
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    scenario = Scenario(options.folder)
    files = []
    for dark in (False, True):
        with Desktop(dark=dark) as desktop, desktop.start([options.program, '--sample']) as app:
            photographer = Photographer(app, options.folder, '-dark' if dark else '')
            work(app, photographer, scenario)
            assert not app.complaints(), app.complaints()
            files += photographer.files
    if options.update:
        keep(files)
    print('# ' + '\n# '.join(files))
    scenario.end()


if __name__ == '__main__':
    sys.exit(main())
