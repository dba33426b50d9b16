"""The output folder: written aside, then swapped in as a unit, so that an error never leaves half of it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tierwright.outputs.exchange import exchange
from tierwright.outputs.provenance import contents, made_by_an_earlier_version
from tierwright.process.aside import SWAPPED, aside, clear, remains, turn
from tierwright.process.ending import FailureError, on_end, undisturbed

_ELSEWHERE = "choose another folder for the output"
_OF_ITS_OWN = "choose a folder of its own for the output"
_NAMED = 5
"""The most foreign files that a message names."""


class OutputError(FailureError):
    """The output folder cannot be written; the message says why and what to do."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """An empty folder to write into. At the end it replaces `folder`, and gets its mode and owner.

    There is no moment without a folder. After an exception `folder` is as it was. Raises OutputError when `folder` holds anything
    that is not marked as made here, also when that came meanwhile: a slip such as `--out .` must not cost anybody's files.
    """
    with _explained(folder, "written"):
        folder = _resolved(folder)
        with turn(folder.parent):
            _refuse_foreign(folder)
        base = _base(folder)
        for found in {base, folder}:
            _clear_remains(found)
    with _explained(folder, "written"), aside(base) as place:
        new = place / "new"
        new.mkdir()
        _make_alike(new, folder)
        yield new
        with _explained(folder, "replaced"), _parents(folder), turn(folder.parent), undisturbed():
            _refuse_foreign(folder)
            if not folder.exists():
                new.rename(folder)
            elif base == folder or _is_inside(folder) or not _exchanged(new, folder):
                _move_in(new, folder)


def _resolved(folder: Path) -> Path:
    """The folder with `..` and links in its path resolved. A folder that is itself a link is refused."""
    itself = folder.name not in {"", ".."}
    folder = Path(os.path.realpath(folder.parent if itself else folder), folder.name if itself else "")
    if folder.parent == folder:
        raise OutputError(f"{folder} is the root of the file system; {_OF_ITS_OWN}")
    return folder


@contextmanager
def _explained(folder: Path, done: str) -> Iterator[None]:
    """Say of the folder what cannot be done to it, and why."""
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise OutputError(f"{folder} cannot be made below a file; {_ELSEWHERE}") from None
    except OSError as error:
        raise OutputError(f"{folder} cannot be {done}: {error.strerror}; {_ELSEWHERE}") from None


def _refuse_foreign(folder: Path) -> None:
    if folder.is_symlink():
        raise OutputError(f"{folder} is a link; {_OF_ITS_OWN}")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} is no folder; {_OF_ITS_OWN}")
    made, foreign = contents(folder)
    if foreign:
        named = ", ".join(foreign[:_NAMED]) + (f" and {len(foreign) - _NAMED} more" if len(foreign) > _NAMED else "")
        remedy = _OF_ITS_OWN
        if not made and made_by_an_earlier_version(folder):
            remedy += f"; if an earlier version made it, which did not mark its files, remove {folder} first"
        raise OutputError(f"{folder} holds {named}, which {'was' if len(foreign) == 1 else 'were'} not made here; {remedy}")


def refuse_foreign_file(file: Path, is_own: Callable[[bytes], bool], remedy: str) -> None:
    """Refuse to replace a file whose content is not of the own kind, and what is no file. Raises OutputError."""
    if not os.path.lexists(file):
        return
    if file.is_symlink() or not file.is_file():
        raise OutputError(f"{file}: is {'a link' if file.is_symlink() else 'no file'}; {remedy}")
    if not is_own(file.read_bytes()):
        raise OutputError(f"{file}: was not made here; {remedy}")


def _base(folder: Path) -> Path:
    """Where to write first: beside the folder, so that the two can be swapped; where that is impossible, inside it."""
    above = next(one for one in folder.parents if one.exists())
    if folder.exists() and (not os.access(above, os.W_OK | os.X_OK) or above.stat().st_dev != folder.stat().st_dev):
        return folder
    return above


def _is_inside(folder: Path) -> bool:
    """Whether the program was started in the folder. After a swap, the shell there would be in a folder that no longer exists."""
    try:
        return Path(os.path.realpath(Path.cwd())).is_relative_to(folder)
    except FileNotFoundError:  # the working folder is gone
        return False


def _make_alike(new: Path, folder: Path) -> None:
    """Give the new folder the owner and mode of the one that it replaces and, meanwhile, the rights that writing takes."""
    with suppress(FileNotFoundError):
        there = folder.stat()
        for owner, group in ((-1, there.st_gid), (there.st_uid, -1)):
            with suppress(PermissionError):  # what is another's can stay so only when root makes it
                os.chown(new, owner, group)
        new.chmod(stat.S_IMODE(there.st_mode) | stat.S_IRWXU)


@contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """Make the folders above this one, and remove them again after an exception."""
    made = [one for one in folder.parents if not one.exists()]
    with undisturbed():
        forget = on_end(lambda: _remove_folders(made))
        folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        _remove_folders(made)
        raise
    finally:
        forget()


def _exchanged(new: Path, folder: Path) -> bool:
    """Swap the folders, if the file system can do that, and remove the old one. After an OutputError all is as it was."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    swapped = new.rename(new.with_name(SWAPPED))
    try:
        exchange(swapped, folder)
    except OSError:
        swapped.rename(new)
        return False
    try:
        _refuse_foreign(swapped)
    except OutputError as error:  # it came between the last look and the exchange
        exchange(swapped, folder)
        swapped.rename(new)
        raise OutputError(str(error).replace(str(swapped), str(folder))) from None
    try:
        folder.chmod(mode)
        _remove_made(swapped)
    except OSError as error:
        raise OutputError(f"{folder} is made, but what was there before is left in {swapped}: {error.strerror}") from None
    return True


