"""The tests of the real node where they cannot have one: skipped with the reason, or failed where a node is required."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.rendering import ROOT

REASON = "parallel test processes cannot have a node each: add --numprocesses=0"


def _run(**environment: str) -> subprocess.CompletedProcess[str]:
    """One of these tests, as a process of a parallel run sees it."""
    one = "tests/cluster/test_node.py::test_a_privileged_pod_is_refused"
    command = [sys.executable, "-m", "pytest", "--numprocesses=0", one]
    own = {**os.environ, "CASTIEL_REQUIRE_CLUSTER": "", "PYTEST_XDIST_WORKER": "gw0", "COLUMNS": "300", **environment}
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)


def test_they_are_skipped_and_say_why() -> None:
    done = _run()
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert REASON in done.stdout


def test_they_fail_where_a_node_is_required() -> None:
    done = _run(CASTIEL_REQUIRE_CLUSTER="1")
    assert done.returncode == 1, done.stdout
    assert "CASTIEL_REQUIRE_CLUSTER is set, but " in done.stdout
    assert REASON in done.stdout
