"""Errors name a line of the user's: where something was written that is wrong or makes a default wrong, no file of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

TAKEN = "PostgreSQL, or its administrator, has a role of this name already; choose another name, such as services"
CONNECTIONS = "raise it, or lower database.poolSize or autoscaling.maxReplicas"
LOWER = "lower the request, or raise the limit"
LABELS = "is empty; allowed: a mapping with at least one entry"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("postgres", f"postgres.user: {TAKEN}"),
        ("template0", "postgres.database: new databases are copied from it; choose another name"),
    ],
)
def test_a_default_that_follows_from_the_name_of_the_platform_is_where_the_name_is(tmp_path: Path, name: str, error: str) -> None:
    catalogue = CATALOGUE.replace("name: shop", f"description: a shop\nname: {name}", 1)
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:2: {error}"]


# (an overlay, its error)
OF_DEFAULTS = [
    (
        "networkPolicy:\n  dns:\n    podLabels:\n      k8s-app: ~",
        f"3: networkPolicy.dns.podLabels: {LABELS}",
    ),
    (
        "postgres:\n  developerAccess:\n    enabled: true",
        (
            "2: postgres.developerAccess.cidrs: the developers' access to postgres is on, but lets nobody in; "
            "name their networks, such as [10.0.0.0/8]"
        ),
    ),
    (
        "startup:\n  resources:\n    limits:\n      memory: 4Mi",
        f"4: startup.resources.limits.memory: the request 8Mi is above the limit 4Mi; {LOWER}",
    ),
    (
        "postgres:\n  resources: {limits: {memory: 64Mi}}\n",
        f"2: postgres.resources.limits.memory: the request 256Mi is above the limit 64Mi; {LOWER}",
    ),
    (
        "clusterDomain: a.b\npostgres:\n  reservedConnections: 249",
        (
            "2: postgres.maxConnections: all services at their largest, rollouts counted, open 20 connections, "
            f"but there is room for 1; {CONNECTIONS}"
        ),
    ),
    (
        "clusterDomain: a.b\ndefaults: {database: {poolSize: 100}}",
        (
            "1: postgres.maxConnections: all services at their largest, rollouts counted, open 400 connections, "
            f"but there is room for 235; {CONNECTIONS}"
        ),
    ),
]


@pytest.mark.parametrize(("overlay", "error"), OF_DEFAULTS)
def test_a_default_that_other_values_make_wrong_is_where_those_are(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:{error}"]


def test_of_several_overlays_it_is_the_last_that_says_something_of_the_section(tmp_path: Path) -> None:
    overlays = {
        "a.yaml": "networkPolicy: {dns: {podLabels: {k8s-app: ~, a: b}}}",
        "b.yaml": "networkPolicy: {dns: {podLabels: {a: ~}}}",
        "c.yaml": "networkPolicy: {dns: {namespace: dns}}",
    }
    assert errors(tmp_path, overlays=overlays) == [f"b.yaml:1: networkPolicy.dns.podLabels: {LABELS}"]


def test_what_nobody_wrote_is_so_because_of_the_catalogue(tmp_path: Path) -> None:
    more = "".join(f"  s{number}: {{tier: back, port: 80, needs: [postgres]}}\n" for number in range(40))
    assert errors(tmp_path, catalogue=CATALOGUE + more) == [
        (
            "catalogue.yaml:1: postgres.maxConnections: all services at their largest, rollouts counted, open 420 connections, "
            f"but there is room for 235; {CONNECTIONS}"
        )
    ]
