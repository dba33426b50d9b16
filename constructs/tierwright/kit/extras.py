"""What users add as Kubernetes writes it, and what it adds to: the names in the pods of services, and the objects of the platform.

What the platform has is read from what the constructs declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import Condition
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Include, Lines, OmitEmpty, Tree, When, when
from tierwright.kit.cluster_scoped import cluster_scoped, group_of
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import template_in

Object = dict[str, Any]

NAMESPACED = "*"
"""What a line about an object begins with that is in the platform's namespace, in place of the name of that."""


class PodNames(msgspec.Struct, frozen=True):
    """What a service's pod has under all values: its variables, its volumes, and the paths where its container mounts them."""

    variables: tuple[str, ...]
    volumes: tuple[str, ...]
    paths: tuple[str, ...]


def pods_of_services(blueprint: Blueprint) -> dict[str, PodNames]:
    """The names of each service's pod, by the service's name."""
    own = ((one, template_in(one.manifest)) for one in blueprint.declared if one.service)
    return {one.service: _pod_names(template["spec"], one.manifest["spec"]) for one, template in own if template}


def _pod_names(pod: Manifest, workload: Manifest) -> PodNames:
    container = pod["containers"][0]
    claims = workload.get("volumeClaimTemplates", OmitEmpty([])).tree
    volumes = [*_constants(pod["volumes"], "name"), *_constants(claims, "metadata", "name")]
    return PodNames(
        tuple(dict.fromkeys(_constants(container["env"], "name"))),
        tuple(dict.fromkeys(volumes)),
        tuple(_constants(container["volumeMounts"], "mountPath")),
    )


def _constants(items: Iterable[Tree], *keys: str) -> Iterator[str]:
    """What the items of a list have at a path, also those that are there under a condition."""
    for item in items:
        if isinstance(item, Include):
            item = item.template.body  # noqa: PLW2901 - what it gives
        if isinstance(item, dict):
            constant: Any = item
            for key in keys:
                constant = constant[key]
            yield constant
        elif isinstance(item, When):
            yield from _constants([item.then, item.otherwise], *keys)


def placed(objects: Iterable[Object], namespace: str) -> list[Object]:
    """The user's objects; those that are namespaced and name no namespace get the platform's."""
    whole = list(objects)
    without = cluster_scoped(whole)

    def placed_one(one: Object) -> Object:
        if one["metadata"].get("namespace") or (group_of(one["apiVersion"]), one["kind"]) in without:
            return one
        return {**one, "metadata": {**one["metadata"], "namespace": namespace}}

    return [placed_one(one) for one in whole]


def owned_objects(blueprint: Blueprint) -> Include:
    """A line for each object of the platform, of both outputs: NAMESPACED, where it is in a namespace, group, kind and name."""
    lines: dict[Condition, list[str]] = {}
    for one in blueprint.declared:
        if not one.is_given:
            group = group_of(one.api_version)
            where = "" if (group, one.kind) in cluster_scoped() else NAMESPACED
            name = one.name if isinstance(one.name, str) else Text(one.name)
            lines.setdefault(one.condition, []).append(f"{where}/{group}/{one.kind}/{name}")
    body = Lines(tuple(when(condition, "\n".join(dict.fromkeys(objects))) for condition, objects in lines.items()))
    return blueprint.call("objects.owned", lambda: body)
