"""Waiting with a deadline: nothing here sleeps for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def wait_for(
    what: str,
    ask: Callable[[], Result | None],
    *,
    timeout: float,
    interval: float = 0.1,
    explain: Callable[[], str] = str,
) -> Result:
    """Ask until the answer is true, and return it; ``timeout`` and ``interval`` are in seconds.

    An exception of ``ask`` counts as "not yet". Raises TimeoutError that names what was waited for, the last exception
    and what ``explain`` adds, for instance the end of a log.
    """
    deadline = time.monotonic() + timeout
    problem: Exception | None = None
    while True:
        try:
            answer, problem = ask(), None
        except Exception as failure:  # whatever it was, the deadline decides
            problem, answer = failure, None
        if answer:
            return answer
        if time.monotonic() > deadline:
            words = [f"{what}: not within {timeout:g} s", f"last: {problem!r}" if problem else "", explain()]
            raise TimeoutError("\n".join(word for word in words if word)) from problem
        time.sleep(interval)
