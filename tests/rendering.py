"""Render a platform in process, and look its objects up by kind and name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from castiel.model.loading import load
from castiel.model.platform import Platform
from charts import synthesize
from tests.kubernetes_schemas import validate

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
ENVIRONMENTS = ("development", "demo", "staging", "production")

Object = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """The files of an output folder, and the objects in them."""

    platform: Platform
    files: Mapping[str, str]
    objects: Mapping[tuple[str, str], Object]

    def get(self, kind: str, name: str) -> Object:
        """The object of that kind and name."""
        assert (kind, name) in self.objects, f"no {kind} {name} among {sorted(self.objects)}"
        return self.objects[kind, name]

    def has(self, kind: str, name: str) -> bool:
        """Whether there is such an object."""
        return (kind, name) in self.objects

    def kinds(self, *kinds: str) -> dict[str, Object]:
        """All objects of these kinds, by name."""
        return {name: one for (kind, name), one in self.objects.items() if kind in kinds}

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Every pod template, by `Kind/name` of its owner."""
        for (kind, name), one in self.objects.items():
            if kind in ("Deployment", "StatefulSet", "Job"):
                yield f"{kind}/{name}", one["spec"]["template"]

    def containers(self) -> Iterator[tuple[str, Object]]:
        """Every container, init containers too, by `Kind/name/container`."""
        for owner, template in self.pods():
            for container in [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]:
                yield f"{owner}/{container['name']}", container

    def container(self, kind: str, name: str) -> Object:
        """The main container of a workload."""
        main: Object = self.get(kind, name)["spec"]["template"]["spec"]["containers"][0]
        return main

    def variables(self, kind: str, name: str) -> dict[str, Object]:
        """The variables of the main container, by name."""
        return {variable["name"]: variable for variable in self.container(kind, name)["env"]}


def environment_files(environment: str) -> list[Path]:
    """The values of a committed environment."""
    overlay = [] if environment == "development" else [CONFIG / "environments" / f"{environment}.yaml"]
    return [CONFIG / "values.yaml", *overlay]


def render_platform(platform: Platform) -> Rendered:
    """Build and validate all objects of a platform."""
    with tempfile.TemporaryDirectory() as folder:
        synthesize(platform, Path(folder))
        files = {file.name: file.read_text() for file in sorted(Path(folder).iterdir())}
    objects: dict[tuple[str, str], Object] = {}
    for text in files.values():
        for one in yaml.load_all(text, Loader=yaml.CSafeLoader):
            key = (one["kind"], one["metadata"]["name"])
            assert key not in objects, f"{key} is made twice"
            validate(one)
            objects[key] = one
    return Rendered(platform, files, objects)


@cache
def render(environment: str = "development") -> Rendered:
    """A committed environment; rendered once for all tests."""
    return render_platform(
        load(catalogue=CONFIG / "catalogue.yaml", values=environment_files(environment), schemas=CONFIG / "schemas")
    )


def render_with(
    overlay: Mapping[str, Any], *, environment: str = "development", catalogue: Mapping[str, Any] | None = None
) -> Rendered:
    """An environment with a further overlay, and perhaps another catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        further = Path(folder) / "overlay.yaml"
        further.write_text(yaml.safe_dump(dict(overlay)))
        catalogue_file = CONFIG / "catalogue.yaml"
        if catalogue is not None:
            catalogue_file = Path(folder) / "catalogue.yaml"
            catalogue_file.write_text(yaml.safe_dump(dict(catalogue), sort_keys=False))
        platform = load(catalogue=catalogue_file, values=[*environment_files(environment), further], schemas=CONFIG / "schemas")
    return render_platform(platform)
