"""What happened to containers, and when, in the engine's own words.

The engine keeps its last 256 events only, and of each container the last five looks at its health: so they are written down
from the engine's first moment on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.engine.containers import service_of

STARTED, HEALTHY, ENDED = "start", "health_status: healthy", "die"


class Event(NamedTuple):
    """One event of a container."""

    at: float
    """Seconds since 1970."""
    action: str
    project: str
    service: str
    container: str


def events_in(lines: Iterable[str]) -> Iterator[Event]:
    """The events of containers of projects, in the order in which ``docker events --format json`` wrote them."""
    for line in lines:
        said = json.loads(line)
        labels = said["Actor"]["Attributes"]
        project = labels.get("com.docker.compose.project") or labels.get("com.docker.stack.namespace")
        if said["Type"] == "container" and project:
            yield Event(said["timeNano"] / 1e9, said["Action"], project, service_of(labels), labels["name"])


def first(events: Iterable[Event], action: str) -> dict[str, float]:
    """When each service did this for the first time."""
    moments: dict[str, float] = {}
    for event in events:
        if event.action == action:
            moments.setdefault(event.service, event.at)
    return moments
