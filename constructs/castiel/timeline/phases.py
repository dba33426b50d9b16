"""From pods, as the API server tells of them, to phases and the critical path. Kubernetes keeps whole seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

Kind = Literal["scheduling", "preparing", "gate", "starting", "ready"]

_NAME_LABEL = "app.kubernetes.io/name"


@dataclass(frozen=True)
class Phase:
    """A span of a pod's life, in seconds since the first pod of the start was created.

    `scheduling`: until it has a node. `preparing`: volumes, images, sandbox, and init containers that are no gates.
    `gate`: an init container that waits. `starting`: until it is ready. `ready`: from then on.
    """

    kind: Kind
    name: str
    begin: float
    end: float


@dataclass(frozen=True)
class PodTimeline:
    """A pod: the workload it belongs to, what its gates wait for, its phases, and how often its containers restarted."""

    pod: str
    workload: str
    targets: tuple[str, ...]
    phases: tuple[Phase, ...]
    restarts: int

    @property
    def ready_at(self) -> float | None:
        """When it became ready, or None while it is not."""
        return next((phase.begin for phase in self.phases if phase.kind == "ready"), None)

    @property
    def opened_at(self) -> float | None:
        """When its program began, which its last gate had held; None before that."""
        return next((phase.begin for phase in self.phases if phase.kind == "starting"), None)


@dataclass(frozen=True)
class Start:
    """A whole start. `pods` stand in the order in which they became ready, those that are not yet at the end."""

    pods: tuple[PodTimeline, ...]
    end: float = field(default=0.0)

    @property
    def makespan(self) -> float | None:
        """Seconds from the first pod's creation until all were ready, or None while one is not."""
        times = [pod.ready_at for pod in self.pods]
        return None if None in times or not times else max(time for time in times if time is not None)

    @property
    def restarts(self) -> int:
        """Restarts of all containers."""
        return sum(pod.restarts for pod in self.pods)

    @cached_property
    def blockers(self) -> tuple[str, ...]:
        """Whom the others wait for while not all are ready: pods whose own gates are open, and what has no pod at all."""
        ready = {pod.workload for pod in self.pods if pod.ready_at is not None}
        known = {pod.workload for pod in self.pods}
        waiting = [pod for pod in self.pods if pod.ready_at is None]
        held = [pod for pod in waiting if pod.opened_at is None]
        open_ones = [pod.pod for pod in waiting if ready.issuperset(known & set(pod.targets))]
        absent = sorted({target for pod in held for target in pod.targets} - known)
        return (*open_ones, *absent)

    @cached_property
    def critical_path(self) -> tuple[PodTimeline, ...]:
        """The chain that decided how long the start took: the last pod, what it waited for longest, and so on to the first."""
        ready = [pod for pod in self.pods if pod.ready_at is not None]
        by_workload: dict[str, PodTimeline] = {}
        for pod in ready:  # of several replicas the first ready one opens the gates
            by_workload.setdefault(pod.workload, pod)
        path: list[PodTimeline] = []
        last = ready[-1] if ready else None
        while last is not None and last not in path:
            path.append(last)
            last = max(_opened_for(last, by_workload), key=lambda one: one.ready_at or 0.0, default=None)
        return tuple(reversed(path))


def _opened_for(pod: PodTimeline, by_workload: Mapping[str, PodTimeline]) -> list[PodTimeline]:
    """What a pod's gates waited for; not what became ready after it had begun: its patience had ended, or it was ready before."""
    targets = [by_workload[target] for target in pod.targets if target in by_workload]
    return [one for one in targets if (one.ready_at or 0.0) <= (pod.opened_at or 0.0)]


def read_start(pods: Mapping[str, Any], *, now: datetime | None = None, since: datetime | None = None) -> Start:
    """Read a PodList, as `kubectl get pods -o json` prints it.

    `now` ends what has not ended, while a pod is not ready. `since` begins later than the first pod's creation: for a
    look at pods that started anew among those that have been ready for long. Pods of Jobs, which end, and pods that
    are being deleted are left out. Raises ValueError when no pod is left.
    """
    items = [pod for pod in pods["items"] if _stays(pod)]
    if not items:
        raise ValueError("there are no pods that stay; look at the namespace that the platform was applied to")
    begin = max(filter(None, [min(_time(pod["metadata"]["creationTimestamp"]) for pod in items), since]))
    waiting = now is not None and any(_since(pod, "Ready") is None for pod in items)
    end = max([begin, *_times(items), *([now] if now is not None and waiting else [])])
    tiers = _tiers(items)
    read = [_read_pod(pod, begin, (end - begin).total_seconds(), tiers) for pod in items]
    ordered = sorted(read, key=lambda one: (one.ready_at is None, one.ready_at or 0.0, one.opened_at or 0.0, one.pod))
    return Start(tuple(ordered), (end - begin).total_seconds())


