"""`env`: the variables of the Compose file, with random passwords. What is there already stays as it is."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tierwright.cli.ended import ended, printed
from tierwright.cli.parser import parser
from tierwright.outputs.env_file import RANDOM, Entry, entries
from tierwright.process.aside import aside, turn
from tierwright.process.ending import FailureError, undisturbed

_HEADER = "# Made by `tierwright env`. It is yours: what is here stays as it is. Keep it out of version control.\n"
_ELSEWHERE = "name another file with --out"
_RANDOM_BYTES = 32
"""As many as the Job in the cluster takes: programs that want a key of a certain length get it here too."""

_OWNER_ONLY = 0o600


def run(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = parser(
        "tierwright env", "Write the variables of the Compose file with random passwords, or add those that are missing."
    )
    options.add_argument("--out", type=Path, default=Path(".env"), metavar="FILE", help="the file (.env)")
    example = Path("dist/compose/.env.example")
    options.add_argument(
        "--from", type=Path, default=example, metavar="FILE", dest="example", help=f"which variables there are ({example})"
    )
    given = options.parse_args(arguments)
    return ended(lambda: _run(given.out, given.example))


def _run(out: Path, example: Path) -> None:
    wanted = entries(_read(example, "make it with `tierwright render --out dist`, or name another one with --from"), example)
    with turn(out.parent):
        before = _before(out)
        there = entries(before or "", out)
        _refuse_placeholders(out, there)
        missing = [one for one in wanted if not _is_there(one, there)]
        text = "".join(f"\n{_filled(one)}" for one in missing)
        if before is None:
            text = _HEADER + text
            _make(out, text)
        elif missing:
            text = text if not before or before.endswith("\n") else f"\n{text}"
            _add(out, text)
    printed(f"{out}: {_done(missing, made=before is None)}\n")
    for one in _empty(wanted, entries((before or "") + text, out)):
        printed(f"{out}:{one.line}: {one.name} is empty; fill it in\n")


def _read(file: Path, remedy: str) -> str:
    try:
        return file.read_bytes().decode(errors="surrogateescape")
    except OSError as error:
        raise FailureError(f"{file}: cannot be read: {error.strerror}; {remedy}") from None


def _before(out: Path) -> str | None:
    """The text of the file, None where there is none. A link may lead to a file of somebody else's."""
    if not os.path.lexists(out):
        return None
    if out.is_symlink() or not out.is_file():
        raise FailureError(f"{out}: is {'a link' if out.is_symlink() else 'no file'}; remove it, or {_ELSEWHERE}")
    return _read(out, f"make it readable, or {_ELSEWHERE}")


def _refuse_placeholders(out: Path, there: Sequence[Entry]) -> None:
    """Where the example was copied by hand, everybody would know the passwords."""
    for one in there:
        if one.value == RANDOM:
            wrong = f"{one.name} is {RANDOM}, which stands for a random text"
            raise FailureError(f"{out}:{one.line}: {wrong}; remove this line, and run the command again")


def _is_there(wanted: Entry, there: Sequence[Entry]) -> bool:
    """Whether a variable is set; of one that may be missing it is enough that it is named in a comment."""
    return any(one.name == wanted.name and (wanted.value is None or one.value is not None) for one in there)


def _filled(entry: Entry) -> str:
    return entry.text.replace(RANDOM, secrets.token_hex(_RANDOM_BYTES)) if entry.value == RANDOM else entry.text


def _make(out: Path, text: str) -> None:
    """A new file, complete as soon as it is there."""
    with _explained(out), aside(out.parent) as place:
        new = place / "new"
        new.touch(_OWNER_ONLY)
        new.write_bytes(text.encode(errors="surrogateescape"))
        try:
            out.hardlink_to(new)  # which replaces nothing, not even what came at this moment
        except OSError:
            if os.path.lexists(out):
                raise
            new.rename(out)  # a file system without links


def _add(out: Path, text: str) -> None:
    """Add to the end of the file, whose owner and mode stay; all of it, or nothing."""
    added = text.encode(errors="surrogateescape")
    with _explained(out), undisturbed(), out.open("ab", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            if file.write(added) < len(added):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FailureError(f"{out}: cannot be written: {error.strerror}; {_ELSEWHERE}") from None


def _empty(wanted: Sequence[Entry], there: Sequence[Entry]) -> list[Entry]:
    """The variables that must have a value, and have none. Of several lines for one the last counts."""
    needed = {one.name for one in wanted if one.value is not None}
    last = {one.name: one for one in there if one.value is not None}
    return [one for one in last.values() if one.name in needed and not one.value]


def _done(missing: Sequence[Entry], *, made: bool) -> str:
    random = ", ".join(one.name for one in missing if one.value == RANDOM)
    if made:
        return f"made, for you alone to read{'; random are ' * bool(random)}{random}"
    return f"added {', '.join(one.name for one in missing)}" if missing else "nothing is missing, so it stays as it is"
