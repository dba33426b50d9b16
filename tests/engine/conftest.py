"""One engine for all tests of this folder; where the machine cannot do it, each test is skipped and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.requirement import require, say, skip_where_lacking, stop_at_sigterm
from tests.engine.engine import Engine

pytest_exception_interact = stop_at_sigterm


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip_where_lacking("the engine", items, folder=Path(__file__).resolve().parent, fixture="engine")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engine; it is up from the first test that asks to the end of the run."""
    require("the engine")
    with Engine(progress=lambda line: say(line, request.config)) as up:
        yield up


@pytest.fixture(scope="session")
def swarm(engine: Engine) -> Iterator[None]:
    """The engine as a swarm of one node, from the first test that asks to the end of the run."""
    with engine.swarm():
        yield
