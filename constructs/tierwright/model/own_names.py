"""The names that the program gives to what it makes itself, so that no service can have one of them.

The constructs take their names from here; a test goes through all that they declare and misses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierwright.config.soundness import UNSOUND, numbered, until_unsound
from tierwright.model.catalogue import Catalogue, DataServices

DATA_SERVICES = frozenset(DataServices.__struct_fields__)

STARTUP_GATE = "startup-gate"
SECRET_GENERATOR = "secret-generator"  # noqa: S105 - a name
CHART_TEST = "chart-test"
DEFAULT_DENY = "default-deny"
QUOTA = "quota"
LIMITS = "limits"

_OF_KUBERNETES = frozenset({"default", "kubernetes", "localhost"})
"""A ServiceAccount of every namespace, a Service that every pod gets variables of, and a host that is never looked up."""

_OF_PLATFORM = DATA_SERVICES | {STARTUP_GATE, SECRET_GENERATOR, CHART_TEST, DEFAULT_DENY, QUOTA, LIMITS}
_SUFFIXES = ("-nodes", "-developer", "-ready")
_OF_REVISIONS = re.compile(rf"{SECRET_GENERATOR}-[0-9]+")


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


def chart_test_of(service: str) -> str:
    """The policy that lets the chart's test reach a public service."""
    return f"{CHART_TEST}-{service}"


def gate_of(tier: str) -> str:
    """The container that waits for a tier."""
    return f"wait-for-{tier}"


def _public(catalogue: Catalogue) -> Iterator[str]:
    for name, service in catalogue.services.items():
        if service is not UNSOUND and service.public is not UNSOUND and service.public:
            yield name


def reserved_names(catalogue: Catalogue) -> Iterator[str]:
    """The names of services that would get in the way of what the program makes, or of Kubernetes."""
    fixed = {
        *_OF_KUBERNETES,
        *_OF_PLATFORM,
        *map(config_of, DATA_SERVICES),
        *(chart_test_of(one) for one in until_unsound(_public(catalogue))),
        *(gate_of(name) for name in until_unsound(tier.name for _, tier in numbered(catalogue.tiers)) if name is not UNSOUND),
    }
    for name in catalogue.services:
        if name in fixed or name.endswith(_SUFFIXES) or _OF_REVISIONS.fullmatch(name):
            yield name
