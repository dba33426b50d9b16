"""What earlier versions wrote, kept as they wrote it: `VERSION.tar.xz` has the manifests of each environment of Castiel and of the
small platform `shop` (tests/chart/platforms.py), and under `charts/` the charts of both.
"""

from __future__ import annotations

import json
import re
import tarfile
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.rendering import ROOT

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


def known_to(chart: Path, overlay: str) -> str:
    """What an earlier chart knows of an overlay of today: who upgrades sets what is new with the new chart."""
    schema = json.loads((chart / "values.schema.json").read_text())
    return yaml.safe_dump(_known(yaml.safe_load(overlay), schema))


def _known(values: Any, schema: Mapping[str, Any]) -> Any:
    if not isinstance(values, dict) or schema.get("additionalProperties") is not False:
        return values
    entries = schema.get("properties", {})
    return {key: _known(value, entries[key]) for key, value in values.items() if key in entries}


def kept(more: Mapping[str, Any]) -> dict[str, Any]:
    """The values by which another platform than Castiel stays as it was, as the CHANGELOG names them, and `more` over them."""
    told = (ROOT / "CHANGELOG.md").read_text().split("Keep what ran before by a `values.yaml`")[1].split("\n- ")[0]
    merged: dict[str, Any] = {}
    for snippet in re.findall(r"`(\w+: \{[^`]*)`", " ".join(told.split())):
        merged |= yaml.safe_load(snippet)
    return _over(merged, more)


def _over(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merged, as overlays are."""
    both = {key: _over(base[key], value) for key, value in more.items() if isinstance(value, Mapping) and key in base}
    return {**base, **more, **both}
