"""The output folder: built aside, then swapped in whole, so that an error never leaves half of it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MANIFESTS = re.compile(r"\d\d-[a-z][a-z0-9-]*\.yaml")
_FOLDERS = frozenset({"helm"})
"""What stands in an output folder: one file a chart, and the folders of the other outputs."""


class OutputError(Exception):
    """The output folder cannot be written; the message says why and what to do."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into; at the end it takes the place of `folder`.

    After an exception `folder` is as it was. Raises OutputError when `folder` holds what this program has not written:
    a slip such as `--out .` must not cost anybody's files.
    """
    folder = folder.absolute()
    try:
        _refuse_foreign(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except (FileExistsError, NotADirectoryError):
        raise OutputError(f"{folder} cannot be made below a file; choose another folder for the output") from None
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


def _refuse_foreign(folder: Path) -> None:
    remedy = "choose a folder of its own for the output"
    if folder.is_symlink():
        raise OutputError(f"{folder} is a link; {remedy}")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} is no folder; {remedy}")
    for entry in sorted(folder.iterdir()):
        ours = entry.name in _FOLDERS if entry.is_dir() else _MANIFESTS.fullmatch(entry.name)
        if not ours or entry.is_symlink():
            raise OutputError(f"{folder} holds {entry.name}, which was not made here; {remedy}")


def _swap(folder: Path, new: Path, old: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    folder.rename(old)
    try:
        new.rename(folder)
    finally:
        if not folder.exists():  # also when the user interrupts just here
            old.rename(folder)
