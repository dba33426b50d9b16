"""Where a service's container mounts what the catalogue gives it, and what is wrong with such paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from tierwright.config.problems import Complaint, Path
from tierwright.config.soundness import UNSOUND, numbered
from tierwright.model.catalogue import Catalogue
from tierwright.model.service import Service


def ca_folder_of(data_service: str) -> str:
    """Where the pods that get the address of a data service have its CA, if the values name one."""
    return f"/etc/{data_service}-ca"


def trusting(catalogue: Catalogue, service: Service) -> list[str]:
    """The data services that a service reaches, and knows by a CA if the values name one."""
    connected = catalogue.connected()
    owners = dict.fromkeys(reach.owner for reach in service.reaches)
    return [name for name in owners if name in connected and connected[name].authority is not None]


SCRATCH_PATH = "/tmp"  # noqa: S108 - a volume of the pod, not a shared folder

_OF_THE_KERNEL = ("/proc", "/sys")

_FILES_OF_PODS = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log")
"""What Kubernetes puts into each container: a file takes the place of one, but no folder can."""


class Mount(msgspec.Struct, frozen=True):
    """A path in the container, and where below the catalogue's entry it is written; `what` says of it what it is."""

    path: str
    source: Path
    what: str


_SCRATCH = Mount(SCRATCH_PATH, (), "is writable already")


def mounts_of(service: Service) -> Iterator[Mount]:
    """The mounts that an entry of the catalogue names; none that is unsound."""
    yield from (Mount(path, ("writable", index), "is writable already") for index, path in numbered(service.writable))
    for key, entries in (("storage", service.storage), ("volumes", service.volumes)):
        named = [(name, path) for name, path in entries.items() if path is not UNSOUND]
        yield from (Mount(path, (key, name), f"is the path of {name} already") for name, path in named)
    yield from (Mount(path, ("files", path), "is a file") for path in service.files)


def mount_complaints(catalogue: Catalogue, service: Service) -> Iterator[Complaint]:
    """What is wrong with the mounts of a service: each has a place of its own, which is not in another one."""
    has_tmp = catalogue.has_tmp(service)
    earlier = [*([_SCRATCH] if has_tmp else []), *_authorities(catalogue, service)]
    for mount in mounts_of(service):
        if not has_tmp and mount.path == SCRATCH_PATH and mount.source[0] == "writable":
            yield mount.source, f"by `tmp: false` {SCRATCH_PATH} is that of the image", "remove it, or set `tmp: true`"
        yield from _about(mount, earlier)
        earlier.append(mount)


def _authorities(catalogue: Catalogue, service: Service) -> Iterator[Mount]:
    """Where the CAs of the data services are that it reaches."""
    yield from (Mount(ca_folder_of(name), (), f"is kept for the CA of {name}") for name in trusting(catalogue, service))


def _about(mount: Mount, others: Sequence[Mount]) -> Iterator[Complaint]:
    for other in others:
        if mount.path == other.path:
            yield mount.source, f"{mount.path} {other.what}", "name each path once"
        elif _is_below(mount.path, other.path):
            yield mount.source, f"{mount.path} is below {other.path}, which {other.what}", "remove it, or choose another path"
        elif _is_below(other.path, mount.path):
            yield mount.source, f"{other.path}, which {other.what}, is below {mount.path}", "keep one of the two"
    for folder in _OF_THE_KERNEL:
        if mount.path == folder or _is_below(mount.path, folder):
            yield mount.source, f"nothing can be mounted in {folder}, which is the kernel's", "choose another path"
    for file in _FILES_OF_PODS:
        is_folder = mount.path == file and mount.source[0] != "files"
        if is_folder or _is_below(mount.path, file):
            yield mount.source, f"{file} is a file of each container, where no folder can be", "choose another path"


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")