def _move_in(new: Path, folder: Path) -> None:
    """Replace file by file, for folders that cannot be swapped: mount points, and the working folder.

    Every file is complete at any time, and after an error all are as they were. But whoever reads meanwhile, or a run that SIGKILL
    ends here, may see some old and some new files; the next run puts that right.
    """
    old = contents(folder).made
    with aside(folder) as place:
        files = [str(file.relative_to(new)) for file in new.rglob("*") if file.is_file()]
        for path in files:
            _put(new / path, place / "new" / path, _linked)
        for path in old:
            _put(folder / path, place / "old" / path, _linked)
        try:
            for path in set(old).difference(files):
                (folder / path).unlink()
            for path in files:
                _put(place / "new" / path, folder / path, os.replace)
            _remove_empty(folder, old)
        except OSError:
            for path in set(files).difference(old):
                (folder / path).unlink(missing_ok=True)
            for path in old:
                _put(place / "old" / path, folder / path, os.replace)
            _remove_empty(folder, files)
            raise


def _put(source: Path, target: Path, how: Callable[[Path, Path], object]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    how(source, target)


def _linked(source: Path, target: Path) -> None:
    """A hard link to a file, which takes no room; a copy where that is impossible."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _remove_made(folder: Path) -> None:
    """Remove files made by this program, and folders that are empty then. Files that others added meanwhile stay."""
    made = contents(folder).made
    for place in {folder, *((folder / path).parent for path in made)}:
        with suppress(PermissionError):
            place.chmod(stat.S_IRWXU)
    for path in made:
        (folder / path).unlink()
    _remove_empty(folder, made)
    with suppress(OSError):
        folder.rmdir()


def _remove_empty(folder: Path, paths: Collection[str]) -> None:
    """Remove the folders on the way to these paths that are empty."""
    above = {folder / parent for path in paths for parent in Path(path).parents if parent.name}
    _remove_folders(sorted(above, key=lambda one: -len(one.parts)))


def _remove_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _clear_remains(base: Path) -> None:
    """Remove what killed runs left behind."""
    for place in remains(base):
        with suppress(OSError):
            if (place / SWAPPED).is_dir():
                _remove_made(place / SWAPPED)
        clear(place)
