"""What the objects of a service share: their metadata, and the parts that most services have alike.

Such a part is a named template of the chart, so each service's own template has what is special about it, and Helm parses the rest
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import Argument, Operand
from tierwright.expressions.tokens import Text, expression_of, filled, operand_of
from tierwright.expressions.tree import Tree, splice, when
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.model.workload_values import ServiceValues


class ServiceMeta(ObjectMeta):
    """The name, labels, annotations and values that all objects of one service share."""

    def __init__(self, blueprint: Blueprint, name: str, *, values: ServiceValues, component: str, version: str, wave: str) -> None:
        """`values` are those of the service; the others are as for `ObjectMeta`."""
        super().__init__(blueprint, name, component=component, version=version, wave=wave)
        self.values = values
        texts = {"name": name, "component": component, "version": version, "wave": wave}
        self._arguments: Mapping[str, Operand] = {
            **{key: operand_of(text) for key, text in texts.items()},
            "service": expression_of(values),
        }

    def metadata(self, name: str | None = None, *, annotations: Tree = None, labels: Tree = None) -> Tree:
        """The metadata of an object; most objects have the same."""
        if name is None and annotations is None and labels is None:
            return self.shared("metadata", _metadata)
        return self.written(name, annotations=annotations, labels=labels)

    def extended(self, *, annotations: Tree, labels: Tree = None) -> Manifest:
        """The metadata of an object to which users may add; they seldom do, and to merge takes time."""
        plain, added = _metadata(self), self.written(annotations=annotations, labels=labels)
        both = {"labels": labels, "annotations": annotations}
        return {**plain, **{key: when(filled(own), added[key], plain[key]) for key, own in both.items() if own is not None}}

    def shared(self, template: str, build: Callable[[ServiceMeta], Tree]) -> Tree:
        """A part that is the same for all of those services that have it, as a call of a named template.

        `build` makes it of any service: its name, values and the like are the template's arguments then. Inside of a named template
        the part is written out.
        """
        blueprint = self.blueprint
        return blueprint.part(template, lambda: build(_AnyService(blueprint)), **self._arguments)

    def entries(self, template: str, build: Callable[[ServiceMeta], Manifest]) -> Manifest:
        """As `shared`, for some entries of a map."""
        return {f"({template})": splice(self.shared(template, build))}


class _AnyService(ServiceMeta):
    """The service that a named template is called for."""

    def __init__(self, blueprint: Blueprint) -> None:
        name, component, version, wave = (Text(Argument(key)) for key in ("name", "component", "version", "wave"))
        super().__init__(
            blueprint, name, values=blueprint.values_of_argument("service"), component=component, version=version, wave=wave
        )

    def shared(self, template: str, build: Callable[[ServiceMeta], Tree]) -> Tree:
        del template
        return build(self)

    def entries(self, template: str, build: Callable[[ServiceMeta], Manifest]) -> Manifest:
        del template
        return build(self)


def _metadata(meta: ServiceMeta) -> Manifest:
    # The same arguments: the labels can be part of it instead of being included each time.
    return {**meta.written(), "labels": meta.labels.template.body}
