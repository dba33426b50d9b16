"""Costs of Python that runs of less than a second can avoid. docs/benchmarks.md has the figures."""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
from importlib import import_module
from typing import Any, NoReturn

_compile = re.compile


class Pattern:
    """A pattern that is compiled when it is first asked for something, and afterwards as fast as any other."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._written = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        """What the compiled pattern has. Raises `re.error` where it cannot be compiled."""
        found = getattr(_compile(*self._written), name)
        setattr(self, name, found)
        return found


def be_short() -> None:
    """Call this before the imports of such a run.

    The memory of cycles is not searched for: there are none to speak of, and the process ends soon. And what such a run imports of
    others is imported in a way that costs less: msgspec without typing_extensions, for which it has typing in its place, and which
    would bring inspect; and all with patterns that are compiled when they are needed, also those of the types of the values: two
    thirds never are.
    """
    gc.disable()
    if not sys.modules.keys() & {"msgspec", "typing_extensions", "yaml"}:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment] # as Python marks what cannot be imported
        re.compile = Pattern  # type: ignore[assignment] # msgspec takes it from there once, for good
        try:
            for module in ("argparse", "json", "pathlib", "msgspec", "yaml"):
                import_module(module)
        finally:
            re.compile = _compile
            del sys.modules["typing_extensions"]


_left: list[int] = []
"""The exit code of a run that is over."""


def be_left_as_it_is() -> None:
    """Call this first: what is registered first with `atexit` is done last. `leave` then ends the process there.

    Otherwise Python would take apart every module and all that is in it: a twentieth of the run.
    """
    atexit.register(_end)


def leave(code: int) -> NoReturn:
    """End with this exit code, after all that is registered with `atexit`, but without a last garbage collection."""
    gc.freeze()
    _left.append(code)
    sys.exit(code)


def _end() -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python, which ends now, says so
    if _left:
        os._exit(_left[0])
