"""How a command ends: done, or with its errors on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from tierwright.process.ending import FailureError, say

DONE = 0
WRONG = 2


def ended(action: Callable[[], object]) -> int:
    """Do it; gives the exit code."""
    try:
        action()
    except FailureError as error:
        return refused(error)
    except OSError as error:  # of a file that may not be read, say; what can be said better is said better below
        return refused(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return DONE


def refused(error: object) -> int:
    """Print what is wrong. The result is the exit code."""
    say(error)
    return WRONG


def printed(text: str) -> None:
    """Write to standard output. Raises FailureError where that is impossible."""
    try:
        sys.stdout.buffer.write(os.fsencode(text))
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up(sys.stdout.fileno())
        raise FailureError(f"standard output: {error.strerror}") from None


def _give_up(number: int) -> None:
    """Keep Python from trying again, at its end, to write what it could not write."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
