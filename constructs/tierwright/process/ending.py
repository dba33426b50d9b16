"""How a run ends early: with one line and the conventional exit code, no child left alive and nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class FailureError(Exception):
    """The run cannot continue, for a reason outside the program; the message says why and what to do."""


class _State:
    """What to undo at the end, and the signals that wait until they may end the run."""

    undo: list[Callable[[], object]] = []
    holders = 0
    waiting: list[int] = []


def end_on_signals() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP end the run at once; those that are ignored (`nohup`) stay so.

    The exit code is 128 and the signal's number, as shells give it.
    """
    for one in SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, _received)


def on_end(undo: Callable[[], object]) -> Callable[[], None]:
    """Call `undo` when a signal ends the run. The result is a function that cancels this."""
    _State.undo.append(undo)

    def forget() -> None:
        with suppress(ValueError):
            _State.undo.remove(undo)

    return forget


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that arrive in the body end the run after it. Use it for short steps that must not be left half done."""
    _State.holders += 1
    try:
        yield
    finally:
        _State.holders -= 1
        if _State.waiting and not _State.holders:
            _end(_State.waiting[0])


def say(message: object) -> None:
    """Print to standard error, if it is open. A caller who closed it has the exit code."""
    with suppress(OSError, ValueError, AttributeError):
        print(message, file=sys.stderr)


def _received(number: int, _frame: FrameType | None) -> None:
    if _State.holders:
        _State.waiting.append(number)
    else:
        _end(number)


def _end(number: int) -> None:
    """End at once. An exception might be caught on its way up, for instance by jsii."""
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    for undo in reversed(_State.undo):
        with suppress(Exception):
            undo()
    with suppress(OSError):  # written past sys.stderr, which may just be in use
        os.write(2, f"stopped by {signal.Signals(number).name}\n".encode())
    os._exit(128 + number)
