"""The tests of the real node and the real engine where they cannot have one: skipped with the reason, or failed if required."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.cluster import machine
from tests.rendering import ROOT

NODE = ("the node", "tests/cluster/test_node.py::test_a_privileged_pod_is_refused")
ENGINE = ("the engine", "tests/engine/test_engine.py::test_compose_says_which_variable_is_missing")


def _run(one: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One of these tests, as a process of a parallel run sees it."""
    command = [sys.executable, "-m", "pytest", "--numprocesses=0", one]
    own = {**os.environ, "CASTIEL_REQUIRE_CLUSTER": "", "PYTEST_XDIST_WORKER": "gw0", "COLUMNS": "300", **environment}
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("what", "one"), [NODE, ENGINE])
def test_they_are_skipped_and_say_why(what: str, one: str) -> None:
    done = _run(one)
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert f"{what} is for one test process: add --numprocesses=0" in done.stdout


@pytest.mark.parametrize(("what", "one"), [NODE, ENGINE])
def test_they_fail_where_one_is_required(what: str, one: str) -> None:
    done = _run(one, CASTIEL_REQUIRE_CLUSTER="1")
    assert done.returncode == 1, done.stdout
    assert f"CASTIEL_REQUIRE_CLUSTER is set, but {what} is for one test process: add --numprocesses=0" in done.stdout


@pytest.mark.parametrize(
    ("changed", "lacks"),
    [
        ({}, []),
        ({"sys.platform": "darwin"}, ["the node needs Linux; this is darwin"]),
        ({"os.geteuid": lambda: 1000}, ["the node needs root, for network namespaces, mounts and containers"]),
        ({"_go_version": lambda: (1, 19)}, ["Go 1.19 is too old: from 1.21 on it fetches the one that the modules name"]),
        ({"platform.machine": lambda: "aarch64"}, ["the images of the node hold programs for x86_64; this is aarch64"]),
        (
            {"shutil.which": lambda name, **_: None if name == "apt-get" else name},
            ["no apt-get: the images of the node, and what else is absent, come from Debian's packages"],
        ),
        (
            {"shutil.which": lambda name, **_: None if name == "go" else name},
            ["Go is not installed: the programs of the node are built from their Go modules"],
        ),
    ],
)
def test_what_a_machine_lacks_is_said_in_words(changed: dict[str, Any], lacks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has everything, changed in one respect."""
    able = {
        "sys.platform": "linux",
        "os.geteuid": lambda: 0,
        "_go_version": lambda: (1, 26),
        "platform.machine": lambda: "x86_64",
        "shutil.which": lambda name, **_: name,
        "_can_make_namespaces": lambda: True,
    }
    for name, value in {**able, **changed}.items():
        monkeypatch.setattr(f"{machine.__name__}.{name}", value)
    assert machine.missing() == lacks
