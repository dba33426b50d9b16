"""The described platform as constructs of cdk8s, and the app that writes what they have become.

There are few charts on purpose: the time that cdk8s takes grows with the square of their number.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tierwright import cdk
from tierwright.blueprint import Described
from tierwright.cdk import ApiObject, Chart, Construct, Dependable, IConstruct, IDependable, Names, YamlOutputType
from tierwright.config.problems import choices
from tierwright.node import asked
from tierwright.outputs.cdk8s_objects import api_object
from tierwright.outputs.folder import OutputError, replaced
from tierwright.outputs.manifests import ordered
from tierwright.outputs.provenance import write_files
from tierwright.outputs.yaml_text import stream

_EXTENSION = ".yaml"


class DescribedPlatform(Construct):
    """A described platform: below an app one chart for each file of the manifests, below a chart none.

    In them is one construct for each workload and each other component, and in that one its API objects. The ids do not depend on
    the values, but the objects of `extraObjects` are numbered. What is patched is what is written.
    """

    def __init__(self, scope: Construct, id: str, described: Described) -> None:
        """Make all constructs. Raises NodeError."""
        before = asked()
        super().__init__(scope, id)
        self.described = described
        self._charts: dict[str, Chart] = {}
        self._components: dict[str, Construct] = {}
        self._make(is_in_chart=not isinstance(scope, cdk.App) and any(Chart.is_chart(above) for above in self.node.scopes))
        # Whoever depends on a platform depends on what it consists of: cdk8s knows no order outside of charts.
        Dependable.implement(self, _Roots(self.roots))
        root = scope if isinstance(scope, cdk.App) else self.node.root
        if isinstance(root, App):
            root.adopt(self, before)

    @property
    def charts(self) -> Mapping[str, Chart]:
        """The charts, by the file of the manifests that each is, without its ending; none where the platform is below a chart."""
        return self._charts

    @property
    def namespace(self) -> str:
        """The namespace of the platform."""
        return self.described.platform.namespace

    def component(self, name: str) -> Construct:
        """The construct of a workload, by its name, or of another component. Raises LookupError with the names that there are."""
        try:
            return self._components[name]
        except KeyError:
            raise LookupError(f"there is no component `{name}`; {choices(name, self._components)}") from None

    def api_object(self, component: str, id: str) -> ApiObject:
        """An API object of a component, by its id, as `deployment`. Raises LookupError with those that there are."""
        node = self.component(component).node
        child = node.try_find_child(id)
        if not isinstance(child, ApiObject):
            known = choices(id, (child.node.id for child in node.children))
            raise LookupError(f"the component `{component}` has no object `{id}`; {known}")
        return child

    def add_dependency(self, *dependencies: IDependable) -> None:
        """Let all that the platform consists of come after other constructs, charts or API objects."""
        for root in self.roots:
            root.node.add_dependency(*dependencies)

    @property
    def roots(self) -> list[Construct]:
        """What the platform consists of: its charts, or below a chart its components."""
        return [*(self._charts or self._components).values()]

    def _make(self, *, is_in_chart: bool) -> None:
        parents: dict[tuple[str, str], Construct] = {}
        for evaluated in self.described.objects:
            if not is_in_chart and evaluated.file not in self._charts:
                self._charts[evaluated.file] = Chart(self, evaluated.file)
            name, _, object_id = evaluated.id.partition(".")
            parent = parents.get((evaluated.file, name))
            if parent is None:
                # Nothing keeps a service from having the name of a component of another file.
                free = name if name not in self._components else f"{evaluated.file}.{name}"
                parent = Construct(self._charts.get(evaluated.file, self), name if self._charts else free)
                self._components[free] = parents[evaluated.file, name] = parent
            api_object(parent, object_id, evaluated)


class _Roots(Dependable):
    def __init__(self, roots: Sequence[Construct]) -> None:
        super().__init__()
        self._found = [*roots]

    @property
    def dependency_roots(self) -> list[IConstruct]:
        return [*self._found]


class App(cdk.App):
    """A cdk8s app whose `synth` writes as the command does: all or nothing, only over what was made here, for every reader of YAML.

    A chart of a platform is written into the file that the command would write it to, every other into one of its own name.
    """

    def __init__(self, *, outdir: str | os.PathLike[str] | None = None) -> None:
        """`outdir` is the output folder; without it the one that the command line of cdk8s names, or `dist`."""
        self.folder = Path(outdir or os.environ.get("CDK8S_OUTDIR") or "dist")
        super().__init__(outdir=str(self.folder), output_file_extension=_EXTENSION, yaml_output_type=YamlOutputType.FILE_PER_CHART)
        self._platforms: list[DescribedPlatform] = []
        self._accounted = asked()

    def adopt(self, platform: DescribedPlatform, before: int | None) -> None:
        """Know a platform as one of this app; `before` it Node had so many requests."""
        self._platforms.append(platform)
        now = asked()
        if self._accounted is not None and before is not None and now is not None:
            self._accounted += now - before

    def is_just(self, described: Described) -> bool:
        """Whether the app is known to be this platform as it was made: Node was asked for nothing else, so nothing is patched."""
        only = len(self._platforms) == 1 and self._platforms[0].described is described
        return only and self._accounted is not None and asked() == self._accounted

    def manifests(self) -> dict[str, str]:
        """The text of each file, by its name, as the constructs are now.

        Raises OutputError where two charts would be one file; RuntimeError for what cdk8s finds wrong.
        """
        objects = {chart.node.path: chart.to_json() for chart in self.charts}
        charts = self.charts  # once more: to_json brings the dependencies of objects to their charts
        files = self._files(charts)
        known = {_key(declared): declared for declared in self._objects()}
        return {files[path]: stream(_restored(got, known) for got in objects[path]) for path in files if objects[path]}

    def synth(self) -> None:
        """Write the manifests. Raises OutputError, and what `manifests` raises; the folder is then as it was."""
        files = self.manifests()
        with replaced(self.folder) as folder:
            write_files(files, folder)

    def _objects(self) -> Iterator[Mapping[str, Any]]:
        return (ordered(evaluated.object) for platform in self._platforms for evaluated in platform.described.objects)

    def _files(self, charts: Iterable[Chart]) -> dict[str, str]:
        """The file of each chart, by its path in the tree, in the order of their dependencies."""
        own = {chart.node.path: name for platform in self._platforms for name, chart in platform.charts.items()}
        names: dict[str, str] = {}
        for chart in charts:
            path = chart.node.path
            name = own.get(path) or Names.to_dns_label(chart)
            for other, taken in names.items():
                if taken == name:
                    raise OutputError(
                        f"the charts {other} and {path} would both be {name}{_EXTENSION}; "
                        "make each platform in an app of its own, with an outdir of its own"
                    )
            names[path] = name
        # As cdk8s does it, but only where the names themselves are in another order: kubectl applies files by their names.
        if [*names.values()] != sorted(names.values()) and any(chart.node.dependencies for chart in charts):
            names = {path: f"{number:04d}-{name}" for number, (path, name) in enumerate(names.items())}
        return {path: f"{name}{_EXTENSION}" for path, name in names.items()}


def app_of(described: Described) -> App:
    """The platform as an app."""
    app = App()
    DescribedPlatform(app, described.blueprint.name, described)
    return app


def _key(evaluated: Mapping[str, Any]) -> tuple[Any, ...]:
    metadata = evaluated["metadata"]
    return evaluated["apiVersion"], evaluated["kind"], metadata.get("namespace"), metadata["name"]


def _restored(got: Mapping[str, Any], known: Mapping[tuple[Any, ...], Mapping[str, Any]]) -> Mapping[str, Any]:
    """An object as it is to be written: as it was declared, where nobody changed it, since jsii loses nulls on the way."""
    declared = known.get(_key(got))
    if declared is None:
        return got
    return declared if got == _without_nulls(declared) else _in_order(got, declared)


def _without_nulls(tree: Any) -> Any:
    """A tree as it comes back from Node."""
    if isinstance(tree, dict):
        return {key: _without_nulls(value) for key, value in tree.items() if value is not None}
    return [_without_nulls(item) for item in tree] if isinstance(tree, list) else tree


def _in_order(got: Any, declared: Any) -> Any:
    """What came back, its keys in the order in which they were declared: a Node that others started has them sorted."""
    if isinstance(got, dict) and isinstance(declared, dict):
        keys = [*(key for key in declared if key in got), *(key for key in got if key not in declared)]
        return {key: _in_order(got[key], declared.get(key)) for key in keys}
    if isinstance(got, list) and isinstance(declared, list):
        return [_in_order(item, declared[at] if at < len(declared) else None) for at, item in enumerate(got)]
    return got
