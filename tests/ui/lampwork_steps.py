# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person does in Lampwork, step by step, and what they wait for meanwhile."""
import re
import time


class Person:
    """Sits before a window. Widgets that are looked at often are found once."""

    def __init__(self, app):
        self.app = app
        self._pages, self._mode = {}, None

    def page(self, title):
        """Goes to a page and returns its root, to look under."""
        self.app.page(title)
        if title not in self._pages:
            self._pages[title] = self.app.find(None, f'{title} page')
        return self._pages[title]

    def mode(self):
        """The word in the header."""
        if self._mode is None:
            self._mode = self.app.find('label', under=self.app.find('status', 'Mode of the arm'))
        return self._mode.current_name()

    def wait_mode(self, mode, timeout=15):
        self.app.wait(lambda: self.mode() == mode, f'the mode {mode}', timeout)

    def connect(self):
        page = self.page('Arm')
        self.app.find('button', 'Connect', under=page).press()
        self.wait_mode('Connected')

    def guide(self):
        page = self.page('Teach')
        self.app.find('button', 'Guide (G)', under=page).press()
        self.wait_mode('Guide')
        return self.app.find('image', 'Arm in 3D', under=page)

    def record(self, do, wait_for_list=True):
        """Space, three beats, @do, Space; returns when the demonstration is in the list."""
        page = self.page('Teach')
        before = len(self.app.find_all('list item', re.compile('·'), under=page))
        self.app.keys('space')
        self.app.find('button', 'Stop recording (Space)', under=page)
        do()
        self.app.keys('space')
        if wait_for_list:
            self.app.wait(lambda: len(self.app.find_all('list item', re.compile('·'), under=page)) == before + 1, 'the demonstration to be listed')

    def fit(self, timeout=60):
        page = self.page('Model')
        self.app.wait(lambda: self.app.find('button', 'Fit', under=page).is_sensitive(), 'Fit to be possible')
        self.app.find('button', 'Fit', under=page).press()
        return self.app.find('label', re.compile('Log-likelihood'), under=page, timeout=timeout).name

    def prepare_run(self, **numbers):
        """Learn: spin buttons by name. Returns Start and the bar that tells the progress."""
        page = self.page('Learn')
        for name, number in numbers.items():
            self.app.find('spin button', name.replace('_', ' ').capitalize(), under=page).value = number
        start = self.app.find('button', 'Start', under=page)
        self.app.wait(start.is_sensitive, 'a run to be possible')
        return start, self.app.find('progress bar', under=page)

    def start_run(self, **numbers):
        """The same and Start. Returns the line that tells the newest iteration."""
        self.prepare_run(**numbers)[0].press()
        return self.app.find('label', re.compile(r'^Iteration \d+: return'), under=self.page('Learn'), timeout=60)

    def iterations(self, line):
        """How many iterations the line that start_run() returned tells."""
        return int(re.match(r'Iteration (\d+):', line.current_name())[1])

    def wait_iterations(self, line, n, timeout=120):
        self.app.wait(lambda: self.iterations(line) >= n, f'iteration {n}', timeout)

    def stop(self):
        self.app.find('button', 'Stop').press()

    def rest(self, seconds):
        """A person holds still: the demonstrations' ends are quiet, and the arm comes to rest after a drag."""
        time.sleep(seconds)
