"""Node is to start as the program starts it, also where a test imports something first that would start it otherwise.

What needs Helm, kubectl or kustomize is skipped where those are not built; `CASTIEL_REQUIRE_CLUSTER=1` makes that fail instead.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterable

import pytest

from tests.cluster.tools import tool
from tierwright.node import prepare

prepare()

gc.set_threshold(100_000, 50, 100)
"""Thousands of trees are made and let go, all without cycles: to search each for them would take a third of the time."""


PROGRAMS = {"helm": ("helm", "helm4"), "kubectl": ("kubectl",), "kustomize": ("kustomize", "flux-build")}
"""What the tests with a marker run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests whose programs are not there."""
    if os.environ.get("CASTIEL_REQUIRE_CLUSTER") == "1":
        return
    for marker, programs in PROGRAMS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and (lacking := _lacking(programs)):
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=lacking))


def _lacking(programs: Iterable[str]) -> str:
    if shutil.which("go") is None:
        return "Go is not installed, which builds the programs that are asked"
    for name in programs:
        try:
            tool(name)
        except FileNotFoundError as error:
            return str(error)
    return ""
