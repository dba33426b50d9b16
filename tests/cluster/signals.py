"""Signals: SIGTERM ends a block in order, and nothing interrupts an end that has begun."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


def exit_in_order(_number: int, _frame: FrameType | None) -> None:
    """A handler that raises SystemExit with the shell's code for the signal, so that every block is left in order."""
    raise SystemExit(128 + signal.SIGTERM)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep a second Ctrl-C from leaving half of the node behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
