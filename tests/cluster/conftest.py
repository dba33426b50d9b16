"""One node for all tests of this folder; where the machine cannot do it, each test is skipped and says why."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.node import Node
from tests.cluster.platform import DIST, Castiel
from tests.cluster.postgres_server import PROGRAMS, Begun, Maker, Server, begin, lacks, programs
from tests.cluster.requirement import require, say, skip_where_lacking, stop_at_sigterm
from tests.rendering import Rendered, render

HERE = Path(__file__).resolve().parent


pytest_exception_interact = stop_at_sigterm


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and "node" in getattr(item, "fixturenames", ()):
            item.add_marker("node")
    # The start is judged, and what servers have logged of it, before other tests kill and scale what was started.
    first = [HERE / "test_start.py", HERE / "test_privileges.py"]
    items.sort(key=lambda item: first.index(item.path) if item.path in first else len(first))
    skip_where_lacking("the node", items, folder=HERE, fixture="node")


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    """The node; it is up from the first test that asks to the end of the run."""
    require("the node")
    with Node(progress=lambda line: say(line, request.config)) as up:
        yield up


@pytest.fixture(scope="session")
def castiel(node: Node) -> Castiel:
    """The committed `dist/`, not a line changed, applied once on the node; all its pods are Ready.

    All tests share it: one that changes something puts it back and waits until all are Ready again.
    """
    platform = Castiel(node, render(), DIST)
    platform.provide_images()
    platform.start()
    return platform


@pytest.fixture
def namespace(node: Node, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace; removed after the test."""
    with node.fresh_namespace(f"t-{abs(hash(request.node.nodeid)) % 0xFFFFFF:06x}") as name:
        yield name


@pytest.fixture(name="place", scope="session")
def _place() -> Iterator[Path]:
    """A folder with PostgreSQL's programs that every user can enter, with a short path, as sockets need. pytest's is root's."""
    if lacks():
        pytest.skip(lacks())
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        Path(folder).chmod(0o755)
        programs(Path(folder))
        yield Path(folder)


@pytest.fixture(name="begun", scope="session")
def _begun(place: Path) -> Begun:
    """Gives the data folder of a server that has made its first start by these manifests, and has stopped since."""
    made: dict[str, Path] = {}

    def begun(rendered: Rendered) -> Path:
        scripts = json.dumps(rendered.get("ConfigMap", "postgres-config")["data"])
        if scripts not in made:
            server = Server(Path(tempfile.mkdtemp(dir=place)), place / PROGRAMS)
            server.configure(rendered)
            assert begin(server), server.log
            server.run("pg_ctl", "-w", "-m", "fast", "stop")
            server.stop_container()
            made[scripts] = server.folder / "data"
        return made[scripts]

    return begun


@pytest.fixture(name="make")
def _make(place: Path) -> Iterator[Maker]:
    """Makes servers that have no data yet; they end with the test."""
    made: list[Server] = []

    def make(role: str = "coder", database: str = "castiel") -> Server:
        made.append(Server(Path(tempfile.mkdtemp(dir=place)), place / PROGRAMS, database, role))
        return made[-1]

    yield make
    for server in made:
        server.stop_container()
        shutil.rmtree(server.folder)


def _memory() -> str | None:
    """A folder in memory, where it has room and programs may run there: each server is a thousand files, and many come and go."""
    memory = Path("/dev/shm")  # noqa: S108 - only folders with names of their own are made there
    if not memory.is_dir():
        return None
    told = os.statvfs(memory)
    suits = told.f_bavail * told.f_frsize > 4 * 2**30 and not told.f_flag & os.ST_NOEXEC
    return str(memory) if suits else None
