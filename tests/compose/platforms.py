"""Platforms with their Compose files, and what their containers get on a cluster."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.snapshots import GUESTS
from tests.compose import odd
from tests.documents import load
from tests.rendering import CONFIG, ROOT, Rendered, environment_files, render_platform
from tierwright import pipeline
from tierwright.outputs.containers.members import without_them

Tree = dict[str, Any]


@dataclass(frozen=True)
class Composed:
    """The text of a Compose file, its platform's variables, and the same platform on a cluster.

    There every Service is at the port on which its program listens, since an engine has no Services. And there is nothing of what
    the file leaves to clusters, as it says, such as TLS.
    """

    text: str
    variables: str
    on_cluster: Rendered


def composed(catalogue: Path, values: Sequence[Path] = (), own: Path | None = None) -> Composed:
    """A platform that is in a folder. Raises ConfigError."""
    files = pipeline.compose(pipeline.described(catalogue=catalogue, values=values, own=own))
    with tempfile.TemporaryDirectory() as folder:
        moved = Path(shutil.copytree(catalogue.parent, Path(folder) / "copy")) / "listening.yaml"
        moved.write_text(json.dumps(listening(load(catalogue.read_text()))))
        on_cluster = render_platform(without_them(pipeline.described(catalogue=moved, values=values, own=own)).platform)
    return Composed(files["compose/compose.yaml"], files["compose/.env.example"], on_cluster)


def composed_text(catalogue: str, overlay: str = "", files: Mapping[str, str | bytes] | None = None) -> Composed:
    """A platform that is given as text, with the files that it mounts. Raises ConfigError."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"catalogue.yaml": catalogue, "overlay.yaml": overlay or "{}", **(files or {})}.items():
            Path(folder, name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return composed(Path(folder, "catalogue.yaml"), [Path(folder, "overlay.yaml")])


@cache
def castiel(environment: str) -> Composed:
    """Castiel in a committed environment."""
    return composed(CONFIG / "catalogue.yaml", environment_files(environment), CONFIG / "values.yaml")


@cache
def example(name: str) -> Composed:
    """A platform of the examples."""
    folder = ROOT / "examples" / name
    own = folder / "values.yaml"
    return composed(folder / "catalogue.yaml", own=own if own.exists() else None)


@cache
def seldom(order: str = "tiers") -> Composed:
    """The platform with everything that is seldom, in one of the startup orders."""
    return composed_text(odd.CATALOGUE, f"{odd.OVERLAY}startup: {{order: {order}}}\n", odd.FILES)


PLATFORMS: Mapping[str, Callable[[], Composed]] = {
    "castiel": lambda: castiel("development"),
    **{name: lambda name=name: example(name) for name in GUESTS},  # type: ignore[misc]
    "seldom": seldom,
    "seldom, by the graph": lambda: seldom("graph"),
}
"""Platforms that have much between them."""


def listening(catalogue: Mapping[str, Any]) -> Tree:
    """The same catalogue, in which every port is the one that a program listens on."""
    services = {name: _moved(service, "ports") for name, service in catalogue["services"].items()}
    return {**catalogue, "services": services}


def _moved(entry: Any, *below: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    moved = {key: value for key, value in entry.items() if key != "targetPort"}
    if "targetPort" in entry:
        moved["port"] = entry["targetPort"]
    for key in below:
        if key in moved:
            moved[key] = {name: _moved(port) for name, port in moved[key].items()}
    return moved
