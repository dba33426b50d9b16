"""Names of the objects that the program makes itself. No service or data service can have one of them.

The constructs take their names from here; a test goes through all that they declare and misses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import Catalogue
from tierwright.model.part import DATA_SERVICES, Part, kinds_of

_OF_KUBERNETES = frozenset({"default", "kubernetes", "localhost"})
"""A ServiceAccount of every namespace, a Service that every pod gets variables of, and a host that is never looked up."""

_SUFFIXES = ("-nodes", "-developer", "-ready", "-replicas", "-patroni")

PLATFORM_NAMES = frozenset({"global", "tags"})
"""Names that no platform has: in the values of a chart that contains this one, these two are for Helm itself."""


def nodes_of(data_service: str) -> str:
    """The headless Service that gives each node of a data service a name."""
    return f"{data_service}-nodes"


def developers_of(data_service: str) -> str:
    """The Service of a data service for developers."""
    return f"{data_service}-developer"


def replicas_of(data_service: str) -> str:
    """The Service of the members of a data service that can be read only."""
    return f"{data_service}-replicas"


def patroni_of(data_service: str) -> str:
    """The name under which Patroni keeps what the members of a data service agree on: that of its ConfigMaps, before their ends."""
    return f"{data_service}-patroni"


def config_of(data_service: str) -> str:
    """The ConfigMap with the configuration of a data service."""
    return f"{data_service}-config"


def files_of(service: str, number: int = 1) -> str:
    """The ConfigMap with files of a service: the first one, or one of several."""
    return f"{service}-files" if number == 1 else f"{service}-files-{number}"


def step_of(number: int) -> str:
    """The name of a step of `prepare`: of the init container that takes it."""
    return f"prepare-{number}"


def listing_of(name: str) -> str:
    """The headless Service that has an address in the cluster's DNS while a pod of a workload is ready."""
    return f"{name}-ready"


def further_ports_of(service: str) -> str:
    """The Service of a public service's further ports, where its own one is for clients outside the cluster."""
    return f"{service}-internal"


def gate_of(tier: str) -> str:
    """The name of the gate for a tier: of the init container that waits for it."""
    return f"wait-for-{tier}"


def reserved_names(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """The services and data services whose names the program or Kubernetes uses: the key of the catalogue and the name."""
    parts = [one for one in catalogue.components if isinstance(one, Part)]
    parts += until_unsound(lambda: catalogue.connected().values())
    kinds, named = kinds_of(catalogue.components), list(until_unsound(lambda: catalogue.data_services))
    fixed = {
        *_OF_KUBERNETES,
        *map(config_of, (*kinds, *named)),
        *(name for one in parts for name in until_unsound(one.reserved(catalogue))),
        *(gate_of(name) for name in until_unsound(tier.name for _, tier in numbered(catalogue.tiers)) if name is not UNSOUND),
    }
    patterns = [re.compile(one.reserved_pattern) for one in parts if one.reserved_pattern]
    entries = [(DATA_SERVICES, name) for name in named] + [("services", name) for name in until_unsound(lambda: catalogue.services)]
    for key, name in entries:
        is_one = key == "services" and name in (*kinds, *named)
        is_fixed = name in fixed or name.endswith(_SUFFIXES) or any(pattern.fullmatch(name) for pattern in patterns)
        is_of_service = key == "services" and (_is_of_files(catalogue, name) or _is_of_own_step(catalogue, name))
        if is_one or is_fixed or is_of_service or _is_of_further_ports(catalogue, name):
            yield key, name


_OF_FILES = re.compile(f"{files_of('(.+)')}(-[0-9]+)?")


def _is_of_files(catalogue: Catalogue, name: str) -> bool:
    """Whether a name is that of a ConfigMap with files of another service."""
    of_files = _OF_FILES.fullmatch(name)
    return of_files is not None and bool(_entries_of(catalogue, of_files[1], "files"))


def _is_of_own_step(catalogue: Catalogue, name: str) -> bool:
    """Whether the container of a service would have the name of a step before it."""
    return any(name == step_of(number) for number, _ in enumerate(_entries_of(catalogue, name, "prepare"), start=1))


def _is_of_further_ports(catalogue: Catalogue, name: str) -> bool:
    """Whether a name is that of the Service of another service's further ports."""
    owner = name.removesuffix(further_ports_of(""))
    return owner != name and any(True for _ in until_unsound(_exposed_apart(catalogue, owner)))


def _exposed_apart(catalogue: Catalogue, name: str) -> Iterator[str]:
    """The service of this name, where it is public and has further ports."""
    service = catalogue.services.get(name)
    if service is not None and service.public and service.ports:
        yield name


def _entries_of(catalogue: Catalogue, name: str, key: str) -> list[object]:
    """The entries of a list or map of a service; none where there is no such service, or where they are unsound."""
    service = catalogue.services.get(name, UNSOUND)
    entries = UNSOUND if service is UNSOUND else getattr(service, key)
    return [] if entries is UNSOUND else list(entries)
