"""A start as phases and the critical path. Kubernetes' times are full seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tierwright.timeline.troubles import Trouble

Kind = Literal["scheduling", "preparing", "gate", "starting", "ready", "stuck"]


@dataclass(frozen=True)
class Phase:
    """A span of a pod's life, in seconds since the first pod of the start was created.

    `scheduling`: until it has a node. `preparing`: volumes, images, sandbox, and init containers that are no gates.
    `gate`: an init container that waits. `starting`: until it is ready. `ready`: from then on. `stuck`: none of these is going
    on, and the pod's trouble says why; its name is the trouble's reason.
    """

    kind: Kind
    name: str
    begin: float
    end: float


@dataclass(frozen=True)
class PodTimeline:
    """A pod: its workload, what its gates wait for, its phases, the restarts of its containers, its trouble."""

    pod: str
    workload: str
    targets: tuple[str, ...]
    phases: tuple[Phase, ...]
    restarts: int
    trouble: Trouble | None = None

    @property
    def ready_at(self) -> float | None:
        """When it became ready, in seconds; None while it is not."""
        return next((phase.begin for phase in self.phases if phase.kind == "ready"), None)

    @property
    def opened_at(self) -> float | None:
        """When its program began, after its last gate, in seconds; None before that."""
        return next((phase.begin for phase in self.phases if phase.kind == "starting"), None)


@dataclass(frozen=True)
class Shortage:
    """A Deployment or StatefulSet with fewer pods than it should have, and why, where that is known."""

    workload: str
    pods: int
    wanted: int
    trouble: Trouble | None = None

    @property
    def text(self) -> str:
        """The number of pods, in words."""
        return f"{self.pods} of {self.wanted} pods" if self.pods else "no pod"


@dataclass(frozen=True)
class Start:
    """A complete start. `pods` are in the order in which they became ready; those that are not ready yet come last.

    `jobs`: pods of Jobs that have not succeeded, and why.
    """

    pods: tuple[PodTimeline, ...]
    end: float = 0.0
    shortages: tuple[Shortage, ...] = ()
    jobs: tuple[tuple[str, Trouble], ...] = ()

    @property
    def makespan(self) -> float | None:
        """Seconds from the first pod's creation until all were ready, or None while one is not, or is not there."""
        times = [pod.ready_at for pod in self.pods]
        return None if self.shortages or None in times or not times else max(time for time in times if time is not None)

    @property
    def restarts(self) -> int:
        """Restarts of all containers."""
        return sum(pod.restarts for pod in self.pods)

    @cached_property
    def blockers(self) -> tuple[str, ...]:
        """What the others wait for while not all are ready: pods whose own gates are open, and workloads that lack pods."""
        ready = {pod.workload for pod in self.pods if pod.ready_at is not None}
        known = {pod.workload for pod in self.pods}
        waiting = [pod for pod in self.pods if pod.ready_at is None]
        held = [pod for pod in waiting if pod.opened_at is None]
        open_ones = [pod.pod for pod in waiting if ready.issuperset(known & set(pod.targets))]
        absent = {target for pod in held for target in pod.targets} - known
        return (*open_ones, *sorted(absent | {shortage.workload for shortage in self.shortages}))

    @cached_property
    def troubles(self) -> Mapping[Trouble, tuple[str, ...]]:
        """Each trouble, with the pods and workloads that have it."""
        pods: dict[Trouble, list[str]] = {}
        named = [(pod.pod, pod.trouble) for pod in self.pods]
        named += [(shortage.workload, shortage.trouble) for shortage in self.shortages]
        for name, trouble in (*named, *self.jobs):
            if trouble is not None:
                pods.setdefault(trouble, []).append(name)
        return {trouble: tuple(names) for trouble, names in pods.items()}

    @cached_property
    def critical_path(self) -> tuple[PodTimeline, ...]:
        """The chain that decided how long the start took: the last pod, what it waited for longest, and so on."""
        ready = [pod for pod in self.pods if pod.ready_at is not None]
        by_workload: dict[str, PodTimeline] = {}
        for pod in ready:  # of several replicas the first ready one opens the gates
            by_workload.setdefault(pod.workload, pod)
        path: list[PodTimeline] = []
        last = ready[-1] if ready else None
        while last is not None and last not in path:
            path.append(last)
            last = max(_opened_for(last, by_workload), key=lambda target: target.ready_at or 0.0, default=None)
        return tuple(reversed(path))


def _opened_for(pod: PodTimeline, by_workload: Mapping[str, PodTimeline]) -> list[PodTimeline]:
    """What a pod's gates waited for; not what became ready after it had begun: its patience had ended, or it was ready before."""
    targets = [by_workload[target] for target in pod.targets if target in by_workload]
    return [target for target in targets if (target.ready_at or 0.0) <= (pod.opened_at or 0.0)]
