"""Why a pod does not start, according to the cluster: an image that cannot be pulled, a missing Secret, no room on any node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]

_ON_ITS_WAY = ("", "ContainerCreating", "PodInitializing")
"""Reasons of a waiting container that are no errors."""
_GATES_OF_READINESS = "ReadinessGatesNotReady"


@dataclass(frozen=True)
class Trouble:
    """What keeps a pod, or a workload without pods, from being ready.

    `reason` is Kubernetes' word, `message` its sentence, perhaps empty. `container` and `image` are empty where it is not about
    a container. `running`: the program runs at this moment; it ended badly before, or something else is missing.
    """

    reason: str
    message: str = ""
    container: str = ""
    image: str = ""
    running: bool = False

    @property
    def text(self) -> str:
        """The trouble in one line."""
        where = [f"container {self.container}"] if self.container else []
        where += [f"image {self.image}"] if self.image else []
        return ": ".join(filter(None, (self.reason, ", ".join(where), " ".join(self.message.split()))))


def trouble_of(pod: Object, events: Iterable[Object] = ()) -> Trouble | None:
    """What keeps a pod from being ready, or None: it is ready, or nothing is known to be wrong.

    `events` are those of its namespace. They alone tell of volumes that cannot be mounted and of networks that are not set up.
    """
    status = pod["status"]
    conditions = {condition["type"]: condition for condition in status.get("conditions", ())}
    if status.get("phase") == "Failed" and status.get("reason"):  # evicted, refused by its node: it does not come back
        return Trouble(status["reason"], status.get("message", ""))
    if conditions.get("Ready", {}).get("status") == "True":
        return None
    unscheduled = conditions.get("PodScheduled", {})
    if unscheduled.get("status") == "False" and unscheduled.get("reason"):
        return Trouble(unscheduled["reason"], unscheduled.get("message", ""))
    containers = [container for kind in ("initContainer", "container") for container in _containers(pod, kind)]
    of_container = next(filter(None, (_of_container(*container) for container in containers)), None)
    if of_container is not None:
        return of_container
    if not any("running" in state.get("state", {}) for _, state in containers if not state.get("ready")):
        event = _last(events, kind="Pod", name=pod["metadata"]["name"], uid=pod["metadata"].get("uid", ""))
        if event is not None and event.get("type") == "Warning":
            return Trouble(event.get("reason", ""), event.get("message", ""))
    ready = conditions.get("Ready", {})
    if ready.get("reason") == _GATES_OF_READINESS:
        return Trouble(_GATES_OF_READINESS, ready.get("message", ""), running=True)
    return None


def pulling(pod: Object, events: Iterable[Object]) -> str:
    """The kubelet's words for an image that it is pulling; empty where the pod's last event is another."""
    event = _last(events, kind="Pod", name=pod["metadata"]["name"], uid=pod["metadata"].get("uid", "")) or {}
    return str(event.get("message", "")) if event.get("reason") == "Pulling" else ""


def why_no_pod(workload: Object, events: Iterable[Object] = ()) -> Trouble | None:
    """Why a Deployment or StatefulSet has fewer pods than it should: a quota, a limit range, admission. None: not known."""
    for condition in workload.get("status", {}).get("conditions", ()):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return Trouble(condition.get("reason", "ReplicaFailure"), condition.get("message", ""))
    metadata = workload["metadata"]
    event = _last(events, kind=workload["kind"], name=metadata["name"], uid=metadata.get("uid", ""))
    if event is not None and event.get("type") == "Warning":
        return Trouble(event.get("reason", ""), event.get("message", ""))
    return None


def _containers(pod: Object, kind: str) -> Sequence[tuple[Object, Object]]:
    """The containers of a pod with what is known of each; in the pod's order, which statuses need not have."""
    known = {status["name"]: status for status in pod["status"].get(f"{kind}Statuses", ())}
    return [(spec, known.get(spec["name"], {})) for spec in pod["spec"].get(f"{kind}s", ())]


def _of_container(spec: Object, status: Object) -> Trouble | None:
    where = {"container": spec["name"], "image": spec.get("image", "")}
    state = status.get("state", {})
    waiting, ended = state.get("waiting"), state.get("terminated")
    before = status.get("lastState", {}).get("terminated")
    if waiting and waiting.get("reason", "") not in _ON_ITS_WAY:
        reason, message = waiting["reason"], waiting.get("message", "")
        if reason == "CrashLoopBackOff" and before:  # its own message says how long the pause is, not why
            message = f"{_end(before)}, {status['restartCount']} restarts"
        return Trouble(reason, message, **where)
    if ended and ended.get("exitCode", 0) != 0:
        return Trouble(ended.get("reason", "Error"), _end(ended), **where)
    if before and before.get("exitCode", 0) != 0 and not status.get("ready"):
        message = f"{_end(before)}, {status['restartCount']} restarts"
        return Trouble(before.get("reason", "Error"), message, **where, running=True)
    return None


def _end(ended: Object) -> str:
    reason = ended.get("reason", "Error")
    words = f"ended with exit code {ended.get('exitCode')}"
    said = ended.get("message", "")
    return ": ".join(filter(None, (words if reason == "Error" else f"{words} ({reason})", said)))


def _last(events: Iterable[Object], *, kind: str, name: str, uid: str) -> Object | None:
    """The last event of an object. An earlier object of the same name may have left some too: the uid distinguishes them."""
    own = [
        event
        for event in events
        if (event["involvedObject"].get("kind"), event["involvedObject"].get("name")) == (kind, name)
        and event["involvedObject"].get("uid", uid) == uid
    ]
    return max(own, key=_moment, default=None)


def _moment(event: Object) -> datetime:
    """The last time of an event."""
    series = event.get("series") or {}
    moments = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return datetime.fromisoformat(next(filter(None, moments), "1970-01-01T00:00:00Z"))
