# SPDX-License-Identifier: GPL-2.0-or-later
"""A terminal of 80x24 that can be read as its user reads it: pexpect types, pyte draws."""
import re
import time

import pexpect
import pyte

KEYS = {"enter": "\r", "tab": "\t", "esc": "\x1b", "up": "\x1b[A", "down": "\x1b[B",
        "f1": "\x1bOP", "f12": "\x1b[24~", "pgdn": "\x1b[6~", "pgup": "\x1b[5~", "space": " ",
        "backtab": "\x1b[Z", "bksp": "\x7f"}


class Terminal:
    """
    child: what is typed to, with send() and read_nonblocking() as pexpect has them;
    pause: seconds between two characters that are typed.
    """

    def __init__(self, child, pause=0.0, columns=80, rows=24):
        self.child = child
        self.pause = pause
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.stream.use_utf8 = False
        self.shots = []

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def pump(self, seconds=0.05):
        """Draw what has come."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return False
        # pyte knows no "send device attributes" with a private mark, and draws its tail.
        self.stream.feed(data)
        return True

    def see(self, pattern, timeout=20):
        """Wait until the screen shows this."""
        end = time.monotonic() + timeout
        while not re.search(pattern, self.text(), re.S):
            if time.monotonic() > end:
                raise AssertionError(f"the screen does not show {pattern!r}:\n{self.text()}")
            try:
                self.pump(0.2)
            except pexpect.EOF:
                raise AssertionError(f"the program ended before {pattern!r}:\n"
                                     f"{self.text()}") from None
        # What is still on its way belongs to it.
        while self.pump(0.15):
            pass
        return self.text()

    def type(self, text):
        for c in text:
            self.child.send(c)
            if self.pause:
                time.sleep(self.pause)

    def press(self, *names):
        for name in names:
            self.child.send(KEYS[name])
            time.sleep(max(self.pause, 0.02))

    def button(self, name):
        """Tab until the bar is on this button, and press it."""
        for _ in range(24):
            while self.pump(0.1):
                pass
            y, x = self.screen.cursor.y, self.screen.cursor.x
            line = self.screen.display[y]
            start = line.rfind("<", 0, x + 1)
            if start >= 0 and line[start + 1:line.find(">", start)] == name:
                return self.press("enter")
            self.press("tab")
        raise AssertionError(f"there is no way to the button {name}:\n{self.text()}")

    def shot(self, name):
        self.shots.append((name, self.text()))
        return self.text()


def spawn(argv, env, **more):
    child = pexpect.spawn(argv[0], argv[1:], env=env, dimensions=(24, 80), timeout=20, **more)
    child.delaybeforesend = None
    return child
