"""What a container runs, of which image, as whom, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tierwright.outputs.containers.mounts import Mount, Volumes
from tierwright.outputs.containers.pods import Pod, variables_of
from tierwright.outputs.containers.texts import Text, expanded

Manifest = Mapping[str, Any]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How a container is asked whether it is ready: by a GET, a gRPC call or a connection to its port, or by a command in it."""

    kind: str
    port: int = 0
    path: str = ""
    service: str = ""
    command: tuple[str, ...] = ()


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A container. `entrypoint` and `command` are those of the image where they are empty.

    `limits` and `requests` are Kubernetes' quantities. `unknown` is what a container has on a cluster alone, in words.
    """

    name: str
    image: str
    entrypoint: Sequence[Text] = ()
    command: Sequence[Text] = ()
    variables: Mapping[str, Text]
    mounts: Sequence[Mount]
    health: Health | None
    limits: Mapping[str, str]
    requests: Mapping[str, str]
    working_dir: str = ""
    user: str = ""
    groups: Sequence[str] = ()
    read_only: bool = False
    gains_privileges: bool = True
    privileged: bool = False
    dropped: Sequence[str] = ()
    added: Sequence[str] = ()
    after_start: Sequence[str] = ()
    before_stop: Sequence[str] = ()
    unknown: Sequence[str] = ()

    @property
    def texts(self) -> tuple[Text, ...]:
        """Its variables and its words, in which there can be places for secrets."""
        return (*self.variables.values(), *self.entrypoint, *self.command)


def program(container: Manifest, pod: Pod, volumes: Volumes) -> Program:
    """A container of the pods of a workload."""
    variables, without_value = variables_of(container, pod)
    mounts, without_content = volumes.mounts(container)
    security = {**pod.spec.get("securityContext", {}), **container.get("securityContext", {})}
    capabilities = security.get("capabilities", {})
    lifecycle = container.get("lifecycle", {})
    return Program(
        name=container["name"],
        image=container["image"],
        entrypoint=[expanded(word, variables) for word in container.get("command", ())],
        command=[expanded(word, variables) for word in container.get("args", ())],
        variables=variables,
        mounts=mounts,
        health=_health(container),
        limits=container.get("resources", {}).get("limits", {}),
        requests=container.get("resources", {}).get("requests", {}),
        working_dir=container.get("workingDir", ""),
        user=_user(security),
        groups=[str(group) for group in security.get("supplementalGroups", ())],
        read_only=security.get("readOnlyRootFilesystem", False),
        gains_privileges=security.get("allowPrivilegeEscalation", True),
        privileged=security.get("privileged", False),
        dropped=capabilities.get("drop", ()),
        added=capabilities.get("add", ()),
        after_start=lifecycle.get("postStart", {}).get("exec", {}).get("command", ()),
        before_stop=lifecycle.get("preStop", {}).get("exec", {}).get("command", ()),
        unknown=[
            *(f"the variable {name}" for name in without_value),
            *(f"what is mounted at {path}" for path in without_content),
            *(f"the variables of {_source(one)}" for one in container.get("envFrom", ())),
        ],
    )


def _source(source: Manifest) -> str:
    kind = "Secret" if "secretRef" in source else "ConfigMap"
    return f"the {kind} {source['secretRef' if kind == 'Secret' else 'configMapRef']['name']}"


def _user(security: Manifest) -> str:
    """The user, with the group if there is one. A group alone cannot be said: engines would take it for the user."""
    user, group = security.get("runAsUser"), security.get("runAsGroup")
    if user is None:
        return ""
    return str(user) if group is None else f"{user}:{group}"


def _health(container: Manifest) -> Health | None:
    probe = container.get("readinessProbe")
    if probe is None:
        return None
    if "exec" in probe:
        return Health(kind="command", command=tuple(probe["exec"]["command"]))
    ports = {one["name"]: one["containerPort"] for one in container.get("ports", ()) if "name" in one}
    kind = next(kind for kind in ("httpGet", "grpc", "tcpSocket") if kind in probe)
    asked = probe[kind]
    number = ports.get(asked["port"], asked["port"])
    return Health(kind=kind, port=number, path=asked.get("path", ""), service=asked.get("service") or "")
