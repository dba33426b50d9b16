"""Costs of Python that runs of less than a second can avoid. docs/benchmarks.md has the figures."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn


def be_short() -> None:
    """Call this before the imports of such a run.

    The memory of cycles is not searched for: there are none to speak of, and the process ends soon. And msgspec is imported without
    typing_extensions, for which it has typing in its place: that module, and inspect, which comes with it, would take a tenth of
    the run.
    """
    gc.disable()
    if "msgspec" not in sys.modules and "typing_extensions" not in sys.modules:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment] # as Python marks what cannot be imported
        try:
            import msgspec  # noqa: F401
        finally:
            del sys.modules["typing_extensions"]


def leave(code: int) -> NoReturn:
    """End with this exit code, without a last garbage collection."""
    gc.freeze()
    sys.exit(code)
