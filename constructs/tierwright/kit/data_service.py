"""What the data services have in common: how a server starts alone on its data, its probes, its memory, and who may reach it."""

from __future__ import annotations

from tierwright.expressions.tree import Tree
from tierwright.kit.exposure import exposure
from tierwright.kit.metadata import Manifest
from tierwright.kit.stateful_server import ServerService, tcp
from tierwright.model.data_values import DeveloperAccess
from tierwright.model.own_names import developers_of

MEMORY_LIMIT: Manifest = {"name": "MEMORY_LIMIT", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}}
"""The container's memory limit in bytes, from which each server computes its settings when it starts."""


def developers_service(name: str, access: DeveloperAccess, port: int) -> ServerService:
    """The Service by which developers reach a port of a data service."""
    return ServerService(
        id="developers",
        name=developers_of(name),
        ports=(tcp(port),),
        type=access.type,
        more=exposure(access.type, access.cidrs),
        present=access.enabled,
    )


def alone(script: str, *, data: str) -> list[Tree]:
    """The command that runs a shell script, which becomes the server, once no other server has the data in the folder `data`."""
    return ["sh", "-ec", alone_on(f"{data}/.lock") + script]


def alone_on(lock: str) -> str:
    """The lines of a shell script after which no second server has the data, as long as a process of this one lives.

    A pod deleted by force is gone for its StatefulSet while its server still commits; a second one would start on the same
    volume, and what the first commits from then on is lost. No server sees the other across containers, so a file on the
    volume is locked, at the path `lock`.
    """
    return f"""\
exec 9>> {lock}
trap 'exit 143' INT TERM
flock -n 9 || echo "another server still has the data: waiting for {lock}"
until flock -n 9; do sleep 1; done
trap - INT TERM
"""


def tcp_probe(port: int, *, period: int, failures: int) -> Manifest:
    """Succeeds when the port accepts a connection."""
    return {"tcpSocket": {"port": port}, "periodSeconds": period, "timeoutSeconds": 5, "failureThreshold": failures}


def shell_probe(command: str, *, period: int, failures: int, timeout: int = 5) -> Manifest:
    """Succeeds when the shell command does, within `timeout` seconds."""
    probe = {"exec": {"command": ["sh", "-c", command]}}
    return {**probe, "periodSeconds": period, "timeoutSeconds": timeout, "failureThreshold": failures}
