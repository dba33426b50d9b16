"""The metadata of objects: name, labels, annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import Argument
from tierwright.expressions.texts import AsLabel
from tierwright.expressions.tokens import Text, operand_of
from tierwright.expressions.tree import ABSENT, Include, OmitEmpty, Tree, merged
from tierwright.model.labels import INSTANCE_LABEL, NAME_LABEL, PART_OF_LABEL

Manifest = dict[str, Any]
"""A part of a manifest, in the manifest's own shape, with tokens for the values."""

FURTHER = "(further)"
"""The key at which a map of the values is spliced into a map of a manifest."""

SYNC_WAVE = "argocd.argoproj.io/sync-wave"


def omit_none(entries: Mapping[str, Tree]) -> Manifest:
    """A map without the entries that are None or ABSENT."""
    return {key: value for key, value in entries.items() if value is not None and value is not ABSENT}


def selector(name: str) -> dict[str, str]:
    """The labels that select the pods of the workload `name`: the name alone, because selectors can never change."""
    return {NAME_LABEL: name}


def labels(blueprint: Blueprint, name: str, *, component: str, version: str = "", managed: bool = True) -> Include:
    """The recommended labels of an object, with `commonLabels`, as a call of a named template.

    `name` is the workload, `component` its role, `version` an image tag; without one, the version label is left out. `managed`: one
    of them says what manages the object, which is another thing in each output.
    https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
    """
    arguments = {"name": operand_of(name), "component": operand_of(component), "version": operand_of(version)}
    if not managed:
        return blueprint.call("labelsOfTemplate", lambda: _labels(blueprint, {}), **arguments)
    return blueprint.call("labels", lambda: _labels(blueprint, {"app.kubernetes.io/managed-by": blueprint.manager}), **arguments)


def _labels(blueprint: Blueprint, further: Mapping[str, str]) -> Tree:
    return merged(
        blueprint.values.common_labels,
        {
            **selector(Text(Argument("name"))),
            INSTANCE_LABEL: blueprint.name,
            "app.kubernetes.io/version": OmitEmpty(Text(AsLabel(Argument("version")))),
            "app.kubernetes.io/component": Text(Argument("component")),
            PART_OF_LABEL: blueprint.name,
            **further,
        },
    )


class ObjectMeta:
    """The name, labels and annotations that all objects of one workload, or of one concern, share."""

    def __init__(
        self,
        blueprint: Blueprint,
        name: str,
        *,
        component: str,
        version: str = "",
        wave: str | None = None,
        selected: Mapping[str, str] | None = None,
    ) -> None:
        """Arguments as for `labels`; `wave` is the Argo CD sync wave: the level in the graph.

        `selected` are the labels by which the pods are selected, where others label them.
        """
        self.blueprint = blueprint
        self.name = name
        self.selector = selector(name) if selected is None else dict(selected)
        self.labels = labels(blueprint, name, component=component, version=version)
        self._component, self._version, self._wave = component, version, wave

    def metadata(self, name: str | None = None, *, annotations: Tree = None, labels: Tree = None) -> Tree:
        """The metadata of an object; `name` where it differs from the workload's. What `labels` has comes before `commonLabels`.

        Most objects have nothing of their own in it, so it is a named template.
        """
        if annotations is not None or labels is not None or self._wave is not None:
            return self.written(name, annotations=annotations, labels=labels)
        texts = {"object": self.name if name is None else name, "name": self.name, "component": self._component}
        arguments = {key: operand_of(text) for key, text in {**texts, "version": self._version}.items()}
        blueprint = self.blueprint
        return blueprint.part("objectMeta", lambda: _object_meta(blueprint), **arguments)

    def written(self, name: str | None = None, *, annotations: Tree = None, labels: Tree = None) -> Manifest:
        """The metadata of an object, written out."""
        own = [] if annotations is None else [annotations]
        wave = {} if self._wave is None else {SYNC_WAVE: self._wave}
        return {
            "name": self.name if name is None else name,
            "namespace": self.blueprint.namespace,
            "labels": self.labels if labels is None else merged(self.labels, labels),
            "annotations": OmitEmpty(merged(self.blueprint.values.common_annotations, wave, *own)),
        }

    def shared(self, template: str, build: Callable[[Any], Tree]) -> Tree:
        """A part of an object, which `build` makes of this. That of most services is a named template, `template`."""
        del template
        return build(self)

    def pod_metadata(self, *, labels: Tree = None, annotations: Tree = None, managed: bool = True) -> Manifest:
        """The metadata of a pod template. What `labels` has comes before `commonLabels`; a rule keeps what selectors rely on.

        `managed`: one label says what manages it.
        """
        own = self.labels if managed else self._of_template()
        return {
            "labels": own if labels is None else merged(own, labels),
            "annotations": ABSENT if annotations is None else OmitEmpty(annotations),
        }

    def _of_template(self) -> Include:
        return labels(self.blueprint, self.name, component=self._component, version=self._version, managed=False)


def _object_meta(blueprint: Blueprint) -> Manifest:
    name, component, version = (Text(Argument(key)) for key in ("name", "component", "version"))
    meta = ObjectMeta(blueprint, name, component=component, version=version)
    # The same arguments: the labels can be part of it instead of being included each time.
    return {**meta.written(Text(Argument("object"))), "labels": meta.labels.template.body}
