"""What the data services have in common: how a server starts alone on its data, its probes, its memory, and who may reach it."""

from __future__ import annotations

from tierwright.expressions.tree import Lines, Tree
from tierwright.kit.exposure import exposure
from tierwright.kit.metadata import Manifest
from tierwright.kit.stateful_server import ServerService, tcp
from tierwright.model.data_values import DeveloperAccess
from tierwright.model.own_names import developers_of

MEMORY_LIMIT: Manifest = {"name": "MEMORY_LIMIT", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}}
"""The container's memory limit in bytes, from which each server computes its settings when it starts."""

POD_NAME: Manifest = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
"""The name of the pod, by which a member knows which one it is."""


def developers_service(name: str, access: DeveloperAccess, port: int) -> ServerService:
    """The Service through which developers connect to the data service `name` on its `port`."""
    return ServerService(
        id="developers",
        name=developers_of(name),
        ports=(tcp(port),),
        type=access.type,
        more=exposure(access.type, access.cidrs),
        present=access.enabled,
    )


def as_lines(text: str) -> Lines:
    """The lines of a text, among which others may stand that depend on the values."""
    return Lines(tuple(text.splitlines()))


def alone(script: str | Lines, *, data: str, lock: str = ".lock") -> list[Tree]:
    """The command of a container: runs `script` once no other server has the data in the folder `data`.

    The script ends with `exec`, so that it becomes the server. `lock` is the file there by which they know: servers that share
    the folder and no data have one each.
    """
    lines = alone_on(f"{data}/{lock}")
    return ["sh", "-ec", Lines((*lines.splitlines(), script)) if isinstance(script, Lines) else lines + script]


def alone_on(lock: str) -> str:
    """Lines of a shell script. After them, no second server can have the data as long as a process of this script lives.

    When a pod is deleted by force, its StatefulSet counts it as gone while its server still commits. A second server would start
    on the same volume, and what the first one commits from then on would be lost. Servers in different containers do not see each
    other, so the lines lock a file on the volume, at the path `lock`.
    """
    return f"""\
exec 9>> {lock}
trap 'exit 143' INT TERM
flock -n 9 || echo "another server still has the data: waiting for {lock}"
until flock -n 9; do sleep 1; done
trap - INT TERM
"""


def tcp_probe(port: int, *, period: int, failures: int) -> Manifest:
    """A probe that succeeds when the port accepts a connection: every `period` seconds, failed after `failures` in a row."""
    return {"tcpSocket": {"port": port}, "periodSeconds": period, "timeoutSeconds": 5, "failureThreshold": failures}


def shell_probe(command: str, *, period: int, failures: int, timeout: int = 5) -> Manifest:
    """A probe that succeeds when a shell command does within `timeout` seconds; `period` and `failures` as for `tcp_probe`."""
    probe = {"exec": {"command": ["sh", "-c", command]}}
    return {**probe, "periodSeconds": period, "timeoutSeconds": timeout, "failureThreshold": failures}
