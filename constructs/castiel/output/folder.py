"""The output folder: built aside, then swapped in whole, so that an error never leaves half of it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS = re.compile(r"\d\d-[a-z][a-z0-9-]*\.yaml")
"""What stands in an output folder: one file a chart."""


class OutputError(Exception):
    """The output folder cannot be written; the message says why and what to do."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into; at the end it takes the place of `folder`.

    After an exception `folder` is as it was. Raises OutputError when `folder` holds what this program has not written:
    a slip such as `--out .` must not cost anybody's files.
    """
    folder = folder.absolute()
    foreign = _foreign(folder)
    if foreign:
        raise OutputError(f"{folder} holds {foreign}, which was not made here; choose a folder of its own for the output")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}; choose another folder for the output") from None
    try:
        new, old = aside / "new", aside / "old"
        new.mkdir()
        yield new
        try:
            _swap(folder, new, old)
        except OSError as error:
            raise OutputError(f"{folder} cannot be replaced: {error.strerror}; choose another folder for the output") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _foreign(folder: Path) -> str | None:
    """The first thing there that is not ours."""
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir() or folder.is_symlink():
        return "something that is no folder" if not folder.is_symlink() else "a link"
    return next((entry.name for entry in sorted(folder.iterdir()) if not _OURS.fullmatch(entry.name)), None)


def _swap(folder: Path, new: Path, old: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        old.rename(folder)
        raise
