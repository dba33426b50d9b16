"""Render a platform in process, and look its objects up by kind and name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.documents import documents, dump
from tests.kubernetes_schemas import validate
from tierwright.blueprint import Blueprint
from tierwright.components.layout import describe
from tierwright.expressions.tree import resolve
from tierwright.kit.credentials import secret_sources
from tierwright.model.platform import Platform
from tierwright.outputs.manifests import manifest_files
from tierwright.pipeline import Output, described

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

    @classmethod
    def of(cls, platform: Platform, files: Mapping[str, str]) -> Rendered:
        """The valid objects of these files. Raises AssertionError for two of one kind and name, and for what the API refuses."""
        objects: dict[tuple[str, str], Object] = {}
        for text in files.values():
            for one in filter(None, documents(text, _valid)):
                key = (one["kind"], one["metadata"]["name"])
                assert key not in objects, f"{key} is made twice"
                objects[key] = one
        return cls(platform, files, objects)

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
        """Every pod template and every bare Pod, by `Kind/name` of its owner, whatever kinds there are."""
        for (kind, name), one in self.objects.items():
            for template in pod_templates(one):
                yield f"{kind}/{name}", template

    def containers(self) -> Iterator[tuple[str, Object]]:
        """Every container, init containers too, by `Kind/name/container`."""
        for owner, template in self.pods():
            for container in every_container(template):
                yield f"{owner}/{container['name']}", container

    def container(self, kind: str, name: str, of: str = "") -> Object:
        """The main container of a workload, or the one called `of` beside it."""
        spec = self.get(kind, name)["spec"]
        holder = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
        containers: list[Object] = holder["template"]["spec"]["containers"]
        return next(one for one in containers if of in ("", one["name"]))

    def gates(self, service: str) -> list[list[str]]:
        """The arguments of each gate of a service that has no other init containers."""
        spec = self.get("Deployment", service)["spec"]["template"]["spec"]
        return [gate["args"] for gate in spec.get("initContainers", [])]

    def lines(self, config_map: str, key: str) -> list[str]:
        """The lines of a text of a ConfigMap."""
        text: str = self.get("ConfigMap", config_map)["data"][key]
        return text.splitlines()

    def variables(self, kind: str, name: str, of: str = "") -> dict[str, Object]:
        """The variables of that container, by name."""
        return {variable["name"]: variable for variable in self.container(kind, name, of)["env"]}


def _valid(document: str) -> Object | None:
    one: Object | None = yaml.load(document, Loader=yaml.CSafeLoader)
    if one:
        validate(one)
    return one


def every_container(template: Object) -> list[Object]:
    """The containers of a pod template, those that run before it and beside it too."""
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"], *spec.get("ephemeralContainers", [])]


def pod_templates(tree: Any) -> Iterator[Object]:
    """The pod templates in an object, found by their shape: what has a `spec` with a list of containers."""
    if isinstance(tree, list):
        for one in tree:
            yield from pod_templates(one)
    elif isinstance(tree, dict):
        spec = tree.get("spec")
        if isinstance(spec, dict) and isinstance(spec.get("containers"), list):
            yield tree
        else:
            for one in tree.values():
                yield from pod_templates(one)


def environment_files(environment: str) -> list[Path]:
    """The overlays of a committed environment, which lie over Castiel's own values."""
    return [] if environment == "development" else [CONFIG / "environments" / f"{environment}.yaml"]


def render_platform(platform: Platform) -> Rendered:
    """Describe and validate all objects of a platform."""
    return Rendered.of(platform, manifest_files(describe(platform).evaluated()))


@cache
def render(environment: str = "development") -> Rendered:
    """A committed environment; rendered once for all tests."""
    return render_platform(
        described(catalogue=CONFIG / "catalogue.yaml", values=environment_files(environment), own=CONFIG / "values.yaml").platform
    )


def render_with(
    overlay: Mapping[str, Any], *, environment: str = "development", catalogue: Mapping[str, Any] | None = None
) -> Rendered:
    """An environment with a further overlay, and perhaps another catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        further = Path(folder) / "overlay.yaml"
        further.write_text(dump(overlay))
        catalogue_file = CONFIG / "catalogue.yaml"
        if catalogue is not None:
            catalogue_file = Path(folder) / "catalogue.yaml"
            catalogue_file.write_text(dump(catalogue))
        values = [*environment_files(environment), further]
        return render_platform(described(catalogue=catalogue_file, values=values, own=CONFIG / "values.yaml").platform)


def yaml_files(output: Output, overlay: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """The YAML files that an output makes of Castiel under an overlay, which is written into `folder`."""
    values = folder / "overlay.yaml"
    values.write_text(dump(overlay))
    made = output(described(catalogue=CONFIG / "catalogue.yaml", values=[values], own=CONFIG / "values.yaml"))
    return {path: text for path, text in made.items() if path.endswith((".yaml", ".yml"))}


def render_catalogue(catalogue: Mapping[str, Any], overlay: Mapping[str, Any] | None = None) -> Rendered:
    """A platform of its own, without values of its own, under an overlay. Raises ConfigError."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"catalogue.yaml": catalogue, "overlay.yaml": overlay or {}}
        for name, content in files.items():
            (Path(folder) / name).write_text(dump(content))
        catalogue_file, overlay_file = (Path(folder) / name for name in files)
        return render_platform(described(catalogue=catalogue_file, values=[overlay_file]).platform)


def secrets_read(platform: Platform, *, generated: bool = False) -> dict[str, set[str]]:
    """The keys of the Secrets that a platform reads under its values, by their names; of those that are generated, if so asked."""
    blueprint = Blueprint.of(platform)
    sources = [one for one in secret_sources(blueprint) if one.condition.value(blueprint.scope) and one.generated >= generated]
    names = [str(resolve(blueprint.secret_name(one.name), blueprint.scope)) for one in sources]
    return {name: {str(resolve(key, blueprint.scope)) for key in one.keys} for name, one in zip(names, sources, strict=True)}
