"""The containers of a project as the engine describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple


class Container(NamedTuple):
    """One container, of Compose or of Swarm; times are seconds since 1970, or None for what has not happened."""

    identity: str
    name: str
    service: str
    image: str
    status: str
    """``created``, ``running``, ``restarting`` or ``exited``."""
    health: str
    """``starting``, ``healthy`` or ``unhealthy``; empty without a health check."""
    started: float | None
    finished: float | None
    exit_code: int
    restarts: int
    """How often the engine started it again; Swarm makes a new container instead."""
    description: dict[str, Any]
    """All that ``docker inspect`` says."""


def described(inspected: str) -> Iterator[Container]:
    """The containers in the output of ``docker inspect``."""
    for description in json.loads(inspected):
        state, labels = description["State"], description["Config"]["Labels"] or {}
        yield Container(
            identity=description["Id"],
            name=description["Name"].removeprefix("/"),
            service=service_of(labels),
            image=description["Config"]["Image"],
            status=state["Status"],
            health=state.get("Health", {}).get("Status", ""),
            started=_seconds(state["StartedAt"]),
            finished=_seconds(state["FinishedAt"]),
            exit_code=state["ExitCode"],
            restarts=description["RestartCount"],
            description=description,
        )


def service_of(labels: dict[str, str]) -> str:
    """The service that a container with these labels belongs to; empty when to none."""
    if (service := labels.get("com.docker.compose.service")) is not None:
        return service
    stack, name = labels.get("com.docker.stack.namespace", ""), labels.get("com.docker.swarm.service.name", "")
    return name.removeprefix(f"{stack}_")


def _seconds(moment: str) -> float | None:
    """The engine writes the year 1 for what has not happened, and more digits than a datetime has."""
    return None if moment.startswith("0001-") else datetime.fromisoformat(moment).timestamp()
