"""When what happened between one level of a start and the next: from the API's changes and from the logs' own clocks."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from tests.cluster.api import Object
from tests.cluster.platform import Castiel, is_ready, workload_of
from tests.cluster.starting import said
from tests.cluster.watcher import Watcher


class Observed:
    """When each workload was Ready first, to fractions of a second, which pod conditions do not have."""

    def __init__(self, castiel: Castiel) -> None:
        self.ready_at: dict[str, float] = {}
        self._watcher = Watcher(castiel.node.api, f"/api/v1/namespaces/{castiel.namespace}/pods", self._note)
        self._lock = threading.Lock()

    def __enter__(self) -> Observed:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watcher.stop()

    def _note(self) -> None:
        now = time.time()
        with self._lock:
            for pod in self._watcher.objects():
                if is_ready(pod):
                    self.ready_at.setdefault(workload_of(pod), now)


@dataclass(frozen=True)
class Level:
    """A member of the critical path, each moment in seconds after the level before it was Ready.

    `opened`: its last gate said so; `began`: its program ran; `answered`: its program was done starting; `took`: it was Ready.
    Where there is no such moment (PostgreSQL has no gate) it is None.
    """

    workload: str
    ready_at: float
    opened: float | None
    began: float | None
    answered: float | None
    took: float


def critical_path(castiel: Castiel, ready_at: dict[str, float], begin: float) -> list[Level]:
    """From the last workload back: always the one that it waited for longest."""
    graph = castiel.rendered.platform.graph
    services = castiel.rendered.platform.catalogue.services
    last = max(services, key=lambda name: ready_at[name])
    names = [last]
    while waits := [wait.target for wait in graph.waits(names[-1])]:
        names.append(max(waits, key=lambda name: ready_at[name]))
    pods = {workload_of(pod): pod for pod in castiel.pods}
    path, before = [], begin
    for name in reversed(names):
        opened, began, answered = _moments(castiel, pods[name]) if name in services else (None, None, None)
        path.append(
            Level(
                name,
                ready_at[name] - begin,
                opened=opened and opened - before,
                began=began and began - before,
                answered=answered and answered - before,
                took=ready_at[name] - before,
            )
        )
        before = ready_at[name]
    return path


def _moments(castiel: Castiel, pod: Object) -> tuple[float | None, float | None, float | None]:
    gates = [one["name"] for one in pod["spec"].get("initContainers", []) if one["name"].startswith("wait-for-")]
    container = pod["spec"]["containers"][0]["name"]
    opened = said(castiel, pod, gates[-1], r"is ready after|going on without")[-1:] if gates else []
    found = (opened, said(castiel, pod, container), said(castiel, pod, container, ": ready$"))
    return (next(iter(found[0]), None), next(iter(found[1]), None), next(iter(found[2]), None))
