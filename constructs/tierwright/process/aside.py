"""Folders in which a run writes before it swaps. Each is locked as long as its run lives; those of dead runs are removed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tierwright.process.ending import FailureError, on_end, undisturbed

SWAPPED = "swapped"
"""A folder of this name may have been the output of an earlier run: it is never removed without a look at its files."""

_NAME = re.compile(r"\.tierwright-[0-9a-f]{16}")
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.01


def is_aside(name: str) -> bool:
    """Whether this program made a folder of this name. Nobody types 16 random digits by hand."""
    return _NAME.fullmatch(name) is not None


@contextmanager
def aside(base: Path) -> Iterator[Path]:
    """An empty folder in `base`, readable by its owner only; it is removed at the end, however the run ends.

    Only SIGKILL leaves it: `remains` then finds it. Raises OSError where it cannot be made.
    """
    with undisturbed():
        folder, lock = _made(base)
        forget = on_end(lambda: clear(folder))
    try:
        yield folder
    finally:
        with undisturbed():
            clear(folder)
            os.close(lock)
            forget()


def clear(folder: Path) -> None:
    """Remove such a folder as far as possible, except what was swapped."""
    with suppress(OSError):
        for entry in list(folder.iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                if entry.name != SWAPPED:
                    shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink()
        folder.rmdir()


def remains(base: Path) -> Iterator[Path]:
    """The folders in `base` that dead runs of the same user left, each locked while it is looked at."""
    try:
        found = [entry for entry in base.iterdir() if is_aside(entry.name)]
    except OSError:
        return
    for folder in found:
        with suppress(OSError):
            lock = _lock(folder)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    yield folder
            finally:
                os.close(lock)


@contextmanager
def turn(base: Path) -> Iterator[None]:
    """Wait until no other run is in the body for the same folder `base`.

    Where there is no such folder, or a file system without locks, there is no waiting either. Raises FailureError after a minute.
    """
    try:
        lock = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _turned(lock):
            if time.monotonic() > deadline:
                raise FailureError(f"{base} is locked by another process for more than a minute; end that one first")
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(lock)


def _turned(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _made(base: Path) -> tuple[Path, int]:
    """A new folder and the descriptor with its lock. Another run may remove it before it is locked; then another one is made."""
    while True:
        folder = base / f".tierwright-{os.urandom(8).hex()}"
        folder.mkdir(0o700)
        try:
            lock = _lock(folder)
        except (BlockingIOError, FileNotFoundError):
            continue
        except OSError:  # a file system without locks; nobody clears there
            return folder, os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), folder.stat()):
                return folder, lock
        os.close(lock)


def _lock(folder: Path) -> int:
    """A descriptor that holds the lock of the folder. Raises OSError, BlockingIOError where a live run holds it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(lock)
        raise
    return lock
