"""Faults that tests inflict on pods, and who is out of reach meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.cgroups import cgroup_processes
from tests.cluster.node import Node
from tests.cluster.platform import main_container
from tests.cluster.waiting import wait_for
from tests.cluster.watcher import Watcher


def kill_main_process(node: Node, pod: Object) -> None:
    """Kill the first process of a pod's main container, as the kernel does when memory runs out. Raises LookupError."""
    first = min(_processes_of(node, pod), key=_started, default=None)
    if first is None:
        raise LookupError(f"no process of the main container of {pod['metadata']['name']} is there")
    os.kill(first, signal.SIGKILL)


def freeze(node: Node, pod: Object) -> None:
    """Stop every process of a pod's main container, as seen from outside when its node is lost. Raises LookupError."""
    frozen = 0
    for process in _processes_of(node, pod):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
            frozen += 1
    if not frozen:
        raise LookupError(f"no process of the main container of {pod['metadata']['name']} is there")


def _processes_of(node: Node, pod: Object) -> Iterator[int]:
    """Those of its main container."""
    container = main_container(pod)["containerID"].rpartition("/")[2]
    for process in cgroup_processes(node.name):
        try:
            if container in Path(f"/proc/{process}/cgroup").read_text():
                yield process
        except OSError:  # it has ended meanwhile
            continue


def _started(process: int) -> tuple[int, int]:
    """When a process started, in ticks since the machine did, and its number, for those of one tick."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]), process
    except OSError:  # it has ended meanwhile
        return sys.maxsize, process


def force_delete(node: Node, *pods: Object) -> None:
    """`kubectl delete pod --grace-period=0 --force`; they are of one namespace."""
    names, (namespace,) = [pod["metadata"]["name"] for pod in pods], {pod["metadata"]["namespace"] for pod in pods}
    node.kubectl("delete", "pod", *names, "--namespace", namespace, "--grace-period=0", "--force", "--wait=false")


@contextmanager
def kept_away(node: Node, pod: Object) -> Iterator[None]:
    """Delete a pod of a StatefulSet by force; no node takes its successor before the end of the block."""
    node.kubectl("cordon", node.name)
    try:
        force_delete(node, pod)
        yield
    finally:
        node.kubectl("uncordon", node.name)


@contextmanager
def outages(node: Node, namespace: str) -> Iterator[set[str]]:
    """The Services of a namespace that are seen without a ready pod at any moment of the block; none is at its beginning."""
    seen: set[str] = set()
    begun = threading.Event()

    def without() -> set[str]:
        return {
            one["metadata"]["labels"]["kubernetes.io/service-name"]
            for one in watcher.objects()
            if not any(endpoint["conditions"].get("ready") for endpoint in one.get("endpoints") or ())
        }

    def look() -> None:
        if begun.is_set():
            seen.update(without())

    watcher = Watcher(node.api, f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", look)
    watcher.start()
    try:
        # Endpoints follow the readiness of pods a moment later.
        wait_for(
            "every Service to have a ready pod",
            lambda: watcher.synced.is_set() and not without(),
            timeout=15,
            explain=lambda: f"without: {without()}",
        )
        begun.set()
        yield seen
    finally:
        watcher.stop()
