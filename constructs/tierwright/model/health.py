"""How the cluster learns whether a workload is well: its health, as the catalogue says or as follows from its protocol."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import URL_PATH
from tierwright.model.ports import MAIN, PortName, ServicePort

UrlPath = Annotated[str, Meta(pattern=URL_PATH)]
Word = Literal["none", "http", "grpc", "tcp"]
Kind = Literal["none", "http", "grpc", "tcp", "command"]

ASKS_A_PORT: tuple[Kind, ...] = ("http", "grpc", "tcp")
"""The kinds of health that are asked over the network."""


class HealthPaths(Entry, frozen=True, kw_only=True):
    """The paths that are asked over HTTP."""

    readiness: UrlPath | None = None
    """The path that answers when the pod is ready to serve."""
    liveness: UrlPath | None = None
    """The path that answers while the process is alive."""


class Health(Entry, frozen=True, kw_only=True):
    """What is asked, and on which port. At most one of `http`, `grpc` and `command`; without one, the port's protocol decides."""

    http: UrlPath | HealthPaths | None = None
    """A GET of these paths, or of one path; the values' `probes` may name others."""
    grpc: str | None = None
    """The health protocol of gRPC, for the service of this name; empty: for the server as a whole."""
    command: Annotated[list[str], Meta(min_length=1)] | None = None
    """A command in the container, as a list; it succeeds when the command ends with 0."""
    port: PortName | None = None
    """One of the workload's `ports`, in place of the main one."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that are given."""
        kinds: tuple[Kind, ...] = ("http", "grpc", "command")
        return tuple(kind for kind in kinds if getattr(self, kind) is not None)

    @property
    def paths(self) -> dict[str, str]:
        """The HTTP paths that are given, by the keys of the values' `probes`."""
        if self.http is None:
            return {}
        paths = self.http if isinstance(self.http, HealthPaths) else HealthPaths(readiness=self.http, liveness=self.http)
        given = {"readinessPath": paths.readiness, "livenessPath": paths.liveness}
        return {key: path for key, path in given.items() if path is not None}


class ProbeHandler(msgspec.Struct, frozen=True, kw_only=True):
    """What the kubelet does to learn whether a pod is well: its kind, the port, and the gRPC service or the command."""

    kind: Kind
    port: ServicePort | None = None
    service: str = ""
    command: tuple[str, ...] = ()

    @property
    def by_url(self) -> bool:
        """Whether it is a GET of the main port, which others can ask too, through the Service."""
        return self.kind == "http" and self.port is not None and self.port.key == MAIN and self.port.protocol == "http"


def probe_handler(health: Word | Health | None, ports: Sequence[ServicePort]) -> ProbeHandler:
    """What the kubelet does for this health of the catalogue, in a workload with these ports. The entry is sound."""
    given = Health() if health is None or isinstance(health, str) else health
    key = MAIN if given.port is None else given.port
    port = next((port for port in ports if port.key == key), None)
    kind = health if isinstance(health, str) else next(iter(given.kinds), default_kind(port))
    if kind in ASKS_A_PORT:
        return ProbeHandler(kind=kind, port=port, service=given.grpc or "")
    return ProbeHandler(kind=kind, command=tuple(given.command or ()))


def default_kind(port: ServicePort | None) -> Kind:
    """How a workload is asked on this port, where its entry says nothing else."""
    kinds: Mapping[str, Kind] = {"http": "http", "grpc": "grpc", "tcp": "tcp", "UDP": "none"}
    return "none" if port is None else kinds[port.protocol]
