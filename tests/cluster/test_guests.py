"""Three public platforms start as `examples/` describes them, with stand-ins that speak and call what the real programs do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import pytest

from tests.cluster.guest_programs import PROGRAMS, WITHOUT_CONTRIB
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of, is_ready, restarts_of, workload_of
from tests.cluster.starting import overtaken, too_early
from tests.guests import charted_guest, guest_with


def beside_castiel(name: str) -> dict[str, Any]:
    """Values by which a guest fits on a node of which Castiel has reserved most."""
    catalogue = charted_guest(name).blueprint.catalogue
    small, server = BESIDE_CASTIEL["defaults"]["resources"], BESIDE_CASTIEL["postgres"]["resources"]
    services = {service: {"resources": small} for service in catalogue.services}
    values: dict[str, Any] = {"defaults": {"resources": small}, "services": services}
    for data_service in catalogue.data_services:
        *above, last = map(str, catalogue.place(data_service))
        own = WITHOUT_CONTRIB.get(data_service, {})
        reduce(lambda tree, key: tree.setdefault(key, {}), above, values)[last] = {"resources": server, **own}
    return values


@pytest.fixture(scope="module")
def started(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Castiel]]:
    """All platforms, applied one after the other; all their pods are Ready."""
    platforms = {}
    for name, programs in PROGRAMS.items():
        platform = castiel_of(node, guest_with(name, beside_castiel(name)), tmp_path_factory.mktemp(name))
        platform.provide_images({workload: program.environment(workload) for workload, program in programs.items()})
        platform.applied = platform.apply()
        platforms[name] = platform
    for platform in platforms.values():
        platform.wait_until_ready()
        platform.pods = node.pods(platform.namespace)
    yield platforms
    for platform in platforms.values():
        platform.remove(wait=False)


@pytest.fixture(params=PROGRAMS)
def platform(request: pytest.FixtureRequest, started: Mapping[str, Castiel]) -> Castiel:
    return started[request.param]


def test_every_workload_is_ready_and_none_has_restarted(platform: Castiel) -> None:
    """Each stand-in calls what the real program calls, and exits when something does not answer."""
    workloads = platform.rendered.kinds("Deployment", "StatefulSet")
    assert {workload_of(pod) for pod in platform.pods if is_ready(pod)} == set(workloads)
    assert restarts_of(platform.pods) == {}, platform.drawn()


def test_no_workload_starts_before_what_it_waits_for(platform: Castiel) -> None:
    assert not too_early(platform), platform.drawn()
    assert not overtaken(platform), platform.drawn()


def test_the_restricted_pod_security_standard_gives_no_warning(platform: Castiel) -> None:
    assert platform.applied is not None
    assert platform.applied.warnings == ""
