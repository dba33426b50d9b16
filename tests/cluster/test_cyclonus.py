"""The connectivity matrix once more, judged by cyclonus, an evaluator that others wrote."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from tests.cluster.api import Object
from tests.cluster.cyclonus import let_through
from tests.cluster.platform import DIST
from tests.connectivity import FOREIGN, NOT_OURS, PRODUCTION, Circumstances, Connection, expected, listeners, pods
from tests.policies import Party
from tests.rendering import Rendered, render

pytestmark = pytest.mark.usefixtures("node")  # its tools are built, cyclonus among them


def _matrix(policies: Sequence[Object], result: Rendered, ports: Sequence[tuple[int, str]]) -> set[Connection]:
    """What comes about of all connections with one end at least in the platform."""
    own = pods(result)
    names = {result.platform.namespace, *(str(party.namespace) for party in FOREIGN)}
    namespaces = {name: {"kubernetes.io/metadata.name": name} for name in names}

    def part(ends: tuple[Sequence[Party], Sequence[Party]]) -> set[Connection]:
        return let_through(policies, namespaces, sources=ends[0], targets=ends[1], ports=ports)

    middle = len(own) // 2
    parts = [(own[:middle], [*own, *NOT_OURS]), (own[middle:], [*own, *NOT_OURS]), (NOT_OURS, own)]
    with ThreadPoolExecutor(2) as pool:
        return set().union(*pool.map(part, parts))


def test_cyclonus_finds_the_matrix_of_the_catalogue_in_dist() -> None:
    """Of the policies as they are in the files."""
    documents = [one for path in sorted(DIST.glob("*.yaml")) for one in yaml.load_all(path.read_text(), yaml.CSafeLoader)]
    policies = [one for one in documents if one["kind"] == "NetworkPolicy"]
    found, wanted = _matrix(policies, render(), listeners(Circumstances())), expected(Circumstances())
    assert found - wanted == set(), "connections that nobody asked for"
    assert wanted - found == set(), "connections that are needed"


def test_cyclonus_finds_the_matrix_of_the_catalogue_in_production() -> None:
    """There the edge's namespace may reach the gateway, no Job makes secrets, and data services have members and backups."""
    circumstances = PRODUCTION
    result = render("production")
    # Every fourth of the services' ports; the matrix of dist/ has asked for all.
    asked = [at for at in listeners(circumstances) if not 3001 <= at[0] <= 3020 or at[0] % 4 == 1]
    found = _matrix(list(result.kinds("NetworkPolicy").values()), result, asked)
    wanted = {one for one in expected(circumstances) if one[2:] in asked}
    assert found - wanted == set(), "connections that nobody asked for"
    assert wanted - found == set(), "connections that are needed"


def test_cyclonus_tells_when_a_policy_is_missing() -> None:
    """Its agreement means something: without its own policy a pod reaches nobody, without any policy everybody."""
    result = render()
    own = {party.name: party for party in pods(result)}
    policies = result.kinds("NetworkPolicy")

    def reached(*without: str) -> set[str]:
        left = [one for name, one in policies.items() if name not in without]
        namespaces = {result.platform.namespace: {"kubernetes.io/metadata.name": result.platform.namespace}}
        ends = {"sources": [own["calendar"]], "targets": list(own.values())}
        return {target for _, target, _, _ in let_through(left, namespaces, ports=[(5432, "TCP")], **ends)}

    assert reached() == {"postgres"}
    assert reached("calendar") == set()
    assert reached("postgres") == set()
    assert reached(*policies) == set(own) - {"calendar"}
