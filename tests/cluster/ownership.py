"""One name, one owner: the process that has a node or an engine of a name up, and ends it in order at SIGTERM."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import IO, Any

from tests.cluster.remains import take
from tests.cluster.signals import exit_in_order


class Ownership:
    """The right to a folder of this machine; the kernel takes it back however its process ends."""

    def __init__(self, what: str, folder: Path) -> None:
        self._what = what
        self._folder = folder
        self._lock: IO[str] | None = None
        self._previous_handler: Any = None

    def take(self) -> None:
        """Take it, and end in order at SIGTERM from now on. Raises RuntimeError when another process has it."""
        taken = take(self._folder)
        if isinstance(taken, int):
            raise RuntimeError(f"{self._what} called {self._folder.name} is in use, by process {taken}")
        taken.truncate(0)
        taken.write(str(os.getpid()))
        taken.flush()
        self._lock = taken
        if threading.current_thread() is threading.main_thread():
            self._previous_handler = signal.signal(signal.SIGTERM, exit_in_order)

    def give_back(self) -> None:
        """Leave it to the next."""
        if self._lock is not None:
            self._lock.close()
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)
        self._lock = self._previous_handler = None
