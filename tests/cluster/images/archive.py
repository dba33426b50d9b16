"""A container image as a tar archive: one layer, a configuration, a manifest. The same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Folders that Debian keeps as links into /usr; packages still name files below both.
_MERGED = ("bin", "sbin", "lib", "lib64")


@dataclass(frozen=True)
class Configuration:
    """What a container of the image does by default; the fields are Docker's."""

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: tuple[tuple[str, str], ...] = ()
    user: str = ""
    folder: str = "/"
    stop_signal: str = "SIGTERM"
    volumes: Sequence[str] = ()


@dataclass
class Layer:
    """The files of an image. A later file at the same path replaces an earlier one."""

    entries: dict[str, tuple[tarfile.TarInfo, bytes]] = field(default_factory=dict)

    def file(self, path: str, content: bytes | str | Path, *, mode: int = 0o644, user: int = 0, group: int = 0) -> None:
        """Add a file with this content, or with that of the file at a Path of this machine."""
        match content:
            case Path():
                data = content.read_bytes()
            case str():
                data = content.encode()
            case bytes():
                data = content
        self._add(self._info(path, mode=mode, user=user, group=group), data)

    def folder(self, path: str, *, mode: int = 0o755, user: int = 0, group: int = 0) -> None:
        """Add a folder."""
        info = self._info(path, mode=mode, user=user, group=group)
        info.type = tarfile.DIRTYPE
        self._add(info)

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link."""
        info = self._info(path, mode=0o777)
        info.type, info.linkname = tarfile.SYMTYPE, target
        self._add(info)

    def debian_root(self) -> None:
        """The folders that every Debian image has, with /bin and its like as links into /usr."""
        for name in _MERGED:
            self.folder(f"usr/{name}")
            self.link(name, f"usr/{name}")
        for path in ("etc", "home", "opt", "proc", "root", "run", "srv", "sys", "dev", "usr/share", "var/lib"):
            self.folder(path)
        for path in ("tmp", "var/tmp"):
            self.folder(path, mode=0o1777)
        self.link("var/run", "/run")

    def package(self, path: Path) -> None:
        """Add the files of a Debian package, less its documentation."""
        content = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                name = member.name.removeprefix("./").rstrip("/")
                if name in {"", ".", *_MERGED} or name.startswith(("usr/share/doc", "usr/share/man", "usr/share/locale")):
                    continue
                if member.isdir() and self._key(name) in self.entries:
                    continue
                stream = archive.extractfile(member) if member.isfile() else None
                info = self._info(name, mode=member.mode, user=member.uid, group=member.gid)
                info.type, info.linkname = member.type, member.linkname
                if member.islnk():
                    info.linkname = self._key(member.linkname.removeprefix("./"))
                self._add(info, stream.read() if stream else b"")

    def below(self, folder: str, other: Layer) -> None:
        """Add the entries of another layer below a folder."""
        for info, data in other.entries.values():
            info.name = f"{folder}/{info.name}"
            if info.islnk():
                info.linkname = f"{folder}/{info.linkname}"
            self._add(info, data)

    def account(self, name: str, *, user: int, group: int, home: str) -> None:
        """Add a user and its group to /etc/passwd and /etc/group, which begin with root's."""
        for path, line, first in (
            ("etc/passwd", f"{name}:x:{user}:{group}::{home}:/bin/sh\n", "root:x:0:0:root:/root:/bin/sh\n"),
            ("etc/group", f"{name}:x:{group}:\n", "root:x:0:\n"),
        ):
            before = self.entries[path][1].decode() if path in self.entries else first
            self.file(path, before + line)

    def archive(self) -> bytes:
        """The layer as a tar archive; its entries are sorted and carry no time of this machine."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
            # Hard links must follow what they point to.
            for key in sorted(self.entries, key=lambda key: (self.entries[key][0].islnk(), key)):
                info, data = self.entries[key]
                archive.addfile(info, io.BytesIO(data))
        return buffer.getvalue()

    def _info(self, path: str, *, mode: int, user: int = 0, group: int = 0) -> tarfile.TarInfo:
        info = tarfile.TarInfo(self._key(path))
        info.mode, info.uid, info.gid = mode, user, group
        return info

    def _key(self, path: str) -> str:
        path = path.strip("/")
        first = path.split("/", 1)[0]
        return f"usr/{path}" if first in _MERGED and "/" in path else path

    def _add(self, info: tarfile.TarInfo, data: bytes = b"") -> None:
        info.size = len(data) if info.isfile() and not info.islnk() else 0
        self.entries[info.name] = (info, data)


def write_image(target: Path, *, name: str, layer: Layer, configuration: Configuration) -> None:
    """Write an image archive that ``ctr images import`` reads, under this name."""
    content = layer.archive()
    digest = hashlib.sha256(content).hexdigest()
    settings: dict[str, object] = {
        "Entrypoint": list(configuration.entrypoint) or None,
        "Cmd": list(configuration.command) or None,
        "Env": [f"{key}={value}" for key, value in configuration.environment] or None,
        "User": configuration.user,
        "WorkingDir": configuration.folder,
        "StopSignal": configuration.stop_signal,
        "Volumes": {path: {} for path in configuration.volumes} or None,
    }
    description = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {key: value for key, value in settings.items() if value},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    config_name = f"{hashlib.sha256(description).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with tarfile.open(partial, mode="w") as archive:
        for path, data in (
            (config_name, description),
            ("layer.tar", content),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    partial.rename(target)
