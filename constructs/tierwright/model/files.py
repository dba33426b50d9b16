"""The files beside the catalogue that its services mount: where they are, what is in them, and what is wrong with them."""

from __future__ import annotations

import base64
import stat
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path as FilePath

import msgspec

from tierwright.config.documents import unfit
from tierwright.config.problems import Complaint, shown
from tierwright.config.soundness import UNSOUND, until_unsound
from tierwright.model.catalogue import Catalogue
from tierwright.model.placeholder_rules import Fault, faults
from tierwright.model.placeholders import placeholders
from tierwright.model.service import FileSource, Service

MOST = 1024 * 1024
"""The most bytes of all files of a service."""

LARGEST = 240 * 1024
"""The most bytes of a file, as JSON writes it: `kubectl apply` keeps a complete object in an annotation, which ends at 256 KiB."""

_LONGEST_KEY = 200
_BELOW = "allowed: a path below the catalogue's folder, such as files/app.yml"
_AS_IT_IS = "mount the file as it is, with raw: true"


class SourceError(Exception):
    """A file cannot be used: what is wrong, and the way out."""

    def __init__(self, wrong: str, allowed: str) -> None:
        super().__init__(wrong)
        self.fault: Fault = (wrong, allowed)


class Sources:
    """The files below a folder. Each is read once, so what was checked is what is written."""

    def __init__(self, folder: FilePath) -> None:
        """`folder` is that of the catalogue."""
        self._folder = folder
        self._contents: dict[str, bytes | SourceError] = {}

    def content(self, source: str) -> bytes:
        """The content of a file, by its path from the folder. Raises SourceError."""
        if source not in self._contents:
            self._contents[source] = self._read(source)
        content = self._contents[source]
        if isinstance(content, SourceError):
            raise content
        return content

    def _read(self, source: str) -> bytes | SourceError:
        folder = self._folder.resolve()
        try:
            file = (folder / source).resolve()
            if not file.is_relative_to(folder):
                return SourceError(f"{shown(source)} leads out of the catalogue's folder", _BELOW)
            status = file.stat()
            if stat.S_ISDIR(status.st_mode):
                return SourceError(f"{shown(source) or 'an empty path'} is a folder", "name each file by itself")
            if not stat.S_ISREG(status.st_mode):
                return SourceError(f"{shown(source)} is no plain file", _BELOW)
            if status.st_size > MOST:
                return SourceError(f"{shown(source)} has {status.st_size} bytes", f"allowed: {LARGEST}")
            return file.read_bytes()
        except FileNotFoundError:
            return SourceError(f"there is no file {shown(source)}", _BELOW)
        except (OSError, RuntimeError) as cause:  # the latter, before Python 3.13, for links that lead to one another
            reason = (cause.strerror if isinstance(cause, OSError) else "") or "its links lead to one another"
            return SourceError(f"{shown(source)} cannot be read: {reason}", "name a file that you may read")


class MountedFile(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A file of a service: its path in the container, its key in the ConfigMap, and its content.

    `text` is None for what no manifest can show as text. Unless the file is `raw`, placeholders in its text are replaced.
    """

    path: str
    key: str
    data: bytes
    text: str | None
    raw: bool
    executable: bool

    @property
    def encoded(self) -> str:
        """The content as base64."""
        return base64.b64encode(self.data).decode()

    @cached_property
    def size(self) -> int:
        """The bytes that it takes in a ConfigMap that is written as JSON."""
        return len(msgspec.json.encode(self.encoded if self.text is None else self.text))


def mounted_files(service: Service, sources: Sources) -> Sequence[MountedFile]:
    """The files of a service, in the catalogue's order. Raises SourceError."""
    files: dict[str, MountedFile] = {}
    for path, entry in _entries(service):
        file = _mounted(path, entry, sources.content(entry.source), taken=files)
        files[file.key] = file
    return [*files.values()]


def in_config_maps(files: Sequence[MountedFile]) -> Sequence[Sequence[MountedFile]]:
    """The files in as many ConfigMaps as they need, so that `kubectl apply` can keep each."""
    config_maps: list[list[MountedFile]] = []
    room = 0
    for file in files:
        if file.size > room:
            config_maps.append([])
            room = LARGEST
        config_maps[-1].append(file)
        room -= file.size
    return config_maps


def file_complaints(catalogue: Catalogue, name: str, sources: Sources) -> Iterator[Complaint]:
    """What is wrong with the files of the service `name`."""
    total = 0
    for path, entry in _entries(catalogue.services[name]):
        try:
            file = _mounted(path, entry, sources.content(entry.source))
        except SourceError as error:
            yield ("files", path), *error.fault
            continue
        total += len(file.data)
        for fault in until_unsound(_faults(catalogue, name, entry, file)):
            yield ("files", path), *fault
    if total > MOST:
        yield ("files",), f"the files of {name} have {total} bytes together", f"allowed: {MOST}"


def _entries(service: Service) -> Iterator[tuple[str, FileSource]]:
    """The paths in the container with what is mounted there; none that is unsound."""
    for path, source in service.files.items():
        if source is not UNSOUND:
            yield path, FileSource(source=source) if isinstance(source, str) else source


def _mounted(path: str, entry: FileSource, data: bytes, *, taken: Collection[str] = ()) -> MountedFile:
    """The file at a path of the container; `taken` are keys of other files."""
    return MountedFile(path=path, key=_key(path, taken), data=data, text=_text(data), raw=entry.raw, executable=entry.executable)


def _key(path: str, taken: Collection[str]) -> str:
    """A key that says where the file is mounted."""
    name = "".join(character if character.isalnum() or character in "-_." else "_" for character in path[1:])[-_LONGEST_KEY:]
    if name.startswith(".."):  # as the kubelet's own
        name = name.lstrip(".")
    keys = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(key for key in keys if key not in taken)


def _text(data: bytes) -> str | None:
    text = _decoded(data)
    return None if unfit(text) else text


def _decoded(data: bytes) -> str:
    """The text of a file; for what is no UTF-8, one that no manifest can show either."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\0"


def _faults(catalogue: Catalogue, name: str, entry: FileSource, file: MountedFile) -> Iterator[Fault]:
    """What is wrong with the content of a file."""
    source = shown(entry.source)
    if file.size > LARGEST:
        yield f"{source} takes {file.size} bytes in a ConfigMap", f"allowed: {LARGEST}"
    if file.raw:
        return
    text = _decoded(file.data)
    if file.text is None and any(placeholders(text)):
        yield f"{source} has placeholders, and {unfit(text)}", f"remove it, or {_AS_IT_IS}"
        return
    told = set[Fault]()
    for number, line in enumerate(text.split("\n"), start=1):
        for fault in faults(catalogue, name, line):
            if fault not in told:
                told.add(fault)
                wrong, allowed = fault
                yield f"line {number} of {source}: {wrong}", f"{allowed}; or {_AS_IT_IS}"
