"""The cgroup that holds a node's pods, in every hierarchy that the machine mounts."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


def make_cgroup(name: str) -> None:
    """Make the cgroup; the kubelet refuses a root that does not exist."""
    for hierarchy in _hierarchies():
        cgroup = hierarchy / name
        cgroup.mkdir(exist_ok=True)
        # A new cpuset has no processors and no memory until it is given its parent's.
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (cgroup / setting).exists() and (hierarchy / setting).exists():
                (cgroup / setting).write_text((hierarchy / setting).read_text())


def cgroup_processes(name: str) -> set[int]:
    """The ids of the processes in the cgroup and below."""
    found: set[int] = set()
    for hierarchy in _hierarchies():
        for folder in _folders(hierarchy / name):
            with contextlib.suppress(OSError):
                found.update(int(line) for line in (folder / "cgroup.procs").read_text().split())
    return found - {0}


def remove_cgroup(name: str) -> None:
    """Remove the cgroup with all below it. Raises OSError while a process still lives in it."""
    for hierarchy in _hierarchies():
        for folder in reversed(list(_folders(hierarchy / name))):
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()


def _hierarchies() -> Iterator[Path]:
    """One for each version 1 controller, or the single one of version 2."""
    if (_ROOT / "cgroup.controllers").exists():
        yield _ROOT
        return
    for folder in sorted(_ROOT.iterdir()):
        if (folder / "cgroup.procs").exists() and not folder.is_symlink():
            yield folder


def _folders(top: Path) -> Iterator[Path]:
    for folder, _, _ in os.walk(top):
        yield Path(folder)


def processor_seconds(name: str, pods: Collection[str]) -> float:
    """The processor time that the pods with these uids have used, in seconds."""
    used = 0.0
    for hierarchy in _hierarchies():
        for folder in _folders(hierarchy / name):
            if folder.name.startswith("pod") and folder.name.removeprefix("pod") in pods:
                used += _used(folder)
    return used


def _used(cgroup: Path) -> float:
    if (cgroup / "cpuacct.usage").exists():
        return int((cgroup / "cpuacct.usage").read_text()) / 1e9
    if (cgroup / "cpu.stat").exists() and (match := re.search(r"usage_usec (\d+)", (cgroup / "cpu.stat").read_text())):
        return int(match[1]) / 1e6
    return 0.0
