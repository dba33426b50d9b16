"""What Docker Compose and Swarm need to know of a platform beside what Kubernetes does."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import DURATION, SERVICE_NAME, pattern

CONTEXT = pattern("build-context", r"^\.(/[A-Za-z0-9_][A-Za-z0-9._-]*)*\Z", "a folder of the project, such as ./server")

Alias = Annotated[str, Meta(pattern=SERVICE_NAME)]
Context = Annotated[str, Meta(pattern=CONTEXT)]
HealthTool = Literal["curl", "wget"]


class HealthCheck(Entry, frozen=True, kw_only=True):
    """How often an engine asks the health of a container."""

    interval: Annotated[str, Meta(pattern=DURATION)] = "30s"
    """The time between two tries."""
    timeout: Annotated[str, Meta(pattern=DURATION)] = "10s"
    """How long an answer may take."""
    retries: Annotated[int, Meta(ge=1, le=1000)] = 3
    """The number of failures in a row that count as unhealthy."""
    start_period: Annotated[str, Meta(pattern=DURATION)] = "40s"
    """How long failures do not count after a start."""
    start_interval: Annotated[str, Meta(pattern=DURATION)] = "1s"
    """The time between two tries within it."""


class Compose(Entry, frozen=True, kw_only=True):
    """What differs from the habits of Compose and Swarm."""

    network: Alias | None = None
    """The name of the network that all share; `default` unless set."""
    contexts: Context | None = None
    """The folder with a build context for each service, NAME/, whose image is the platform's own."""
    health_tool: HealthTool | None = None
    """The program in the platform's own images that asks for health by HTTP. Beside images without one, also those that the
    values take from elsewhere, a container asks."""
    health_check: HealthCheck = HealthCheck()


class ComposeService(Entry, frozen=True, kw_only=True):
    """What differs for one service."""

    context: Context | None = None
    """The build context of its image; one of `compose.contexts` unless set."""
    aliases: list[Alias] = []
    """Further names by which others reach it."""
    health_tool: HealthTool | None = None
    """The program in its image that asks for its health, wherever the image is from."""
    shell: bool = True
    """Whether its image has a shell. Without one, nothing can wait in it before its `command` in a Swarm."""


NOTHING = Compose()
"""That of a catalogue which says nothing of it."""
