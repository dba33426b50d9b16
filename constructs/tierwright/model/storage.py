"""The storage of services: volumes that their pods keep, in the catalogue and in the values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Literal

import msgspec

from tierwright.config.documents import YamlNode
from tierwright.config.problems import NO_VALUE_BUT_NEEDED, Complaint, Path, Problem, choices, dotted
from tierwright.config.soundness import UNSOUND, until_unsound
from tierwright.model.data_values import Storage
from tierwright.model.named_entries import of_each_service, unknown_entries
from tierwright.model.names import SERVICE_NAME, VOLUME_OF_SERVICE
from tierwright.model.service import Service

AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]


class ServiceStorage(Storage, frozen=True, kw_only=True):
    """A volume that each pod of a service keeps."""

    access_mode: AccessMode
    """ReadWriteOnce: the pods of one node can mount it. ReadWriteMany: all pods can; few classes have that."""


DEFAULT = ServiceStorage(persistent=True, size="8Gi", storage_class="", access_mode="ReadWriteOnce")
"""What a storage of the catalogue is unless the values say otherwise."""

OF_PODS = r"tmp|startup-gate|files(-[0-9]+)?"
"""The volumes that pods of services have beside their storage."""

LONGEST_NAME = 52
"""The most characters of a StatefulSet's name: its pods get a label of the name and eleven more."""


class Shared(msgspec.Struct, frozen=True):
    """A storage of another service that a service mounts too: the service, the name of the storage, and the path."""

    owner: str
    storage: str
    path: str

    @property
    def key(self) -> str:
        """What the catalogue calls it."""
        return f"{self.owner}.{self.storage}"

    @property
    def volume(self) -> str:
        """The name of the volume in the pods that mount it."""
        return f"{self.owner}-{self.storage}"

    @property
    def claim(self) -> str:
        """The claim: that of the owner's one pod."""
        return claim_of(self.storage, self.owner)


OF_DATA_SERVICE = "data"
"""The storage of a data service."""


def claim_of(storage: str, owner: str, number: int = 0) -> str:
    """The name of the claim of a workload's pod of this number, for a storage of this name."""
    return f"{storage}-{owner}-{number}"


def storage_names(service: Service) -> list[str]:
    """The names of a service's storage that it can have."""
    return [name for name in service.storage if re.match(SERVICE_NAME, name)]


def shared_storage(service: Service) -> Iterator[Shared]:
    """The storage of others that a service mounts; none that is unsound."""
    for key, path in service.volumes.items():
        if path is not UNSOUND and re.match(VOLUME_OF_SERVICE, key):
            owner, _, storage = key.partition(".")
            yield Shared(owner, storage, path)


def storage_complaints(name: str, service: Service, services: dict[str, Service]) -> Iterator[Complaint]:
    """What is wrong with the storage of a service in the catalogue, and with that of others which it mounts."""
    if service.storage and len(name) > LONGEST_NAME:
        yield (), f"a service with storage has a name of at most {LONGEST_NAME} characters", "choose a shorter name"
    for storage in service.storage:
        if re.fullmatch(OF_PODS, storage):
            yield ("storage", storage), f"its pods have a volume `{storage}` already", "choose another name"
    taken = [*service.storage]
    for shared in shared_storage(service):
        yield from until_unsound(_of_shared(name, shared, services, taken))
        taken.append(shared.volume)


def _of_shared(name: str, shared: Shared, services: dict[str, Service], taken: Collection[str]) -> Iterator[Complaint]:
    path = ("volumes", shared.key)
    known = [owner for owner, service in services.items() if service is not UNSOUND and service.storage and owner != name]
    if shared.owner == name:
        own = shared.storage in services[name].storage
        wrong = f"{name} mounts its own storage already" if own else f"{name} has no storage `{shared.storage}`"
        yield path, wrong, "remove it" if own else "`volumes` are those of others; write it in `storage`"
    elif shared.owner not in services or not services[shared.owner].storage:
        yield path, f"there is no service `{shared.owner}` with storage", choices(shared.owner, known)
    elif shared.storage not in services[shared.owner].storage:
        yield path, f"{shared.owner} has no storage `{shared.storage}`", choices(shared.storage, services[shared.owner].storage)
    elif shared.volume in taken:
        yield path, f"its pods have a volume `{shared.volume}` already", "rename one of the two"


def of_unknown_storage(catalogue: Any) -> Iterator[str]:
    """The services of which a catalogue that is wrong does not say what storage they have."""

    def found() -> list[str]:
        services: dict[str, Any] = catalogue.services
        return [name for name, service in services.items() if service is UNSOUND or service.storage is UNSOUND]

    return until_unsound(found)


def storage_problems(document: YamlNode, catalogue: Any) -> Iterator[Problem]:
    """What is wrong with the storage in the values: names that the catalogue does not have, and what null takes away."""
    return of_each_service(document, catalogue, "storage", lambda name, service: _of_service(document, name, service))


def _of_service(document: YamlNode, name: str, service: Service) -> Iterator[Problem]:
    path = ("services", name, "storage")
    yield from unknown_entries(document, path, lambda: service.storage, f"the catalogue has no such storage of {name}")
    yield from _taken_away(document, name, service)


def _taken_away(document: YamlNode, name: str, service: Service) -> Iterator[Problem]:
    """A storage is described completely: the catalogue gives a default of everything, which null takes away."""
    keys = ServiceStorage.__struct_encode_fields__
    paths = [("services", name, "storage", storage, key) for storage in storage_names(service) for key in keys]
    for missing in dict.fromkeys(filter(None, (_missing(document, path) for path in paths))):
        yield Problem(document.locate(missing), dotted(missing), NO_VALUE_BUT_NEEDED, "remove the null", missing)


def _missing(document: YamlNode, path: Path) -> Path | None:
    """The shortest beginning of a path where there is no value; None where there is one, or something else than a mapping above."""
    node = document
    for length, step in enumerate(path, start=1):
        if not isinstance(node.value, dict):
            return None
        below = node.below(step)
        if below is None or below.value is None:
            return path[:length]
        node = below
    return None


def default_storage() -> dict[str, Any]:
    """The default of a storage, as values."""
    plain: dict[str, Any] = msgspec.to_builtins(DEFAULT)
    return plain
