"""Ending a node: its processes, mounts, namespaces, cgroups and files. Also for one whose owner was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import IO

from tests.cluster.cgroups import cgroup_processes, remove_cgroup
from tests.cluster.network import Namespace
from tests.cluster.paths import NETWORK_RESULTS, shim_folder
from tests.cluster.waiting import wait_for

_PLENTY = 12 * 2**30  # bytes of available memory; the node's folder takes half of them at the most


def take(folder: Path) -> IO[str] | int:
    """The lock of a node's folder, or the process that holds it.

    The kernel gives a lock back however its process ends, so a held lock means a living owner.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_suffix(".lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with lock:  # its owner takes it, then writes its number
            return wait_for(
                "the number of the lock's owner", lambda: int(Path(lock.name).read_text() or 0), timeout=5, interval=0.01
            )
    return lock


def make_folder(folder: Path) -> None:
    """Make a node's folder, in memory where there is plenty: images are written and removed much faster there."""
    folder.mkdir(parents=True)
    if _available() > _PLENTY:
        options = f"size={_PLENTY // 2},mode=0755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "castiel", str(folder)], check=True, capture_output=True)


def _available() -> int:
    """The bytes of memory that can be had, with what only keeps files that were read."""
    found = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), flags=re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def clear(*, name: str, folder: Path, namespaces: list[Namespace]) -> None:
    """End whatever is left of the node called ``name``; nothing happens when nothing is left.

    Processes are known by the node's network namespaces and cgroup, so those of a killed run are found too. Raises
    TimeoutError when something cannot be ended.
    """
    wait_for(f"the processes of {name} to end", lambda: not _kill(name, namespaces), timeout=30, interval=0.02)
    _unmount(folder)
    wait_for(f"the cgroups of {name} to empty", lambda: _removed(name), timeout=30, interval=0.02)
    for namespace in namespaces:
        namespace.remove()
    for note in networks_noted(folder):
        note.unlink(missing_ok=True)
    for path in (shim_folder(name), folder):
        shutil.rmtree(path, ignore_errors=True)


def networks_noted(folder: Path) -> list[Path]:
    """The notes on the networks of the node's pods, which have their network namespaces in its folder."""
    notes = []
    for path in NETWORK_RESULTS.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # those of another node's pods come and go meanwhile
            if f'"{folder}/' in path.read_text():
                notes.append(path)
    return notes


def left(*, name: str, folder: Path, namespaces: list[Namespace]) -> list[str]:
    """What of the node called ``name`` is still there, in words."""
    processes = cgroup_processes(name).union(*(namespace.processes() for namespace in namespaces))
    cgroups = [path for pattern in (name, f"*/{name}") for path in Path("/sys/fs/cgroup").glob(pattern)]
    return [
        *(f"process {process}" for process in sorted(processes)),
        *(f"mount {point}" for point in mounts_below(folder)),
        *(f"namespace {namespace.name}" for namespace in namespaces if namespace.path.exists()),
        *(f"cgroup {cgroup}" for cgroup in cgroups),
        *(f"folder {path}" for path in (folder, shim_folder(name)) if path.exists()),
        *(f"network {note}" for note in networks_noted(folder)),
    ]


def _kill(name: str, namespaces: list[Namespace]) -> set[int]:
    """Kill every process of the node; the ids of those that were still there."""
    alive = cgroup_processes(name)
    for namespace in namespaces:
        alive.update(namespace.processes())
    alive.discard(os.getpid())
    for process in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
    return alive


def mounts_below(folder: Path) -> list[str]:
    """The mount points at and below a folder, innermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    return [point for point in reversed(points) if point == str(folder) or point.startswith(f"{folder}/")]


def _unmount(folder: Path) -> None:
    for point in mounts_below(folder):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


def _removed(name: str) -> bool:
    remove_cgroup(name)
    return True
