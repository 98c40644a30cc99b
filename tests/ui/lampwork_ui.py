# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a real GTK 4 window the way a person does: finds widgets by role and name, presses, drags, types, looks at pixels.

    with Desktop() as desktop, desktop.start([lampwork, '--sample']) as app:
        app.page('Teach')
        app.find('slider', 'KL bound').value = 0.5
        view = app.find('widget', 'Arm view')
        view.drag((0.5, 0.5), (0.7, 0.4))                  # fractions of the widget
        app.wait(lambda: 'Recorded' in app.texts(), 'the recording to be listed')

A Desktop is an Xvfb of 1280 x 800, a session bus with AT-SPI on it, and an empty home directory, all gone afterwards. It speaks AT-SPI over D-Bus itself
(GTK's own tree, nothing cached here, all calls of one level of the tree in flight together, so a busy main loop costs one of its turns a level).

What GTK 4.8 shows through AT-SPI, as measured with test-driver.py:
- The name is the label of a button, tab, row or GtkLabel, or what the accessible property "label" says; a description is the property "description".
  Containers without a label are named after their class, or not at all.
- Roles, in GTK's own words: GtkButton and GtkToggleButton "button", GtkCheckButton "checkbox", GtkSwitch "switch", GtkScale "slider", GtkSpinButton "spin button", GtkEntry and
  AdwEntryRow "text box", an AdwViewSwitcher's pages "tab", AdwActionRow "list item", AdwComboRow and GtkDropDown "combo box", GtkDrawingArea and GtkGLArea
  "widget", a menu's entry "menu item"; GtkMenuButton is a "button" inside another of the same name (the inner one acts: find() returns it).
- "click" and "toggle" are actions and work without the mouse; a tab switches its page. A slider's and a spin button's value can be set, and
  "value-changed" follows. The text of an entry can be set, and "changed" follows. A toggle button shows as "pressed", a switch as "checked".
  A combo box has no action: choose() clicks it and the entry.
- The state "showing" is not set below the window, and a page that is hidden keeps the extents it last had: is_shown() asks which widget lies under the
  middle of this one. Scope a search by the page (`under=`); give each page's root a "label", and different names to widgets people see together.
- Extents are right in window coordinates (they exclude the shadow or border that GTK draws inside its X window; that is half of what the X window is
  larger by, here 5 pixels a side) and never in screen coordinates: asking for those draws a warning, fatal under G_DEBUG=fatal-warnings.
  Widgets inside a popover are relative to its parent window too, but the popover may have been moved to fit the screen: bounds() takes that from X.
- There is no window manager. Keys go to the window that was focused last, so keys() focuses the topmost window of the program first.
- GSK_RENDERER=cairo and software OpenGL are set; a GtkGLArea draws. A popover's corners are black: nothing composites.
"""
import atexit
import collections
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402  (after require_version)

ACCESSIBLE, COMPONENT, ACTION = 'org.a11y.atspi.Accessible', 'org.a11y.atspi.Component', 'org.a11y.atspi.Action'
VALUE, TEXT, EDITABLE = 'org.a11y.atspi.Value', 'org.a11y.atspi.Text', 'org.a11y.atspi.EditableText'
PROPERTIES = 'org.freedesktop.DBus.Properties'
ROOT = '/org/a11y/atspi/accessible/root'
IN_WINDOW = 1       # ATSPI_COORD_TYPE_WINDOW
STATES = {4: 'checked', 8: 'enabled', 10: 'expanded', 11: 'focusable', 12: 'focused', 16: 'modal', 20: 'pressed', 23: 'selected', 24: 'sensitive', 30: 'visible'}
POLL = 0.05         # s between two looks at a condition
CALL_TIMEOUT = 5000 # ms

Bounds = collections.namedtuple('Bounds', 'x y width height')


class Failure(AssertionError):
    """A condition that did not come true, with what the program said until then."""


def _run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options).stdout


class Desktop:
    """Screen, session bus, home. One at a time: the environment of this process points to it, so that X and D-Bus clients started from here find it."""

    def __init__(self, width=1280, height=800, dark=False, high_contrast=False):
        self.width, self.height = width, height
        self.home = tempfile.mkdtemp(prefix='lampwork-ui-')
        runtime = os.path.join(self.home, 'run')
        os.makedirs(runtime, mode=0o700)
        self._processes = []
        atexit.register(self.close)

        reader, writer = os.pipe()
        self._spawn(['Xvfb', '-displayfd', str(writer), '-screen', '0', f'{width}x{height}x24', '-nolisten', 'tcp', '-noreset'], pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as stream:
            number = stream.readline().strip()
        if not number:
            raise Failure('Xvfb did not start')

        for name in [name for name in os.environ if name.startswith('XDG_') or name in ('WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'GTK_A11Y')]:
            if name != 'XDG_DATA_DIRS':
                del os.environ[name]
        os.environ.update({
            'HOME': self.home, 'XDG_RUNTIME_DIR': runtime, 'DISPLAY': f':{number}', 'GDK_BACKEND': 'x11', 'LC_ALL': 'C.UTF-8',
            'GSK_RENDERER': 'cairo', 'LIBGL_ALWAYS_SOFTWARE': '1', 'GSETTINGS_BACKEND': 'keyfile', 'ADW_DISABLE_PORTAL': '1', 'GTK_USE_PORTAL': '0',
            'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark' if dark else 'prefer-light', 'ADW_DEBUG_HIGH_CONTRAST': '1' if high_contrast else '0',
            'NO_AT_BRIDGE': '0',
        })
        settings = os.path.join(self.home, '.config', 'gtk-4.0')
        os.makedirs(settings)
        with open(os.path.join(settings, 'settings.ini'), 'w', encoding='utf-8') as stream:
            stream.write('[Settings]\ngtk-font-name=Cantarell 11\ngtk-cursor-blink=false\n')

        bus = self._spawn(['dbus-daemon', '--session', '--nofork', '--print-address=1'], stdout=subprocess.PIPE, text=True)
        os.environ['DBUS_SESSION_BUS_ADDRESS'] = bus.stdout.readline().strip()
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        session = Gio.DBusConnection.new_for_address_sync(os.environ['DBUS_SESSION_BUS_ADDRESS'], flags, None, None)
        address = session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None, 0, CALL_TIMEOUT, None).unpack()[0]
        session.call_sync('org.a11y.Bus', '/org/a11y/bus', PROPERTIES, 'Set',
                          GLib.Variant('(ssv)', ('org.a11y.Status', 'IsEnabled', GLib.Variant('b', True))), None, 0, CALL_TIMEOUT, None)
        self.session = session
        self.bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)

    def _spawn(self, command, **options):
        options.setdefault('stderr', subprocess.DEVNULL)
        process = subprocess.Popen(command, start_new_session=True, **options)
        self._processes.append(process)
        return process

    def start(self, command, **environment):
        return App(self, command, environment)

    def close(self):
        atexit.unregister(self.close)
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class App:
    """A running program and its tree of widgets."""

    def __init__(self, desktop, command, environment):
        self.desktop, self.bus = desktop, desktop.bus
        self.log_path = os.path.join(desktop.home, f'log-{len(desktop._processes)}')
        with open(self.log_path, 'wb') as log:
            self.process = desktop._spawn([str(part) for part in command], stdout=log, stderr=subprocess.STDOUT,
                                          env={**os.environ, 'G_DEBUG': 'fatal-criticals', **environment})
        self.sender = None
        self.wait(self._connect, 'the program to show a window', timeout=60)

    # ---- conditions

    def wait(self, condition, what, timeout=15):
        """Looks until condition() is true and returns its value; fails with @what and the program's output when it is not in @timeout seconds."""
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                raise Failure(f'waited for {what}, but the program ended with {self.process.returncode}\n{self.log()[-3000:]}')
            if time.monotonic() > deadline:
                raise Failure(f'waited {timeout} s in vain for {what}\n{self.log()[-3000:]}')
            time.sleep(POLL)

    def wait_end(self, timeout=15):
        """The exit status of a program that was told to quit."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f'the program still runs after {timeout} s\n{self.log()[-3000:]}') from None

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as stream:
            return stream.read()

    def complaints(self):
        """Warnings and criticals that GLib logged."""
        return [line for line in self.log().splitlines() if re.search(r'-(WARNING|CRITICAL|ERROR) \*\*|AddressSanitizer|runtime error:', line)]

    # ---- the tree

    def _call_many(self, calls):
        """Sends all of [(path, interface, method, arguments)] before waiting for the first answer. None stands for a call that failed: widgets come and go."""
        answers, left = [None] * len(calls), [len(calls)]

        def answered(bus, result, index):
            with contextlib.suppress(GLib.Error):
                answers[index] = bus.call_finish(result).unpack()
            left[0] -= 1

        for index, (path, interface, method, arguments) in enumerate(calls):
            self.bus.call(self.sender, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, CALL_TIMEOUT, None, answered, index)
        context = GLib.MainContext.default()
        while left[0]:
            context.iteration(True)
        return answers

    def call(self, path, interface, method, arguments=None):
        return self.bus.call_sync(self.sender, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, CALL_TIMEOUT, None).unpack()

    def _connect(self):
        pids = GLib.Variant('(s)', ('org.a11y.atspi.Registry',))  # starts the registry when it is not running
        with contextlib.suppress(GLib.Error):
            self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'GetNameOwner', pids, None, 0, CALL_TIMEOUT, None)
        try:
            children = self.bus.call_sync('org.a11y.atspi.Registry', ROOT, ACCESSIBLE, 'GetChildren', None, None, 0, CALL_TIMEOUT, None).unpack()[0]
        except GLib.Error:
            return False
        for sender, _ in children:
            pid = self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'GetConnectionUnixProcessID',
                                     GLib.Variant('(s)', (sender,)), None, 0, CALL_TIMEOUT, None).unpack()[0]
            if pid == self.process.pid:
                self.sender = sender
                return bool(self.windows()) and bool(self.x_windows())
        return False

    def _children(self, path):
        return [child for _, child in self.call(path, ACCESSIBLE, 'GetChildren')[0]]

    def windows(self):
        """Top-level windows: the main one and dialogs."""
        return [Widget(self, path) for path in self._children(ROOT)]

    def walk(self, under=None):
        """Every widget, level by level, with role and name as they are at this moment."""
        level = [(under.path, under.parent)] if under else [(path, None) for path in self._children(ROOT)]
        while level:
            calls = []
            for path, _ in level:
                calls += [(path, ACCESSIBLE, 'GetRoleName', None), (path, PROPERTIES, 'Get', GLib.Variant('(ss)', (ACCESSIBLE, 'Name'))),
                          (path, ACCESSIBLE, 'GetChildren', None)]
            answers = self._call_many(calls)
            following = []
            for (path, parent), role, name, children in zip(level, answers[0::3], answers[1::3], answers[2::3]):
                if role is None or name is None or children is None:
                    continue
                widget = Widget(self, path, role[0], name[0], parent)
                yield widget
                following += [(child, widget) for _, child in children[0]]
            level = following

    def find_all(self, role=None, name=None, under=None, shown=None):
        """@name: a string (all of it) or a compiled pattern (search)."""
        def fits(widget):
            if role is not None and widget.role != role:
                return False
            if isinstance(name, re.Pattern):
                return bool(name.search(widget.name))
            return name is None or widget.name == name
        found = [widget for widget in self.walk(under) if fits(widget)]
        return found if shown is None else [widget for widget in found if widget.is_shown() == shown]

    def find(self, role=None, name=None, under=None, timeout=15, shown=None):
        """The one widget of that role and name, waited for. Of several the innermost or last, as a menu button holds the one that acts."""
        found = self.wait(lambda: self.find_all(role, name, under, shown), f'a {role or "widget"} named {name!r}', timeout)
        return found[-1]

    def texts(self, under=None):
        """Names of everything below: what a screen reader would say."""
        return [widget.name for widget in self.walk(under) if widget.name]

    def page(self, name):
        """Switches to a page by its tab and returns the tab."""
        tab = self.find('tab', name)
        if 'selected' not in tab.states():
            tab.press()
            self.wait(lambda: 'selected' in tab.states(), f'the page {name}')
        return tab

    # ---- the screen

    def x_windows(self):
        """Mapped X windows of the program, topmost first: (id, x, y, width, height)."""
        found = []
        for line in _run('xwininfo', '-root', '-children', text=True).splitlines():
            match = re.match(r'\s+(0x[0-9a-f]+) .*?(\d+)x(\d+)\+-?\d+\+-?\d+\s+\+(-?\d+)\+(-?\d+)$', line)
            if match and int(match[2]) > 1 and int(match[3]) > 1:
                if 'IsViewable' in _run('xwininfo', '-id', match[1], text=True):
                    found.append((int(match[1], 16), int(match[4]), int(match[5]), int(match[2]), int(match[3])))
        return found

    def _x_window_like(self, width, height, slack=80):
        """The topmost X window that holds content of that size and little more."""
        for window in self.x_windows():
            if 0 <= window[3] - width <= slack and 0 <= window[4] - height <= slack:
                return window
        return None

    def keys(self, *names):
        """Presses keys by their X names ('space', 'Escape', 'ctrl+z')."""
        self._focus()
        _run('xdotool', 'key', '--clearmodifiers', *names)

    def type(self, text):
        self._focus()
        _run('xdotool', 'type', '--delay', '8', text)

    def _focus(self):
        windows = self.x_windows()
        frames = [window.extents() for window in self.windows()]
        for window in windows:  # popovers are none of the toplevels: the keyboard stays with their parent
            if any(0 <= window[3] - frame.width <= 80 and 0 <= window[4] - frame.height <= 80 for frame in frames):
                current = subprocess.run(['xdotool', 'getwindowfocus', '-f'], capture_output=True, text=True, check=False).stdout.strip()
                if current != str(window[0]):
                    _run('xdotool', 'windowfocus', '--sync', str(window[0]))
                return

    def pointer(self, *words):
        """xdotool's words for the mouse: 'mousemove', x, y, 'click', 1 …"""
        _run('xdotool', *[str(word) for word in words])

    def screenshot(self, path, bounds=None):
        """PNG of a part of the screen, of all of it without @bounds."""
        crop = ['-crop', f'{bounds.width}x{bounds.height}+{bounds.x}+{bounds.y}', '+repage'] if bounds else []
        _run('import', '-silent', '-window', 'root', *crop, str(path))

    def colours(self, bounds, share=0.0):
        """How many of the pixels have each colour, {(r, g, b): fraction}; rarer ones than @share are left out."""
        pixels = _run('import', '-silent', '-window', 'root', '-crop', f'{bounds.width}x{bounds.height}+{bounds.x}+{bounds.y}', '+repage',
                      '-depth', '8', 'rgb:-')
        counts = collections.Counter(zip(pixels[0::3], pixels[1::3], pixels[2::3]))
        total = max(1, len(pixels) // 3)
        return {colour: n / total for colour, n in counts.items() if n / total >= share}

    # ---- the end

    def close_window(self):
        """What the button in the title bar does. The caller waits with wait_end()."""
        frame = self.windows()[-1]
        with contextlib.suppress(GLib.Error):
            frame.press('window.close')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Widget:
    """One accessible object. Nothing but its address, and role and name as they were when it was found, is kept."""

    def __init__(self, app, path, role=None, name=None, parent=None):
        self.app, self.path, self.role, self.name, self.parent = app, path, role, name, parent

    def __repr__(self):
        return f'<{self.role} {self.name!r}>'

    def _get(self, interface, name):
        return self.app.call(self.path, PROPERTIES, 'Get', GLib.Variant('(ss)', (interface, name)))[0]

    def states(self):
        low, high = self.app.call(self.path, ACCESSIBLE, 'GetState')[0]
        return {name for bit, name in STATES.items() if (low | high << 32) >> bit & 1}

    def is_sensitive(self):
        return 'sensitive' in self.states()

    def current_name(self):
        return self._get(ACCESSIBLE, 'Name')

    def description(self):
        return self._get(ACCESSIBLE, 'Description')

    # ---- acting without the mouse

    def actions(self):
        return [name.lower() for name, _, _ in self.app.call(self.path, ACTION, 'GetActions')[0]]

    def press(self, action=None):
        """Its action "click", "toggle" or "activate", or the named one."""
        names = self.actions()
        wanted = [action] if action else ['click', 'toggle', 'activate']
        for name in wanted:
            if name in names:
                if not self.app.call(self.path, ACTION, 'DoAction', GLib.Variant('(i)', (names.index(name),)))[0]:
                    raise Failure(f'{self!r} refused the action {name}')
                return
        raise Failure(f'{self!r} has no action {wanted}, but {names}')

    @property
    def value(self):
        return self._get(VALUE, 'CurrentValue')

    @value.setter
    def value(self, number):
        self.app.call(self.path, PROPERTIES, 'Set', GLib.Variant('(ssv)', (VALUE, 'CurrentValue', GLib.Variant('d', number))))

    @property
    def text(self):
        length = self._get(TEXT, 'CharacterCount')  # GTK 4.8 answers an end of -1 with nothing
        return self.app.call(self.path, TEXT, 'GetText', GLib.Variant('(ii)', (0, length)))[0]

    @text.setter
    def text(self, string):
        self.app.call(self.path, EDITABLE, 'SetTextContents', GLib.Variant('(s)', (string,)))

    # ---- where it is

    def extents(self):
        """In coordinates of its window's content."""
        return Bounds(*self.app.call(self.path, COMPONENT, 'GetExtents', GLib.Variant('(u)', (IN_WINDOW,)))[0])

    def _ancestors(self):
        widget = self
        while widget is not None:
            yield widget
            if widget.parent is None and widget.role not in (None, 'window', 'dialog'):
                _, path = widget._get(ACCESSIBLE, 'Parent')
                if path == ROOT:
                    return
                widget.parent = Widget(self.app, path, self.app.call(path, ACCESSIBLE, 'GetRoleName')[0],
                                       self.app.call(path, PROPERTIES, 'Get', GLib.Variant('(ss)', (ACCESSIBLE, 'Name')))[0])
            widget = widget.parent

    def bounds(self):
        """On the screen, in pixels."""
        extents = self.extents()
        surface = None
        for ancestor in self._ancestors():
            surface = ancestor
            if ancestor.name.startswith('GtkPopover') and ancestor.name != 'GtkPopoverContent':
                break
        outer = surface.extents()
        window = self.app._x_window_like(outer.width, outer.height)
        if window is None:
            raise Failure(f'no X window of {outer.width}x{outer.height} for {self!r}')
        x = window[1] + (window[3] - outer.width) // 2 - outer.x
        y = window[2] + (window[4] - outer.height) // 2 - outer.y
        return Bounds(extents.x + x, extents.y + y, extents.width, extents.height)

    def is_shown(self):
        """Does it, or something inside it, lie under its own middle?"""
        extents = self.extents()
        if extents.width <= 0 or extents.height <= 0:
            return False
        window = list(self._ancestors())[-1]
        _, path = self.app.call(window.path, COMPONENT, 'GetAccessibleAtPoint',
                                GLib.Variant('(iiu)', (extents.x + extents.width // 2, extents.y + extents.height // 2, IN_WINDOW)))[0]
        while path not in (ROOT, '/org/a11y/atspi/null'):
            if path == self.path:
                return True
            _, path = self.app.call(path, PROPERTIES, 'Get', GLib.Variant('(ss)', (ACCESSIBLE, 'Parent')))[0]
        return False

    # ---- acting with the mouse; places are fractions of the widget, (0.5, 0.5) is its middle

    def _at(self, place):
        bounds = self.bounds()
        return round(bounds.x + place[0] * (bounds.width - 1)), round(bounds.y + place[1] * (bounds.height - 1))

    def click(self, place=(0.5, 0.5), button=1, repeat=1):
        self.app.pointer('mousemove', *self._at(place), 'click', '--repeat', repeat, '--delay', 60, button)

    def scroll(self, clicks, place=(0.5, 0.5)):
        """Positive: away from the person."""
        self.app.pointer('mousemove', *self._at(place), 'click', '--repeat', abs(clicks), '--delay', 30, 4 if clicks > 0 else 5)

    def drag(self, *places, button=1, seconds=0.5, keys=None):
        """Along the straight lines between @places at an even pace, about 50 positions a second; @keys are held ('shift')."""
        points = [self._at(place) for place in places]
        steps = max(2, round(50 * seconds / max(1, len(points) - 1)))
        pause = seconds / (steps * max(1, len(points) - 1))
        if keys:
            self.app.pointer('keydown', keys)
        words = ['mousemove', *points[0], 'mousedown', button]
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            for step in range(1, steps + 1):
                words += ['mousemove', round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps), 'sleep', f'{pause:.4f}']
        self.app.pointer(*words, 'mouseup', button)
        if keys:
            self.app.pointer('keyup', keys)

    def choose(self, entry):
        """Of a combo box: opens its list with the mouse and clicks @entry."""
        self.click()

        def listed():
            return [label for label in self.app.find_all('label', entry, under=self)
                    if any(ancestor.name == 'GtkPopover' for ancestor in label._ancestors()) and label.extents().width > 0]
        label = self.app.wait(listed, f'{entry!r} in the list of {self!r}')[-1]
        self.app.wait(lambda: label._popped_up(), f'the list of {self!r} to open')
        label.click()

    def _popped_up(self):
        try:
            return self.bounds()
        except Failure:
            return None

    def colours(self, share=0.0):
        return self.app.colours(self.bounds(), share)

    def screenshot(self, path):
        self.app.screenshot(path, self.bounds())


class Scenario:
    """Steps as TAP lines. A step that fails ends the scenario: the ones after it build on it.

        scenario = Scenario(pictures='…/folder')
        with scenario.step('connect', app): …
        scenario.end()
    """

    def __init__(self, pictures=None):
        self.count, self.pictures = 0, pictures

    @contextlib.contextmanager
    def step(self, name, app=None):
        self.count += 1
        started = time.monotonic()
        try:
            yield
        except Exception as error:  # pylint: disable=broad-except
            print(f'not ok {self.count} - {name}')
            for line in f'{type(error).__name__}: {error}'.splitlines():
                print(f'# {line}')
            if app is not None and self.pictures:
                path = os.path.join(self.pictures, f'failed-{self.count}.png')
                with contextlib.suppress(Exception):
                    os.makedirs(self.pictures, exist_ok=True)
                    app.screenshot(path)
                    print(f'# picture: {path}')
            print(f'1..{self.count}', flush=True)
            sys.exit(1)
        print(f'ok {self.count} - {name} ({time.monotonic() - started:.1f} s)', flush=True)

    def end(self):
        print(f'1..{self.count}', flush=True)
