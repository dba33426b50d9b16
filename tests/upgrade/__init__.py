"""What earlier versions wrote, kept as they wrote it: `VERSION.tar.xz` has the manifests of each environment of Castiel and of the
small platform `shop` (tests/chart/platforms.py), and under `charts/` the charts of both.
"""

from __future__ import annotations

import tarfile
import tempfile
from functools import cache
from pathlib import Path

EARLIER = "0.1.0"
"""The version that upgrades are tested from."""


@cache
def _unpacked() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory()
    with tarfile.open(Path(__file__).with_name(f"{EARLIER}.tar.xz")) as archive:
        archive.extractall(folder.name, filter="data")
    return folder


def earlier_manifests(name: str) -> Path:
    """The folder with the manifests of an environment of Castiel, or of `shop`."""
    return Path(_unpacked().name, name)


def earlier_chart(name: str) -> Path:
    """The folder with the chart of `castiel` or `shop`."""
    return Path(_unpacked().name, "charts", name)
