"""What the containers of a Compose file get, computed from its text alone.

The rules are those of the Compose Specification, https://docs.docker.com/reference/compose-file/services/, and of the engine.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import yaml

from tests.compose.interpolation import interpolated
from tests.compose.seen import Mounted, Seen

Entry = Mapping[str, Any]

_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_OF_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount point


def amount(text: str) -> int:
    """A number of bytes as Docker writes it."""
    number, unit = re.fullmatch(r"([0-9]+)([bkmg])", text).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]


class Engine:
    """Starts containers of a Compose file, with these variables around it."""

    def __init__(self, text: str, variables: Mapping[str, str] | None = None) -> None:
        comment = " ".join(line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#"))
        self.told = re.split(r" - |(?<=Different here:) ", comment)[1:]
        self.raw: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
        self._variables = variables or {}

    @cached_property
    def document(self) -> dict[str, Any]:
        """The file with its variables replaced."""
        document: dict[str, Any] = interpolated(self.raw, self._variables)
        return document

    @property
    def services(self) -> Mapping[str, Entry]:
        """The services."""
        services: dict[str, Entry] = self.document["services"]
        return services

    def containers(self) -> Iterator[tuple[str, Seen]]:
        """What each container gets, by the name of its service."""
        for name, service in self.services.items():
            yield name, self._seen(name, service)

    def _seen(self, name: str, service: Entry) -> Seen:
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        hooks = {"postStart": service.get("post_start", []), "preStop": service.get("pre_stop", [])}
        return Seen(
            image=service["image"],
            entrypoint=service.get("entrypoint", []),
            command=service.get("command", []),
            variables=self._environment(service),
            working_dir=service.get("working_dir", ""),
            user=service.get("user", ""),
            groups={*service.get("group_add", [])},
            read_only=service.get("read_only", False),
            gains_privileges="no-new-privileges:true" not in service.get("security_opt", []),
            privileged=service.get("privileged", False),
            capabilities=({*service.get("cap_drop", [])}, {*service.get("cap_add", [])}),
            terminal=(service.get("stdin_open", False), service.get("tty", False)),
            cpus=Fraction(limits["cpus"]) if "cpus" in limits else None,
            memory=amount(limits["memory"]) if "memory" in limits else None,
            hooks={key: one[0]["command"] for key, one in hooks.items() if one},
            health=self._health(name, service),
            hosts={(host, address) for host, _, address in (one.partition(":") for one in service.get("extra_hosts", []))},
            dns=(service.get("dns", []), service.get("dns_search", []), service.get("dns_opt", [])),
            sysctls=service.get("sysctls", {}),
            files=self._files(service),
            kept=dict(self._kept(service)),
            folders=dict(_folders(service)),
            unmounted=set(),
        )

    def _environment(self, service: Entry) -> dict[str, str]:
        """Variables without a value are those around the program, if they are there."""
        given = {
            name: self._variables.get(name) if value is None else value for name, value in service.get("environment", {}).items()
        }
        return {name: value for name, value in given.items() if value is not None}

    def _files(self, service: Entry) -> dict[str, tuple[str, int]]:
        configs, secrets = self.document.get("configs", {}), self.document.get("secrets", {})
        contents = [(one, configs[one["source"]]["content"]) for one in service.get("configs", [])]
        contents += [(one, self._variables.get(secrets[one["source"]]["environment"], "")) for one in service.get("secrets", [])]
        return {one["target"]: (content, int(one["mode"], 8)) for one, content in contents}

    def _kept(self, service: Entry) -> Iterator[tuple[str, Mounted]]:
        for one in service.get("volumes", []):
            if isinstance(one, str):
                source, target, *options = one.split(":")
                part, writable = "", options != ["ro"]
            else:
                source, target = one["source"], one["target"]
                part, writable = one.get("volume", {}).get("subpath", ""), not one.get("read_only", False)
            assert source in self.document["volumes"], source
            yield target, Mounted(source, part, writable)

    def _health(self, name: str, service: Entry) -> Any:
        """What is asked, by the container itself or by one beside it that depends on nothing else."""
        asked = service.get("healthcheck")
        if asked is None:
            beside = (
                one for key, one in self.services.items() if key.startswith(f"{name}-prober") and [*one["depends_on"]] == [name]
            )
            asked = next(beside, {}).get("healthcheck")
        if asked is None:
            return None
        return _asked([*asked["test"]][1:])


def _asked(command: list[str]) -> Any:
    line = command[2] if command[0] in ("sh", "bash") else shlex.join(command)
    if found := re.fullmatch(r"exec 3<> /dev/tcp/127\.0\.0\.1/([0-9]+)", line):
        return ["tcpSocket", int(found[1]), ""]
    if found := re.search(r"telnet://[^ ]+:([0-9]+) ", line):
        return ["tcpSocket", int(found[1]), ""]
    if "grpc.health.v1.Health/Check" in line:
        message = re.search(r"printf '([^']*)'", line)
        assert message is not None
        sent = re.sub(rb"\\([0-7]{1,3})", lambda octal: bytes([int(octal[1], 8)]), message[1].encode()).replace(b"%%", b"%")
        assert len(sent) == 5 + int.from_bytes(sent[1:5])
        return ["grpc", int(re.search(r":([0-9]+)/grpc", line)[1]), _service(sent[5:])]  # type: ignore[index]
    words = shlex.split(line)
    if words[0] in ("curl", "wget"):
        address = re.fullmatch(r"http://[^/:]+:([0-9]+)(/.*)", words[-1])
        assert address is not None, words
        return ["httpGet", int(address[1]), address[2]]
    return ["exec", *command]


def _service(message: bytes) -> str:
    """The name in a HealthCheckRequest: https://protobuf.dev/programming-guides/encoding/."""
    if not message:
        return ""
    assert message[0] == 0x0A
    length, at, shift = 0, 1, 0
    while True:
        length |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if message[at - 1] < 0x80:
            break
    assert len(message) == at + length
    return message[at:].decode()


def _folders(service: Entry) -> Iterator[tuple[str, int | None]]:
    if "shm_size" in service:
        yield _OF_SHARED_MEMORY, amount(service["shm_size"])
    for one in service.get("tmpfs", []):
        path, _, options = one.partition(":")
        user, _, group = service.get("user", "").partition(":")
        owner = {f"{key}={value}" for key, value in (("uid", user), ("gid", group)) if value}
        assert {"exec", "mode=1777", *owner} <= {*options.split(",")}
        size = re.search(r",size=(.*)", options)
        yield path, amount(size[1]) if size else None
