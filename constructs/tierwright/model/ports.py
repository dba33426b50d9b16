"""The ports of a workload: their numbers, what is spoken there, and what they are called in Kubernetes."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tierwright.model.composed import Entry
from tierwright.model.names import PORT_NAME

PortNumber = Annotated[int, Meta(ge=1, le=65535)]
PortName = Annotated[str, Meta(pattern=PORT_NAME)]

MAIN = ""
"""The key of the main port, which has no name in the catalogue."""

_APP_PROTOCOLS = {"http": "http", "grpc": "kubernetes.io/h2c"}
"""https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol: gRPC without TLS is HTTP/2 without TLS."""


class FurtherPort(Entry, frozen=True, kw_only=True):
    """A port beside the main one."""

    port: PortNumber
    """The port of the Service."""
    target_port: PortNumber | None = None
    """The port that the program listens on, where it is another one."""
    protocol: Literal["http", "grpc", "tcp", "UDP"] = "tcp"
    """What is spoken there. Nobody can wait for a UDP port."""


class ServicePort(msgspec.Struct, frozen=True, kw_only=True):
    """A port of a workload: `port` is that of its Service, `target_port` that of its pods, `name` what Kubernetes calls both.

    `key` is its name in the catalogue. `protocol` is what is spoken there: http, grpc, tcp, or UDP; `transport`, which Kubernetes
    calls the protocol, is TCP or UDP.
    """

    key: str
    name: str
    port: int
    target_port: int
    protocol: str
    transport: str = "TCP"

    @property
    def app_protocol(self) -> str | None:
        """What Kubernetes calls the application's protocol; None where it knows none."""
        return _APP_PROTOCOLS.get(self.protocol)


def main_port(port: int, target_port: int | None, protocol: str) -> ServicePort:
    """The main port. Its name tells meshes and Ingress controllers what is spoken there."""
    name = f"tcp-{port}" if protocol == "tcp" else protocol
    target = port if target_port is None else target_port
    return ServicePort(key=MAIN, name=name, port=port, target_port=target, protocol=protocol)


def further_port(name: str, entry: int | FurtherPort) -> ServicePort:
    """A further port, from its entry of the catalogue; a number alone is that of a TCP port."""
    entry = FurtherPort(port=entry) if isinstance(entry, int) else entry
    target = entry.port if entry.target_port is None else entry.target_port
    transport = "UDP" if entry.protocol == "UDP" else "TCP"
    return ServicePort(key=name, name=name, port=entry.port, target_port=target, protocol=entry.protocol, transport=transport)
