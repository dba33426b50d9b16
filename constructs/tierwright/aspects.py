"""Aspects: what a component adds to the pods and policies of all others, and to the namespace.

They are applied to each object as it is declared, in their order. Pod templates are found by their shape, so that no kind of
workload is forgotten; complete objects of users stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tierwright.declarations import DeclarationError, Declared
from tierwright.expressions.tree import ABSENT, OmitEmpty, Tree, merged
from tierwright.model.labels import RECOMMENDED

Manifest = Mapping[str, Any]


class PodAdditions(msgspec.Struct, frozen=True, kw_only=True):
    """Additions to a pod template: labels, annotations, and ports of its first container, in the manifest's own shape."""

    labels: Mapping[str, Tree] = msgspec.field(default_factory=dict)
    annotations: Mapping[str, Tree] = msgspec.field(default_factory=dict)
    ports: Sequence[Tree] = ()


class PolicyAdditions(msgspec.Struct, frozen=True, kw_only=True):
    """Additional rules for the policy of a workload, in the manifest's own shape."""

    ingress: Sequence[Tree] = ()
    egress: Sequence[Tree] = ()


class Aspect(msgspec.Struct, frozen=True, kw_only=True):
    """What one component adds to what others declare; `name` is for errors.

    `pods` is asked about each pod template, `policies` about the policy of each workload; both get the object that has it too. A
    policy for all pods, or for one direction alone, is none of a workload. `namespace_labels` come to the namespace.
    """

    name: str
    pods: Callable[[Declared, Manifest], PodAdditions] | None = None
    policies: Callable[[Declared, Manifest], PolicyAdditions] | None = None
    namespace_labels: Mapping[str, Tree] = msgspec.field(default_factory=dict)


def with_aspects(aspects: Sequence[Aspect], declared: Declared) -> Declared:
    """The object with what the aspects add to it, one after the other.

    Raises DeclarationError where two give one label or annotation, or where one replaces a label that selectors may go by.
    """
    if not aspects or declared.is_given:
        return declared
    manifest: Tree = declared.manifest
    if declared.kind == "Namespace":
        labels = _of_all(declared, "label", [(aspect.name, aspect.namespace_labels) for aspect in aspects])
        manifest = _with_metadata(declared, manifest, labels=labels)
    elif declared.kind == "NetworkPolicy" and _is_of_workload(manifest):
        rules = [aspect.policies(declared, manifest["spec"]) for aspect in aspects if aspect.policies]
        for direction, more in (("ingress", [policy.ingress for policy in rules]), ("egress", [policy.egress for policy in rules])):
            manifest = {**manifest, "spec": _with_items(manifest["spec"], direction, [rule for some in more for rule in some])}
    return msgspec.structs.replace(declared, manifest=_with_pods(manifest, lambda template: _pod(declared, aspects, template)))


def _is_of_workload(policy: Manifest) -> bool:
    spec = policy["spec"]
    return bool(spec["podSelector"]) and len(spec["policyTypes"]) == 2


def _with_pods(tree: Tree, change: Callable[[dict[str, Any]], Tree]) -> Tree:
    """A tree with each pod template changed: what has a `spec` with containers."""
    if isinstance(tree, list):
        return [_with_pods(item, change) for item in tree]
    if not isinstance(tree, dict):
        return tree
    spec = tree.get("spec")
    if isinstance(spec, dict) and "containers" in spec:
        return change(tree)
    return {key: _with_pods(value, change) for key, value in tree.items()}


def _pod(declared: Declared, aspects: Sequence[Aspect], template: dict[str, Any]) -> Tree:
    additions = [(aspect.name, aspect.pods(declared, template)) for aspect in aspects if aspect.pods]
    labels = _of_all(declared, "label", [(name, added.labels) for name, added in additions])
    annotations = _of_all(declared, "annotation", [(name, added.annotations) for name, added in additions])
    changed = _with_metadata(declared, template, labels=labels, annotations=annotations)
    ports = [port for _, added in additions for port in added.ports]
    if not ports:
        return changed
    first, *others = template["spec"]["containers"]
    return {**changed, "spec": {**template["spec"], "containers": [_with_items(first, "ports", ports), *others]}}


def _of_all(declared: Declared, what: str, additions: Iterable[tuple[str, Mapping[str, Tree]]]) -> dict[str, Tree]:
    """The labels or annotations of all aspects. Raises DeclarationError where two have the same name."""
    together: dict[str, Tree] = {}
    owners = dict.fromkeys(RECOMMENDED if what == "label" else (), "every object")
    for name, entries in additions:
        for key, value in entries.items():
            if key in owners:
                raise DeclarationError(
                    f"{declared.shown} has the {what} {key} of {owners[key]}, and the aspect {name} gives it too; "
                    "choose another name"
                )
            owners[key], together[key] = f"the aspect {name}", value
    return together


def _with_metadata(declared: Declared, tree: Manifest, **additions: Mapping[str, Tree]) -> dict[str, Tree]:
    """A pod template or an object with more labels and annotations."""
    some = {key: entries for key, entries in additions.items() if entries}
    if not some:
        return dict(tree)
    metadata = tree.get("metadata", {})
    if not isinstance(metadata, dict):
        raise DeclarationError(f"no aspect can add to {declared.shown}: its metadata is a named template; write it out")
    return {**tree, "metadata": {**metadata, **{key: _with_entries(metadata.get(key, ABSENT), more) for key, more in some.items()}}}


def _with_entries(tree: Tree, more: Mapping[str, Tree]) -> Tree:
    if tree is ABSENT:
        return OmitEmpty(dict(more))
    return OmitEmpty(merged(tree.tree, dict(more))) if isinstance(tree, OmitEmpty) else merged(tree, dict(more))


def _with_items(tree: Manifest, key: str, more: Sequence[Tree]) -> dict[str, Tree]:
    """A map with more items in one of its lists, which may be absent."""
    if not more:
        return dict(tree)
    items = tree.get(key, [])
    plain = items.tree if isinstance(items, OmitEmpty) else items
    return {**tree, key: [*plain, *more] if plain is items and plain else OmitEmpty([*plain, *more])}
