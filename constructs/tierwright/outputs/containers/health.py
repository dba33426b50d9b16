"""How engines ask the health of a container: by a command in it or, where its image has no program for that, in one beside it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from tierwright.blueprint import Described
from tierwright.components.secrets.values import secrets_values
from tierwright.expressions.tree import resolve
from tierwright.outputs.containers.images import health_tool
from tierwright.outputs.containers.programs import Health
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

_SERVING = "08 01"
"""The answer SERVING of https://github.com/grpc/grpc/blob/master/doc/health-checking.md, as od writes it."""


def asks_itself(platform: Described, workload: Workload) -> list[str]:
    """The command in the container of a workload that asks its health; empty where its image has nothing that could."""
    health = workload.program.health
    if health is None:
        return []
    if health.kind == "command":
        return list(health.command)
    if workload.name in platform.blueprint.data_services:
        # The images of data services that are asked so have bash, which connects by itself.
        return ["bash", "-c", f"exec 3<> /dev/tcp/127.0.0.1/{health.port}"]
    tool = health_tool(platform, workload.name)
    if health.kind != "httpGet" or tool is None:
        return []
    # busybox' wget tries one address of a name only, and a server may listen on the other.
    url = f"http://{'localhost' if tool == 'curl' else '127.0.0.1'}:{health.port}{health.path}"
    return _by_curl(url) if tool == "curl" else ["wget", "-q", "-O", "/dev/null", url]


def connection(platform: Described, workload: Workload) -> Health | None:
    """That the port of a service takes connections, for which gates wait where no health is asked; None where it has no port."""
    service = platform.blueprint.catalogue.services.get(workload.name)
    port = service.main_port if service is not None else None
    return None if port is None else Health(kind="tcpSocket", port=port.target_port)


def own_health(platform: Described, workload: Workload) -> Mapping[str, Any] | None:
    """The health check of the workload's own container; None where another asks for it, or nobody does."""
    command = asks_itself(platform, workload)
    return health_check(platform, command) if command else None


def asked_from_beside(health: Health, host: str) -> str:
    """The line of a shell that asks the health of a container at this host, where there is curl."""
    address = f"{host}:{health.port}"
    if health.kind == "httpGet":
        return shlex.join(_by_curl(f"http://{address}{health.path}"))
    if health.kind == "grpc":
        headers = "-H content-type:application/grpc -H te:trailers"
        call = f"curl -fsS --http2-prior-knowledge {headers} --data-binary @- http://{address}/grpc.health.v1.Health/Check"
        return f"printf '{_escaped(_question(health.service))}' | {call} | od -An -tx1 | grep -q '{_SERVING}'"
    # 28: connected, and nothing was said until the time was over.
    return f"curl -s -m 2 telnet://{address} < /dev/null; case $? in 0 | 28) ;; *) exit 1 ;; esac"


def _by_curl(url: str) -> list[str]:
    """A GET; curl takes braces and brackets for several URLs unless told."""
    return ["curl", *(["-g"] if set(url) & set("{}[]") else []), "-fsS", "-o", "/dev/null", url]


def _question(service: str) -> bytes:
    """The message that asks for the health of a gRPC service of this name; an empty one is the whole server.

    https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, https://protobuf.dev/programming-guides/encoding/
    """
    name = service.encode()
    field = b"\n" + _varint(len(name)) + name if name else b""
    return b"\0" + len(field).to_bytes(4, "big") + field


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80]) + _varint(number >> 7)


def _escaped(message: bytes) -> str:
    """Bytes as `printf` of a shell makes them of text in single quotes."""
    return "".join(chr(one) if chr(one).isalnum() and one < 0x80 else f"\\{one:03o}" for one in message)


CURL = "curlimages/curl:8.11.1"
"""The image with curl where the values name none."""


def prober_image(platform: Described) -> str:
    """The image of containers that ask others: the one with curl by which Secrets are made, where the platform has some."""
    blueprint = platform.blueprint
    if not blueprint.catalogue.has_secrets:
        mirror = platform.platform.values.images.public_registry
        return f"{mirror}/{CURL}" if mirror else CURL
    return str(resolve(blueprint.image(secrets_values(blueprint).generator.image), blueprint.scope))


def health_check(platform: Described, command: list[str]) -> Mapping[str, Any]:
    """The health check of a container: what it runs, and how often."""
    rhythm = platform.blueprint.catalogue.compose.health_check
    return {
        "test": OnOneLine(["CMD", *command]),
        "interval": rhythm.interval,
        "timeout": rhythm.timeout,
        "retries": rhythm.retries,
        "start_period": rhythm.start_period,
        "start_interval": rhythm.start_interval,
    }
