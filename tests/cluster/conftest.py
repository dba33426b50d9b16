"""One node for all tests of this folder; where the machine cannot do it, each test is skipped and says why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.machine import missing
from tests.cluster.node import Node

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a node on a machine that lacks something; ``CASTIEL_REQUIRE_CLUSTER=1`` makes it fail instead."""
    lacks = missing()
    if not lacks or _required():
        return
    for item in items:
        if item.path.is_relative_to(HERE) and "node" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="; ".join(lacks)))


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    """The node; it is up from the first test that asks to the end of the run."""
    if lacks := missing():
        pytest.fail(f"CASTIEL_REQUIRE_CLUSTER is set, but {'; '.join(lacks)}")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    # Parallel test processes have a node each.
    name = f"castiel-test{os.environ.get('PYTEST_XDIST_WORKER', '')}"

    def say(line: str) -> None:
        if capture is None:
            return
        with capture.global_and_fixture_disabled():
            print(line, flush=True)

    with Node(name, progress=say) as up:
        yield up


@pytest.fixture
def namespace(node: Node, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace that enforces the restricted Pod Security Standard; removed after the test."""
    name = f"t-{abs(hash(request.node.nodeid)) % 0xFFFFFF:06x}"
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    node.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}])
    yield name
    node.kubectl("delete", "namespace", name, "--wait=false")


def _required() -> bool:
    return os.environ.get("CASTIEL_REQUIRE_CLUSTER") == "1"