def _read_pod(pod: Mapping[str, Any], begin: datetime, end: float, tiers: Mapping[str, Sequence[str]]) -> PodTimeline:
    status = pod["status"]

    def since(text: str | None) -> float | None:
        return (_time(text) - begin).total_seconds() if text else None

    created = since(pod["metadata"]["creationTimestamp"]) or 0.0
    scheduled = since(_since(pod, "PodScheduled"))
    phases = [Phase("scheduling", "scheduling", created, end if scheduled is None else scheduled)]
    clock = end if scheduled is None else scheduled
    for container in status.get("initContainerStatuses", []):
        state = container["state"]
        ran = state.get("terminated") or state.get("running")
        if ran is None:
            break
        started, ended = since(ran["startedAt"]), since(ran.get("finishedAt"))
        started, finished = clock if started is None else started, end if ended is None else ended
        phases.append(Phase("preparing", "preparing", clock, started))
        is_gate = container["name"].startswith("wait-for-")
        phases.append(Phase("gate" if is_gate else "preparing", container["name"], started, finished))
        clock = finished
    program = since(min(filter(None, map(_started, status.get("containerStatuses", []))), default=None))
    phases.append(Phase("preparing", "preparing", clock, program if program is not None else end))
    if program is not None:
        ready = since(_since(pod, "Ready"))
        phases.append(Phase("starting", "starting", program, end if ready is None else ready))
        if ready is not None:
            phases.append(Phase("ready", "ready", ready, end))
    all_statuses = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return PodTimeline(
        pod=pod["metadata"]["name"],
        workload=_workload(pod),
        targets=_targets(pod["spec"], tiers),
        phases=tuple(_cut(phase) for phase in phases if phase.end > max(phase.begin, 0.0) or phase.kind in ("starting", "ready")),
        restarts=sum(one["restartCount"] for one in all_statuses),
    )


def _cut(phase: Phase) -> Phase:
    """What lies before the beginning is not drawn."""
    return replace(phase, begin=max(phase.begin, 0.0), end=max(phase.end, 0.0))


def _stays(pod: Mapping[str, Any]) -> bool:
    return pod["spec"].get("restartPolicy", "Always") == "Always" and "deletionTimestamp" not in pod["metadata"]


def _since(pod: Mapping[str, Any], condition: str) -> str | None:
    """Since when a condition of a pod holds, or None."""
    for one in pod["status"].get("conditions", []):
        if (one["type"], one["status"]) == (condition, "True"):
            return str(one["lastTransitionTime"])
    return None


def _targets(spec: Mapping[str, Any], tiers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What the gates wait for: the workloads that they name, and those of the tiers that they name."""
    targets: dict[str, None] = {}
    for container in spec.get("initContainers", []):
        arguments = iter(container.get("args", []) if container["name"].startswith("wait-for-") else [])
        for argument in arguments:
            if argument == "--tier":
                targets |= dict.fromkeys(tiers.get(next(arguments, ""), ()))
            elif argument.startswith("--"):
                next(arguments, None)
            else:
                targets[argument] = None
    return tuple(targets)


def _tiers(items: Iterable[Mapping[str, Any]]) -> Mapping[str, Sequence[str]]:
    """The workloads of each tier, by the label of their pods."""
    tiers: dict[str, list[str]] = {}
    for pod in items:
        for label, tier in pod["metadata"].get("labels", {}).items():
            if label.endswith("/tier"):
                tiers.setdefault(tier, []).append(_workload(pod))
    return tiers


def _workload(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"].get("labels", {}).get(_NAME_LABEL, pod["metadata"]["name"]))


def _started(container: Mapping[str, Any]) -> str | None:
    """When the program began; of one that crashed, its first known run."""
    for state in (container.get("lastState", {}), container["state"]):
        for ran in (state.get("terminated"), state.get("running")):
            if ran and ran.get("startedAt"):
                return str(ran["startedAt"])
    return None


def _times(items: Iterable[Mapping[str, Any]]) -> list[datetime]:
    return [_time(condition["lastTransitionTime"]) for pod in items for condition in pod["status"].get("conditions", [])]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
