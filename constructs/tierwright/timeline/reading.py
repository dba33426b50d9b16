"""From the pods as the API server lists them to the phases of a start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from tierwright.timeline.phases import Phase, PodTimeline, Shortage, Start
from tierwright.timeline.troubles import Trouble, pulling, trouble_of, why_no_pod

Object = Mapping[str, Any]

_NAME_LABEL = "app.kubernetes.io/name"
_WITH_PODS = ("Deployment", "StatefulSet")


def objects_of(read: Any) -> list[Object]:
    """The objects that kubectl printed: those of a list, or a single pod. Raises ValueError for anything else."""
    found = read.get("items", [read] if read.get("kind") == "Pod" else None) if isinstance(read, Mapping) else None
    if not isinstance(found, list) or not all(map(_is_of_a_cluster, found)):
        raise ValueError("is neither a pod of a cluster nor a list of them")
    return found


def _is_of_a_cluster(item: Any) -> bool:
    """Whether it has what the API server gives every object, so that it is no manifest."""
    if not isinstance(item, Mapping) or not isinstance(item.get("metadata"), Mapping):
        return False
    if item.get("kind", "Pod") == "Pod":
        return _is_moment(item["metadata"].get("creationTimestamp")) and _has_maps(item, "spec", "status")
    return item["kind"] not in _WITH_PODS or _has_maps(item, "spec")


def _has_maps(item: Object, *keys: str) -> bool:
    return all(isinstance(item.get(key), Mapping) for key in keys)


def _is_moment(text: Any) -> bool:
    """Whether it is a time with its zone; of what it would only make, `kubectl --dry-run` writes null."""
    try:
        return _time(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


def read_start(listed: Object, *, now: datetime | None = None, since: datetime | None = None) -> Start:
    """Read a list, as `kubectl get pods,deployments,statefulsets,events -o json` prints it; pods alone give less.

    `now` ends what has not ended, while a pod is not ready. `since` begins later than the first pod's creation: for a
    look at pods that started anew among those that have been ready for long. Pods of Jobs, which end, are told of when they
    fail; pods that are being deleted, and failed ones that have a successor, are left out. Raises ValueError when nothing is left.
    """
    items = [item for item in listed["items"] if item.get("kind", "Pod") == "Pod"]
    events = [item for item in listed["items"] if item.get("kind") == "Event"]
    pods = _staying(items)
    shortages, jobs = _shortages(listed["items"], pods, events), _jobs(items, events)
    if not pods and not shortages:
        raise ValueError("there are no pods that stay; look at the namespace that the platform was applied to")
    if not pods:
        return Start((), shortages=shortages, jobs=jobs)
    begin = max(filter(None, [min(_time(pod["metadata"]["creationTimestamp"]) for pod in pods), since]))
    waiting = now is not None and (bool(shortages) or any(_since(pod, "Ready") is None for pod in pods))
    end = max([begin, *_times(pods), *([now] if now is not None and waiting else [])])
    tiers = _tiers(pods)
    read = [_read_pod(pod, begin, (end - begin).total_seconds(), tiers, events) for pod in pods]
    ordered = sorted(read, key=lambda pod: (pod.ready_at is None, pod.ready_at or 0.0, pod.opened_at or 0.0, pod.pod))
    return Start(tuple(ordered), (end - begin).total_seconds(), shortages, jobs)


def _staying(pods: Iterable[Object]) -> list[Object]:
    """The pods that are to become ready. A failed one stays failed; it is of interest as long as nothing has replaced it."""
    kept = [
        pod for pod in pods if pod["spec"].get("restartPolicy", "Always") == "Always" and "deletionTimestamp" not in pod["metadata"]
    ]
    replaced = {_workload(pod) for pod in kept if not _failed(pod)}
    return [pod for pod in kept if not _failed(pod) or _workload(pod) not in replaced]


def _ends(pod: Object) -> bool:
    """Whether a pod belongs to a Job."""
    return bool(pod["spec"].get("restartPolicy", "Always") != "Always")


def _jobs(pods: Iterable[Object], events: Sequence[Object]) -> tuple[tuple[str, Trouble], ...]:
    """Pods of Jobs that are in trouble, of each Job the latest, unless one has succeeded since."""
    of = [pod for pod in pods if _ends(pod) and "deletionTimestamp" not in pod["metadata"]]
    troubles: dict[str, tuple[str, Trouble]] = {}
    for pod in sorted(of, key=lambda pod: _time(pod["metadata"]["creationTimestamp"])):
        trouble = trouble_of(pod, events)
        if pod["status"].get("phase") == "Succeeded":
            troubles.pop(_workload(pod), None)
        elif trouble is not None:
            troubles[_workload(pod)] = (pod["metadata"]["name"], trouble)
    return tuple(troubles.values())


def _failed(pod: Object) -> bool:
    return bool(pod["status"].get("phase") == "Failed")


def _shortages(items: Iterable[Object], pods: Iterable[Object], events: Sequence[Object]) -> tuple[Shortage, ...]:
    there = [_workload(pod) for pod in pods]
    shortages = []
    for item in items:
        if item.get("kind") in _WITH_PODS:
            name, wanted = _workload(item), item["spec"].get("replicas", 1)
            if there.count(name) < wanted:
                shortages.append(Shortage(name, there.count(name), wanted, why_no_pod(item, events)))
    return tuple(shortages)


def _read_pod(
    pod: Object, begin: datetime, end: float, tiers: Mapping[str, Sequence[str]], events: Sequence[Object]
) -> PodTimeline:
    status = pod["status"]
    trouble = trouble_of(pod, events)

    def since(text: str | None) -> float | None:
        return (_time(text) - begin).total_seconds() if text else None

    created = since(pod["metadata"]["creationTimestamp"]) or 0.0
    scheduled = since(_since(pod, "PodScheduled"))
    clock = end if scheduled is None else scheduled
    phases, lasts = [], False  # whether the last phase goes on
    if scheduled is not None or trouble is None:
        phases.append(Phase("scheduling", _scheduling(pod), created, clock))
        lasts = scheduled is None
    else:
        clock = created
    sidecars = {init["name"] for init in pod["spec"].get("initContainers", []) if init.get("restartPolicy") == "Always"}
    for container in status.get("initContainerStatuses", []):
        ran = _ran(container)
        if ran is None:
            break
        started, ended = since(ran["startedAt"]), since(ran.get("finishedAt"))
        started, finished = clock if started is None else started, end if ended is None else ended
        phases.append(Phase("preparing", "preparing", clock, started))
        if container["name"] in sidecars:  # what comes next does not wait for its end
            clock = started
            continue
        is_gate = container["name"].startswith("wait-for-")
        phases.append(Phase("gate" if is_gate else "preparing", container["name"], started, finished))
        clock, lasts = finished, ended is None
        if ran.get("exitCode"):
            break
    program = since(min(filter(None, map(_started, status.get("containerStatuses", []))), default=None))
    if program is None and not lasts:
        now = _unready("preparing", clock, end, trouble)
        # It may take minutes until a registry that does not answer counts as a failure.
        phases.append(replace(now, name=pulling(pod, events) or now.name) if now.kind == "preparing" else now)
    elif program is not None:
        phases.append(Phase("preparing", "preparing", clock, program))
        phases += _running(program, since(_since(pod, "Ready")), since(_crashed(status, trouble)), end, trouble)
    all_statuses = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return PodTimeline(
        pod=pod["metadata"]["name"],
        workload=_workload(pod),
        targets=_targets(pod["spec"], tiers),
        phases=tuple(_cut(phase) for phase in phases if _counts(phase) or phase is phases[-1]),
        restarts=sum(status["restartCount"] for status in all_statuses),
        trouble=trouble,
    )


def _scheduling(pod: Object) -> str:
    """What a pod does until it has a node. Where no scheduler has told anything of it, that scheduler may not be there."""
    if any(condition["type"] == "PodScheduled" for condition in pod["status"].get("conditions", [])):
        return "scheduling"
    return f"waiting for the scheduler {pod['spec'].get('schedulerName', 'default-scheduler')}"


def _counts(phase: Phase) -> bool:
    """Whether a phase that has ended is told of: it took some time, or its moment matters."""
    return phase.end > max(phase.begin, 0.0) or phase.kind in ("starting", "ready")


def _running(program: float, ready: float | None, crashed: float | None, end: float, trouble: Trouble | None) -> list[Phase]:
    """The phases of a program that has begun; `crashed`: when the container ended that is in trouble."""
    if ready is not None:
        return [Phase("starting", "starting", program, ready), Phase("ready", "ready", ready, end)]
    if trouble is None or trouble.running:
        return [Phase("starting", "starting", program, end)]
    stopped = program if crashed is None else crashed
    return [Phase("starting", "starting", program, stopped), _unready("starting", stopped, end, trouble)]


def _unready(kind: Literal["preparing", "starting"], begin: float, end: float, trouble: Trouble | None) -> Phase:
    """The phase that lasts until now; none where a trouble is known."""
    if trouble is None or trouble.running:
        return Phase(kind, kind, begin, end)
    return Phase("stuck", trouble.reason, begin, end)


def _ran(container: Object) -> Object | None:
    """The current or finished run of an init container; None while it waits."""
    ran: Object | None = container["state"].get("terminated") or container["state"].get("running")
    return ran


def _crashed(status: Object, trouble: Trouble | None) -> str | None:
    """When the container that is in trouble ended last; None when it never ran."""
    for container in status.get("containerStatuses", []):
        if trouble is not None and container["name"] == trouble.container:
            for state in (container["state"], container.get("lastState", {})):
                if ended := state.get("terminated"):
                    return str(ended["finishedAt"])
    return None


def _cut(phase: Phase) -> Phase:
    """A phase without what is before the beginning, which is not drawn."""
    return replace(phase, begin=max(phase.begin, 0.0), end=max(phase.end, 0.0))


def _since(pod: Object, condition: str) -> str | None:
    """The time since which a condition of a pod holds, or None."""
    for state in pod["status"].get("conditions", []):
        if (state["type"], state["status"]) == (condition, "True"):
            return str(state["lastTransitionTime"])
    return None


def _targets(spec: Object, tiers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What the gates wait for: the workloads that they name, perhaps with a port, and those of the tiers that they name."""
    targets: dict[str, None] = {}
    for container in spec.get("initContainers", []):
        arguments = iter(container.get("args", []) if container["name"].startswith("wait-for-") else [])
        for argument in arguments:
            if argument == "--tier":
                targets |= dict.fromkeys(tiers.get(next(arguments, ""), ()))
            elif argument.startswith("--"):
                next(arguments, None)
            else:
                targets[argument.partition(":")[0]] = None
    return tuple(targets)


def _tiers(pods: Iterable[Object]) -> Mapping[str, Sequence[str]]:
    """The workloads of each tier, by the label of their pods."""
    tiers: dict[str, list[str]] = {}
    for pod in pods:
        for label, tier in pod["metadata"].get("labels", {}).items():
            if label.endswith("/tier"):
                tiers.setdefault(tier, []).append(_workload(pod))
    return tiers


def _workload(item: Object) -> str:
    return str(item["metadata"].get("labels", {}).get(_NAME_LABEL, item["metadata"]["name"]))


def _started(container: Object) -> str | None:
    """When the program began; for one that crashed, its first known run."""
    for state in (container.get("lastState", {}), container["state"]):
        for ran in (state.get("terminated"), state.get("running")):
            if ran and ran.get("startedAt"):
                return str(ran["startedAt"])
    return None


def _times(pods: Iterable[Object]) -> list[datetime]:
    return [_time(condition["lastTransitionTime"]) for pod in pods for condition in pod["status"].get("conditions", [])]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
