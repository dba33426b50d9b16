"""Node is to start as the program starts it, also where a test imports something first that would start it otherwise.

What needs Helm is skipped where it is not built; `CASTIEL_REQUIRE_CLUSTER=1` makes that fail instead.
"""

from __future__ import annotations

import os
import shutil

import pytest

from castiel.node import prepare
from tests.cluster.tools import tool

prepare()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that are marked with `helm`."""
    marked = [item for item in items if item.get_closest_marker("helm")]
    if not marked or os.environ.get("CASTIEL_REQUIRE_CLUSTER") == "1":
        return
    if lacking := _lacking():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=lacking))


def _lacking() -> str:
    if shutil.which("go") is None:
        return "Go is not installed, which builds Helm"
    for name in ("helm", "helm4"):
        try:
            tool(name)
        except FileNotFoundError as error:
            return str(error)
    return ""
