"""What is to happen to tests where the machine lacks something: they are skipped and say why, or fail where they are required."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cluster.machine import missing


def lacking(what: str) -> list[str]:
    """What keeps this process from ``what``, in words."""
    # Kubelets that start at the same moment on one machine take each other's socket in /var/lib/kubelet.
    parallel = [f"{what} is for one test process: add --numprocesses=0"]
    return [*missing(what), *(parallel if "PYTEST_XDIST_WORKER" in os.environ else [])]


def skip_where_lacking(what: str, items: Iterable[pytest.Item], *, folder: Path, fixture: str) -> None:
    """Skip the tests of a folder that ask for ``fixture``, where it cannot be had and ``CASTIEL_REQUIRE_CLUSTER`` is not 1."""
    lacks = lacking(what)
    if not lacks or os.environ.get("CASTIEL_REQUIRE_CLUSTER") == "1":
        return
    for item in items:
        if item.path.is_relative_to(folder) and fixture in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="; ".join(lacks)))


def require(what: str) -> None:
    """Fail the test that asks for ``what`` where it cannot be had: without ``CASTIEL_REQUIRE_CLUSTER`` it would be skipped."""
    if lacks := lacking(what):
        pytest.fail(f"CASTIEL_REQUIRE_CLUSTER is set, but {'; '.join(lacks)}")


def stop_at_sigterm(node: pytest.Item | pytest.Collector, call: pytest.CallInfo[object]) -> None:
    """SIGTERM, which is made SystemExit of, ends the run; pytest would take it for a failure of one test."""
    if call.excinfo is not None and call.excinfo.errisinstance(SystemExit):
        node.session.shouldstop = "ended by SIGTERM"


def say(line: str, config: pytest.Config) -> None:
    """Print a line of progress although pytest captures."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)
