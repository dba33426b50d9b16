"""What a container runs, of which image, as whom, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tierwright.outputs.containers.mounts import Mount, Volumes
from tierwright.outputs.containers.pods import Manifest, Pod, variables_of
from tierwright.outputs.containers.texts import Text, expanded, literal

_LIMITS = ("cpu", "memory", "ephemeral-storage")
_PAUSE = ("preStop", "sleep")
"""The hook that lets endpoints catch up, of which an engine has none."""


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
    stdin: bool = False
    tty: bool = False
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
    own = pod.spec.get("securityContext", {})
    security = {**own, **container.get("securityContext", {})}
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
        stdin=container.get("stdin", False),
        tty=container.get("tty", False),
        user=_user(security),
        groups=[str(group) for group in dict.fromkeys(_groups(own)) if group != security.get("runAsGroup")],
        read_only=security.get("readOnlyRootFilesystem", False),
        gains_privileges=security.get("allowPrivilegeEscalation", True),
        privileged=security.get("privileged", False),
        dropped=list(dict.fromkeys(capabilities.get("drop", ()))),
        added=list(dict.fromkeys(capabilities.get("add", ()))),
        after_start=lifecycle.get("postStart", {}).get("exec", {}).get("command", ()),
        before_stop=lifecycle.get("preStop", {}).get("exec", {}).get("command", ()),
        unknown=[
            *(
                f"the limit of {resource}"
                for resource in container.get("resources", {}).get("limits", {})
                if resource not in _LIMITS
            ),
            *(f"its hook {name}" for name, hook in lifecycle.items() if "exec" not in hook and (name, *hook) != _PAUSE),
            *without_value,
            *(f"what is mounted at {path}" for path in without_content),
        ],
    )


def _groups(security: Manifest) -> Iterator[int]:
    """The further groups of a pod's processes, that of its volumes among them."""
    yield from security.get("supplementalGroups", ())
    if "fsGroup" in security:
        yield security["fsGroup"]


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
        # In these the kubelet replaces variables by what is written, and by nothing where their value is elsewhere.
        written = {one["name"]: literal(one.get("value", "")) for one in container.get("env", ())}
        words = (expanded(word, written) for word in probe["exec"]["command"])
        return Health(kind="command", command=tuple("".join(map(str, word)) for word in words))
    ports = {one["name"]: one["containerPort"] for one in container.get("ports", ()) if "name" in one}
    kind = next(kind for kind in ("httpGet", "grpc", "tcpSocket") if kind in probe)
    asked = probe[kind]
    number = ports.get(asked["port"], asked["port"])
    return Health(kind=kind, port=number, path=asked.get("path", ""), service=asked.get("service") or "")
