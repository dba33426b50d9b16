"""What a process needs first: UTF-8, its three streams, and signals that end it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from tierwright.process.ending import end_on_signals
from tierwright.process.short import be_left_as_it_is


def begin() -> None:
    """Call this first. It may start the process again, in Python's UTF-8 mode.

    In another mode the names of files that go to Node would be other names there.
    """
    if sys.getfilesystemencoding() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - it is this program
    be_left_as_it_is()
    _open_streams()
    end_on_signals()


def _open_streams() -> None:
    """Open the streams that the caller has closed: otherwise the next opened file would get their number, and the messages."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
