"""Which files this program made: each says so in its first lines, with its path in the output folder.

A file whose content must stay as it is, since containers mount it, has the hash of its content in its name instead.
The line of a mark has no checksum on purpose: two branches that change the same file would always conflict in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tierwright.process.aside import is_aside

_HEAD_BYTES = 1024
_HASH = 10
"""The length of the hash in names that have one, where there is room for it."""

_SHORTEST_HASH = 8
_HASHED = re.compile(rf"_([0-9a-f]{{{_SHORTEST_HASH},{_HASH}}})\Z")
_ENOUGH = 500
"""After so many files without a mark, all others count as foreign too: searching a complete disk would take minutes."""

_EARLIER_NAME = re.compile(r"\d\d-[a-z][a-z0-9-]*\.yaml")
_EARLIER_LABEL = b"app.kubernetes.io/managed-by: cdk8s"


class Contents(NamedTuple):
    """The content of a folder; both fields are paths in it."""

    made: list[str]
    foreign: list[str]
    """What was not made here; of a folder that holds nothing else, its own path."""


def mark(path: str) -> str:
    """The mark of the file at `path` of the output folder."""
    return f"Made by tierwright{_said_of(path)}"


def _said_of(path: str) -> str:
    """The part of the mark that versions of the program under an earlier name wrote as well."""
    return f" as {path}; changes to this file are lost when it is made again."


def of_content(name: str, content: str, room: int) -> str:
    """A name of at most so many characters for a file of this content, with the hash of it. Such a file needs no mark."""
    length = min(_HASH, room - 1)
    assert length >= _SHORTEST_HASH, f"{name} in {room} characters"
    return f"{name[: room - length - 1]}_{_hash_of(content.encode())[:length]}"


def shortened(name: str, room: int) -> str:
    """A name of at most so many characters, which is another for another name."""
    return name if len(name) <= room else of_content(name, name, room)


def _hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_HASH]


def _has_the_hash(name: str, content: bytes) -> bool:
    found = _HASHED.search(name)
    return found is not None and _hash_of(content).startswith(found[1])


def marked(path: str, text: str) -> str:
    """The text of a file with its mark, as a comment in the syntax of that file.

    Raises ValueError for a kind of file of which that form is not known.
    """
    file, said = PurePosixPath(path), mark(path)
    if _has_the_hash(file.name, text.encode()):
        return text
    if "templates" in file.parts:
        return f"{{{{- /* {said} */ -}}}}\n{text}"
    if file.suffix in {".yaml", ".sh"} or file.name in {".helmignore", ".env.example"}:
        return f"# {said}\n{text}"
    if file.suffix == ".md":
        return f"<!-- {said} -->\n{text}"
    if file.suffix == ".json" and text.startswith("{\n"):
        return f'{{\n  "$comment": {json.dumps(said)},\n{text[2:]}'
    raise ValueError(f"{path}: no comment is known for such a file")


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write the files of an output, each with its mark, by their paths below `folder`. Raises OSError."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(marked(path, text).encode())


def contents(folder: Path) -> Contents:
    """The content of a folder: what this program made, and what it did not. Raises OSError."""
    return _Search().below(folder, "")


def made_by_an_earlier_version(folder: Path) -> bool:
    """Whether all of a folder looks like the output of a version that did not mark its files. This proves nothing."""
    entries = list(folder.iterdir())
    if not all(entry.name == "helm" if entry.is_dir() else _EARLIER_NAME.fullmatch(entry.name) for entry in entries):
        return False
    return any(_EARLIER_LABEL in _head(entry) for entry in entries if entry.is_file())


class _Search:
    """One search through a folder; it is bounded, in case the folder is a complete disk."""

    def __init__(self) -> None:
        self.unmarked = 0

    def below(self, folder: Path, prefix: str) -> Contents:
        """The content of a folder; `prefix` is its path in the output."""
        found = Contents([], [])
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: (entry.is_dir(follow_symlinks=False), entry.name))
        for entry in ordered:
            path = prefix + entry.name
            if not entry.is_dir(follow_symlinks=False):
                (found.made if self._is_made(entry, path) else found.foreign).append(path)
            elif prefix or not is_aside(entry.name):
                inside = self.below(Path(entry.path), f"{path}/") if self.unmarked < _ENOUGH else Contents([], [])
                found.made.extend(inside.made)
                found.foreign.extend(inside.foreign if inside.made else [path])
        return found

    def _is_made(self, entry: os.DirEntry[str], path: str) -> bool:
        if self.unmarked < _ENOUGH and entry.is_file(follow_symlinks=False):
            file = Path(entry.path)
            if _said_of(path).encode() in _head(file):
                return True
            if _HASHED.search(entry.name) and _has_the_hash(entry.name, file.read_bytes()):
                return True
            self.unmarked += 1
        return False


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_HEAD_BYTES)
