"""Names of the objects that the program makes itself. No service can have one of them.

The constructs take their names from here; a test goes through all that they declare and misses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import Catalogue

_OF_KUBERNETES = frozenset({"default", "kubernetes", "localhost"})
"""A ServiceAccount of every namespace, a Service that every pod gets variables of, and a host that is never looked up."""

_SUFFIXES = ("-nodes", "-developer", "-ready")

PLATFORM_NAMES = frozenset({"global", "tags"})
"""Names that no platform has: in the values of a chart that contains this one, these two are for Helm itself."""


def nodes_of(data_service: str) -> str:
    """The headless Service that gives each node of a data service a name."""
    return f"{data_service}-nodes"


def developers_of(data_service: str) -> str:
    """The Service of a data service for developers."""
    return f"{data_service}-developer"


def config_of(data_service: str) -> str:
    """The ConfigMap with the configuration of a data service."""
    return f"{data_service}-config"


def listing_of(name: str) -> str:
    """The headless Service that has an address in the cluster's DNS while a pod of a workload is ready."""
    return f"{name}-ready"


def gate_of(tier: str) -> str:
    """The name of the gate for a tier: of the init container that waits for it."""
    return f"wait-for-{tier}"


def reserved_names(catalogue: Catalogue) -> Iterator[str]:
    """Names that services cannot have, because the program or Kubernetes uses them."""
    components = catalogue.components
    data_services = [one.name for one in components if one.connection is not None]
    fixed = {
        *_OF_KUBERNETES,
        *data_services,
        *map(config_of, data_services),
        *(name for one in components for name in until_unsound(one.reserved(catalogue))),
        *(gate_of(name) for name in until_unsound(tier.name for _, tier in numbered(catalogue.tiers)) if name is not UNSOUND),
    }
    patterns = [re.compile(one.reserved_pattern) for one in components if one.reserved_pattern]
    for name in catalogue.services:
        if name in fixed or name.endswith(_SUFFIXES) or any(pattern.fullmatch(name) for pattern in patterns):
            yield name
